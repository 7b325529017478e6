/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of system calls, which the arch's entry reads. A number that has no row is ENOSYS and
 * is counted. With the boot argument strace=1 each call makes a line in the log.
 */
#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <process/syscalls.h>

#include "internal.h"

typedef long (*syscall_fn)(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
			   unsigned long a4, unsigned long a5);

#define FRAME_PROTOTYPE(number, name) \
	long sys_##name##_frame(unsigned long a0, unsigned long a1, unsigned long a2, \
				unsigned long a3, unsigned long a4, unsigned long a5);
FRAME_SYSCALLS(FRAME_PROTOTYPE)

#define TABLE_ROW(number, name)	[number] = sys_##name,
#define FRAME_ROW(number, name)	[number] = sys_##name##_frame,
#define NAME_ROW(number, name)	[number] = #name,

long sys_unknown(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
		 unsigned long a4, unsigned long a5);

static const char *const names[NR_SYSCALLS] = {
	PROCESS_SYSCALLS(NAME_ROW)
	FILE_SYSCALLS(NAME_ROW)
	ARCH_SYSCALLS(NAME_ROW)
	FRAME_SYSCALLS(NAME_ROW)
};

/* The rows that are not named below are those of sys_unknown(): made at boot. */
syscall_fn syscalls[NR_SYSCALLS] = {					/* [c] */
	PROCESS_SYSCALLS(TABLE_ROW)
	FILE_SYSCALLS(TABLE_ROW)
	ARCH_SYSCALLS(TABLE_ROW)
	FRAME_SYSCALLS(FRAME_ROW)
};
static syscall_fn traced[NR_SYSCALLS];					/* [c] what trace() calls */

u64 unknown_calls;							/* [a] */

long sys_unknown(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
		 unsigned long a4, unsigned long a5)
{
	(void)a0;
	(void)a1;
	(void)a2;
	(void)a3;
	(void)a4;
	(void)a5;
	__atomic_fetch_add(&unknown_calls, 1, __ATOMIC_RELAXED);
	return -ENOSYS;
}

u64 syscalls_unknown(void)
{
	return __atomic_load_n(&unknown_calls, __ATOMIC_RELAXED);
}

static long trace(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
		  unsigned long a4, unsigned long a5)
{
	unsigned long number = user_regs()->a7;
	const char *name = names[number];
	int pid = current_process()->pid;
	long result;

	if (!name)
		name = "?";
	if (number == 93 || number == 94)
		pr_info("[%d] %s(0x%lx)\n", pid, name, a0);
	result = traced[number](a0, a1, a2, a3, a4, a5);
	pr_info("[%d] %lu %s(0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx) = %ld\n", pid, number, name,
		a0, a1, a2, a3, a4, a5, result);
	return result;
}

static int __init syscalls_init(void)
{
	static const struct number_wanted wanted __initconst = { 0, 1, "0 or 1" };
	u64 on = 0;

	for (unsigned int i = 0; i < NR_SYSCALLS; i++)
		if (!syscalls[i])
			syscalls[i] = sys_unknown;
	if (!cmdline_get_number("strace", &wanted, &on) || !on)
		return 0;
	for (unsigned int i = 0; i < NR_SYSCALLS; i++) {
		traced[i] = syscalls[i];
		/* What changes registers returns its own way. */
		if (i != 139 && i != 220 && i != 221)
			syscalls[i] = trace;
	}
	return 0;
}
initcall(syscalls_init);
