/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_WAIT_EVENT_H
#define KERNEL_WAIT_EVENT_H

#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/wait.h>

/*
 * Waits for a condition of the caller's own, on a queue that whoever makes it true wakes. The
 * waiter is on the queue before the condition is looked at, so that no wake-up is lost. A signal to
 * the running program ends the wait.
 */

/* The call is made again after the signal's handler, or fails with EINTR. */
#define ERESTARTSYS	512

/* Is the running thread to leave its wait, for a signal? */
static inline bool thread_interrupted(void)
{
	IF_ENABLED(CONFIG_PROCESSES, return READ_ONCE(current_thread()->interrupted);)
	return false;
}

/* On the queue, and off it, whoever woke the thread. */
static __always_inline void wait_prepare(struct wait_queue *q, struct waiter *w)
{
	wait_enter(q, w);
	/* On the queue before the condition is looked at; wake_up_waiting() has the other half. */
	memory_fence(__ATOMIC_SEQ_CST);
}
void wait_finish(struct wait_queue *q, struct waiter *w);

/* wake_up_all(), without the lock where nobody waits: whoever is on its way to waiting sees what
 * the caller has done before. */
static __always_inline void wake_up_waiting(struct wait_queue *q)
{
	memory_fence(__ATOMIC_SEQ_CST);
	if (READ_ONCE(q->waiters.all.next) != &q->waiters.all)
		wake_up_all(q);
}

/* 0: condition holds. -ERESTARTSYS: it does not, and the thread is to leave. Process context. */
#define wait_event_interruptible(q, condition) __extension__ ({ \
	struct waiter _waiter; \
	int _err = 0; \
	while (!(condition) && !_err) { \
		wait_prepare(q, &_waiter); \
		if (thread_interrupted()) \
			_err = -ERESTARTSYS; \
		else if (!(condition)) \
			thread_block(); \
		wait_finish(q, &_waiter); \
	} \
	_err; \
})

#endif /* KERNEL_WAIT_EVENT_H */
