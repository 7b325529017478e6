/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <arch/time.h>

#define USEC_PER_SEC	1000000ull
#define POLLS_PER_USEC	64

u64 timebase_hz;		/* [c] */
static u64 first_ticks;		/* [c] */

void __init time_init(u64 hz)
{
	if (!hz)
		pr_warn("time: the device tree has no timebase-frequency: time stands still\n");
	timebase_hz = hz;
}

u64 time_first_tick(void)
{
	return first_ticks;
}

u64 time_us(void)
{
	u64 ticks, hz = timebase_hz;

	/* The banner asks first, a few instructions after entry. */
	if (unlikely(!first_ticks))
		first_ticks = arch_ticks();
	if (unlikely(!hz))
		return 0;
	/* Whole seconds apart, or the product would overflow after some days. */
	ticks = arch_ticks() - first_ticks;
	return ticks / hz * USEC_PER_SEC + ticks % hz * USEC_PER_SEC / hz;
}

struct deadline deadline_in(u64 us)
{
	return (struct deadline){ .end_us = time_us() + us, .polls = us * POLLS_PER_USEC };
}

bool deadline_over(struct deadline *d)
{
	if (likely(timebase_hz))
		return time_us() >= d->end_us;
	return !d->polls || !--d->polls;
}
