/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: per-CPU page lists: each CPU keeps a few free blocks of each zone, order and type at
 * hand, so that most allocations and frees take no lock.
 *
 * Structure: a list is a stack of frame numbers in an array (a magazine), not a chain through
 * descriptors. alloc_pages() and __free_pages() pop and push; this file fills an empty list
 * and makes room in a full one, a batch under one hold of the zone's lock.
 *
 *	zone_pcp[zone].list[order][type]:  | count | limit | pfn 0 | pfn 1 | ... |
 *
 * Of the pages a CPU may hold in a zone (zone->pcp_high) order 0 has one half and the orders
 * above it share the other; each is split evenly among the types. So the sum never passes
 * pcp_high, without a counter of its own on the hot path.
 *
 * Invariants:
 * P1  count <= limit <= PCP_LIST_MAX.
 * P2  Every block on a list has state PG_PCP, the list's order and type, and lies in its zone.
 * P3  Sum over lists of limit << order <= zone->pcp_high.
 *
 * Locking: a CPU's lists are touched by that CPU alone, with interrupts off; zone->lock is
 * taken inside. Lists of another CPU are read as a snapshot by reports only.
 *
 * Bounds: a refill takes at most pcp_batch pages, a drain gives back at most pcp_batch.
 *
 * Configuration: PCP_HIGH sizes the arrays; PCP_BATCH bounds the time with the lock held.
 */
#include <kernel/cpu.h>

#include "internal.h"

DEFINE_PER_CPU(struct per_cpu_pages, zone_pcp[MAX_NUMNODES << PAGE_ZONE_BITS]);

bool pcp_refill(struct zone *zone, struct pcp_list *list, unsigned int order, unsigned int mt,
		unsigned long headroom_pages)
{
	unsigned int want = min(pcp_batch_blocks(zone, order), list->limit);
	unsigned int got;

	want = min_t(unsigned long, want, headroom_pages >> order);
	if (!want)
		return false;
	spin_lock(&zone->lock);
	got = buddy_alloc_bulk(zone, order, mt, want, PG_PCP, list->pfn);
	spin_unlock(&zone->lock);
	if (unlikely(got < want)) {
		unsigned int i;

		/* They lie at the top end of the room that was asked for. */
		for (i = 0; i < got; i++)
			list->pfn[i] = list->pfn[want - got + i];
	}
	list->count = got;
	return got != 0;
}

void pcp_drain_list(struct zone *zone, struct pcp_list *list, unsigned int order,
		    unsigned int nr_blocks)
{
	spin_lock(&zone->lock);
	for (; nr_blocks && list->count; nr_blocks--) {
		unsigned long pfn = list->pfn[--list->count];
		struct page *page = pfn_to_page(pfn);

		ASSERT(page_state(page) == PG_PCP && page_order(page) == order,
		       "P2: frame 0x%lx on a per-CPU list of order %u is %s", pfn, order,
		       page_state_name(page_state(page)));
		buddy_free(zone, pfn, order, page_migratetype(page));
	}
	VALIDATE(zone_must_be_valid(zone));
	spin_unlock(&zone->lock);
}

bool pcp_give_one(struct zone *zone, unsigned int order)
{
	struct per_cpu_pages *pcp = this_cpu_ptr(&zone_pcp[zone_id(zone)]);
	unsigned int mt;

	for (; order < NR_PCP_ORDERS; order++) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			if (!pcp->list[order][mt].count)
				continue;
			pcp_drain_list(zone, &pcp->list[order][mt], order, 1);
			return true;
		}
	}
	return false;
}

void drain_local_pages(void)
{
	struct zone *zone;
	unsigned long flags = arch_local_irq_save();

	for_each_populated_zone(zone) {
		struct per_cpu_pages *pcp = this_cpu_ptr(&zone_pcp[zone_id(zone)]);
		unsigned int order, mt;

		for (order = 0; order < NR_PCP_ORDERS; order++) {
			for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
				struct pcp_list *list = &pcp->list[order][mt];

				while (list->count)
					pcp_drain_list(zone, list, order,
						       pcp_batch_blocks(zone, order));
			}
		}
	}
	arch_local_irq_restore(flags);
}

void pcp_set_limits(struct zone *zone)
{
	unsigned int cpu, order, mt;

	for_each_possible_cpu(cpu) {
		struct per_cpu_pages *pcp = per_cpu_ptr(&zone_pcp[zone_id(zone)], cpu);

		for (order = 0; order < NR_PCP_ORDERS; order++) {
			unsigned int share = zone->pcp_high / (2 * MIGRATE_PCPTYPES);
			unsigned int limit;

			if (order > 0)
				share /= MAX_CONST(NR_PCP_ORDERS - 1, 1);
			limit = min_t(unsigned int, share >> order, PCP_LIST_MAX);
			for (mt = 0; mt < MIGRATE_PCPTYPES; mt++)
				pcp->list[order][mt].limit = limit;
		}
	}
}

unsigned long zone_pcp_count(const struct zone *zone, unsigned int cpu)
{
	const struct per_cpu_pages *pcp = per_cpu_ptr(&zone_pcp[zone_id(zone)], cpu);
	unsigned int order, mt;
	unsigned long pages = 0;

	for (order = 0; order < NR_PCP_ORDERS; order++)
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			pages += (unsigned long)READ_ONCE(pcp->list[order][mt].count) << order;
	return pages;
}
