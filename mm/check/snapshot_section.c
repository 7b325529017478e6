/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the table of sections as others than mm/ read it.
 *
 * Structure: one row is copied at a time; rows without RAM are passed over.
 *
 * Invariants: none of its own.
 *
 * Locking: interrupts off for one copy: sections come and go while all CPUs stand still.
 *
 * Bounds: a row each; who reads all reads as many as there are sections from the first to the last.
 *
 * Configuration: MEMORY_HOTPLUG, without which no row changes.
 */
#include <mm/snapshot.h>

#include "mm/page/internal.h"

static void read_row(const struct mem_section *row, struct section_snapshot *s)
{
	unsigned long flags = arch_local_irq_save();

	s->start_pfn = row->start_pfn;
	s->end_pfn = row->end_pfn;
	s->ram_pages = row->ram_pages;
	s->nid = row->nid;
	s->hotpluggable = section_hotpluggable(row);
	s->zone = s->hotpluggable && s->end_pfn ? zone_name(row->zone_idx) : NULL;
	arch_local_irq_restore(flags);
}

bool section_snapshot_next(unsigned long *place, struct section_snapshot *s)
{
	while (*place < mem_section_count) {
		s->nr = mem_section_first + *place;
		read_row(&mem_sections[(*place)++], s);
		if (s->end_pfn || s->hotpluggable)
			return true;
	}
	return false;
}
