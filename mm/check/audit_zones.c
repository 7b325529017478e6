/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: audit's proof of what boot made up about zones, for good: borders, marks, limits, lists.
 *
 * Structure: one pass over the zones, one over the nodes' lists of zones. That RAM lies in the
 * zones that claim it is for the walk over all blocks (audit.c).
 *
 * Invariants: checks Z1 (zone.c), W1, W2 (watermark.c), PS1 (pcp_setup.c), L1 and L2
 * (zonelist.c); this file has none of its own.
 *
 * Locking: audit's.
 *
 * Configuration: none.
 */
#include "internal.h"

/* Borders: below is the populated zone before this one on the same node, or NULL. */
static void check_span(struct walk *w, const struct zone *zone, const struct zone *below)
{
	if (zone->present_pages > zone->spanned_pages ||
	    zone->managed_pages + zone->init_pages > zone->present_pages)
		audit_broken(w, "Z1: zone %s spans %lu frames, of which %lu are RAM and %lu managed",
			     zone->name, zone->spanned_pages, zone->present_pages,
			     zone->managed_pages);
	if (below && zone_end_pfn(below) > zone->zone_start_pfn)
		audit_broken(w, "Z1: zone %s begins at frame 0x%lx, zone %s ends at 0x%lx",
			     zone->name, zone->zone_start_pfn, below->name, zone_end_pfn(below));
}

static void check_marks(struct walk *w, const struct zone *zone)
{
	const unsigned long *mark = zone->watermark, *reserve = zone->lowmem_reserve;
	unsigned int j;

	if (mark[WMARK_MIN] > mark[WMARK_LOW] || mark[WMARK_LOW] > mark[WMARK_HIGH])
		audit_broken(w, "W1: zone %s has marks %lu, %lu, %lu", zone->name, mark[WMARK_MIN],
			     mark[WMARK_LOW], mark[WMARK_HIGH]);
	for (j = 0; j < MAX_NR_ZONES; j++)
		if (j <= zone->idx ? reserve[j] != 0 : reserve[j] < reserve[j - 1])
			audit_broken(w, "W2: zone %s keeps %lu frames from requests up to zone %u",
				     zone->name, reserve[j], j);
	if (zone->pcp_batch > zone->pcp_high || zone->pcp_batch > CONFIG_PCP_BATCH ||
	    zone->pcp_high > CONFIG_PCP_HIGH)
		audit_broken(w, "PS1: zone %s has batch %u and high %u", zone->name,
			     zone->pcp_batch, zone->pcp_high);
}

/* A list of node nid, which should have these many zones. */
static void check_list(struct walk *w, int nid, struct zone *const *zones, unsigned int count)
{
	const struct zone *prev = NULL;
	unsigned int nr = 0;
	u64 nodes = 0;

	for (; nr <= count && zones[nr]; nr++) {
		const struct zone *zone = zones[nr];
		bool same_node = prev && prev->nid == zone->nid;

		if (!zone->present_pages || zone == prev)
			audit_broken(w, "L1: node %d's list has zone %s of node %d %s", nid,
				     zone->name, zone->nid,
				     zone == prev ? "twice" : "without RAM");
		else if (same_node ? zone->idx > prev->idx : nodes >> zone->nid & 1)
			audit_broken(w, "L2: node %d's list has zone %s of node %d in a wrong place",
				     nid, zone->name, zone->nid);
		nodes |= 1ull << zone->nid;
		prev = zone;
	}
	if (nr != count)
		audit_broken(w, "L1: node %d's list has %u zones, not %u", nid, nr, count);
}

void audit_zones(struct walk *w)
{
	unsigned int all = 0, own[MAX_NUMNODES] = { 0 };
	const struct zone *zone, *below = NULL;
	int nid;

	for_each_populated_zone(zone) {
		check_span(w, zone, below && below->nid == zone->nid ? below : NULL);
		check_marks(w, zone);
		below = zone;
		own[zone->nid]++;
		all++;
	}
	for_each_online_node(nid) {
		check_list(w, nid, NODE_DATA(nid)->zonelist.zones, all);
		check_list(w, nid, NODE_DATA(nid)->own_zones, own[nid]);
	}
}
