/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The two tables of boot memory, memory and reserved, and every call that edits them.
 *
 * Structure
 *   A type is an array of regions in ascending order. A region is [base, base + size) with
 *   flags, a node and, when reserved, an owner's name.
 *
 *     memory    [ node 0            ][ node 0, nomap ][ node 0     ]     [ node 0 ]
 *     reserved      [image][init]    [ firmware      ]     [initrd]
 *
 *   A range that is added may overlap what is there: only the holes it covers are filled, and
 *   what was there keeps its flags, node and owner.
 *
 * Invariants
 *   MB1  Regions of a type ascend and do not overlap; none reaches past PHYS_ADDR_MAX.
 *   MB2  No region is empty. A table that holds nothing has cnt 0, and its first entry is clear.
 *   MB3  Regions that touch differ in flags, node or owner.
 *   MB4  total_size is the sum of all sizes.
 *   MB5  cnt <= max. Inside a call up to MEMBLOCK_SPARE more are in use.
 *
 * Locking
 *   None: one hart, boot only.
 *
 * Bounds
 *   With R regions in a table, adding a range looks at no more than 3(R + 1), and moves at most R
 *   for each that it makes or joins.
 *
 * Configuration
 *   MEMBLOCK_REGIONS  Length of each table. A table that would need more stops the boot with
 *                     the number that it needs.
 *   MM_VALIDATE       MB1-MB5 are checked after every edit.
 */
#include "memblock_internal.h"

#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/string.h>

/* [i] */
static struct memblock_region memory_regions[CONFIG_MEMBLOCK_REGIONS + MEMBLOCK_SPARE] __initdata;
static struct memblock_region reserved_regions[CONFIG_MEMBLOCK_REGIONS + MEMBLOCK_SPARE] __initdata;

/* [i] */
struct memblock memblock __initdata = {
	.bottom_up = false,
	.current_limit = MEMBLOCK_ALLOC_ANYWHERE,
	.memory = {
		.max = CONFIG_MEMBLOCK_REGIONS,
		.regions = memory_regions,
		.name = "memory",
	},
	.reserved = {
		.max = CONFIG_MEMBLOCK_REGIONS,
		.regions = reserved_regions,
		.name = "reserved",
	},
};

bool memblock_debug __initdata;		/* [i] */

/* [i] */
struct memblock_need (*memblock_needs)(const struct memblock_type *type) __initdata;

