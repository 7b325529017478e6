/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the steps of areas, of pages that move, and of pageblocks.
 *
 * Structure: as in bounds.c, from whose paths these are made.
 *
 * Invariants: Q1, Q2 (bounds.c).
 *
 * Locking: none.
 *
 * Bounds: none of its own.
 *
 * Configuration: VMALLOC, MIGRATION, CMA, COMPACTION: a path that is not there has no steps.
 */
#include <mm/compaction.h>

#include "mm/page/internal.h"

#include "bounds_count.h"

/* Two tables for leaves and one above them, each side of a border of such; and in Sv48 another. */
#define TABLES	4

/* Of a block of a range that is taken, wherever it lies. */
#define STEPS_OF_BLOCK	7

static struct count with_area(const struct letters *x, struct count c)
{
	return x->v ? c : COUNT(0);
}

/* Of tables in one hold: the ways to a border's two sides, and again to fill them; each table is
 * linked, or taken out. */
#define WAYS		4
/* One hold, of an area that has its place, and of a small one as well (mm/vm/internal.h). */
#define HOLD_LEAVES	64
#define HOLD_PIECES	16
#define SMALL_LEAVES	16
#define SMALL_PIECES	6

/* A table is a page of zeros, with which a hold is tried again. */
static struct count new_tables(const struct letters *x, unsigned long nr)
{
	return times(nr, plus(cost_alloc_any(x),
			      COUNT([CALL] = 1, [LEAF] = WAYS + TABLES, [COPY] = 1)));
}

/* A piece is found and begun, a leaf written beside the one before it. */
static struct count leaves(unsigned long nr, unsigned long pieces)
{
	return COUNT([CALL] = 1, [LEAF] = WAYS + TABLES + pieces, [SLOT] = nr);
}

/* A place looked for, and the tree balanced on both sides of it; or the area found, and the
 * same. */
static struct count in_tree(const struct letters *x)
{
	return COUNT([DOWN] = x->v, [AREA] = 2 * x->v);
}

/* A small area is placed and mapped, or as much as can be of a larger one. */
struct count cost_vmap_hold(const struct letters *x)
{
	struct count small = plus(leaves(SMALL_LEAVES, SMALL_PIECES), in_tree(x));
	struct count large = leaves(HOLD_LEAVES, HOLD_PIECES);

	return with_area(x, price_of(x, &small) >= price_of(x, &large) ? small : large);
}

/* The same: pages that could move become as others; a larger area is found, and loses leaves. */
struct count cost_vunmap_hold(const struct letters *x)
{
	struct count small = plus(plus(leaves(SMALL_LEAVES, SMALL_PIECES), in_tree(x)),
				  COUNT([FRAME] = SMALL_LEAVES));
	struct count large = plus(leaves(HOLD_LEAVES, HOLD_PIECES), COUNT([DOWN] = x->v));

	return with_area(x, price_of(x, &small) >= price_of(x, &large) ? small : large);
}

struct count cost_map_page(const struct letters *x)
{
	return with_area(x, plus(plus(cost_cache_grow(x), new_tables(x, TABLES)),
				 cost_vmap_hold(x)));
}

/*
 * Page by page, after larger blocks were asked for in vain once before each hold, of 16 pieces; a
 * table for each 512 pages. A hold before them all has the area's place.
 */
struct count cost_area(const struct letters *x, unsigned long pages)
{
	struct count page = plus(cost_alloc_any(x), COUNT([LEAF] = 1, [SLOT] = 1));
	struct count hold = plus(times(6, cost_alloc_fail(x)), COUNT([CALL] = 2));
	struct count rest = plus(new_tables(x, pages / 512 + TABLES), COUNT([CALL] = 2));

	return with_area(x, plus(plus(plus(cost_cache_grow(x), in_tree(x)), times(pages, page)),
				 plus(times(pages / HOLD_PIECES + 1, hold), rest)));
}

/* Each leaf twice, invalid, then gone, each time in holds; one before them finds the area, and one
 * behind them has its end. */
struct count cost_area_free(const struct letters *x, unsigned long nr)
{
	struct count page = plus(cost_free_full(x), COUNT([LEAF] = 1, [SLOT] = 2, [FRAME] = 1));
	struct count table = plus(cost_free_full(x), COUNT([LEAF] = WAYS + TABLES));
	struct count holds = COUNT([CALL] = 2 * (nr / HOLD_PIECES + 1) + 2);

	return with_area(x, plus(plus(plus(cost_cache_shrink(x), in_tree(x)), times(nr, page)),
				 plus(times(nr / 512 + TABLES, table), holds)));
}

struct count cost_vmalloc_of(const struct letters *x)
{
	return cost_area(x, x->u);
}

