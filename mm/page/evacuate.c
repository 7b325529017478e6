/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: empties isolated pageblocks.
 *
 * Structure: goes up block by block. What is free is passed over, as many blocks as one hold of the
 * zone's lock may take. What can be done about any other block depends on its state; no lock is
 * held meanwhile:
 *
 *	PG_PCP		all CPUs give back what they hold; it comes to the isolated lists
 *	PG_MOVABLE	taken from its owner (movable.c), pages that lie one behind the other
 *			together where they can; they go back to the zone likewise, in one hold
 *			and as larger blocks
 *	PG_ALLOCATED	a short wait: its owner may be about to make it movable, or to free it
 *	PG_USER		likewise, if it can move; its program may keep it a short while
 *	anything else	stays, and ends the call
 *
 * As the pageblocks are isolated, nothing behind the block that is looked at is ever handed out
 * again: one way up is enough.
 *
 * Invariants:
 * EV1 When evacuate_range() returns 0, each frame of the range lies in a free block of the type
 *     Isolate.
 * EV2 When it returns, it has nothing that it took.
 *
 * Locking: zone->lock, for the look at up to HOLD_STEPS free blocks, or MOVE_RUN pages, and for up
 * to RUN_PAGES that go back.
 *
 * Bounds: each block of the range is looked at once, and once more each time that something was
 * done about it, at most EVACUATE_TRIES times; EVACUATE_TRIES_WAITING where the caller may wait.
 *
 * Configuration: MIGRATION and MEMORY_ISOLATION.
 */
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/sprintf.h>
#include <mm/movable.h>
#include <mm/page_isolation.h>
#include <arch/processor.h>

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

/* A wait for a block's owner begins short. */
#define SPINS_FIRST	4u
#define LONG_NAP_US	1000u

/* Pages that were taken from their owners, and wait to go back together. */
#define RUN_PAGES	16u
struct run {
	struct zone *zone;
	unsigned long pfn, end_pfn;
	u32 word;			/* of each of them */
};

static void put_run_back(struct run *run)
{
	if (run->pfn != run->end_pfn)
		free_run_to_zone(run->zone, run->pfn, run->end_pfn);
	run->pfn = run->end_pfn;
}

/* A larger block goes by itself. */
static void keep(struct run *run, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (page_order(page)) {
		free_pages_to_zone(page);
		return;
	}
	if (pfn != run->end_pfn || page->word != run->word || pfn - run->pfn == RUN_PAGES) {
		put_run_back(run);
		run->pfn = pfn;
		run->word = page->word;
	}
	run->end_pfn = pfn + 1;
}

/* What a block is emptied with: so often was it tried before. */
struct work {
	unsigned long end_pfn;
	gfp_t gfp;
	unsigned int tries;
	struct run *run;
};

/* The owner may be a thread of this CPU, which this thread keeps out, as others do. */
int wait_for_owner(unsigned int tries)
{
	if (tries < SPINS_FIRST)
		arch_cpu_relax();
	else if (tries < EVACUATE_TRIES)
		cpu_nap();
	else
		cpu_idle(LONG_NAP_US);
	return -EAGAIN;
}

static unsigned int most_tries(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM ? EVACUATE_TRIES_WAITING : EVACUATE_TRIES;
}

/* As many as go together from pfn on; false: the first does not. What comes behind one that stays
 * goes back at once, and is found free. */
static bool take_run(unsigned long pfn, unsigned long end_pfn, gfp_t gfp, struct run *run)
{
	u32 taken = take_run_from_owners(run->zone, pfn, end_pfn, gfp);
	bool first = taken & 1;

	for (; taken & 1; taken >>= 1)
		keep(run, pfn++);
	for (; taken; taken >>= 1, pfn++)
		if (taken & 1)
			free_pages_to_zone(pfn_to_page(pfn));
	return first;
}

/* Is the page one of a kind that moves several together? A guess. */
static inline bool may_go_in_run(const struct page *page)
{
	const struct movable_kind *kind = __movable_kinds_start + READ_ONCE(page->movable_kind);

	return PAGE_FIELD(READ_ONCE(page->word), STATE) != PG_MOVABLE ||
	       (kind < __movable_kinds_end && kind->move_run);
}

static int take(unsigned long pfn, const struct work *w)
{
	int err;

	if (!w->tries && may_go_in_run(pfn_to_page(pfn)) &&
	    take_run(pfn, w->end_pfn, w->gfp, w->run))
		return 0;
	err = take_from_owner(pfn, w->gfp);
	if (!err)
		keep(w->run, pfn);
	return err;
}

static int take_user_page(unsigned long pfn, const struct work *w)
{
	const struct page *page = pfn_to_page(pfn);
	int err = -EBUSY;

	if (user_page_can_move(page, READ_ONCE(page->word)))
		err = take(pfn, w);
	return err == -EAGAIN ? wait_for_owner(w->tries) : err;
}

/* Does something about the block at pfn. -EAGAIN: it is to be looked at again. */
static int try_to_free(unsigned long pfn, enum page_state state, const struct work *w)
{
	switch (state) {
	case PG_BUDDY:
		return 0;
	case PG_PCP:
		drain_all_pages();
		return -EAGAIN;
	case PG_MOVABLE:
		return take(pfn, w);
	case PG_ALLOCATED:
		return wait_for_owner(w->tries);
	default:
		if (IS_ENABLED(CONFIG_PROCESSES) && state == PG_USER)
			return take_user_page(pfn, w);
		return -EBUSY;
	}
}

/* [pfn, end_pfn) lies in one zone. */
static int empty_part(unsigned long pfn, unsigned long end_pfn, gfp_t gfp,
		      struct page_obstacle *o, struct run *run)
{
	struct work w = { .end_pfn = end_pfn, .gfp = gfp, .run = run };
	struct zone *zone = run->zone;
	unsigned long last_pfn = ~0ul;
	u32 word;

	pfn = first_block(zone, pfn);
	while (pfn < end_pfn && (pfn = next_taken(zone, pfn, end_pfn, &word)) < end_pfn) {
		int err;

		w.tries = pfn == last_pfn ? w.tries + 1 : 0;
		last_pfn = pfn;
		err = try_to_free(pfn, (enum page_state)PAGE_FIELD(word, STATE), &w);
		if (err == -EAGAIN && w.tries < most_tries(gfp))
			continue;
		if (err) {
			o->pfn = pfn;
			movable_describe(pfn, o->what, sizeof(o->what));
			return err == -ENOMEM ? -ENOMEM : -EBUSY;
		}
		/* A run is passed as a whole. */
		pfn = max(pfn + (1ul << PAGE_FIELD(word, ORDER)), run->end_pfn);
	}
	return 0;
}

static int evacuate_part(unsigned long pfn, unsigned long end_pfn, gfp_t gfp,
			 struct page_obstacle *o)
{
	struct run run = { .zone = zone_of_pageblock(ALIGN_DOWN(pfn, pageblock_nr_pages)) };
	int err;

	ASSERT(run.zone, "EV1: the pageblock of frame 0x%lx is in no zone", pfn);
	err = empty_part(pfn, end_pfn, gfp, o, &run);
	put_run_back(&run);
	return err;
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
