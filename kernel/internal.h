/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_INTERNAL_H
#define KERNEL_INTERNAL_H

/* What kernel/ files share and nobody else may include, grouped by owning file. */

#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/sched.h>
#include <kernel/types.h>

/* ---- boot_marks.c ---- */

/* Boot is at this mark now. */
void boot_mark(enum boot_mark mark);

/* ---- cmdline.c ---- */

/*
 * The argument that begins at or after p, a place in boot_command_line: *start and the character
 * behind it. NULL at the end, which is also where "--" stands: what follows is for an init program.
 * Spaces between quotes belong to an argument.
 */
const char *cmdline_argument(const char *p, const char **start);

/* ---- console.c ---- */

/*
 * Right to write to the console, interrupts off. False when this CPU holds it already: a
 * driver that logs must not come back into itself. After console_break_locks() no lock is
 * waited for.
 */
bool console_begin(unsigned long *flags);
void console_end(unsigned long flags);
/* Between the two. */
void console_emit(const char *text, size_t len);

bool console_present(void);
/* Panic: whoever holds a lock here will not come back. */
void console_break_locks(void);

/* ---- fdt_check.c ---- */

/*
 * Why the blob, of which limit bytes may be read, is no tree that libfdt can walk: a sentence,
 * which the next call overwrites. NULL when it is one.
 */
const char *fdt_find_fault(const void *blob, size_t limit);

/* ---- printk.c ---- */

/* Shows what the console has not seen yet. */
void printk_flush(void);
void printk_break_locks(void);

/* ---- panic.c ---- */

/* Stops the calling CPU if another one reports a panic; else comes back. */
void panic_yield(void);

/* ---- smp_call.c ---- */

/* Carries out what others have queued for this CPU. Interrupts off. */
void smp_flush_calls(void);
bool cpu_has_work(unsigned int cpu);
/* Does the work that this CPU has. */
void cpu_do_work(void);

/* ---- sync/long_work.c ---- */

/* The CPU has work, which a thread is to do. */
void long_work_wake(unsigned int cpu);
/* Are there such threads? Else the idle CPU does it. */
static inline bool long_work_has_threads(void)
{
	return IS_ENABLED(CONFIG_WORKQUEUE) && threads_run();
}

#endif /* KERNEL_INTERNAL_H */
