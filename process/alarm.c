/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timer of real time that a process has: setitimer(), and alarm() by it. Its function runs in
 * an interrupt; who changes it stops it first and waits for that function.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>
#include <process/syscalls.h>
#include <arch/time.h>

#include "internal.h"

#define US_PER_S	1000000ull
#define SECONDS_MOST	1000000000
/* A program that asks for more would keep a CPU in interrupts. */
#define INTERVAL_LEAST_US	1000ull

enum { ITIMER_REAL };

struct itimer {
	s64 every_s, every_us, in_s, in_us;
};

static DEFINE_MUTEX(setting);	/* [f] one program at a time changes its timer */

static void ring(struct timer *t)
{
	struct process *p = container_of(t, struct process, alarm);
	unsigned long flags = spin_lock_irqsave(&process_lock);
	u64 now = arch_ticks(), every = p->alarm_every;

	if (p->alarm_at) {
		signal_process_locked(p, SIGALRM);
		/* Those that were missed are not made up for. */
		p->alarm_at = every ? p->alarm_at + every * ((now - p->alarm_at) / every + 1) : 0;
		if (every)
			timer_add(t, p->alarm_at);
	}
	spin_unlock_irqrestore(&process_lock, flags);
}

static u64 us_of_ticks(u64 ticks)
{
	return ticks / timebase_hz * US_PER_S + ticks % timebase_hz * US_PER_S / timebase_hz;
}

/* How it is set; afterwards it does not ring. */
static struct itimer stop(struct process *p, bool stays)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	u64 now = arch_ticks(), every_us, in_us = 0;

	every_us = us_of_ticks(p->alarm_every);
	if (p->alarm_at)
		in_us = max(us_of_ticks(p->alarm_at - min(now, p->alarm_at)), (u64)1);
	if (!stays)
		p->alarm_at = p->alarm_every = 0;
	spin_unlock_irqrestore(&process_lock, flags);
	if (!stays && p->has_alarm)
		timer_cancel_sync(&p->alarm);
	return (struct itimer){ (s64)(every_us / US_PER_S), (s64)(every_us % US_PER_S),
				(s64)(in_us / US_PER_S), (s64)(in_us % US_PER_S) };
}

void alarm_end(struct process *p)
{
	if (p->has_alarm)
		(void)stop(p, false);
}

static bool is_sound(s64 s, s64 us)
{
	return s >= 0 && us >= 0 && us < (s64)US_PER_S;
}

static u64 ticks_of(s64 s, s64 us)
{
	return ticks_of_us((u64)min(s, (s64)SECONDS_MOST) * US_PER_S + (u64)us);
}

static void start(struct process *p, const struct itimer *new)
{
	unsigned long flags;

	if (!p->has_alarm)
		timer_init(&p->alarm, ring);
	flags = spin_lock_irqsave(&process_lock);
	p->has_alarm = true;
	if (new->every_s || new->every_us)
		p->alarm_every = max(ticks_of(new->every_s, new->every_us),
				     ticks_of_us(INTERVAL_LEAST_US));
	p->alarm_at = arch_ticks() + ticks_of(new->in_s, new->in_us);
	timer_add(&p->alarm, p->alarm_at);
	spin_unlock_irqrestore(&process_lock, flags);
}

SYSCALL(setitimer)
{
	struct process *p = current_process();
	struct itimer new = { .in_s = 0 }, old;

	if (a0 != ITIMER_REAL)
		return -EINVAL;
	if (a1 && copy_from_user(&new, a1, sizeof(new)))
		return -EFAULT;
	if (!is_sound(new.every_s, new.every_us) || !is_sound(new.in_s, new.in_us))
		return -EINVAL;
	mutex_lock(&setting);
	old = stop(p, false);
	if (new.in_s || new.in_us)
		start(p, &new);
	mutex_unlock(&setting);
	return a2 && copy_to_user(a2, &old, sizeof(old)) ? -EFAULT : 0;
}

SYSCALL(getitimer)
{
	struct itimer now;

	if (a0 != ITIMER_REAL)
		return -EINVAL;
	now = stop(current_process(), true);
	return copy_to_user(a1, &now, sizeof(now)) ? -EFAULT : 0;
}
