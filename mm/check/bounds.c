/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the worst case of each allocator path, in steps and in instructions.
 *
 * Structure: a path is a sum of steps of twelve kinds, counted from the source, and each kind has
 * a price in instructions. Each price is above the dearest step of its kind that was ever
 * measured; the benchmark "bound" drives each path to its worst case and holds the measured
 * number against the product.
 *
 *	call	entering and leaving a path's out-of-line part, interrupts off and on
 *	zone	a zone tried: marks, its lists looked at, its lock taken and released twice
 *	list	one of the CPU's lists looked at
 *	block	a block moved between a CPU's list and the zone's, its word written
 *	slot	an entry of a list or a magazine moved
 *	link	a split or a merge, and what buddy.c counts as such (HOLD_STEPS in internal.h)
 *	object	an object moved between a magazine and its slab
 *	slab	a slab found, linked, unlinked
 *	frame	a slab's descriptor written
 *	area	a step in the tree of areas
 *	leaf	an entry of a page table found, and set, changed or cleared
 *	copy	a page copied, or filled with zeros
 *
 * Invariants:
 * Q1  No path takes more steps or instructions than mm_bounds() says, waiting for another
 *     CPU's hold of a lock aside: that adds one hold for each CPU before it in the queue.
 * Q2  Interrupts are off for no longer at a time than the path that is named as its hold takes.
 *
 * Locking: none.
 *
 * Bounds: none of its own.
 *
 * Configuration: the prices are those of the default tier of checks. MM_CHECK and MM_VALIDATE
 * look at whole lists and zones, and have no bound but the size of memory.
 */
#include <mm/bounds.h>
#include <mm/compaction.h>

#include "mm/page/internal.h"
#include "mm/slab/internal.h"

/* In the order of the list above. */
enum kind {
	CALL, ZONE, LIST, BLOCK, SLOT, LINK, OBJECT, SLAB, FRAME, AREA, LEAF, COPY, NR_KINDS
};

/* Instructions a step; in classic SPARSEMEM a descriptor is found through a table. */
static const unsigned int prices[2][NR_KINDS] = {
	{ [CALL] = 160, [ZONE] = 100, [LIST] = 20, [BLOCK] = 14, [SLOT] = 8, [LINK] = 40,
	  [OBJECT] = 100, [SLAB] = 128, [FRAME] = 10, [AREA] = 30, [LEAF] = 60, [COPY] = 1400 },
	{ [CALL] = 160, [ZONE] = 120, [LIST] = 20, [BLOCK] = 28, [SLOT] = 8, [LINK] = 80,
	  [OBJECT] = 150, [SLAB] = 180, [FRAME] = 10, [AREA] = 30, [LEAF] = 60, [COPY] = 1400 },
};
/* What is inlined costs less than a call. */
#define HIT_PRICE	96

struct count {
	unsigned long of[NR_KINDS];
};

#define COUNT(...)	((struct count){ { __VA_ARGS__ } })

/* The letters. */
struct letters {
	unsigned long o, b, z, l, g, k, p, m, s, n, j, c, t;
	unsigned long u, v, w, f;
	bool moves, contig, compacts;
};

static struct count plus(struct count a, struct count b)
{
	for (int i = 0; i < NR_KINDS; i++)
		a.of[i] += b.of[i];
	return a;
}

static struct count times(unsigned long n, struct count c)
{
	for (int i = 0; i < NR_KINDS; i++)
		c.of[i] *= n;
	return c;
}

/* One hold of zone->lock that fills a list: its last block begins below H (buddy.c). Each block
 * is written once, and moved down when there were fewer than asked for. Before it the list may take
 * from the others what they may hold and do not. */
static struct count refill(const struct letters *x)
{
	return COUNT([CALL] = 1, [ZONE] = 1, [LIST] = x->l, [BLOCK] = x->b, [SLOT] = x->b,
		     [LINK] = HOLD_STEPS - 1 + STEPS_OF_TAKE + x->o);
}

