/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the worst case of each allocator path, in steps and in instructions.
 *
 * Structure: a path is a sum of steps of sixteen kinds, counted from the source, and each kind has
 * a price in instructions. Each price is above the dearest step of its kind that was ever
 * measured; the benchmark "bound" drives each path to its worst case and holds the measured
 * number against the product.
 *
 *	call	entering and leaving a path's out-of-line part, interrupts off and on
 *	zone	a zone tried: marks, its lists looked at, its lock taken and released twice
 *	list	one of the CPU's lists looked at
 *	block	a block moved between a CPU's list and the zone's, its word written
 *	slot	an entry of a list or a magazine moved
 *	cut	a split, and what buddy.c counts as such where blocks are taken (hold.h)
 *	link	the same of a merge, and where blocks are given back
 *	object	an object moved between a magazine and its slab
 *	slab	a slab found, linked, unlinked
 *	frame	a slab's descriptor written
 *	area	a step up the tree of areas, which is balanced, or one of another search
 *	down	a step down that tree
 *	leaf	an entry of a page table found, and set, changed or cleared
 *	copy	a page copied, or filled with zeros
 *	look	a zone looked at for what accounts are promised
 *	charge	an account charged or credited, and its lock taken and released
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

#include "mm/page/internal.h"
#include "mm/slab/internal.h"

#include "bounds_count.h"

/* Instructions a step; in classic SPARSEMEM a descriptor is found through a table. */
static const unsigned int prices[2][NR_KINDS] = {
	{ [CALL] = 160, [ZONE] = 100, [LIST] = 20, [BLOCK] = 14, [SLOT] = 8, [CUT] = 26,
	  [LINK] = 40, [OBJECT] = 60, [SLAB] = 128, [FRAME] = 10, [AREA] = 30, [LEAF] = 60,
	  [COPY] = 1400, [LOOK] = 40, [CHARGE] = 80, [DOWN] = 10 },
	{ [CALL] = 160, [ZONE] = 120, [LIST] = 20, [BLOCK] = 28, [SLOT] = 8, [CUT] = 52,
	  [LINK] = 80, [OBJECT] = 100, [SLAB] = 180, [FRAME] = 10, [AREA] = 30, [LEAF] = 60,
	  [COPY] = 1400, [LOOK] = 40, [CHARGE] = 80, [DOWN] = 10 },
};
/* What is inlined costs less than a call. */
#define HIT_PRICE	96

unsigned long price_of(const struct letters *x, const struct count *c)
{
	unsigned long instructions = 0;

	for (int i = 0; i < NR_KINDS; i++)
		instructions += c->of[i] * prices[x->section_table][i];
	return instructions;
}

/* One hold of zone->lock that fills a list: its last block begins below H (buddy.c). Each block
 * is written once, and moved down when there were fewer than asked for. Before it the list may take
 * from the others what they may hold and do not. */
static struct count refill(const struct letters *x)
{
	return COUNT([CALL] = 1, [ZONE] = 1, [LIST] = x->l, [BLOCK] = x->b, [SLOT] = x->b,
		     [CUT] = HOLD_STEPS - 1 + STEPS_OF_TAKE + x->o, [LOOK] = x->looks,
		     [CHARGE] = 2 * x->charges);
}

/* A block that makes its pageblock a better candidate of compaction. */
#define CANDIDATE	4

/*
 * A hold of so many steps that gives up to most blocks back. Each entry is read, and what lies one
 * behind the other goes as one. The last begins below the steps. Giving one costs less than two
 * merges: the dearest are the fewest, each of which merges up to the largest, and the last may be
 * of a special type. With compaction it costs more, and the dearest are the most, none of them
 * special.
 */
static struct count drain_of(const struct letters *x, unsigned long most, unsigned long steps)
{
	unsigned long all = steps - 1 + STEPS_OF_FREE + x->o, blocks, given;

	all += x->candidates ? 0 : STEPS_OF_SPECIAL;
	if (x->candidates)
		blocks = min(DIV_ROUND_UP(steps, STEPS_OF_FREE), most);
	else
		blocks = min(DIV_ROUND_UP(steps, x->o + STEPS_OF_FREE) + 1, most);
	given = min(all, STEPS_OF_FREE * blocks);
	return COUNT([CALL] = 1, [BLOCK] = most + blocks + CANDIDATE * x->candidates * blocks,
		     [LINK] = blocks + min(x->o * blocks, all - given));
}

