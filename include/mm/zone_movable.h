/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_ZONE_MOVABLE_H
#define MM_ZONE_MOVABLE_H

#include <kernel/numa.h>

/* What follows is there with CONFIG_ZONE_MOVABLE alone. Boot only. */

/* By node, the first frame that is for movable pages; 0: the node has none. */
extern unsigned long movable_start_pfn[MAX_NUMNODES];

/*
 * Chooses it: what all others have placed is reserved by now, and nothing of boot's own is. Boot
 * allocations stay below from here on, where there is room.
 */
void zone_movable_choose(void);

/* An allocation of boot's that found no room below: said once. */
void zone_movable_entered(const char *owner, unsigned long bytes);

#endif /* MM_ZONE_MOVABLE_H */
