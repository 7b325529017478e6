/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pages of CMA, the memory that is kept for cma_alloc(), are lent to movable requests.
 *
 * Structure: CMA is a special type (special.c): no list of it is looked at for any other request. A
 * movable single page comes from there
 *
 *	first	when more of the zone's free pages are CMA's than not, or when the zone would go
 *		below the request's mark: what CMA has free counts for no mark, and needs none
 *	next	when the zone's own movable pages have run out, before another type's are taken
 *
 * Single pages alone: whoever wants them back needs a single free page elsewhere for each, which
 * there is as long as anything is free. CPUs' lists of movable pages hold lent ones too, since
 * nobody else takes from those.
 *
 * Invariants:
 * K7  A page of a CMA pageblock is handed out as movable, and as a single page, or by cma_alloc().
 *
 * Locking: zone->lock.
 *
 * Bounds: a hold that fills a list ends after HOLD_STEPS, as in buddy.c.
 *
 * Configuration: CMA.
 */
#include "special.h"

bool lend_first(const struct zone *zone)
{
	return READ_ONCE(zone_nr_special(zone, MIGRATE_CMA)) > READ_ONCE(zone->nr_free_pages);
}

unsigned int lend_bulk(struct zone *zone, unsigned int want, enum page_state state, u32 *pfns)
{
	const u32 word = page_word(state, 0, MIGRATE_MOVABLE, zone_id(zone));
	unsigned int got = 0, order;
	long steps = HOLD_STEPS;

	while (got < want && steps > 0 && zone->free_orders[MIGRATE_CMA]) {
		unsigned long pfn = special_take(zone, MIGRATE_CMA, 0, ilog2(want - got),
						 MIGRATE_MOVABLE, &order, &steps);
		unsigned long end_pfn = pfn + (1ul << order);

		for (; pfn < end_pfn; pfn++) {
			page_begin(pfn_to_page(pfn), pfn, word);
			pfns[got++] = (u32)pfn;
		}
	}
	VALIDATE(zone_must_be_valid(zone));
	return got;
}

struct page *lend_page(struct zone *zone)
{
	unsigned int got;
	u32 pfn;

	spin_lock(&zone->lock);
	got = lend_bulk(zone, 1, PG_ALLOCATED, &pfn);
	spin_unlock(&zone->lock);
	count_vm_events(PGALLOC + zone->idx, got);
	return got ? pfn_to_page(pfn) : NULL;
}
