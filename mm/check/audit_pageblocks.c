/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: audit's proof of the pageblocks' counters.
 *
 * Structure: the walk over all blocks goes up in address, so the blocks of a pageblock come one
 * behind the other. Their frames are added up until the next pageblock begins, and then held
 * against its counters; its type is counted for its zone, and the counts are held against the
 * zone's at the end. A block of a pageblock or more says the type of all that it holds.
 *
 * Invariants: checks K2, K3 and K4 (pageblock.c) and CD1 (candidates.c); this file has none of its
 * own.
 *
 * Locking: audit's.
 *
 * Configuration: built with PAGE_MOBILITY, called where pageblocks are smaller than a largest
 * block (PAGEBLOCKS_KEPT).
 */
#include "internal.h"

/* Holds the pageblock that ends at t->end_pfn against its counters. */
static void check_pageblock(struct walk *w, const struct pageblock_tally *t)
{
	unsigned long pfn = t->end_pfn - 1;
	const struct pageblock *pb = pfn_to_pageblock(pfn);

	if (pb->free_pages != t->free_pages)
		audit_broken_again(w, &w->odd, "K2: pageblock of frame 0x%lx counts %u free "
				   "frames, the walk %u", pfn, pb->free_pages, t->free_pages);
	if (pb->movable_pages != t->movable_pages)
		audit_broken_again(w, &w->odd, "K3: pageblock of frame 0x%lx counts %u movable "
				   "frames, the walk %u", pfn, pb->movable_pages,
				   t->movable_pages);
	if (IS_ENABLED(CONFIG_COMPACTION) && !candidate_level_is_right(pb))
		audit_broken_again(w, &w->odd, "CD1: pageblock of frame 0x%lx is a candidate on the "
				   "list of another level", pfn);
	if (pb->mt < MIGRATE_TYPES)
		t->tally->pageblocks[pb->mt]++;
}

void audit_pageblock_next(struct walk *w, unsigned long pfn)
{
	if (w->pageblock.tally)
		check_pageblock(w, &w->pageblock);
	w->pageblock = (struct pageblock_tally){
		.end_pfn = ALIGN_DOWN(pfn, pageblock_nr_pages) + pageblock_nr_pages,
	};
}

void audit_pageblock_add(struct pageblock_tally *t, const struct page *page, struct tally *tally)
{
	unsigned int order = page_order(page), mt = page_migratetype(page);

	if (order >= pageblock_order) {
		if (mt < MIGRATE_TYPES)
			tally->pageblocks[mt] += 1ul << (order - pageblock_order);
		return;
	}
	t->tally = tally;
	if (page_state(page) == PG_BUDDY)
		t->free_pages += 1u << order;
	else if (page_state(page) >= PG_PCP && mt == MIGRATE_MOVABLE)
		t->movable_pages += 1u << order;
}

void audit_pageblocks_end(struct walk *w)
{
	const struct zone *zone;
	unsigned int mt;

	if (w->pageblock.tally)
		check_pageblock(w, &w->pageblock);
	for_each_populated_zone(zone) {
		const struct tally *t = audit_tally(zone);

		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			if (zone->nr_pageblocks[mt] != t->pageblocks[mt])
				audit_broken(w, "K4: zone %s counts %lu pageblocks of type %s, "
					     "the walk %lu", zone->name, zone->nr_pageblocks[mt],
					     migratetype_names[mt], t->pageblocks[mt]);
	}
}
