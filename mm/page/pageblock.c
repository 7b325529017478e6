/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: grouping by mobility: the type of each pageblock, and what is taken from another type
 * when the wanted one has run out.
 *
 * Structure: a pageblock is 2^PAGEBLOCK_ORDER frames. While it lies in a block of at least its
 * size, the block's head says the type, one word for all its pageblocks, so that a block of
 * any size changes its type in one step. When the pageblock is split below its size, struct
 * pageblock takes over and counts its free and its movable pages; the counters decide a
 * steal, so that no page has to be looked at.
 *
 *	order >= PAGEBLOCK_ORDER   | head: mt |            |            |
 *	split                      | {free, movable, mt}   | head: mt   |
 *
 * A pageblock that changes its type does not move its other free blocks at once: they stay on
 * the old type's lists until they merge or are taken, and come back under the new type.
 *
 * Invariants:
 * K1  Pages go back to the list of their pageblock's type, whatever they were handed out as.
 * K2  free_pages of a split pageblock is the number of its frames on the zone's lists.
 * K3  movable_pages is the number of its frames handed out (or on a CPU's list) as movable.
 * K4  The zone's nr_pageblocks counts its pageblocks by type; a retag moves one to another.
 *
 * Locking: zone->lock; zone borders are pageblock borders (zone.c), so one lock guards each.
 *
 * Bounds: every function here takes a constant number of steps but
 * pageblock_split_allocated(), which takes one for each pageblock it cuts, and the one that
 * runs at boot.
 *
 * Configuration: PAGEBLOCK_ORDER; 0 leaves only the heads' types.
 */
#include <kernel/init.h>

#include "internal.h"

/* The types to take from, in this order, when a type's own lists have run out. */
static const u8 fallbacks[MIGRATE_PCPTYPES][2] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

void __meminit zone_set_pageblock_bias(struct zone *zone)
{
	unsigned long first_pfn = zone->zone_start_pfn, last_pfn = zone_end_pfn(zone) - 1;
	const struct mem_section *s;

	zone->pageblock_bias = 0;
	if (!zone->present_pages)
		return;
	for (s = pfn_to_section(first_pfn); s < pfn_to_section(last_pfn); s++)
		if (!s[1].end_pfn || s->end_pfn != s[1].start_pfn || s->nid != s[1].nid ||
		    !IS_ALIGNED(s->end_pfn, pageblock_nr_pages))
			return;
	zone->pageblock_bias = (unsigned long)pfn_to_pageblock(first_pfn) -
			       (first_pfn >> pageblock_order) * sizeof(struct pageblock);
}

void pageblock_split_allocated(struct zone *zone, unsigned long pfn, unsigned int from_order,
			       unsigned int order, unsigned int mt)
{
	unsigned long end_pfn = pfn + (1ul << from_order);

	if (from_order < pageblock_order || order >= pageblock_order)
		return;
	for (; pfn < end_pfn; pfn += pageblock_nr_pages) {
		struct pageblock *pb = pfn_to_pageblock(pfn);

		pb->free_pages = 0;
		pb->movable_pages = ordinary_mt(mt) == MIGRATE_MOVABLE ? pageblock_nr_pages : 0;
		pb->mt = mt;
		if (IS_ENABLED(CONFIG_COMPACTION))
			candidate_update(zone, pb, pfn);
	}
}

/* May a pageblock change hands for a block of this order? Movable pages do no harm in another
 * type's pageblock, so a small request for them takes no more than it needs. */
static bool can_steal(unsigned int order, unsigned int mt)
{
	return order >= pageblock_order / 2u || mt != MIGRATE_MOVABLE ||
	       !page_group_by_mobility;
}

bool pageblock_fallback(struct zone *zone, unsigned int order, unsigned int mt,
			unsigned int *from_mt, unsigned int *from_order)
{
	const u8 *types = fallbacks[mt];
	u32 first = zone->free_orders[types[0]] >> order;
	u32 both = first | zone->free_orders[types[1]] >> order;
	unsigned int o;

	if (!both)
		return false;
	/* The largest block, so that the next requests find their own; unless it is not to be
	 * kept, then the smallest. */
	o = fls32(both) - 1;
	if (!can_steal(order + o, mt) && o > 0)
		o = ctz32(both);
	*from_order = order + o;
	*from_mt = first >> o & 1 ? types[0] : types[1];
	return true;
}

/* Pages of a pageblock, not free, that suit type mt. */
static unsigned int compatible_pages(const struct pageblock *pb, unsigned int mt)
{
	if (mt == MIGRATE_MOVABLE)
		return pb->movable_pages;
	if (pb->mt == MIGRATE_MOVABLE)
		return (unsigned int)pageblock_nr_pages - pb->free_pages - pb->movable_pages;
	return 0;
}

void pageblock_claim(struct zone *zone, unsigned long pfn, unsigned int order,
		     unsigned int from_mt, unsigned int mt)
{
	struct pageblock *pb;

	if (order >= pageblock_order) {
		pageblock_retag_count(zone, order, from_mt, mt);
		return;
	}
	pb = pfn_to_pageblock(pfn);
	/* A special type's is being retyped (special.c), and takes no more from others. */
	if (pb->mt == mt || is_special(pb->mt) || !can_steal(order, mt))
		return;
	if (pb->free_pages + compatible_pages(pb, mt) >= pageblock_nr_pages / 2 ||
	    !page_group_by_mobility) {
		pageblock_retag_count(zone, pageblock_order, pb->mt, mt);
		pb->mt = mt;
	}
}
