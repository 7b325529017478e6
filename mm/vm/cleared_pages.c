/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pages that an idle CPU clears ahead, for a program's next fault.
 *
 * Structure: each CPU has two stacks of slots, for pages that can move and for others. Its own CPU
 * alone puts pages on them; whoever takes one does so by exchanging its slot for nothing. So a
 * mover who has to empty the page's frame takes the page from any CPU's slot, and drops it: there
 * is nothing in it that anybody would miss.
 *
 *	nr = 3:  | page | taken by a mover | page | NULL ...
 *
 * Invariants:
 * CZ1 A page is in one slot, all of it is 0, and whoever gets it out of its slot has it alone.
 *
 * Locking: interrupts off for the CPU's own count; slots are atomic.
 *
 * Bounds: CLEARED_PAGES slots.
 *
 * Configuration: PROCESSES. With MIGRATION the pages are in state PG_MOVABLE.
 */
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <mm/gfp.h>
#include <mm/user_page.h>
#include <arch/user.h>

#include "cleared_pages.h"

DEFINE_PER_CPU(struct cleared_pages, cleared_pages);	/* [f] */

/* ---- for who empties memory ---- */

#ifdef CONFIG_MIGRATION

/* owner is the CPU, and part the slot; NULL: there is none such. */
static struct page **slot_of(const struct movable *at)
{
	if (at->owner >= nr_cpus_found || at->part >= CLEARED_PAGES)
		return NULL;
	return &per_cpu_ptr(&cleared_pages, at->owner)->pages[at->part];
}

static bool cleared_owns(const struct movable *at)
{
	struct page **slot = slot_of(at);

	return slot && READ_ONCE(*slot) == pfn_to_page(at->pfn);
}

/* From here on it is the mover's alone. */
static int cleared_isolate(const struct movable *at)
{
	struct page **slot = slot_of(at), *page = pfn_to_page(at->pfn);

	if (!slot || !__atomic_compare_exchange_n(slot, &page, NULL, false, __ATOMIC_RELAXED,
						  __ATOMIC_RELAXED))
		return -EAGAIN;
	return 0;
}

static bool cleared_drop(const struct movable *at)
{
	(void)at;
	return true;
}

static void cleared_describe(const struct movable *at, char *buf, size_t size)
{
	scnprintf(buf, size, "waits on CPU %u", at->owner);
}

MOVABLE_KIND(cleared, .owns = cleared_owns, .isolate = cleared_isolate, .drop = cleared_drop,
	     .describe = cleared_describe);

static void make_movable(struct page *page, unsigned int slot)
{
	page_make_movable(page, movable_kind_nr(cleared), smp_processor_id(), slot);
}

#else

static void make_movable(struct page *page, unsigned int slot)
{
	(void)page;
	(void)slot;
}

#endif

/* ---- for idle CPUs ---- */

static bool is_full(unsigned int stack)
{
	const unsigned int most = stack ? CLEARED_FIXED : CLEARED_MOVABLE;

	return READ_ONCE(this_cpu_ptr(&cleared_pages)->nr[stack]) >= most;
}

/* False: the stack is full now. */
static bool keep(struct page *page, unsigned int stack)
{
	unsigned long flags = arch_local_irq_save();
	struct cleared_pages *pool = this_cpu_ptr(&cleared_pages);
	bool full = is_full(stack);

	if (!full) {
		unsigned int slot = cleared_first(stack) + pool->nr[stack]++;

		make_movable(page, slot);
		__atomic_store_n(&pool->pages[slot], page, __ATOMIC_RELEASE);
	}
	arch_local_irq_restore(flags);
	return !full;
}

bool user_pages_clear_one(void)
{
	const unsigned int stack = is_full(0) ? 1 : 0;
	struct page *page;

	if (is_full(stack) || nr_free_pages() < CLEARED_RESERVE)
		return false;
	page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | (stack ? 0 : __GFP_MOVABLE), 0);
	if (!page)
		return false;
	clear_page(page_address(page));
	if (keep(page, stack))
		return true;
	__free_pages(page, 0);
	return false;
}
