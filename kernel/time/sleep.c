/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that wait for a moment. */
#include <kernel/idle.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/time.h>

#define USEC_PER_SEC	1000000ull

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
	struct wake_timer *w = container_of(t, struct wake_timer, timer);

	__atomic_store_n(&w->over, true, __ATOMIC_RELEASE);
	thread_wake(w->thread);
}

void wake_timer_start_at(struct wake_timer *w, u64 tick)
{
	*w = (struct wake_timer){ .timer = TIMER_INIT(wake_sleeper), .thread = current_thread() };
	timer_add(&w->timer, tick);
}

void wake_timer_start(struct wake_timer *w, u64 us)
{
	wake_timer_start_at(w, ticks_in_us(us));
}

void sleep_until_tick(u64 tick)
{
	struct wake_timer w;

	if (!timebase_hz)
		return;
	wake_timer_start_at(&w, tick);
	while (!wake_timer_over(&w))
		thread_block();
	/* The function may still look at this thread. */
	wake_timer_stop(&w);
}

void usleep(u64 us)
{
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
