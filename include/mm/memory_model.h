/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMORY_MODEL_H
#define MM_MEMORY_MODEL_H

/* Included by mm/page.h alone. */

#include <mm/config.h>

/*
 * Descriptors come in granules: a page of them at least, and a largest block's unless that is
 * so large that a small bank would pay for RAM that it has not.
 */
#define MEMMAP_GRANULE_PAGES	MAX_CONST(256ul, MIN_CONST(MAX_ORDER_NR_PAGES, 1024ul))

/*
 * A section is 2^SECTION_SIZE_BITS bytes of physical address space and is present when there
 * is any RAM in it. Descriptors exist for [start_pfn, end_pfn), which covers its RAM, widened
 * to whole granules. FLATMEM uses the same table for nodes, pageblocks and the view, but has
 * descriptors for all frames between the first section and the last.
 */
struct pageblock;
struct mem_section {
	u32 start_pfn, end_pfn;		/* both 0: not present */
	u32 ram_pages;			/* frames of RAM in it */
	s32 nid;
	struct pageblock *pageblocks;	/* [0] is the one with start_pfn; NULL if not kept */
	struct page *memmap;		/* of start_pfn */
};

/* Table entry 0 is section mem_section_first; constant after sparse_init(). */
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

#if defined(CONFIG_SPARSEMEM_VMEMMAP)
static inline struct page *pfn_to_page(unsigned long pfn)
{
	return (struct page *)VMEMMAP_START + pfn;
}

/* The array begins at a multiple of its largest size (arch/page.h). */
static inline unsigned long page_to_pfn(const struct page *page)
{
	return (u32)((unsigned long)page / sizeof(struct page));
}
#elif defined(CONFIG_SPARSEMEM)
static inline struct page *pfn_to_page(unsigned long pfn)
{
	const struct mem_section *s = &mem_sections[(pfn >> PFN_SECTION_SHIFT) -
						    mem_section_first];

	return s->memmap + (pfn - s->start_pfn);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	const struct mem_section *s = &mem_sections[page->section_nr - mem_section_first];

	return s->start_pfn + (unsigned long)(page - s->memmap);
}
#else /* FLATMEM */
extern struct page *mem_map;
extern unsigned long mem_map_start_pfn;

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return mem_map + (pfn - mem_map_start_pfn);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return mem_map_start_pfn + (unsigned long)(page - mem_map);
}
#endif

/*
 * A frame's handle is the number from which its descriptor is found fastest and in which a
 * block's halves differ in one bit: handle_bit(order) for those of a block of order + 1. Where
 * the descriptors lie in one array that begins at a multiple of its size it is the descriptor's
 * address, else the frame number.
 */
#if defined(CONFIG_SPARSEMEM_VMEMMAP)
static __always_inline unsigned long page_handle(const struct page *page)
{
	return (unsigned long)page;
}

static __always_inline struct page *handle_page(unsigned long handle)
{
	return (struct page *)handle;
}

#define handle_bit(order)	(sizeof(struct page) << (order))
#else
static __always_inline unsigned long page_handle(const struct page *page)
{
	return page_to_pfn(page);
}

static __always_inline struct page *handle_page(unsigned long handle)
{
	return pfn_to_page(handle);
}

#define handle_bit(order)	(1ul << (order))
#endif

static __always_inline unsigned long handle_pfn(unsigned long handle)
{
	return (u32)(handle / handle_bit(0));
}

#endif /* MM_MEMORY_MODEL_H */