static struct count drain(const struct letters *x)
{
	return COUNT([CALL] = 1, [BLOCK] = x->b + 1,
		     [LINK] = HOLD_STEPS - 1 + STEPS_OF_FREE + x->o);
}

/* A list is full: the others are looked at for what they do not use, and for the one that holds
 * most; one list is drained, and if that makes no room the block goes to the zone. */
static struct count free_full(const struct letters *x)
{
	return plus(drain(x), COUNT([CALL] = 1, [LIST] = 2 * x->l, [BLOCK] = 1,
				    [LINK] = STEPS_OF_FREE + x->o));
}

/* Goes through all zones twice; the second time each may take one block back from the CPU's
 * lists. */
static struct count alloc_fail(const struct letters *x)
{
	return COUNT([CALL] = 1, [ZONE] = 3 * x->z + 1, [LIST] = x->z * x->l, [BLOCK] = x->z,
		     [LINK] = x->z * (STEPS_OF_FREE + x->o));
}

static struct count alloc_any(const struct letters *x)
{
	return plus(alloc_fail(x), refill(x));
}

static struct count large_alloc(const struct letters *x)
{
	return COUNT([CALL] = 1, [ZONE] = 1, [BLOCK] = 1, [LINK] = STEPS_OF_TAKE + x->o);
}

static struct count large_free(const struct letters *x)
{
	return COUNT([CALL] = 1, [BLOCK] = 1, [LINK] = STEPS_OF_FREE + x->o);
}

/* Halves given back: no merge, for what is kept lies beside them. */
static struct count alloc_exact(const struct letters *x)
{
	return plus(alloc_any(x), COUNT([CALL] = 1, [BLOCK] = 3 * x->o, [LINK] = 2 * x->o));
}

static struct count drain_step(const struct letters *x)
{
	return plus(drain(x), COUNT([LIST] = x->z * x->l));
}

static struct count drain_local(const struct letters *x)
{
	return COUNT([CALL] = x->p, [LIST] = x->p * x->z * x->l, [BLOCK] = x->z * x->g,
		     [LINK] = x->z * x->g * (STEPS_OF_FREE + x->o));
}

/* Objects of as many slabs; each slab may have to be linked anew. */
static struct count cache_refill(const struct letters *x)
{
	return COUNT([CALL] = 1, [OBJECT] = x->m, [SLAB] = x->m);
}

static struct count cache_flush(const struct letters *x)
{
	return plus(cache_refill(x), COUNT([SLOT] = x->m));
}

/* Two holds with pages taken between them: of the largest order, then of the least; and they go
 * back when it turns out that nobody needs them any more. */
static struct count cache_grow(const struct letters *x)
{
	struct count slab = COUNT([CALL] = 1, [SLAB] = 1 + x->n, [FRAME] = 2 * x->s,
				  [OBJECT] = x->j);

	return plus(plus(times(2, cache_refill(x)), slab),
		    plus(plus(alloc_fail(x), alloc_any(x)), free_full(x)));
}

/* Each object was the last of its slab, which goes. */
static struct count cache_shrink(const struct letters *x)
{
	return plus(cache_flush(x), times(x->m, plus(COUNT([FRAME] = x->s), free_full(x))));
}

static struct count cache_drain(const struct letters *x)
{
	return times(2, cache_shrink(x));
}

/* At most O + 1 blocks. */
static struct count free_exact(const struct letters *x)
{
	return times(x->o + 1, free_full(x));
}

/* How much there is, how much of it goes, and again; and what goes leaves the CPU's lists. */
static struct count reclaim_round_of(const struct letters *x)
{
	if (!x->t)
		return COUNT(0);
	return plus(COUNT([CALL] = 3 * x->c + 1, [LIST] = x->z * x->l),
		    times(SLAB_SCAN_WORK, plus(cache_shrink(x), times(x->m, large_free(x)))));
}