static struct count drain(const struct letters *x)
{
	return drain_of(x, x->b, steps_of_drain(x->candidates));
}

/* A list is full, and is drained. */
static __noinline struct count full_drained(const struct letters *x)
{
	struct count c = drain(x);

	c.of[CHARGE] += x->charges;
	return c;
}

/* Or the others are looked at for what they do not use, for the one that holds most, and again, and
 * half a batch goes back. */
__noinline struct count cost_full_looked(const struct letters *x)
{
	struct count c = drain_of(x, (x->b + 1) / 2, steps_of_drain_looked(x->candidates));

	c.of[CALL]++;
	c.of[LIST] += 2 * x->l;
	c.of[CHARGE] += x->charges;
	return c;
}

/* The dearer way of both. Each function here has few counts: a stack may have 8 KiB. */
static __noinline struct count free_hold(const struct letters *x)
{
	struct count looked = cost_full_looked(x), drained = full_drained(x);

	return price_of(x, &looked) >= price_of(x, &drained) ? looked : drained;
}

/* If that makes no room the block goes to the zone. */
struct count cost_free_full(const struct letters *x)
{
	return plus(free_hold(x), COUNT([CALL] = 1, [BLOCK] = 1, [LINK] = STEPS_OF_FREE + x->o));
}

/* Goes through all zones twice, wakes the threads of its node between, and the second time each
 * zone may take one block back from the CPU's lists. With accounts the room below the limit is
 * looked at first, and each of three tries is charged and credited, and once more behind a block
 * that was given back. Each try is shorter than one that fills a list. */
struct count cost_alloc_fail(const struct letters *x)
{
	return COUNT([CALL] = 1 + 2 * x->wakes, [ZONE] = 3 * x->z + 1, [LIST] = x->z * x->l,
		     [BLOCK] = x->z, [LINK] = x->z * (STEPS_OF_FREE + x->o),
		     [LOOK] = (3 * x->z + 1) * x->looks, [CHARGE] = (2 * x->z + 7) * x->charges);
}

struct count cost_alloc_any(const struct letters *x)
{
	return plus(cost_alloc_fail(x), refill(x));
}

static struct count large_alloc(const struct letters *x)
{
	return COUNT([CALL] = 1, [ZONE] = 1, [BLOCK] = 1, [CUT] = STEPS_OF_TAKE + x->o,
		     [LOOK] = x->looks, [CHARGE] = 2 * x->charges);
}

struct count cost_large_free(const struct letters *x)
{
	return COUNT([CALL] = 1, [BLOCK] = 1, [LINK] = STEPS_OF_FREE + x->o,
		     [CHARGE] = x->charges);
}

/* Halves given back: no merge, for what is kept lies beside them. */
static struct count alloc_exact(const struct letters *x)
{
	return plus(cost_alloc_any(x), COUNT([CALL] = 1, [BLOCK] = 3 * x->o, [LINK] = 2 * x->o));
}

static struct count drain_step(const struct letters *x)
{
	return plus(drain_of(x, x->b, steps_of_drain_found(x->candidates)), COUNT([LIST] = x->l));
}

struct count cost_drain_local(const struct letters *x)
{
	return COUNT([CALL] = x->p, [LIST] = x->p * x->z * x->l, [BLOCK] = x->z * x->g,
		     [LINK] = x->z * x->g * (STEPS_OF_FREE + x->o));
}

/* Each slab that they are taken of may have to be linked anew. */
static struct count cache_refill(const struct letters *x)
{
	return COUNT([CALL] = 1, [OBJECT] = x->m,
		     [SLAB] = min(x->m, SLAB_TAKES_AT_ONCE + 0ul));
}

static struct count objects_back(const struct letters *x, unsigned long moves)
{
	return COUNT([CALL] = 1, [OBJECT] = x->m, [SLOT] = x->m, [SLAB] = moves);
}

/* One slab more may move behind the last object. */
static struct count cache_flush(const struct letters *x)
{
	return objects_back(x, min(x->m, SLAB_MOVES_AT_ONCE + 1ul));
}

/* Two holds with pages taken between them: of the largest order, then of the least; and they go
 * back when it turns out that nobody needs them any more. */
struct count cost_cache_grow(const struct letters *x)
{
	struct count slab = COUNT([CALL] = 1, [SLAB] = 1 + x->n, [FRAME] = 2 * x->s,
				  [OBJECT] = 2 * x->j);

	return plus(plus(times(2, cache_refill(x)), slab),
		    plus(plus(cost_alloc_fail(x), cost_alloc_any(x)), cost_free_full(x)));
}

