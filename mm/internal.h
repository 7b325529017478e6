/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

/* What the files of mm/ share and nobody else may include, grouped by owning file. */

#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/percpu.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <mm/page.h>

/* ---- page.c ---- */

static inline struct zone *page_zone(const struct page *page)
{
	return &NODE_DATA(page_nid(page))->node_zones[page_zone_idx(page)];
}

static inline unsigned int zone_id(const struct zone *zone)
{
	return (unsigned int)zone->nid << PAGE_ZONE_BITS | zone->idx;
}

void page_tag_init(void);

/* ---- sparse.c ---- */

/* FLATMEM alone has descriptors between sections; nobody else looks there. */
#define for_each_present_section(s) \
	for (s = mem_sections; s < mem_sections + mem_section_count; s++) \
		if (s->end_pfn)

/* ---- pageblock.c ---- */

/*
 * State of a pageblock that is split below pageblock_order, under the zone's lock. A pageblock
 * inside a larger or equal block has none: the block's head says its type (see pageblock.c).
 */
struct pageblock {
	u32 free_pages;
	u32 movable_pages : 29;		/* handed out as movable */
	u32 mt : 3;
};
BUILD_ASSERT(sizeof(struct pageblock) == 8, "struct pageblock has grown");

/* Are pageblocks smaller than a largest block tracked at all? */
#define PAGEBLOCKS_KEPT	(IS_ENABLED(CONFIG_PAGE_MOBILITY) && pageblock_order > 0)

static inline struct pageblock *pfn_to_pageblock(unsigned long pfn)
{
	const struct mem_section *s = pfn_to_section(pfn);

	return &s->pageblocks[(pfn >> pageblock_order) - (s->start_pfn >> pageblock_order)];
}

/* Type the pages of a block go back to, and the bookkeeping of their return. */
unsigned int pageblock_give(unsigned long pfn, unsigned int order, unsigned int mt);
/* A block of from_order (its head's type list_mt) is cut down to order and handed out as mt. */
void pageblock_take(unsigned long pfn, unsigned int from_order, unsigned int order,
		    unsigned int list_mt, unsigned int mt);
/* An allocated block of from_order becomes allocated blocks of at least order. */
void pageblock_split_allocated(unsigned long pfn, unsigned int from_order, unsigned int order,
			       unsigned int mt);
/* Moves nr pageblocks' worth of the zone's count from one type to another. */
void pageblock_retag_count(struct zone *zone, unsigned int order, unsigned int from,
			   unsigned int to);
/*
 * The list of another type to take a block of at least order from; false when no type has one.
 * Retags what is taken for good according to the counters.
 */
bool pageblock_fallback(struct zone *zone, unsigned int order, unsigned int mt,
			unsigned int *from_mt, unsigned int *from_order);
/* After the choice: the block at pfn changes over to mt. */
void pageblock_claim(struct zone *zone, unsigned long pfn, unsigned int order,
		     unsigned int from_mt, unsigned int mt);

/* ---- buddy.c: all with zone->lock held ---- */

void buddy_zone_init(struct zone *zone);
/* Links a block whose neighbours cannot merge with it (hand-over). */
void buddy_add_new(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt);
/* Returns a block handed out as mt; merges as far as it goes. */
void buddy_free(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt);
/*
 * Up to want blocks of order as type mt, in ascending runs, into pfns[want-1] downwards, so
 * that a stack hands them out in rising order; their words become state. Returns how many.
 */
unsigned int buddy_alloc_bulk(struct zone *zone, unsigned int order, unsigned int mt,
			      unsigned int want, enum page_state state, u32 *pfns);
/* Cuts an allocated block into allocated blocks of order; heads are written. */
void buddy_split_allocated(struct zone *zone, unsigned long pfn, unsigned int from_order,
			   unsigned int order);

/* ---- pcp.c ---- */

/* Blocks one list can hold: half of the CPU's share is for order 0, split among the types. */
#define PCP_LIST_MAX	MAX_CONST(CONFIG_PCP_HIGH / (2 * MIGRATE_PCPTYPES), 1)

/* A stack of free blocks of one order and type. Of its CPU, interrupts off. */
struct pcp_list {
	u32 count;			/* blocks */
	u32 limit;			/* c at most PCP_LIST_MAX; 0: order not cached */
	u32 pfn[PCP_LIST_MAX];
};

struct per_cpu_pages {
	struct pcp_list list[NR_PCP_ORDERS][MIGRATE_PCPTYPES];
};

DECLARE_PER_CPU(struct per_cpu_pages, zone_pcp[MAX_NUMNODES << PAGE_ZONE_BITS]);

/* Interrupts off. Fills an empty list with at most headroom pages; false when none came. */
bool pcp_refill(struct zone *zone, struct pcp_list *list, unsigned int order, unsigned int mt,
		unsigned long headroom_pages);
/* Interrupts off. Gives nr_blocks of a list back, so that there is room. */
void pcp_drain_list(struct zone *zone, struct pcp_list *list, unsigned int order,
		    unsigned int nr_blocks);
/* Interrupts off. Gives one block of at least order, of whatever type, back to the zone from
 * this CPU's lists; false when they hold none. */
bool pcp_give_one(struct zone *zone, unsigned int order);
/* Sets the limits of all CPUs' lists from zone->pcp_high. */
void pcp_set_limits(struct zone *zone);
/* Blocks that one refill or drain moves. */
static inline unsigned int pcp_batch_blocks(const struct zone *zone, unsigned int order)
{
	return max(zone->pcp_batch >> order, 1u);
}

/* ---- watermark.c ---- */

/* Rights of a request against the marks. */
#define ALLOC_WMARK_MIN		0x1u	/* down to min; without it, to low */
#define ALLOC_HIGH		0x2u
#define ALLOC_HARDER		0x4u
#define ALLOC_NO_WATERMARKS	0x8u

/* Pages that a request may take from zone; highest_zone is the last it could have come from. */
unsigned long zone_headroom(const struct zone *zone, unsigned int highest_zone,
			    unsigned int alloc_flags);

/* ---- zonelist.c ---- */

static __always_inline enum zone_type gfp_zone(gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return OPT_ZONE_DMA;
	if (gfp & __GFP_DMA32)
		return OPT_ZONE_DMA32;
	if (gfp & __GFP_MOVABLE)
		return OPT_ZONE_MOVABLE;
	return ZONE_NORMAL;
}

/* By node and (gfp & 7): zone_id of the first zone to try, the home of the fast path. */
extern u8 node_preferred_zones[MAX_NUMNODES][8];

/* ---- page_alloc.c ---- */

/* 3 with grouping by mobility, 0 without: masks the type out of the flags. */
extern u32 gfp_mt_mask;

static __always_inline unsigned int gfp_migratetype(gfp_t gfp)
{
	/* __GFP_MOVABLE is bit 2, __GFP_RECLAIMABLE bit 3: 0, 1, 2 are the types; both, movable. */
	unsigned int mt = (gfp >> 2) & gfp_mt_mask;

	return likely(mt < MIGRATE_PCPTYPES) ? mt : mt & 1;
}

/* ---- validate.c ---- */

/* Stops the kernel with the first broken rule of the zone's lists. zone->lock is held. */
void zone_must_be_valid(struct zone *zone);

/* ---- show_mem.c ---- */

void warn_alloc_failed(gfp_t gfp, unsigned int order);

#endif /* MM_INTERNAL_H */