/* The CPU's lists are emptied once of what was there, and of what each round brings. */
static struct count alloc_reclaim(const struct letters *x)
{
	if (!x->t)
		return alloc_any(x);
	return plus(plus(alloc_any(x), drain_local(x)),
		    times(x->t, plus(reclaim_round_of(x), alloc_fail(x))));
}

/* ---- areas, pages that move, pageblocks ---- */

/* Two tables for leaves and one above them, each side of a border of such; and in Sv48 another. */
#define TABLES	4

static struct count with_area(const struct letters *x, struct count c)
{
	return x->v ? c : COUNT(0);
}

/* A table is a page of zeros. */
static struct count new_tables(const struct letters *x, unsigned long nr)
{
	return times(nr, plus(alloc_any(x), COUNT([COPY] = 1)));
}

/* From an object for the area on: one hold. */
static struct count vmap_hold(const struct letters *x)
{
	return with_area(x, plus(plus(cache_grow(x), new_tables(x, TABLES)),
				 COUNT([CALL] = 4, [AREA] = 3 * x->v, [LEAF] = MM_BOUND_HOLD)));
}

/* Each leaf twice: invalid, then gone. The first look is for the area. */
static struct count vunmap_hold(const struct letters *x)
{
	return with_area(x, plus(plus(cache_shrink(x), times(TABLES, free_full(x))),
				 COUNT([CALL] = 4, [AREA] = 4 * x->v,
				       [LEAF] = 2 * MM_BOUND_HOLD)));
}

/*
 * Page by page, after larger blocks were asked for in vain once in each hold, of 16 pieces; a table
 * for each 512 pages.
 */
static struct count vmalloc_of(const struct letters *x)
{
	unsigned long holds = x->u / 16 + 1;

	return with_area(x, plus(plus(vmap_hold(x), times(x->u, alloc_any(x))),
				 plus(times(holds, plus(COUNT([CALL] = 1),
							times(6, alloc_fail(x)))),
				      plus(new_tables(x, x->u / 512), COUNT([LEAF] = x->u)))));
}

static struct count vfree_of(const struct letters *x)
{
	return with_area(x, plus(plus(vunmap_hold(x), times(x->u + x->u / 512, free_full(x))),
				 COUNT([CALL] = x->u / 16 + 1, [LEAF] = 2 * x->u)));
}

/* A block for the copy, the leaf three times, the area twice; and the old block goes to its
 * zone. */
static struct count move_page(const struct letters *x)
{
	if (!x->moves)
		return COUNT(0);
	return plus(plus(alloc_any(x), large_free(x)),
		    COUNT([CALL] = 6, [AREA] = 3 * x->v, [LEAF] = 3, [COPY] = 1));
}

/* The frames of a largest block, each a block of its own: found free, given their type back, taken
 * off their lists, handed out. */
static struct count contig_hold(const struct letters *x)
{
	return x->contig ? COUNT([CALL] = 4, [LINK] = 4 * x->f) : COUNT(0);
}

/* A pageblock in single pages set aside, or given back: each is looked at, and moved. */
static struct count set_aside(const struct letters *x)
{
	return COUNT([CALL] = 2, [LINK] = 2 * x->w);
}

static unsigned long chunks(const struct letters *x)
{
	return x->u / x->f + 2;
}

/* Chunk by chunk: looked at, set aside, each page moved, what CPUs hold given back, taken. */
static struct count contig_lent(const struct letters *x)
{
	struct count chunk = plus(plus(drain_local(x), contig_hold(x)),
				  plus(COUNT([CALL] = 4, [LINK] = x->f),
				       times(x->f / x->w, set_aside(x))));

	if (!x->contig || !x->moves)
		return COUNT(0);
	return plus(times(chunks(x), chunk),
		    times(x->u, plus(move_page(x), COUNT([CALL] = 2, [LINK] = 2))));
}

