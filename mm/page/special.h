/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_SPECIAL_H
#define MM_PAGE_SPECIAL_H

/* Steps that the files of special types share (special.c). The caller holds zone->lock. */
#include "free_list.h"

static __always_inline void count_free(struct zone *zone, unsigned long mt, long pages)
{
	/* With one special type the compiler wants to be told that there is no other. */
	unsigned long special = NR_SPECIAL_TYPES == 1 ? MIGRATE_PCPTYPES : mt;
	unsigned long *nr = is_special(mt) ? &zone_nr_special(zone, special) : &zone->nr_free_pages;

	WRITE_ONCE(*nr, *nr + (unsigned long)pages);
}

/* Head of the block that holds the pageblock of pfn as a whole; where there is none, the first
 * frame of the pageblock, which may have no descriptor if it lies at the end of RAM. */
static __always_inline unsigned long pageblock_head_pfn(unsigned long pfn)
{
	unsigned int order = MAX_ORDER;

	for (; order > pageblock_order; order--) {
		unsigned long head_pfn = pfn >> order << order;

		if ((WHOLE_GRANULES || pfn_valid(head_pfn)) &&
		    PAGE_FIELD(READ_RELAXED(pfn_to_page(head_pfn)->word), ORDER) >= order)
			return head_pfn;
	}
	return ALIGN_DOWN(pfn, pageblock_nr_pages);
}

/* Looks at each block from pfn on, RETYPE_STEPS of them in a hold of the zone's lock. may(): 0, or
 * the error of a block that is in the way; *o names it then. */
static __always_inline int look_over(struct zone *zone, unsigned long pfn, unsigned long end_pfn,
				     int (*may)(const struct page *page, u32 word),
				     struct page_obstacle *o)
{
	int err = 0;

	while (pfn < end_pfn && !err) {
		unsigned long flags = spin_lock_irqsave(&zone->lock);

		pfn = block_head_pfn(pfn);
		for (unsigned int i = 0; i < RETYPE_STEPS && pfn < end_pfn && !err; i++) {
			const struct page *page = pfn_to_page(pfn);
			u32 word = READ_ONCE(page->word);

			err = may(page, word);
			if (err)
				(void)in_the_way(o, pfn, block_name(page));
			pfn += 1ul << PAGE_FIELD(word, ORDER);
		}
		spin_unlock_irqrestore(&zone->lock, flags);
	}
	return err;
}

/* evacuate.c: a short wait for the owner of a block to do something about it, longer the more tries
 * there were. Returns -EAGAIN. No lock is held. */
int wait_for_owner(unsigned int tries);

/* NULL where the pageblock has descriptors, but lies in a hole between zones or behind the last.
 * No lock is held. */
struct zone *zone_of_pageblock(unsigned long pfn);

/* The block at pfn, of a pageblock or more and on no list, goes to the lists of type to. */
static __always_inline void give_whole(struct zone *zone, unsigned long pfn, unsigned int order,
				       unsigned long to)
{
	if (is_special(to))
		special_free(zone, pfn, order, to);
	else
		buddy_free(zone, pfn, order, (unsigned int)to);
}

/* The pageblock at pfn, in a free block with this head and of type from, whose word the caller has
 * looked at, becomes one of type to. What is left of that block stays as it was. */
static __always_inline void pageblock_retype_whole(struct zone *zone, unsigned long pfn,
						   unsigned long head_pfn, unsigned long from,
						   unsigned long to)
{
	struct page *head = pfn_to_page(head_pfn);
	unsigned long order = page_order(head);
	struct free_area *area = &zone->free_area[order];
	u32 word = (u32)free_word(zone, order) | mt_bits(from);

	list_unlink(zone, area, head, order, from);
	while (order > pageblock_order) {
		unsigned long bit = 1ul << --order, rest_pfn = head_pfn | (~pfn & bit);

		head_pfn |= pfn & bit;
		area--;
		word -= 1u << PAGE_ORDER_SHIFT;
		list_push(zone, area, pfn_to_page(rest_pfn), rest_pfn, word, order, from);
	}
	count_free(zone, from, -(long)pageblock_nr_pages);
	pageblock_retag_count(zone, pageblock_order, from, to);
	give_whole(zone, pfn, pageblock_order, to);
}

/*
 * A pageblock that is split below its size, on its way to another type. Its free blocks follow, a
 * hold of the zone's lock after the other, with interrupts let in between.
 */
struct retype {
	struct zone *zone;
	struct pageblock *pb;
	unsigned long pfn, end_pfn;	/* its frames that were not looked at */
	u32 left_pages;			/* at most so many have yet to follow */
};

/* The lock is held, and nobody else changes the type. */
void retype_begin(struct retype *r, struct zone *zone, unsigned long pfn, unsigned int to);
/* The lock is held. As much as one hold may do; true when all is done. */
bool retype_go_on(struct retype *r);
/* No lock is held: the rest. */
void retype_finish(struct retype *r);

#endif /* MM_PAGE_SPECIAL_H */
