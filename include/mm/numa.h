/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_NUMA_H
#define MM_NUMA_H

#include <kernel/cpu.h>
#include <kernel/types.h>
#include <mm/config.h>

/* Distances without a map, and the values a map's diagonal must have. */
#define LOCAL_DISTANCE		10
#define REMOTE_DISTANCE		20

/* What follows is there with CONFIG_NUMA alone, but for node_distance(). */

/*
 * Reads the tree's distance map (a map that is not sound is reported and ignored) and moves
 * borders between nodes to multiples of the largest block. Boot only, after dt_scan_memory().
 */
void numa_init(const void *fdt);
/* The second half of it. */
void numa_move_borders(void);

/* Sets both directions. Boot only. */
void node_set_distance(int from, int to, unsigned int distance);

/* Constant after boot. 0 stands for the default, so that nothing has to be filled. */
extern u8 node_distances[MAX_NUMNODES][MAX_NUMNODES];

/* Both below MAX_NUMNODES. Symmetric; LOCAL_DISTANCE exactly when from == to. */
static inline unsigned int node_distance(int from, int to)
{
	if (from == to)
		return LOCAL_DISTANCE;
	if (IS_ENABLED(CONFIG_NUMA) && node_distances[from][to])
		return node_distances[from][to];
	return REMOTE_DISTANCE;
}

#endif /* MM_NUMA_H */
