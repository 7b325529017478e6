/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMBLOCK_H
#define MM_MEMBLOCK_H

#include <kernel/cache.h>
#include <kernel/compiler.h>
#include <kernel/string.h>
#include <kernel/types.h>
#include <mm/config.h>

/*
 * Boot-time memory: what RAM there is and what of it is taken, as sorted, disjoint regions.
 * Names, structures and semantics are those of Linux 6.12's memblock; a region here has one field
 * more, its owner's name. Boot only, one hart, no locking. The arrays are static,
 * CONFIG_MEMBLOCK_REGIONS long: when one is full, boot stops and names the option. A table that
 * holds nothing has cnt 0.
 *
 * Functions that act return 0 or -Exxx. Sizes that would wrap are cut at the top of the
 * address space.
 *
 * Nodes: a number that numa_valid_node() refuses (NUMA_NO_NODE, MAX_NUMNODES) asks for any node.
 * Without CONFIG_NUMA every region has node 0, whatever it was added with.
 */
enum memblock_flags {
	MEMBLOCK_NONE = 0x0,
	MEMBLOCK_HOTPLUG = 0x1,
	MEMBLOCK_MIRROR = 0x2,
	MEMBLOCK_NOMAP = 0x4,
	MEMBLOCK_DRIVER_MANAGED = 0x8,
	MEMBLOCK_RSRV_NOINIT = 0x10,
};

/* Each flag with its names in the view and in the plan. */
#define FOR_EACH_MEMBLOCK_FLAG(row) \
	row(MEMBLOCK_HOTPLUG, "HOTPLUG", "hotplug") \
	row(MEMBLOCK_MIRROR, "MIRROR", "mirror") \
	row(MEMBLOCK_NOMAP, "NOMAP", "nomap") \
	row(MEMBLOCK_DRIVER_MANAGED, "DRV_MNG", "driver-managed") \
	row(MEMBLOCK_RSRV_NOINIT, "RSV_NIT", "noinit")

/* [i] What stays for the view is a copy, and constant: memblock_copy. */
struct memblock_region {
	phys_addr_t base, size;
	enum memblock_flags flags;
	int nid;
	const char *owner;		/* reserved regions: who; NULL when not given */
};

/* [i] */
struct memblock_type {
	unsigned long cnt, max;
	phys_addr_t total_size;
	struct memblock_region *regions;
	const char *name;
};

/* [i] */
struct memblock {
	bool bottom_up;
	phys_addr_t current_limit;
	struct memblock_type memory, reserved;
};

extern struct memblock memblock;

#define MEMBLOCK_REGIONS_MOST		4096	/* of the option's range */
#define INIT_MEMBLOCK_REGIONS		CONFIG_MEMBLOCK_REGIONS
#define INIT_MEMBLOCK_RESERVED_REGIONS	CONFIG_MEMBLOCK_REGIONS
#ifndef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES			L1_CACHE_BYTES
#endif

/* Node of what was added without one: the only one, else none yet. */
#define MEMBLOCK_DEFAULT_NID		(IS_ENABLED(CONFIG_NUMA) ? MAX_NUMNODES : 0)
#define MEMBLOCK_LOW_LIMIT		0
#define MEMBLOCK_ALLOC_ANYWHERE		(~(phys_addr_t)0)
#define MEMBLOCK_ALLOC_ACCESSIBLE	0
#define MEMBLOCK_ALLOC_NOLEAKTRACE	1	/* as the one before: leaks are not traced here */
#ifndef ARCH_LOW_ADDRESS_LIMIT
#define ARCH_LOW_ADDRESS_LIMIT		0xfffffffful
#endif

/* Frames of RAM: the first, and one past the last, twice, for all of it has an address in the
 * linear map. Known when the device tree has been read. */
extern unsigned long min_low_pfn, max_low_pfn, max_pfn;
void memblock_find_pfn_limits(void);

