/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: memory that CPUs and a device see alike.
 *
 * Structure: from the device's own region (region.c, contig.c) or, if it has none, a block of pages
 * of the zone that its mask chooses, in state PG_DMA. A device that does not see the caches gets
 * memory that the CPUs see past them: it is mapped a second time, where the board shows RAM
 * uncached, and nobody touches it through the linear map meanwhile.
 *
 * Invariants:
 * DC1 Blocks in state PG_DMA are the devices', and add up to their coherent_pages.
 * DC2 Memory is freed as it was allocated: bytes and both addresses.
 *
 * Locking: none of its own; a device's counter is atomic.
 *
 * Bounds: those of alloc_pages() of any order, and the bytes cleared.
 *
 * Configuration: none of its own; ZONE_DMA, ZONE_DMA32, CMA.
 */
#include <kernel/assert.h>
#include <kernel/math.h>
#include <kernel/numa.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <mm/page.h>
#include <mm/vmalloc.h>

#include "internal.h"

static unsigned int order_of(size_t bytes)
{
	return fls64((bytes - 1) >> PAGE_SHIFT);
}

/* The kind of pages is ours to say. */
static gfp_t gfp_of(const struct dma_device *dev, gfp_t gfp)
{
	return (gfp & ~(GFP_ZONEMASK | GFP_MOVABLE_MASK)) | dev->coherent_gfp | __GFP_ZERO;
}

static void add_pages(struct dma_device *dev, long pages)
{
	__atomic_fetch_add(&dev->coherent_pages, (unsigned long)pages, __ATOMIC_RELAXED);
}

/* Where CPUs see the block; NULL when that takes a mapping that cannot be had. */
static void *seen_at(const struct dma_device *dev, phys_addr_t pa, size_t bytes)
{
	if (dev->coherent)
		return __va(pa);
	/* It was cleared through the caches. */
	dma_cache_forget(pa, bytes);
	return dma_map_uncached(pa, bytes);
}

/* Is memory of that size taken from an area of contiguous memory, and from which? */
static bool is_contig(const struct dma_device *dev, size_t bytes, unsigned int *area)
{
	if (!IS_ENABLED(CONFIG_CMA))
		return false;
	if (!dev->contig)
		return order_of(bytes) > MAX_ORDER && dma_contig_find(NULL, area);
	*area = dev->contig - 1;
	return true;
}

/* pages: what is taken of an area; a block has the next power of two. */
static struct page *take(struct dma_device *dev, size_t bytes, unsigned long *pages, gfp_t gfp)
{
	unsigned int order = order_of(bytes), area;
	struct page *page;

	*pages = DIV_ROUND_UP(bytes, PAGE_SIZE);
	if (is_contig(dev, bytes, &area)) {
		page = dma_contig_take(dev, area, *pages, min(order, (unsigned int)MAX_ORDER));
		if (page)
			memset(page_address(page), 0, *pages << PAGE_SHIFT);
		return page;
	}
	*pages = 1ul << order;
	page = order <= MAX_ORDER ? alloc_pages(gfp_of(dev, gfp), order) : NULL;
	if (page)
		page_become(page, PG_DMA);
	return page;
}

static void give_back(struct dma_device *dev, struct page *page, size_t bytes)
{
	unsigned int area;

	if (is_contig(dev, bytes, &area)) {
		dma_contig_put(page, DIV_ROUND_UP(bytes, PAGE_SIZE));
		return;
	}
	page_become(page, PG_ALLOCATED);
	__free_pages(page, order_of(bytes));
}

static void *alloc_frames(struct dma_device *dev, size_t bytes, dma_addr_t *handle, gfp_t gfp)
{
	unsigned long pages;
	struct page *page = take(dev, bytes, &pages, gfp);
	void *va = NULL;

	if (!page)
		return NULL;
	*handle = dma_to_bus(dev, dev->coherent_mask, page_to_phys(page), pages << PAGE_SHIFT);
	/* Frames may lie across two of the device's ranges. */
	if (*handle != DMA_MAPPING_ERROR)
		va = seen_at(dev, page_to_phys(page), pages << PAGE_SHIFT);
	if (va) {
		add_pages(dev, (long)pages);
	} else {
		UNDO_PATH("the device does not reach the frames, or CPUs cannot see them");
		give_back(dev, page, bytes);
	}
	return va;
}

void *dma_alloc_coherent(struct dma_device *dev, size_t bytes, dma_addr_t *handle, gfp_t gfp)
{
	void *va = NULL;

	*handle = DMA_MAPPING_ERROR;
	if (!bytes || !dev->coherent_mask)
		return NULL;
	if (!dev->region && !dev->coherent && !dma_maps_uncached())
		dma_tell_once(dev, "it is not coherent, and nothing here shows memory past the "
			      "caches: give it a memory-region");
	else if (dev->region)
		va = dma_region_alloc(dev, bytes, handle);
	else
		va = alloc_frames(dev, bytes, handle, gfp);
	if (!va)
		*handle = DMA_MAPPING_ERROR;
	return va;
}

static void free_frames(struct dma_device *dev, size_t bytes, void *va, dma_addr_t handle)
{
	unsigned int order = order_of(bytes), area;
	bool contig = is_contig(dev, bytes, &area);
	unsigned long pages = contig ? DIV_ROUND_UP(bytes, PAGE_SIZE) : 1ul << order;
	phys_addr_t pa = dma_to_pa(dev, handle, pages << PAGE_SHIFT);
	struct page *page = pfn_to_page(PFN_DOWN(pa));

	ASSERT(IS_ALIGNED(pa, PAGE_SIZE) && pfn_valid(PFN_DOWN(pa)) &&
	       page_state(page) == PG_DMA && (contig || page_order(page) == order) &&
	       (!dev->coherent || va == __va(pa)),
	       "DC2: %s frees %zu bytes at %p, bus address 0x%llx, which it was not given so",
	       dev->name, bytes, va, (unsigned long long)handle);
	if (!dev->coherent) {
		iounmap(va);
		/* What a CPU has fetched through the linear map by guess is old. */
		dma_cache_forget(pa, pages << PAGE_SHIFT);
	}
	add_pages(dev, -(long)pages);
	give_back(dev, page, bytes);
}

void dma_free_coherent(struct dma_device *dev, size_t bytes, void *va, dma_addr_t handle)
{
	ASSERT(bytes && va, "DC2: %s frees nothing", dev->name);
	if (dev->region)
		dma_region_free(dev, bytes, va, handle);
	else
		free_frames(dev, bytes, va, handle);
}

const char *dma_coherent_validate(void)
{
	unsigned long devices = 0, kept = 0, flags;

	for (unsigned int i = 0; i < CONFIG_DMA_DEVICES; i++) {
		const struct dma_device *dev = dma_devices_lock(i, &flags);

		devices += dev ? dev->coherent_pages : 0;
		dma_devices_unlock(flags);
	}
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		kept += page_kept_pages(nid, PG_DMA);
	return devices == kept ? NULL : "DC1: devices have other pages than are in state PG_DMA";
}

const char *dma_validate(void)
{
	const char *wrong = dma_coherent_validate();

	wrong = wrong ? wrong : dma_region_validate();
	return wrong ? wrong : dma_bounce_validate();
}