/* Blocks of a page each. */
static struct count contig_release(const struct letters *x)
{
	return x->contig ? times(x->u, plus(large_free(x), COUNT([LINK] = 2 * x->o))) : COUNT(0);
}

/* What the request costs that fails, and a zone after the other: CPUs give back, pageblocks are
 * emptied, the request tries again; and all this twice, with reclaim between. */
static struct count alloc_compact(const struct letters *x)
{
	struct count one = plus(plus(set_aside(x), set_aside(x)),
				times(x->w, plus(move_page(x), COUNT([CALL] = 2, [LINK] = 2))));
	struct count zone = plus(plus(drain_local(x), times(2, alloc_any(x))),
				 times(COMPACT_TRIES, one));

	if (!x->compacts)
		return COUNT(0);
	return plus(plus(alloc_fail(x), alloc_reclaim(x)), times(2 * x->z, zone));
}

static const struct {
	const char *path, *formula;
	struct count (*count)(const struct letters *x);	/* NULL: one step, inlined */
	enum mm_path hold;
} rows[NR_MM_PATHS] = {
	[PATH_ALLOC_HIT] = { "alloc_pages, own list", "1", NULL, PATH_ALLOC_HIT },
	[PATH_FREE_HIT] = { "__free_pages, own list", "1", NULL, PATH_FREE_HIT },
	[PATH_ALLOC_REFILL] = { "alloc_pages, refilled", "H + 2B + L + O + 6", refill,
				PATH_ALLOC_REFILL },
	[PATH_FREE_DRAIN] = { "__free_pages, list full", "F = H + B + 2L + 2O + 7",
			      free_full, PATH_FREE_DRAIN },
	[PATH_ALLOC_LARGE] = { "alloc_pages, no list", "O + 8", large_alloc, PATH_ALLOC_LARGE },
	[PATH_FREE_LARGE] = { "__free_pages, no list", "O + 4", large_free, PATH_FREE_LARGE },
	[PATH_ALLOC_ANY] = { "alloc_pages, any zone", "A = E + H + 2B + L + O + 6", alloc_any,
			     PATH_ALLOC_ANY },
	[PATH_ALLOC_FAIL] = { "alloc_pages, failing", "E = Z(L + O + 6) + 2", alloc_fail,
			      PATH_ALLOC_FAIL },
	[PATH_ALLOC_EXACT] = { "alloc_pages_exact", "A + 5O + 1", alloc_exact, PATH_ALLOC_ANY },
	[PATH_FREE_EXACT] = { "free_pages_exact", "(O + 1)F", free_exact, PATH_FREE_DRAIN },
	[PATH_DRAIN_STEP] = { "drain_local_pages, a batch", "H + B + O + ZL + 3", drain_step,
			      PATH_DRAIN_STEP },
	[PATH_DRAIN_LOCAL] = { "drain_local_pages", "P(ZL + 1) + ZG(O + 3)", drain_local,
			       PATH_DRAIN_STEP },
	[PATH_KMALLOC_HIT] = { "kmem_cache_alloc, magazine", "1", NULL,
			       PATH_KMALLOC_HIT },
	[PATH_KFREE_HIT] = { "kmem_cache_free, magazine", "1", NULL, PATH_KFREE_HIT },
	[PATH_CACHE_REFILL] = { "kmem_cache_alloc, refilled", "2M + 1", cache_refill,
				PATH_CACHE_REFILL },
	[PATH_CACHE_FLUSH] = { "kmem_cache_free, flushed", "3M + 1", cache_flush,
			       PATH_CACHE_FLUSH },
	[PATH_CACHE_GROW] = { "kmem_cache_alloc, new slab",
			      "A + E + F + 4M + 2S + N + J + 4", cache_grow, PATH_ALLOC_ANY },
	[PATH_CACHE_SHRINK] = { "kmem_cache_free, slabs too", "M(F + S + 3) + 1",
				cache_shrink, PATH_FREE_DRAIN },
	/* Another CPU may ask for a step of this drain: the step is one interrupt then. */
	[PATH_CACHE_DRAIN] = { "kmem_cache_drain_local", "2M(F + S + 3) + 2", cache_drain,
			       PATH_CACHE_SHRINK },
	[PATH_RECLAIM_ROUND] = { "reclaim, a round", "D = 3C + ZL + 4M(F + S + O + 7) + 5",
				 reclaim_round_of, PATH_CACHE_SHRINK },
	[PATH_ALLOC_RECLAIM] = { "alloc_pages, reclaiming",
				 "A + P(ZL + 1) + ZG(O + 3) + T(D + E)", alloc_reclaim,
				 PATH_ALLOC_ANY },
	[PATH_VMAP] = { "vmap, a hold", "X = grow + 4(A + 1) + 3V + 132", vmap_hold, PATH_VMAP },
	[PATH_VUNMAP] = { "vunmap, a hold", "Y = shrink + 4F + 4V + 260", vunmap_hold,
			  PATH_VUNMAP },
	[PATH_VMALLOC] = { "vmalloc", "X + U(A + 1) + (U/16 + 1)(6E + 1) + (U/512)(A + 1)",
			   vmalloc_of, PATH_VMAP },
	[PATH_VFREE] = { "vfree", "Y + (U + U/512)F + 2U + U/16 + 1", vfree_of, PATH_VUNMAP },
	[PATH_MOVE] = { "migrate_page", "R = A + O + 3V + 14", move_page, PATH_MOVE },
	[PATH_CONTIG_FREE] = { "alloc_contig_range, free", "4I + 4", contig_hold,
			       PATH_CONTIG_FREE },
	[PATH_CONTIG] = { "alloc_contig_range, lent",
			  "U(R + 4) + (U/I + 2)(drain + 5I + 8 + (I/W)(2W + 2))", contig_lent,
			  PATH_CONTIG_FREE },
	[PATH_CONTIG_RELEASE] = { "free_contig_range", "U(3O + 4)", contig_release,
				  PATH_FREE_DRAIN },
	[PATH_COMPACT] = { "alloc_pages, compacting",
			   "E + reclaiming + 2Z(drain + 2A + 4(W(R + 8) + 4))", alloc_compact,
			   PATH_MOVE },
};

