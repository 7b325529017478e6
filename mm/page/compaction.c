/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: makes a pageblock free by moving what it holds.
 *
 * Structure: the zone's candidates (candidates.c) are pageblocks of free and movable pages alone.
 * The one with the fewest movable pages is isolated, so that what is freed in it stays there,
 * emptied (evacuate.c) and given back: now it is one free block. A pageblock that is not let go of
 * is no candidate until pages come and go in it.
 *
 *	| M . . M . . . . |   the two M move elsewhere   | . . . . . . . . |
 *
 * Contents go wherever there is a free page, below any mark: for each page that is taken one is
 * given back.
 *
 * Invariants:
 * CO1 A pageblock that was isolated here is so no more when the call returns.
 *
 * Locking: zone->lock to choose; none while pages move.
 *
 * Bounds: COMPACT_TRIES pageblocks; each takes as many moves as it has movable pages.
 *
 * Configuration: COMPACTION.
 */
#include <kernel/undo.h>
#include <mm/compaction.h>
#include <mm/page_isolation.h>

#include "internal.h"

/* For the contents: it must not come here again. */
#define COMPACT_GFP		(GFP_NOWAIT | __GFP_MEMALLOC)

static unsigned long successes, failures;		/* [a] */

struct compact_counts compact_counts(void)
{
	return (struct compact_counts){ __atomic_load_n(&successes, __ATOMIC_RELAXED),
					__atomic_load_n(&failures, __ATOMIC_RELAXED) };
}

/* The best candidate, if the zone has room for its pages outside it. */
static unsigned long choose(struct zone *zone, unsigned int *movable_pages)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock), pfn, free_elsewhere;

	pfn = candidate_first(zone, movable_pages);
	if (pfn != PFN_NONE) {
		free_elsewhere = zone->nr_free_pages - (pageblock_nr_pages - *movable_pages);
		if (free_elsewhere < *movable_pages)
			pfn = PFN_NONE;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

static void pass_over(struct zone *zone, unsigned long pfn)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	candidate_pass_over(zone, pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Is the pageblock free now? */
static bool empty(unsigned long pfn)
{
	unsigned long end_pfn = pfn + pageblock_nr_pages;
	struct page_obstacle o;
	int err = start_isolate_page_range(pfn, end_pfn, &o);

	if (!err) {
		err = evacuate_range(pfn, end_pfn, COMPACT_GFP, &o);
		undo_isolate_page_range(pfn, end_pfn);
	}
	return !err;
}

bool compact_zone(struct zone *zone, bool by_thread)
{
	bool done = false;

	assert_no_locks_held("a zone is compacted");
	for (unsigned int tries = 0; tries < COMPACT_TRIES && !done; tries++) {
		unsigned int movable_pages;
		unsigned long pfn = choose(zone, &movable_pages);

		if (pfn == PFN_NONE)
			break;
		count_vm_events(by_thread ? KCOMPACTD_MIGRATE_SCANNED : COMPACTMIGRATE_SCANNED,
				movable_pages);
		done = empty(pfn);
		if (done) {
			count_vm_events(COMPACTISOLATED, movable_pages);
		} else {
			UNDO_PATH("the pageblock cannot be emptied");
			pass_over(zone, pfn);
		}
	}
	if (!by_thread)
		count_vm_event(COMPACTSTALL);
	count_vm_event(done ? COMPACTSUCCESS : COMPACTFAIL);
	__atomic_fetch_add(done ? &successes : &failures, 1, __ATOMIC_RELAXED);
	return done;
}
