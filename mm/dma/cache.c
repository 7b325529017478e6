/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: what has to happen to the caches when a buffer changes hands.
 *
 * Structure: for a device that sees the caches, nothing. For any other one, with the operations
 * that the machine has (kernel/dcache.h):
 *
 *	direction	to the device		to the CPUs
 *	to device	clean			-
 *	from device	clean			inval
 *	both		clean			inval
 *
 * Before a device writes, lines are cleaned and not dropped: a line that is newer than memory would
 * be written back over what the device has written, and what the device does not write stays as it
 * was.
 *
 * Invariants:
 * DK1 No line of a buffer is newer than memory while the device has it.
 * DK2 No CPU finds in a cache what was there before the device wrote.
 *
 * Locking: none; the operations are found at boot, and constant.
 *
 * Bounds: one operation for each line.
 *
 * Configuration: none; the machine has operations, or devices that need them cannot be used.
 */
#include <kernel/dcache.h>
#include <kernel/driver.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <mm/vmalloc.h>
#include <arch/dcache.h>
#include <arch/mmu.h>

#include "internal.h"

bool dma_can_sync(const struct dma_device *dev)
{
	return dev->coherent || dcache_ops();
}

unsigned int dma_line_bytes(const struct dma_device *dev)
{
	return dev->coherent || !dcache_ops() ? 1 : dcache_ops()->line_bytes;
}

/* There are dcache_ops(). */
static u64 uncached_offset(void)
{
	return dcache_ops()->uncached_offset;
}

bool dma_maps_uncached(void)
{
	/* What the caches have of the memory has to go first. */
	return dcache_ops() && (uncached_offset() || arch_maps_uncached());
}

void *dma_map_uncached(phys_addr_t pa, size_t bytes)
{
	return uncached_offset() ? ioremap(pa + uncached_offset(), bytes)
				 : memremap_uncached(pa, bytes);
}

/* All lines that [pa, pa + bytes) touches. */
static void each_line(void (*op)(const void *va, phys_addr_t pa, size_t bytes), phys_addr_t pa,
		      size_t bytes)
{
	phys_addr_t start = ALIGN_DOWN(pa, dcache_ops()->line_bytes);

	op(__va(start), start, ALIGN_UP(pa + bytes, dcache_ops()->line_bytes) - start);
}

void dma_cache_for_device(const struct dma_device *dev, phys_addr_t pa, size_t bytes)
{
	if (!dev->coherent)
		each_line(dcache_ops()->clean, pa, bytes);
}

void dma_cache_for_cpu(const struct dma_device *dev, phys_addr_t pa, size_t bytes,
		       enum dma_data_direction dir)
{
	if (!dev->coherent && dir != DMA_TO_DEVICE)
		each_line(dcache_ops()->inval, pa, bytes);
}

void dma_cache_forget(phys_addr_t pa, size_t bytes)
{
	each_line(dcache_ops()->flush, pa, bytes);
}

int __init dma_init(void)
{
	arch_dcache_probe();
	if (!dcache_ops())
		driver_probe_any(DRIVER_CACHE);
	if (dcache_ops())
		pr_info("dma: caches are written back by %s, in lines of %u bytes\n",
			dcache_ops()->name, dcache_ops()->line_bytes);
	return 0;
}
initcall(dma_init);
