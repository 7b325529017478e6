/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: coherent memory from areas of contiguous memory, which are lent to movable pages meanwhile.
 *
 * Structure: cma_alloc_from() hands frames out in blocks, one behind the other, and each of them
 * becomes PG_DMA; before the frames go back they become what they were.
 *
 * Invariants: DC1 (coherent.c).
 *
 * Locking: that of cma_alloc_from(); the frames are their device's.
 *
 * Bounds: cma_alloc_from(), and a step for each block.
 *
 * Configuration: CMA.
 */
#include <kernel/assert.h>
#include <kernel/string.h>
#include <mm/cma.h>

#include "internal.h"

bool dma_contig_find(const char *name, unsigned int *area)
{
	for (*area = 0; *area < cma_area_count; (*area)++)
		if (name ? !strcmp(cma_areas[*area].name, name) : cma_areas[*area].is_default)
			return true;
	return false;
}

bool dma_contig_reached(const struct dma_device *dev, u64 mask, unsigned int area)
{
	return dma_reaches(dev, mask, PFN_PHYS(cma_areas[area].base_pfn),
			   (u64)cma_areas[area].pages << PAGE_SHIFT);
}

const char *dma_contig_name(unsigned int area)
{
	return cma_areas[area].name;
}

/* Each block of the frames goes over from a state to the other. */
static void become(unsigned long pfn, unsigned long pages, enum page_state from,
		   enum page_state to)
{
	unsigned long end_pfn = pfn + pages;

	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);

		ASSERT(page_state(page) == from && pfn + (1ul << page_order(page)) <= end_pfn,
		       "DC2: the block at frame 0x%lx is %s, of order %u", pfn,
		       page_state_name(page_state(page)), page_order(page));
		pfn += 1ul << page_order(page);
		page_become(page, to);
	}
}

struct page *dma_contig_take(struct dma_device *dev, unsigned int area, unsigned long pages,
			     unsigned int align_order)
{
	struct page_obstacle o;
	struct page *page = cma_alloc_from(area, pages, align_order, &o);

	if (page)
		become(page_to_pfn(page), pages, PG_ALLOCATED, PG_DMA);
	else
		dma_tell_once(dev, "%lu pages of %s cannot be had: %s", pages,
			      cma_areas[area].name, o.what);
	return page;
}

void dma_contig_put(struct page *page, unsigned long pages)
{
	bool released;

	become(page_to_pfn(page), pages, PG_DMA, PG_ALLOCATED);
	released = cma_release(page, pages);
	ASSERT(released, "DC2: frames from 0x%lx on are of no area", page_to_pfn(page));
}
