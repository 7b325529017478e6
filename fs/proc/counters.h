/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_PROC_COUNTERS_H
#define FS_PROC_COUNTERS_H

#include <mm/snapshot.h>

/*
 * Counters in Linux's order, which zoneinfo shows zone by zone and vmstat as sums. A row without a
 * function is something that this kernel does not have, such as page cache; readers expect the line
 * all the same. A row without a name ends a table.
 */
struct counter {
	const char *name;
	unsigned long (*read)(const struct zone_snapshot *z);
};

extern const struct counter node_counters[], zone_counters[];
/* Builds with nodes show events behind the zone's counters. No policy interleaves. */
extern const char *const numa_event_names[NR_NUMA_EVENTS];

#endif /* FS_PROC_COUNTERS_H */
