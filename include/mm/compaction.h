/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_COMPACTION_H
#define MM_COMPACTION_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Making large free blocks out of small ones, CONFIG_COMPACTION: what a request that may wait does
 * before it fails for an order up to pageblock_order (mm/page/compaction.c), and what a thread does
 * for those that may not (mm/page/kcompactd.c).
 */
struct zone;

/* Pageblocks that one call tries to empty. */
#define COMPACT_TRIES		4u

/*
 * Empties a pageblock of the zone, the one with the fewest pages to move, give or take a factor of
 * two. True when one is free as a whole, unless somebody takes it before the caller does. False
 * when no pageblock could be emptied: none consists of free and movable pages alone, the zone has
 * not as many free pages elsewhere, or owners do not let go of COMPACT_TRIES of them. Process
 * context, no lock held.
 *
 * by_thread: no request waits for it, and it is counted so.
 *
 * Steps: COMPACT_TRIES times those of evacuate_range() for a pageblock.
 */
bool compact_zone(struct zone *zone, bool by_thread);

/* As Linux's vmstat counts: calls that ended with a free pageblock, and those that did not. Any
 * context; each is read once. */
struct compact_counts {
	unsigned long success, fail;
};
struct compact_counts compact_counts(void);

#endif /* MM_COMPACTION_H */
