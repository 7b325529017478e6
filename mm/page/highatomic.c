/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pageblocks that are kept for requests of more than a page that cannot wait: the type
 * HighAtomic.
 *
 * Structure: each zone learns from what it is asked for. The pageblock from which such a request
 * was met becomes one of the type HighAtomic, a special type (special.c): what is free of it serves
 * such requests alone, and these when the zones have nothing above their low marks. Before any
 * request fails the pageblocks go back, one after the other.
 *
 *	request met  --keep-->  | used | kept | kept |  --a request would fail-->  ordinary again
 *
 * Invariants:
 * K8  A zone keeps at most 1 % of its managed pages and one pageblock, and no more than
 *     HIGHATOMIC_PAGEBLOCKS pageblocks.
 *
 * Locking: zone->lock, for one pageblock at a time.
 *
 * Bounds: keeping and giving back take a step for each block in the pageblock; a request gives back
 * at most HIGHATOMIC_PAGEBLOCKS of each zone it may use before it fails.
 *
 * Configuration: HIGHATOMIC.
 */
#include "special.h"

#define HIGHATOMIC_PAGEBLOCKS	16

static bool can_have(const struct zone *zone, unsigned int highest_zone)
{
	return zone->idx <= highest_zone && READ_ONCE(zone_nr_special(zone, MIGRATE_HIGHATOMIC));
}

/* The zone's lock is held. */
static struct page *take_kept(struct zone *zone, unsigned int order, unsigned int mt)
{
	unsigned int got_order;
	unsigned long pfn;
	long steps = 0;

	if (!(zone->free_orders[MIGRATE_HIGHATOMIC] >> order))
		return NULL;
	pfn = special_take(zone, MIGRATE_HIGHATOMIC, order, order, mt, &got_order, &steps);
	page_begin(pfn_to_page(pfn), pfn, page_word(PG_ALLOCATED, order, mt, zone_id(zone)));
	VALIDATE(zone_must_be_valid(zone));
	return pfn_to_page(pfn);
}

static bool above_mark(const struct zone *zone, unsigned int highest_zone, unsigned int order,
		       unsigned int alloc_flags)
{
	unsigned long kept = READ_ONCE(zone_nr_special(zone, MIGRATE_HIGHATOMIC));

	return READ_ONCE(zone->nr_free_pages) + kept >=
	       zone_mark(zone, highest_zone, alloc_flags) + (1ul << order);
}

struct page *highatomic_take(struct zone *const *zones, unsigned int highest_zone,
			     unsigned int order, unsigned int mt, unsigned int alloc_flags)
{
	const struct zone *preferred = NULL;
	struct page *page = NULL;

	for (; *zones && !page; zones++) {
		struct zone *zone = *zones;

		if (!preferred && zone->idx <= highest_zone)
			preferred = zone;
		if (!can_have(zone, highest_zone) ||
		    !above_mark(zone, highest_zone, order, alloc_flags))
			continue;
		spin_lock(&zone->lock);
		page = take_kept(zone, order, mt);
		spin_unlock(&zone->lock);
		if (VM_EVENTS && page)
			count_vm_events(PGALLOC + zone->idx, 1ul << order);
		if (IS_ENABLED(CONFIG_NUMA) && page)
			numa_count(preferred, zone);
	}
	return page;
}

static bool may_reserve(const struct zone *zone)
{
	unsigned long nr = READ_ONCE(zone->nr_pageblocks[MIGRATE_HIGHATOMIC]);

	return page_group_by_mobility && nr < HIGHATOMIC_PAGEBLOCKS &&
	       nr * pageblock_nr_pages <= READ_ONCE(zone->managed_pages) / 100;
}

void highatomic_reserve(struct page *page)
{
	struct zone *zone = page_zone(page);
	unsigned long pfn = page_to_pfn(page), flags;
	const struct pageblock *pb;
	struct retype r = { .zone = NULL };

	if (!may_reserve(zone))
		return;
	flags = account_lock();
	spin_lock(&zone->lock);
	pb = zone_pageblock(zone, pfn);
	if (may_reserve(zone) && !is_special(pb->mt) && !pb->retyped &&
	    account_spares(zone, pageblock_nr_pages))
		retype_begin(&r, zone, pfn, MIGRATE_HIGHATOMIC);
	spin_unlock(&zone->lock);
	account_unlock(flags);
	if (r.zone)
		retype_finish(&r);
}

/* The zone's lock is held. In r there is a pageblock, or no zone. */
static bool give_reserve(struct zone *zone, unsigned int mt, struct retype *r)
{
	u32 orders = zone->free_orders[MIGRATE_HIGHATOMIC];
	unsigned long pfn;

	if (!orders)
		return false;
	/* The largest: it may be what is wanted. */
	pfn = zone->free_area[fls32(orders) - 1].first_pfn[MIGRATE_HIGHATOMIC];
	if (fls32(orders) - 1 >= pageblock_order) {
		pageblock_retype_whole(zone, pfn, pfn, MIGRATE_HIGHATOMIC, mt);
		VALIDATE(zone_must_be_valid(zone));
		return true;
	}
	if (zone_pageblock(zone, pfn)->retyped)
		return false;
	retype_begin(r, zone, pfn, mt);
	return true;
}

bool highatomic_release(struct zone *const *zones, unsigned int highest_zone, unsigned int mt)
{
	bool given = false;

	for (; *zones && !given; zones++) {
		struct zone *zone = *zones;
		struct retype r = { .zone = NULL };

		if (!can_have(zone, highest_zone))
			continue;
		spin_lock(&zone->lock);
		given = give_reserve(zone, mt, &r);
		spin_unlock(&zone->lock);
		if (r.zone)
			retype_finish(&r);
	}
	return given;
}

void unreserve_highatomic(void)
{
	int nid;

	for_each_online_node(nid) {
		bool more = true;

		/* Interrupts come through between one pageblock and the next. */
		while (more) {
			unsigned long flags = arch_local_irq_save();

			more = highatomic_release(NODE_DATA(nid)->own_zones, MAX_NR_ZONES,
						  MIGRATE_MOVABLE);
			arch_local_irq_restore(flags);
		}
	}
}
