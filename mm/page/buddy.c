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
 * B4  nr_free_pages is the sum of all blocks on the zone's lists of ordinary types, and
 *     nr_free_special[type] that of each special type's (special.c).
 * B5  A block lies in one zone, whole.
 * B6  Inside the zone's lists each block is linked once: prev and next agree.
 *
 * Locking: the caller holds zone->lock.
 *
 * Bounds: taking a block splits at most MAX_ORDER times, giving back merges at most MAX_ORDER
 * times; no list is walked. A hold that fills a list takes at most HOLD_STEPS + MAX_ORDER + 4
 * steps, one that empties it its caller's steps + MAX_ORDER + 1 (bounds.c).
 *
 * Configuration: MAX_ORDER is the number of orders less one; PAGE_MOBILITY and
 * PAGEBLOCK_ORDER give blocks their types (pageblock.c).
 */
#include <kernel/init.h>
#include <kernel/string.h>

#include "free_list.h"
#include "handle.h"
#include "internal.h"

void __init buddy_zone_init(struct zone *zone)
{
	unsigned int order, mt;

	spin_lock_init(&zone->lock, LOCK_ZONE);
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
	IF_ENABLED(CONFIG_SPECIAL_TYPES,
		   memset(zone->nr_free_special, 0, sizeof(zone->nr_free_special));)
	IF_ENABLED(CONFIG_COMPACTION, zone->candidate_levels = 0;)
}

void __init buddy_add_new(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt)
{
	list_push(zone, &zone->free_area[order], pfn_to_page(pfn), pfn,
		  (u32)free_word(zone, order) | mt, order, mt);
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages + (1ul << order));
}

/*
 * The type of the block at handle buddy if that is free, of this order and in this zone: then all
 * but the type agrees with word. NO_BUDDY or more if it is not.
 */
#define NO_BUDDY	(1ul << PAGE_MT_BITS)

static __always_inline unsigned long buddy_type(page_handle_t buddy, unsigned long order,
						long word)
{
	if (order >= MAX_ORDER || (!WHOLE_GRANULES && !pfn_valid(handle_pfn(buddy))))
		return NO_BUDDY;
	return word_differs(buddy, word);
}

/*
 * Merges the block at handle with its buddy, of type buddy_mt, then the result with its own buddy,
 * as long as there is a free one, and links the last result. area and word are those of a free
 * block of order, the word with type 0. Returns the merges. The caller counts pages.
 */
static __always_inline unsigned long merge_block(struct zone *zone, struct free_area *area,
						 page_handle_t handle, unsigned long order,
						 long word, unsigned long mt,
						 unsigned long buddy_mt)
{
	unsigned long bit = handle_bit(order), from_order = order;

	OPTIMIZER_HIDE_VAR(handle.nr);	/* no copy for a caller that does not come here */
	while (buddy_mt < NO_BUDDY) {
		list_unlink(zone, area, handle_page(handle_beside(handle, bit)), order, buddy_mt);
		if (IS_ENABLED(CONFIG_PAGE_MOBILITY) && order >= pageblock_order && buddy_mt != mt)
			pageblock_retag_count(zone, order, buddy_mt, mt);
		handle = join_halves(handle, bit);
		bit <<= 1;
		word += 1 << PAGE_ORDER_SHIFT;
		area++;
		buddy_mt = buddy_type(handle_beside(handle, bit), ++order, word);
	}
	list_push(zone, area, handle_page(handle), handle_pfn(handle), (u32)word | (u32)mt, order,
		  mt);
	return order - from_order;
}

static __noinline void free_and_merge(struct zone *zone, unsigned long pfn, unsigned long order,
				      unsigned long mt)
{
	page_handle_t handle = pfn_handle(pfn);
	long word = free_word(zone, order);

	if (PAGEBLOCKS_KEPT && order < pageblock_order) {
		mt = pageblock_give(zone, zone_pageblock(zone, pfn), pfn, 1u << order, mt);
		if (unlikely(is_special(mt))) {
			special_free(zone, pfn, order, mt);
			return;
		}
	}
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages + (1ul << order));
	merge_block(zone, &zone->free_area[order], handle, order, word, mt,
		    buddy_type(handle_beside(handle, handle_bit(order)), order, word));
}

/* A largest block merges with nothing: its way has no loop, and needs no stack frame. */
void buddy_free(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt)
{
	if (order < MAX_ORDER) {
		free_and_merge(zone, pfn, order, mt);
		return;
	}
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages + MAX_ORDER_NR_PAGES);
	list_push(zone, &zone->free_area[MAX_ORDER], pfn_to_page(pfn), pfn,
		  (u32)free_word(zone, MAX_ORDER) | mt, MAX_ORDER, mt);
}

