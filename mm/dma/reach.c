/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: what of memory a device reaches with the bus addresses that it can send, and which zone
 * lies within that as a whole.
 *
 * Structure: a device's ranges, each cut where its mask ends:
 *
 *	zones     |     DMA     |     DMA32     |      NORMAL       |
 *	reached   ####################                    ####
 *	          chosen: DMA
 *
 * A request for a zone may be met from any below it, so that those count as well.
 *
 * Invariants:
 * DM2 What lies in the chosen zone and in those below it is reached by the coherent mask.
 * DM3 A bus address that comes back lies in a range of the device.
 *
 * Locking: none. A device's ranges and the borders of zones are constant, and masks are set before
 * the device is used.
 *
 * Bounds: DMA_RANGES_MAX ranges for an address; their square, for each zone of each node, when a
 * mask is set.
 *
 * Configuration: ZONE_DMA and ZONE_DMA_LIMIT_MB, ZONE_DMA32: which zones there are.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/numa.h>
#include <kernel/printk.h>
#include <mm/mmzone.h>
#include <mm/numa.h>

#include "internal.h"

/* How much of r, from its start, a mask leaves; false: nothing. *last: as in r. */
static bool masked(const struct dma_range *r, u64 mask, u64 *last)
{
	if (r->bus > mask)
		return false;
	*last = min(r->last, mask - r->bus);
	return true;
}

dma_addr_t dma_to_bus(const struct dma_device *dev, u64 mask, phys_addr_t pa, u64 bytes)
{
	u64 last;

	for (unsigned int i = 0; i < dev->nr_ranges; i++) {
		const struct dma_range *r = &dev->ranges[i];
		u64 offset = pa - r->cpu_pa;

		if (pa >= r->cpu_pa && masked(r, mask, &last) && offset <= last &&
		    bytes - 1 <= last - offset)
			return r->bus + offset;
	}
	return DMA_MAPPING_ERROR;
}

phys_addr_t dma_to_pa(const struct dma_device *dev, dma_addr_t handle, u64 bytes)
{
	for (unsigned int i = 0; i < dev->nr_ranges; i++) {
		const struct dma_range *r = &dev->ranges[i];
		u64 offset = handle - r->bus;

		if (handle >= r->bus && offset <= r->last && bytes - 1 <= r->last - offset)
			return r->cpu_pa + offset;
	}
	ASSERT(false, "DM3: %s: bus address 0x%llx lies in no range", dev->name,
	       (unsigned long long)handle);
	return DMA_NO_PA;
}

/* The first address from pa on that the device does not reach; end when it reaches all before. */
static phys_addr_t reached_up_to(const struct dma_device *dev, u64 mask, phys_addr_t pa,
				 phys_addr_t end)
{
	bool further = true;
	u64 last;

	/* Each turn but the last goes to the end of another range. */
	while (pa < end && further) {
		further = false;
		for (unsigned int i = 0; i < dev->nr_ranges; i++) {
			const struct dma_range *r = &dev->ranges[i];

			if (pa < r->cpu_pa || !masked(r, mask, &last) || pa - r->cpu_pa > last)
				continue;
			further = true;
			if (last >= end - 1 - r->cpu_pa)
				return end;
			pa = r->cpu_pa + last + 1;
		}
	}
	return min(pa, end);
}

bool dma_reaches(const struct dma_device *dev, u64 mask, phys_addr_t pa, u64 bytes)
{
	return reached_up_to(dev, mask, pa, pa + bytes) == pa + bytes;
}

static phys_addr_t start_of(const struct zone *zone)
{
	return PFN_PHYS(zone->zone_start_pfn);
}

/* The zones of that index on all nodes: is any there, and are all that are there reached? */
static bool zones_reached(const struct dma_device *dev, u64 mask, unsigned int idx, bool *any)
{
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		const struct zone *zone = &NODE_DATA(nid)->node_zones[idx];

		if (!node_online(nid) || !zone->present_pages)
			continue;
		if (!dma_reaches(dev, mask, start_of(zone),
				 PFN_PHYS(zone_end_pfn(zone)) - start_of(zone)))
			return false;
		*any = true;
	}
	return true;
}

bool dma_zone_for(const struct dma_device *dev, u64 mask, gfp_t *gfp)
{
	static const gfp_t flags[] = {
		[ZONE_NORMAL] = GFP_NOWAIT,
		IF_ENABLED(CONFIG_ZONE_DMA32, [ZONE_DMA32] = __GFP_DMA32,)
		IF_ENABLED(CONFIG_ZONE_DMA, [ZONE_DMA] = __GFP_DMA,)
	};
	bool any = false;

	for (unsigned int idx = 0; idx <= ZONE_NORMAL; idx++) {
		if (!zones_reached(dev, mask, idx, &any))
			break;
		*gfp = flags[idx];
	}
	return any;
}

/* Where RAM begins. */
static phys_addr_t first_ram(void)
{
	const struct zone *zone;
	phys_addr_t first = DMA_NO_PA;

	for_each_populated_zone(zone)
		first = min(first, start_of(zone));
	return first;
}

int dma_say_no_zone(const struct dma_device *dev, u64 mask)
{
	phys_addr_t first = first_ram(), end = reached_up_to(dev, mask, first, DMA_NO_PA);
	unsigned long long limit_mb = end / SZ_1M;

	if (end == first || limit_mb <= first / SZ_1M)
		pr_err("dma: %s: mask 0x%llx reaches no RAM, which begins at 0x%llx\n", dev->name,
		       (unsigned long long)mask, (unsigned long long)first);
	else
		pr_err("dma: %s: mask 0x%llx reaches RAM up to 0x%llx, and no zone ends there: %s "
		       "ZONE_DMA_LIMIT_MB to %llu\n", dev->name, (unsigned long long)mask,
		       (unsigned long long)end, IS_ENABLED(CONFIG_ZONE_DMA) ? "lower" :
		       "turn on ZONE_DMA and set", limit_mb);
	return -EIO;
}
