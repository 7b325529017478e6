/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the marks below which a zone keeps its pages from requests, the reserves lower zones
 * keep from requests that could have gone higher, and the per-CPU lists' limits.
 *
 * Structure: formulas after Linux 6.1, from each zone's managed pages:
 *
 *	min_free_kbytes = isqrt(16 * kB that kernel requests can use), within 128 .. 262144
 *	min             = pages of min_free_kbytes, shared out by managed pages
 *	distance        = max(min / 4, managed * 0.1 %);  low = min + d;  high = low + d
 *	lowmem_reserve[j] of zone i = managed of zones i+1 .. j / ratio of zone i
 *	batch = min(managed / 1024, 1 MiB) / 4, then to a power of two less one
 *	pcp high = low / CPUs of the node, at least 4 * batch
 *
 * Invariants:
 * W1  min <= low <= high in each zone.
 * W2  lowmem_reserve[j] is 0 for j <= i and does not fall as j grows.
 * W3  pcp_batch <= pcp_high, both within the options' values.
 *
 * Locking: none; computed once at boot, constant after it.
 *
 * Configuration: PCP_BATCH and PCP_HIGH cap what the formulas give.
 */
#include <kernel/cpu.h>

#include "internal.h"

#define MIN_FREE_KBYTES_LEAST	128ul
#define MIN_FREE_KBYTES_MOST	262144ul
#define WATERMARK_SCALE		10ul	/* of 10000 */

unsigned long min_free_kbytes;

/* A zone keeps 1/ratio of what lies above it from requests that could go there; 0 is none. */
static const unsigned int lowmem_reserve_ratio[MAX_NR_ZONES] = {
#if defined(CONFIG_ZONE_DMA)
	[ZONE_DMA] = 256,
#endif
#if defined(CONFIG_ZONE_DMA32)
	[ZONE_DMA32] = 256,
#endif
	[ZONE_NORMAL] = 32,
};

/* Managed pages as they will be after boot: the marks are computed once and hold for good. */
static unsigned long pages_to_manage(const struct zone *zone)
{
	return zone->managed_pages + zone->init_pages;
}

/* x * scale / 10000 without overflow, rounded as the formula's source rounds. */
static unsigned long scale_10000(unsigned long x, unsigned long scale)
{
	return x / 10000 * scale + x % 10000 * scale / 10000;
}

static void set_marks(struct zone *zone, unsigned long pages_min, unsigned long all_pages)
{
	unsigned long t = all_pages ? pages_min * pages_to_manage(zone) / all_pages : 0;
	unsigned long distance = max(t / 4, scale_10000(pages_to_manage(zone), WATERMARK_SCALE));

	zone->watermark[WMARK_MIN] = t;
	zone->watermark[WMARK_LOW] = t + distance;
	zone->watermark[WMARK_HIGH] = t + 2 * distance;
}

static void set_lowmem_reserve(pg_data_t *node)
{
	unsigned int i, j;

	for (i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = &node->node_zones[i];
		unsigned long above = 0;

		for (j = 0; j < MAX_NR_ZONES; j++) {
			if (j > i)
				above += pages_to_manage(&node->node_zones[j]);
			zone->lowmem_reserve[j] = lowmem_reserve_ratio[i] && pages_to_manage(zone)
						  ? above / lowmem_reserve_ratio[i] : 0;
		}
	}
}

/* CPUs that share a node's zones: its own, or all where it has none. */
static unsigned long node_cpus(int nid)
{
	unsigned int cpu;
	unsigned long nr = 0;

	for_each_possible_cpu(cpu)
		nr += cpu_descs[cpu].nid == nid;
	return nr ? nr : num_possible_cpus();
}

static void set_pcp(struct zone *zone)
{
	unsigned long batch = min(pages_to_manage(zone) / 1024, SZ_1M / PAGE_SIZE) / 4;
	unsigned long high;

	batch = max(batch, 1ul);
	batch = (1ul << ilog2(batch + batch / 2)) - 1;
	batch = clamp(batch, 1ul, (unsigned long)CONFIG_PCP_BATCH);
	high = max(zone->watermark[WMARK_LOW] / node_cpus(zone->nid), 4 * batch);
	zone->pcp_high = (unsigned int)min(high, (unsigned long)CONFIG_PCP_HIGH);
	zone->pcp_batch = (unsigned int)min_t(unsigned long, batch, zone->pcp_high);
	/* Whole pageblocks at hand are worth it where they are a small part of the zone. */
	zone->pcp_pageblocks = PCP_PAGEBLOCKS &&
		node_cpus(zone->nid) * MIGRATE_PCPTYPES * pageblock_nr_pages <=
		pages_to_manage(zone) / PCP_PAGEBLOCK_SHARE;
	pcp_set_limits(zone);
}

void init_per_zone_wmark_min(void)
{
	unsigned long lowmem_pages = 0, all_pages = 0;
	struct zone *zone;
	int nid;

	for_each_zone(zone) {
		all_pages += pages_to_manage(zone);
		if (zone->idx <= ZONE_NORMAL)
			lowmem_pages += pages_to_manage(zone);
	}
	min_free_kbytes = clamp(int_sqrt(lowmem_pages * (PAGE_SIZE / 1024) * 16),
				MIN_FREE_KBYTES_LEAST, MIN_FREE_KBYTES_MOST);

	for_each_zone(zone) {
		set_marks(zone, min_free_kbytes / (PAGE_SIZE / 1024), all_pages);
		if (pages_to_manage(zone))
			set_pcp(zone);
	}
	for_each_online_node(nid)
		set_lowmem_reserve(NODE_DATA(nid));
	pcp_set_homes();
}
