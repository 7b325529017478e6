/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the descriptors of SPARSEMEM_VMEMMAP: one virtual array, backed where there is RAM.
 *
 * Structure: the descriptor of frame pfn lies at VMEMMAP_START + pfn. Sections that touch are
 * backed together, so that large leaves map them; where RAM has no piece that is large enough,
 * each is backed alone.
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

/* One piece of RAM, where large leaves can map it if there is such a place; 0 when none fits. */
static __init phys_addr_t find_piece(size_t bytes, int nid)
{
	const char *former = memblock_set_alloc_owner(MEMMAP_OWNER);
	phys_addr_t pa = bytes < SZ_2M ? 0 : memblock_phys_alloc_try_nid(bytes, SZ_2M, nid);

	if (!pa)
		pa = memblock_phys_alloc_try_nid(bytes, PAGE_SIZE, nid);
	memblock_set_alloc_owner(former);
	return pa;
}

/* Backs the window for the descriptors of [start_pfn, end_pfn). False, unless it must be had: no
 * piece of RAM is large enough. */
static __init bool vmemmap_back(unsigned long start_pfn, unsigned long end_pfn, int nid, bool must)
{
	size_t bytes = (end_pfn - start_pfn) * sizeof(struct page);
	phys_addr_t pa = find_piece(bytes, nid);

	/* Says why there is none. */
	if (!pa && must)
		pa = memmap_alloc(bytes, PAGE_SIZE, nid);
	if (pa)
		arch_vmemmap_map((unsigned long)pfn_to_page(start_pfn), pa, bytes);
	return pa;
}

void __init memmap_init(void)
{
	struct mem_section *s, *end = mem_sections + mem_section_count;

	for (s = mem_sections; s < end; s++) {
		struct mem_section *last = s;

		if (!s->end_pfn)
			continue;
		/* Sections side by side share a piece of RAM, if one is large enough. */
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
