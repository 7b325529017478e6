/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about time. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wall.h>
#include <kernel/timer.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <process/syscalls.h>
#include <arch/time.h>

#include "internal.h"

#define TIMER_ABSTIME	1u
#define NS_PER_S	1000000000ul

struct timespec64 {
	s64 seconds, ns;
};

static u64 ticks_to_ns(u64 ticks)
{
	u64 seconds = ticks / timebase_hz;

	return seconds * NS_PER_S + (ticks - seconds * timebase_hz) * NS_PER_S / timebase_hz;
}

static struct timespec64 to_timespec(u64 ns)
{
	return (struct timespec64){ (s64)(ns / NS_PER_S), (s64)(ns % NS_PER_S) };
}

/* CPU time of the running thread, up to now. */
static u64 own_ticks(void)
{
	return thread_ticks(current_thread());
}

u64 process_ticks_locked(const struct process *p)
{
	u64 ticks = p->user_ticks;
	struct list_head *at;

	list_for_each(at, &p->threads) {
		const struct user_thread *u = list_entry(at, struct user_thread, mates);

		if (u->thread)
			ticks += thread_ticks(u->thread);
	}
	return ticks;
}

u64 process_ticks(struct process *p)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	u64 ticks = process_ticks_locked(p);

	spin_unlock_irqrestore(&process_lock, flags);
	return ticks;
}

/* Nanoseconds, or -EINVAL. */
static s64 read_clock(unsigned long clock)
{
	s64 ns = vdso_clock_ns(clock);

	if (likely(ns >= 0))
		return ns;
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		return (s64)ticks_to_ns(process_ticks(current_process()));
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return (s64)ticks_to_ns(own_ticks());
	return -EINVAL;
}

static __always_inline long store_time(uintptr_t to, u64 ns)
{
	struct timespec64 t = to_timespec(ns);

	return user_store_pair((u64)t.seconds, (u64)t.ns, to);
}

static __noinline long store_any_clock(unsigned long clock, uintptr_t to)
{
	s64 ns = read_clock(clock);

	return ns < 0 ? ns : store_time(to, (u64)ns);
}

/* A clock that its page reads takes no frame on the stack. */
SYSCALL(clock_gettime)
{
	s64 ns = vdso_clock_ns(a0);

	return likely(ns >= 0) ? store_time(a1, (u64)ns) : store_any_clock(a0, a1);
}

SYSCALL(clock_getres)
{
	struct timespec64 t = { 0, (s64)vdso.data.resolution_ns };
	s64 ns = read_clock(a0);

	if (ns < 0)
		return ns;
	return a1 && copy_to_user(a1, &t, sizeof(t)) ? -EFAULT : 0;
}

SYSCALL(gettimeofday)
{
	u64 us = (u64)vdso_clock_ns(CLOCK_REALTIME) / 1000;
	s64 t[2] = { (s64)(us / 1000000), (s64)(us % 1000000) };

	return a0 && copy_to_user(a0, t, sizeof(t)) ? -EFAULT : 0;
}

/* 0: the time has come; -ERESTARTSYS: a signal did. */
static int sleep_until_or_signal(u64 end_us)
{
	struct wake_timer timer;
	u64 now = time_us();

	if (now >= end_us)
		return 0;
	wake_timer_start(&timer, end_us - now);
	while (!wake_timer_over(&timer) && !thread_interrupted())
		thread_block();
	wake_timer_stop(&timer);
	return time_us() >= end_us ? 0 : -ERESTARTSYS;
}

/* began_us: when the clock that is meant was 0, on time_us()'s. */
static long nanosleep(unsigned long flags, uintptr_t wanted, uintptr_t rest, s64 began_us)
{
	struct timespec64 t;
	u64 end_us, now = time_us();

	if (copy_from_user(&t, wanted, sizeof(t)))
		return -EFAULT;
	if (t.seconds < 0 || t.ns < 0 || t.ns >= (s64)NS_PER_S)
		return -EINVAL;
	end_us = (u64)t.seconds * 1000000 + (u64)(t.ns + 999) / 1000;
	if (!(flags & TIMER_ABSTIME))
		end_us += now;
	else
		end_us = (u64)max((s64)end_us + began_us, (s64)0);
	if (!sleep_until_or_signal(end_us))
		return 0;
	now = time_us();
	t = to_timespec((end_us > now ? end_us - now : 0) * 1000);
	if (!(flags & TIMER_ABSTIME) && rest && copy_to_user(rest, &t, sizeof(t)))
		return -EFAULT;
	return -EINTR;
}

SYSCALL(nanosleep)
{
	return nanosleep(0, a0, a1, 0);
}

SYSCALL(clock_nanosleep)
{
	bool wall = a0 == CLOCK_REALTIME || a0 == CLOCK_REALTIME_COARSE;
	s64 ns = read_clock(a0);

	return ns < 0 ? ns : nanosleep(a1, a2, a3, wall ? (s64)(time_us() - time_wall_us()) : 0);
}

struct tms {
	s64 user, kernel, children_user, children_kernel;
};

SYSCALL(times)
{
	struct process *p = current_process();
	u64 unit = timebase_hz / 100;
	struct tms t = { .user = (s64)(process_ticks(p) / unit),
			 .children_user = (s64)(p->children_ticks / unit) };

	if (a0 && copy_to_user(a0, &t, sizeof(t)))
		return -EFAULT;
	return (long)(time_us() / 10000);
}
