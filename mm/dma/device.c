/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: devices: made from a node of the tree, their masks, and the table of those that there are.
 *
 * Structure: a driver keeps its struct dma_device; devices[] points to each for whoever lists them.
 *
 * Invariants:
 * DM4 When a device goes it has no memory of the page allocator's any more.
 *
 * Locking: devices_lock covers the table; a device in it stays until its row is empty. What a
 * device is, is constant; its masks are its driver's.
 *
 * Bounds: DMA_DEVICES rows.
 *
 * Configuration: DMA_DEVICES.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>

#include "internal.h"

static DEFINE_SPINLOCK(devices_lock, LOCK_DMA_DEVICES);
static struct dma_device *devices[CONFIG_DMA_DEVICES];	/* [V] */

void dma_tell_once(struct dma_device *dev, const char *fmt, ...)
{
	char line[128];

	if (__atomic_exchange_n(&dev->told, 1, __ATOMIC_RELAXED))
		return;
	va_scnprintf(line, sizeof(line), fmt);
	pr_warn("dma: %s: %s\n", dev->name, line);
}

struct dma_device *dma_devices_lock(unsigned int nr, unsigned long *flags)
{
	*flags = spin_lock_irqsave(&devices_lock);
	return devices[nr];
}

void dma_devices_unlock(unsigned long flags)
{
	spin_unlock_irqrestore(&devices_lock, flags);
}

/* The first row that holds was holds now. */
static bool replace_row(struct dma_device *was, struct dma_device *now)
{
	unsigned long flags = spin_lock_irqsave(&devices_lock);
	unsigned int i = 0;

	while (i < CONFIG_DMA_DEVICES && devices[i] != was)
		i++;
	if (i < CONFIG_DMA_DEVICES)
		devices[i] = now;
	spin_unlock_irqrestore(&devices_lock, flags);
	return i < CONFIG_DMA_DEVICES;
}

/* What a mapping with this mask needs is there. */
static bool mapping_works(const struct dma_device *dev, u64 mask)
{
	gfp_t gfp;

	return dma_can_sync(dev) &&
	       (dma_zone_for(dev, mask, &gfp) || dma_bounce_reached(dev, mask));
}

/* The same for coherent memory. *gfp: the zone; GFP_NOWAIT where a region serves. */
static bool coherent_works(const struct dma_device *dev, u64 mask, gfp_t *gfp)
{
	*gfp = GFP_NOWAIT;
	if (dev->region)
		return dma_reaches(dev, mask, dev->region->pa,
				   (u64)dev->region->pages.nr << PAGE_SHIFT);
	if (IS_ENABLED(CONFIG_CMA) && dev->contig)
		return dma_contig_reached(dev, mask, dev->contig - 1);
	return dma_zone_for(dev, mask, gfp);
}

int dma_set_mask(struct dma_device *dev, u64 mask)
{
	if (!dma_can_sync(dev)) {
		pr_err("dma: %s: it is not coherent, and nothing here writes caches back (Zicbom, or "
		       "a driver of the board's)\n", dev->name);
		return -EIO;
	}
	if (!mapping_works(dev, mask))
		return dma_say_no_zone(dev, mask);
	dev->mask = mask;
	return 0;
}

int dma_set_coherent_mask(struct dma_device *dev, u64 mask)
{
	const char *own = dev->region ? dev->region->name : NULL;
	gfp_t gfp;

	if (IS_ENABLED(CONFIG_CMA) && dev->contig)
		own = dma_contig_name(dev->contig - 1);
	if (!coherent_works(dev, mask, &gfp)) {
		if (!own)
			return dma_say_no_zone(dev, mask);
		pr_err("dma: %s: mask 0x%llx does not reach all of its memory-region %s\n", dev->name,
		       (unsigned long long)mask, own);
		return -EIO;
	}
	dev->coherent_mask = mask;
	dev->coherent_gfp = gfp;
	return 0;
}

int dma_set_mask_and_coherent(struct dma_device *dev, u64 mask)
{
	u64 before = dev->mask;
	int err = dma_set_mask(dev, mask);

	if (!err)
		err = dma_set_coherent_mask(dev, mask);
	if (err)
		dev->mask = before;
	return err;
}

int dma_device_init(struct dma_device *dev, const char *name, int node)
{
	const u64 mask = DMA_BIT_MASK(32);
	int err;

	*dev = (struct dma_device){ .name = name, .node = node };
	err = dma_read_node(dev);
	if (!err && node >= 0)
		err = dma_region_of_node(dev);
	if (err)
		return err;
	if (mapping_works(dev, mask))
		dev->mask = mask;
	if (coherent_works(dev, mask, &dev->coherent_gfp))
		dev->coherent_mask = mask;
	if (replace_row(NULL, dev))
		return 0;
	pr_err("dma: %s: there are %u devices already: raise CONFIG_DMA_DEVICES\n", name,
	       CONFIG_DMA_DEVICES);
	return -ENOSPC;
}

void dma_device_exit(struct dma_device *dev)
{
	unsigned long pages = __atomic_load_n(&dev->coherent_pages, __ATOMIC_RELAXED);
	bool known;

	ASSERT(!pages, "DM4: %s goes and has %lu pages", dev->name, pages);
	known = replace_row(dev, NULL);
	ASSERT(known, "DM4: %s goes, which is no device", dev->name);
}
