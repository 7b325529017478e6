/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: each zone's free blocks by order and migrate type: split, merge, take, give back.
 *
 * Structure: zone->free_area[order].first_pfn[type] heads a list of free blocks, linked through
 * their head descriptors by frame number. Bit o of zone->free_orders[type] is set when the
 * list of order o is not empty, so the smallest block that will do is one ctz away. The block
 * that lies beside [p, p + 2^o) and merges with it begins at p ^ 2^o.
 *
 *	take order 0 from a block of order 3:	give frame 5 back, 4 and 6-7 free:
 *	|        3        |			| 2 used  | 4 |(5)|   1   |
 *	|    2    | 1 |0|*|  (mirrored:		| 2 used  |   1   |   1   |
 *	 lower halves go on)			| 2 used  |       2       |
 *
 * Invariants:
 * B1  A block on a list has state PG_BUDDY and its word holds the list's order and type.
 * B2  No two free blocks of one zone are each other's buddies (below MAX_ORDER).
 * B3  nr_free counts each list; free_orders has exactly the bits of the lists not empty.
 * B4  nr_free_pages is the sum of all blocks on the zone's lists.
 * B5  A block lies in one zone, whole.
 * B6  Inside the zone's lists each block is linked once: prev and next agree.
 *
 * Locking: the caller holds zone->lock.
 *
 * Bounds: taking a block splits at most MAX_ORDER times, giving back merges at most MAX_ORDER
 * times; no list is walked.
 *
 * Configuration: MAX_ORDER is the number of orders less one; PAGE_MOBILITY and
 * PAGEBLOCK_ORDER give blocks their types (pageblock.c).
 */
#include "internal.h"

/* Does every frame of a largest block have a descriptor as soon as one has? */
#define WHOLE_GRANULES	(MAX_ORDER_NR_PAGES <= MEMMAP_GRANULE_PAGES)

void buddy_zone_init(struct zone *zone)
{
	unsigned int order, mt;

	spin_lock_init(&zone->lock);
	zone->free_word = page_word(PG_BUDDY, 0, 0, zone_id(zone));
	for (mt = 0; mt < MIGRATE_TYPES; mt++) {
		zone->free_orders[mt] = 0;
		zone->nr_pageblocks[mt] = 0;
		for (order = 0; order < NR_PAGE_ORDERS; order++) {
			zone->free_area[order].first_pfn[mt] = PFN_NONE;
			zone->free_area[order].nr_free[mt] = 0;
		}
	}
	zone->nr_free_pages = 0;
}

/* The arithmetic below is in longs: narrower numbers cost two instructions at each use. */

static __always_inline unsigned long free_word(const struct zone *zone, unsigned long order)
{
	return zone->free_word | order << PAGE_ORDER_SHIFT;
}

/* area is that of order. */
static __always_inline void list_push(struct zone *zone, struct free_area *area,
				      unsigned long pfn, unsigned long order, unsigned long mt)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long first_pfn = area->first_pfn[mt];

	page_begin(page, pfn, (u32)(free_word(zone, order) | mt));
	page->prev_pfn = PFN_NONE;
	page->next_pfn = (u32)first_pfn;
	if (first_pfn != PFN_NONE)
		pfn_to_page(first_pfn)->prev_pfn = (u32)pfn;
	area->first_pfn[mt] = (u32)pfn;
	area->nr_free[mt]++;
	zone->free_orders[mt] |= 1u << order;
}

static __always_inline void list_unlink(struct zone *zone, struct free_area *area,
					struct page *page, unsigned long order, unsigned long mt)
{
	unsigned long next_pfn = page->next_pfn, prev_pfn = page->prev_pfn;

	CHECK(area->nr_free[mt], "B3: a block of order %lu is linked to an empty list", order);
	area->nr_free[mt]--;
	if (next_pfn != PFN_NONE)
		pfn_to_page(next_pfn)->prev_pfn = (u32)prev_pfn;
	if (prev_pfn != PFN_NONE) {
		pfn_to_page(prev_pfn)->next_pfn = (u32)next_pfn;
		return;
	}
	area->first_pfn[mt] = (u32)next_pfn;
	if (next_pfn == PFN_NONE)
		zone->free_orders[mt] &= ~(1u << order);
}

void buddy_add_new(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt)
{
	list_push(zone, &zone->free_area[order], pfn, order, mt);
	zone->nr_free_pages += 1ul << order;
}

static __always_inline void free_block(struct zone *zone, unsigned long pfn, unsigned long order,
				       unsigned long mt)
{
	struct free_area *area = &zone->free_area[order];
	unsigned long want = free_word(zone, order), bit = 1ul << order;

	zone->nr_free_pages += bit;
	if (PAGEBLOCKS_KEPT && order < pageblock_order)
		mt = pageblock_give(zone, pfn, (unsigned int)order, (unsigned int)mt);

	for (; order < MAX_ORDER; order++) {
		unsigned long buddy_mt, upper_pfn = pfn | bit;
		struct page *buddy;

		if (!WHOLE_GRANULES && !pfn_valid(pfn ^ bit))
			break;
		buddy = pfn_to_page(pfn ^ bit);
		/* Free, of this order, in this zone: all but the type agrees. */
		buddy_mt = buddy->word ^ want;
		if (buddy_mt >= 1ul << PAGE_MT_BITS)
			break;
		list_unlink(zone, area, buddy, order, buddy_mt);
		if (IS_ENABLED(CONFIG_PAGE_MOBILITY) && order >= pageblock_order && buddy_mt != mt)
			pageblock_retag_count(zone, (unsigned int)order, (unsigned int)buddy_mt,
					      (unsigned int)mt);
		/* The upper half stops being a head: a second free of it must be seen. */
		pfn_to_page(upper_pfn)->word = PG_TAIL;
		pfn = upper_pfn ^ bit;
		bit <<= 1;
		want += 1ul << PAGE_ORDER_SHIFT;
		area++;
	}
	list_push(zone, area, pfn, order, mt);
}