/* Each object was the last of its slab, which goes. */
struct count cost_cache_shrink(const struct letters *x)
{
	return plus(objects_back(x, x->m),
		    times(x->m, plus(COUNT([FRAME] = x->s), cost_free_full(x))));
}

/* Of as many objects as a flush has: steps of SLAB_DRAIN each. */
static unsigned long drain_steps(const struct letters *x)
{
	return x->m / SLAB_DRAIN + 1;
}

struct count cost_cache_drain(const struct letters *x)
{
	return plus(times(2, cost_cache_shrink(x)), COUNT([CALL] = 2 * drain_steps(x)));
}

/* At most O + 1 blocks. */
static struct count free_exact(const struct letters *x)
{
	return times(x->o + 1, cost_free_full(x));
}

/* How much there is, how much of it goes, and again; and what goes leaves the CPU's lists. */
static struct count reclaim_round_of(const struct letters *x)
{
	if (!x->t)
		return COUNT(0);
	return plus(COUNT([CALL] = 3 * x->c + 1 + SLAB_SCAN_WORK * drain_steps(x),
			  [LIST] = x->z * x->l),
		    times(SLAB_SCAN_WORK, plus(cost_cache_shrink(x),
					       times(x->m, cost_large_free(x)))));
}

/* The CPU's lists are emptied once of what was there, and of what each round brings. */
struct count cost_alloc_reclaim(const struct letters *x)
{
	if (!x->t)
		return cost_alloc_any(x);
	return plus(plus(cost_alloc_any(x), cost_drain_local(x)),
		    times(x->t, plus(reclaim_round_of(x), cost_alloc_fail(x))));
}

