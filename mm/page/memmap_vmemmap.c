/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the descriptors of SPARSEMEM_VMEMMAP: one virtual array, backed where there is RAM.
 *
 * Structure: the descriptor of frame pfn lies at VMEMMAP_START + pfn; sections that touch are
 * backed together, so that large leaves map them.
 *
 * Invariants: those of sparse.c.
 *
 * Locking: none; boot only, constant after it.
 *
 * Configuration: SPARSEMEM_VMEMMAP builds this file.
 */
#include <kernel/init.h>
#include <mm/memblock.h>
#include <arch/mmu.h>

#include "internal.h"

/* Backs the window for the descriptors of [start_pfn, end_pfn), in large leaves if it can. */
static __init bool vmemmap_back(unsigned long start_pfn, unsigned long end_pfn, int nid, bool must)
{
	size_t bytes = (end_pfn - start_pfn) * sizeof(struct page);
	size_t align = bytes >= SZ_2M ? SZ_2M : PAGE_SIZE;
	phys_addr_t pa;

	if (must)
		pa = memmap_alloc(bytes, align, nid);
	else
		pa = memblock_phys_alloc_try_nid(bytes, align, nid);
	if (!pa)
		return false;
	if (!must) {
		memblock_phys_free(pa, bytes);
		memblock_reserve_owner(pa, bytes, "memmap");
	}
	arch_vmemmap_map((unsigned long)pfn_to_page(start_pfn), pa, bytes);
	return true;
}

void __init memmap_init(void)
{
	struct mem_section *s, *end = mem_sections + mem_section_count;

	for (s = mem_sections; s < end; s++) {
		struct mem_section *last = s;

		if (!s->end_pfn)
			continue;
		/* Sections side by side share large leaves, if there is one piece of RAM
		 * that is large enough. */
		while (last + 1 < end && last[1].end_pfn && last[1].nid == s->nid &&
		       last->end_pfn == last[1].start_pfn)
			last++;
		if (vmemmap_back(s->start_pfn, last->end_pfn, s->nid, s == last)) {
			s = last;
			continue;
		}
		for (; s <= last; s++)
			vmemmap_back(s->start_pfn, s->end_pfn, s->nid, true);
		s = last;
	}
}
