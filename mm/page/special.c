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
 * A pageblock that is split changes its type first, so that what is freed from then on comes to the
 * new type's lists; what is free already follows, some blocks in each hold of the lock. Until then
 * it may be taken by whom the old type serves.
 *
 * Invariants:
 * K5  A free block smaller than a pageblock has a special type if its pageblock does, and the same;
 *     but not while its pageblock is being retyped.
 * K6  Special blocks merge with those of their own type alone.
 *
 * K9  One at a time changes the type of a pageblock that is split: whoever has set retyped.
 *
 * Locking: zone->lock, which the caller holds; retype_finish() takes it for each hold.
 *
 * Bounds: giving back merges at most MAX_ORDER times. Another type for a pageblock that is free as
 * a whole takes at most 2 MAX_ORDER splits and merges, for one that is split a step for each block
 * in it, of which a hold has RETYPE_STEPS.
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

/* A free block whose type is not that of its special pageblock (K5). */
static bool strange(u32 word, unsigned int pageblock_mt)
{
	unsigned int mt = word_mt(word);

	return PAGE_FIELD(word, STATE) == PG_BUDDY && mt != pageblock_mt &&
	       (is_special(mt) || is_special(pageblock_mt));
}

/* The free block goes to the lists of its pageblock's type, as if it were freed anew. Returns the
 * steps. */
static long follow(struct zone *zone, struct pageblock *pb, unsigned long pfn, u32 word)
{
	unsigned int order = PAGE_FIELD(word, ORDER), mt = word_mt(word);
	struct page *page = pfn_to_page(pfn);

	list_unlink(zone, &zone->free_area[order], page, order, mt);
	count_free(zone, mt, -(1l << order));
	if (is_special(pb->mt))
		return STEPS_OF_RETYPE + (long)special_free(zone, pfn, order, pb->mt);
	pb->free_pages -= 1u << order;
	buddy_free(zone, pfn, order, MIGRATE_UNMOVABLE);
	return STEPS_OF_RETYPE + (page_state(page) == PG_BUDDY && page_order(page) == order
				? 0 : MAX_ORDER);
}

void retype_begin(struct retype *r, struct zone *zone, unsigned long pfn, unsigned int to)
{
	const struct mem_section *s = pfn_to_section(pfn);
	struct pageblock *pb = zone_pageblock(zone, pfn);

	pfn = ALIGN_DOWN(pfn, pageblock_nr_pages);
	*r = (struct retype){ .zone = zone, .pb = pb, .pfn = max(pfn, s->start_pfn),
			      .end_pfn = min(pfn + pageblock_nr_pages, s->end_pfn),
			      .left_pages = pb->free_pages };
	pageblock_retag_count(zone, pageblock_order, pb->mt, to);
	pb->mt = to & ((1u << MIGRATETYPE_BITS_MOST) - 1);
	pb->retyped = 1;
	if (IS_ENABLED(CONFIG_COMPACTION))
		candidate_update(zone, pb, pfn);
}

/* Another CPU may be writing the word of a block that is not free; its order stays. */
bool retype_go_on(struct retype *r)
{
	unsigned long pfn = block_head_pfn(r->pfn);
	long steps = RETYPE_STEPS;

	while (pfn < r->end_pfn && r->left_pages && steps-- > 0) {
		u32 word = READ_ONCE(pfn_to_page(pfn)->word);

		/* What was freed since has made it whole. */
		if (PAGE_FIELD(word, ORDER) >= pageblock_order) {
			r->left_pages = 0;
		} else if (strange(word, r->pb->mt)) {
			r->left_pages -= min(r->left_pages, 1u << PAGE_FIELD(word, ORDER));
			steps -= follow(r->zone, r->pb, pfn, word);
			if (page_state(pfn_to_page(pfn)) == PG_TAIL)
				pfn = block_head_pfn(pfn);
			word = READ_ONCE(pfn_to_page(pfn)->word);
		}
		pfn += 1ul << PAGE_FIELD(word, ORDER);
	}
	r->pfn = pfn;
	if (pfn < r->end_pfn && r->left_pages)
		return false;
	r->pb->retyped = 0;
	VALIDATE(zone_must_be_valid(r->zone));
	return true;
}

void retype_finish(struct retype *r)
{
	bool done;

	do {
		unsigned long flags = spin_lock_irqsave(&r->zone->lock);

		done = retype_go_on(r);
		spin_unlock_irqrestore(&r->zone->lock, flags);
	} while (!done);
}
