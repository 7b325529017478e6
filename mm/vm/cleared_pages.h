/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VM_CLEARED_PAGES_H
#define MM_VM_CLEARED_PAGES_H

/* Cleared pages that wait on each CPU: see cleared_pages.c. */
#include <kernel/percpu.h>
#include <mm/user_page.h>
#include <arch/irq.h>

/*
 * So many wait on each CPU, cleared while it was idle, as long as so many others are free. Those of
 * the first stack are for what can move, and lie among movable pages; those of the second for files
 * and page tables, which stay. Without MIGRATION the second serves all.
 */
#define CLEARED_MOVABLE	(IS_ENABLED(CONFIG_MIGRATION) ? 32u : 0u)
#define CLEARED_FIXED	(IS_ENABLED(CONFIG_MIGRATION) ? 8u : 32u)
#define CLEARED_PAGES	(CLEARED_MOVABLE + CLEARED_FIXED)
#define CLEARED_RESERVE	1024u

struct cleared_pages {
	unsigned int nr[2];			/* [P] slots that were filled, from the first on */
	struct page *pages[CLEARED_PAGES];	/* [a] NULL: the page was taken */
};
DECLARE_PER_CPU(struct cleared_pages, cleared_pages);

/* Which stack, and its first slot. */
static __always_inline unsigned int cleared_stack(bool can_move)
{
	return can_move && IS_ENABLED(CONFIG_MIGRATION) ? 0 : 1;
}

static __always_inline unsigned int cleared_first(unsigned int stack)
{
	return stack ? CLEARED_MOVABLE : 0;
}

/* A page in state PG_ALLOCATED; NULL: none is left on this CPU. */
static __always_inline struct page *take_cleared(bool can_move)
{
	unsigned long flags = arch_local_irq_save();
	struct cleared_pages *pool = this_cpu_ptr(&cleared_pages);
	const unsigned int stack = cleared_stack(can_move);
	struct page **slots = pool->pages + cleared_first(stack), *page = NULL;

	while (pool->nr[stack] && !page)
		page = __atomic_exchange_n(&slots[--pool->nr[stack]], NULL, __ATOMIC_RELAXED);
	if (IS_ENABLED(CONFIG_MIGRATION) && page)
		page_unmake_movable(page);
	arch_local_irq_restore(flags);
	return page;
}

/* A page in state PG_ALLOCATED becomes one of programs, with count 1. */
static __always_inline struct page *user_page_begin(struct page *page, struct user_place place)
{
	page->private = 1;
	user_page_set_place(page, place);
	user_page_flip(page);
	return page;
}

#endif /* MM_VM_CLEARED_PAGES_H */
