/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which zones a request may be served from, and in which order.
 *
 * Structure: one list for each highest zone a request may use: the populated zones from that
 * one down to the lowest, ended by NULL. preferred_zone_id[] is the first of the list for each
 * combination of the three zone flags, so that the fast path needs no list.
 *
 * Invariants:
 * L1  A list holds populated zones only, each once, none above its highest zone.
 *
 * Locking: none; built once at boot, constant after it.
 *
 * Configuration: ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE say which zones there are.
 */
#define pr_fmt(fmt) fmt
#include <kernel/printk.h>

#include "internal.h"

u8 preferred_zone_id[8];
bool page_group_by_mobility;

static void build_zonelist(pg_data_t *node, unsigned int highest_zone)
{
	struct zonelist *zl = &node->zonelists[highest_zone];
	unsigned int nr = 0, idx = highest_zone + 1;

	while (idx-- > 0)
		if (node->node_zones[idx].present_pages)
			zl->zones[nr++] = &node->node_zones[idx];
	zl->zones[nr] = NULL;
}

void build_all_zonelists(void)
{
	unsigned long pages = 0;
	struct zone *zone;
	unsigned int h, gfp;

	for (h = 0; h < MAX_NR_ZONES; h++)
		build_zonelist(NODE_DATA(0), h);
	for (gfp = 0; gfp < 8; gfp++) {
		const struct zone *first = NODE_DATA(0)->zonelists[gfp_zone(gfp)].zones[0];

		/* Without a zone the lists of zone 0 stay empty, and the slow path says no. */
		preferred_zone_id[gfp] = first ? (u8)zone_id(first) : 0;
	}

	for_each_zone(zone)
		pages += zone->present_pages;
	page_group_by_mobility = IS_ENABLED(CONFIG_PAGE_MOBILITY) &&
				 pages >= pageblock_nr_pages * MIGRATE_TYPES;
	gfp_mt_mask = page_group_by_mobility ? 3 : 0;
	pr_info("Built %d zonelists, mobility grouping %s.  Total pages: %lu\n", MAX_NUMNODES,
		page_group_by_mobility ? "on" : "off", pages);
}
