/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that parent and child share without a file: pages by number, made when first touched. */
#include <kernel/spinlock.h>
#include <mm/gfp.h>
#include <mm/page_holder.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>
#include <arch/page.h>

#include "internal.h"

struct shared_memory {
	struct page_holder holder;	/* [f] */
	u32 users;			/* [a] regions, and who makes it */
	u64 nr;				/* [c] */
	void **pages;			/* [e] descriptors */
};

static void **holder_slot(struct page_holder *h, u64 index)
{
	struct shared_memory *m = container_of(h, struct shared_memory, holder);

	return index < m->nr ? &m->pages[index] : NULL;
}

struct shared_memory *shared_new(size_t bytes)
{
	u64 nr = bytes >> PAGE_SHIFT;
	struct shared_memory *m;

	if (nr > (1ull << 24))
		return NULL;
	m = kmalloc(sizeof(*m), GFP_KERNEL | __GFP_NOWARN);
	if (!m)
		return NULL;
	/* Room for the table must be there at once; pages come one by one. */
	m->pages = kvmalloc(nr * sizeof(m->pages[0]), GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!m->pages) {
		kfree(m);
		return NULL;
	}
	page_holder_init(&m->holder, holder_slot);
	m->users = 1;
	m->nr = nr;
	return m;
}

/* No pointer leads to the page any more: only then its count goes. */
static void drop(struct shared_memory *m, u64 index)
{
	unsigned long flags = spin_lock_irqsave(&m->holder.lock);
	struct page *page = m->pages[index];

	m->pages[index] = NULL;
	spin_unlock_irqrestore(&m->holder.lock, flags);
	if (page)
		page_holder_drop(page);
}

void shared_put(void *memory)
{
	struct shared_memory *m = memory;

	if (__atomic_fetch_sub(&m->users, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	page_holder_change(&m->holder);
	for (u64 i = 0; i < m->nr; i++)
		if (READ_ONCE(m->pages[i]))
			drop(m, i);
	page_holder_changed(&m->holder);
	page_holder_end(&m->holder);
	kvfree(m->pages);
	kfree(m);
}

static void shared_get(void *memory)
{
	struct shared_memory *m = memory;

	__atomic_fetch_add(&m->users, 1, __ATOMIC_RELAXED);
}

/* The page with a count of the caller's; where there is none, the one that is given, or NULL. */
static struct page *find_or_put(struct shared_memory *m, u64 index, struct page *new)
{
	unsigned long flags = spin_lock_irqsave(&m->holder.lock);
	struct page *page = m->pages[index];

	if (!page)
		m->pages[index] = page = new;
	if (page)
		user_page_get(page);
	spin_unlock_irqrestore(&m->holder.lock, flags);
	return page;
}

static struct page *make(struct shared_memory *m, u64 index)
{
	struct page *new = page_holder_alloc(&m->holder, index), *page;

	if (!new)
		return NULL;
	page = find_or_put(m, index, new);
	if (page != new)
		page_holder_drop(new);
	return page;
}

static struct page *shared_frame(void *memory, u64 index, bool may_make)
{
	struct shared_memory *m = memory;
	struct page *page;

	(void)may_make;
	if (index >= m->nr)
		return NULL;
	page = find_or_put(m, index, NULL);
	if (page)
		return page;
	page_holder_change(&m->holder);
	page = make(m, index);
	page_holder_changed(&m->holder);
	return page;
}

static struct page_holder *shared_holder(void *memory)
{
	struct shared_memory *m = memory;

	return &m->holder;
}

const struct backing_ops shared_backing = {
	.frame = shared_frame, .holder = shared_holder, .get = shared_get, .put = shared_put,
};