static void set_bound(struct mm_bound *b, const struct letters *x, const unsigned int *price,
		      enum mm_path path)
{
	struct count c = rows[path].count ? rows[path].count(x) : COUNT(0);

	*b = (struct mm_bound){ .path = rows[path].path, .formula = rows[path].formula,
				.hold = rows[path].hold };
	for (int i = 0; i < NR_KINDS; i++) {
		b->steps += c.of[i];
		b->instructions += c.of[i] * price[i];
	}
	if (!rows[path].count) {
		b->steps = 1;
		b->instructions = HIT_PRICE;
	}
}

static enum mm_path longer(const struct mm_bound *bounds, enum mm_path a, enum mm_path b)
{
	return bounds[a].instructions >= bounds[b].instructions ? a : b;
}

static struct letters letters_of(const struct mm_bounds_of *of)
{
	struct letters x = {
		.o = of->max_order, .b = max(of->batch, 1u), .z = of->zones,
		.l = (unsigned long)of->pcp_orders * of->types,
		.g = of->high + of->types, .m = (of->magazine + 1) / 2,
		.s = 1ul << of->slab_max_order, .n = of->nodes,
		/* Of the smallest in a page; slabs of more pages have fewer. */
		.j = of->shuffled ? PAGE_SIZE / SLAB_LINK_BYTES : 0,
		.c = of->caches, .t = of->reclaim ? RECLAIM_ROUNDS + 1 : 0,
	};

