/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <kernel/compiler.h>
#include <kernel/cpu.h>
#include <kernel/types.h>

/*
 * Timers call a function, once, from a tick of arch_ticks() on, in an interrupt of the CPU that
 * added the timer. There is no periodic tick: a CPU without timers gets no interrupt. Adding and
 * cancelling take a number of steps that depends on nothing; an interrupt carries out a bounded
 * number, and the rest in further ones.
 */
/* An interrupt calls or moves so many: what that takes at most is in kernel/sched/bounds.c. */
#define TIMERS_AT_ONCE	7u

struct timer;
struct thread;
typedef void (*timer_fn)(struct timer *t);

/* Whoever adds and cancels one timer does so one at a time; its function may add it again. */
struct timer {
	struct timer *next, **link;	/* [Y] link NULL: not pending */
	u64 deadline;			/* [Y] */
	timer_fn fn;			/* [c] */
	u32 cpu;			/* [Y] whose it is, or was */
	u8 level, slot;			/* [Y] */
};

#define TIMER_INIT(_fn)		{ .fn = _fn }
/* A deadline that never comes. */
#define TIMER_NEVER		(~0ull)

static inline void timer_init(struct timer *t, timer_fn fn)
{
	*t = (struct timer)TIMER_INIT(fn);
}

/* The timer is not pending. A deadline that is past is due at once. Any context. */
void timer_add(struct timer *t, u64 deadline);
/* True: it was pending, and will not be called. Any context. */
bool timer_cancel(struct timer *t);
/* The same; and when this returns its function is not running anywhere, so that the timer's memory
 * may go. Not in the timer's own function. */
bool timer_cancel_sync(struct timer *t);

static inline bool timer_pending(const struct timer *t)
{
	return __atomic_load_n(&t->link, __ATOMIC_RELAXED);
}

/* Ticks of so many microseconds, rounded up; and the tick that is so far from now. */
u64 ticks_of_us(u64 us);
u64 ticks_in_us(u64 us);

/* The running thread sleeps. Process context; returns at once where time stands still. */
void usleep(u64 us);
void msleep(u64 ms);
/* Until time_us() has reached us, and until that tick of arch_ticks(). */
void sleep_until(u64 us);
void sleep_until_tick(u64 tick);

/* The running thread is woken after so many microseconds; when it has been, wake_timer_over() is
 * true. On the stack of its thread, which stops it before it returns. Process context. */
struct wake_timer {
	struct timer timer;
	struct thread *thread;
	bool over;
};
void wake_timer_start(struct wake_timer *w, u64 us);
void wake_timer_start_at(struct wake_timer *w, u64 tick);
static inline bool wake_timer_over(const struct wake_timer *w)
{
	return __atomic_load_n(&w->over, __ATOMIC_ACQUIRE);
}
static inline void wake_timer_stop(struct wake_timer *w)
{
	timer_cancel_sync(&w->timer);
}

/* Boot, before the first timer. */
void timers_init(void);

/* For the arch's interrupt, interrupts off; for cpu_idle() where nobody may block; and for CPUs
 * that go, while all stand still. */
void timer_interrupt(void);
void timer_nap(u64 us);
void timers_leave_cpu(unsigned int cpu);

/* What the command timers prints of a CPU; and NULL or a rule that is broken, while all stand
 * still. */
struct timers_snapshot {
	unsigned long pending;
	u64 armed, interrupts, called, moved;
};
void timers_snapshot(unsigned int cpu, struct timers_snapshot *s);
const char *timers_validate(void);

#endif /* KERNEL_TIMER_H */