static __always_inline void must_be_listed(const struct page *page, u32 word)
{
	ASSERT(page->word == word,
	       "P2: frame 0x%lx on a per-CPU list has word 0x%x, the list 0x%x",
	       page_to_pfn(page), page->word, word);
}

/* Blocks of a list are joined to a block of at most so many pages: a pageblock counts its pages
 * together. */
#define LARGEST_RUN	(PAGEBLOCKS_KEPT ? pageblock_nr_pages : MAX_ORDER_NR_PAGES)

/*
 * The order of the block that blocks at the list's end make: the last of them and the one before
 * it are buddies, and more follow as far as they lie one behind the other and double the block.
 */
static __always_inline unsigned long run_order(const u32 *last, const u32 *pfns,
					       unsigned long order, u32 word)
{
	const u32 *entry = last - 1;
	unsigned long pfn = read_link(entry), step = pfn - *last;
	/* Where the run begins or ends. */
	unsigned long edge = (*last + (pfn < *last ? 1ul << order : 0)) >> order;
	unsigned long most = min((unsigned long)(last - pfns) + 1, LARGEST_RUN >> order);
	unsigned long length = 1, whole = 2, joined_order = order;

	do {
		must_be_listed(pfn_to_page(pfn), word);
		pfn += step;
		if (++length == whole) {
			joined_order++;
			whole *= 2;
			if (whole > most || edge & (whole - 1))
				break;
		}
	} while (read_link(--entry) == pfn);
	return joined_order;
}

/*
 * Gives a block back that is of order below the zone's largest: one of a per-CPU list, or several
 * that lie one behind the other there. mt is that of the list, bias as in biased_pageblock(). Pages
 * that do not count with the others are added to *special. Returns the steps.
 */
static __always_inline long give_joined(struct zone *zone, unsigned long pfn, unsigned long order,
					unsigned long mt, unsigned long bias,
					unsigned long *special)
{
	page_handle_t handle = pfn_handle(pfn);
	long word = free_word(zone, order);

	if (PAGEBLOCKS_KEPT) {
		mt = pageblock_give(zone, biased_pageblock(bias, pfn), pfn, 1u << order, mt);
		if (unlikely(is_special(mt))) {
			*special += 1ul << order;
			return STEPS_OF_SPECIAL + (long)special_free(zone, pfn, order, mt);
		}
	}
	return (long)merge_block(zone, &zone->free_area[order], handle, order, word, mt,
				 buddy_type(handle_beside(handle, handle_bit(order)), order, word));
}

/* Of a run's blocks only the first stays a head: a second free of another one is seen. */
static __always_inline void clear_heads(unsigned long pfn, unsigned long joined_order,
					unsigned long order)
{
	unsigned long end_pfn = pfn + (1ul << joined_order);

	while ((pfn += 1ul << order) < end_pfn)
		pfn_to_page(pfn)->word = PG_TAIL;
}

/* Gives the run that ends at *next back as one block; *next is the run's first entry then. */
static __always_inline long give_run(struct zone *zone, const u32 **next, const u32 *pfns,
				     unsigned long order, u32 word, unsigned long bias,
				     unsigned long *special)
{
	unsigned long joined_order = run_order(*next, pfns, order, word);
	unsigned long pfn = **next & ~((1ul << joined_order) - 1);

	*next -= (1ul << (joined_order - order)) - 1;
	clear_heads(pfn, joined_order, order);
	return give_joined(zone, pfn, joined_order, word & PAGE_FIELD_MASK(MT), bias, special);
}

