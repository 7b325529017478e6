/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_HOLDER_H
#define MM_PAGE_HOLDER_H

#include <kernel/compiler.h>
#include <kernel/spinlock.h>
#include <mm/user_page.h>

/*
 * Whoever keeps pages of mm/user_page.h by number: a file, or memory that is shared without one.
 * With MIGRATION its pages can move (mm/vm/file_move.c): the descriptor of each says whose it is,
 * and which, by the place that it has from before it is found until after it is lost. A holder lies
 * in memory of kmalloc(), or of a cache.
 */
struct page_holder {
	spinlock_t lock;		/* [f] of every pointer that leads to a page of its */
	/* [a] Who keeps it from going, or is between a page and the pointer to it. */
	IF_ENABLED(CONFIG_MIGRATION, u32 busy;)
	/* [c] What points to the page of that number; NULL: nothing does. lock is held. */
	IF_ENABLED(CONFIG_MIGRATION, void **(*slot)(struct page_holder *h, u64 index);)
};

static inline void page_holder_init(struct page_holder *h,
				    void **(*slot)(struct page_holder *h, u64 index))
{
	spin_lock_init(&h->lock, LOCK_FILE_PAGES);
	IF_ENABLED(CONFIG_MIGRATION, h->busy = 0;)
	IF_ENABLED(CONFIG_MIGRATION, h->slot = slot;)
	(void)slot;
}

#ifdef CONFIG_MIGRATION
/* It has no page any more: waits until no mover has it. Process context. */
void page_holder_end(struct page_holder *h);

/* Around whatever makes pages or takes them away. */
static inline void page_holder_change(struct page_holder *h)
{
	__atomic_fetch_add(&h->busy, 1, __ATOMIC_ACQUIRE);
}

static inline void page_holder_changed(struct page_holder *h)
{
	__atomic_fetch_sub(&h->busy, 1, __ATOMIC_RELEASE);
}

/* A cleared page with count 1 and its place, which nothing points to yet; NULL: no memory. */
struct page *page_holder_alloc(struct page_holder *h, u64 index) __must_check;
/* A page that no pointer leads to any more: the holder's count of it goes. */
void page_holder_drop(struct page *page);
/* Programs that have pages from index on mapped do not see them any more, nor what they wrote in
 * their place. Process context; no lock of an address space is held. */
void page_holder_unmap(const struct page_holder *h, u64 index);
#else
static inline void page_holder_end(struct page_holder *h)
{
	(void)h;
}

static inline void page_holder_change(struct page_holder *h)
{
	(void)h;
}

static inline void page_holder_changed(struct page_holder *h)
{
	(void)h;
}

static inline struct page *page_holder_alloc(struct page_holder *h, u64 index)
{
	(void)h;
	(void)index;
	return user_page_alloc(true);
}

static inline void page_holder_drop(struct page *page)
{
	user_page_put(page);
}

static inline void page_holder_unmap(const struct page_holder *h, u64 index)
{
	(void)h;
	(void)index;
}
#endif

#endif /* MM_PAGE_HOLDER_H */
