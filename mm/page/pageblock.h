/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_PAGEBLOCK_H
#define MM_PAGE_PAGEBLOCK_H

/* The state of pageblocks, and who else keeps account of it. Included by internal.h, which has
 * zones and types before it. */

/* ---- pageblock.c ---- */

#define PAGEBLOCK_COUNT_BITS \
	(31 - MIGRATETYPE_BITS_MOST * (1 + IS_ENABLED(CONFIG_MEMORY_ISOLATION)) - \
	 COMPACT_LEVEL_BITS * IS_ENABLED(CONFIG_COMPACTION))
/*
 * [Z] State of a pageblock that is split below pageblock_order, under the zone's lock. A pageblock
 * inside a larger or equal block has none: the block's head says its type (see pageblock.c).
 */
struct pageblock {
	u32 free_pages;
	u32 mt : MIGRATETYPE_BITS_MOST;
	/* Somebody changes the type (special.c). Holds in a larger block, too. */
	u32 retyped : 1;
	/* Of an isolated pageblock, split or not: the type that it gets back. */
	IF_ENABLED(CONFIG_MEMORY_ISOLATION, u32 was_mt : MIGRATETYPE_BITS_MOST;)
	IF_ENABLED(CONFIG_COMPACTION, u32 level : COMPACT_LEVEL_BITS;)	/* 0: on no list */
	u32 movable_pages : PAGEBLOCK_COUNT_BITS;	/* handed out as movable */
	/* The list of its level: first frames of pageblocks. */
	IF_ENABLED(CONFIG_COMPACTION, u32 next_pfn; u32 prev_pfn;)
};
BUILD_ASSERT(sizeof(struct pageblock) == 8 + 8 * IS_ENABLED(CONFIG_COMPACTION),
	     "struct pageblock has grown");
BUILD_ASSERT(CONFIG_PAGEBLOCK_ORDER < PAGEBLOCK_COUNT_BITS, "pages of a pageblock are not counted");

/* Are pageblocks smaller than a largest block tracked at all? */
#define PAGEBLOCKS_KEPT	(IS_ENABLED(CONFIG_PAGE_MOBILITY) && pageblock_order > 0)

static inline struct pageblock *pfn_to_pageblock(unsigned long pfn)
{
	const struct mem_section *s = pfn_to_section(pfn);

	return &s->pageblocks[(pfn >> pageblock_order) - (s->start_pfn >> pageblock_order)];
}

/*
 * The same for a frame of a zone, without a look at the section where the pageblocks of a node's
 * sections lie in one array without gaps: then the address is linear in the frame. bias is
 * zone->pageblock_bias, which a loop reads once.
 */
static __always_inline struct pageblock *biased_pageblock(unsigned long bias, unsigned long pfn)
{
	if (likely(bias))
		return (struct pageblock *)(bias +
					    (pfn >> pageblock_order) * sizeof(struct pageblock));
	return pfn_to_pageblock(pfn);
}

static __always_inline struct pageblock *zone_pageblock(const struct zone *zone,
							unsigned long pfn)
{
	return biased_pageblock(zone->pageblock_bias, pfn);
}
/* Sets zone->pageblock_bias if it can. Boot, or all other CPUs stand still. */
void zone_set_pageblock_bias(struct zone *zone);

/* ---- candidates.c: with COMPACTION ---- */

/* Puts the pageblock of pfn, whose counters have changed, on the list that is right for it. */
void candidate_update(struct zone *zone, struct pageblock *pb, unsigned long pfn);
/* Is the pageblock on the list of its level, or passed over? */
bool candidate_level_is_right(const struct pageblock *pb);
/* First frame of the best candidate, and its movable pages; PFN_NONE when there is none. */
unsigned long candidate_first(struct zone *zone, unsigned int *movable_pages);
/* It is no candidate until its counters change. */
void candidate_pass_over(struct zone *zone, unsigned long pfn);
/* NULL, or the rule that the lists break. */
const char *candidates_fault(struct zone *zone);

/* Where pages moved between free and movable, are there so many others that the level changed? */
static __always_inline void movable_changed(struct zone *zone, struct pageblock *pb,
					    unsigned long pfn, u32 was)
{
	if (IS_ENABLED(CONFIG_COMPACTION) && (was ^ pb->movable_pages) > (was & pb->movable_pages))
		candidate_update(zone, pb, pfn);
}