static bool __init same_owner(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool __init memblock_regions_alike(const struct memblock_region *a,
				   const struct memblock_region *b)
{
	return a->flags == b->flags && a->nid == b->nid && same_owner(a->owner, b->owner);
}

bool __init memblock_regions_join(const struct memblock_region *low,
				  const struct memblock_region *high)
{
	return region_end(low) == high->base && memblock_regions_alike(low, high);
}

/* range is the one too many of what makes now regions. */
static __noreturn __init void table_full(const struct memblock_type *type, unsigned long now,
					 const struct memblock_region *range)
{
	struct memblock_need here = { now, false }, other = { 0, false };
	const char *owner = range->owner ? range->owner : "";
	unsigned long both;

	if (memblock_needs) {
		here = memblock_needs(type);
		here.regions = max(here.regions, now);
		other = memblock_needs(type == &memblock.memory ? &memblock.reserved :
								  &memblock.memory);
	}
	both = max(here.regions, other.regions);
	boot_failed("The device tree and boot need %lu %sregions in memblock.%s%s, which has room "
		    "for %lu and none for 0x%llx - 0x%llx%s%s%s: %s CONFIG_MEMBLOCK_REGIONS %s %lu",
		    here.regions, memblock_needs ? "" : "or more ", type->name,
		    here.at_most ? " at most" : "", type->max, ULL(range->base),
		    ULL(region_end(range)), *owner ? " (" : "", owner, *owner ? ")" : "",
		    both > MEMBLOCK_REGIONS_MOST ? "join ranges in the tree, for" : "raise",
		    both > MEMBLOCK_REGIONS_MOST ? "can be no more than" : "to at least",
		    min(both, (unsigned long)MEMBLOCK_REGIONS_MOST));
}

static void __init insert_region(struct memblock_type *type, unsigned long idx,
				 const struct memblock_region *region)
{
	struct memblock_region *at = &type->regions[idx];

	memmove(at + 1, at, (type->cnt - idx) * sizeof(*at));
	*at = *region;
	type->cnt++;
}

/* Takes regions [first, last) out; total_size is the caller's to mend. */
static void __init delete_regions(struct memblock_type *type, unsigned long first,
				  unsigned long last)
{
	memmove(&type->regions[first], &type->regions[last],
		(type->cnt - last) * sizeof(type->regions[0]));
	type->cnt -= last - first;
	/* MB2 */
	if (!type->cnt)
		type->regions[0] = (struct memblock_region){ .nid = MEMBLOCK_DEFAULT_NID };
}

void __init memblock_drop_regions(struct memblock_type *type, unsigned long first,
				  unsigned long last)
{
	for (unsigned long i = first; i < last; i++)
		type->total_size -= type->regions[i].size;
	if (first < last)
		delete_regions(type, first, last);
}

/*
 * Adding goes over the holes of a range three times: first to learn how many regions it will
 * cost, then filling those that cost nothing or save one, then those that take a new region.
 * So a full table still takes what joins its neighbours, at no moment longer than at the end.
 */
enum add_step { ADD_COUNT, ADD_JOIN, ADD_INSERT };

/* hole lies just below region idx. Returns by how much the table grows: -1, 0 or 1. */
static long __init fill_hole(struct memblock_type *type, unsigned long idx,
			     const struct memblock_region *hole, enum add_step step)
{
	struct memblock_region *above = &type->regions[idx], *below = idx ? above - 1 : NULL;
	bool join_below = below && memblock_regions_join(below, hole);
	bool join_above = idx < type->cnt && memblock_regions_join(hole, above);
	long growth = 1 - join_below - join_above;

	if (step == ADD_COUNT || (step == ADD_JOIN) != (growth < 1))
		return growth;

	type->total_size += hole->size;
	if (join_below && join_above) {
		below->size += hole->size + above->size;
		delete_regions(type, idx, idx + 1);
	} else if (join_below) {
		below->size += hole->size;
	} else if (join_above) {
		above->base = hole->base;
		above->size += hole->size;
	} else {
		insert_region(type, idx, hole);
	}
	return growth;
}

static long __init fill_holes(struct memblock_type *type, const struct memblock_region *range,
			      enum add_step step)
{
	phys_addr_t at = range->base, end = region_end(range);
	struct memblock_region hole = *range;
	unsigned long idx = 0;
	long growth = 0;

	while (at < end) {
		const struct memblock_region *r = &type->regions[idx];
		bool last = idx >= type->cnt;

		if (!last && r->base <= at) {
			at = max(at, region_end(r));
			idx++;
			continue;
		}
		hole.base = at;
		hole.size = (last ? end : min(end, r->base)) - at;
		at = region_end(&hole);
		growth += fill_hole(type, idx, &hole, step);
		/* Filling may have moved what follows down by one. */
		idx -= idx > 0;
	}
	return growth;
}

static int __init add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			    int nid, enum memblock_flags flags, const char *owner)
{
	struct memblock_region range = {
		.base = base,
		.size = memblock_cap(base, size),
		.flags = flags,
		.owner = owner,
	};
	unsigned long needed;

	if (!range.size)
		return 0;
	memblock_set_region_node(&range, nid);
	needed = type->cnt + (unsigned long)fill_holes(type, &range, ADD_COUNT);
	if (needed > type->max)
		table_full(type, needed, &range);
	fill_holes(type, &range, ADD_JOIN);
	fill_holes(type, &range, ADD_INSERT);
	VALIDATE(ASSERT(!memblock_validate(type), "%s", memblock_validate(type)));
	return 0;
}

/* Index of the first region at or above addr, after splitting one that straddles it. */
static unsigned long __init split_at(struct memblock_type *type, phys_addr_t addr)
{
	unsigned long idx;

	for (idx = 0; idx < type->cnt; idx++) {
		struct memblock_region *r = &type->regions[idx], upper;

		if (r->base >= addr)
			break;
		if (region_end(r) <= addr)
			continue;
		upper = *r;
		upper.base = addr;
		upper.size = region_end(r) - addr;
		r->size = addr - r->base;
		insert_region(type, idx + 1, &upper);
		return idx + 1;
	}
	return idx;
}

void __init memblock_isolate_range(struct memblock_type *type, phys_addr_t base,
				   phys_addr_t size, unsigned long *first, unsigned long *last)
{
	phys_addr_t end = base + memblock_cap(base, size);

	*first = split_at(type, base);
	*last = end > base ? split_at(type, end) : *first;
}

void __init memblock_settle(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	struct memblock_region range = { .base = base, .size = memblock_cap(base, size) };
	struct memblock_region *r = type->regions;
	unsigned long out = 0;

	for (unsigned long i = 1; i < type->cnt; i++) {
		if (memblock_regions_join(&r[out], &r[i]))
			r[out].size += r[i].size;
		else
			r[++out] = r[i];
	}
	type->cnt = min(type->cnt, out + 1);
	if (type->cnt > type->max)
		table_full(type, type->cnt, &range);
	VALIDATE(ASSERT(!memblock_validate(type), "%s", memblock_validate(type)));
}

