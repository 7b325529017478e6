/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_FREE_LIST_H
#define MM_PAGE_FREE_LIST_H

/*
 * One step on a zone's lists of free blocks: link, unlink, read a word (B1, B3, B6 in buddy.c). The
 * caller holds zone->lock and counts pages.
 */
#include "handle.h"
#include "internal.h"

/* Does every frame of a largest block have a descriptor as soon as one has? */
#define WHOLE_GRANULES	(MAX_ORDER_NR_PAGES <= MEMMAP_GRANULE_PAGES)

/*
 * The arithmetic below is in longs, and links are hidden from the compiler once they are read:
 * it would keep them as narrower numbers, which cost two instructions at each use. For the same
 * reason descriptors' words are signed longs here: a register holds 32 bits sign-extended.
 */

static __always_inline long free_word(const struct zone *zone, unsigned long order)
{
	return (s32)(zone->free_word | (u32)order << PAGE_ORDER_SHIFT);
}

/* The bits in which a descriptor's word, which another CPU may be writing, is not word. */
static __always_inline unsigned long word_differs(page_handle_t handle, long word)
{
	return (unsigned long)((s32)READ_ONCE(handle_page(handle)->word) ^ word);
}

static __always_inline unsigned long read_link(const u32 *link)
{
	unsigned long pfn = *link;

	OPTIMIZER_HIDE_VAR(pfn);
	return pfn;
}

/* area is that of order, word that of a free block of this order and type. */
static __always_inline void list_push(struct zone *zone, struct free_area *area,
				      struct page *page, unsigned long pfn, u32 word,
				      unsigned long order, unsigned long mt)
{
	unsigned long first_pfn = read_link(&area->first_pfn[mt]);
	u32 link = (u32)pfn;

	OPTIMIZER_HIDE_VAR(link);
	page_begin(page, pfn, word);
	WRITE_RELAXED(page->prev_pfn, PFN_NONE);
	WRITE_RELAXED(page->next_pfn, (u32)first_pfn);
	if (first_pfn != PFN_NONE)
		WRITE_RELAXED(pfn_to_page(first_pfn)->prev_pfn, link);
	else
		zone->free_orders[mt] |= (u32)(1ul << order);
	area->first_pfn[mt] = link;
	area->nr_free[mt]++;
}

static __always_inline void list_unlink(struct zone *zone, struct free_area *area,
					struct page *page, unsigned long order, unsigned long mt)
{
	unsigned long next_pfn = read_link(&page->next_pfn);
	unsigned long prev_pfn = read_link(&page->prev_pfn);

	CHECK(area->nr_free[mt], "B3: a block of order %lu is linked to an empty list", order);
	area->nr_free[mt]--;
	if (next_pfn != PFN_NONE)
		WRITE_RELAXED(pfn_to_page(next_pfn)->prev_pfn, (u32)prev_pfn);
	if (prev_pfn != PFN_NONE) {
		WRITE_RELAXED(pfn_to_page(prev_pfn)->next_pfn, (u32)next_pfn);
		return;
	}
	area->first_pfn[mt] = (u32)next_pfn;
	if (next_pfn == PFN_NONE)
		zone->free_orders[mt] &= ~(u32)(1ul << order);
}

/*
 * Makes one block of two halves; returns its handle. The upper half stops being a head: a second
 * free of it must be seen.
 */
static __always_inline page_handle_t join_halves(page_handle_t handle, unsigned long bit)
{
	handle.nr |= bit;
	OPTIMIZER_HIDE_VAR(handle.nr);	/* it is not to be masked again */
	WRITE_RELAXED(handle_page(handle)->word, (u32)PG_TAIL);
	return handle_beside(handle, bit);
}

static __always_inline void must_be_on_list(const struct page *page, u32 word)
{
	ASSERT(page->word == word, "B1: frame 0x%lx on the list of order %u is %s",
	       page_to_pfn(page), (unsigned int)PAGE_FIELD(word, ORDER),
	       page_state_name(page_state(page)));
}

#endif /* MM_PAGE_FREE_LIST_H */
