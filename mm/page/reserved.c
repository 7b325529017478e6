/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: memory that boot kept under an owner's name goes to the buddy after all.
 *
 * Structure: hand-over cut what one owner has into blocks of its own, state PG_RESERVED. Each of
 * them becomes a free block, and merges with what is free around it.
 *
 * Invariants:
 * H5  A range that is given back is whole reserved blocks.
 *
 * Locking: zone->lock, for one block at a time; any context.
 *
 * Configuration: none.
 */
#include "internal.h"

unsigned long free_reserved_range(phys_addr_t start_pa, phys_addr_t end_pa)
{
	unsigned long pfn = PFN_UP(start_pa), end_pfn = PFN_DOWN(end_pa), pages = 0;

	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order = page_order(page);
		struct zone *zone = page_zone(page);
		unsigned long flags;

		ASSERT(block_head_pfn(pfn) == pfn && page_state(page) == PG_RESERVED &&
		       pfn + (1ul << order) <= end_pfn,
		       "H5: frame 0x%lx does not begin a reserved block of the range", pfn);
		flags = spin_lock_irqsave(&zone->lock);
		WRITE_ONCE(zone->managed_pages, zone->managed_pages + (1ul << order));
		zone->init_pages -= min(zone->init_pages, 1ul << order);
		/* Boot's pages count as unmovable until they are free. */
		zone_give(zone, pfn, order, order >= pageblock_order ? page_migratetype(page)
								     : MIGRATE_UNMOVABLE);
		spin_unlock_irqrestore(&zone->lock, flags);
		pages += 1ul << order;
		pfn += 1ul << order;
	}
	return pages;
}
