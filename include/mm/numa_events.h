/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_NUMA_EVENTS_H
#define MM_NUMA_EVENTS_H

/*
 * What became of requests for pages on a machine with nodes, by Linux's names, zone by zone; see
 * mm/page/numa_events.c. An event is a request that was met, whatever its order.
 */
enum numa_event {
	NUMA_HIT,		/* met here, and a zone of this node was preferred */
	NUMA_MISS,		/* met here, and a zone of another node was preferred */
	NUMA_FOREIGN,		/* this zone was preferred, another node met it */
	NUMA_INTERLEAVE,	/* never: there is no such policy */
	NUMA_LOCAL,		/* met here, for a CPU of this node */
	NUMA_OTHER,		/* met here, for a CPU of another node */
	NR_NUMA_EVENTS
};

#endif /* MM_NUMA_EVENTS_H */
