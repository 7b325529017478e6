/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/bitops.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/time.h>

#include "internal.h"

/*
 * The ring holds records back to back, each a head and its text without the final newline,
 * rounded up to 8 bytes. Positions only grow; the ring index is the position modulo the size, so
 * "older than" is a plain comparison and nothing tells empty from full apart.
 */
#define LOG_BYTES	(1ul << CONFIG_LOG_BUF_SHIFT)

struct log_record {
	u64 time_us;
	u16 len;
	u8 level;
	u8 pad[5];
};

static char log_ring[LOG_BYTES] __aligned(8);	/* [G] */
static DEFINE_SPINLOCK(log_lock, LOCK_LOG);
static bool log_lock_broken;			/* [E] */
static u64 log_first_pos;			/* [G] oldest record still whole */
static u64 log_next_pos;			/* [G*] where the next one goes */
static u64 log_shown_pos;			/* [G] first that no console has shown */

int console_loglevel = LOGLEVEL_DEBUG;		/* [c] what a report raises is [E] */

static unsigned long log_take_lock(void)
{
	unsigned long flags = arch_local_irq_save();

	if (likely(!log_lock_broken))
		spin_lock(&log_lock);
	else
		panic_yield();
	return flags;
}

static void log_drop_lock(unsigned long flags)
{
	if (likely(!log_lock_broken))
		spin_unlock(&log_lock);
	arch_local_irq_restore(flags);
}

void printk_break_locks(void)
{
	log_lock_broken = true;
}

static void ring_write(u64 pos, const void *data, size_t len)
{
	size_t at = pos % LOG_BYTES, first = min(len, (size_t)(LOG_BYTES - at));

	memcpy(log_ring + at, data, first);
	memcpy(log_ring, (const char *)data + first, len - first);
}

static void ring_read(u64 pos, void *data, size_t len)
{
	size_t at = pos % LOG_BYTES, first = min(len, (size_t)(LOG_BYTES - at));

	memcpy(data, log_ring + at, first);
	memcpy((char *)data + first, log_ring, len - first);
}

static u64 record_bytes(const struct log_record *rec)
{
	return sizeof(*rec) + ALIGN_UP((u64)rec->len, 8);
}

static void log_append(int level, u64 now_us, const char *text, size_t len)
{
	struct log_record rec = { .time_us = now_us, .len = (u16)len, .level = (u8)level };
	unsigned long flags = log_take_lock();

	while (log_next_pos + record_bytes(&rec) - log_first_pos > LOG_BYTES) {
		struct log_record oldest;

		ring_read(log_first_pos, &oldest, sizeof(oldest));
		log_first_pos += record_bytes(&oldest);
	}
	ring_write(log_next_pos, &rec, sizeof(rec));
	ring_write(log_next_pos + sizeof(rec), text, len);
	log_next_pos += record_bytes(&rec);
	log_drop_lock(flags);
}

/* Copies the record at *pos, or the oldest one if that is gone, and steps over it. */
static bool log_read(u64 *pos, struct log_record *rec, char *text)
{
	unsigned long flags = log_take_lock();
	bool found;

	*pos = max(*pos, log_first_pos);
	found = *pos < log_next_pos;
	if (found) {
		ring_read(*pos, rec, sizeof(*rec));
		ring_read(*pos + sizeof(*rec), text, rec->len);
		*pos += record_bytes(rec);
	}
	log_drop_lock(flags);
	return found;
}

size_t printk_stamp(char *buf, size_t size, u64 time_us)
{
	return scnprintf(buf, size, "[%5llu.%06llu] ", (unsigned long long)(time_us / 1000000),
			 (unsigned long long)(time_us % 1000000));
}

/* Every line of a record carries the stamp, so that each can be told from other output. */
static void show_record(const struct log_record *rec, const char *text)
{
	char stamp[24];
	size_t stamp_len = printk_stamp(stamp, sizeof(stamp), rec->time_us);
	const char *end = text + rec->len;

	do {
		const char *eol = memchr(text, '\n', (size_t)(end - text));

		if (!eol)
			eol = end;
		console_emit(stamp, stamp_len);
		console_emit(text, (size_t)(eol - text));
		console_emit("\n", 1);
		text = eol + 1;
	} while (text < end);
}

void printk_flush(void)
{
	struct log_record rec;
	char text[PRINTK_LINE_BYTES];
	unsigned long flags;

	/* What is logged while another writer holds the console is shown by that writer's
	 * caller or by the next message. */
	if (!console_present() || !console_begin(&flags))
		return;
	while (log_read(&log_shown_pos, &rec, text)) {
		if (rec.level < console_loglevel)
			show_record(&rec, text);
	}
	console_end(flags);
}

void vprintk(int level, const char *fmt, va_list args)
{
	u64 now_us = time_us();
	char text[PRINTK_LINE_BYTES];
	size_t len = vscnprintf(text, sizeof(text), fmt, args);

	if (len && text[len - 1] == '\n')
		len--;
	log_append(level, now_us, text, len);
	printk_flush();
}

void printk(int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

void printk_for_each(void (*emit)(void *ctx, u64 time_us, int level, const char *text,
				  size_t len), void *ctx)
{
	struct log_record rec;
	char text[PRINTK_LINE_BYTES];
	u64 pos = 0, end = READ_ONCE(log_next_pos);

	/* The walk ends: messages that come while it prints are left for the next reader. */
	while (pos < end && log_read(&pos, &rec, text))
		emit(ctx, rec.time_us, rec.level, text, rec.len);
}
