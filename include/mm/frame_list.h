/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_FRAME_LIST_H
#define MM_FRAME_LIST_H

#include <mm/page.h>

/*
 * A list of blocks, linked both ways through next_pfn and prev_pfn of their heads, by frame number;
 * PFN_NONE ends it. Whoever owns the blocks serialises. (The buddy's own lists have no last block
 * and are read a link at a time; mm/page/buddy.c says why.)
 */
struct frame_list {
	u32 first_pfn, last_pfn;	/* [o] PFN_NONE: empty */
};

#define FRAME_LIST_INIT		{ PFN_NONE, PFN_NONE }

static inline bool frame_list_empty(const struct frame_list *list)
{
	return list->first_pfn == PFN_NONE;
}

/* What leads to a block from in front of it, and from behind. */
static inline u32 *frame_list_link(u32 *end_pfn, u32 pfn, bool next)
{
	if (pfn == PFN_NONE)
		return end_pfn;
	return next ? &pfn_to_page(pfn)->next_pfn : &pfn_to_page(pfn)->prev_pfn;
}

/* Between neighbours on the list, each of which may be none. */
static inline void frame_list_insert(struct frame_list *list, struct page *page, u32 prev_pfn,
				     u32 next_pfn)
{
	u32 pfn = (u32)page_to_pfn(page);

	page->prev_pfn = prev_pfn;
	page->next_pfn = next_pfn;
	*frame_list_link(&list->first_pfn, prev_pfn, true) = pfn;
	*frame_list_link(&list->last_pfn, next_pfn, false) = pfn;
}

static inline void frame_list_add(struct frame_list *list, struct page *page)
{
	frame_list_insert(list, page, PFN_NONE, list->first_pfn);
}

static inline void frame_list_add_tail(struct frame_list *list, struct page *page)
{
	frame_list_insert(list, page, list->last_pfn, PFN_NONE);
}

/* False, and nothing has changed, when the block's neighbours do not link to it. */
static inline bool frame_list_del(struct frame_list *list, const struct page *page)
{
	u32 pfn = (u32)page_to_pfn(page);
	u32 *back = frame_list_link(&list->first_pfn, page->prev_pfn, true);
	u32 *forth = frame_list_link(&list->last_pfn, page->next_pfn, false);

	if (unlikely(*back != pfn || *forth != pfn))
		return false;
	*back = page->next_pfn;
	*forth = page->prev_pfn;
	return true;
}

#endif /* MM_FRAME_LIST_H */