void __init memblock_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	unsigned long first, last;

	memblock_isolate_range(type, base, size, &first, &last);
	memblock_drop_regions(type, first, last);
	memblock_settle(type, base, size);
}

static void __init log_call(const char *call, phys_addr_t base, phys_addr_t size,
			    const char *owner)
{
	memblock_dbg("%s: [0x%016llx-0x%016llx]%s%s\n", call, (unsigned long long)base,
		     (unsigned long long)(base + size - 1), owner ? " " : "", owner ? owner : "");
}

int __init memblock_add_node(phys_addr_t base, phys_addr_t size, int nid,
			     enum memblock_flags flags)
{
	log_call("memblock_add_node", base, size, NULL);
	return add_range(&memblock.memory, base, size, nid, flags, NULL);
}

int __init memblock_add(phys_addr_t base, phys_addr_t size)
{
	log_call("memblock_add", base, size, NULL);
	return add_range(&memblock.memory, base, size, MEMBLOCK_DEFAULT_NID, MEMBLOCK_NONE, NULL);
}

int __init memblock_remove(phys_addr_t base, phys_addr_t size)
{
	log_call("memblock_remove", base, size, NULL);
	memblock_remove_range(&memblock.memory, base, size);
	return 0;
}

int __init memblock_reserve_owner(phys_addr_t base, phys_addr_t size, const char *owner)
{
	log_call("memblock_reserve", base, size, owner);
	return add_range(&memblock.reserved, base, size, MEMBLOCK_DEFAULT_NID, MEMBLOCK_NONE,
			 owner);
}

int __init memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	return memblock_reserve_owner(base, size, NULL);
}

int __init memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	log_call("memblock_phys_free", base, size, NULL);
	memblock_remove_range(&memblock.reserved, base, size);
	return 0;
}

void __init memblock_free(void *ptr, size_t size)
{
	if (ptr)
		memblock_phys_free(__pa(ptr), size);
}

void __init memblock_trim_memory(phys_addr_t align)
{
	struct memblock_type *type = &memblock.memory;
	unsigned long idx = 0;

	while (idx < type->cnt) {
		struct memblock_region *r = &type->regions[idx];
		phys_addr_t end = ALIGN_DOWN(region_end(r), align);
		/* Rounding up wraps at the very top: then base is the lower one. */
		phys_addr_t base = ALIGN_UP(r->base, align);

		if (base < r->base || base >= end) {
			memblock_drop_regions(type, idx, idx + 1);
			continue;
		}
		type->total_size -= r->size - (end - base);
		r->base = base;
		r->size = end - base;
		idx++;
	}
}

int __init memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type,
			     int nid)
{
	unsigned long first, last;

	if (!IS_ENABLED(CONFIG_NUMA))
		return 0;
	memblock_isolate_range(type, base, size, &first, &last);
	for (unsigned long i = first; i < last; i++)
		memblock_set_region_node(&type->regions[i], nid);
	memblock_settle(type, base, size);
	return 0;
}

static int __init change_flags(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			       unsigned int set, unsigned int clear)
{
	unsigned long first, last;

	memblock_isolate_range(type, base, size, &first, &last);
	for (unsigned long i = first; i < last; i++) {
		unsigned int flags = type->regions[i].flags;

		type->regions[i].flags = (enum memblock_flags)((flags | set) & ~clear);
	}
	memblock_settle(type, base, size);
	return 0;
}

int __init memblock_mark_hotplug(phys_addr_t base, phys_addr_t size)
{
	return change_flags(&memblock.memory, base, size, MEMBLOCK_HOTPLUG, 0);
}

int __init memblock_clear_hotplug(phys_addr_t base, phys_addr_t size)
{
	return change_flags(&memblock.memory, base, size, 0, MEMBLOCK_HOTPLUG);
}

int __init memblock_mark_mirror(phys_addr_t base, phys_addr_t size)
{
	memblock_has_mirror = true;
	return change_flags(&memblock.memory, base, size, MEMBLOCK_MIRROR, 0);
}

int __init memblock_mark_nomap(phys_addr_t base, phys_addr_t size)
{
	return change_flags(&memblock.memory, base, size, MEMBLOCK_NOMAP, 0);
}

int __init memblock_clear_nomap(phys_addr_t base, phys_addr_t size)
{
	return change_flags(&memblock.memory, base, size, 0, MEMBLOCK_NOMAP);
}

int __init memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size)
{
	return change_flags(&memblock.reserved, base, size, MEMBLOCK_RSRV_NOINIT, 0);
}