static __always_inline unsigned int free_bulk(struct zone *zone, const unsigned long order,
					      const u32 word, const u32 *const pfns,
					      const unsigned int nr, long steps)
{
	const bool counted = PAGEBLOCKS_KEPT && order < pageblock_order;
	const bool runs = order < MAX_ORDER && (!PAGEBLOCKS_KEPT || counted);
	const unsigned long listed_mt = word & PAGE_FIELD_MASK(MT);
	const long block_word = free_word(zone, order);
	const unsigned long bias = zone->pageblock_bias;
	struct free_area *const area = &zone->free_area[order];
	const u32 *next = pfns + nr;
	unsigned long special = 0;		/* pages that are not counted with the others */
	unsigned int freed;

	do {
		unsigned long pfn = read_link(--next), mt = listed_mt;
		page_handle_t handle = pfn_handle(pfn);
		unsigned long buddy_mt;

		OPTIMIZER_HIDE_VAR(next);
		must_be_listed(handle_page(handle), word);
		steps -= STEPS_OF_FREE;
		/* The word below the list's first entry is no frame but the list's own number. */
		if (runs && next[-1] == (pfn ^ 1ul << order) && next > pfns) {
			steps -= give_run(zone, &next, pfns, order, word, bias, &special);
			continue;
		}
		if (counted) {
			mt = pageblock_give(zone, biased_pageblock(bias, pfn), pfn,
					    1u << order, mt);
			if (unlikely(is_special(mt))) {
				steps -= STEPS_OF_SPECIAL +
					 (long)special_free(zone, pfn, order, mt);
				special += 1ul << order;
				continue;
			}
		}
		buddy_mt = buddy_type(handle_beside(handle, handle_bit(order)), order,
				      block_word);
		if (buddy_mt < NO_BUDDY)
			steps -= (long)merge_block(zone, area, handle, order, block_word, mt,
						   buddy_mt);
		else
			list_push(zone, area, handle_page(handle), pfn,
				  (u32)block_word | (u32)mt, order, mt);
	} while (next > pfns && steps > 0);
	freed = nr - (unsigned int)(next - pfns);
	WRITE_ONCE(zone->nr_free_pages,
		   zone->nr_free_pages + ((unsigned long)freed << order) - special);
	VALIDATE(zone_must_be_valid(zone));
	return freed;
}

/* Most calls bring single pages: the code for them has their order for a constant. */
unsigned int buddy_free_bulk(struct zone *zone, unsigned int order, u32 word, const u32 *pfns,
			     unsigned int nr, long steps)
{
	if (order == 0 || MAX_ORDER == 0)
		return free_bulk(zone, 0, word, pfns, nr, steps);
	return free_bulk(zone, order, word, pfns, nr, steps);
}

/* Halves a block down to order: each upper half goes to its list, and the lower end stays. */
static __always_inline void split_down(struct zone *zone, unsigned long pfn,
				       unsigned long from_order, unsigned long order,
				       unsigned long mt)
{
	page_handle_t handle = pfn_handle(pfn);
	struct free_area *area = &zone->free_area[from_order];
	u32 word = (u32)free_word(zone, from_order) | (u32)mt;

	while (from_order > order) {
		from_order--;
		area--;
		word -= 1u << PAGE_ORDER_SHIFT;
		list_push(zone, area, handle_page(handle_beside(handle, handle_bit(from_order))),
			  pfn + (1ul << from_order), word, from_order, mt);
	}
}

/* The first block of a list, which is not empty; its word is free_word | mt as it was pushed. */
static __always_inline unsigned long list_pop(struct zone *zone, struct free_area *area,
					      unsigned long order, unsigned long mt,
					      u32 word)
{
	unsigned long pfn = read_link(&area->first_pfn[mt]), next_pfn;
	struct page *page = pfn_to_page(pfn);

	CHECK(area->nr_free[mt], "B3: a block of order %lu is linked to an empty list", order);
	must_be_on_list(page, word);
	next_pfn = read_link(&page->next_pfn);
	area->first_pfn[mt] = (u32)next_pfn;
	area->nr_free[mt]--;
	if (next_pfn != PFN_NONE)
		WRITE_RELAXED(pfn_to_page(next_pfn)->prev_pfn, PFN_NONE);
	else
		zone->free_orders[mt] &= ~(u32)(1ul << order);
	return pfn;
}

/*
 * Takes a block of at least order and cuts it down to at most 2^spare_order blocks of order;
 * *got_order says how far, and *steps goes down by the splits. PFN_NONE when there is none, or when
 * CMA has what would be taken from another type. The caller counts pages.
 */
static __always_inline unsigned long take_block(struct zone *zone, unsigned int order,
						unsigned int spare_order, unsigned int mt,
						unsigned int *got_order, long *steps)
{
	u32 orders = zone->free_orders[mt] >> order;
	unsigned int from_order, from_mt = mt, cut_order;
	unsigned long pfn;

	if (likely(orders)) {
		from_order = order + ctz32(orders);
	} else if (!IS_ENABLED(CONFIG_PAGE_MOBILITY) || may_lend(zone, order, mt) ||
		   !pageblock_fallback(zone, order, mt, &from_mt, &from_order)) {
		return PFN_NONE;
	}
	pfn = list_pop(zone, &zone->free_area[from_order], from_order, from_mt,
		       (u32)free_word(zone, from_order) | from_mt);
	if (IS_ENABLED(CONFIG_PAGE_MOBILITY) && unlikely(from_mt != mt))
		pageblock_claim(zone, pfn, from_order, from_mt, mt);

	cut_order = min(from_order, order + spare_order);
	/* A pageblock that is handed out in pieces needs its counters (K2, K3). */
	if (PAGEBLOCKS_KEPT && order < pageblock_order) {
		cut_order = min(cut_order, pageblock_order - 1u);
		pageblock_take(zone, pfn, from_order, cut_order, mt);
	}
	split_down(zone, pfn, from_order, cut_order, mt);
	*steps -= STEPS_OF_TAKE + (long)(from_order - cut_order);
	*got_order = cut_order;
	return pfn;
}