static const struct {
	const char *path, *formula;
	struct count (*count)(const struct letters *x);	/* NULL: one step, inlined */
	enum mm_path hold;
} rows[NR_MM_PATHS] = {
	[PATH_IRQS_ON] = { "interrupts on", "0", cost_irqs_on, PATH_IRQS_ON },
	[PATH_ALLOC_HIT] = { "alloc_pages, own list", "1", NULL, PATH_ALLOC_HIT },
	[PATH_FREE_HIT] = { "__free_pages, own list", "1", NULL, PATH_FREE_HIT },
	[PATH_ALLOC_REFILL] = { "alloc_pages, refilled", "H + 2B + L + O + 6 + a + 2y", refill,
				PATH_ALLOC_REFILL },
	[PATH_FREE_HOLD] = { "__free_pages, full, a hold",
			     "f = h + B + O + 5 + y, or 2L + B/2 + O + 25 + y", free_hold,
			     PATH_FREE_HOLD },
	[PATH_FREE_DRAIN] = { "__free_pages, list full", "F = f + O + 4", cost_free_full,
			      PATH_FREE_HOLD },
	[PATH_ALLOC_LARGE] = { "alloc_pages, no list", "O + 8 + a + 2y", large_alloc,
			       PATH_ALLOC_LARGE },
	[PATH_FREE_LARGE] = { "__free_pages, no list", "O + 4 + y", cost_large_free,
			      PATH_FREE_LARGE },
	[PATH_ALLOC_ANY] = { "alloc_pages, any zone", "A = E + H + 2B + L + O + 6 + a + 2y",
			     cost_alloc_any, PATH_ALLOC_REFILL },
	[PATH_ALLOC_FAIL] = { "alloc_pages, failing",
			      "E = Z(L + O + 6) + 2w + 2 + (3Z + 1)a + (2Z + 7)y",
			      cost_alloc_fail, PATH_ALLOC_FAIL },
	[PATH_ALLOC_EXACT] = { "alloc_pages_exact", "A + 5O + 1", alloc_exact, PATH_ALLOC_REFILL },
	[PATH_FREE_EXACT] = { "free_pages_exact", "(O + 1)F", free_exact, PATH_FREE_HOLD },
	[PATH_DRAIN_STEP] = { "drain_local_pages, a batch", "i + B + O + L + 5", drain_step,
			      PATH_DRAIN_STEP },
	[PATH_DRAIN_LOCAL] = { "drain_local_pages", "P(ZL + 1) + ZG(O + 3)", cost_drain_local,
			       PATH_DRAIN_STEP },
	[PATH_KMALLOC_HIT] = { "kmem_cache_alloc, magazine", "1", NULL,
			       PATH_KMALLOC_HIT },
	[PATH_KFREE_HIT] = { "kmem_cache_free, magazine", "1", NULL, PATH_KFREE_HIT },
	[PATH_CACHE_REFILL] = { "kmem_cache_alloc, refilled", "M + min(M, 8) + 1", cache_refill,
				PATH_CACHE_REFILL },
	[PATH_CACHE_FLUSH] = { "kmem_cache_free, flushed", "2M + min(M, 9) + 1", cache_flush,
			       PATH_CACHE_FLUSH },
	[PATH_CACHE_GROW] = { "kmem_cache_alloc, new slab",
			      "A + E + F + 2M + 2min(M, 8) + 2S + N + 2J + 4",
			      cost_cache_grow, PATH_ALLOC_REFILL },
	[PATH_CACHE_SHRINK] = { "kmem_cache_free, slabs too", "M(F + S + 3) + 1",
				cost_cache_shrink, PATH_FREE_HOLD },
	/* Another CPU may ask for a step of this drain, and gives the slabs back itself. */
	[PATH_CACHE_DRAIN] = { "kmem_cache_drain_local", "2M(F + S + 3) + 2(M/3) + 4",
			       cost_cache_drain, PATH_FREE_HOLD },
	[PATH_RECLAIM_ROUND] = { "reclaim, a round",
				 "D = 3C + ZL + 4M(F + S + O + 7 + y) + 4(M/3) + 9",
				 reclaim_round_of, PATH_CACHE_SHRINK },
	[PATH_ALLOC_RECLAIM] = { "alloc_pages, reclaiming",
				 "A + P(ZL + 1) + ZG(O + 3) + T(D + E)", cost_alloc_reclaim,
				 PATH_ALLOC_REFILL },
	[PATH_ALLOC_WAIT] = { "alloc_pages, waiting", "reclaiming + (m(T + 1) + 1)(E + 8)",
			      cost_alloc_wait, PATH_ALLOC_REFILL },
	[PATH_CREDIT] = { "alloc_pages, credit drawn", "2 + 2y", cost_credit, PATH_CREDIT },
	[PATH_PROMISED] = { "alloc_pages, promised", "O + L + 10 + a + 2y", cost_promised,
			    PATH_PROMISED },
	[PATH_PROMISED_FREE] = { "__free_pages, promised", "O + 5 + y", cost_promised_free,
				 PATH_PROMISED_FREE },
	[PATH_STACK] = { "a thread's stack", "as vmalloc of k pages, and k", cost_stack,
			 PATH_VMAP },
	[PATH_STACK_FREE] = { "a thread's stack, free", "as vfree of k pages", cost_stack_free,
			      PATH_VUNMAP },
	[PATH_VMAP] = { "vmap, a hold", "X = 3V + 31, or 89", cost_vmap_hold, PATH_VMAP },
	[PATH_VUNMAP] = { "vunmap, a hold", "3V + 47, or V + 89", cost_vunmap_hold, PATH_VUNMAP },
	[PATH_VMALLOC] = { "vmalloc",
			   "grow + U(A + 2) + (U/16 + 1)(6E + 2) + (U/512 + 4)(A + 10) + 3V + 2",
			   cost_vmalloc_of, PATH_VMAP },
	[PATH_VFREE] = { "vfree", "shrink + U(F + 4) + 2(U/16 + 1) + (U/512 + 4)(F + 8) + 3V + 2",
			 cost_vfree_of, PATH_VUNMAP },
	[PATH_MOVE_HOLD] = { "migrate_page, a hold", "V + 6 + y", cost_move_hold, PATH_MOVE_HOLD },
	[PATH_MOVE] = { "migrate_page", "R + F, R = A + O + 3V + 14 + y", cost_migrate_page,
			PATH_MOVE_HOLD },
	[PATH_RETYPE] = { "a pageblock retyped, a hold", "O + 39 + a + y", cost_retype_hold,
			  PATH_RETYPE },
	[PATH_CONTIG_HOLD] = { "alloc_contig_range, a hold", "2O + 24 + 3a + y", cost_contig_hold,
			       PATH_CONTIG_HOLD },
	[PATH_CONTIG_FREE] = { "alloc_contig_range, free", "free = (2O + I/W)(8 + a) + ((2O + I/W)/3 + 1)(1 + y) + 2O + 2 + y",
			       cost_contig_free,
			       PATH_CONTIG_HOLD },
	[PATH_CONTIG] = { "alloc_contig_range, lent",
			  "U(R + 4) + (U/I + 2)(drain + free + I + I/32 + 5 + "
			  "2(I/W)(6W + (3W/16 + 2)(1 + a + y)))", cost_contig_lent,
			  PATH_CONTIG_FREE },
	[PATH_CONTIG_RELEASE] = { "free_contig_range", "U(3O + 4 + y)", cost_contig_release,
				  PATH_FREE_HOLD },
	[PATH_COMPACT] = { "alloc_pages, compacting",
			   "E + reclaiming + 2Z(drain + 2A + 4(W(R + 16) + (3W/8 + 4)(1 + a + y)))", cost_alloc_compact,
			   PATH_MOVE_HOLD },
	[PATH_DMA_MAP] = { "dma_map_single, a page", "74", cost_dma_map, PATH_IRQS_ON },
	[PATH_DMA_CLAIM] = { "bounce slots, taken", "4q + 4", cost_dma_claim, PATH_DMA_CLAIM },
	[PATH_DMA_PUT] = { "bounce slots, put back", "6", cost_dma_put, PATH_DMA_PUT },
	[PATH_DMA_BOUNCE] = { "dma_map_single, bounced", "4q + 95", cost_dma_bounce,
			      PATH_DMA_CLAIM },
	[PATH_DMA_UNMAP] = { "dma_unmap_single, bounced", "90", cost_dma_unmap, PATH_DMA_PUT },
	[PATH_DMA_SYNC] = { "dma_sync_single, bounced", "76", cost_dma_sync, PATH_IRQS_ON },
	[PATH_POOL_ALLOC] = { "dma_pool_alloc", "9", cost_pool_alloc, PATH_POOL_ALLOC },
	[PATH_POOL_GROW] = { "dma_pool_alloc, new page", "2grow + A + 4(A + 10) + X + 162",
			     cost_pool_grow, PATH_VMAP },
	[PATH_POOL_FREE] = { "dma_pool_free", "66", cost_pool_free, PATH_POOL_FREE },
	[PATH_MEM_MAP] = { "a section mapped, a hold", "35", cost_mem_map, PATH_MEM_MAP },
	[PATH_MEM_CHANGE] = { "memory changes, all stand", "4e + 20NN + 4", cost_mem_change,
			      PATH_MEM_CHANGE },
	[PATH_CLOSE_STEP] = { "a zone's lists closed, a hold", "2L + B/2 + O + 25 + y",
			      cost_close_step, PATH_CLOSE_STEP },
	[PATH_MEM_ONLINE] = { "memory online", "(s/I + 2O + 1)(O + 6 + y) + 8(A + F + 1) + 7s/2048 + 1240 + z",
			      cost_mem_online, PATH_MEM_MAP },
	[PATH_MEM_OFFLINE] = { "memory offline", "s(R + 10) + 2 drain + C(2M(F + S + 3) + 2(M/3) + 4) + "
			       "8F + 7s/2048 + s/W + 2O + 1248 + (c + 1)L + z(1 + 1/Z)",
			       cost_mem_offline, PATH_MEM_MAP },
};

