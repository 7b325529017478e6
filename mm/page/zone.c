/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: nodes and zones from memblock.memory: where each begins, how much of it is RAM.
 *
 * Structure: zone_limits[] is the table of zones, ascending, each up to a physical limit;
 * MOVABLE has none but takes the top of RAM, and the zones below end where it begins.
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
 * Configuration: ZONE_DMA and its limit, ZONE_DMA32, ZONE_MOVABLE and its size; the boot
 * argument movablecore= overrides the size.
 */
#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <mm/memblock.h>

#include "internal.h"

/* Half of RAM at most is movable: the kernel itself lives from the rest. */
#define MOVABLE_SHARE_MOST	2

pg_data_t node_data[MAX_NUMNODES];
unsigned long min_low_pfn, max_pfn;

const char *const migratetype_names[MIGRATE_TYPES] = {
	[MIGRATE_UNMOVABLE] = "Unmovable",
#if defined(CONFIG_PAGE_MOBILITY)
	[MIGRATE_MOVABLE] = "Movable",
	[MIGRATE_RECLAIMABLE] = "Reclaimable",
#endif
};

/* limit_pfn: one past the zone's last possible frame. */
static const struct {
	const char *name;
	unsigned long limit_pfn;
} zone_limits[MAX_NR_ZONES] = {
#if defined(CONFIG_ZONE_DMA)
	[ZONE_DMA] = { "DMA", CONFIG_ZONE_DMA_LIMIT_MB * SZ_1M / PAGE_SIZE },
#endif
#if defined(CONFIG_ZONE_DMA32)
	[ZONE_DMA32] = { "DMA32", 4 * SZ_1G / PAGE_SIZE },
#endif
	[ZONE_NORMAL] = { "Normal", MAX_PHYSMEM_PFN },
#if defined(CONFIG_ZONE_MOVABLE)
	[ZONE_MOVABLE] = { "Movable", MAX_PHYSMEM_PFN },
#endif
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

#if defined(CONFIG_ZONE_MOVABLE)
/* What was asked for the whole machine. */
static __init unsigned long movable_pages_wanted(void)
{
	unsigned long pages = CONFIG_ZONE_MOVABLE_SIZE_MB * (SZ_1M / PAGE_SIZE);
	const char *end;
	char text[32];
	bool ok;
	u64 bytes;

	if (cmdline_get("movablecore", text, sizeof(text)) <= 0)
		return pages;
	bytes = memparse(text, &end, &ok);
	if (ok && !*end)
		return bytes / PAGE_SIZE;
	pr_warn("movablecore=%s is not a size; keeping %d MB of CONFIG_ZONE_MOVABLE_SIZE_MB\n",
		text, CONFIG_ZONE_MOVABLE_SIZE_MB);
	return pages;
}

/* First frame of a node's ZONE_MOVABLE: its top frames that make up want pages. */
static __init unsigned long movable_start_pfn(const pg_data_t *node, unsigned long want)
{
	unsigned long start_pfn = node->node_start_pfn + node->node_spanned_pages;
	unsigned long i = memblock.memory.cnt;

	if (want > node->node_present_pages / MOVABLE_SHARE_MOST) {
		want = node->node_present_pages / MOVABLE_SHARE_MOST;
		pr_warn("Node %d: ZONE_MOVABLE is cut to %lu MB, half of its RAM; lower "
			"CONFIG_ZONE_MOVABLE_SIZE_MB or movablecore=\n", node->node_id,
			want * PAGE_SIZE / SZ_1M);
	}
	while (want && i-- > 0) {
		const struct memblock_region *r = &memblock.memory.regions[i];
		unsigned long pages = PFN_DOWN(r->base + r->size) - PFN_UP(r->base);
		unsigned long take = min(pages, want);

		if (region_nid(r) != node->node_id)
			continue;
		start_pfn = PFN_DOWN(r->base + r->size) - take;
		want -= take;
	}
	return ALIGN_UP(start_pfn, max(MAX_ORDER_NR_PAGES, pageblock_nr_pages));
}
#else
static __init unsigned long movable_pages_wanted(void)
{
	return 0;
}

static __init unsigned long movable_start_pfn(const pg_data_t *node, unsigned long want)
{
	(void)node;
	(void)want;
	return MAX_PHYSMEM_PFN;
}
#endif

static __init void report_zones(void)
{
	unsigned long from_pfn = min_low_pfn;
	const struct memblock_region *r;
	unsigned int idx;

	pr_info("Zone ranges:\n");
	for (idx = 0; idx <= ZONE_NORMAL; idx++) {
		unsigned long end_pfn = min(zone_limits[idx].limit_pfn, max_pfn);

		if (from_pfn < end_pfn)
			pr_info("  %-8s [mem 0x%016llx-0x%016llx]\n", zone_limits[idx].name,
				(unsigned long long)PFN_PHYS(from_pfn),
				(unsigned long long)PFN_PHYS(end_pfn) - 1);
		else
			pr_info("  %-8s empty\n", zone_limits[idx].name);
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
		if (r->size)
			pr_info("  node %3d: [mem 0x%016llx-0x%016llx]\n", region_nid(r),
				(unsigned long long)r->base,
				(unsigned long long)(r->base + r->size - 1));
}

static __init void node_init_zones(pg_data_t *node, unsigned long movable_pfn)
{
	unsigned long from_pfn = 0;
	unsigned int idx;

	for (idx = 0; idx < MAX_NR_ZONES; idx++) {
		struct zone *zone = &node->node_zones[idx];
		unsigned long first, last, end_pfn = zone_limits[idx].limit_pfn;

		if (idx <= ZONE_NORMAL)
			end_pfn = min(end_pfn, movable_pfn);
		end_pfn = max(end_pfn, from_pfn);
		zone->name = zone_limits[idx].name;
		zone->idx = idx;
		zone->nid = node->node_id;
		zone->present_pages = ram_in_range(node->node_id, from_pfn, end_pfn, &first,
						   &last);
		zone->zone_start_pfn = first;
		zone->spanned_pages = last - first;
		zone->managed_pages = 0;
		buddy_zone_init(zone);
		if (PAGEBLOCKS_KEPT)
			zone_set_pageblock_bias(zone);
		from_pfn = end_pfn;
	}
}

void __init free_area_init(void)
{
	unsigned long nr_nodes = 0, movable_pages = movable_pages_wanted();

	min_low_pfn = PFN_UP(memblock_start_of_DRAM());
	max_pfn = PFN_DOWN(memblock_end_of_DRAM());
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		pg_data_t *node = NODE_DATA(nid);
		unsigned long first, last;

		node->node_id = nid;
		node->node_present_pages = ram_in_range(nid, 0, MAX_PHYSMEM_PFN, &first, &last);
		node->node_start_pfn = first;
		node->node_spanned_pages = last - first;
		nr_nodes += node->node_present_pages != 0;
	}
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		pg_data_t *node = NODE_DATA(nid);

		node_init_zones(node, movable_start_pfn(node, movable_pages / nr_nodes));
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
