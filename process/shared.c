/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that parent and child share without a file: pages by number, made when first touched. */
#include <kernel/mutex.h>
#include <mm/gfp.h>
#include <mm/user_page.h>
#include <mm/vmalloc.h>
#include <arch/page.h>

#include "internal.h"

struct shared_memory {
	struct mutex lock;		/* [f] */
	u32 users;			/* [a] regions, and who makes it */
	u64 nr;				/* [c] */
	struct page *pages[];		/* [U] */
};

struct shared_memory *shared_new(size_t bytes)
{
	u64 nr = bytes >> PAGE_SHIFT;
	struct shared_memory *m;

	/* Room for the table must be there at once; pages come one by one. */
	if (nr > (1ull << 24))
		return NULL;
	m = kvmalloc(sizeof(*m) + nr * sizeof(m->pages[0]), GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!m)
		return NULL;
	mutex_init(&m->lock);
	m->users = 1;
	m->nr = nr;
	return m;
}

void shared_put(void *memory)
{
	struct shared_memory *m = memory;

	if (__atomic_fetch_sub(&m->users, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	for (u64 i = 0; i < m->nr; i++)
		if (m->pages[i])
			user_page_put(m->pages[i]);
	kvfree(m);
}

static void shared_get(void *memory)
{
	struct shared_memory *m = memory;

	__atomic_fetch_add(&m->users, 1, __ATOMIC_RELAXED);
}

static struct page *shared_frame(void *memory, u64 index, bool make)
{
	struct shared_memory *m = memory;
	struct page *page = NULL;

	(void)make;
	if (index >= m->nr)
		return NULL;
	mutex_lock(&m->lock);
	if (!m->pages[index])
		m->pages[index] = user_page_alloc(true);
	page = m->pages[index];
	if (page)
		user_page_get(page);
	mutex_unlock(&m->lock);
	return page;
}

const struct backing_ops shared_backing = {
	.frame = shared_frame, .get = shared_get, .put = shared_put,
};