static void set_bound(struct mm_bound *b, const struct letters *x, enum mm_path path)
{
	struct count c;

	*b = (struct mm_bound){ .path = rows[path].path, .formula = rows[path].formula,
				.hold = rows[path].hold };
	if (!rows[path].count) {
		b->steps = 1;
		b->instructions = HIT_PRICE;
		return;
	}
	c = rows[path].count(x);
	for (int i = 0; i < NR_KINDS; i++)
		b->steps += c.of[i];
	b->instructions = price_of(x, &c);
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
	x.candidates = of->compacts;
	x.dma = of->dma;
	x.q = of->bounce_slots;
	x.hotplug = of->hotplug;
	x.section_table = of->section_table;
	x.i = of->hotplug ? 1ul << of->section_order : 0;
	x.e = of->sections;
	x.a = of->cpus;
	x.wakes = of->node_threads;
	x.looks = of->accounts ? x.z : 0;
	x.charges = of->accounts;
	x.wait = of->wait_ms;
	x.stack = of->stack_pages;
	x.k = min(DIV_ROUND_UP(steps_of_drain_found(x.candidates), x.o + STEPS_OF_FREE), x.b);
	x.p = x.z * (x.l + x.g / x.k) + 1;
	return x;
}

void mm_bounds(const struct mm_bounds_of *of, struct mm_bound bounds[NR_MM_PATHS])
{
	const struct letters x = letters_of(of);
	enum mm_path aside;

	for (int i = 0; i < NR_MM_PATHS; i++)
		set_bound(&bounds[i], &x, (enum mm_path)i);
	/* Which part is the longest depends on the numbers. */
	if (bounds[PATH_ALLOC_FAIL].instructions > bounds[PATH_ALLOC_REFILL].instructions)
		bounds[PATH_ALLOC_FAIL].hold = PATH_ALLOC_REFILL;
	bounds[PATH_CACHE_GROW].hold = longer(bounds, PATH_ALLOC_REFILL, PATH_CACHE_REFILL);
	bounds[PATH_CACHE_SHRINK].hold = longer(bounds, PATH_CACHE_FLUSH, PATH_FREE_HOLD);
	bounds[PATH_CACHE_DRAIN].hold = bounds[PATH_CACHE_SHRINK].hold;
	bounds[PATH_RECLAIM_ROUND].hold = longer(bounds, longer(bounds, PATH_CACHE_FLUSH,
								PATH_FREE_HOLD),
						 PATH_DRAIN_STEP);
	bounds[PATH_ALLOC_RECLAIM].hold = longer(bounds, bounds[PATH_RECLAIM_ROUND].hold,
						 PATH_ALLOC_REFILL);
	bounds[PATH_ALLOC_WAIT].hold = bounds[PATH_ALLOC_RECLAIM].hold;
	bounds[PATH_VMALLOC].hold = longer(bounds, PATH_VMAP, bounds[PATH_CACHE_GROW].hold);
	bounds[PATH_STACK].hold = bounds[PATH_POOL_GROW].hold = bounds[PATH_VMALLOC].hold;
	bounds[PATH_VFREE].hold = longer(bounds, PATH_VUNMAP, bounds[PATH_CACHE_SHRINK].hold);
	bounds[PATH_STACK_FREE].hold = bounds[PATH_VFREE].hold;
	bounds[PATH_MOVE].hold = longer(bounds, PATH_MOVE_HOLD,
					longer(bounds, PATH_ALLOC_REFILL, PATH_FREE_HOLD));
	/* What is aside under one hold, or on its way with interrupts off. */
	aside = longer(bounds, longer(bounds, bounds[PATH_MOVE].hold, PATH_RETYPE),
		       PATH_DRAIN_STEP);
	bounds[PATH_COMPACT].hold = longer(bounds, aside, bounds[PATH_ALLOC_RECLAIM].hold);
	bounds[PATH_CONTIG].hold = longer(bounds, aside, PATH_CONTIG_HOLD);
	set_hotplug_holds(bounds);
}

