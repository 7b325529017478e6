/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: nodes and zones from memblock.memory: where each begins, how much of it is RAM.
 *
 * Structure: zone_rows[] is the table of zones, ascending, each up to a physical limit; MOVABLE
 * has none but takes the top of RAM (../boot/zone_movable.c), and the zones below end where it
 * begins.
 * The rows of zones that are not configured are passed over, and no node has such a zone.
 *
 *	0        DMA limit          4 GiB                movable start      end of RAM
 *	|  DMA   |      DMA32       |       NORMAL       |     MOVABLE      |
 *
 * Each node has all of them, for the RAM that is its own; MOVABLE is shared out evenly.
 *
 * Invariants:
 * Z1  Zones of a node do not overlap; present <= spanned; managed <= present.
 * Z2  A border between zones is a multiple of the largest block, so that no block and no
 *     pageblock has two zones.
 * Z3  Every frame of memblock.memory is in exactly one zone.
 *
 * Locking: none; boot only, but for totalram_pages(), which reads snapshots. Bounds: zones x
 * regions.
 *
 * Configuration: ZONE_DMA and its limit, ZONE_DMA32, ZONE_MOVABLE.
 */
#include <kernel/init.h>
#include <kernel/printk.h>
#include <mm/memblock.h>
#include <mm/zone_movable.h>

#include "internal.h"

#define BEGINS_LINE(field) \
	(CONFIG_NR_CPUS == 1 || offsetof(struct zone, field) % L1_CACHE_BYTES == 0)

/* A CPU that waits for the lock, or reads the marks, takes no line from the one that holds it. */
BUILD_ASSERT(BEGINS_LINE(lock) && BEGINS_LINE(free_orders) && BEGINS_LINE(managed_pages),
	     "each group of struct zone begins a line of the cache");
BUILD_ASSERT(offsetof(struct zone, lowmem_reserve[MIN_CONST(MAX_NR_ZONES, 3)]) <= L1_CACHE_BYTES,
	     "what a request asks of a zone is in one line");

pg_data_t node_data[MAX_NUMNODES];	/* [f] */

const char *const migratetype_names[MIGRATE_TYPES] = {
	[MIGRATE_UNMOVABLE] = "Unmovable",
	IF_ENABLED(CONFIG_PAGE_MOBILITY, [MIGRATE_MOVABLE] = "Movable",)
	IF_ENABLED(CONFIG_PAGE_MOBILITY, [MIGRATE_RECLAIMABLE] = "Reclaimable",)
	IF_ENABLED(CONFIG_HIGHATOMIC, [MIGRATE_HIGHATOMIC] = "HighAtomic",)
	IF_ENABLED(CONFIG_CMA, [MIGRATE_CMA] = "CMA",)
	IF_ENABLED(CONFIG_MEMORY_ISOLATION, [MIGRATE_ISOLATE] = "Isolate",)
};

/* The ratios are Linux's. */
__meminitconst const struct zone_row zone_rows[NR_ZONE_ROWS] = {
	{
		.name = "DMA", .idx = ZONE_DMA, .present = IS_ENABLED(CONFIG_ZONE_DMA),
		.limit_pfn = ZONE_DMA_LIMIT_MB * SZ_1M / PAGE_SIZE, .reserve_ratio = 256,
	}, {
		.name = "DMA32", .idx = ZONE_DMA32, .present = IS_ENABLED(CONFIG_ZONE_DMA32),
		.limit_pfn = 4 * SZ_1G / PAGE_SIZE, .reserve_ratio = 256,
	}, {
		.name = "Normal", .idx = ZONE_NORMAL, .present = true,
		.limit_pfn = MAX_PHYSMEM_PFN, .reserve_ratio = 32,
	}, {
		.name = "Movable", .idx = ZONE_MOVABLE, .present = IS_ENABLED(CONFIG_ZONE_MOVABLE),
		.limit_pfn = MAX_PHYSMEM_PFN, .reserve_ratio = 0,
	},
};

