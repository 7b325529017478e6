/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how much each CPU's page lists may hold, and where the inline paths begin; see pcp.c.
 *
 * Structure: formulas after Linux 6.1, from each zone's managed pages and its low mark:
 *
 *	batch = min(managed / 1024, 1 MiB) / 4, then to a power of two less one
 *	high  = low / CPUs of the node, at least 4 * batch
 *
 * high is for all lists of a CPU in a zone (pcp.c). A CPU's home for a set of flags is the
 * list of the first zone of its node's zonelist that may serve them.
 *
 * Invariants:
 * PS1 pcp_batch <= pcp_high, both within the options' values.
 *
 * Locking: none: boot, one CPU; and with MEMORY_HOTPLUG what a zone's lists may hold follows its
 * RAM, for lists that are closed (hotplug_lists.c).
 *
 * Configuration: PCP_BATCH and PCP_HIGH cap what the formulas give.
 */
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/printk.h>

#include "internal.h"

/* Never filled: the home of requests that no zone can serve. */
static struct pcp_list no_list;		/* [c] */

/* CPUs that share a node's zones: its own, or all where it has none. */
static unsigned long __meminit node_cpus(int nid)
{
	unsigned int cpu;
	unsigned long nr = 0;

	for_each_possible_cpu(cpu)
		nr += cpu_descs[cpu].nid == nid;
	return nr ? nr : num_possible_cpus();
}

static void __meminit set_high_and_batch(struct zone *zone)
{
	unsigned long batch = min(zone_pages_to_manage(zone) / 1024, SZ_1M / PAGE_SIZE) / 4;
	unsigned long high;

	batch = max(batch, 1ul);
	batch = (1ul << ilog2(batch + batch / 2)) - 1;
	batch = clamp(batch, 1ul, (unsigned long)CONFIG_PCP_BATCH);
	high = max(zone->watermark[WMARK_LOW] / node_cpus(zone->nid), 4 * batch);
	zone->pcp_high = (unsigned int)min(high, (unsigned long)CONFIG_PCP_HIGH);
	zone->pcp_batch = (unsigned int)min_t(unsigned long, batch, zone->pcp_high);
	/* A CPU keeps pageblocks only where those of all CPUs are a small part of the zone. */
	zone->pcp_pageblocks = PCP_PAGEBLOCKS &&
		node_cpus(zone->nid) * MIGRATE_PCPTYPES * pageblock_nr_pages <=
		zone_pages_to_manage(zone) / PCP_PAGEBLOCK_SHARE;
}

/* Blocks that each list of this order may hold at first; of those that share, none. */
static u32 __meminit list_limit(const struct zone *zone, unsigned int order)
{
	if (order >= PCP_SMALL_ORDERS)
		return zone->pcp_pageblocks;
	return pcp_shares(order) ? 0 : zone->pcp_high / (2 * MIGRATE_PCPTYPES);
}

void __meminit pcp_set_cpu_limits(struct zone *zone, unsigned int cpu)
{
	unsigned int order, mt;

	for_each_pcp_order(order) {
		u32 word = page_word(PG_PCP, order, 0, zone_id(zone));
		u32 limit = list_limit(zone, order);
		struct pcp_list *list = per_cpu_ptr(pcp_list_of(zone, order, 0), cpu);

		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			list->limit = limit;
			list->word = word | mt;
			list = pcp_list_after(list, order);
		}
	}
	pcp_share_reset(zone, cpu);
}

void __meminit pcp_set_limits(struct zone *zone)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		pcp_set_cpu_limits(zone, cpu);
}

/* First zone of cpu's node that may serve these flags. */
static const struct zone *__meminit home_zone(unsigned int cpu, gfp_t gfp)
{
	struct zone *const *z;

	for (z = NODE_DATA(cpu_descs[cpu].nid)->zonelist.zones; *z; z++)
		if ((*z)->idx <= gfp_zone(gfp))
			return *z;
	return NULL;
}

/* Points the CPU's inline paths at the first zones of its zonelist. */
void __meminit pcp_set_homes(unsigned int cpu)
{
	unsigned int order;
	gfp_t gfp;

	for (gfp = 0; gfp <= PCP_HOME_FLAGS; gfp++) {
		const struct zone *zone = home_zone(cpu, gfp);
		unsigned int index = zone ? zone_id(zone) << PAGE_MT_BITS | gfp_migratetype(gfp)
					  : 0;
		struct pcp_home *home = per_cpu_ptr(pcp_home_at(0, gfp), cpu);

		for_each_pcp_order(order) {
			home->list = zone ? per_cpu_ptr(pcp_list_at(order, index), cpu) : &no_list;
			home += PCP_HOME_FLAGS + 1;	/* of the next row */
		}
	}
}

void __meminit pcp_setup_zone(struct zone *zone)
{
	if (zone_pages_to_manage(zone))
		set_high_and_batch(zone);
	else
		zone->pcp_high = zone->pcp_batch = zone->pcp_pageblocks = 0;
}

/* Says of a node's zones what Linux says at its debug level. */
static void __init say_node(pg_data_t *node)
{
	if (node->node_present_pages)
		pr_info("On node %d totalpages: %lu\n", node->node_id, node->node_present_pages);
	for (struct zone *zone = node->node_zones; zone < node->node_zones + MAX_NR_ZONES; zone++) {
		if (zone->present_pages)
			pr_info("  %s zone: %lu pages used for memmap\n", zone->name,
				zone_memmap_pages(zone));
		if (zone_pages_to_manage(zone))
			pr_info("  %s zone: %lu pages, LIFO batch:%u\n", zone->name,
				zone->present_pages, zone->pcp_batch);
	}
}

void __init setup_per_cpu_pageset(void)
{
	struct zone *zone;
	unsigned int cpu;
	int nid;

	for_each_zone(zone) {
		pcp_setup_zone(zone);
		if (zone->pcp_high || IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
			pcp_set_limits(zone);
	}
	for_each_possible_cpu(cpu)
		pcp_set_homes(cpu);
	for_each_online_node(nid)
		say_node(NODE_DATA(nid));
}
