/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_USER_PAGE_H
#define MM_USER_PAGE_H

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <mm/movable.h>
#include <mm/page.h>

/*
 * Single frames that programs see, and those that hold files: state PG_USER, with a count of the
 * entries of page tables and of files that lead to it. With CONFIG_PROCESSES alone.
 *
 * A frame that boot has reserved for good, such as one of an initramfs that is used in place, may
 * be mapped as well: it is not counted, and never freed.
 */

/*
 * Where programs see a page that is no file's: at this address, in each space that does; slot is
 * that of one of them. Whoever empties memory finds it there (mm/vm/user_move.c). A file's page has
 * a place in its file (mm/vm/file_move.c). A page without a place stays where it is.
 */
struct user_place {
	u32 owner;			/* slot << 8, and what of the page's number part lacks */
	u32 part;
};
#define PLACE_SLOT_SHIFT	8
#define NO_PLACE		((struct user_place){ ~0u, ~0u })

static __always_inline struct user_place user_place(u32 slot, uintptr_t va)
{
	u64 page_nr = va >> PAGE_SHIFT;

	return (struct user_place){ slot << PLACE_SLOT_SHIFT | (u32)(page_nr >> 32), (u32)page_nr };
}

static __always_inline u32 user_place_slot(struct user_place where)
{
	return where.owner >> PLACE_SLOT_SHIFT;
}

static __always_inline uintptr_t user_place_va(struct user_place where)
{
	u64 upper = where.owner & ((1u << PLACE_SLOT_SHIFT) - 1);

	return (upper << 32 | where.part) << PAGE_SHIFT;
}

/* Has it a place in spaces, and is no file's? */
static __always_inline bool user_page_has_address(const struct page *page)
{
	return IS_ENABLED(CONFIG_MIGRATION) &&
	       !(READ_ONCE(page->movable_owner) & USER_PAGE_OF_FILE);
}

/* Of a page that one space alone sees: the lock of that space is held. */
static __always_inline void user_page_set_place(struct page *page, struct user_place where)
{
	if (!IS_ENABLED(CONFIG_MIGRATION))
		return;
	WRITE_ONCE(page->movable_owner, where.owner);
	WRITE_ONCE(page->movable_part, where.part);
}

/* One with count 1, filled with 0 or with anything; NULL: no memory. Process context. */
struct page *user_page_alloc(bool zeroed) __must_check;
/* The same with a place. */
struct page *user_page_alloc_at(struct user_place place, bool zeroed) __must_check;
/* The same of a page that the caller has from the page allocator. */
struct page *user_page_from(struct page *page, struct user_place place, bool zeroed);

/* One that is still PG_ALLOCATED, filled with 0, and stays where it is. */
struct page *cleared_page_alloc(void) __must_check;

/* An idle CPU clears a page for later; false: it has enough. */
bool user_pages_clear_one(void);

/* One more, one less; the frame is free when nobody is left. Any context. */
void user_page_get(struct page *page);
void user_page_put(struct page *page);

/* The count was this, and is one less: the frame is free. */
void user_page_end(struct page *page, int was);

/* Is the caller's the only way to it? Then it may write there without a copy. */
bool user_page_is_last(const struct page *page);

/* The same in line, for whoever does so with many. */
static __always_inline bool user_page_is_counted(const struct page *page)
{
	/* Whatever account is charged for it. */
	return !((READ_ONCE(page->word) ^ page_tag ^ (u32)PG_USER << PAGE_STATE_SHIFT) &
		 (PAGE_TAG_KEPT | PAGE_FIELD_MASK(STATE)));
}

/* The same as user_page_is_last() where user_page_is_counted(page) holds. */
static __always_inline bool user_page_counts_one(const struct page *page)
{
	return __atomic_load_n(&page->private, __ATOMIC_ACQUIRE) == 1;
}

/* From PG_ALLOCATED to PG_USER, and back. */
static __always_inline void user_page_flip(struct page *page)
{
	WRITE_ONCE(page->word, page->word ^ ((u32)PG_ALLOCATED ^ (u32)PG_USER) << PAGE_STATE_SHIFT);
}

/* user_page_is_counted(page) holds. */
static __always_inline void user_page_get_counted(struct page *page)
{
	__atomic_fetch_add(&page->private, 1, __ATOMIC_RELAXED);
}

/* The same; whatever was done to the page is behind a release of the caller's. */
static __always_inline void user_page_put_released(struct page *page)
{
	int was = (int)__atomic_fetch_sub(&page->private, 1, __ATOMIC_RELAXED);

	if (was <= 1)
		user_page_end(page, was);
}

/* The same: true: nobody else has it, and it is PG_ALLOCATED. Whoever asks frees it. */
static __always_inline bool user_page_put_is_last(struct page *page)
{
	int was = (int)__atomic_fetch_sub(&page->private, 1, __ATOMIC_ACQUIRE);

	if (was > 1)
		return false;
	ASSERT(was == 1, "UP1: a page of a program is given back too often");
	user_page_flip(page);
	return true;
}

static __always_inline void user_page_put_counted(struct page *page)
{
	memory_fence(__ATOMIC_RELEASE);
	user_page_put_released(page);
}

#endif /* MM_USER_PAGE_H */
