/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: memory that is lent to a device and comes back: map, sync, unmap.
 *
 * Structure: the buffer itself where the device reaches it, else a bounce buffer. Each way is two
 * steps, of which either may be nothing:
 *
 *	map, sync for device	copy into the bounce buffer, caches to memory
 *	sync for CPU, unmap	caches forget, copy out of the bounce buffer
 *
 * A bounce buffer is filled whatever the direction, so that a device that writes a part of it
 * leaves the rest as it was, and sees nothing of other people's.
 *
 * Invariants: DK1, DK2 (cache.c), DB1 (bounce.c), and
 * DM5 No line of the cache that a device writes behind has a byte of anybody else's.
 *
 * Locking: none of its own.
 *
 * Bounds: DMA_RANGES_MAX ranges, one step for each line or the bytes copied, bounce.c.
 *
 * Configuration: none of its own.
 */
#include <kernel/assert.h>
#include <kernel/math.h>

#include "internal.h"

static void check_direction(const struct dma_device *dev, size_t bytes, enum dma_data_direction dir)
{
	ASSERT(bytes && dir <= DMA_FROM_DEVICE, "DM5: %s: %zu bytes in direction %u", dev->name,
	       bytes, dir);
}

/* DM5 */
static bool shares_a_line(const struct dma_device *dev, phys_addr_t pa, size_t bytes,
			  enum dma_data_direction dir)
{
	return dir != DMA_TO_DEVICE && ((pa | bytes) & (dma_line_bytes(dev) - 1));
}

static dma_addr_t map_bounced(struct dma_device *dev, phys_addr_t pa, size_t bytes)
{
	phys_addr_t bounce_pa = DMA_NO_PA;

	if (dma_bounce_reached(dev, dev->mask))
		bounce_pa = dma_bounce_take(pa, bytes);
	if (bounce_pa == DMA_NO_PA) {
		dma_tell_once(dev, "no bounce buffer for %zu bytes: DMA_BOUNCE_KB is %u", bytes,
			      CONFIG_DMA_BOUNCE_KB);
		return DMA_MAPPING_ERROR;
	}
	dma_cache_for_device(dev, bounce_pa, bytes);
	return dma_to_bus(dev, dev->mask, bounce_pa, bytes);
}

static dma_addr_t map(struct dma_device *dev, phys_addr_t pa, size_t bytes,
		      enum dma_data_direction dir)
{
	dma_addr_t handle;

	check_direction(dev, bytes, dir);
	if (!dma_can_sync(dev)) {
		dma_tell_once(dev, "it is not coherent, and nothing here writes caches back");
		return DMA_MAPPING_ERROR;
	}
	handle = dma_to_bus(dev, dev->mask, pa, bytes);
	if (handle == DMA_MAPPING_ERROR || shares_a_line(dev, pa, bytes, dir))
		return map_bounced(dev, pa, bytes);
	dma_cache_for_device(dev, pa, bytes);
	return handle;
}

dma_addr_t dma_map_single(struct dma_device *dev, void *va, size_t bytes,
			  enum dma_data_direction dir)
{
	return map(dev, __pa(va), bytes, dir);
}

dma_addr_t dma_map_page(struct dma_device *dev, struct page *page, size_t offset, size_t bytes,
			enum dma_data_direction dir)
{
	return map(dev, page_to_phys(page) + offset, bytes, dir);
}

void dma_sync_single_for_cpu(struct dma_device *dev, dma_addr_t handle, size_t bytes,
			     enum dma_data_direction dir)
{
	phys_addr_t pa = dma_to_pa(dev, handle, bytes);

	check_direction(dev, bytes, dir);
	dma_cache_for_cpu(dev, pa, bytes, dir);
	if (dma_bounce_has(pa) && dir != DMA_TO_DEVICE)
		dma_bounce_copy(pa, bytes, false);
}

void dma_sync_single_for_device(struct dma_device *dev, dma_addr_t handle, size_t bytes,
				enum dma_data_direction dir)
{
	phys_addr_t pa = dma_to_pa(dev, handle, bytes);

	check_direction(dev, bytes, dir);
	if (dma_bounce_has(pa) && dir != DMA_FROM_DEVICE)
		dma_bounce_copy(pa, bytes, true);
	dma_cache_for_device(dev, pa, bytes);
}

void dma_unmap_single(struct dma_device *dev, dma_addr_t handle, size_t bytes,
		      enum dma_data_direction dir)
{
	phys_addr_t pa = dma_to_pa(dev, handle, bytes);

	dma_sync_single_for_cpu(dev, handle, bytes, dir);
	if (dma_bounce_has(pa))
		dma_bounce_put(pa, bytes);
}
