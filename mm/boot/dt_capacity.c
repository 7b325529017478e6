/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   How many regions memblock's tables need for the whole device tree, for who is told that a
 *   table is full: raising the option once is enough.
 *
 * Structure
 *   There is no room to count in. So the tree is read again and again, for BORDERS borders of its
 *   ranges at a time: first to find the lowest that are still ahead, then for what lies at each,
 *   which is the first range that holds it. A region begins where that differs from what lay
 *   before.
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
 *   STEPS_MOST comparisons; a tree that needs more is answered by what its ranges can make at most.
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

#define STEPS_MOST	(1ul << 22)
#define BORDERS		32

/* Beside the tree's reservations: image, initrd, tree, elfcorehdr, which may each cut one of those
 * in two, assumed firmware, a crash kernel, and what boot allocates until memblock ends. */
#define RESERVED_BY_BOOT	24

BUILD_ASSERT(CONFIG_MEMBLOCK_REGIONS <= MEMBLOCK_REGIONS_MOST,
	     "MEMBLOCK_REGIONS_MOST is not the end of the option's range");

static const void *counted_fdt __initdata;	/* [i] */

/* [s] What lies from a border on. */
struct border {
	phys_addr_t at;
	struct memblock_region now;	/* size 0: nothing */
	bool nomap;			/* it must not be mapped */
	unsigned int here, nomap_here;	/* ranges that hold the border, or end there */
};

/* [s] Some borders, ascending: found, then looked at. */
struct window {
	struct border border[BORDERS];
	unsigned int nr;
	bool found;
	phys_addr_t from;		/* none of them is lower */
	unsigned long ranges, nomap_ranges, steps;
};

/* [s] What all looks found. */
struct findings {
	unsigned long regions;
	unsigned long nodes;		/* how often the next RAM was another node's */
	unsigned long ranges, nomap_ranges;
	bool meet, nomap_meet;		/* ranges touch or overlap */
	struct memblock_region before;	/* what lay below the next border */
	int nid;			/* of the last RAM */
	phys_addr_t from;		/* borders below it are done with */
	unsigned long steps;
};

/* Keeps the lowest BORDERS of those that it is given. */
static void __init find_border(struct window *w, phys_addr_t at)
{
	unsigned int i = w->nr;

	if (at < w->from || (i == BORDERS && at >= w->border[i - 1].at))
		return;
	while (i && w->border[i - 1].at > at)
		i--;
	w->steps += w->nr - i;
	if (i && w->border[i - 1].at == at)
		return;
	for (unsigned int to = min(w->nr, BORDERS - 1u); to > i; to--)
		w->border[to].at = w->border[to - 1].at;
	w->border[i].at = at;
	w->nr = min(w->nr + 1, (unsigned int)BORDERS);
}

static bool __init holds(phys_addr_t base, phys_addr_t end, phys_addr_t at)
{
	return base <= at && at < end;
}

static void __init see_region(void *ctx, const struct memblock_region *r)
{
	struct window *w = ctx;

	w->ranges++;
	if (!w->found) {
		find_border(w, r->base);
		find_border(w, region_end(r));
		return;
	}
	w->steps += w->nr;
	for (struct border *b = w->border; b < w->border + w->nr; b++) {
		b->here += r->base <= b->at && b->at <= region_end(r);
		if (!b->now.size && holds(r->base, region_end(r), b->at))
			b->now = *r;
	}
}

/* RAM alone can be kept from being mapped, in whole frames. */
static void __init see_nomap(void *ctx, const struct memblock_region *r)
{
	struct dt_range at = dt_whole_frames((struct dt_range){ r->base, region_end(r) });
	struct window *w = ctx;

	if (!memblock_is_nomap(r))
		return;
	w->nomap_ranges++;
	if (!w->found) {
		find_border(w, at.base);
		find_border(w, at.end);
		return;
	}
	w->steps += w->nr;
	for (struct border *b = w->border; b < w->border + w->nr; b++) {
		b->nomap_here += at.base <= b->at && b->at <= at.end;
		b->nomap |= holds(at.base, at.end, b->at);
	}
}

static void __init look_at_memory(struct window *w)
{
	dt_each_ram(counted_fdt, see_region, w);
	dt_each_static_node(counted_fdt, see_nomap, w);
}

static void __init look_at_reserved(struct window *w)
{
	dt_each_memreserve(counted_fdt, see_region, w);
	dt_each_static_node(counted_fdt, see_region, w);
}

/* A region begins at the border, goes on, or there is none. */
static void __init add_border(struct findings *f, const struct border *b)
{
	struct memblock_region now = b->now;

	if (now.size && b->nomap)
		now.flags |= MEMBLOCK_NOMAP;
	if (now.size) {
		f->regions += !f->before.size || !memblock_regions_alike(&f->before, &now);
		f->nodes += f->nid != now.nid;
		f->nid = now.nid;
	}
	f->meet |= b->here > 1;
	f->nomap_meet |= b->nomap_here > 1;
	f->before = now;
}

/* The borders from f->from on; returns whether there may be more. */
static bool __init read_window(struct findings *f, void (*look)(struct window *w))
{
	struct window w = { .from = f->from };

	look(&w);
	w.found = true;
	w.ranges = w.nomap_ranges = 0;
	look(&w);
	for (unsigned int i = 0; i < w.nr; i++)
		add_border(f, &w.border[i]);
	f->ranges = w.ranges;
	f->nomap_ranges = w.nomap_ranges;
	f->steps += w.steps + w.ranges;
	f->from = w.nr ? w.border[w.nr - 1].at + 1 : 0;
	/* 0: the last border is the end of the address space. */
	return w.nr == BORDERS && f->from;
}

/* Reads all of the tree. What n ranges make is never more than 2n regions. */
static struct findings __init read_tree(void (*look)(struct window *w))
{
	struct findings f = { .nid = NUMA_NO_NODE };

	while (read_window(&f, look) && f.steps <= STEPS_MOST)
		;
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
