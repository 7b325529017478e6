/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PAGES_RULES_H
#define TEST_HOST_PAGES_RULES_H

/* The sums that grouping by mobility must keep (K2, K3, K4), worked out from every block. */
#include "pages_map.h"

/* Counts of one pageblock's frames. */
struct pageblock_sums {
	unsigned long ram, free, movable;
	struct zone *zone;
	unsigned int whole_mt;		/* type of the block that holds the whole pageblock */
	bool whole;
};

static inline struct pageblock_sums pageblock_sums(unsigned long pfn, unsigned long end_pfn)
{
	struct pageblock_sums sums = { .zone = NULL };

	while (pfn < end_pfn) {
		unsigned long head_pfn = block_head_pfn(pfn);
		const struct page *head = pfn_to_page(head_pfn);
		unsigned long next_pfn = head_pfn + (1ul << page_order(head));
		unsigned long frames = min(next_pfn, end_pfn) - pfn;

		if (page_order(head) >= CONFIG_PAGEBLOCK_ORDER) {
			sums.whole = true;
			sums.whole_mt = page_migratetype(head);
		}
		if (page_state(head) != PG_HOLE) {
			sums.ram += frames;
			sums.zone = page_zone(head);
		}
		if (page_state(head) == PG_BUDDY)
			sums.free += frames;
		else if (page_state(head) >= PG_PCP && page_migratetype(head) == 1)
			sums.movable += frames;
		pfn = next_pfn;
	}
	return sums;
}

/* Returns NULL, or the rule that is broken. Pages that are handed out are PG_ALLOCATED, none is
 * slab. */
static inline const char *pageblock_rules(void)
{
	const unsigned long nr_pages = 1ul << CONFIG_PAGEBLOCK_ORDER;
	unsigned long counts[NR_ZONE_IDS][MIGRATE_TYPES] = { 0 };
	const struct mem_section *s;
	unsigned int id, mt;

	if (!PAGEBLOCKS_KEPT || !page_group_by_mobility)
		return NULL;
	for_each_present_section(s) {
		unsigned long pfn = s->start_pfn, next_pfn;

		for (; pfn < s->end_pfn; pfn = next_pfn) {
			const struct pageblock *pb = pfn_to_pageblock(pfn);
			struct pageblock_sums sums;

			next_pfn = min((pfn / nr_pages + 1) * nr_pages, (unsigned long)s->end_pfn);
			sums = pageblock_sums(pfn, next_pfn);
			if (!sums.ram)
				continue;
			if (!sums.whole && pb->free_pages != sums.free)
				return "K2: a pageblock's free_pages is not what is free in it";
			if (!sums.whole && pb->movable_pages != sums.movable)
				return "K3: a pageblock's movable_pages is not what is movable";
			counts[zone_id(sums.zone)][sums.whole ? sums.whole_mt : pb->mt]++;
		}
	}
	for_each_zone_id(id)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			if (zone_of_id(id)->nr_pageblocks[mt] != counts[id][mt])
				return "K4: nr_pageblocks is not the number of its pageblocks";
	return NULL;
}

#endif /* TEST_HOST_PAGES_RULES_H */
