/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the steps of memory for devices, and of sections that come and go.
 *
 * Structure: as in bounds.c, from whose paths these are made. A buffer is a page; a device has as
 * many ranges as there can be, does not see the caches, and what it does not reach is behind a
 * bounce buffer, before which every second slot is taken. Interrupts are off while its slots are
 * taken and put back, not while it is filled or read. A section that goes is full of single pages
 * that move.
 *
 * Invariants: Q1, Q2 (bounds.c).
 *
 * Locking: none.
 *
 * Bounds: none of its own.
 *
 * Configuration: DMA, MEMORY_HOTPLUG: a path that is not there has no steps.
 */
#include <mm/dma.h>

#include "mm/page/internal.h"

#include "bounds_count.h"

/* ---- devices ---- */

#define RANGES		DMA_RANGES_MAX
/* Of a page, in lines of 64 bytes: one operation for each. */
#define LINES		64
/* Words of bits that say which blocks of a pool's page are taken. */
#define POOL_WORDS	8

static struct count with_dma(const struct letters *x, struct count c)
{
	return x->dma ? c : COUNT(0);
}

/* Of no path: what leaves interrupts alone keeps them off for nothing. */
struct count cost_irqs_on(const struct letters *x)
{
	(void)x;
	return COUNT(0);
}

struct count cost_dma_map(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 2, [LIST] = RANGES, [SLOT] = LINES));
}

/* Each word of slots, which up to six shifts find a run in; and the records of two slots. */
#define STEPS_OF_WORD	4

struct count cost_dma_claim(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 2, [SLOT] = 2,
				 [CUT] = STEPS_OF_WORD * DIV_ROUND_UP(x->q, 64)));
}

struct count cost_dma_put(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 2, [SLOT] = 4));
}

/* In vain in all ranges first. */
struct count cost_dma_bounce(const struct letters *x)
{
	return plus(cost_dma_claim(x),
		    with_dma(x, COUNT([CALL] = 3, [LIST] = 3 * RANGES, [SLOT] = LINES,
				      [COPY] = 1)));
}

struct count cost_dma_sync(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 3, [LIST] = RANGES, [SLOT] = LINES, [COPY] = 1));
}

struct count cost_dma_unmap(const struct letters *x)
{
	return plus(plus(cost_dma_sync(x), cost_dma_put(x)), with_dma(x, COUNT([LIST] = RANGES)));
}

struct count cost_pool_alloc(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 1, [SLOT] = POOL_WORDS));
}

/* In vain, one more page that the CPUs see past the caches, with a record of it, and again. */
struct count cost_pool_grow(const struct letters *x)
{
	struct count page = plus(cost_alloc_any(x), cost_map_page(x));

	return with_dma(x, plus(plus(times(2, cost_pool_alloc(x)), cost_cache_grow(x)),
				plus(page, COUNT([CALL] = 6, [LIST] = RANGES, [SLOT] = 2 * LINES,
						 [COPY] = 2))));
}

struct count cost_pool_free(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 2, [LIST] = DMA_POOL_PAGES));
}

/* ---- sections ---- */

static struct count with_hotplug(const struct letters *x, struct count c)
{
	return x->hotplug ? c : COUNT(0);
}

/* All CPUs stand still: borders from all sections, marks of all zones, nodes' lists of all. */
struct count cost_mem_change(const struct letters *x)
{
	unsigned long zones = x->n * NR_ZONE_ROWS;

	return with_hotplug(x, COUNT([CALL] = 4, [SLOT] = 4 * x->e + zones * zones,
				     [LIST] = zones * x->n));
}

/* Each list may hold what it does, and one gives a part of that back. */
struct count cost_close_step(const struct letters *x)
{
	return with_hotplug(x, cost_full_looked(x));
}

/* One CPU closes its lists of some zones. */
static struct count close_lists(const struct letters *x, unsigned long zones)
{
	unsigned long least = (unsigned long)steps_of_drain_looked(x->candidates);
	unsigned long blocks = min(DIV_ROUND_UP(least, x->o + STEPS_OF_FREE), (x->b + 1) / 2);
	unsigned long steps = zones * (x->l + x->g / blocks + 1);

