/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: counts what happens in mm/, by Linux's names.
 *
 * Structure: each CPU has a word for each event, which whoever lets it happen adds to. Pages that a
 * CPU's own lists hand out and take back are the exception: the inline paths write one word of a
 * list anyway, and that counts the blocks ever taken off it (mm/pcp_count.h). What was put on it is
 * that, and what it holds, less what came from the zone:
 *
 *	zone --PCP_REFILLED--> list --taken--> PGALLOC
 *	                       list <--taken + count - PCP_REFILLED-- PGFREE
 *
 * Invariants:
 * VE1 PGALLOC of all zones less PGFREE is the pages that are handed out, less those that boot and
 *     memory hot-plug had handed out and that were freed since.
 * VE2 No event but PCP_REFILLED is ever counted down.
 *
 * Locking: a CPU's words are its own; each is added to by one atomic operation, since an interrupt
 * may count as well. Whoever adds them up reads a snapshot.
 *
 * Bounds: counting is one addition. A sum looks at each list of each CPU at most SUM_TRIES times.
 *
 * Configuration: VM_EVENT_COUNTERS builds this file; without it nothing is counted anywhere.
 */
#include <kernel/cpu.h>

#include "internal.h"

DEFINE_PER_CPU(u64, vm_events[NR_VM_EVENTS]);		/* [a] */

#define SUM_TRIES	4

/* Pages that a CPU's lists of a zone handed out, and with what_they_hold those beside. */
static u64 zone_lists(const struct zone *zone, unsigned int cpu, bool what_they_hold)
{
	unsigned int order, mt;
	u64 pages = 0;

	for_each_pcp_order(order) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			pcp_state_t state = READ_ONCE(
				per_cpu_ptr(pcp_list_of(zone, order, mt), cpu)->state);

			pages += (pcp_state_taken(state) +
				  (what_they_hold ? pcp_state_count(state) : 0)) << order;
		}
	}
	return pages;
}

static u64 cpu_count(unsigned int cpu, unsigned int item)
{
	return READ_ONCE(*per_cpu_ptr(&vm_events[item], cpu));
}

/* Pages that were put on a CPU's lists by whoever freed them. Read again while a batch moves. */
static u64 freed_to_lists(unsigned int cpu)
{
	u64 pages = 0, refilled = cpu_count(cpu, PCP_REFILLED), before;
	const struct zone *zone;
	unsigned int tries = 0;

	do {
		before = refilled;
		pages = 0;
		for_each_zone(zone)
			pages += zone_lists(zone, cpu, true);
		refilled = cpu_count(cpu, PCP_REFILLED);
	} while (refilled != before && ++tries < SUM_TRIES);
	return pages - refilled;
}

/* Of item, what no CPU's word has. */
static u64 counted_by_lists(unsigned int cpu, unsigned int item)
{
	const struct zone *zone;
	u64 pages = 0;

	if (item == PGFREE)
		return freed_to_lists(cpu);
	for_each_zone(zone)
		if (item == PGALLOC + zone->idx)
			pages += zone_lists(zone, cpu, false);
	return pages;
}

unsigned long vm_event_sum(unsigned int item)
{
	unsigned int cpu;
	u64 nr = 0;

	for_each_possible_cpu(cpu)
		nr += cpu_count(cpu, item) + counted_by_lists(cpu, item);
	return nr;
}
