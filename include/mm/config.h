/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CONFIG_H
#define MM_CONFIG_H

/* Everything that follows from .config by arithmetic, computed once. Relations between
 * options are in mm/check/relations.h. */

#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/numa.h>
#include <arch/page.h>

#define MAX_ORDER		CONFIG_MAX_ORDER
#define NR_PAGE_ORDERS		(MAX_ORDER + 1)
#define MAX_ORDER_NR_PAGES	(1ul << MAX_ORDER)
#define MAX_ORDER_BYTES		(PAGE_SIZE << MAX_ORDER)

/*
 * One past the highest frame number that a descriptor can have. Numbers and ends of ranges are
 * kept in 32 bits, of which the last value stands for none: the last granule of 16 TiB is lost.
 */
#define MAX_PHYSMEM_PFN		MIN_CONST(1ul << (CONFIG_MAX_PHYSMEM_BITS - PAGE_SHIFT), \
					  (1ul << 32) - 1024)

#define PFN_SECTION_SHIFT	(CONFIG_SECTION_SIZE_BITS - PAGE_SHIFT)
#define PAGES_PER_SECTION	(1ul << PFN_SECTION_SHIFT)
#define SECTION_BYTES		(1ul << CONFIG_SECTION_SIZE_BITS)

#define pageblock_order		CONFIG_PAGEBLOCK_ORDER
#define pageblock_nr_pages	(1ul << pageblock_order)

/* Pageblocks are told apart by the power of two that their movable pages reach: levels 1 and up. */
#define COMPACT_LEVELS		(pageblock_order + 2)
#define COMPACT_LEVEL_BITS	5

/* Orders that per-CPU lists hold: the small ones, 0 .. PCP_SMALL_ORDERS - 1, and pageblocks. */
#define PCP_SMALL_ORDERS_MOST	5
#define PCP_SMALL_ORDERS	MIN_CONST(PCP_SMALL_ORDERS_MOST, NR_PAGE_ORDERS)
#define PCP_PAGEBLOCKS		(pageblock_order >= PCP_SMALL_ORDERS)
#define NR_PCP_ORDERS		(PCP_SMALL_ORDERS + PCP_PAGEBLOCKS)
#define PCP_PAGEBLOCK_SHARE	16	/* all CPUs' pageblocks are at most this part of a zone */

/* 0 without the zone. */
#define ZONE_DMA_LIMIT_MB	(IF_ENABLED(CONFIG_ZONE_DMA, CONFIG_ZONE_DMA_LIMIT_MB) + 0)
#define ZONE_MOVABLE_SIZE_MB	(IF_ENABLED(CONFIG_ZONE_MOVABLE, CONFIG_ZONE_MOVABLE_SIZE_MB) + 0)

/* 0 without what has the priority. */
#define NR_PRIORITIES		(IF_ENABLED(CONFIG_THREADS, CONFIG_NR_PRIORITIES) + 0)
#define SHELL_PRIORITY		(IF_ENABLED(CONFIG_THREADS, CONFIG_SHELL_PRIORITY) + 0)
#define RECLAIM_PRIORITY	(IF_ENABLED(CONFIG_RECLAIM_THREAD, CONFIG_RECLAIM_PRIORITY) + 0)
#define COMPACTION_PRIORITY	\
	(IF_ENABLED(CONFIG_COMPACTION_THREAD, CONFIG_COMPACTION_PRIORITY) + 0)
#define WORK_PRIORITY		(IF_ENABLED(CONFIG_WORKQUEUE, CONFIG_WORK_PRIORITY) + 0)
#define USER_PRIORITY		(IF_ENABLED(CONFIG_PROCESSES, CONFIG_USER_PRIORITY) + 0)

/* 0: nobody waits. */
#define RECLAIM_WAIT_MS		(IF_ENABLED(CONFIG_RECLAIM_THREAD, CONFIG_RECLAIM_WAIT_MS) + 0u)

/* A range may end at the last byte of all, where rounding up before the shift would wrap. */
#define PFN_UP(pa)		(((pa) >> PAGE_SHIFT) + (((pa) & (PAGE_SIZE - 1)) != 0))
#define PFN_DOWN(pa)		((pa) >> PAGE_SHIFT)
#define pages_to_kb(pages)	((pages) << (PAGE_SHIFT - 10))
#define PFN_PHYS(pfn)		((phys_addr_t)(pfn) << PAGE_SHIFT)

#endif /* MM_CONFIG_H */
