/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: sections of physical memory and their descriptors.
 *
 * Structure: a table of sections from the first with RAM to the last. A section's descriptors
 * cover its RAM, widened to granules; banks with a hole between them have none for the hole.
 * Where the descriptors lie is the memory model, one memmap_<model>.c of which is built:
 *
 *	SPARSEMEM_VMEMMAP  memmap_vmemmap.c    at VMEMMAP_START + pfn, a window backed only where
 *	                                       there is RAM
 *	SPARSEMEM          memmap_sparsemem.c  an array for each section, found through the table
 *	FLATMEM            memmap_flatmem.c    one array from the first section's RAM to the last's
 *
 * The descriptors are not cleared: hand-over writes the heads, see page.c.
 *
 * Invariants:
 * M1  Every frame of memblock.memory has a descriptor.
 * M2  start_pfn and end_pfn of a section are multiples of MEMMAP_GRANULE_PAGES within it.
 * M3  pageblocks[] of a section covers [start_pfn, end_pfn).
 *
 * Locking: none; boot only, constant after it, but for rows of sections that are hotpluggable
 * (hotplug.c).
 *
 * Configuration: the model, SECTION_SIZE_BITS, MAX_PHYSMEM_BITS; PAGE_MOBILITY with
 * PAGEBLOCK_ORDER > 0 for pageblocks[]; MEMORY_HOTPLUG for rows that are offline.
 */
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/hot_ranges.h>
#include <mm/memblock.h>

#include "internal.h"

/* What makes these tables smaller, as far as an option still has room. */
#define SECTION_TABLE_MEND \
	(!IS_ENABLED(CONFIG_FLATMEM) && CONFIG_SECTION_SIZE_BITS < CONFIG_SECTION_SIZE_BITS_MAX ? \
	 "raise CONFIG_SECTION_SIZE_BITS from " __stringify(CONFIG_SECTION_SIZE_BITS) : NULL)
#define PAGEBLOCKS_MEND \
	(pageblock_order < MAX_ORDER ? \
	 "raise CONFIG_PAGEBLOCK_ORDER from " __stringify(CONFIG_PAGEBLOCK_ORDER) : \
	 "turn CONFIG_PAGE_MOBILITY off")

struct mem_section *mem_sections;				/* [c] rows: [f] */
unsigned long mem_section_first, mem_section_count;		/* [c] */

/*
 * What of .config would help. Where all descriptors exceed what is free, nothing does; else they
 * are asked for in pieces that are too large: FLATMEM's one, which has some for holes, too, or
 * those of whole sections.
 */
static const char *__init memmap_mend(void)
{
	phys_addr_t need = PFN_DOWN(memblock_phys_mem_size()) * sizeof(struct page), free = 0;
	phys_addr_t start, end;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		free += end - start;
	if (need > free)
		return NULL;
	if (IS_ENABLED(CONFIG_FLATMEM))
		return "choose CONFIG_SPARSEMEM_VMEMMAP";
	if (CONFIG_SECTION_SIZE_BITS > CONFIG_SECTION_SIZE_BITS_MIN)
		return "lower CONFIG_SECTION_SIZE_BITS from " __stringify(CONFIG_SECTION_SIZE_BITS);
	return NULL;
}

phys_addr_t __init memmap_alloc(size_t bytes, size_t align, int nid)
{
	return memblock_phys_alloc_or_stop(bytes, align, nid, MEMMAP_OWNER, memmap_mend());
}

/* Puts RAM of one region into the table: every section that it touches grows to hold it. */
static __init void section_add_ram(unsigned long start_pfn, unsigned long end_pfn, int nid)
{
	while (start_pfn < end_pfn) {
		unsigned long next_pfn = ALIGN_DOWN(start_pfn, PAGES_PER_SECTION) +
					 PAGES_PER_SECTION;
		struct mem_section *s = pfn_to_section(start_pfn);
		unsigned long e = min(end_pfn, next_pfn);
		u32 lo = (u32)ALIGN_DOWN(start_pfn, MEMMAP_GRANULE_PAGES);
		u32 hi = (u32)ALIGN_UP(e, MEMMAP_GRANULE_PAGES);

		if (!s->end_pfn) {
			s->start_pfn = lo;
			s->nid = (s16)nid;
		}
		s->end_pfn = hi;
		s->ram_pages += (u32)(e - start_pfn);
		start_pfn = e;
	}
}

