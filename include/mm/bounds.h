/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_BOUNDS_H
#define MM_BOUNDS_H

/* What each path of the allocators costs at most; mm/check/bounds.c says how the numbers come
 * about. */
#include <kernel/bound_letter.h>
#include <kernel/types.h>

/* What the bounds depend on: of a configuration, or of a machine that runs it. */
struct mm_bounds_of {
	unsigned int max_order;		/* MAX_ORDER */
	unsigned int types;		/* that per-CPU lists keep apart */
	unsigned int pcp_orders;	/* that have per-CPU lists */
	unsigned int batch, high;	/* pages: the largest of any zone */
	unsigned int zones;		/* of the longest zonelist */
	unsigned int nodes;
	unsigned int magazine;		/* objects, SLAB_MAGAZINE */
	unsigned int slab_max_order;	/* SLAB_MAX_ORDER */
	bool section_table;		/* SPARSEMEM, and not SPARSEMEM_VMEMMAP */
	bool shuffled;			/* SLAB_FREELIST_RANDOM */
	unsigned int caches;		/* SLAB_CACHES */
	bool reclaim;			/* RECLAIM */
	unsigned int areas;		/* VMALLOC_AREAS; 0: no VMALLOC */
	unsigned int block_order;	/* PAGEBLOCK_ORDER */
	bool moves;			/* MIGRATION, and VMALLOC, whose pages are the dearest */
	bool contig;			/* CMA */
	bool compacts;			/* COMPACTION */
	bool dma;			/* DMA */
	unsigned int bounce_slots;	/* DMA_BOUNCE_KB, in slots of 2 KiB */
	bool hotplug;			/* MEMORY_HOTPLUG */
	unsigned int section_order;	/* SECTION_SIZE_BITS, in pages */
	unsigned int sections;		/* that have RAM, or may have it */
	unsigned int cpus;		/* NR_CPUS */
	unsigned int node_threads;	/* RECLAIM_THREAD, COMPACTION_THREAD: one each */
	bool accounts;			/* MEM_ACCOUNTS */
	unsigned int wait_ms;		/* RECLAIM_WAIT_MS; 0: no RECLAIM_THREAD */
	unsigned int stack_pages;	/* STACK_SHIFT, in pages; 0: no THREADS */
};

enum mm_path {
	PATH_ALLOC_HIT, PATH_FREE_HIT, PATH_ALLOC_REFILL, PATH_FREE_HOLD, PATH_FREE_DRAIN,
	PATH_ALLOC_LARGE, PATH_FREE_LARGE, PATH_ALLOC_ANY, PATH_ALLOC_FAIL, PATH_ALLOC_EXACT,
	PATH_FREE_EXACT, PATH_DRAIN_STEP, PATH_DRAIN_LOCAL, PATH_KMALLOC_HIT, PATH_KFREE_HIT,
	PATH_CACHE_REFILL, PATH_CACHE_FLUSH, PATH_CACHE_GROW, PATH_CACHE_SHRINK, PATH_CACHE_DRAIN,
	PATH_RECLAIM_ROUND, PATH_ALLOC_RECLAIM, PATH_ALLOC_WAIT, PATH_CREDIT, PATH_PROMISED,
	PATH_PROMISED_FREE, PATH_STACK, PATH_STACK_FREE, PATH_VMAP, PATH_VUNMAP, PATH_VMALLOC,
	PATH_VFREE, PATH_MOVE_HOLD, PATH_MOVE, PATH_RETYPE, PATH_CONTIG_HOLD, PATH_CONTIG_FREE,
	PATH_CONTIG, PATH_CONTIG_RELEASE, PATH_COMPACT, PATH_DMA_MAP, PATH_DMA_CLAIM, PATH_DMA_PUT,
	PATH_DMA_BOUNCE, PATH_DMA_UNMAP, PATH_DMA_SYNC, PATH_POOL_ALLOC, PATH_POOL_GROW,
	PATH_POOL_FREE, PATH_MEM_MAP, PATH_MEM_CHANGE, PATH_CLOSE_STEP, PATH_MEM_ONLINE,
	PATH_MEM_OFFLINE, PATH_IRQS_ON, NR_MM_PATHS
};

struct mm_bound {
	const char *path;		/* its name, for people and for benchmarks */
	const char *formula;		/* of its steps, in the letters below */
	unsigned long steps;		/* 0: the path is not in this configuration */
	unsigned long instructions;	/* at most */
	enum mm_path hold;		/* its longest part with interrupts off is this path */
};

/* Instructions with interrupts off at a time: bounds[bounds[path].hold].instructions. PATH_IRQS_ON
 * is no path: it has none, and stands for the longest part of those that leave interrupts alone. */

/* The letters of the formulas, and what they are here. */
#define NR_MM_LETTERS	27

/* What U stands for where a path is asked for many pages: their bounds are printed for so many. */
#define MM_BOUND_PAGES	512u
void mm_bounds(const struct mm_bounds_of *of, struct mm_bound bounds[NR_MM_PATHS]);
void mm_bounds_letters(const struct mm_bounds_of *of, struct bound_letter letters[NR_MM_LETTERS]);

#endif /* MM_BOUNDS_H */
