/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which zones a request may be served from, and in which order.
 *
 * Structure: each node has one list over all nodes: its own zones first, from the highest to
 * the lowest, then those of the next best node, and so on; and one of its own zones alone.
 * The inline paths know the first of the list already (pcp_setup.c).
 *
 * The next best node is the one with the smallest cost, the lowest number among equals:
 *
 *	((distance + 1 if it comes before us + 1 if it has CPUs) * MAX_NUMNODES) + load
 *
 * load grows each time a node was the first at its distance, so that nodes that fall back to
 * the same distance spread over those that lie there. (Linux 6.1's order.)
 *
 * Invariants:
 * L1  A list holds every populated zone once, or every one of its node, and no other.
 * L2  On a list, zones of one node stand together, highest first.
 *
 * Locking: none; built once at boot, constant after it.
 *
 * Configuration: ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE say which zones there are; NUMA, nodes.
 */
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/hot_ranges.h>
#include <mm/numa.h>

#include "internal.h"

bool page_group_by_mobility;				/* [c] */

static __meminitdata u64 nodes_with_cpus;			/* [c] */
static __meminitdata unsigned int node_load[MAX_NUMNODES];	/* [S] */

static __meminit unsigned int node_cost(int local, int nid)
{
	unsigned int cost = node_distance(local, nid);

	cost += nid < local;
	cost += nodes_with_cpus >> nid & 1;
	return cost * MAX_NUMNODES + node_load[nid];
}

/* The best node with RAM that is not in used; -1 when there is none. */
static __meminit int next_best_node(int local, u64 used)
{
	unsigned int best_cost = ~0u;
	int best = -1;

	if (!(used >> local & 1))
		return local;
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		if (used >> nid & 1 || !NODE_DATA(nid)->node_present_pages)
			continue;
		if (node_cost(local, nid) < best_cost) {
			best_cost = node_cost(local, nid);
			best = nid;
		}
	}
	return best;
}

static __meminit unsigned int add_zones(struct zone **zones, unsigned int nr, int nid)
{
	unsigned int idx = MAX_NR_ZONES;

	while (idx-- > 0)
		if (NODE_DATA(nid)->node_zones[idx].present_pages)
			zones[nr++] = &NODE_DATA(nid)->node_zones[idx];
	zones[nr] = NULL;
	return nr;
}

static __meminit void build_zonelists(int local)
{
	pg_data_t *node = NODE_DATA(local);
	unsigned int nr = 0;
	int nid, prev = local;
	u64 used = 0;

	while ((nid = next_best_node(local, used)) >= 0) {
		if (node_distance(local, nid) != node_distance(local, prev))
			node_load[nid]++;
		nr = add_zones(node->zonelist.zones, nr, nid);
		used |= 1ull << nid;
		prev = nid;
	}
	add_zones(node->own_zones, 0, local);
}

void __meminit rebuild_zonelists(void)
{
	int nid;

	memset(node_load, 0, sizeof(node_load));
	for_each_online_node(nid)
		build_zonelists(nid);
}

static __init void find_online_nodes(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		nodes_with_cpus |= 1ull << cpu_descs[cpu].nid;
	for (int nid = 0; IS_ENABLED(CONFIG_NUMA) && nid < MAX_NUMNODES; nid++) {
		bool has_ram = NODE_DATA(nid)->node_present_pages;

		if (!has_ram && nodes_with_cpus >> nid & 1)
			pr_info("Initmem setup node %d as memoryless\n", nid);
		if (has_ram || (nodes_with_cpus | hot_nodes()) >> nid & 1)
			node_set_online(nid);
	}
}

/* The highest zone with RAM, but for MOVABLE, on any node: what a node is preferred for. */
static __init const char *policy_zone(void)
{
	const struct zone *zone, *highest = NULL;

	for_each_populated_zone(zone)
		if (zone->idx <= ZONE_NORMAL && (!highest || zone->idx > highest->idx))
			highest = zone;
	return highest ? highest->name : "none";
}

void __init build_all_zonelists(void)
{
	unsigned long pages = 0, memmap_pages = 0;
	unsigned int nr_nodes = 0;
	struct zone *zone;
	int nid;

	find_online_nodes();
	rebuild_zonelists();
	for_each_online_node(nid)
		nr_nodes++;
	for_each_populated_zone(zone) {
		pages += zone->present_pages;
		memmap_pages += zone_memmap_pages(zone);
	}
	page_group_by_mobility = IS_ENABLED(CONFIG_PAGE_MOBILITY) &&
				 pages >= pageblock_nr_pages * MIGRATE_PCPTYPES;
	gfp_mt_mask = page_group_by_mobility ? GFP_MOVABLE_MASK >> GFP_MOVABLE_SHIFT : 0;
	/* Present less descriptors: Linux up to 6.9 says that, later ones leave them in. */
	pr_info("Built %u zonelists, mobility grouping %s.  Total pages: %lu\n", nr_nodes,
		page_group_by_mobility ? "on" : "off", pages - memmap_pages);
	if (IS_ENABLED(CONFIG_NUMA))
		pr_info("Policy zone: %s\n", policy_zone());
}