int memblock_add(phys_addr_t base, phys_addr_t size);
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags);
int memblock_remove(phys_addr_t base, phys_addr_t size);
int memblock_reserve(phys_addr_t base, phys_addr_t size);
/* As memblock_reserve; owner lives for good. Neighbours of different owners stay apart. */
int memblock_reserve_owner(phys_addr_t base, phys_addr_t size, const char *owner);
int memblock_phys_free(phys_addr_t base, phys_addr_t size);
void memblock_free(void *ptr, size_t size);
void memblock_trim_memory(phys_addr_t align);
int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid);
/* False, with a message, when more RAM than that has no node. */
bool memblock_validate_numa_coverage(unsigned long threshold_bytes);
int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size);
int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size);
int memblock_mark_mirror(phys_addr_t base, phys_addr_t size);
int memblock_mark_nomap(phys_addr_t base, phys_addr_t size);
int memblock_clear_nomap(phys_addr_t base, phys_addr_t size);
int memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size);

/* Reserved under this name? */
static inline bool memblock_region_owned(const struct memblock_region *r, const char *owner)
{
	return r->owner && !strcmp(r->owner, owner);
}

static inline int memblock_get_region_node(const struct memblock_region *r)
{
	return r->nid;
}

/* The node that a region of RAM goes to: what nobody gave one is node 0's. */
static inline int region_nid(const struct memblock_region *r)
{
	return numa_valid_node(r->nid) ? r->nid : 0;
}

static inline void memblock_set_region_node(struct memblock_region *r, int nid)
{
	r->nid = IS_ENABLED(CONFIG_NUMA) ? nid : 0;
}

static inline bool memblock_is_hotpluggable(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_HOTPLUG;
}

static inline bool memblock_is_mirror(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_MIRROR;
}

static inline bool memblock_is_nomap(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_NOMAP;
}

static inline bool memblock_is_reserved_noinit(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_RSRV_NOINIT;
}

static inline bool memblock_is_driver_managed(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_DRIVER_MANAGED;
}

/* Frames of a region: those that are all RAM, and those that a reservation takes bytes of. */
static inline unsigned long memblock_region_memory_base_pfn(const struct memblock_region *r)
{
	return PFN_UP(r->base);
}

static inline unsigned long memblock_region_memory_end_pfn(const struct memblock_region *r)
{
	return PFN_DOWN(r->base + r->size);
}

static inline unsigned long memblock_region_reserved_base_pfn(const struct memblock_region *r)
{
	return PFN_DOWN(r->base);
}

static inline unsigned long memblock_region_reserved_end_pfn(const struct memblock_region *r)
{
	return PFN_UP(r->base + r->size);
}

/*
 * Allocation: size bytes (0 fails) aligned to align (a power of two; 0 for a cache line) in
 * [min_addr, max_addr), zeroed unless _raw; NULL or 0 when there is no room. From the top
 * down unless bottom_up; never the first page of physical memory, which would read as a
 * failure. The pointer forms try again below min_addr, and need arch_paging_init(). nid is a
 * preference but for exact_nid. Reserved under the name memblock_set_alloc_owner() set.
 */
phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				     phys_addr_t end, int nid, bool exact_nid);
phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				      phys_addr_t end);
phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid);
void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid);
void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				 phys_addr_t max_addr, int nid);
void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				   phys_addr_t max_addr, int nid);
void *memblock_alloc(phys_addr_t size, phys_addr_t align);
void *memblock_alloc_raw(phys_addr_t size, phys_addr_t align);
void *memblock_alloc_from(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr);
void *memblock_alloc_low(phys_addr_t size, phys_addr_t align);
void *memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid);

static inline phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
}

/* Name under which allocations are reserved from now on; returns the former one. */
const char *memblock_set_alloc_owner(const char *owner);

/*
 * For boot objects that must be had: as memblock_phys_alloc_try_nid with owner; where there is
 * no room, boot stops and says what was asked, how much was free and what would help: more memory,
 * fewer reservations and, where an option makes this request smaller, mend, a clause that says how
 * ("lower CONFIG_X"); else NULL.
 */
phys_addr_t memblock_phys_alloc_or_stop(phys_addr_t size, phys_addr_t align, int nid,
					const char *owner, const char *mend);

