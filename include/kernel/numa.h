/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_NUMA_H
#define KERNEL_NUMA_H

#include <kernel/types.h>

/* Any node, or none that is known. */
#define NUMA_NO_NODE		(-1)

#if defined(CONFIG_NUMA)
/* Nodes that can exist; their numbers are below it. */
#define MAX_NUMNODES		(1 << CONFIG_NODES_SHIFT)

/* A node is online when it has RAM or CPUs; mm/ says which, at boot, before other CPUs run. */
extern u64 node_online_map;
void node_set_online(int nid);

/* Node of the running CPU; interrupts off, or it is a hint. */
int numa_node_id(void);
#else
#define MAX_NUMNODES		1
/* Node 0 is, whatever else. */
#define node_online_map		((u64)1)

static inline void node_set_online(int nid)
{
	(void)nid;
}

static inline int numa_node_id(void)
{
	return 0;
}
#endif

#define for_each_online_node(nid) \
	for ((nid) = 0; (nid) < MAX_NUMNODES; (nid)++) \
		if (node_online_map >> (nid) & 1)

#endif /* KERNEL_NUMA_H */
