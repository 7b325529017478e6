/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: takes a section's frames from whoever has them, so that it can go.
 *
 * Structure: CPUs' lists of the zone are closed; pageblocks are isolated, so that what becomes free
 * stays free (isolation.c), and emptied (evacuate.c), as often as the caller's patience allows.
 * When all is free, each block is taken off the zone's lists.
 *
 * A pageblock may begin with frames of descriptors, which would be in the way. They count as handed
 * out meanwhile, and as such they stay where they are.
 *
 * Invariants:
 * HE1 Where the section cannot be emptied, its pageblocks have their types again, and each counter
 *     is what it would be without the attempt.
 * HE2 What was found free and isolated is so when it is taken.
 *
 * Locking: zone->lock for one block at a time.
 *
 * Bounds: the patience of the caller for either step, and what evacuate_range() takes once; then a
 * step for each block.
 *
 * Configuration: MEMORY_HOTPLUG.
 */
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/time.h>
#include <kernel/undo.h>
#include <mm/movable.h>

#include "hotplug.h"
#include "special.h"

/* What is in the way is looked at again after so long, in which its owner is not disturbed. */
#define PAUSE_US	1000

/* ---- the descriptors' own frames ---- */

/* Those that share a pageblock with others become handed out, or reserved again. */
static void own_become(const struct hot_section *h, enum page_state state)
{
	unsigned long pfn = hot_isolated_pfn(h), end_pfn = h->start_pfn + h->own_pages;
	unsigned long pages = end_pfn - pfn, flags = spin_lock_irqsave(&h->zone->lock);

	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);

		WRITE_ONCE(page->word, page_word(state, page_order(page), MIGRATE_UNMOVABLE,
						 zone_id(h->zone)));
		pfn += 1ul << page_order(page);
	}
	WRITE_ONCE(h->zone->managed_pages, state == PG_ALLOCATED ? h->zone->managed_pages + pages
								 : h->zone->managed_pages - pages);
	account_kernel(state == PG_ALLOCATED ? (long)pages : -(long)pages);
	spin_unlock_irqrestore(&h->zone->lock, flags);
}

/* ---- others' frames ---- */

/* Moves blocks of a pageblock or more, as far as they can move: none is isolated before it is
 * free. */
static void move_large(const struct hot_section *h)
{
	unsigned long pfn = h->start_pfn + h->own_pages;

	while (pfn < h->end_pfn) {
		unsigned long flags = spin_lock_irqsave(&h->zone->lock), head_pfn;
		unsigned int order;
		u32 word;

		head_pfn = block_head_pfn(pfn);
		word = READ_ONCE(pfn_to_page(head_pfn)->word);
		spin_unlock_irqrestore(&h->zone->lock, flags);
		order = PAGE_FIELD(word, ORDER);
		if (PAGE_FIELD(word, STATE) != PG_MOVABLE || order < pageblock_order ||
		    !migrate_page(head_pfn, GFP_KERNEL))
			pfn = head_pfn + (1ul << order);
		else
			return;
	}
}

static int isolate(const struct hot_section *h, u64 patience_us, struct page_obstacle *o)
{
	struct deadline deadline = deadline_in(patience_us);
	int err;

	for (;;) {
		err = start_isolate_page_range(hot_isolated_pfn(h), h->end_pfn, o);
		if (!err || deadline_over(&deadline))
			return err;
		move_large(h);
		cpu_idle(PAUSE_US);
	}
}

static int evacuate(const struct hot_section *h, u64 patience_us, struct page_obstacle *o)
{
	struct deadline deadline = deadline_in(patience_us);
	int err;

	for (;;) {
		err = evacuate_range(h->start_pfn + h->own_pages, h->end_pfn, GFP_KERNEL, o);
		if (!err || deadline_over(&deadline))
			return err;
		cpu_idle(PAUSE_US);
	}
}

/* HE2: the block at pfn leaves the lists. Returns where the next one begins. */
static unsigned long unlist_block(struct zone *zone, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	unsigned int order = page_order(page), mt = MIGRATE_ISOLATE;

	ASSERT(page->word == ((u32)free_word(zone, order) | mt_bits(mt)),
	       "HE2: frame 0x%lx of an emptied section is %s", pfn,
	       page_state_name(page_state(page)));
	list_unlink(zone, &zone->free_area[order], page, order, mt);
	count_free(zone, mt, -(1l << order));
	if (order < pageblock_order) {
		mt = MIGRATE_UNMOVABLE;
		pageblock_take(zone, pfn, order, order, mt);
	}
	WRITE_ONCE(page->word, page_word(PG_ALLOCATED, order, mt, zone_id(zone)));
	account_kernel(1l << order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn + (1ul << order);
}

static int isolate_and_empty(const struct hot_section *h, u64 patience_us,
			     struct page_obstacle *o)
{
	unsigned long pfn = h->start_pfn + h->own_pages;
	int err = isolate(h, patience_us, o);

	if (err)
		return err;
	err = evacuate(h, patience_us, o);
	if (err) {
		UNDO_PATH("a section that goes cannot be emptied");
		undo_isolate_page_range(hot_isolated_pfn(h), h->end_pfn);
		return err;
	}
	while (pfn < h->end_pfn)
		pfn = unlist_block(h->zone, pfn);
	return 0;
}

int hot_section_empty(const struct hot_section *h, u64 patience_us, struct page_obstacle *o)
{
	int err;

	own_become(h, PG_ALLOCATED);
	/* A frame could else go round for ever between a CPU that frees it and the same CPU that
	 * allocates. */
	pcp_close_zone(h->zone);
	err = isolate_and_empty(h, patience_us, o);
	pcp_open_zone(h->zone);
	own_become(h, PG_RESERVED);
	return err;
}

void hot_section_give_back(const struct hot_section *h)
{
	hot_section_give(h);
	undo_isolate_page_range(hot_isolated_pfn(h), h->end_pfn);
}
