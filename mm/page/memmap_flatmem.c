/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the descriptors of FLATMEM: one array.
 *
 * Structure: mem_map has the descriptors of all frames from the first section's RAM to the
 * last's, those of holes included.
 *
 * Invariants: those of sparse.c.
 *
 * Locking: none; boot only, constant after it.
 *
 * Configuration: FLATMEM builds this file.
 */
#include <kernel/init.h>

#include "internal.h"

struct page *mem_map;			/* [c] */
unsigned long mem_map_start_pfn;	/* [c] */

void __init memmap_init(void)
{
	const struct mem_section *last = &mem_sections[mem_section_count - 1];

	mem_map_start_pfn = mem_sections[0].start_pfn;
	mem_map = __va(memmap_alloc((last->end_pfn - mem_map_start_pfn) * sizeof(struct page),
				    64, mem_sections[0].nid));
}
