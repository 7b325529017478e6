/* SPDX-License-Identifier: BSD-2-Clause */
/* A pageblock set aside and given back: one that is free, beside a free one. */
#include <kernel/math.h>
#include <mm/gfp.h>
#include <mm/page_isolation.h>
#include <arch/irq.h>

#include "internal.h"

/* A pageblock that was just freed; 0 when there is none. */
static unsigned long free_pageblock(void)
{
	struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, pageblock_order);
	unsigned long pfn = page ? page_to_pfn(page) : 0;

	if (page)
		__free_pages(page, pageblock_order);
	drain_local_pages();
	return pfn;
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

static void bench_isolation(struct bench *b)
{
	unsigned long flags, pfn;
	char work[BENCH_NAME];
	u64 isolate, undo;

	if (!bench_wanted(b, work, sizeof(work), "isolate pageblock"))
		return;
	flags = arch_local_irq_save();
	pfn = free_pageblock();
	if (pfn && isolate_rounds(pfn, BENCH_WARM_UPS, &isolate, &undo) &&
	    isolate_rounds(pfn, BENCH_ROUNDS, &isolate, &undo))
		bench_batch(b, work, isolate, undo, BENCH_ROUNDS);
	else
		bench_skip(b, work, "no free pageblock");
	arch_local_irq_restore(flags);
}

BENCH_GROUP(isolation, bench_isolation);
