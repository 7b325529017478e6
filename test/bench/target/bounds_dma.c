/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of memory for devices: the device's last range is the one that serves, and it
 * reaches the bounce buffers alone, of which every second slot is taken but for the last ones; and
 * a pool has as many pages as it may have.
 */
#include <mm/dma.h>
#include <mm/gfp.h>
#include <mm/parts.h>
#include <mm/snapshot.h>

#include "bounds.h"

#define BLOCK_BYTES	16u
#define BLOCKS		(PAGE_SIZE / BLOCK_BYTES)

static struct dma_device dev;

/* All ranges but the last lie where no RAM does. */
static void narrow(phys_addr_t pa, u64 last)
{
	for (dev.nr_ranges = 0; dev.nr_ranges < DMA_RANGES_MAX - 1; dev.nr_ranges++)
		dev.ranges[dev.nr_ranges] = (struct dma_range){ 0, dev.nr_ranges, 0 };
	dev.ranges[dev.nr_ranges++] = (struct dma_range){ pa, pa, last };
}

static void map_page_once(char *va)
{
	u64 from = arch_instret();
	dma_addr_t handle = dma_map_single(&dev, va, PAGE_SIZE, DMA_BIDIRECTIONAL);

	if (handle == DMA_MAPPING_ERROR)
		return;
	bound_saw(PATH_DMA_MAP, from);
	dma_unmap_single(&dev, handle, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

/* What of it keeps interrupts off. */
static void claim_page_once(char *va)
{
	u64 from = arch_instret();
	phys_addr_t bounce_pa;

	if (!part_bounce_claim(__pa(va), PAGE_SIZE, &bounce_pa))
		return;
	bound_saw(PATH_DMA_CLAIM, from);
	from = arch_instret();
	part_bounce_put(bounce_pa, PAGE_SIZE);
	bound_saw(PATH_DMA_PUT, from);
}

static void bounce_page_once(char *va)
{
	u64 from = arch_instret();
	dma_addr_t handle = dma_map_single(&dev, va, PAGE_SIZE, DMA_BIDIRECTIONAL);

	if (handle == DMA_MAPPING_ERROR)
		return;
	bound_saw(PATH_DMA_BOUNCE, from);
	from = arch_instret();
	dma_sync_single_for_cpu(&dev, handle, PAGE_SIZE, DMA_BIDIRECTIONAL);
	bound_saw(PATH_DMA_SYNC, from);
	from = arch_instret();
	dma_unmap_single(&dev, handle, PAGE_SIZE, DMA_BIDIRECTIONAL);
	bound_saw(PATH_DMA_UNMAP, from);
}

/* Slot by slot; every second one is given back, and the last two. */
static void drive_bounce(char *va, dma_addr_t *handles, const struct dma_bounce_snapshot *b)
{
	unsigned int nr = 0;

	while (nr < b->slots &&
	       (handles[nr] = dma_map_single(&dev, va, 1, DMA_TO_DEVICE)) != DMA_MAPPING_ERROR)
		nr++;
	for (unsigned int i = 0; i < nr; i++)
		if (i % 2 == 0 || i + 2 >= nr)
			dma_unmap_single(&dev, handles[i], 1, DMA_TO_DEVICE);
	claim_page_once(va);
	bounce_page_once(va);
	for (unsigned int i = 1; i + 2 < nr; i += 2)
		dma_unmap_single(&dev, handles[i], 1, DMA_TO_DEVICE);
}

/* Block by block until the pool may not grow; the last block is the farthest. */
static void drive_pool(dma_addr_t *handles, void **blocks)
{
	struct dma_pool *pool = dma_pool_create("bench", &dev, BLOCK_BYTES, BLOCK_BYTES, 0);
	unsigned long most = DMA_POOL_PAGES * BLOCKS, nr = 0;

	for (; pool && nr < most; nr++) {
		u64 from = arch_instret();

		blocks[nr] = dma_pool_alloc(pool, GFP_NOWAIT | __GFP_NOWARN, &handles[nr]);
		if (!blocks[nr])
			break;
		bound_saw(nr % BLOCKS ? PATH_POOL_ALLOC : PATH_POOL_GROW, from);
	}
	while (nr--) {
		u64 from = arch_instret();

		dma_pool_free(pool, blocks[nr], handles[nr]);
		bound_saw(PATH_POOL_FREE, from);
	}
	if (pool)
		dma_pool_destroy(pool);
}

static void drive(char *va, dma_addr_t *handles, void **blocks)
{
	struct dma_bounce_snapshot b;

	drive_pool(handles, blocks);
	narrow(__pa(va), PAGE_SIZE - 1);
	map_page_once(va);
	dma_bounce_read(&b);
	if (!b.slots || b.slots > DMA_POOL_PAGES * BLOCKS)
		return;
	narrow(b.pa, (u64)b.slots * b.slot_bytes - 1);
	drive_bounce(va, handles, &b);
}

void bound_drive_dma(void)
{
	const size_t bytes = DMA_POOL_PAGES * BLOCKS * sizeof(void *);
	char *va = alloc_pages_exact(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	void **blocks = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);
	dma_addr_t *handles = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);

	if (va && blocks && handles && !dma_device_init(&dev, "bench", -1)) {
		if (!dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(64)))
			drive(va, handles, blocks);
		dma_device_exit(&dev);
	}
	if (handles)
		free_pages_exact(handles, bytes);
	if (blocks)
		free_pages_exact(blocks, bytes);
	if (va)
		free_pages_exact(va, PAGE_SIZE);
}
