/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a thread of each node that makes large blocks before requests must.
 *
 * Structure: a request for more than a page that finds no block above the low marks wakes the
 * thread. In each zone of the node that has enough free pages, and none of them in a block of that
 * order, pageblocks are emptied one after the other until it has one, or none can be emptied.
 *
 * Invariants:
 * KC1 A zone that has a free block of each order that is wanted is left alone.
 *
 * Locking: none; zones are looked at as snapshots.
 *
 * Bounds: a step is compact_zone(), which has its bound; COMPACT_MOST of them in a zone, then the
 * thread rests for REST_US, however many requests come.
 *
 * Configuration: COMPACTION_THREAD, COMPACTION_PRIORITY.
 */
#include <kernel/bitops.h>
#include <kernel/init.h>
#include <kernel/sched.h>
#include <mm/compaction.h>

#include "internal.h"
#include "node_thread.h"

#define COMPACT_MOST	16u
#define REST_US		10000ull

static struct node_thread kcompactds[MAX_NUMNODES];	/* [f] */

/* Enough is free, and it lies in pieces. */
static bool in_pieces(const struct zone *zone, unsigned int order)
{
	u32 orders = 0;

	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		orders |= READ_ONCE(zone->free_orders[mt]);
	return !(orders >> order) && zone_headroom(zone, MAX_NR_ZONES - 1, 0) >> order;
}

static void compact_node(int nid, unsigned int order)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;

	/* What CPUs hold may be what keeps blocks apart. */
	drain_all_pages();
	for (; zone < NODE_DATA(nid)->node_zones + MAX_NR_ZONES; zone++) {
		unsigned int tries = COMPACT_MOST;

		while (tries-- && in_pieces(zone, order) && compact_zone(zone, true))
			;
	}
}

static __noreturn void kcompactd(void *arg)
{
	struct node_thread *n = arg;

	for (;;) {
		u32 orders = node_thread_take(n);

		if (!orders) {
			node_thread_block(n);
			continue;
		}
		count_vm_event(KCOMPACTD_WAKE);
		compact_node((int)(n - kcompactds), fls32(orders) - 1);
		node_thread_rest(n, REST_US);
	}
}

int __init kcompactds_start(void)
{
	int nid, err = 0;

	for_each_online_node(nid)
		if (!err)
			err = node_thread_start(&kcompactds[nid], "kcompactd", nid, kcompactd,
						CONFIG_COMPACTION_PRIORITY);
	return err;
}
initcall(kcompactds_start);

void kcompactd_wake(int nid, unsigned int order)
{
	if (order <= pageblock_order)
		node_thread_want(&kcompactds[nid], order);
}