/* Frames of RAM of node nid in [start_pfn, end_pfn); *first and *last enclose them. */
static __init unsigned long ram_in_range(int nid, unsigned long start_pfn, unsigned long end_pfn,
					 unsigned long *first_pfn, unsigned long *last_pfn)
{
	unsigned long pages = 0;
	struct memblock_region *r;

	*first_pfn = *last_pfn = 0;
	for_each_mem_region(r) {
		unsigned long s = max(PFN_UP(r->base), start_pfn);
		unsigned long e = min(PFN_DOWN(r->base + r->size), end_pfn);

		if (s >= e || region_nid(r) != nid)
			continue;
		if (!pages)
			*first_pfn = s;
		*last_pfn = e;
		pages += e - s;
	}
	return pages;
}

static __init void report_zones(void)
{
	unsigned long from_pfn = min_low_pfn;
	const struct memblock_region *r;
	const struct zone_row *row;

	pr_info("Zone ranges:\n");
	for_each_zone_row(row) {
		unsigned long end_pfn = min(row->limit_pfn, max_pfn);

		if (row->idx > ZONE_NORMAL)
			break;
		if (from_pfn < end_pfn)
			pr_info("  %-8s [mem 0x%016llx-0x%016llx]\n", row->name,
				(unsigned long long)PFN_PHYS(from_pfn),
				(unsigned long long)PFN_PHYS(end_pfn) - 1);
		else
			pr_info("  %-8s empty\n", row->name);
		from_pfn = max(from_pfn, end_pfn);
	}
	pr_info("Movable zone start for each node\n");
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		const struct zone *last = &NODE_DATA(nid)->node_zones[MAX_NR_ZONES - 1];

		if (last->idx > ZONE_NORMAL && last->present_pages)
			pr_info("  Node %d: 0x%016llx\n", nid,
				(unsigned long long)PFN_PHYS(last->zone_start_pfn));
	}
	pr_info("Early memory node ranges\n");
	for_each_mem_region(r)
		pr_info("  node %3d: [mem 0x%016llx-0x%016llx]\n", region_nid(r),
			(unsigned long long)r->base, (unsigned long long)(r->base + r->size - 1));
}

static __init unsigned long node_movable_pfn(int nid)
{
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE) && movable_start_pfn[nid])
		return movable_start_pfn[nid];
	return MAX_PHYSMEM_PFN;
}

static __init void node_init_zones(pg_data_t *node)
{
	unsigned long from_pfn = 0, movable_pfn = node_movable_pfn(node->node_id);
	const struct zone_row *row;

	for_each_zone_row(row) {
		struct zone *zone = &node->node_zones[row->idx];
		unsigned long first, last, end_pfn = row->limit_pfn;

		if (row->idx <= ZONE_NORMAL)
			end_pfn = min(end_pfn, movable_pfn);
		end_pfn = max(end_pfn, from_pfn);
		zone->name = row->name;
		zone->idx = row->idx;
		zone->nid = node->node_id;
		zone->present_pages = ram_in_range(node->node_id, from_pfn, end_pfn, &first,
						   &last);
		zone->zone_start_pfn = first;
		zone->spanned_pages = last - first;
		zone->managed_pages = 0;
		IF_ENABLED(CONFIG_CMA, zone->cma_pages = 0;)
		buddy_zone_init(zone);
		if (PAGEBLOCKS_KEPT)
			zone_set_pageblock_bias(zone);
		from_pfn = end_pfn;
	}
}

void __init free_area_init(void)
{
	memblock_find_pfn_limits();
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		pg_data_t *node = NODE_DATA(nid);
		unsigned long first, last;

		node->node_id = nid;
		node->node_present_pages = ram_in_range(nid, 0, MAX_PHYSMEM_PFN, &first, &last);
		node->node_start_pfn = first;
		node->node_spanned_pages = last - first;
		node_init_zones(node);
	}
	report_zones();
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		const pg_data_t *node = NODE_DATA(nid);

		if (node->node_present_pages)
			pr_info("Initmem setup node %d [mem 0x%016llx-0x%016llx]\n", nid,
				(unsigned long long)PFN_PHYS(node->node_start_pfn),
				(unsigned long long)PFN_PHYS(node->node_start_pfn +
							     node->node_spanned_pages) - 1);
	}
}

unsigned long totalram_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		pages += READ_ONCE(zone->managed_pages);
	return pages;
}