/* Rows of sections that are offline, which say no more than whose they are. */
static __init void add_hot_sections(void)
{
	const struct hot_range *r;

	for_each_hot_range(r) {
		struct mem_section *s = pfn_to_section(PFN_DOWN(r->base));
		struct mem_section *end = s + ((r->end - r->base) >> CONFIG_SECTION_SIZE_BITS);

		for (; s < end; s++) {
			s->nid = (s16)r->nid;
			s->hotpluggable = true;
		}
	}
}

static __init void build_table(void)
{
	phys_addr_t first = memblock_start_of_DRAM(), last = memblock_end_of_DRAM() - 1;
	struct memblock_region *r;
	const struct hot_range *hot;
	size_t bytes;

	for_each_hot_range(hot) {
		first = min(first, hot->base);
		last = max(last, hot->end - 1);
	}
	mem_section_first = first >> CONFIG_SECTION_SIZE_BITS;
	mem_section_count = (last >> CONFIG_SECTION_SIZE_BITS) - mem_section_first + 1;
	bytes = mem_section_count * sizeof(struct mem_section);
	mem_sections = __va(memblock_phys_alloc_or_stop(bytes, 64, 0, "section table",
							SECTION_TABLE_MEND));
	memset(mem_sections, 0, bytes);

	for_each_mem_region(r)
		section_add_ram(PFN_UP(r->base), PFN_DOWN(r->base + r->size), region_nid(r));
	add_hot_sections();
}

static __init size_t section_pageblocks(const struct mem_section *s)
{
	if (section_hotpluggable(s))
		return PAGES_PER_SECTION >> pageblock_order;
	return ((s->end_pfn - 1) >> pageblock_order) - (s->start_pfn >> pageblock_order) + 1;
}

/* All sections of a node share one array: one for each would cost a reservation each. Those that
 * are offline have their part, so that nobody has to find one for them later. */
#define for_each_known_section(s) \
	for (s = mem_sections; s < mem_sections + mem_section_count; s++) \
		if (s->end_pfn || section_hotpluggable(s))

static __init void pageblocks_init(int nid)
{
	struct pageblock *next;
	struct mem_section *s;
	size_t nr = 0;

	for_each_known_section(s)
		if (s->nid == nid)
			nr += section_pageblocks(s);
	if (!nr)
		return;
	next = __va(memblock_phys_alloc_or_stop(nr * sizeof(*next), 64, nid, "pageblocks",
						PAGEBLOCKS_MEND));
	for_each_known_section(s) {
		if (s->nid != nid)
			continue;
		s->pageblocks = next;
		next += section_pageblocks(s);
	}
}

static __init bool same_section(unsigned long a_pfn, unsigned long b_pfn)
{
	return a_pfn >> PFN_SECTION_SHIFT == b_pfn >> PFN_SECTION_SHIFT;
}

unsigned long __init zone_memmap_pages(const struct zone *zone)
{
	unsigned long descriptors = 0, done_pfn = 0;
	const struct memblock_region *r;

	for_each_mem_region(r) {
		unsigned long start_pfn = max(PFN_UP(r->base), zone->zone_start_pfn);
		unsigned long end_pfn = min(PFN_DOWN(r->base + r->size), zone_end_pfn(zone));
		unsigned long from_pfn = ALIGN_DOWN(start_pfn, MEMMAP_GRANULE_PAGES);

		if (start_pfn >= end_pfn || region_nid(r) != zone->nid)
			continue;
		if (done_pfn && (IS_ENABLED(CONFIG_FLATMEM) || from_pfn < done_pfn ||
				 same_section(done_pfn - 1, start_pfn)))
			from_pfn = done_pfn;
		done_pfn = max(done_pfn, ALIGN_UP(end_pfn, MEMMAP_GRANULE_PAGES));
		descriptors += done_pfn - from_pfn;
	}
	return PFN_UP(descriptors * sizeof(struct page));
}

void __init sparse_init(void)
{
	struct mem_section *s;
	unsigned long present = 0;

	build_table();
	memmap_init();
	for (int nid = 0; PAGEBLOCKS_KEPT && nid < MAX_NUMNODES; nid++)
		pageblocks_init(nid);
	for_each_present_section(s) {
		/* Whatever the model: a debugger goes by it. */
		s->memmap = pfn_to_page(s->start_pfn);
		present++;
	}
	pr_info("sparse: %lu sections of %lu MiB, %lu present; struct page is %zu bytes\n",
		mem_section_count, SECTION_BYTES / SZ_1M, present, sizeof(struct page));
}
