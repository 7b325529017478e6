/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_HOT_RANGES_H
#define MM_HOT_RANGES_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/config.h>

/*
 * RAM that boot leaves offline, CONFIG_MEMORY_HOTPLUG: whole sections, by address. They are not in
 * memblock.memory. Boot only; what stays of them are rows of the table of sections.
 */
struct hot_range {
	phys_addr_t base, end;		/* [i] multiples of a section */
	int nid;			/* [i] */
};

#define HOT_RANGES_MOST		CONFIG_MEMBLOCK_REGIONS
extern struct hot_range hot_ranges[HOT_RANGES_MOST];
extern unsigned int nr_hot_ranges;

#define for_each_hot_range(r) \
	for (r = hot_ranges; IS_ENABLED(CONFIG_MEMORY_HOTPLUG) && r < hot_ranges + nr_hot_ranges; \
	     r++)

/*
 * Takes RAM that is hotpluggable by the tree or by memhp= out of memblock.memory, by sections: when
 * all is reserved that has its place from outside, before boot takes memory for itself. What is no
 * whole section stays, and sections in which something is reserved.
 */
void hot_ranges_choose(void);

/* Nodes that have such RAM, a bit each. */
static inline u64 hot_nodes(void)
{
	const struct hot_range *r;
	u64 nodes = 0;

	for_each_hot_range(r)
		nodes |= 1ull << r->nid;
	return nodes;
}

#endif /* MM_HOT_RANGES_H */
