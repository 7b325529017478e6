/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMORY_MODEL_H
#define MM_MEMORY_MODEL_H

/*
 * From a frame number to its descriptor and back. The header of each memory model says how it finds
 * one from the other, and what it keeps in a descriptor for that; mm/page/memmap_<model>.c makes
 * the descriptors.
 */
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/config.h>

/*
 * Descriptors come in granules: those of a largest block, at least a page of them. Where a largest
 * block exceeds 1024 frames a granule is 1024, so that a small bank does not pay for RAM that it
 * lacks.
 */
#define MEMMAP_GRANULE_PAGES	MAX_CONST(256ul, MIN_CONST(MAX_ORDER_NR_PAGES, 1024ul))

struct page;
struct pageblock;
struct page_owner;

/*
 * A section is 2^SECTION_SIZE_BITS bytes of physical address space and is present when there
 * is any RAM in it. Descriptors exist for [start_pfn, end_pfn), which covers its RAM, widened
 * to whole granules. FLATMEM uses the same table for nodes, pageblocks and the view, but has
 * descriptors for all frames between the first section and the last.
 */
struct mem_section {
	u32 start_pfn, end_pfn;		/* [S*] both 0: not present, or offline */
	u32 ram_pages;			/* [S*] frames of RAM in it */
	s16 nid;			/* [c] */
	bool hotpluggable;		/* [c] offline at boot, all of it RAM; may come and go */
	u8 zone_idx;			/* [S*] of a hotpluggable one that is online */
	struct pageblock *pageblocks;	/* [c] [0] is the one with start_pfn; NULL if not kept */
	struct page *memmap;		/* [S*] of start_pfn */
	IF_ENABLED(CONFIG_PAGE_OWNER, struct page_owner *owners;)	/* [c] of start_pfn; NULL */
};

static inline bool section_hotpluggable(const struct mem_section *s)
{
	return IS_ENABLED(CONFIG_MEMORY_HOTPLUG) && s->hotpluggable;
}

/*
 * Table entry 0 is section mem_section_first; constant after sparse_init(), but for sections that
 * are hotpluggable. Those come and go while all other CPUs stand still: who looks up a frame that
 * is not his own has interrupts off from pfn_valid() to his last look at the descriptor.
 */
extern struct mem_section *mem_sections;
extern unsigned long mem_section_first, mem_section_count;

static inline struct mem_section *pfn_to_section(unsigned long pfn)
{
	unsigned long nr = (pfn >> PFN_SECTION_SHIFT) - mem_section_first;

	return nr < mem_section_count ? &mem_sections[nr] : NULL;
}

static inline bool pfn_valid(unsigned long pfn)
{
	const struct mem_section *s = pfn_to_section(pfn);

	return s && pfn - s->start_pfn < s->end_pfn - s->start_pfn;
}

#if defined(CONFIG_FLATMEM)
#include <mm/memmap_flatmem.h>
#elif defined(CONFIG_SPARSEMEM)
#include <mm/memmap_sparsemem.h>
#else
#include <mm/memmap_vmemmap.h>
#endif

#endif /* MM_MEMORY_MODEL_H */