void buddy_free(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt)
{
	free_block(zone, pfn, order, mt);
}

void buddy_free_bulk(struct zone *zone, unsigned int order, u32 word, const u32 *pfns,
		     unsigned int nr)
{
	while (nr-- > 0) {
		unsigned long pfn = pfns[nr];

		ASSERT(pfn_to_page(pfn)->word == word,
		       "P2: frame 0x%lx on a per-CPU list has word 0x%x, the list 0x%x", pfn,
		       pfn_to_page(pfn)->word, word);
		free_block(zone, pfn, order, word & PAGE_FIELD_MASK(MT));
	}
	VALIDATE(zone_must_be_valid(zone));
}

/* Puts the upper parts of a block back until it is of order; the lower end stays. */
static __always_inline void split_down(struct zone *zone, unsigned long pfn,
				       unsigned long from_order, unsigned long order,
				       unsigned long mt)
{
	struct free_area *area = &zone->free_area[from_order];

	while (from_order > order) {
		from_order--;
		area--;
		list_push(zone, area, pfn + (1ul << from_order), from_order, mt);
	}
}

/*
 * Takes a block of at least order and cuts it down to at most 2^spare_order blocks of order;
 * *got_order says how far. PFN_NONE when there is none.
 */
static __always_inline unsigned long take_block(struct zone *zone, unsigned int order,
						unsigned int spare_order, unsigned int mt,
						unsigned int *got_order)
{
	u32 orders = zone->free_orders[mt] >> order;
	unsigned int from_order, from_mt = mt, cut_order;
	unsigned long pfn;
	struct page *page;

	if (likely(orders)) {
		from_order = order + ctz32(orders);
	} else if (!IS_ENABLED(CONFIG_PAGE_MOBILITY) ||
		   !pageblock_fallback(zone, order, mt, &from_mt, &from_order)) {
		return PFN_NONE;
	}
	pfn = zone->free_area[from_order].first_pfn[from_mt];
	page = pfn_to_page(pfn);
	ASSERT(page->word == (free_word(zone, from_order) | from_mt),
	       "B1: frame 0x%lx on the list of order %u is %s", pfn, from_order,
	       page_state_name(page_state(page)));
	list_unlink(zone, &zone->free_area[from_order], page, from_order, from_mt);
	if (IS_ENABLED(CONFIG_PAGE_MOBILITY) && unlikely(from_mt != mt))
		pageblock_claim(zone, pfn, from_order, from_mt, mt);

	cut_order = min(from_order, order + spare_order);
	/* A pageblock that is handed out in pieces needs its counters (K2, K3). */
	if (PAGEBLOCKS_KEPT && order < pageblock_order)
		cut_order = min(cut_order, pageblock_order - 1u);
	if (PAGEBLOCKS_KEPT)
		pageblock_take(zone, pfn, from_order, cut_order, mt, mt);
	split_down(zone, pfn, from_order, cut_order, mt);
	zone->nr_free_pages -= 1ul << cut_order;
	*got_order = cut_order;
	return pfn;
}

unsigned int buddy_alloc_bulk(struct zone *zone, unsigned int order, unsigned int mt,
			      unsigned int want, enum page_state state, u32 *pfns)
{
	const u32 word = page_word(state, order, mt, zone_id(zone));
	unsigned int got = 0;

	while (got < want) {
		unsigned int got_order, nr, i;
		unsigned long pfn = take_block(zone, order, ilog2(want - got), mt, &got_order);
		struct page *page;

		if (pfn == PFN_NONE)
			break;
		page = pfn_to_page(pfn);
		nr = 1u << (got_order - order);
		for (i = 0; i < nr; i++) {
			page_begin(page, pfn, word);
			pfns[want - 1 - got++] = (u32)pfn;
			page += 1ul << order;
			pfn += 1ul << order;
		}
	}
	VALIDATE(zone_must_be_valid(zone));
	return got;
}

struct page *buddy_alloc(struct zone *zone, unsigned int order, unsigned int mt)
{
	unsigned int got_order;
	unsigned long pfn = take_block(zone, order, 0, mt, &got_order);
	struct page *page;

	if (unlikely(pfn == PFN_NONE))
		return NULL;
	page = pfn_to_page(pfn);
	page_begin(page, pfn, page_word(PG_ALLOCATED, order, mt, zone_id(zone)));
	VALIDATE(zone_must_be_valid(zone));
	return page;
}

void buddy_split_allocated(struct zone *zone, unsigned long pfn, unsigned int from_order,
			   unsigned int order)
{
	unsigned int mt = page_migratetype(pfn_to_page(pfn));
	u32 word = page_word(PG_ALLOCATED, order, mt, zone_id(zone));
	unsigned long end_pfn = pfn + (1ul << from_order);

	if (PAGEBLOCKS_KEPT)
		pageblock_split_allocated(pfn, from_order, order, mt);
	for (; pfn < end_pfn; pfn += 1ul << order)
		page_begin(pfn_to_page(pfn), pfn, word);
}
