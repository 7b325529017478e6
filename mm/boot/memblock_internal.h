/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMBLOCK_INTERNAL_H
#define MM_MEMBLOCK_INTERNAL_H

/* What mm/memblock*.c share. */

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/types.h>
#include <mm/config.h>
#include <mm/memblock.h>

/* Splits at both ends of a range come before the merge that takes them back, so the arrays
 * have this many entries that max does not count. */
#define MEMBLOCK_SPARE		2

/* One past the last byte. A region never reaches past PHYS_ADDR_MAX: see memblock_cap(). */
static inline phys_addr_t region_end(const struct memblock_region *r)
{
	return r->base + r->size;
}

/* Size of a range from base, cut where it would wrap. */
static inline phys_addr_t memblock_cap(phys_addr_t base, phys_addr_t size)
{
	return min(size, PHYS_ADDR_MAX - base);
}

/*
 * Splits what straddles either end of [base, base + size) and gives the indices
 * [*first, *last) of the regions inside. The caller restores MB3 and MB5 with
 * memblock_settle().
 */
void memblock_isolate_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			    unsigned long *first, unsigned long *last);
void memblock_drop_regions(struct memblock_type *type, unsigned long first, unsigned long last);
void memblock_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size);
/* Joins neighbours that may be one; stops boot when the array is too long even so, for the sake of
 * the range [base, base + size). */
void memblock_settle(struct memblock_type *type, phys_addr_t base, phys_addr_t size);

/* [s] Regions that a table needs until memblock ends. */
struct memblock_need {
	unsigned long regions;
	bool at_most;			/* or less than that */
};
/* Whoever knows what is still to come: asked when a table is full, and boot stops. */
extern struct memblock_need (*memblock_needs)(const struct memblock_type *type);

/* Index of the region that holds addr, -1 without. */
long memblock_search(const struct memblock_type *type, phys_addr_t addr);

/* Some memory is mirrored: allocations try that first. */
extern bool memblock_has_mirror;

/* Flags, node and owner. */
bool memblock_regions_alike(const struct memblock_region *a, const struct memblock_region *b);

/* MB3: may low and high, its upper neighbour, be one region? */
bool memblock_regions_join(const struct memblock_region *low, const struct memblock_region *high);

/* NULL, or the first of MB1-MB5 that does not hold. */
const char *memblock_validate(const struct memblock_type *type);

#define memblock_dbg(fmt, ...) \
	do { \
		if (memblock_debug) \
			pr_info(fmt, ##__VA_ARGS__); \
	} while (0)

#endif /* MM_MEMBLOCK_INTERNAL_H */
