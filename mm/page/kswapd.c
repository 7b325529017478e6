/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a thread of each node that gets memory back before requests must, and the queue of those
 * who wait for memory.
 *
 * Structure: a request that finds every zone below its low mark wakes the thread, which makes one
 * round of reclaim after the other until a zone that such requests may use is above its high mark,
 * or nobody has anything.
 *
 *	below low -> thread works -> above high -> thread sleeps
 *
 * A request that fails waits on the node's queue. Pages are given back to lists of CPUs, where
 * nobody is told of them, so that the shortest ways stay as short as they are; instead the thread
 * looks once a millisecond while somebody waits. It has the lists of all CPUs given back, and wakes
 * who waits when there is anything above the min marks.
 *
 * Invariants:
 * KS1 While a request waits the thread does not sleep for longer than PACE_US.
 * KS2 The thread makes no round while a zone is above its high mark and nobody waits.
 *
 * Locking: q->lock of the queue; zones are looked at as snapshots, under promise_lock.
 *
 * Bounds: a round is one scan of each shrinker; after RECLAIM_ROUNDS of them, or when nobody has
 * anything, the thread rests for VAIN_US, however many requests come. Each look wakes those who
 * wait one by one.
 *
 * Configuration: RECLAIM_THREAD, RECLAIM_WAIT_MS, RECLAIM_PRIORITY.
 */
#include <kernel/init.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include "internal.h"
#include "node_thread.h"

#define PACE_US	1000ull
#define VAIN_US	10000ull

struct kswapd {
	struct node_thread node;	/* [f] wanted: a bit for each highest zone of requests */
	struct wait_queue queue;	/* [f] */
	u32 waiting;			/* [a] requests on the queue, or about to be */
	u32 paced;			/* [a] the thread looks again by itself, within PACE_US */
	int nid;			/* [c] */
};
static struct kswapd kswapds[MAX_NUMNODES];	/* [f] */

/* ---- what there is ---- */

/* Are the zones that requests up to each of these may use all below their high marks? */
static bool below_high(int nid, u32 highest_zones)
{
	unsigned long flags = account_lock();
	bool below = false;

	for (unsigned int highest = 0; highest < MAX_NR_ZONES && !below; highest++) {
		if (!(highest_zones >> highest & 1))
			continue;
		below = true;
		for (unsigned int idx = 0; idx <= highest; idx++) {
			const struct zone *zone = &NODE_DATA(nid)->node_zones[idx];

			if (READ_ONCE(zone->nr_free_pages) > zone->watermark[WMARK_HIGH] +
							     zone->lowmem_reserve[highest] &&
			    headroom_of(zone, highest, 0, 0))
				below = false;
		}
	}
	account_unlock(flags);
	return below;
}

/* Is there anything that a request of the node's may have? */
static bool has_memory(int nid)
{
	struct zone *const *z = NODE_DATA(nid)->zonelist.zones;
	unsigned long flags = account_lock();
	bool found = false;

	for (; *z && !found; z++)
		found = headroom_of(*z, (*z)->idx, 0, ALLOC_WMARK_MIN);
	account_unlock(flags);
	return found;
}

/* ---- the thread ---- */

/* Who waits is woken, if there is reason to. */
static void serve(struct kswapd *k)
{
	u32 waiting = __atomic_load_n(&k->waiting, __ATOMIC_SEQ_CST);

	if (waiting && has_memory(k->nid))
		while (waiting--)
			wake_up(&k->queue);
}

static bool somebody_waits(const struct kswapd *k)
{
	return __atomic_load_n(&k->waiting, __ATOMIC_SEQ_CST) != 0;
}

/*
 * Nobody wakes the thread meanwhile. Whoever is on the queue before the word is cleared is seen
 * after it. Else a request for more than a page, which finds none however often it looks, would
 * wake the thread, which would wake the request, and so on for all of its time.
 */
static void rest_for_pace(struct kswapd *k)
{
	__atomic_store_n(&k->paced, 1, __ATOMIC_SEQ_CST);
	node_thread_rest(&k->node, PACE_US);
	__atomic_store_n(&k->paced, 0, __ATOMIC_SEQ_CST);
}

static __noreturn void kswapd(void *arg)
{
	struct kswapd *k = container_of((struct node_thread *)arg, struct kswapd, node);
	unsigned int rounds = 0;
	u32 zones = 0;

	for (;;) {
		bool came = false;

		zones |= node_thread_take(&k->node);
		if (zones && !below_high(k->nid, zones))
			zones = 0;
		if (zones || somebody_waits(k)) {
			count_vm_event(PAGEOUTRUN);
			came = reclaim_round(0, true);
		}
		serve(k);
		if (came && rounds++ < RECLAIM_ROUNDS)
			continue;
		rounds = 0;
		if (somebody_waits(k)) {
			drain_all_pages();
			serve(k);
			rest_for_pace(k);
		} else if (zones) {
			node_thread_rest(&k->node, VAIN_US);
			zones = 0;
		} else {
			node_thread_block(&k->node);
		}
	}
}

int __init kswapds_start(void)
{
	int nid, err = 0;

	for_each_online_node(nid) {
		struct kswapd *k = &kswapds[nid];

		k->nid = nid;
		wait_queue_init(&k->queue);
		if (!err)
			err = node_thread_start(&k->node, "kswapd", nid, kswapd,
						CONFIG_RECLAIM_PRIORITY);
	}
	return err;
}
initcall(kswapds_start);

/* ---- requests ---- */

void kswapd_wake(int nid, unsigned int highest_zone)
{
	node_thread_want(&kswapds[nid].node, highest_zone);
}

bool kswapd_may_wait(int nid, gfp_t gfp, unsigned int order)
{
	const struct current_cpu *here = current_cpu();

	return (gfp & (__GFP_DIRECT_RECLAIM | __GFP_NORETRY)) == __GFP_DIRECT_RECLAIM &&
	       reclaim_may_start(gfp) && kswapds[nid].node.thread && !here->idle &&
	       !here->preempt_off && order <= PAGE_ALLOC_COSTLY_ORDER && RECLAIM_WAIT_MS > 0;
}

bool kswapd_wait(int nid, u64 until_us)
{
	struct kswapd *k = &kswapds[nid];
	u64 now_us = time_us();
	unsigned long flags;
	struct waiter w;
	int err;

	if (now_us >= until_us)
		return false;
	assert_no_locks_held("a request waits for memory");
	count_vm_event(PGSCAN_DIRECT_THROTTLE);
	flags = spin_lock_irqsave(&k->queue.lock);
	wait_begin(&k->queue, &w);
	spin_unlock_irqrestore(&k->queue.lock, flags);
	__atomic_fetch_add(&k->waiting, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&k->paced, __ATOMIC_SEQ_CST))
		thread_wake(k->node.thread);
	err = wait_end(&k->queue, &w, until_us - now_us);
	__atomic_fetch_sub(&k->waiting, 1, __ATOMIC_SEQ_CST);
	return !err;
}
