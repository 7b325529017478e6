/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the report of a request that could not be met: what was asked, and how each zone
 * stands.
 *
 * Structure: one line for the request, then for each zone its marks and its free blocks of
 * each order. Only the first few failures are reported in full, then each power of two.
 *
 * Invariants: none.
 *
 * Locking: counters are read as snapshots; the failure counter may lose a beat.
 *
 * Configuration: none; __GFP_NOWARN silences a request.
 */
#include <kernel/printk.h>

#include "internal.h"

static void show_zone(const struct zone *zone)
{
	unsigned int order, mt;

	pr_warn("%s free:%lukB min:%lukB low:%lukB high:%lukB present:%lukB managed:%lukB\n",
		zone->name, zone_free_pages(zone) * 4, zone->watermark[WMARK_MIN] * 4,
		zone->watermark[WMARK_LOW] * 4, zone->watermark[WMARK_HIGH] * 4,
		zone->present_pages * 4, zone->managed_pages * 4);
	IF_ENABLED(CONFIG_CMA, pr_warn("%s free_cma:%lukB\n", zone->name,
				       READ_ONCE(zone_nr_special(zone, MIGRATE_CMA)) * 4);)
	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned long nr = 0;

		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			nr += zone->free_area[order].nr_free[mt];
		if (nr)
			pr_warn("%s: %lu*%lukB\n", zone->name, nr, (PAGE_SIZE << order) / 1024);
	}
}

void warn_alloc_failed(gfp_t gfp, unsigned int order, bool waited)
{
	static unsigned long all_failures;	/* [a] */
	unsigned long failures = count_report(&all_failures);
	const struct zone *zone;

	if (!failures)
		return;
	pr_warn("page allocation failure: order:%u, mode:0x%x (failure %lu)\n", order, gfp,
		failures);
	if (order > MAX_ORDER) {
		pr_warn("the largest block is order %d: raise CONFIG_MAX_ORDER\n", MAX_ORDER);
		return;
	}
	if (waited)
		pr_warn("the request waited %u ms and nobody gave memory back: raise "
			"CONFIG_RECLAIM_WAIT_MS, or have less in use\n", RECLAIM_WAIT_MS);
	pr_warn("Mem-Info:\n");
	for_each_populated_zone(zone)
		show_zone(zone);
}
