/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which pageblock can be emptied with few moves.
 *
 * Structure: a candidate is a pageblock, split below its size and of an ordinary type, in which
 * every page is free or was handed out as movable, and one is movable at least. Candidates lie on
 * lists by level, the number of binary digits of their movable pages, so that a candidate of the
 * lowest level has fewer than twice as many as the best. The lists are linked through the
 * pageblocks by their first frames:
 *
 *	zone->candidates[level] -> pageblock -> pageblock		level 1: 1 movable page
 *	zone->candidate_levels: bit l is set when list l is not empty	level 4: 8 to 15
 *
 * Whoever changes a pageblock's counters calls candidate_update() when the level may be another:
 * with a movable page more or less that is one change in many, and the comparison that tells is
 * inline.
 *
 * Invariants:
 * CD1 A pageblock is on the list of its level, or, after candidate_pass_over(), on none.
 * CD2 A pageblock that lies in a block of its own size or more has level 0.
 *
 * Locking: zone->lock.
 *
 * Bounds: a constant number of steps each.
 *
 * Configuration: COMPACTION.
 */
#include "internal.h"

/* The level that is right; 0: it is no candidate. */
static unsigned int level_of(const struct pageblock *pb)
{
	if (is_special(pb->mt) || pb->free_pages + pb->movable_pages != pageblock_nr_pages)
		return 0;
	return fls32(pb->movable_pages);
}

bool candidate_level_is_right(const struct pageblock *pb)
{
	return !pb->level || pb->level == level_of(pb);
}

static void unlink_candidate(struct zone *zone, struct pageblock *pb)
{
	if (pb->next_pfn != PFN_NONE)
		zone_pageblock(zone, pb->next_pfn)->prev_pfn = pb->prev_pfn;
	if (pb->prev_pfn != PFN_NONE) {
		zone_pageblock(zone, pb->prev_pfn)->next_pfn = pb->next_pfn;
		return;
	}
	zone->candidates[pb->level] = pb->next_pfn;
	if (pb->next_pfn == PFN_NONE)
		zone->candidate_levels &= ~(1u << pb->level);
}

static void link_candidate(struct zone *zone, struct pageblock *pb, u32 pfn)
{
	u32 first_pfn = PFN_NONE;

	if (zone->candidate_levels >> pb->level & 1) {
		first_pfn = zone->candidates[pb->level];
		zone_pageblock(zone, first_pfn)->prev_pfn = pfn;
	}
	pb->next_pfn = first_pfn;
	pb->prev_pfn = PFN_NONE;
	zone->candidates[pb->level] = pfn;
	zone->candidate_levels |= 1u << pb->level;
}

static void set_level(struct zone *zone, struct pageblock *pb, unsigned long pfn,
		      unsigned int level)
{
	if (pb->level == level)
		return;
	if (pb->level)
		unlink_candidate(zone, pb);
	pb->level = level & ((1u << COMPACT_LEVEL_BITS) - 1);
	if (level)
		link_candidate(zone, pb, (u32)ALIGN_DOWN(pfn, pageblock_nr_pages));
}

__noinline void candidate_update(struct zone *zone, struct pageblock *pb, unsigned long pfn)
{
	set_level(zone, pb, pfn, level_of(pb));
}

unsigned long candidate_first(struct zone *zone, unsigned int *movable_pages)
{
	unsigned long pfn;

	if (!zone->candidate_levels)
		return PFN_NONE;
	pfn = zone->candidates[ctz32(zone->candidate_levels)];
	*movable_pages = zone_pageblock(zone, pfn)->movable_pages;
	return pfn;
}

void candidate_pass_over(struct zone *zone, unsigned long pfn)
{
	set_level(zone, zone_pageblock(zone, pfn), pfn, 0);
}

static const char *level_fault(struct zone *zone, unsigned int level)
{
	u32 prev_pfn = PFN_NONE, pfn = zone->candidates[level];

	for (; pfn != PFN_NONE; prev_pfn = pfn, pfn = zone_pageblock(zone, pfn)->next_pfn) {
		const struct pageblock *pb;

		if (pfn < zone->zone_start_pfn / pageblock_nr_pages * pageblock_nr_pages ||
		    pfn >= zone_end_pfn(zone))
			return "CD1: a list of candidates leads out of the zone";
		pb = zone_pageblock(zone, pfn);
		if (pb->level != level || pb->prev_pfn != prev_pfn)
			return "CD1: a pageblock is on another list than its own";
	}
	return NULL;
}

const char *candidates_fault(struct zone *zone)
{
	const char *fault = NULL;

	for (unsigned int level = 0; level < COMPACT_LEVELS && !fault; level++)
		if (zone->candidate_levels >> level & 1)
			fault = level_fault(zone, level);
	return fault;
}
