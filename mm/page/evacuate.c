/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: empties isolated pageblocks.
 *
 * Structure: goes up block by block. What is free is passed over, as many blocks as one hold of the
 * zone's lock may take. What can be done about any other block depends on its state; no lock is
 * held meanwhile:
 *
 *	PG_PCP		all CPUs give back what they hold; it comes to the isolated lists
 *	PG_MOVABLE	migrate_page()
 *	PG_ALLOCATED	a short wait: its owner may be about to make it movable, or to free it
 *	anything else	stays, and ends the call
 *
 * As the pageblocks are isolated, nothing behind the block that is looked at is ever handed out
 * again: one way up is enough.
 *
 * Invariants:
 * EV1 When evacuate_range() returns 0, each frame of the range lies in a free block of the type
 *     Isolate.
 *
 * Locking: zone->lock, for the look at up to HOLD_STEPS free blocks.
 *
 * Bounds: each block of the range is looked at once, and once more each time that something was
 * done about it, at most EVACUATE_TRIES times.
 *
 * Configuration: MIGRATION and MEMORY_ISOLATION.
 */
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/sprintf.h>
#include <mm/movable.h>
#include <mm/page_isolation.h>

#include "special.h"

/* The first block at or behind pfn, in the pageblock that ends at end_pfn, that is not free; but
 * HOLD_STEPS blocks on it may be one that is. end_pfn or more: there is none. */
static unsigned long next_taken(unsigned long pfn, unsigned long end_pfn, enum page_state *state)
{
	struct zone *zone = zone_of_pageblock(pfn);
	unsigned int steps = HOLD_STEPS;
	unsigned long flags;

	ASSERT(zone, "EV1: the pageblock of frame 0x%lx is in no zone", pfn);
	*state = PG_BUDDY;
	flags = spin_lock_irqsave(&zone->lock);
	pfn = block_head_pfn(pfn);
	for (; pfn < end_pfn && steps; steps--) {
		const struct page *page = pfn_to_page(pfn);

		*state = page_state(page);
		if (*state != PG_BUDDY)
			break;
		pfn += 1ul << page_order(page);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

/* Does something about the block at pfn. -EAGAIN: it is to be looked at again. */
static int try_to_free(unsigned long pfn, enum page_state state, gfp_t gfp, unsigned int *turns)
{
	switch (state) {
	case PG_BUDDY:
		return 0;
	case PG_PCP:
		drain_all_pages();
		return -EAGAIN;
	case PG_MOVABLE:
		return migrate_page(pfn, gfp);
	case PG_ALLOCATED:
		cpu_wait_turn(turns);
		return -EAGAIN;
	default:
		return -EBUSY;
	}
}

static int evacuate_pageblock(unsigned long pfn, gfp_t gfp, struct page_obstacle *o)
{
	unsigned long end_pfn = pfn + pageblock_nr_pages, last_pfn = ~0ul;
	unsigned int tries = 0, turns = 0;
	enum page_state state;
	int err;

	while ((pfn = next_taken(pfn, end_pfn, &state)) < end_pfn) {
		tries = pfn == last_pfn ? tries + 1 : 0;
		last_pfn = pfn;
		err = try_to_free(pfn, state, gfp, &turns);
		if (err == -EAGAIN && tries < EVACUATE_TRIES)
			continue;
		if (err) {
			o->pfn = pfn;
			movable_describe(pfn, o->what, sizeof(o->what));
			return err == -ENOMEM ? -ENOMEM : -EBUSY;
		}
	}
	return 0;
}

int evacuate_range(unsigned long start_pfn, unsigned long end_pfn, gfp_t gfp,
		   struct page_obstacle *o)
{
	int err = 0;

	for (; start_pfn < end_pfn && !err; start_pfn += pageblock_nr_pages)
		err = evacuate_pageblock(start_pfn, gfp, o);
	return err;
}
