/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers: adding and cancelling one among a thousand, and the way from the interrupt. */
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/slab.h>
#include <arch/irq.h>

#include "internal.h"

#define TIMERS		1000u
#define ROUNDS		2000u

static u64 called_at;		/* [t] */

static void note_call(struct timer *t)
{
	(void)t;
	called_at = arch_instret();
}

/* The deadlines are so far ahead that every timer is cancelled before, each apart from the
 * others. */
static u64 far_deadline(unsigned int i)
{
	return ticks_in_us(60000000ull + (u64)i * 7919 % 100000 * 1000);
}

static void bench_among(struct bench *b, struct timer *all)
{
	u64 adds = 0, cancels = 0, most_add = 0, most_cancel = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct timer *t = &all[i * 31 % TIMERS];
		u64 deadline = far_deadline(i), start = arch_instret(), cancel, add;

		timer_cancel(t);
		cancel = arch_instret() - start;
		start = arch_instret();
		timer_add(t, deadline);
		add = arch_instret() - start;
		cancels += cancel;
		adds += add;
		most_cancel = max(most_cancel, cancel);
		most_add = max(most_add, add);
	}
	bench_mean_max(b, "timer add", adds, ROUNDS, most_add);
	bench_mean_max(b, "timer cancel", cancels, ROUNDS, most_cancel);
}

/* From the interrupt of a timer that is due at once to the timer's function, and back from
 * there. */
static void bench_interrupt(struct bench *b)
{
	struct timer t = TIMER_INIT(note_call);
	u64 to_call = 0, to_exit = 0, most_call = 0, most_exit = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned long flags = arch_local_irq_save();
		u64 start, end;

		timer_add(&t, 0);
		start = arch_instret();
		arch_local_irq_restore(flags);
		end = arch_instret();
		to_call += called_at - start;
		to_exit += end - start;
		most_call = max(most_call, called_at - start);
		most_exit = max(most_exit, end - start);
	}
	bench_mean_max(b, "irq timer_to_callback", to_call, ROUNDS, most_call);
	bench_mean_max(b, "irq timer_to_exit", to_exit, ROUNDS, most_exit);
}

static void bench_timers(struct bench *b)
{
	struct timer *all = kzalloc(TIMERS * sizeof(*all), GFP_KERNEL | __GFP_NOWARN);
	char work[BENCH_NAME];

	if (all && (bench_wanted(b, work, sizeof(work), "timer add") ||
		    bench_wanted(b, work, sizeof(work), "timer cancel"))) {
		for (unsigned int i = 0; i < TIMERS; i++) {
			timer_init(&all[i], note_call);
			timer_add(&all[i], far_deadline(i));
		}
		bench_among(b, all);
		for (unsigned int i = 0; i < TIMERS; i++)
			timer_cancel(&all[i]);
	}
	kfree(all);
	if (timebase_hz && b->exact &&
	    (bench_wanted(b, work, sizeof(work), "irq timer_to_callback") ||
	     bench_wanted(b, work, sizeof(work), "irq timer_to_exit")))
		bench_interrupt(b);
}

BENCH_GROUP(timers, bench_timers);