	return COUNT([CALL] = 2 * steps, [LIST] = 2 * x->l * steps, [BLOCK] = 2 * zones * x->g,
		     [LINK] = zones * x->g * (STEPS_OF_FREE + x->o));
}

/* Closed, all that follows from how much RAM there is, and opened: for those that are offline, too,
 * and where the inline paths of each begin. */
static struct count zones_change(const struct letters *x)
{
	return plus(plus(cost_mem_change(x), close_lists(x, x->z)),
		    COUNT([LIST] = (x->z + 4) * (x->a + 1) * x->l));
}

/* So many leaves in one hold, and the way to them. */
#define MAP_LEAVES	16
#define STEPS_OF_WAY	16

struct count cost_mem_map(const struct letters *x)
{
	return with_hotplug(x, COUNT([CALL] = 3, [AREA] = STEPS_OF_WAY, [LEAF] = MAP_LEAVES));
}

/* Blocks of a section: the largest, and what lies beside the descriptors. */
static unsigned long section_blocks(const struct letters *x)
{
	return x->i / x->f + 2 * x->o + 1;
}

/* Leaves of 2 MiB, or of a page where a section is less. */
static unsigned long section_leaves(const struct letters *x)
{
	return x->i / 512 + 512;
}

static struct count section_maps(const struct letters *x)
{
	unsigned long holds = section_leaves(x) / MAP_LEAVES + 4;

	return COUNT([CALL] = 4 * holds, [AREA] = STEPS_OF_WAY * holds, [LEAF] = section_leaves(x));
}

/* Tables of a section's leaves, and of what leads there. */
#define SECTION_TABLES	8

struct count cost_mem_online(const struct letters *x)
{
	struct count block = plus(cost_large_free(x), COUNT([LIST] = 2));
	struct count table = plus(plus(cost_alloc_any(x), cost_free_full(x)), COUNT([COPY] = 1));

	if (!x->hotplug)
		return COUNT(0);
	return plus(plus(plus(section_maps(x), COUNT([CALL] = 24)), zones_change(x)),
		    plus(times(SECTION_TABLES, table), times(section_blocks(x), block)));
}

/* What is idle is given back, pageblocks are set aside, each page moves, and what is free leaves
 * its list. */
struct count cost_mem_offline(const struct letters *x)
{
	struct count page = plus(cost_move_page(x), COUNT([CALL] = 2, [LINK] = 2 + 6));
	struct count drains = plus(times(2, cost_drain_local(x)), close_lists(x, 1));

	if (!x->hotplug || !x->moves)
		return COUNT(0);
	drains = plus(plus(drains, COUNT([CALL] = 32)), times(SECTION_TABLES, cost_free_full(x)));
	return plus(plus(times(x->i, page), plus(drains, times(x->c, cost_cache_drain(x)))),
		    plus(plus(section_maps(x), zones_change(x)),
			 COUNT([CALL] = x->i / x->w, [LIST] = 2 * x->o + x->l * (x->a + 1))));
}

/* Which part is the longest depends on the numbers. */
static void set_longest(struct mm_bound *bounds, enum mm_path path, const enum mm_path *parts,
			size_t nr)
{
	enum mm_path *hold = &bounds[path].hold;

	while (nr--)
		if (bounds[parts[nr]].instructions > bounds[*hold].instructions)
			*hold = parts[nr];
}

void set_hotplug_holds(struct mm_bound *bounds)
{
	static const enum mm_path comes[] = {
		PATH_MEM_CHANGE, PATH_CLOSE_STEP, PATH_ALLOC_REFILL, PATH_FREE_HOLD,
	}, goes[] = {
		PATH_MEM_CHANGE, PATH_CLOSE_STEP, PATH_ALLOC_REFILL, PATH_FREE_HOLD,
		PATH_DRAIN_STEP, PATH_CACHE_FLUSH, PATH_RETYPE, PATH_MOVE_HOLD,
	};

	set_longest(bounds, PATH_MEM_ONLINE, comes, ARRAY_SIZE(comes));
	set_longest(bounds, PATH_MEM_OFFLINE, goes, ARRAY_SIZE(goes));
}
