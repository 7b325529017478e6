/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that a process makes: timer_create() and its like, at most PROCESS_TIMERS. A timer's
 * function runs in an interrupt; who changes a timer stops it first and waits for that function.
 *
 * A signal is a bit, and says nothing of the timer that sent it. So the timer remembers that its
 * signal is on the way, and whoever takes the signal asks the timers of the process whose it is.
 * Several timers may send one signal: the next one raises it again when the first was taken.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/uaccess.h>
#include <kernel/wall.h>
#include <mm/slab.h>
#include <process/syscalls.h>
#include <arch/time.h>

#include "internal.h"

#define NS_PER_S		1000000000ll
/* A time of the calendar has more seconds than a wait may have. */
#define SECONDS_MOST		100000000000ll
#define WAIT_MOST_US		1000000000000000ull
/* A program that asks for more would keep a CPU in interrupts. */
#define INTERVAL_LEAST_US	1000ull
#define OVERRUN_MOST		0x7fffffffull
#define TIMER_ABSTIME		1u

enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };

/* What timer_create() is told: the first bytes of 64. */
struct signal_event {
	u64 value;
	s32 sig, notify, tid, pad;
};

struct itimerspec {
	s64 every_s, every_ns, in_s, in_ns;
};

struct program_timer {
	struct timer timer;
	struct process *process;	/* [c] */
	u64 value;			/* [c] what the signal brings */
	int id, sig, tid;		/* [c] sig 0: it sends none; tid 0: to the process */
	bool by_wall;			/* [c] its clock is the wall's */
	u64 at, every;			/* [p] ticks; 0: it does not ring, not again */
	s64 every_s, every_ns;		/* [p] as they were given */
	bool sent;			/* [p] its signal has not been taken yet */
	u64 overrun, last_overrun;	/* [p] rings without a signal of their own */
};

struct program_timers {
	struct program_timer *each[CONFIG_PROCESS_TIMERS];	/* [p*] */
};

static DEFINE_MUTEX(setting);	/* [f] one program at a time makes and changes its timers */

/* ---- it rings ---- */

static u64 rings_until(const struct program_timer *t, u64 now)
{
	return t->every ? (now - t->at) / t->every + 1 : 1;
}

/* [p] */
static void send(struct program_timer *t, u64 rings)
{
	struct process *p = t->process;
	struct user_thread *u = t->tid ? find_user_thread(t->tid) : NULL;
	const u64 *pending = u ? &u->pending : &p->pending;
	bool is_late;

	if (t->tid && (!u || u->process != p))
		return;
	is_late = t->sent && *pending & SIGNAL_BIT(t->sig);
	if (u)
		signal_thread_locked(u, t->sig);
	else
		signal_process_locked(p, t->sig);
	t->sent = *pending & SIGNAL_BIT(t->sig);
	t->overrun = min(is_late ? t->overrun + rings : rings - 1, OVERRUN_MOST);
}

static void ring(struct timer *timer)
{
	struct program_timer *t = container_of(timer, struct program_timer, timer);
	unsigned long flags = spin_lock_irqsave(&process_lock);
	u64 now = arch_ticks(), rings;

	if (t->at) {
		rings = rings_until(t, now);
		send(t, rings);
		t->at = t->every ? t->at + t->every * rings : 0;
		if (t->at)
			timer_add(timer, t->at);
	}
	spin_unlock_irqrestore(&process_lock, flags);
}

void program_timers_taken(struct user_thread *u, struct signal_info *info)
{
	struct process *p = u->process;

	for (unsigned int i = 0; i < CONFIG_PROCESS_TIMERS; i++) {
		struct program_timer *t = p->timers->each[i];

		if (!t || !t->sent || t->sig != info->sig || (t->tid && t->tid != u->tid))
			continue;
		if (info->code == SI_TIMER) {
			*(t->tid ? &u->pending : &p->pending) |= SIGNAL_BIT(t->sig);
			return;
		}
		*info = (struct signal_info){ .sig = t->sig, .code = SI_TIMER, .pid = t->id,
					      .overrun = (u32)t->overrun, .value = t->value };
		t->last_overrun = t->overrun;
		t->sent = false;
	}
}

/* ---- how it is set ---- */

