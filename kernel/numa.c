/* SPDX-License-Identifier: BSD-2-Clause */
/* Which nodes there are, and which one the running CPU is of. Distances are mm/'s. */
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/numa.h>

u64 node_online_map;	/* [c] */

void __init node_set_online(int nid)
{
	node_online_map |= 1ull << nid;
}

int __numa_node_id(void)
{
	return cpu_descs[smp_processor_id()].nid;
}
