/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: parts of paths of sections that come and go, one at a time, for who measures them.
 *
 * Structure: calls of the functions that the paths call themselves.
 *
 * Invariants: none of its own.
 *
 * Locking: that of the parts.
 *
 * Configuration: MEMORY_HOTPLUG.
 */
#include <kernel/smp.h>
#include <mm/parts.h>

#include "mm/page/hotplug.h"

bool part_section_leave(unsigned long pfn)
{
	unsigned int mt = page_group_by_mobility ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
	struct hot_section h;
	unsigned long isolated;

	if (!hot_section_find(pfn, &h) || !h.s->end_pfn)
		return false;
	isolated = (h.end_pfn - hot_isolated_pfn(&h)) >> pageblock_order;
	h.zone->nr_pageblocks[mt] -= isolated;
	h.zone->nr_pageblocks[MIGRATE_ISOLATE] += isolated;
	hot_section_leave(&h);
	return true;
}

void part_section_enter(unsigned long pfn)
{
	struct hot_section h;

	if (hot_section_find(pfn, &h))
		hot_section_enter(&h);
}

bool part_lists_close(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (pcp_close_step(zone))
			return true;
	return false;
}

void part_lists_open(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		pcp_set_cpu_limits(zone, smp_processor_id());
}
