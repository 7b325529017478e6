/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a wait for a condition that the caller looks at himself. */
#include <kernel/wait_event.h>

void wait_finish(struct wait_queue *q, struct waiter *w)
{
	unsigned long flags;
	bool queued;

	if (likely(waiter_is_woken(w)))
		return;
	flags = spin_lock_irqsave(&q->lock);
	queued = w->queued;
	if (queued)
		waiters_remove(&q->waiters, w);
	spin_unlock_irqrestore(&q->lock, flags);
	/* Whoever took it off is about to say so, and touches it until then. */
	while (!queued && !waiter_is_woken(w))
		thread_block();
}
