/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how a thread of a node is told what is wanted of it.
 *
 * Structure: a word of bits, one for each kind of work. Whoever sets the first bit of a kind wakes
 * the thread; the thread takes all bits at once and works. A thread that can do nothing useful for
 * the moment rests: bits are kept meanwhile, and nobody wakes it.
 *
 * Invariants:
 * NT1 Work that is added is seen: the thread takes the bit after it was set, at the latest when its
 *     rest is over.
 *
 * Locking: the word changes by atomic operations alone; rq->lock is taken to wake.
 *
 * Bounds: adding work is a step, and a wake-up.
 *
 * Configuration: RECLAIM_THREAD, COMPACTION_THREAD.
 */
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/sprintf.h>
#include <kernel/timer.h>

#include "internal.h"
#include "node_thread.h"

#define RESTS	(1u << NODE_THREAD_KINDS)

int __init node_thread_start(struct node_thread *n, const char *what, int nid, thread_fn fn,
			     unsigned int priority)
{
	scnprintf(n->name, sizeof(n->name), "%s%d", what, nid);
	n->thread = thread_create(&(struct thread_params){ .name = n->name, .fn = fn, .arg = n,
							   .priority = priority });
	if (n->thread)
		return 0;
	pr_warn("%s: no memory for its stack, requests do its work\n", n->name);
	return -ENOMEM;
}

void node_thread_want(struct node_thread *n, unsigned int kind)
{
	u32 bit = 1u << kind;

	if (__atomic_load_n(&n->wanted, __ATOMIC_RELAXED) & bit || !n->thread)
		return;
	if (!(__atomic_fetch_or(&n->wanted, bit, __ATOMIC_SEQ_CST) & (bit | RESTS)))
		thread_wake(n->thread);
}

u32 node_thread_take(struct node_thread *n)
{
	return __atomic_exchange_n(&n->wanted, 0, __ATOMIC_SEQ_CST) & ~RESTS;
}

void node_thread_block(struct node_thread *n)
{
	if (!__atomic_load_n(&n->wanted, __ATOMIC_SEQ_CST))
		thread_block();
}

void node_thread_rest(struct node_thread *n, u64 us)
{
	struct wake_timer timer;

	__atomic_fetch_or(&n->wanted, RESTS, __ATOMIC_SEQ_CST);
	wake_timer_start(&timer, us);
	thread_block();
	wake_timer_stop(&timer);
}
