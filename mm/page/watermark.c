/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the marks below which a zone keeps its pages from requests, and the reserves lower zones
 * keep from requests that could have gone higher.
 *
 * Structure: formulas after Linux 6.1, from each zone's managed pages:
 *
 *	min_free_kbytes = isqrt(16 * kB that kernel requests can use), within 128 .. 262144
 *	min             = pages of min_free_kbytes, shared out by managed pages
 *	distance        = max(min / 4, managed * 0.1 %);  low = min + d;  high = low + d
 *	lowmem_reserve[j] of zone i = managed of zones i+1 .. j / ratio of zone i (zone.c)
 *
 * Invariants:
 * W1  min <= low <= high in each zone.
 * W2  lowmem_reserve[j] is 0 for j <= i and does not fall as j grows.
 *
 * Locking: none; computed once at boot, constant after it.
 *
 * Configuration: none; ZONE_DMA, ZONE_DMA32 and ZONE_MOVABLE say which zones there are.
 */
#include <kernel/init.h>

#include "internal.h"

#define MIN_FREE_KBYTES_LEAST	128ul
#define MIN_FREE_KBYTES_MOST	262144ul
#define WATERMARK_SCALE		10ul	/* of 10000 */

unsigned long min_free_kbytes;		/* [S] */

/* x * scale / 10000 without overflow, rounded as the formula's source rounds. */
static unsigned long __meminit scale_10000(unsigned long x, unsigned long scale)
{
	return x / 10000 * scale + x % 10000 * scale / 10000;
}

static void __meminit set_marks(struct zone *zone, unsigned long pages_min, unsigned long all_pages)
{
	unsigned long pages = zone_pages_to_manage(zone);
	unsigned long t = all_pages ? pages_min * pages / all_pages : 0;
	unsigned long distance = max(t / 4, scale_10000(pages, WATERMARK_SCALE));

	zone->watermark[WMARK_MIN] = t;
	zone->watermark[WMARK_LOW] = t + distance;
	zone->watermark[WMARK_HIGH] = t + 2 * distance;
}

static void __meminit set_lowmem_reserve(pg_data_t *node)
{
	const struct zone_row *row;

	for_each_zone_row(row) {
		struct zone *zone = &node->node_zones[row->idx];
		unsigned int ratio = zone_pages_to_manage(zone) ? row->reserve_ratio : 0;
		unsigned long above = 0;

		for (unsigned int j = 0; j < MAX_NR_ZONES; j++) {
			if (j > row->idx)
				above += zone_pages_to_manage(&node->node_zones[j]);
			zone->lowmem_reserve[j] = ratio ? above / ratio : 0;
		}
	}
}

void __meminit setup_per_zone_wmarks(void)
{
	unsigned long lowmem_pages = 0, all_pages = 0;
	struct zone *zone;

	for_each_zone(zone) {
		all_pages += zone_pages_to_manage(zone);
		if (zone->idx <= ZONE_NORMAL)
			lowmem_pages += zone_pages_to_manage(zone);
	}
	min_free_kbytes = clamp(int_sqrt(lowmem_pages * (PAGE_SIZE / 1024) * 16),
				MIN_FREE_KBYTES_LEAST, MIN_FREE_KBYTES_MOST);
	for_each_zone(zone)
		set_marks(zone, min_free_kbytes / (PAGE_SIZE / 1024), all_pages);
}

void __meminit setup_per_zone_lowmem_reserve(void)
{
	int nid;

	for_each_online_node(nid)
		set_lowmem_reserve(NODE_DATA(nid));
}