	/* A step of a drain ends with its list, or after H steps: with K blocks, of O + 2 each. */
	x.u = MM_BOUND_PAGES;
	x.w = 1ul << of->block_order;
	x.f = 1ul << of->max_order;
	/* An AVL tree of n nodes is at most 1.44 log2(n + 2) high. */
	x.v = of->areas ? (fls64(of->areas + 2) * 144 + 99) / 100 : 0;
	x.moves = of->moves;
	x.contig = of->contig;
	x.compacts = of->compacts && of->moves;
	x.k = min(DIV_ROUND_UP(HOLD_STEPS, x.o + STEPS_OF_FREE), x.b);
	x.p = x.z * (x.l + x.g / x.k) + 1;
	return x;
}

void mm_bounds(const struct mm_bounds_of *of, struct mm_bound bounds[NR_MM_PATHS])
{
	const struct letters x = letters_of(of);

	for (int i = 0; i < NR_MM_PATHS; i++)
		set_bound(&bounds[i], &x, prices[of->section_table], (enum mm_path)i);
	/* Which part is the longest depends on the numbers. */
	bounds[PATH_CACHE_GROW].hold = longer(bounds, PATH_ALLOC_ANY, PATH_CACHE_REFILL);
	bounds[PATH_RECLAIM_ROUND].hold = longer(bounds, longer(bounds, PATH_CACHE_FLUSH,
								PATH_FREE_DRAIN),
						 PATH_DRAIN_STEP);
	bounds[PATH_ALLOC_RECLAIM].hold = longer(bounds, bounds[PATH_RECLAIM_ROUND].hold,
						 PATH_ALLOC_ANY);
	/* What is aside under one hold, or on its way with interrupts off. */
	bounds[PATH_COMPACT].hold = longer(bounds, longer(bounds, PATH_MOVE, PATH_CONTIG_FREE),
					   bounds[PATH_ALLOC_RECLAIM].hold);
	bounds[PATH_CONTIG].hold = longer(bounds, PATH_MOVE, PATH_CONTIG_FREE);
	bounds[PATH_CONTIG].hold = longer(bounds, bounds[PATH_CONTIG].hold, PATH_DRAIN_STEP);
	bounds[PATH_CACHE_SHRINK].hold = longer(bounds, PATH_CACHE_FLUSH, PATH_FREE_DRAIN);
}

void mm_bounds_letters(const struct mm_bounds_of *of, struct mm_letter letters[NR_MM_LETTERS])
{
	const struct letters x = letters_of(of);
	const struct mm_letter all[] = {
		{ 'O', x.o, "MAX_ORDER" },
		{ 'H', HOLD_STEPS, "splits and merges of one hold of a zone's lock" },
		{ 'B', x.b, "blocks of a batch" },
		{ 'Z', x.z, "zones that a request tries" },
		{ 'L', x.l, "lists of a CPU in a zone" },
		{ 'G', x.g, "blocks that they hold" },
		{ 'K', x.k, "blocks that a hold gives back at least: H/(O + 2) rounded up, or B" },
		{ 'P', x.p, "holds of a whole drain: Z(L + G/K) + 1" },
		{ 'M', x.m, "objects moved at a time, half a magazine" },
		{ 'S', x.s, "pages of a slab" },
		{ 'N', x.n, "nodes" },
		{ 'J', x.j, "objects of a new slab that are put in random order" },
		{ 'C', x.c, "SLAB_CACHES" },
		{ 'T', x.t, "rounds of reclaim for a request that may wait" },
		{ 'U', x.u, "pages that are asked for" },
		{ 'V', x.v, "height of the tree of areas: 1.44 log2(VMALLOC_AREAS + 2)" },
		{ 'W', x.w, "pages of a pageblock" },
		{ 'I', x.f, "pages of a largest block" },
	};

	BUILD_ASSERT(ARRAY_SIZE(all) == NR_MM_LETTERS, "each letter has a row");
	for (size_t i = 0; i < NR_MM_LETTERS; i++)
		letters[i] = all[i];
}
