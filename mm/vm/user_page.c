/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: frames that programs see and that hold files.
 *
 * Structure: the descriptor of a frame in state PG_USER counts the entries of page tables and the
 * files that lead to it. A frame of any other state, which boot has reserved, is not counted. Pages
 * that are to be zero come from the CPU's cleared ones first (cleared_pages.h). A page that is no
 * file's has a place, from before it is PG_USER on, and can move (user_move.c).
 *
 * Invariants:
 * UP1 A frame in state PG_USER has a count of 1 at least; who takes the last one frees it.
 *
 * Locking: none; the count is atomic.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/assert.h>
#include <mm/gfp.h>
#include <mm/user_page.h>
#include <arch/user.h>

#include "cleared_pages.h"

#define USER_GFP	(GFP_KERNEL | __GFP_NOWARN)
#define PLACE_GFP	(USER_GFP | (IS_ENABLED(CONFIG_MIGRATION) ? __GFP_MOVABLE : 0))

struct page *cleared_page_alloc(void)
{
	struct page *page = take_cleared(false);

	if (likely(page))
		return page;
	page = alloc_pages(USER_GFP, 0);
	if (likely(page))
		clear_page(page_address(page));
	return page;
}

struct page *user_page_alloc(bool zeroed)
{
	struct page *page = zeroed ? cleared_page_alloc() : alloc_pages(USER_GFP, 0);

	return likely(page) ? user_page_begin(page, NO_PLACE) : NULL;
}

/* It has its place before its contents: whoever empties its frame meanwhile waits for the lock of
 * its space, and so lends this thread a priority. */
struct page *user_page_alloc_at(struct user_place place, bool zeroed)
{
	struct page *page = zeroed ? take_cleared(true) : NULL;

	if (likely(page))
		return user_page_begin(page, place);
	page = alloc_pages(PLACE_GFP, 0);
	return likely(page) ? user_page_from(page, place, zeroed) : NULL;
}

struct page *user_page_from(struct page *page, struct user_place place, bool zeroed)
{
	user_page_begin(page, place);
	if (zeroed)
		clear_page(page_address(page));
	return page;
}

void user_page_get(struct page *page)
{
	if (likely(user_page_is_counted(page)))
		user_page_get_counted(page);
}

void user_page_end(struct page *page, int was)
{
	memory_fence(__ATOMIC_ACQUIRE);
	ASSERT(was == 1, "UP1: a page of a program is given back too often");
	user_page_flip(page);
	__free_pages(page, 0);
}

void user_page_put(struct page *page)
{
	if (likely(user_page_is_counted(page)))
		user_page_put_counted(page);
}

bool user_page_is_last(const struct page *page)
{
	return user_page_is_counted(page) &&
	       __atomic_load_n(&page->private, __ATOMIC_ACQUIRE) == 1;
}
