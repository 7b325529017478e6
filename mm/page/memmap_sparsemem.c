/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the descriptors of classic SPARSEMEM: an array for each section.
 *
 * Structure: the section's row points to its array; each descriptor has the section's number.
 *
 * Invariants: those of sparse.c.
 *
 * Locking: none; boot only, constant after it.
 *
 * Configuration: SPARSEMEM builds this file.
 */
#include <kernel/init.h>

#include "internal.h"

void __init memmap_init(void)
{
	struct mem_section *s;

	for_each_present_section(s)
		s->memmap = __va(memmap_alloc((s->end_pfn - s->start_pfn) * sizeof(struct page),
					      64, s->nid));
}
