/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: allocations of an exact number of pages, and of blocks by their address.
 *
 * Structure: an exact allocation of n pages is kept as the blocks of n's binary digits, largest
 * first: 13 pages are blocks of order 3, 2 and 0. Freeing derives the same blocks from the size.
 *
 * Invariants: none of its own.
 *
 * Locking: zone->lock while a block is cut.
 *
 * Bounds: one allocation and a cut for each order; a free for each digit (bounds.c).
 *
 * Configuration: MAX_ORDER is the largest.
 */
#include "internal.h"

void *alloc_pages_exact(size_t bytes, gfp_t gfp)
{
	unsigned long nr_pages = PFN_UP(bytes);
	unsigned int order = nr_pages ? fls64(nr_pages - 1) : 0;
	struct mem_account *account = NULL;
	unsigned long pfn, flags, given = 0;
	struct zone *zone;
	struct page *page;

	if (!nr_pages)
		return NULL;
	page = alloc_pages(gfp, order);
	if (!page || is_power_of_2(nr_pages))
		return page ? page_address(page) : NULL;

	zone = page_zone(page);
	pfn = page_to_pfn(page);
	flags = spin_lock_irqsave(&zone->lock);
	do {
		/* [pfn, pfn + 2^order) still holds nr_pages and is more than that. */
		buddy_split_allocated(zone, pfn, order, order - 1);
		order--;
		if (nr_pages > 1ul << order) {
			pfn += 1ul << order;
			nr_pages -= 1ul << order;
		} else {
			IF_ENABLED(CONFIG_MEM_ACCOUNTS,
				   account = account_take_off(pfn_to_page(pfn + (1ul << order)));)
			zone_give(zone, pfn + (1ul << order), order,
				  page_migratetype(pfn_to_page(pfn)));
			count_vm_events(PGFREE, 1ul << order);
			given += 1ul << order;
		}
	} while (nr_pages != 1ul << order);
	VALIDATE(zone_must_be_valid(zone));
	spin_unlock(&zone->lock);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_credit(account, given);
	arch_local_irq_restore(flags);
	return page_address(page);
}

void free_pages_exact(void *va, size_t bytes)
{
	unsigned long nr_pages = va ? PFN_UP(bytes) : 0;

	while (nr_pages) {
		unsigned int order = ilog2(nr_pages);

		free_pages((unsigned long)va, order);
		va = (char *)va + (PAGE_SIZE << order);
		nr_pages -= 1ul << order;
	}
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page((void *)addr), order);
}
