/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ends of a wait for a condition that the caller looks at himself. */
#include <kernel/wait_event.h>

void wait_prepare(struct wait_queue *q, struct waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	wait_begin(q, w);
	spin_unlock_irqrestore(&q->lock, flags);
	/* On the queue before the condition is looked at; wake_up_waiting() has the other half. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void wake_up_waiting(struct wait_queue *q)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (READ_ONCE(q->waiters.all.next) != &q->waiters.all)
		wake_up_all(q);
}

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
