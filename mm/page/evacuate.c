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

/*
 * The first block at or behind pfn that is not free, and its word; but HOLD_STEPS blocks on it may
 * be one that is. end_pfn or more: there is none. A block began at pfn when it was last looked at:
 * since then that block can only have become part of a larger free one, and its word that of no
 * head.
 */
static unsigned long next_taken(struct zone *zone, unsigned long pfn, unsigned long end_pfn,
				u32 *word)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	unsigned int steps = HOLD_STEPS;

	*word = READ_ONCE(pfn_to_page(pfn)->word);
	if (PAGE_FIELD(*word, STATE) == PG_TAIL) {
		pfn = block_head_pfn(pfn);
		*word = READ_ONCE(pfn_to_page(pfn)->word);
	}
	while (PAGE_FIELD(*word, STATE) == PG_BUDDY && steps-- > 0) {
		pfn += 1ul << PAGE_FIELD(*word, ORDER);
		if (pfn >= end_pfn)
			break;
		*word = READ_ONCE(pfn_to_page(pfn)->word);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

static unsigned long first_block(struct zone *zone, unsigned long pfn)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	pfn = block_head_pfn(pfn);
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

/* [pfn, end_pfn) lies in one zone. */
static int evacuate_part(unsigned long pfn, unsigned long end_pfn, gfp_t gfp,
			 struct page_obstacle *o)
{
	struct zone *zone = zone_of_pageblock(ALIGN_DOWN(pfn, pageblock_nr_pages));
	unsigned long last_pfn = ~0ul;
	unsigned int tries = 0, turns = 0;
	u32 word;

	ASSERT(zone, "EV1: the pageblock of frame 0x%lx is in no zone", pfn);
	pfn = first_block(zone, pfn);
	while (pfn < end_pfn && (pfn = next_taken(zone, pfn, end_pfn, &word)) < end_pfn) {
		int err;

		tries = pfn == last_pfn ? tries + 1 : 0;
		last_pfn = pfn;
		err = try_to_free(pfn, (enum page_state)PAGE_FIELD(word, STATE), gfp, &turns);
		if (err == -EAGAIN && tries < EVACUATE_TRIES)
			continue;
		if (err) {
			o->pfn = pfn;
			movable_describe(pfn, o->what, sizeof(o->what));
			return err == -ENOMEM ? -ENOMEM : -EBUSY;
		}
		pfn += 1ul << PAGE_FIELD(word, ORDER);
	}
	return 0;
}

int evacuate_range(unsigned long start_pfn, unsigned long end_pfn, gfp_t gfp,
		   struct page_obstacle *o)
{
	unsigned long next_pfn;
	int err = 0;

	for (; start_pfn < end_pfn && !err; start_pfn = next_pfn) {
		next_pfn = ALIGN_DOWN(start_pfn, pageblock_nr_pages) + pageblock_nr_pages;
		next_pfn = min(next_pfn, end_pfn);
		err = evacuate_part(start_pfn, next_pfn, gfp, o);
	}
	return err;
}