static struct program_timer *find(const struct process *p, unsigned long id)
{
	return p->timers && id < CONFIG_PROCESS_TIMERS ? p->timers->each[id] : NULL;
}

/* [p] */
static struct itimerspec look(const struct program_timer *t)
{
	struct itimerspec now = { .every_s = t->every_s, .every_ns = t->every_ns };
	u64 tick = arch_ticks(), next = t->at, ns;

	if (next && next <= tick)
		next = t->every ? next + t->every * rings_until(t, tick) : 0;
	if (!next)
		return now;
	next -= tick;
	ns = next % timebase_hz * (u64)NS_PER_S / timebase_hz;
	now.in_s = (s64)(next / timebase_hz);
	now.in_ns = (s64)max(ns, (u64)!now.in_s);
	return now;
}

/* How it was set; afterwards it does not ring. */
static struct itimerspec stop(struct program_timer *t)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct itimerspec old = look(t);

	t->at = t->every = t->overrun = t->last_overrun = 0;
	t->every_s = t->every_ns = 0;
	t->sent = false;
	spin_unlock_irqrestore(&process_lock, flags);
	timer_cancel_sync(&t->timer);
	return old;
}

static bool is_sound(s64 s, s64 ns)
{
	return s >= 0 && ns >= 0 && ns < NS_PER_S;
}

static u64 us_of(s64 s, s64 ns)
{
	return (u64)min(s, SECONDS_MOST) * 1000000 + (u64)(ns + 999) / 1000;
}

/* The tick at which its clock says so. */
static u64 tick_of(const struct program_timer *t, u64 us, bool absolute)
{
	/* The clock first, and a tick more: it does not ring before its clock says so. */
	u64 clock_us = t->by_wall ? time_wall_us() : time_us(), now = arch_ticks(), ago;

	if (!absolute)
		return now + ticks_of_us(min(us, WAIT_MOST_US));
	if (us > clock_us)
		return now + ticks_of_us(min(us - clock_us, WAIT_MOST_US)) + 1;
	ago = ticks_of_us(clock_us - us);
	return ago < now ? now - ago : 1;
}

static void start(struct program_timer *t, const struct itimerspec *new, bool absolute)
{
	u64 at = tick_of(t, us_of(new->in_s, new->in_ns), absolute);
	unsigned long flags = spin_lock_irqsave(&process_lock);

	t->every_s = new->every_s;
	t->every_ns = new->every_ns;
	if (new->every_s || new->every_ns)
		t->every = ticks_of_us(max(min(us_of(new->every_s, new->every_ns), WAIT_MOST_US),
					   INTERVAL_LEAST_US));
	t->at = at;
	/* Who sends nothing is looked at, and never rings. */
	if (t->sig)
		timer_add(&t->timer, at);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* ---- it comes and goes ---- */

static void drop(struct process *p, struct program_timer *t)
{
	unsigned long flags;

	(void)stop(t);
	flags = spin_lock_irqsave(&process_lock);
	p->timers->each[t->id] = NULL;
	spin_unlock_irqrestore(&process_lock, flags);
	kfree(t);
}

void program_timers_end(struct process *p)
{
	struct program_timers *timers;
	unsigned long flags;

	if (!p->timers)
		return;
	mutex_lock(&setting);
	for (unsigned int i = 0; i < CONFIG_PROCESS_TIMERS; i++)
		if (p->timers->each[i])
			drop(p, p->timers->each[i]);
	flags = spin_lock_irqsave(&process_lock);
	timers = p->timers;
	p->timers = NULL;
	spin_unlock_irqrestore(&process_lock, flags);
	mutex_unlock(&setting);
	kfree(timers);
}

/* -EINVAL: it means nothing that there is. */
static int check_event(const struct signal_event *e)
{
	struct user_thread *u;
	unsigned long flags;
	bool ours;

	if (e->notify == SIGEV_NONE)
		return 0;
	if (e->notify & ~(SIGEV_THREAD | SIGEV_THREAD_ID) || e->sig <= 0 || e->sig > NSIG)
		return -EINVAL;
	if (!(e->notify & SIGEV_THREAD_ID))
		return 0;
	flags = spin_lock_irqsave(&process_lock);
	u = find_user_thread(e->tid);
	ours = u && u->process == current_process();
	spin_unlock_irqrestore(&process_lock, flags);
	return ours ? 0 : -EINVAL;
}

/* A place of p's for one more: its number, -EAGAIN or -ENOMEM. */
static int find_place(struct process *p)
{
	struct program_timers *timers;
	unsigned long flags;
	int id = 0;

	if (!p->timers) {
		timers = kzalloc(sizeof(*timers), GFP_KERNEL | __GFP_NOWARN);
		if (!timers)
			return -ENOMEM;
		flags = spin_lock_irqsave(&process_lock);
		p->timers = timers;
		spin_unlock_irqrestore(&process_lock, flags);
	}
	while (id < CONFIG_PROCESS_TIMERS && p->timers->each[id])
		id++;
	return id < CONFIG_PROCESS_TIMERS ? id : -EAGAIN;
}

static int make(struct process *p, unsigned long clock, const struct signal_event *e)
{
	struct program_timer *t;
	unsigned long flags;
	int id = find_place(p);

	if (id < 0)
		return id;
	t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOWARN);
	if (!t)
		return -ENOMEM;
	timer_init(&t->timer, ring);
	t->process = p;
	t->id = id;
	t->by_wall = clock == CLOCK_REALTIME;
	t->sig = e && e->notify == SIGEV_NONE ? 0 : e ? e->sig : SIGALRM;
	t->tid = e && e->notify & SIGEV_THREAD_ID ? e->tid : 0;
	t->value = e ? e->value : (u64)id;
	flags = spin_lock_irqsave(&process_lock);
	p->timers->each[id] = t;
	spin_unlock_irqrestore(&process_lock, flags);
	return id;
}

