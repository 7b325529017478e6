/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the pages that a CPU's lists of the small orders above 0 may hold of a zone, and how they
 * go from one list to another.
 *
 * Structure: half of pcp_high is one share for these lists of all types; at first none has any of
 * it, and limits grow by a batch where a list is empty or full. What is needed comes from the first
 * of these that has it:
 *
 *	1  pages of the share that no list has (pcp_spare_pages)
 *	2  pages that other lists may hold and do not, the larger orders first
 *	3  for a block that is freed: the list that holds the most pages, a batch of which goes back
 *	   to the zone
 *
 * A list asks for 2 and 3 only while it has less than half of what it can have at most, and for 3
 * only of one that holds more than it does. So a list that nobody uses loses what it has, and two
 * lists that are used do not take from each other for ever.
 *
 *	order	1	2	3	4	at default values: 256 pages in all
 *	at most	29	29	29	16	blocks of one list
 *
 * Invariants: P1 and P3 (pcp.c): each page of the share is a list's or spare, never both.
 *
 * Locking: as that of the lists; the zone's lock is taken inside.
 *
 * Bounds: at most two looks at each list, and one batch given back.
 *
 * Configuration: PCP_HIGH, half of which is the share; PCP_BATCH.
 */
#include <kernel/init.h>

#include "internal.h"

DEFINE_PER_CPU(u32, pcp_spare_pages[NR_PCP_INDEXES >> PAGE_MT_BITS]);	/* [P*] */

/* The lists of the running CPU that share, larger orders first. */
#define for_each_shared_list(zone, list, order, mt) \
	for ((order) = PCP_SMALL_ORDERS - 1; (order) > 0; (order)--) \
		for ((mt) = 0, (list) = this_cpu_ptr(pcp_list_of(zone, order, 0)); \
		     (mt) < MIGRATE_PCPTYPES; \
		     (mt)++, (list) = pcp_list_after(list, order))

/* So many blocks that the list may hold, and does not, are spare from now on. */
static __always_inline void lower_limit(struct pcp_list *list, unsigned int order, u32 blocks,
					u32 *spare_pages)
{
	WRITE_ONCE(list->limit, list->limit - blocks);
	WRITE_ONCE(*spare_pages, *spare_pages + (blocks << order));
}

void pcp_give_limit_up(struct zone *zone, struct pcp_list *list, unsigned int order)
{
	lower_limit(list, order, list->limit - (u32)list->count,
		    this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]));
}

/* Takes from limits what is not in use, until so many pages are spare. */
static void take_unused(struct zone *zone, u32 *spare_pages, u32 want_pages)
{
	struct pcp_list *list;
	unsigned int order, mt;

	for_each_shared_list(zone, list, order, mt) {
		u32 unused = list->limit - (u32)list->count, lacking;

		if (*spare_pages >= want_pages)
			return;
		lacking = (want_pages - *spare_pages + (1u << order) - 1) >> order;
		lower_limit(list, order, min(unused, lacking), spare_pages);
	}
}

void pcp_raise_limit(struct zone *zone, struct pcp_list *list, unsigned int order)
{
	u32 *spare_pages = this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]);
	u32 want = min(zone->pcp_batch, pcp_rows[order].most - list->limit);

	/* A list that is used twice in a while is used more often. */
	want = min(want, max(list->limit, 4u));
	if (*spare_pages < want << order && !pcp_has_quarters(list, order, 3))
		take_unused(zone, spare_pages, want << order);
	want = min(want, *spare_pages >> order);
	WRITE_ONCE(*spare_pages, *spare_pages - (want << order));
	WRITE_ONCE(list->limit, list->limit + want);
}

/* Gives half a batch of the list that holds the most pages back; false if none has more than so
 * many. */
static bool drain_richest(struct zone *zone, u32 more_than_pages)
{
	struct pcp_list *list, *richest = NULL;
	unsigned int order, mt, richest_order = 0;

	for_each_shared_list(zone, list, order, mt) {
		u32 pages = (u32)list->count << order;

		if (pages <= more_than_pages)
			continue;
		more_than_pages = pages;
		richest = list;
		richest_order = order;
	}
	if (!richest)
		return false;
	pcp_drain_looked(zone, richest, richest_order, zone->pcp_batch);
	pcp_give_limit_up(zone, richest, richest_order);
	return true;
}

bool pcp_make_room(struct zone *zone, struct pcp_list *list, unsigned int order)
{
	pcp_raise_limit(zone, list, order);
	if (list->count < list->limit || pcp_has_quarters(list, order, 2) ||
	    !drain_richest(zone, (u32)list->count << order))
		return false;
	pcp_raise_limit(zone, list, order);
	return true;
}

void __meminit pcp_share_reset(struct zone *zone, unsigned int cpu)
{
	*per_cpu_ptr(&pcp_spare_pages[zone_id(zone)], cpu) = zone->pcp_high / 2;
}
