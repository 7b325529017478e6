/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MMZONE_H
#define MM_MMZONE_H

#include <kernel/cache.h>
#include <kernel/spinlock.h>
#include <kernel/types.h>
#include <mm/config.h>
#include <mm/page_word.h>

/* By type; those that have lists. */
extern const char *const migratetype_names[MIGRATE_TYPES];

/*
 * Ascending in address; each but NORMAL is an option. The name of a zone that is not in this
 * configuration stands for the zone that serves its requests. What each zone is says the table in
 * mm/page/zone.c.
 */
enum zone_type {
	ZONE_DMA,
	ZONE_DMA32 = ZONE_DMA + IS_ENABLED(CONFIG_ZONE_DMA),
	ZONE_NORMAL = ZONE_DMA32 + IS_ENABLED(CONFIG_ZONE_DMA32),
	ZONE_MOVABLE = ZONE_NORMAL + IS_ENABLED(CONFIG_ZONE_MOVABLE),
	MAX_NR_ZONES
};

/* Bits that tell the zones of this configuration apart. */
#define ZONES_SHIFT	BITS_FOR(MAX_NR_ZONES)

enum zone_watermark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

/* Free blocks of one order. Lists are doubly linked through struct page.next_pfn/prev_pfn. */
struct free_area {
	u32 first_pfn[MIGRATE_TYPES];	/* [Z] PFN_NONE when empty */
	u32 nr_free[MIGRATE_TYPES];	/* [Z] blocks on the list */
};

/*
 * In groups that begin lines of the cache: what every CPU reads and none writes once boot is over;
 * the lock alone, since those who wait for it read it over and over; the lists that its holder
 * writes meanwhile; what changes seldom. The letters say what guards a field: docs/locking.md.
 */
struct zone {
	unsigned int idx;				/* [c] enum zone_type */
	u32 free_word;					/* [c] of a free block, order and type 0 */
	unsigned long pageblock_bias;			/* [S*] see zone_pageblock(); 0: none */
	unsigned long watermark[NR_WMARK];		/* [S*] pages */
	unsigned long lowmem_reserve[MAX_NR_ZONES];	/* [S*] pages kept from requests that may
							 * go up to the indexed zone */
	unsigned int pcp_high, pcp_batch;		/* [S*] pages, of each CPU */
	unsigned int pcp_pageblocks;			/* [S*] of each type, of each CPU: 0 or 1 */
	int nid;					/* [c] */
	unsigned long zone_start_pfn;			/* [S*] */
	unsigned long spanned_pages;			/* [S*] holes included */
	unsigned long present_pages;			/* [S*] RAM */
	const char *name;				/* [c] */

	spinlock_t lock __cacheline_aligned_in_smp;

	u32 free_orders[MIGRATE_TYPES] __cacheline_aligned_in_smp;	/* [Z] bit o: list of order
									 * o not empty */
	unsigned long nr_free_pages;			/* [Z*] on the lists of ordinary types */
	struct free_area free_area[NR_PAGE_ORDERS];	/* [Z] */
	IF_ENABLED(CONFIG_SPECIAL_TYPES,
		   unsigned long nr_free_special[NR_SPECIAL_TYPES];)	/* [Z*] the same for each
									 * special type */

	/* Pageblocks that could be emptied: their first frames, by level. */
	IF_ENABLED(CONFIG_COMPACTION,
		   u32 candidates[COMPACT_LEVELS];	/* [Z] */
		   u32 candidate_levels;)		/* [Z] bit l: list l not empty */

	unsigned long managed_pages __cacheline_aligned_in_smp;	/* [Z*] present less what boot
								 * kept */
	unsigned long init_pages;			/* [Z] of the image's init part: managed,
							 * once it is given back */
	unsigned long nr_pageblocks[MIGRATE_TYPES];	/* [Z] pageblocks of each type */
	IF_ENABLED(CONFIG_CMA, unsigned long cma_pages;)	/* [c] of areas, lent or not */
};

/*
 * Zones to try, best first; ended by NULL. A request passes over those whose idx is above the
 * highest zone that it may use.
 */
struct zonelist {
	struct zone *zones[MAX_NUMNODES * MAX_NR_ZONES + 1];	/* [S*] */
};

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];		/* [f] */
	struct zonelist zonelist;			/* [S*] own node first, then by distance */
	struct zone *own_zones[MAX_NR_ZONES + 1];	/* [S*] for __GFP_THISNODE, ended by NULL */
	int node_id;					/* [c] */
	unsigned long node_start_pfn;			/* [S*] */
	unsigned long node_present_pages;		/* [S*] */
	unsigned long node_spanned_pages;		/* [S*] */
} pg_data_t;

extern pg_data_t node_data[MAX_NUMNODES];
#define NODE_DATA(nid)		(&node_data[nid])

/* Zones of all online nodes, node by node. */
#define for_each_zone(zone) \
	for (int _nid = 0; _nid < MAX_NUMNODES; _nid++) \
		if (node_online(_nid)) \
			for (zone = NODE_DATA(_nid)->node_zones; \
			     zone < NODE_DATA(_nid)->node_zones + MAX_NR_ZONES; zone++)
#define for_each_populated_zone(zone) \
	for_each_zone(zone) \
		if (zone->present_pages)

static inline unsigned long zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

/* False when grouping by mobility is off at run time: too little memory for it. */
extern bool page_group_by_mobility;
extern unsigned long min_free_kbytes;	/* what the watermarks were computed from */

/* Boot steps, in this order, once each; see kernel/init.c. */
void sparse_init(void);			/* sections and memmap from memblock.memory */
void page_tag_init(void);		/* the tag that words of this boot carry */
void free_area_init(void);		/* nodes, zones, pageblocks */
void build_all_zonelists(void);
void memblock_free_all(void);		/* memblock's free memory to the buddy */
void memory_hotplug_init(void);		/* what zones are without memory that comes later */
void setup_per_zone_wmarks(void);
void setup_per_zone_lowmem_reserve(void);
void setup_per_cpu_pageset(void);	/* limits of the per-CPU lists, where inline paths begin */

/* Free blocks of each zone right after boot, with the image's init part given back; counted
 * from memblock alone. fn gets each block once. Boot only. */
void memblock_for_each_free_block(void (*fn)(int nid, unsigned int zone_idx, unsigned int order,
					     void *ctx), void *ctx);

/* Memory kept since boot under one owner goes to the buddy: [start_pa, end_pa) must be whole
 * reserved blocks, as when it was reserved by its own name. Returns pages freed. */
unsigned long free_reserved_range(phys_addr_t start_pa, phys_addr_t end_pa);

/* Walks the lists of one zone under its lock; NULL or the first broken rule. */
const char *zone_validate(struct zone *zone);

/* Sum of managed pages. A snapshot. */
unsigned long totalram_pages(void);

#endif /* MM_MMZONE_H */