/* ---- calls ---- */

SYSCALL(timer_create)
{
	struct process *p = current_process();
	struct signal_event e;
	int id, err;

	if (a0 != CLOCK_REALTIME && a0 != CLOCK_MONOTONIC && a0 != CLOCK_BOOTTIME)
		return -EINVAL;
	if (a1 && copy_from_user(&e, a1, sizeof(e)))
		return -EFAULT;
	err = a1 ? check_event(&e) : 0;
	if (err)
		return err;
	mutex_lock(&setting);
	id = make(p, a0, a1 ? &e : NULL);
	if (id >= 0 && copy_to_user(a2, &id, sizeof(id))) {
		drop(p, p->timers->each[id]);
		id = -EFAULT;
	}
	mutex_unlock(&setting);
	return min(id, 0);
}

SYSCALL(timer_settime)
{
	struct itimerspec new, old;
	struct program_timer *t;

	if (!a2)
		return -EINVAL;
	if (copy_from_user(&new, a2, sizeof(new)))
		return -EFAULT;
	if (!is_sound(new.every_s, new.every_ns) || !is_sound(new.in_s, new.in_ns))
		return -EINVAL;
	mutex_lock(&setting);
	t = find(current_process(), (u32)a0);
	if (t) {
		old = stop(t);
		if (new.in_s || new.in_ns)
			start(t, &new, a1 & TIMER_ABSTIME);
	}
	mutex_unlock(&setting);
	if (!t)
		return -EINVAL;
	return a3 && copy_to_user(a3, &old, sizeof(old)) ? -EFAULT : 0;
}

SYSCALL(timer_gettime)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	const struct program_timer *t = find(current_process(), (u32)a0);
	struct itimerspec now = t ? look(t) : (struct itimerspec){ .in_s = 0 };

	spin_unlock_irqrestore(&process_lock, flags);
	if (!t)
		return -EINVAL;
	return copy_to_user(a1, &now, sizeof(now)) ? -EFAULT : 0;
}

SYSCALL(timer_getoverrun)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	const struct program_timer *t = find(current_process(), (u32)a0);
	long overrun = t ? (long)t->last_overrun : -EINVAL;

	spin_unlock_irqrestore(&process_lock, flags);
	return overrun;
}

SYSCALL(timer_delete)
{
	struct process *p = current_process();
	struct program_timer *t;

	mutex_lock(&setting);
	t = find(p, (u32)a0);
	if (t)
		drop(p, t);
	mutex_unlock(&setting);
	return t ? 0 : -EINVAL;
}
