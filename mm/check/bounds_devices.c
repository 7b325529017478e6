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
	struct count page = plus(cost_alloc_any(x), cost_vmap_hold(x));

	return with_dma(x, plus(plus(times(2, cost_pool_alloc(x)), cost_cache_grow(x)),
				plus(page, COUNT([CALL] = 6, [LIST] = RANGES, [SLOT] = 2 * LINES,
						 [COPY] = 2))));
}

struct count cost_pool_free(const struct letters *x)
{
	return with_dma(x, COUNT([CALL] = 2, [LIST] = DMA_POOL_PAGES));
}

/* ---- sections ---- */

/* All CPUs stand still: borders from all sections, nodes' lists from all zones, every CPU's lists
 * of every zone. */
static struct count zones_change(const struct letters *x)
{
	unsigned long zones = x->n * NR_ZONE_ROWS;

	return COUNT([CALL] = 8, [SLOT] = 4 * x->e + zones * zones,
		     [LIST] = zones * (x->n + x->a * x->l));
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

struct count cost_mem_online(const struct letters *x)
{
	struct count block = plus(cost_large_free(x), COUNT([LIST] = 2));

	if (!x->hotplug)
		return COUNT(0);
	return plus(plus(COUNT([CALL] = 24, [LEAF] = section_leaves(x)), zones_change(x)),
		    plus(times(8, plus(cost_alloc_any(x), COUNT([COPY] = 1))),
			 times(section_blocks(x), block)));
}

/* What is idle is given back, pageblocks are set aside, each page moves, and what is free leaves
 * its list. */
struct count cost_mem_offline(const struct letters *x)
{
	struct count page = plus(cost_move_page(x), COUNT([CALL] = 2, [LINK] = 2 + 6));
	struct count drains = plus(times(3, cost_drain_local(x)), COUNT([CALL] = 8));

	if (!x->hotplug || !x->moves)
		return COUNT(0);
	return plus(plus(times(x->i, page), plus(drains, times(x->c, cost_cache_drain(x)))),
		    plus(zones_change(x), COUNT([CALL] = 24 + x->i / x->w, [LIST] = 2 * x->o,
						[LEAF] = 2 * section_leaves(x))));
}
