/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pageblocks of special types, which ordinary requests and per-CPU lists know nothing of.
 *
 * Structure: a special type has its own lists in zone->free_area, like any other, and a counter of
 * its own, zone->nr_free_special[], in place of nr_free_pages: what a request may not have it does
 * not count. The bit "special" of a free block's word keeps special blocks and ordinary ones from
 * merging where pageblocks meet, by the comparison that every merge begins with.
 *
 *	ordinary pageblock | special pageblock, split	     | whole special pageblock
 *	word: type	   | free: special, type; used: type | free or used: special, type
 *
 * A block smaller than a pageblock is handed out with an ordinary type in its word, lies on per-CPU
 * lists with it, and comes back to its pageblock's type (K1): there the ways part.
 *
 * Invariants:
 * K5  A free block smaller than a pageblock has a special type if its pageblock does, and the same.
 * K6  Special blocks merge with those of their own type alone.
 *
 * Locking: zone->lock, which the caller holds.
 *
 * Bounds: giving back merges at most MAX_ORDER times. Another type for a pageblock that is free as
 * a whole takes at most 2 MAX_ORDER splits and merges, for one that is split a step for each block
 * in it.
 *
 * Configuration: built where there is a special type.
 */
#include "special.h"

unsigned long special_free(struct zone *zone, unsigned long pfn, unsigned long order,
			   unsigned long mt)
{
	page_handle_t handle = pfn_handle(pfn);
	long word = (s32)((u32)free_word(zone, order) | mt_bits(mt));
	unsigned long merges = 0;

	count_free(zone, mt, 1l << order);
	while (order < MAX_ORDER) {
		page_handle_t buddy = handle_beside(handle, handle_bit(order));

		if ((!WHOLE_GRANULES && !pfn_valid(handle_pfn(buddy))) || word_differs(buddy, word))
			break;
		list_unlink(zone, &zone->free_area[order], handle_page(buddy), order, mt);
		handle = join_halves(handle, handle_bit(order));
		word += 1 << PAGE_ORDER_SHIFT;
		order++;
		merges++;
	}
	list_push(zone, &zone->free_area[order], handle_page(handle), handle_pfn(handle), (u32)word,
		  order, mt);
	return merges;
}

unsigned long special_take(struct zone *zone, unsigned int special, unsigned int order,
			   unsigned int cut_order, unsigned int mt, unsigned int *got_order,
			   long *steps)
{
	unsigned int from_order = order + ctz32(zone->free_orders[special] >> order);
	struct free_area *area = &zone->free_area[from_order];
	unsigned long pfn = area->first_pfn[special];
	struct pageblock *pb = zone_pageblock(zone, pfn);
	u32 word = (u32)free_word(zone, from_order) | mt_bits(special);

	must_be_on_list(pfn_to_page(pfn), word);
	list_unlink(zone, area, pfn_to_page(pfn), from_order, special);
	if (from_order >= pageblock_order)
		pageblock_begin_pieces(pb, special);
	cut_order = min(cut_order, pageblock_order - 1u);
	cut_order = min(cut_order, from_order);
	*steps -= STEPS_OF_TAKE + (long)(from_order - cut_order);
	while (from_order > cut_order) {
		unsigned long upper_pfn = pfn + (1ul << --from_order);

		area--;
		word -= 1u << PAGE_ORDER_SHIFT;
		list_push(zone, area, pfn_to_page(upper_pfn), upper_pfn, word, from_order, special);
	}
	*got_order = cut_order;
	pageblock_hand_out(zone, pb, pfn, cut_order, mt);
	count_free(zone, special, -(1l << cut_order));
	return pfn;
}

/* Another CPU may be writing the word of a block that is not free; its order stays. */
static void move_pieces(struct zone *zone, unsigned long pfn, unsigned int to)
{
	const struct mem_section *s = pfn_to_section(pfn);
	unsigned long end_pfn = min(ALIGN_DOWN(pfn, pageblock_nr_pages) + pageblock_nr_pages,
				    s->end_pfn);

	pfn = max(ALIGN_DOWN(pfn, pageblock_nr_pages), s->start_pfn);
	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);
		u32 word = READ_ONCE(page->word);
		unsigned int order = PAGE_FIELD(word, ORDER);

		if (PAGE_FIELD(word, STATE) == PG_BUDDY) {
			list_unlink(zone, &zone->free_area[order], page, order, word_mt(word));
			list_push(zone, &zone->free_area[order], page, pfn,
				  (u32)free_word(zone, order) | mt_bits(to), order, to);
		}
		pfn += 1ul << order;
	}
}

void pageblock_retype_pieces(struct zone *zone, unsigned long pfn, unsigned int to)
{
	struct pageblock *pb = zone_pageblock(zone, pfn);

	pageblock_retag_count(zone, pageblock_order, pb->mt, to);
	count_free(zone, pb->mt, -(long)pb->free_pages);
	move_pieces(zone, pfn, to);
	count_free(zone, to, pb->free_pages);
	pb->mt = to & ((1u << MIGRATETYPE_BITS_MOST) - 1);
	if (IS_ENABLED(CONFIG_COMPACTION))
		candidate_update(zone, pb, pfn);
}
