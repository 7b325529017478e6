/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: memory that the tree keeps for one device or more: nodes of /reserved-memory that are
 * compatible with shared-dma-pool and not reusable, named by the device's memory-region.
 *
 * Structure: boot has reserved the memory under its node's name (mm/boot/dt_reserved_nodes.c),
 * which is how its place is found here, also that of a node which boot has placed. The whole frames
 * of it are slots (slots.c). CPUs see them through the linear map; through ioremap() where that
 * does not show them, as with no-map, or the devices are not coherent.
 *
 * Invariants:
 * DR1 All devices of a region are coherent, or none is.
 * DR2 A region is mapped as its devices need it, for good.
 *
 * Locking: the boot CPU alone adds regions, as it makes devices; a region stays. Its slots have
 * their own lock.
 *
 * Bounds: slots.c, with the frames of the region; DMA_DEVICES regions.
 *
 * Configuration: DMA_DEVICES.
 */
#include <libfdt.h>

#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <mm/memblock.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "internal.h"

/* From the first row on, without gaps. */
static struct dma_region *regions[CONFIG_DMA_DEVICES];	/* [s] */

/* What boot has reserved under that name, in whole frames; false: nothing. */
static bool find_reserved(const char *name, phys_addr_t *start, phys_addr_t *end)
{
	const struct memblock_type *reserved = &memblock_copy->reserved;

	for (unsigned long i = 0; i < reserved->cnt; i++) {
		const struct memblock_region *r = &reserved->regions[i];

		if (!r->owner || strcmp(r->owner, name))
			continue;
		*start = ALIGN_UP(r->base, PAGE_SIZE);
		*end = ALIGN_DOWN(r->base + r->size, PAGE_SIZE);
		return *start < *end;
	}
	return false;
}

/* Does the linear map show it? Not what is no-map, or no RAM at all. */
static bool is_linear(phys_addr_t pa, size_t bytes)
{
	const struct memblock_type *memory = &memblock_copy->memory;

	for (unsigned long i = 0; i < memory->cnt; i++) {
		const struct memblock_region *r = &memory->regions[i];

		if (pa >= r->base && pa - r->base < r->size)
			return !memblock_is_nomap(r) && bytes <= r->size - (pa - r->base);
	}
	return false;
}

/* DR2; NULL when that cannot be. */
static void *map_region(const struct dma_device *dev, phys_addr_t pa, size_t bytes)
{
	bool linear = is_linear(pa, bytes);

	if (dev->coherent)
		return linear ? __va(pa) : ioremap(pa, bytes);
	if (!dma_maps_uncached())
		return NULL;
	if (linear)
		dma_cache_forget(pa, bytes);
	return dma_map_uncached(pa, bytes);
}

static struct dma_region *make_region(const struct dma_device *dev, const char *name)
{
	struct dma_region *region;
	phys_addr_t start, end;
	unsigned int pages;

	if (!find_reserved(name, &start, &end))
		return NULL;
	pages = (unsigned int)((end - start) >> PAGE_SHIFT);
	region = kzalloc(sizeof(*region) + DMA_SLOTS_WORDS(pages) * sizeof(unsigned long),
			 GFP_KERNEL);
	if (!region)
		return NULL;
	region->name = name;
	region->pa = start;
	region->coherent = dev->coherent;
	region->va = map_region(dev, start, end - start);
	if (!region->va) {
		UNDO_PATH("a region cannot be mapped");
		kfree(region);
		return NULL;
	}
	dma_slots_init(&region->pages, pages, (unsigned long *)(region + 1));
	return region;
}

/* The row of the region with that name, or the first one that is empty; NULL: there is none. */
static struct dma_region **row_of(const char *name)
{
	for (unsigned int i = 0; i < CONFIG_DMA_DEVICES; i++)
		if (!regions[i] || !strcmp(regions[i]->name, name))
			return &regions[i];
	return NULL;
}

/* A region that is lent meanwhile is an area of contiguous memory; 1 when it is. */
static int use_area(struct dma_device *dev, const char *name)
{
	unsigned int area;

	if (!IS_ENABLED(CONFIG_CMA) || !dma_contig_find(name, &area))
		return 0;
	dev->contig = area + 1;
	return 1;
}

/* Returns 1 when the node was a region. */
static int use_node(struct dma_device *dev, int node)
{
	const char *name = fdt_get_name(boot_fdt, node, NULL);
	struct dma_region **row;

	if (!name || fdt_node_check_compatible(boot_fdt, node, "shared-dma-pool"))
		return 0;
	if (fdt_getprop(boot_fdt, node, "reusable", NULL))
		return use_area(dev, name);
	row = row_of(name);
	if (row && !*row)
		*row = make_region(dev, name);
	if (!row || !*row) {
		pr_err("dma: %s: memory-region %s cannot be used: %s\n", dev->name, name,
		       dev->coherent || dma_maps_uncached() ?
		       "it is not reserved, or there is no memory for its map" :
		       "nothing here shows memory past the caches");
		return -ENOMEM;
	}
	if ((*row)->coherent != dev->coherent) {
		pr_err("dma: %s: memory-region %s has devices that are coherent, and others\n",
		       dev->name, name);
		return -EINVAL;
	}
	dev->region = *row;
	return 1;
}

int dma_region_of_node(struct dma_device *dev)
{
	return min(dma_for_each_memory_region(dev, use_node, dev), 0);
}

static unsigned int order_of(size_t bytes)
{
	return fls64((bytes - 1) >> PAGE_SHIFT);
}

void *dma_region_alloc(struct dma_device *dev, size_t bytes, dma_addr_t *handle)
{
	struct dma_region *region = dev->region;
	unsigned int pages = (unsigned int)DIV_ROUND_UP(bytes, PAGE_SIZE), first;
	void *va;

	if (bytes > (u64)region->pages.nr << PAGE_SHIFT)
		return NULL;
	first = dma_slots_take(&region->pages, pages,
			       1u << min(order_of(bytes), (unsigned int)MAX_ORDER));
	if (first == region->pages.nr)
		return NULL;
	*handle = dma_to_bus(dev, dev->coherent_mask, region->pa + PFN_PHYS((u64)first), bytes);
	if (*handle == DMA_MAPPING_ERROR) {
		UNDO_PATH("the device does not reach its region");
		dma_slots_put(&region->pages, first, pages);
		return NULL;
	}
	va = region->va + PFN_PHYS((u64)first);
	memset(va, 0, (size_t)pages << PAGE_SHIFT);
	return va;
}

void dma_region_free(struct dma_device *dev, size_t bytes, void *va, dma_addr_t handle)
{
	struct dma_region *region = dev->region;
	u64 offset = dma_to_pa(dev, handle, bytes) - region->pa;

	ASSERT((char *)va - region->va == (long)offset && IS_ALIGNED(offset, PAGE_SIZE),
	       "DC2: %s: %p and bus address 0x%llx do not go together", dev->name, va,
	       (unsigned long long)handle);
	dma_slots_put(&region->pages, (unsigned int)(offset >> PAGE_SHIFT),
		      (unsigned int)DIV_ROUND_UP(bytes, PAGE_SIZE));
}

const char *dma_region_validate(void)
{
	const char *wrong = NULL;

	for (unsigned int i = 0; i < CONFIG_DMA_DEVICES && regions[i] && !wrong; i++)
		wrong = dma_slots_validate(&regions[i]->pages);
	return wrong;
}
