/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: turns of threads of one priority.
 *
 * Structure: a CPU has one timer for turns, which is set while others of the current thread's
 * priority are ready, and not otherwise. When it fires and the turn that it finds is shorter than
 * SLICE_US, it is set anew, so that switches need not touch it.
 *
 * Invariants:
 * SL1 While a CPU's current thread has others of its priority behind it, the timer is set.
 *
 * Locking: rq->lock; ts->lock is taken inside.
 *
 * Configuration: SLICE_US.
 */
#include <kernel/assert.h>
#include <kernel/time.h>

#include "internal.h"

/* Of this CPU's queue. */
void slice_begin(struct run_queue *rq)
{
	if (!timebase_hz)
		return;
	rq->slice_armed = true;
	timer_add(&rq->slice, ticks_in_us(CONFIG_SLICE_US));
}

void slice_over(struct timer *timer)
{
	struct run_queue *rq = container_of(timer, struct run_queue, slice);
	u64 slice = ticks_of_us(CONFIG_SLICE_US), now = arch_thread_clock();
	struct thread *t;

	ASSERT(rq == this_run_queue(), "SL1: the timer of another CPU's turns");
	spin_lock(&rq->lock);
	t = rq->now.current;
	if (rq->now.idle || list_empty(&rq->ready[t->priority])) {
		rq->slice_armed = false;
	} else if (now - t->turn_at < slice) {
		timer_add(timer, t->turn_at + slice);
	} else {
		/* The next turn begins when it runs again. */
		t->turn_at = 0;
		rq->turn_over = true;
		WRITE_ONCE(rq->now.resched, true);
		timer_add(timer, now + slice);
	}
	spin_unlock(&rq->lock);
}
