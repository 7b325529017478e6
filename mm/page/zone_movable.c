/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how much of RAM is for movable pages alone, and where it begins in each node.
 *
 * Structure: what is wanted of the whole machine is shared out evenly among the nodes with RAM; of
 * a node it is the top frames.
 *
 * Invariants:
 * Z4  At most half of a node's RAM is movable: the kernel itself lives from the rest.
 *
 * Locking: none; boot only. Bounds: regions.
 *
 * Configuration: ZONE_MOVABLE builds this file; ZONE_MOVABLE_SIZE_MB, which the boot argument
 * movablecore= overrides.
 */
#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <mm/memblock.h>

#include "internal.h"

#define MOVABLE_SHARE_MOST	2

unsigned long __init movable_pages_wanted(void)
{
	static const struct number_wanted wanted __initconst = { 0, ~0ull, "a size such as 512M" };
	u64 bytes = (u64)ZONE_MOVABLE_SIZE_MB * SZ_1M;

	cmdline_get_number("movablecore", &wanted, &bytes);
	return bytes / PAGE_SIZE;
}

unsigned long __init movable_start_pfn(const pg_data_t *node, unsigned long want)
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
