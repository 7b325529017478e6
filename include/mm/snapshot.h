/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SNAPSHOT_H
#define MM_SNAPSHOT_H

/*
 * What the rest of the kernel reads of mm/'s counters: views, shell, plan, benchmarks. One node,
 * one zone, one cache, one CPU at a time. Nobody outside mm/ takes a lock of mm's, or looks into
 * struct zone or struct kmem_cache.
 *
 * Each function says what of its answer is of one moment, and under which lock; what is constant
 * after boot needs none. Figures of two calls are of two moments: they add up when memory is at
 * rest (stop_machine()), and else nearly. Any context, no lock of mm's held; zones are there from
 * build_all_zonelists() on, caches from kmem_cache_init().
 */

#include <kernel/types.h>
#include <mm/config.h>
#include <mm/dma.h>
#include <mm/mmzone.h>
#include <mm/numa_events.h>

struct kmem_cache;

/* ---- nodes ---- */

struct node_snapshot {
	unsigned long start_pfn, spanned_pages, present_pages;
};

/* All of one moment; constant after boot, but for memory hot-plug. False, and nothing is read, when
 * the node is not online. */
bool node_snapshot(int nid, struct node_snapshot *n);

/*
 * Pages of an online node's RAM in page tables, those of boot included, and in stacks of CPUs that
 * were started. Each is a counter of its own, read once.
 */
unsigned long node_table_pages(int nid);
unsigned long node_stack_pages(int nid);

/* ---- zones ---- */

struct zone_snapshot {
	/* Constant. */
	const char *name;
	int nid;
	unsigned int idx;				/* enum zone_type */
	/* Of one moment: zone->lock. What comes first is constant after boot, but for memory
	 * hot-plug. */
	unsigned long start_pfn, spanned_pages, present_pages;	/* 0 present: not populated */
	unsigned long watermark[NR_WMARK];		/* pages */
	unsigned long protection[MAX_NR_ZONES];		/* lowmem_reserve, pages */
	unsigned int pcp_high, pcp_batch;		/* pages, of each CPU */
	unsigned long managed_pages, free_pages;	/* free: on the buddy's lists */
	unsigned long init_pages;			/* will be managed: boot's init part */
	unsigned long cma_pages, free_cma_pages;	/* of contiguous areas; and free of them */
};

/* False, and nothing is read, when the node is not online or has no such zone. */
bool zone_snapshot(int nid, unsigned int idx, struct zone_snapshot *z);

/* The zone that requests at an online node try at place nr, from 0 on; false past the last. */
bool zonelist_snapshot(int nid, unsigned int nr, struct zone_snapshot *z);

/*
 * The zones of all online nodes, node by node, each read in its turn into *z. *place is 0 for a
 * start and then behind the zone that was read; false past the last.
 */
bool zone_snapshot_next(unsigned int *place, struct zone_snapshot *z);
#define for_each_zone_snapshot(z) \
	for (unsigned int _place = 0; zone_snapshot_next(&_place, z);)
#define for_each_populated_zone_snapshot(z) \
	for_each_zone_snapshot(z) \
		if ((z)->present_pages)

/*
 * Pages that may still be had: what is free beyond all marks and reserves. What shrinkers could
 * give back beside is not counted. Each zone is read once, the sum is of no one moment.
 */
unsigned long si_mem_available(void);

/* The rest of a zone, apart for the stack's sake. The zone is one that zone_snapshot() knows. */

/* Blocks on the buddy's lists. All of one moment: zone->lock. Lists carry their length: no walk. */
struct zone_free_blocks {
	u32 nr[NR_PAGE_ORDERS][MIGRATE_TYPES];
};
void zone_free_blocks(int nid, unsigned int idx, struct zone_free_blocks *b);

/* Those of an order, all types together. */
static inline unsigned long free_blocks_of_order(const struct zone_free_blocks *b,
						 unsigned int order)
{
	unsigned long blocks = 0;

	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		blocks += b->nr[order][mt];
	return blocks;
}

/*
 * Linux's two measures of what free blocks are good for, in thousandths, as /proc/extfrag prints
 * them (its debugfs has the same). unusable: of free memory, what lies in blocks smaller than the
 * order; 1000 where nothing is free. The other says why a request of the order would fail: towards
 * 0 for want of memory, towards 1000 because it lies in pieces; -1000: the request would not fail.
 */
unsigned int unusable_free_index(const struct zone_free_blocks *b, unsigned int order);
int fragmentation_index(const struct zone_free_blocks *b, unsigned int order);

/* Pageblocks by type. All of one moment: zone->lock. */
void zone_pageblocks(int nid, unsigned int idx, unsigned long nr[MIGRATE_TYPES]);

/* Pages of the zone on a CPU's lists. Each list's length is read once, the sum is of no one moment
 * unless that CPU is the caller's, with interrupts off, or at rest. */
unsigned long zone_pcp_pages(int nid, unsigned int idx, unsigned int cpu);