unsigned int buddy_alloc_bulk(struct zone *zone, unsigned int order, unsigned int mt,
			      unsigned int want, enum page_state state, u32 *pfns)
{
	const u32 block_word = (u32)free_word(zone, order) | mt;
	const unsigned long bit = 1ul << order;
	const u32 word = page_word(state, order, 0, zone_id(zone)) | mt;
	struct free_area *area = &zone->free_area[order];
	u32 *next = pfns + want;
	long steps = HOLD_STEPS;

	do {
		unsigned int got_order = order, spare_order = 0;
		unsigned long pfn, end_pfn;

		if (area->first_pfn[mt] != PFN_NONE) {
			pfn = list_pop(zone, area, order, mt, block_word);
			if (PAGEBLOCKS_KEPT && order < pageblock_order)
				pageblock_take(zone, pfn, order, order, mt);
			steps -= STEPS_OF_POP;
		} else {
			spare_order = ilog2((unsigned int)(next - pfns));
			pfn = take_block(zone, order, spare_order, mt, &got_order, &steps);
			if (pfn == PFN_NONE)
				break;
		}
		for (end_pfn = pfn + (1ul << got_order); pfn < end_pfn; pfn += bit) {
			page_begin(pfn_to_page(pfn), pfn, word);
			*--next = (u32)pfn;
		}
		/* The rest, less than half, would leave the next block in pieces. */
		if (spare_order && got_order == order + spare_order)
			break;
	} while (next > pfns && steps > 0);
	want -= (unsigned int)(next - pfns);
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages - ((unsigned long)want << order));
	VALIDATE(zone_must_be_valid(zone));
	return want;
}

static __noinline struct page *alloc_and_split(struct zone *zone, unsigned int order,
					       unsigned int mt)
{
	unsigned int got_order;
	long steps = 0;
	unsigned long pfn = take_block(zone, order, 0, mt, &got_order, &steps);
	struct page *page;

	if (unlikely(pfn == PFN_NONE))
		return NULL;
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages - (1ul << order));
	page = pfn_to_page(pfn);
	page_begin(page, pfn, page_word(PG_ALLOCATED, order, 0, zone_id(zone)) | mt);
	VALIDATE(zone_must_be_valid(zone));
	return page;
}

/* Where no pageblock counts its pages, a block of the very order is one step away. */
struct page *buddy_alloc(struct zone *zone, unsigned int order, unsigned int mt)
{
	struct free_area *area = &zone->free_area[order];
	u32 word = (u32)free_word(zone, order) | mt;
	struct page *page;

	if ((PAGEBLOCKS_KEPT && order < pageblock_order) || area->first_pfn[mt] == PFN_NONE)
		return alloc_and_split(zone, order, mt);
	page = pfn_to_page(list_pop(zone, area, order, mt, word));
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages - (1ul << order));
	WRITE_RELAXED(page->word, word ^ (((u32)PG_BUDDY ^ (u32)PG_ALLOCATED) << PAGE_STATE_SHIFT));
	VALIDATE(zone_must_be_valid(zone));
	return page;
}

void buddy_split_allocated(struct zone *zone, unsigned long pfn, unsigned int from_order,
			   unsigned int order)
{
	const struct page *head = pfn_to_page(pfn);
	unsigned int mt = page_migratetype(head);
	unsigned int piece_mt = order < pageblock_order ? ordinary_mt(mt) : mt;
	u32 word = page_word(PG_ALLOCATED, order, piece_mt, zone_id(zone)) ^
		   (head->word ^ word_of_kernel(head->word));
	unsigned long end_pfn = pfn + (1ul << from_order);

	if (PAGEBLOCKS_KEPT)
		pageblock_split_allocated(zone, pfn, from_order, order, mt);
	for (; pfn < end_pfn; pfn += 1ul << order)
		page_begin(pfn_to_page(pfn), pfn, word);
}
