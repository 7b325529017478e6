/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   How many regions memblock's tables need for the whole device tree, for who is told that a
 *   table is full: raising the option once is enough.
 *
 * Structure
 *   There is no room to count in, so the tree is read once for each border of a range in it:
 *   what lies at the border, as the first range that covers it has it, and where the next border
 *   is. A region begins where it differs from what lay before.
 *
 *     ranges     [ 1        ]   [ 2    ]
 *                     [ 3            ]
 *     borders    ^    ^     ^   ^    ^ ^
 *     regions    [ 1        ][ 3     ][2]
 *
 *   Where ranges meet, a table may have been longer before the one that joined two others: what
 *   so many ranges can make at most is told then.
 *
 * Invariants
 *   CP1  The number is enough: with so many regions the tables are not full. Of memory it is what
 *        is needed, unless nodes have no place yet.
 *
 * Locking
 *   None: boot only, and boot ends.
 *
 * Bounds
 *   STEPS_MOST looks at ranges; a tree that needs more is answered by what its ranges can make.
 *
 * Configuration
 *   MEMBLOCK_REGIONS  What is said of.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/config.h>
#include <arch/mmu.h>

#include "dt_internal.h"
#include "memblock_internal.h"

#define STEPS_MOST	(1ul << 21)

/* Beside the tree's reservations: image, initrd, tree, elfcorehdr, which may each cut one of those
 * in two, assumed firmware, a crash kernel, and what boot allocates until memblock ends. */
#define RESERVED_BY_BOOT	24

BUILD_ASSERT(CONFIG_MEMBLOCK_REGIONS <= MEMBLOCK_REGIONS_MOST,
	     "MEMBLOCK_REGIONS_MOST is not the end of the option's range");

static const void *counted_fdt __initdata;	/* [i] */

/* [s] One look at the tree: what lies at a border, and where the next one is. */
struct look {
	phys_addr_t at, next;
	struct memblock_region now;	/* size 0: nothing */
	bool nomap;			/* it must not be mapped */
	unsigned int here, nomap_here;	/* ranges that hold the border, or end there */
	unsigned long ranges, nomap_ranges;
};

/* [s] What all looks found. */
struct findings {
	unsigned long regions, ranges, nomap_ranges, steps;
	unsigned long nodes;		/* how often the next RAM was another node's */
	bool meet, nomap_meet;		/* ranges touch or overlap */
};

/* Notes the borders of [base, end); returns whether it holds the one that is looked at. */
static bool __init see_borders(struct look *l, phys_addr_t base, phys_addr_t end,
			       unsigned int *here)
{
	if (base > l->at)
		l->next = min(l->next, base);
	if (end > l->at)
		l->next = min(l->next, end);
	*here += base <= l->at && l->at <= end;
	return base <= l->at && l->at < end;
}

static void __init see_region(void *ctx, const struct memblock_region *r)
{
	struct look *l = ctx;

	l->ranges++;
	if (see_borders(l, r->base, region_end(r), &l->here) && !l->now.size)
		l->now = *r;
}

/* RAM alone can be kept from being mapped, in whole frames. */
static void __init see_nomap(void *ctx, const struct memblock_region *r)
{
	struct dt_range at = dt_whole_frames((struct dt_range){ r->base, region_end(r) });
	struct look *l = ctx;

	if (!memblock_is_nomap(r))
		return;
	l->nomap_ranges++;
	if (see_borders(l, at.base, at.end, &l->nomap_here))
		l->nomap = true;
}

static void __init look_at_memory(struct look *l)
{
	dt_each_ram(counted_fdt, see_region, l);
	dt_each_static_node(counted_fdt, see_nomap, l);
	if (l->now.size && l->nomap)
		l->now.flags |= MEMBLOCK_NOMAP;
}

static void __init look_at_reserved(struct look *l)
{
	dt_each_memreserve(counted_fdt, see_region, l);
	dt_each_static_node(counted_fdt, see_region, l);
}

/* A region begins at the border that was looked at, goes on, or there is none. */
static void __init add_finding(struct findings *f, const struct look *l,
			       struct memblock_region *before, int *nid)
{
	struct memblock_region now = l->now;

	f->ranges = l->ranges;
	f->nomap_ranges = l->nomap_ranges;
	f->steps += l->ranges + l->nomap_ranges;
	f->meet |= l->here > 1;
	f->nomap_meet |= l->nomap_here > 1;
	if (now.size) {
		now.base = l->at;
		now.size = l->next - l->at;
		f->regions += !before->size || !memblock_regions_join(before, &now);
		f->nodes += *nid != now.nid;
		*nid = now.nid;
	}
	*before = now;
}

/* Reads the tree border by border. Regions that n ranges make are never more than 2n - 1. */
static struct findings __init read_tree(void (*look)(struct look *l))
{
	struct memblock_region before = { .size = 0 };
	struct findings f = { 0 };
	phys_addr_t at = 0;
	int nid = NUMA_NO_NODE;

	while (at != PHYS_ADDR_MAX && f.steps <= STEPS_MOST) {
		struct look l = { .at = at, .next = PHYS_ADDR_MAX };

		look(&l);
		add_finding(&f, &l, &before, &nid);
		at = l.next;
	}
	f.meet |= f.steps > STEPS_MOST;
	if (f.meet)
		f.regions = max(f.regions, 2 * f.ranges);
	return f;
}

/* Says somebody where firmware lies? Else all RAM below the kernel is kept out. */
static void __init see_firmware(void *ctx, const struct memblock_region *r)
{
	bool *said = ctx;

	if (memblock_is_nomap(r) && r->base < arch_image_layout()->start)
		*said = true;
}

static struct memblock_need __init memory_needs(void)
{
	struct findings f = read_tree(look_at_memory);
	unsigned int nomap = dt_count_dynamic_nodes(counted_fdt).nomap;
	unsigned int usable = (unsigned int)dt_count_usable_ranges(counted_fdt);
	struct memblock_need need = { f.regions, f.meet };
	bool firmware_said = false;

	if (f.meet || f.nomap_meet) {
		need.regions += 2 * f.nomap_ranges;
		need.at_most = true;
	}
	/* Each may cut a bank: in three, and in two. A border between nodes that moves may leave a
	 * piece behind (numa.c). */
	if (nomap || usable || f.nodes > 1) {
		need.regions += 2 * nomap + usable + f.nodes;
		need.at_most = true;
	}
	dt_each_static_node(counted_fdt, see_firmware, &firmware_said);
	need.regions += !firmware_said;
	return need;
}

static struct memblock_need __init reserved_needs(void)
{
	return (struct memblock_need){
		.regions = read_tree(look_at_reserved).regions + RESERVED_BY_BOOT +
			   dt_count_dynamic_nodes(counted_fdt).all,
		.at_most = true,
	};
}

static struct memblock_need __init table_needs(const struct memblock_type *type)
{
	return type == &memblock.memory ? memory_needs() : reserved_needs();
}

void __init dt_count_regions_of(const void *fdt)
{
	counted_fdt = fdt;
	memblock_needs = table_needs;
}