/* One of a CPU's lists of the zone, in blocks; each is read once. False: there is no such list. */
bool zone_pcp_list(int nid, unsigned int idx, unsigned int cpu, unsigned int order, unsigned int mt,
		   unsigned int *count, unsigned int *limit);

/* How often that has happened at the zone; each CPU's count is read once. 0 without
 * CONFIG_NUMA. */
unsigned long zone_numa_events(int nid, unsigned int idx, enum numa_event event);

/* Constant. Below MAX_NR_ZONES. */
const char *zone_name(unsigned int idx);

/* ---- sections ---- */

struct section_snapshot {
	unsigned long nr;			/* its address >> SECTION_SIZE_BITS */
	unsigned long start_pfn, end_pfn;	/* that have descriptors; equal: it is offline */
	unsigned long ram_pages;
	int nid;
	bool hotpluggable;
	const char *zone;			/* of a hotpluggable one that is online */
};

/* The sections that have RAM, upwards, each of one moment. *place is 0 for a start and then behind
 * the one that was read; false past the last. */
bool section_snapshot_next(unsigned long *place, struct section_snapshot *s);
#define for_each_section_snapshot(s) \
	for (unsigned long _place = 0; section_snapshot_next(&_place, s);)

/* ---- frames ---- */

/* The block that covers a frame. */
struct frame_snapshot {
	unsigned long head_pfn;
	unsigned int order;
	int nid;
	const char *zone;
	const char *migratetype;	/* that the block carries */
	enum page_state state;
	char owner[64];			/* whose it is, for people */
};

/* All but owner's text is of one moment: zone->lock. False: no zone has the frame, or no RAM is
 * there. */
bool frame_snapshot(unsigned long pfn, struct frame_snapshot *f);
/* ---- areas of the vmalloc window ---- */

/* Pages of vmalloc()'s areas and of CPUs' stacks: a counter, read once. */
unsigned long vmalloc_pages(void);

/* One line of /proc/vmallocinfo. All of one moment. */
struct vm_area_snapshot {
	unsigned long start, end;	/* with the guard page */
	const void *caller;
	unsigned long pages;		/* that are the area's own; 0 for those of others */
	phys_addr_t pa;			/* of registers; else 0 */
	const char *kind;		/* vmalloc, vmap, ioremap */
};

/* The first area, with CONFIG_VMALLOC, that ends above *place, 0 for a start; *place is then its
 * end. False past the last. Areas may come and go meanwhile. */
bool vm_area_snapshot_next(unsigned long *place, struct vm_area_snapshot *a);

/* ---- caches ---- */

/* One line of /proc/slabinfo. */
#define SLABINFO_NAME_BYTES	48
struct slabinfo {
	char name[SLABINFO_NAME_BYTES];		/* cut to what fits */
	unsigned int objsize, objperslab, pagesperslab, order;
	unsigned long num_objs, active_slabs, num_slabs;	/* of one moment: cache->lock */
	unsigned long active_objs;		/* less those that CPUs hold, who are not stopped */
	unsigned long limit;			/* of objects in use; 0: none */
	unsigned int merged;			/* caches that it serves for beside its own name */
};

/* Reads a cache that the caller keeps from ending. */
void slabinfo_read(struct kmem_cache *cache, struct slabinfo *info);

/*
 * Reads a cache: that in row *row, 0 for a start, or in the next one that is taken; *row is then
 * behind it. False past the last. Caches may come and go meanwhile: one that is there all the time
 * is met exactly once, and one that is met does not end before it was read. kmalloc's classes have
 * the rows below NR_KMALLOC_CLASSES.
 */
bool slabinfo_next(unsigned int *row, struct slabinfo *info);

/* Pages in slabs, of an online node or of all nodes. Each cache is read once, the sum is of no one
 * moment. reclaimable: those of SLAB_RECLAIM_ACCOUNT caches; else those of the others. */
unsigned long node_slab_pages(int nid, bool reclaimable);
unsigned long slab_pages(bool reclaimable);

/* ---- bus masters: with CONFIG_DMA ---- */

struct dma_device_snapshot {
	char name[48];			/* cut to what fits, as the region's */
	bool coherent;
	u64 mask, coherent_mask;
	unsigned long pages;		/* of the page allocator's */
	unsigned int nr_ranges;
	struct dma_range ranges[DMA_RANGES_MAX];
	char region[48];		/* "": it has none of its own */
	phys_addr_t region_pa;
	unsigned int region_pages, region_used, region_most;
};

/* Reads the device in row *row, 0 for a start, or in the next one that is taken; *row is then
 * behind it. False past the last. Any context. */
bool dma_device_next(unsigned int *row, struct dma_device_snapshot *d);

/* Slots of bounce buffers; 0: there are none. Each number is read once. */
struct dma_bounce_snapshot {
	phys_addr_t pa;
	unsigned int slot_bytes, slots, used, most;
};
void dma_bounce_read(struct dma_bounce_snapshot *b);

#endif /* MM_SNAPSHOT_H */
