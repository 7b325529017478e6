/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: CPUs' lists of a zone are closed, and opened again, for as long as what they may hold
 * changes, or what they take would be in the way.
 *
 * Structure: each CPU closes its own lists, in steps that are interrupts of it: in each its lists
 * may hold what they do and no more, and one gives some of that back. So what they may hold shrinks
 * with each step, whatever the CPU does between, until it is nothing; and a list that may hold
 * nothing is one that blocks go past. A CPU that is offline has empty lists (P4), and stays
 * offline: whoever closes and opens keeps CPUs from coming and going (get_online_mems()).
 *
 * Invariants: P1 and P3 (pcp.c) hold between any two steps.
 *
 * Locking: a CPU's lists are its own, with interrupts off; zone->lock is taken inside. One closes
 * and opens at a time: memory_hotplug_taken.
 *
 * Bounds: a step looks at each list, and gives half a batch of one back; at most as many steps as a
 * CPU may hold blocks of the zone.
 *
 * Configuration: MEMORY_HOTPLUG.
 */
#include <kernel/cpu.h>
#include <kernel/smp.h>

#include "hotplug.h"

struct closing {
	struct zone *zone;
	bool more;			/* [a] */
};

/* For a CPU that is offline: it has none to give back. */
static void may_hold_no_more(struct zone *zone, unsigned int cpu)
{
	unsigned int order, mt;

	for_each_pcp_order(order)
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			per_cpu_ptr(pcp_list_of(zone, order, mt), cpu)->limit = 0;
	*per_cpu_ptr(&pcp_spare_pages[zone_id(zone)], cpu) = 0;
}

bool pcp_close_step(struct zone *zone)
{
	unsigned int order, mt;
	bool gave = false;

	for_each_pcp_order(order) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = this_cpu_ptr(pcp_list_of(zone, order, mt));

			if (list->count && !gave) {
				pcp_drain_looked(zone, list, order, zone->pcp_batch);
				gave = true;
			}
			WRITE_ONCE(list->limit, (u32)list->count);
		}
	}
	*this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]) = 0;
	return gave;
}

/* On each CPU. */
static void close_some(void *arg)
{
	struct closing *closing = arg;

	if (pcp_close_step(closing->zone))
		WRITE_ONCE(closing->more, true);
}

void pcp_close_zone(struct zone *zone)
{
	struct closing closing = { .zone = zone };
	unsigned int cpu;

	do {
		WRITE_ONCE(closing.more, false);
		on_each_cpu(close_some, &closing, true);
	} while (READ_ONCE(closing.more));
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			may_hold_no_more(zone, cpu);
}

static void open_here(void *arg)
{
	pcp_set_cpu_limits(arg, smp_processor_id());
}

void pcp_open_zone(struct zone *zone)
{
	unsigned int cpu;

	on_each_cpu(open_here, zone, true);
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			pcp_set_cpu_limits(zone, cpu);
}
