/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about the machine as a whole: its end, its log, its clock. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/power.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <kernel/wall.h>
#include <fs/io.h>
#include <process/syscalls.h>

#include "internal.h"

#define REBOOT_MAGIC	0xfee1deadul
#define REBOOT_RESTART	0x01234567ul
#define REBOOT_HALT	0xcdef0123ul
#define REBOOT_POWER	0x4321fedcul
#define REBOOT_KEYS_ON	0x89abcdeful
#define REBOOT_KEYS_OFF	0ul

SYSCALL(reboot)
{
	if ((u32)a0 != REBOOT_MAGIC)
		return -EINVAL;
	switch ((u32)a2) {
	case REBOOT_RESTART:
		power_reboot();
	case REBOOT_HALT:
	case REBOOT_POWER:
		power_off();
	case REBOOT_KEYS_ON:
	case REBOOT_KEYS_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- the log ---- */

#define SYSLOG_READ_ALL		3
#define SYSLOG_READ_CLEAR	4
#define SYSLOG_CONSOLE_LEVEL	8
#define SYSLOG_SIZE_BUFFER	10
#define SYSLOG_LAST		10

/* The records that go to the program: the last ones that fit as a whole. */
struct log_reader {
	struct io *io;			/* NULL: they are measured */
	size_t bytes, skip;
	bool failed;
};

static void read_record(void *ctx, u64 us, int level, const char *text, size_t len)
{
	struct log_reader *r = ctx;
	char line[PRINTK_LINE_BYTES + 40];
	size_t at = scnprintf(line, sizeof(line), "<%d>", level);

	at += printk_stamp(line + at, sizeof(line) - at, us);
	len = min(len, sizeof(line) - at - 1);
	memcpy(line + at, text, len);
	at += len;
	line[at++] = '\n';
	r->bytes += at;
	if (!r->io || r->bytes <= r->skip || r->failed || r->io->left < at)
		return;
	r->failed = io_put(r->io, line, at) < at;
}

static long read_log(uintptr_t to, size_t room)
{
	struct log_reader measure = { .io = NULL }, r = { .skip = 0 };
	struct io io = io_user(to, room);

	printk_for_each(read_record, &measure);
	r.io = &io;
	r.skip = measure.bytes > room ? measure.bytes - room : 0;
	printk_for_each(read_record, &r);
	return r.failed ? -EFAULT : (long)(room - io.left);
}

SYSCALL(syslog)
{
	int what = (int)a0, bytes = (int)a2;

	if (what < 0 || what > SYSLOG_LAST)
		return -EINVAL;
	if (what == SYSLOG_READ_ALL || what == SYSLOG_READ_CLEAR)
		return !a1 || bytes < 0 ? -EINVAL : read_log(a1, (size_t)bytes);
	if (what == SYSLOG_SIZE_BUFFER)
		return 1 << CONFIG_LOG_BUF_SHIFT;
	if (what == SYSLOG_CONSOLE_LEVEL) {
		if (bytes < 1 || bytes > 8)
			return -EINVAL;
		console_loglevel = bytes;
	}
	return 0;
}

/* ---- the clock ---- */

SYSCALL(clock_settime)
{
	s64 t[2];

	if (a0)
		return -EINVAL;
	if (copy_from_user(t, a1, sizeof(t)))
		return -EFAULT;
	if (t[0] < 0 || t[1] < 0 || t[1] >= 1000000000)
		return -EINVAL;
	time_wall_set((u64)t[0] * 1000000 + (u64)t[1] / 1000);
	return 0;
}
