/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The walks behind the for_each_ macros: ranges of one table, less those of another.
 *
 * Structure
 *   With n regions in the second table there are n + 1 gaps between and around them. A step
 *   reports the next overlap of a region of the first table with a gap:
 *
 *     type_a     [   region 0    ]        [ region 1 ]
 *     type_b          [ 0 ]    [ 1 ]
 *     gap        0---|     |1-|     |2----------------- ...
 *     reported   [***]     [**]           [**********]
 *
 *   The cursor holds the next region in its low half and the next gap in its high half; each
 *   step moves on whichever of the two ends first, so that a walk takes at most cnt_a + cnt_b
 *   steps.
 *
 * Invariants
 *   None of its own; the tables hold MB1 and MB2 (memblock.c).
 *
 * Locking
 *   None: one hart, boot only. The tables must not change during a walk.
 *
 * Configuration
 *   None of its own.
 */
#include "memblock_internal.h"

#include <kernel/init.h>

#define WALK_END	(~0ull)

struct span {
	phys_addr_t start, end;
};

/* Gap nr of type, 0 .. used; all there is when there is no type. */
static struct span __init gap_at(const struct memblock_type *type, long nr)
{
	struct span gap = { 0, PHYS_ADDR_MAX };

	if (!type)
		return gap;
	if (nr > 0)
		gap.start = region_end(&type->regions[nr - 1]);
	if (nr < (long)type->cnt)
		gap.end = type->regions[nr].base;
	return gap;
}

/* Only memory regions have a node to prefer and flags to keep away from. */
static bool __init skip_region(const struct memblock_type *type, const struct memblock_region *r,
			       int nid, enum memblock_flags flags)
{
	if (type != &memblock.memory)
		return false;
	return (numa_valid_node(nid) && nid != memblock_get_region_node(r)) ||
	       ((flags & MEMBLOCK_MIRROR) && !memblock_is_mirror(r)) ||
	       (!(flags & MEMBLOCK_NOMAP) && memblock_is_nomap(r)) ||
	       (!(flags & MEMBLOCK_DRIVER_MANAGED) && memblock_is_driver_managed(r));
}

static bool __init report(const struct memblock_region *r, struct span gap,
			  phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	phys_addr_t start = max(r->base, gap.start), end = min(region_end(r), gap.end);

	if (start >= end)
		return false;
	if (out_start)
		*out_start = start;
	if (out_end)
		*out_end = end;
	if (out_nid)
		*out_nid = r->nid;
	return true;
}

static u64 __init make_cursor(long a, long b)
{
	return (u32)a | (u64)(u32)b << 32;
}

void __init __next_mem_range(u64 *idx, int nid, enum memblock_flags flags,
			     struct memblock_type *type_a, struct memblock_type *type_b,
			     phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	long a = (s32)*idx, b = (s32)(*idx >> 32);
	long used_a = (long)type_a->cnt;
	long gaps = type_b ? (long)type_b->cnt + 1 : 1;

	while (a < used_a && b < gaps) {
		const struct memblock_region *r = &type_a->regions[a];
		struct span gap = gap_at(type_b, b);
		bool found;

		if (skip_region(type_a, r, nid, flags)) {
			a++;
			continue;
		}
		found = report(r, gap, out_start, out_end, out_nid);
		if (region_end(r) <= gap.end)
			a++;
		else
			b++;
		if (found) {
			*idx = make_cursor(a, b);
			return;
		}
	}
	*idx = WALK_END;
}

void __init __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags,
				 struct memblock_type *type_a, struct memblock_type *type_b,
				 phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	long a = (s32)*idx, b = (s32)(*idx >> 32);

	if (*idx == WALK_END) {
		a = (long)type_a->cnt - 1;
		b = type_b ? (long)type_b->cnt : 0;
	}
	while (a >= 0 && b >= 0) {
		const struct memblock_region *r = &type_a->regions[a];
		struct span gap = gap_at(type_b, b);
		bool found;

		if (skip_region(type_a, r, nid, flags)) {
			a--;
			continue;
		}
		found = report(r, gap, out_start, out_end, out_nid);
		if (r->base >= gap.start)
			a--;
		else
			b--;
		if (found) {
			/* Gap 0 starts at 0, so b is never -1 and this never reads as the end. */
			*idx = make_cursor(a, b);
			return;
		}
	}
	*idx = WALK_END;
}

void __init __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn,
				 unsigned long *out_end_pfn, int *out_nid)
{
	for (int i = *idx + 1; i < (int)memblock.memory.cnt; i++) {
		const struct memblock_region *r = &memblock.memory.regions[i];
		unsigned long start_pfn = memblock_region_memory_base_pfn(r);
		unsigned long end_pfn = memblock_region_memory_end_pfn(r);

		if (start_pfn >= end_pfn || (numa_valid_node(nid) && nid != r->nid))
			continue;
		if (out_start_pfn)
			*out_start_pfn = start_pfn;
		if (out_end_pfn)
			*out_end_pfn = end_pfn;
		if (out_nid)
			*out_nid = r->nid;
		*idx = i;
		return;
	}
	*idx = -1;
}