/* Of pages that stay, came pages more are there than before; has the pageblock no others? */
static __always_inline void staying_changed(struct zone *zone, struct pageblock *pb,
					    unsigned long pfn, unsigned long came)
{
	if (IS_ENABLED(CONFIG_COMPACTION) && pb->movable_pages &&
	    pb->free_pages + pb->movable_pages + came == pageblock_nr_pages)
		candidate_update(zone, pb, pfn);
}

/* Pages of a pageblock that is in pieces go back: their type now, and the counters. */
static __always_inline unsigned long pageblock_give(struct zone *zone, struct pageblock *pb,
						    unsigned long pfn, u32 pages, unsigned long mt)
{
	u32 was = pb->movable_pages;

	pb->free_pages += pages;
	if (mt == MIGRATE_MOVABLE) {
		ASSERT(pb->movable_pages >= pages,
		       "K3: pageblock of frame 0x%lx has no movable pages left", pfn);
		pb->movable_pages -= pages;
		movable_changed(zone, pb, pfn, was);
	} else {
		staying_changed(zone, pb, pfn, 0);
	}
	return pb->mt;
}

/* A pageblock of type mt, free as a whole, is cut below its size: it counts from here on. */
static __always_inline void pageblock_begin_pieces(struct pageblock *pb, unsigned long mt)
{
	pb->free_pages = pageblock_nr_pages;
	pb->movable_pages = 0;
	pb->mt = mt & ((1u << MIGRATETYPE_BITS_MOST) - 1);
}

/* A block of order, below a pageblock's, out of a pageblock that counts, is handed out as mt. */
static __always_inline void pageblock_hand_out(struct zone *zone, struct pageblock *pb,
					       unsigned long pfn, unsigned long order,
					       unsigned long mt)
{
	u32 was = pb->movable_pages;

	ASSERT(pb->free_pages >= 1u << order,
	       "K2: pageblock of frame 0x%lx has %u free pages, order %lu is taken", pfn,
	       pb->free_pages, order);
	pb->free_pages -= 1u << order;
	if (mt == MIGRATE_MOVABLE) {
		pb->movable_pages += 1u << order;
		movable_changed(zone, pb, pfn, was);
	} else {
		staying_changed(zone, pb, pfn, 1ul << order);
	}
}

/* A block of from_order of type mt is cut down to order, below a pageblock's, and taken. */
static __always_inline void pageblock_take(struct zone *zone, unsigned long pfn,
					   unsigned long from_order, unsigned long order,
					   unsigned long mt)
{
	struct pageblock *pb = zone_pageblock(zone, pfn);

	if (unlikely(from_order >= pageblock_order))
		pageblock_begin_pieces(pb, mt);
	pageblock_hand_out(zone, pb, pfn, order, mt);
}
/* An allocated block of from_order becomes allocated blocks of at least order. */
void pageblock_split_allocated(struct zone *zone, unsigned long pfn, unsigned int from_order,
			       unsigned int order, unsigned int mt);
/* Moves a block's pageblocks in the zone's count from one type to another. */
static __always_inline void pageblock_retag_count(struct zone *zone, unsigned long order,
						  unsigned long from, unsigned long to)
{
	unsigned long nr = 1ul << (order - pageblock_order);

	WRITE_ONCE(zone->nr_pageblocks[from], zone->nr_pageblocks[from] - nr);
	WRITE_ONCE(zone->nr_pageblocks[to], zone->nr_pageblocks[to] + nr);
}
/* A type for a handed-out block smaller than a pageblock whose pages are in a pageblock of mt. */
static __always_inline unsigned int ordinary_mt(unsigned int mt)
{
	if (IS_ENABLED(CONFIG_CMA) && mt == MIGRATE_CMA)
		return MIGRATE_MOVABLE;
	return is_special(mt) ? MIGRATE_UNMOVABLE : mt;
}
/*
 * The list of another type to take a block of at least order from; false when no type has one.
 * Retags what is taken for good according to the counters.
 */
bool pageblock_fallback(struct zone *zone, unsigned int order, unsigned int mt,
			unsigned int *from_mt, unsigned int *from_order);
/* After the choice: the block at pfn changes over to mt. */
void pageblock_claim(struct zone *zone, unsigned long pfn, unsigned int order,
		     unsigned int from_mt, unsigned int mt);

#endif /* MM_PAGE_PAGEBLOCK_H */
