/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PRINTK_H
#define KERNEL_PRINTK_H

#include <stdarg.h>

#include <kernel/bitops.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

#define LOGLEVEL_EMERG		0
#define LOGLEVEL_ALERT		1
#define LOGLEVEL_CRIT		2
#define LOGLEVEL_ERR		3
#define LOGLEVEL_WARNING	4
#define LOGLEVEL_NOTICE		5
#define LOGLEVEL_INFO		6
#define LOGLEVEL_DEBUG		7

/* Of a record. The longest is a stop's sentence, STOP_TEXT_BYTES behind "Boot failed: ". */
#define PRINTK_LINE_BYTES	528

/*
 * Appends one record to the log ring and, once a console is registered, writes it there if
 * level < console_loglevel. The text carries its own newline. Any context, any hart; never
 * sleeps, never allocates. A record that does not fit PRINTK_LINE_BYTES, its end included, is cut.
 */
__printf(2, 3) void printk(int level, const char *fmt, ...);
void vprintk(int level, const char *fmt, va_list args);

/* A file may define pr_fmt before including this header to put a prefix on its messages. */
#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define pr_emerg(fmt, ...)	printk(LOGLEVEL_EMERG, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	printk(LOGLEVEL_ERR, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk(LOGLEVEL_WARNING, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	printk(LOGLEVEL_NOTICE, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk(LOGLEVEL_INFO, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)	printk(LOGLEVEL_DEBUG, pr_fmt(fmt), ##__VA_ARGS__)

#define REPORTS_IN_FULL	3

/* Counts a report of one kind. Its number where it is to be written, as the first few are and then
 * each doubling; 0 where it is not: the log is for others, too. Any context. */
static inline unsigned long count_report(unsigned long *count)
{
	unsigned long times = __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);

	return times <= REPORTS_IN_FULL || is_power_of_2(times) ? times : 0;
}

/* Messages below this level reach the console; loglevel= sets it. */
extern int console_loglevel;

/* The log as a reader sees it: calls emit for each record still in the ring, oldest first. */
void printk_for_each(void (*emit)(void *ctx, u64 time_us, int level, const char *text,
				  size_t len), void *ctx);

/* "[    0.000000] ", at most 24 characters with the NUL. */
size_t printk_stamp(char *buf, size_t size, u64 time_us);

#endif /* KERNEL_PRINTK_H */