struct count cost_vfree_of(const struct letters *x)
{
	return cost_area_free(x, x->u);
}

/* The area found, the leaf three times, and the page copied before anybody may look for it. */
struct count cost_move_hold(const struct letters *x)
{
	return x->moves ? COUNT([CALL] = 2, [DOWN] = x->v, [LEAF] = 3, [COPY] = 1,
				[CHARGE] = x->charges)
			: COUNT(0);
}

/* A block for the copy, the leaf three times, the area twice; and the old block goes to its
 * zone. */
struct count cost_move_page(const struct letters *x)
{
	if (!x->moves)
		return COUNT(0);
	return plus(plus(cost_alloc_any(x), cost_large_free(x)),
		    COUNT([CALL] = 6, [AREA] = 3 * x->v, [LEAF] = 3, [COPY] = 1));
}

/* A block alone is freed as others are. */
struct count cost_migrate_page(const struct letters *x)
{
	return x->moves ? plus(cost_move_page(x), cost_free_full(x)) : COUNT(0);
}

/* Looks, a step each, and blocks that go to other lists; the last may merge. */
struct count cost_retype_hold(const struct letters *x)
{
	return x->contig ? COUNT([CALL] = 2, [LINK] = RETYPE_STEPS + STEPS_OF_RETYPE + x->o,
				 [LOOK] = x->looks, [CHARGE] = x->charges)
			 : COUNT(0);
}

/* Each block is looked for, found free, taken off its list and handed out; and the blocks at the
 * borders are cut. */
struct count cost_contig_hold(const struct letters *x)
{
	return x->contig ? COUNT([CALL] = 3, [LINK] = STEPS_OF_BLOCK * TAKE_AT_ONCE + 2 * x->o,
				 [LOOK] = TAKE_AT_ONCE * x->looks, [CHARGE] = x->charges)
			 : COUNT(0);
}

/* So many blocks come of a chunk, in which a part of a largest block is free. */
static unsigned long blocks_of_chunk(const struct letters *x)
{
	return 2 * x->o + x->f / x->w;
}

struct count cost_contig_free(const struct letters *x)
{
	unsigned long holds = blocks_of_chunk(x) / TAKE_AT_ONCE + 1;

	return x->contig ? COUNT([CALL] = 2 + holds,
				 [LINK] = STEPS_OF_BLOCK * blocks_of_chunk(x) + 2 * x->o,
				 [BLOCK] = blocks_of_chunk(x),
				 [LOOK] = blocks_of_chunk(x) * x->looks,
				 [CHARGE] = (holds + 1) * x->charges)
			 : COUNT(0);
}

/* A pageblock in single pages set aside, or given back: each is looked at, and moved. */
static struct count set_aside(const struct letters *x)
{
	unsigned long steps = (1 + STEPS_OF_RETYPE) * x->w, holds = steps / RETYPE_STEPS + 2;

	return COUNT([CALL] = holds, [LINK] = steps, [LOOK] = holds * x->looks,
		     [CHARGE] = holds * x->charges);
}

static unsigned long chunks(const struct letters *x)
{
	return x->u / x->f + 2;
}

/* Chunk by chunk: looked at, set aside, each page moved, what CPUs hold given back, taken. */
struct count cost_contig_lent(const struct letters *x)
{
	struct count chunk = plus(plus(cost_drain_local(x), cost_contig_free(x)),
				  plus(COUNT([CALL] = 4 + x->f / RETYPE_STEPS + 1, [LINK] = x->f),
				       times(2 * (x->f / x->w), set_aside(x))));

	if (!x->contig || !x->moves)
		return COUNT(0);
	return plus(times(chunks(x), chunk),
		    times(x->u, plus(cost_move_page(x), COUNT([CALL] = 2, [LINK] = 2))));
}

/* Blocks of a page each. */
struct count cost_contig_release(const struct letters *x)
{
	return x->contig ? times(x->u, plus(cost_large_free(x), COUNT([LINK] = 2 * x->o)))
			 : COUNT(0);
}

/* What the request costs that fails, and a zone after the other: CPUs give back, pageblocks are
 * emptied, the request tries again; and all this twice, with reclaim between. */
struct count cost_alloc_compact(const struct letters *x)
{
	struct count one = plus(plus(set_aside(x), set_aside(x)),
				times(x->w, plus(cost_move_page(x),
						 COUNT([CALL] = 2, [LINK] = 2))));
	struct count zone = plus(plus(cost_drain_local(x), times(2, cost_alloc_any(x))),
				 times(COMPACT_TRIES, one));

	if (!x->compacts)
		return COUNT(0);
	return plus(plus(cost_alloc_fail(x), cost_alloc_reclaim(x)), times(2 * x->z, zone));
}

