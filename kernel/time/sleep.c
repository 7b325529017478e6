/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that wait for a moment. */
#include <kernel/idle.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/time.h>

#define USEC_PER_SEC	1000000ull

/* On the stack of a thread that sleeps. */
struct sleeper {
	struct timer timer;
	struct thread *thread;
	bool over;
};

/* Whole seconds apart, or the product would overflow after some days. */
u64 ticks_of_us(u64 us)
{
	u64 rest = us % USEC_PER_SEC * timebase_hz;

	return us / USEC_PER_SEC * timebase_hz + (rest + USEC_PER_SEC - 1) / USEC_PER_SEC;
}

u64 ticks_in_us(u64 us)
{
	return arch_ticks() + ticks_of_us(us);
}

static void wake_sleeper(struct timer *t)
{
	struct sleeper *s = container_of(t, struct sleeper, timer);

	__atomic_store_n(&s->over, true, __ATOMIC_RELEASE);
	thread_wake(s->thread);
}

static void sleep_until_tick(u64 tick)
{
	struct sleeper s = { .timer = TIMER_INIT(wake_sleeper), .thread = current_thread() };

	timer_add(&s.timer, tick);
	while (!__atomic_load_n(&s.over, __ATOMIC_ACQUIRE))
		thread_block();
	/* The function may still look at this thread. */
	timer_cancel_sync(&s.timer);
}

void usleep(u64 us)
{
	if (timebase_hz)
		sleep_until_tick(ticks_in_us(us));
}

void msleep(u64 ms)
{
	usleep(ms * 1000);
}

void sleep_until(u64 us)
{
	u64 now = time_us();

	if (us > now)
		usleep(us - now);
}
