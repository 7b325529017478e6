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

/* Takes the smallest block there is and cuts it down to at most want pages; *got of them. */
static unsigned long take_some(struct zone *zone, unsigned int want, unsigned int *got, long *steps)
{
	unsigned int order = ctz32(zone->free_orders[MIGRATE_CMA]), cut_order;
	struct free_area *area = &zone->free_area[order];
	unsigned long pfn = area->first_pfn[MIGRATE_CMA];
	struct pageblock *pb = zone_pageblock(zone, pfn);
	u32 word = (u32)free_word(zone, order) | mt_bits(MIGRATE_CMA);

	must_be_on_list(pfn_to_page(pfn), word);
	list_unlink(zone, area, pfn_to_page(pfn), order, MIGRATE_CMA);
	if (order >= pageblock_order) {
		pb->free_pages = pageblock_nr_pages;
		pb->movable_pages = 0;
		pb->mt = MIGRATE_CMA;
	}
	cut_order = min(order, pageblock_order - 1u);
	cut_order = min(cut_order, ilog2(want));
	*steps -= STEPS_OF_TAKE + (long)(order - cut_order);
	while (order > cut_order) {
		unsigned long upper_pfn = pfn + (1ul << --order);

		area--;
		word -= 1u << PAGE_ORDER_SHIFT;
		list_push(zone, area, pfn_to_page(upper_pfn), upper_pfn, word, order, MIGRATE_CMA);
	}
	*got = 1u << cut_order;
	pb->free_pages -= *got;
	pb->movable_pages += *got;
	count_free(zone, MIGRATE_CMA, -(long)*got);
	return pfn;
}

unsigned int lend_bulk(struct zone *zone, unsigned int want, enum page_state state, u32 *pfns)
{
	const u32 word = page_word(state, 0, MIGRATE_MOVABLE, zone_id(zone));
	unsigned int got = 0, some, i;
	long steps = HOLD_STEPS;

	while (got < want && steps > 0 && zone->free_orders[MIGRATE_CMA]) {
		unsigned long pfn = take_some(zone, want - got, &some, &steps);

		for (i = 0; i < some; i++, pfn++) {
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
	return got ? pfn_to_page(pfn) : NULL;
}