void mm_bounds_letters(const struct mm_bounds_of *of, struct bound_letter letters[NR_MM_LETTERS])
{
	const struct letters x = letters_of(of);
	const struct bound_letter all[] = {
		{ 'O', x.o, "MAX_ORDER" },
		{ 'H', HOLD_STEPS, "steps of a hold of a zone's lock; that empties lists: h = 40, or 27; i = 32, or 22" },
		{ 'B', x.b, "blocks of a batch" },
		{ 'Z', x.z, "zones that a request tries" },
		{ 'L', x.l, "lists of a CPU in a zone" },
		{ 'G', x.g, "blocks that they hold" },
		{ 'K', x.k, "blocks that a hold gives back at least: i/(O + 2) rounded up, or B" },
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
		{ 'q', DIV_ROUND_UP(x.q, 64), "words of slots of bounce buffers: DMA_BOUNCE_KB/128" },
		{ 's', x.i, "pages of a section that comes and goes" },
		{ 'e', x.e, "sections; z = 4e + 20NN + 4 + Z((2L + 2)(L + G/j + 1) + G(O + 4)) + (Z + 4)(c + 1)L" },
		{ 'c', x.a, "NR_CPUS; j in z: 12/(O + 2), or 19" },
		{ 'w', x.wakes, "threads of a node that a request wakes" },
		{ 'a', x.looks, "zones looked at for what is promised: Z with MEM_ACCOUNTS" },
		{ 'y', x.charges, "1 with MEM_ACCOUNTS: a charge, or a credit" },
		{ 'm', x.wait, "RECLAIM_WAIT_MS" },
		{ 'k', x.stack, "pages of a stack" },
	};

	BUILD_ASSERT(ARRAY_SIZE(all) == NR_MM_LETTERS, "each letter has a row");
	for (size_t i = 0; i < NR_MM_LETTERS; i++)
		letters[i] = all[i];
}
