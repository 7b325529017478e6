/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_ISOLATION_H
#define MM_PAGE_ISOLATION_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/gfp_types.h>

/*
 * Pageblocks set aside, CONFIG_MEMORY_ISOLATION. What is free in an isolated pageblock is handed
 * out to nobody and not counted free, and what is freed there joins it. Whoever wants the frames
 * isolates them, waits or sees to it that they become free, and takes them.
 */

#define PAGE_OBSTACLE_BYTES	64

/* What stands in the way: a block that is not going to be freed, or that covers more than the
 * pageblock. */
struct page_obstacle {
	unsigned long pfn;		/* first frame of it in the pageblock */
	char what[PAGE_OBSTACLE_BYTES];	/* its owner, or what it is; cut to what fits */
};

/*
 * Isolates the pageblocks of [start_pfn, end_pfn), both ends pageblock borders. Pages on per-CPU
 * lists stay there, and may be handed out once more: drain_all_pages() first brings them back, and
 * again afterwards those that were freed meanwhile.
 *
 * 0: done. -EBUSY: *o says what is in the way: slab, a page table, what boot kept, a block of a
 * pageblock's size or more that is not free, or a pageblock that is isolated already. -EINVAL: some
 * frame has no descriptor, and *o says which. But for 0 nothing has changed. Any context; the
 * zone's lock is held for one pageblock at a time.
 */
int start_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn,
			     struct page_obstacle *o) __must_check;
/* The way back: each pageblock gets the type that it had. The range was isolated as a whole. Any
 * context. */
void undo_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn);

/*
 * Makes [start_pfn, end_pfn), in pageblocks that the caller has isolated, free as a whole: takes
 * pages from per-CPU lists, and blocks that can move from their owners, whose contents go to blocks
 * outside that gfp allows.
 *
 * 0: all of it is free, and stays so until the isolation is undone. -EBUSY: *o says which block its
 * owner does not let go; -ENOMEM: there is no block for the contents of the one that *o names. What
 * was moved until then stays where it went, and what was freed is free. Process context, no lock
 * held; with MIGRATION alone.
 *
 * Steps: one for each block in the range, those of migrate_page() for each that moves, and
 * EVACUATE_TRIES for the one that stays.
 */
#define EVACUATE_TRIES		16u
/* Where gfp allows to wait: the further ones are a millisecond apart. */
#define EVACUATE_TRIES_WAITING	48u
int evacuate_range(unsigned long start_pfn, unsigned long end_pfn, gfp_t gfp,
		   struct page_obstacle *o) __must_check;

/* Is the pageblock of this frame, which has a descriptor, isolated? A snapshot, unless the caller
 * isolated it. */
bool pageblock_is_isolated(unsigned long pfn);

#endif /* MM_PAGE_ISOLATION_H */
