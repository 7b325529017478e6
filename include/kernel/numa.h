/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_NUMA_H
#define KERNEL_NUMA_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* Any node, or none that is known. */
#define NUMA_NO_NODE		(-1)

/* Nodes that can exist; their numbers are below it. */
#define NODES_SHIFT		(IF_ENABLED(CONFIG_NUMA, CONFIG_NODES_SHIFT) + 0)
#define MAX_NUMNODES		(1 << NODES_SHIFT)

static inline bool numa_valid_node(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES;
}

/* kernel/numa.c, which is there with CONFIG_NUMA alone. */
extern u64 node_online_map;
void node_set_online(int nid);
int __numa_node_id(void);

/* A node is online when it has RAM or CPUs; mm/ says which, at boot, before other CPUs run. The
 * only node that can be is. */
#define node_online(nid)	((MAX_NUMNODES > 1 ? node_online_map : 1) >> (nid) & 1)

/* Node of the running CPU; interrupts off, or it is a hint. */
static inline int numa_node_id(void)
{
	return IS_ENABLED(CONFIG_NUMA) ? __numa_node_id() : 0;
}

#define for_each_online_node(nid) \
	for ((nid) = 0; (nid) < MAX_NUMNODES; (nid)++) \
		if (node_online(nid))

#endif /* KERNEL_NUMA_H */
