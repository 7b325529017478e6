/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: devices, their regions and the bounce buffers, for readers outside mm/.
 *
 * Structure: the table of devices (mm/dma/device.c) is read a row at a time.
 *
 * Invariants: none of its own.
 *
 * Locking: devices_lock, under which no device goes. Masks and counters are read once each.
 *
 * Bounds: DMA_DEVICES rows.
 *
 * Configuration: DMA.
 */
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/snapshot.h>

#include "mm/dma/internal.h"

static void copy_device(const struct dma_device *dev, struct dma_device_snapshot *d)
{
	*d = (struct dma_device_snapshot){ .coherent = dev->coherent, .mask = READ_ONCE(dev->mask),
					   .coherent_mask = READ_ONCE(dev->coherent_mask),
					   .pages = READ_ONCE(dev->coherent_pages),
					   .nr_ranges = dev->nr_ranges };
	scnprintf(d->name, sizeof(d->name), "%s", dev->name);
	memcpy(d->ranges, dev->ranges, sizeof(d->ranges));
	if (!dev->region)
		return;
	scnprintf(d->region, sizeof(d->region), "%s", dev->region->name);
	d->region_pa = dev->region->pa;
	d->region_pages = dev->region->pages.nr;
	d->region_used = READ_ONCE(dev->region->pages.used);
	d->region_most = READ_ONCE(dev->region->pages.most);
}

bool dma_device_next(unsigned int *row, struct dma_device_snapshot *d)
{
	bool found = false;
	unsigned long flags;

	while (!found && *row < CONFIG_DMA_DEVICES) {
		const struct dma_device *dev = dma_devices_lock((*row)++, &flags);

		found = dev != NULL;
		if (found)
			copy_device(dev, d);
		dma_devices_unlock(flags);
	}
	return found;
}

void dma_bounce_read(struct dma_bounce_snapshot *b)
{
	b->slot_bytes = 1u << DMA_BOUNCE_SLOT_SHIFT;
	dma_bounce_snapshot_of(&b->pa, &b->slots, &b->used, &b->most);
}