void memblock_set_bottom_up(bool enable);
bool memblock_bottom_up(void);
void memblock_set_current_limit(phys_addr_t limit);
phys_addr_t memblock_get_current_limit(void);
void memblock_allow_resize(void);	/* accepted and of no effect: the arrays are static */
void memblock_enforce_memory_limit(phys_addr_t limit);
void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size);
void memblock_mem_limit_remove_map(phys_addr_t limit);

phys_addr_t memblock_phys_mem_size(void);
phys_addr_t memblock_reserved_size(void);
unsigned long memblock_estimated_nr_free_pages(void);
phys_addr_t memblock_start_of_DRAM(void);
phys_addr_t memblock_end_of_DRAM(void);
bool memblock_is_memory(phys_addr_t addr);
bool memblock_is_map_memory(phys_addr_t addr);
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size);
bool memblock_is_reserved(phys_addr_t addr);
bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size);
bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size);
/* Node of the RAM that holds pfn, and the frames of its region; NUMA_NO_NODE: no RAM is there. */
int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn);

static inline unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1,
						   phys_addr_t base2, phys_addr_t size2)
{
	return base1 < base2 + size2 && base2 < base1 + size1;
}

/* Walks. idx is a cursor; ~0ull ends. */
void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
		      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
		      int *out_nid);
void __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags,
			  struct memblock_type *type_a, struct memblock_type *type_b,
			  phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid);

/* Every range of type_a that is not in type_b, which may be NULL. */
#define __for_each_mem_range(i, type_a, type_b, nid, flags, p_start, p_end, p_nid) \
	for (i = 0, __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); \
	     i != ~0ull; \
	     __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))
#define __for_each_mem_range_rev(i, type_a, type_b, nid, flags, p_start, p_end, p_nid) \
	for (i = ~0ull, \
	     __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); \
	     i != ~0ull; \
	     __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

/* Every range of memory that is not reserved; NOMAP and DRIVER_MANAGED only if asked for. */
#define for_each_free_mem_range(i, nid, flags, p_start, p_end, p_nid) \
	__for_each_mem_range(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, p_end, \
			     p_nid)
#define for_each_free_mem_range_reverse(i, nid, flags, p_start, p_end, p_nid) \
	__for_each_mem_range_rev(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, \
				 p_end, p_nid)

/* Every range of memory that can be mapped: NOMAP is left out. */
#define MEMBLOCK_WALK_ALL	(MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED)
#define for_each_mem_range(i, p_start, p_end) \
	__for_each_mem_range(i, &memblock.memory, NULL, NUMA_NO_NODE, MEMBLOCK_WALK_ALL, p_start, \
			     p_end, NULL)
#define for_each_mem_range_rev(i, p_start, p_end) \
	__for_each_mem_range_rev(i, &memblock.memory, NULL, NUMA_NO_NODE, MEMBLOCK_WALK_ALL, \
				 p_start, p_end, NULL)
#define for_each_reserved_mem_range(i, p_start, p_end) \
	__for_each_mem_range(i, &memblock.reserved, NULL, NUMA_NO_NODE, MEMBLOCK_NONE, p_start, \
			     p_end, NULL)

/* Every region of memory, NOMAP too, in whole frames; i is an int. */
void __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn,
			  unsigned long *out_end_pfn, int *out_nid);
#define for_each_mem_pfn_range(i, nid, p_start, p_end, p_nid) \
	for (i = -1, __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid); i >= 0; \
	     __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid))

#define for_each_mem_region(region) \
	for (region = memblock.memory.regions; \
	     region < memblock.memory.regions + memblock.memory.cnt; region++)
#define for_each_reserved_mem_region(region) \
	for (region = memblock.reserved.regions; \
	     region < memblock.reserved.regions + memblock.reserved.cnt; region++)

/* memblock=debug: each call is logged. */
extern bool memblock_debug;
void memblock_dump_all(void);
void __memblock_dump_all(void);

/*
 * The regions as they were at hand-over, kept for the views: an exact copy made by
 * memblock_keep_copy() before the arrays go. NULL before it. Boot, once: the last to allocate.
 */
extern const struct memblock *memblock_copy;
void memblock_keep_copy(void);

#endif /* MM_MEMBLOCK_H */
