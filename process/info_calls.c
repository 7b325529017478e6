/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that ask about the machine, the system and the process. */
#include <generated/utsrelease.h>

#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <mm/address_space.h>
#include <process/syscalls.h>

#include "internal.h"

struct utsname {
	char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

/* Programs look at the release before they ask for what is newer. */
static const struct utsname names = {
	.system = "Linux", .node = "tessera", .release = "6.1.0-tessera",
	.version = "Tessera " KERNEL_VERSION, .machine = "riscv64", .domain = "(none)",
};

SYSCALL(uname)
{
	return copy_to_user(a0, &names, sizeof(names)) ? -EFAULT : 0;
}

struct sysinfo {
	s64 uptime;
	u64 loads[3], total, free, shared, buffers, swap_total, swap_free;
	u16 processes, pad;
	u64 high_total, high_free;
	u32 unit;
};

static int count_one(struct process *p, void *ctx)
{
	(void)p;
	++*(u16 *)ctx;
	return 0;
}

SYSCALL(sysinfo)
{
	struct sysinfo info = { .uptime = (s64)(time_us() / 1000000), .unit = 1,
				.total = (u64)totalram_pages() << PAGE_SHIFT,
				.free = (u64)nr_free_pages() << PAGE_SHIFT };

	for_each_process(count_one, &info.processes);
	return copy_to_user(a0, &info, sizeof(info)) ? -EFAULT : 0;
}

static int set_limit(struct process *p, unsigned int which, const struct rlimit *new)
{
	struct address_space *s = p->space;

	if (new->now > new->most)
		return -EINVAL;
	p->limits[which] = *new;
	if (which == RLIMIT_AS)
		s->size_limit = new->now;
	else if (which == RLIMIT_DATA)
		s->heap_limit = new->now;
	else if (which == RLIMIT_STACK)
		s->stack_limit = min(s->stack_limit, new->now);
	return 0;
}

SYSCALL(prlimit64)
{
	struct process *p = current_process();
	struct rlimit old, new;
	int err = 0;

	if (a0 && (int)a0 != p->pid)
		return -ESRCH;
	if (a1 >= NR_RLIMITS)
		return -EINVAL;
	old = p->limits[a1];
	if (a2) {
		if (copy_from_user(&new, a2, sizeof(new)))
			return -EFAULT;
		err = set_limit(p, (unsigned int)a1, &new);
	}
	return err ? err : a3 && copy_to_user(a3, &old, sizeof(old)) ? -EFAULT : 0;
}

SYSCALL(getrusage)
{
	struct process *p = current_process();
	u64 ticks = (int)a0 == -1 ? p->children_ticks : process_ticks(p);
	u64 us = ticks / timebase_hz * 1000000 + ticks % timebase_hz * 1000000 / timebase_hz;
	s64 usage[18] = { (s64)(us / 1000000), (s64)(us % 1000000) };

	if ((int)a0 < -1 || (int)a0 > 1)
		return -EINVAL;
	usage[4] = (s64)(p->space->peak_pages << (PAGE_SHIFT - 10));
	usage[8] = (s64)p->space->faults;
	return copy_to_user(a1, usage, sizeof(usage)) ? -EFAULT : 0;
}

#define GRND_KNOWN	7u

SYSCALL(getrandom)
{
	size_t bytes = min(a1, 0x1fffffful), done = 0;

	if (a2 & ~(unsigned long)GRND_KNOWN)
		return -EINVAL;
	while (done < bytes) {
		u64 word = get_random_u64();
		size_t part = min(bytes - done, sizeof(word));

		if (copy_to_user(a0 + done, &word, part))
			return done ? (long)done : -EFAULT;
		done += part;
		if (signal_pending() && done >= 256)
			break;
	}
	return (long)done;
}

#define PR_SET_PDEATHSIG	1
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_SET_NAME		15
#define PR_GET_NAME		16

SYSCALL(prctl)
{
	struct process *p = current_process();
	char name[PROCESS_NAME_BYTES] = "";
	long length;

	switch (a0) {
	case PR_SET_NAME:
		length = copy_string_from_user(name, a1, sizeof(name));
		if (length < 0 && length != -ENAMETOOLONG)
			return length;
		name[sizeof(name) - 1] = 0;
		memcpy(p->name, name, sizeof(name));
		return 0;
	case PR_GET_NAME:
		return copy_to_user(a1, p->name, sizeof(p->name)) ? -EFAULT : 0;
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
	case PR_SET_PDEATHSIG:
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- processors ---- */

SYSCALL(sched_yield)
{
	thread_yield();
	return 0;
}

SYSCALL(sched_getaffinity)
{
	u64 mask = cpus_online() & current_thread()->affinity;

	if (a1 < sizeof(mask) || a1 % sizeof(mask))
		return -EINVAL;
	return copy_to_user(a2, &mask, sizeof(mask)) ? -EFAULT : (long)sizeof(mask);
}

/* Where a thread runs is the kernel's to say: a wish is heard and not followed. */
SYSCALL(sched_setaffinity)
{
	u64 mask = 0;

	if (copy_from_user(&mask, a2, min(a1, sizeof(mask))))
		return -EFAULT;
	return mask & cpus_online() ? 0 : -EINVAL;
}

SYSCALL(sched_getparam)
{
	return clear_user(a1, sizeof(u32)) ? -EFAULT : 0;
}

SYSCALL(sched_getscheduler)
{
	return 0;
}

SYSCALL(sched_get_priority_max)
{
	return a0 == 1 || a0 == 2 ? 99 : 0;
}

SYSCALL(sched_get_priority_min)
{
	return a0 == 1 || a0 == 2 ? 1 : 0;
}

SYSCALL(getpriority)
{
	return 20;
}

SYSCALL(setpriority)
{
	return 0;
}

SYSCALL(getcpu)
{
	u32 cpu = smp_processor_id();

	if (a0 && copy_to_user(a0, &cpu, sizeof(cpu)))
		return -EFAULT;
	return a1 && clear_user(a1, sizeof(cpu)) ? -EFAULT : 0;
}

/* Pairs of key and value. */
enum { HWPROBE_BASE_BEHAVIOR = 3, HWPROBE_IMA_EXT_0 = 4, HWPROBE_CPUPERF_0 = 5 };

SYSCALL(riscv_hwprobe)
{
	if (a4)
		return -EINVAL;
	for (unsigned long i = 0; i < a1; i++) {
		s64 pair[2];
		uintptr_t at = a0 + i * sizeof(pair);

		if (copy_from_user(pair, at, sizeof(pair)))
			return -EFAULT;
		pair[1] = pair[0] == HWPROBE_BASE_BEHAVIOR ? 1 :
			  pair[0] == HWPROBE_IMA_EXT_0 ? 3 : 0;
		if (pair[0] < 0 || pair[0] > HWPROBE_CPUPERF_0)
			pair[0] = -1;
		if (copy_to_user(at, pair, sizeof(pair)))
			return -EFAULT;
	}
	return 0;
}
