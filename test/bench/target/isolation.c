/* SPDX-License-Identifier: BSD-2-Clause */
/* A pageblock set aside and given back: one that is free, and one of a larger free block. */
#include <kernel/math.h>
#include <mm/gfp.h>
#include <mm/page_isolation.h>
#include <arch/irq.h>

#include "internal.h"

static struct page *take_pageblock(void)
{
	return alloc_pages(GFP_NOWAIT | __GFP_NOWARN, pageblock_order);
}

/* A pageblock that is free, and the one beside it, which is not; false when there are none. */
static bool pageblock_beside(struct page **free, struct page **beside)
{
	struct page *page, *others[8];
	unsigned int nr = 0;

	*free = *beside = NULL;
	drain_local_pages();
	while (nr < ARRAY_SIZE(others) && !*beside && (page = take_pageblock())) {
		for (unsigned int i = 0; i < nr; i++) {
			if ((page_to_pfn(others[i]) ^ page_to_pfn(page)) == pageblock_nr_pages) {
				*free = page;
				*beside = others[i];
			}
		}
		others[nr++] = page;
	}
	while (nr-- > 0)
		if (others[nr] != *beside)
			__free_pages(others[nr], pageblock_order);
	drain_local_pages();
	return *beside;
}

static bool isolate_rounds(unsigned long pfn, unsigned int rounds, u64 *isolate, u64 *undo)
{
	const u64 cost = bench_read_cost();
	struct page_obstacle o;

	*isolate = *undo = 0;
	while (rounds-- > 0) {
		u64 from = arch_instret(), done;
		int err = start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o);

		done = arch_instret();
		*isolate += done - from - cost;
		if (err)
			return false;
		from = arch_instret();
		undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
		*undo += arch_instret() - from - cost;
	}
	return true;
}

static void run(struct bench *b, const char *work, unsigned long pfn)
{
	u64 isolate, undo;

	if (isolate_rounds(pfn, BENCH_WARM_UPS, &isolate, &undo) &&
	    isolate_rounds(pfn, BENCH_ROUNDS, &isolate, &undo))
		bench_batch(b, work, isolate, undo, BENCH_ROUNDS);
	else
		bench_skip(b, work, "it cannot be isolated");
}

static void bench_isolation(struct bench *b)
{
	struct page *free, *beside;
	char work[BENCH_NAME];
	unsigned long flags;

	if (!bench_wanted(b, work, sizeof(work), "isolate pageblock"))
		return;
	flags = arch_local_irq_save();
	if (pageblock_beside(&free, &beside)) {
		run(b, work, page_to_pfn(free));
		__free_pages(beside, pageblock_order);
		drain_local_pages();
		if (bench_wanted(b, work, sizeof(work), "isolate pageblock of_larger_block"))
			run(b, work, page_to_pfn(free));
	} else {
		bench_skip(b, work, "no two pageblocks side by side");
	}
	arch_local_irq_restore(flags);
}

BENCH_GROUP(isolation, bench_isolation);
