/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how often a request for pages was met from the node that it preferred, and how often not.
 *
 * Structure: a request prefers the first zone of its node's list that may serve it. What is met
 * inline is a block off a home, which is a list of the preferred zone: the home counts it, and it
 * is a hit. All other requests are counted where they are met, each CPU for itself:
 *
 *	the zone's node is    of the zone it came from    of the zone it preferred
 *	the preferred one     hit
 *	another one           miss                        foreign
 *
 * What a CPU counts at a zone is local if it lies on the zone's node, and other if it does not.
 *
 * Invariants:
 * NE1 Of all zones together, hits and misses are the requests that were met, and so are local and
 *     other; misses are as many as foreign.
 *
 * Locking: a CPU's counts are its own, interrupts off; whoever adds them up reads a snapshot.
 *
 * Configuration: NUMA builds this file.
 */
#include <kernel/cpu.h>

#include "internal.h"

DEFINE_PER_CPU(struct numa_counts, numa_counts[MAX_NUMNODES][MAX_NR_ZONES]);	/* [P*] */

/* What a CPU's homes in this zone have met inline. */
static u64 home_hits(const struct zone *zone, unsigned int cpu)
{
	unsigned int order;
	u64 hits = 0;

	for_each_pcp_order(order) {
		for (gfp_t gfp = 0; gfp <= PCP_HOME_FLAGS; gfp++) {
			const struct pcp_home *home = per_cpu_ptr(pcp_home_at(pcp_row(order), gfp),
								  cpu);

			if ((home->list->word & PCP_INDEX_MASK) >> PAGE_MT_BITS == zone_id(zone))
				hits += READ_ONCE(home->hits);
		}
	}
	return hits;
}

/* One CPU's. */
static u64 events_of_cpu(const struct zone *zone, enum numa_event event, unsigned int cpu)
{
	const struct numa_counts *of = per_cpu_ptr(&numa_counts[zone->nid][zone->idx], cpu);
	bool local = cpu_descs[cpu].nid == zone->nid;

	switch (event) {
	case NUMA_HIT:
		return READ_ONCE(of->hit) + home_hits(zone, cpu);
	case NUMA_MISS:
		return READ_ONCE(of->miss);
	case NUMA_FOREIGN:
		return READ_ONCE(of->foreign);
	case NUMA_LOCAL:
	case NUMA_OTHER:
		if (local != (event == NUMA_LOCAL))
			return 0;
		return READ_ONCE(of->hit) + home_hits(zone, cpu) + READ_ONCE(of->miss);
	default:
		return 0;
	}
}

unsigned long zone_numa_count(const struct zone *zone, enum numa_event event)
{
	unsigned int cpu;
	u64 nr = 0;

	for_each_possible_cpu(cpu)
		nr += events_of_cpu(zone, event, cpu);
	return nr;
}
