/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of the page allocator. It takes all memory, as blocks of MAX_ORDER and single
 * pages, so that it alone decides what lies on the lists: it cuts some of the blocks into single
 * pages and gives back just those that make the next request, or the next free, the dearest.
 */
#include <kernel/bitops.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/pcp.h>
#include <mm/snapshot.h>
#include <arch/irq.h>

#include "bounds.h"

#define GFP_TAKE	(GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC)
#define CUT_BLOCKS	8
/* The most pages of a cut block that are given back alone; a block has no more than CUT_PAGES. */
#define SINGLES_MOST	MIN_CONST(24ul, CUT_PAGES)

/* Memory in hand, linked through its first word. */
static struct piece *blocks, *pages;
static unsigned long nr_blocks;

static struct cut cuts[CUT_BLOCKS];

void bound_take_all(void)
{
	struct page *page;

	drain_local_pages();
	for (nr_blocks = 0; (page = alloc_pages(GFP_TAKE, MAX_ORDER)); nr_blocks++)
		piece_push(&blocks, page);
	while ((page = alloc_pages(GFP_TAKE, 0)))
		piece_push(&pages, page);
}

/* A block that finds no room on its list goes to the zone, in a stretch of its own. */
static void bound_saw_free(const struct page *page, u64 from)
{
	if (page_state(page) == PG_PCP)
		bound_saw(PATH_FREE_HOLD, from);
	bound_saw(PATH_FREE_DRAIN, from);
}

void bound_give(struct cut *cut, unsigned long i)
{
	u64 from = arch_instret();

	if (!(cut->taken[i / 64] >> i % 64 & 1))
		return;
	cut->taken[i / 64] &= ~(1ull << i % 64);
	__free_pages(cut->page + i, 0);
	bound_saw_free(cut->page + i, from);
}

void bound_give_rest(void)
{
	while (pages)
		__free_pages(piece_pop(&pages), 0);
	while (blocks)
		__free_pages(piece_pop(&blocks), MAX_ORDER);
	drain_local_pages();
}

/* Gives everything back, in whatever state the adversary left it. */
static void give_all(void)
{
	for (struct cut *cut = cuts; cut < cuts + CUT_BLOCKS; cut++) {
		for (unsigned long i = 0; i < CUT_PAGES; i++)
			bound_give(cut, i);
	}
	bound_give_rest();
}

bool bound_cut(struct cut *cut)
{
	if (!blocks)
		return false;
	cut->page = piece_pop(&blocks);
	nr_blocks--;
	/* Takes single pages until all of the block are in hand and nothing else is free. */
	__free_pages(cut->page, MAX_ORDER);
	for (;;) {
		u64 from = arch_instret();
		struct page *page = alloc_pages(GFP_TAKE, 0);
		unsigned long i = (unsigned long)(page - cut->page);

		bound_saw(PATH_ALLOC_ANY, from);
		if (!page)
			return true;
		if (i < CUT_PAGES)
			cut->taken[i / 64] |= 1ull << i % 64;
		else
			piece_push(&pages, page);
	}
}

/* Gives back so many blocks of MAX_ORDER that requests stay above the marks. */
static void give_blocks(unsigned long nr)
{
	while (nr-- > 0 && blocks) {
		__free_pages(piece_pop(&blocks), MAX_ORDER);
		nr_blocks--;
	}
}

/* ---- lists refilled ---- */

/* Gives back so many blocks of order, of which no two are neighbours. */
static void give_singles(struct cut *cut, unsigned int order, unsigned long nr)
{
	for (unsigned long i = 0; i < CUT_PAGES && nr; i += 2ul << order, nr--)
		for (unsigned long j = 0; j < 1ul << order; j++)
			bound_give(cut, i + j);
}

/*
 * The list of order 0 has singles pages that do not merge, and all other free blocks are largest
 * ones: a refill takes the pages one after the other, and with its last steps cuts a largest block.
 */
static void drive_refill(unsigned int order, unsigned long singles, gfp_t gfp, enum mm_path path)
{
	struct page *page;
	u64 from;

	bound_take_all();
	if (bound_cut(&cuts[0])) {
		give_singles(&cuts[0], order, singles);
		drain_local_pages();
		/* For a request from any zone so little is free that it needs its rights; for
		 * others there is enough. */
		give_blocks(path == PATH_ALLOC_ANY ? 1 : nr_blocks / 2);
		from = arch_instret();
		page = alloc_pages(gfp, order);
		if (page) {
			bound_saw(path, from);
			__free_pages(page, order);
		}
	}
	give_all();
}

static void drive_refills(struct bench *b)
{
	static const gfp_t types[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };

	for (unsigned int order = 0; order < PCP_SMALL_ORDERS; order++)
		for (unsigned long singles = 0; singles <= SINGLES_MOST && bench_go_on(b, "bound");
		     singles++)
			for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
				gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN | types[t];

				drive_refill(order, singles, gfp, PATH_ALLOC_REFILL);
				drive_refill(order, singles, gfp | __GFP_MEMALLOC, PATH_ALLOC_ANY);
			}
}

/* ---- lists drained ---- */

/* The most pages that the CPU's list of this page may hold. */
static unsigned long list_limit(const struct page *page)
{
	return this_cpu_ptr(pcp_list_at(0, page->word & PCP_INDEX_MASK))->limit;
}

/* The last pages of blocks that are otherwise free are the first that a full list gives back. */
static void drive_drain(unsigned int victims)
{
	unsigned long limit, i;
	unsigned int v;

	bound_take_all();
	for (v = 0; v <= victims; v++)
		if (!bound_cut(&cuts[v]))
			goto out;
	limit = list_limit(cuts[0].page);
	if (limit >= MAX_CONST(CUT_PAGES / 2, 1ul) || limit < victims)
		goto out;
	for (v = 1; v <= victims; v++)
		for (i = 1; i < CUT_PAGES; i++)
			bound_give(&cuts[v], i);
	drain_local_pages();
	/* Every second page of the first block is given back: those do not merge. */
	for (i = 0; i < limit - victims; i++)
		bound_give(&cuts[0], 2 * i);
	for (v = 1; v <= victims; v++)
		bound_give(&cuts[v], 0);
	bound_give(&cuts[0], 2 * i);
out:
	give_all();
}

/*
 * Lists of one order hold all that lists share, and one of another order comes to need some of it:
 * by a block that is freed, and by one that is wanted.
 */
static void drive_shared(unsigned int rich_order, unsigned int order)
{
	static const gfp_t types[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };
	struct page *page, *freed;
	struct piece *rich = NULL;
	u64 from;

	bound_take_all();
	give_blocks(nr_blocks / 2);
	freed = alloc_pages(GFP_TAKE, order);
	for (unsigned int i = 0; i < CONFIG_PCP_HIGH; i++) {
		page = alloc_pages(GFP_TAKE | types[i % ARRAY_SIZE(types)], rich_order);
		if (page)
			piece_push(&rich, page);
	}
	drain_local_pages();
	while (rich) {
		page = piece_pop(&rich);
		from = arch_instret();
		__free_pages(page, rich_order);
		bound_saw_free(page, from);
	}
	if (freed) {
		from = arch_instret();
		__free_pages(freed, order);
		bound_saw_free(freed, from);
	}
	from = arch_instret();
	page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_MOVABLE, order);
	bound_saw(PATH_ALLOC_ANY, from);
	if (page)
		__free_pages(page, order);
	give_all();
}

/* Fills all lists of a CPU to their limits. */
static void drive_drain_local(bool in_steps)
{
	unsigned int nr = 0;
	u64 from;

	bound_take_all();
	while (nr < CUT_BLOCKS && bound_cut(&cuts[nr]))
		nr++;
	/* Every second page goes first, then those between: what goes back last merges most. */
	for (unsigned int v = 0; v < nr; v++)
		for (unsigned long i = 0; i < CUT_PAGES; i++)
			bound_give(&cuts[v],
				   (i * 2 + i / MAX_CONST(CUT_PAGES / 2, 1ul)) % CUT_PAGES);
	from = arch_instret();
	if (in_steps)
		for (; drain_pages_step(); from = arch_instret())
			bound_saw(PATH_DRAIN_STEP, from);
	else
		drain_local_pages();
	bound_saw(in_steps ? PATH_DRAIN_STEP : PATH_DRAIN_LOCAL, from);
	give_all();
}

/* ---- orders without a list ---- */

static void drive_large(unsigned int order, gfp_t type)
{
	struct page *page;
	u64 from;

	bound_take_all();
	give_blocks(nr_blocks / 2);
	drain_local_pages();
	from = arch_instret();
	page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | type, order);
	if (page) {
		bound_saw(PATH_ALLOC_LARGE, from);
		from = arch_instret();
		__free_pages(page, order);
		bound_saw(PATH_FREE_LARGE, from);
	}
	give_all();
}

/* ---- nothing to be had ---- */

/* A request that may wait comes with interrupts on, and makes all rounds that there are. */
static void drive_reclaiming(unsigned int order)
{
	unsigned long flags = arch_local_irq_save();
	struct page *page;
	u64 from;

	arch_local_irq_enable();
	from = arch_instret();
	page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
	bound_saw(PATH_ALLOC_RECLAIM, from);
	arch_local_irq_restore(flags);
	if (page)
		__free_pages(page, order);
}

/*
 * The blocks on the CPU's lists go back and merge as far as they can, and do not help: less is free
 * than the marks ask for.
 */
static void drive_failing(unsigned int order)
{
	struct page *page;
	u64 from;

	bound_take_all();
	if (bound_cut(&cuts[0])) {
		unsigned long i, most = 1;
		struct zone_snapshot z;

		for_each_populated_zone_snapshot(&z)
			most = max(most, z.watermark[WMARK_MIN] / 2);
		most = min(1ul << ilog2(most), CUT_PAGES);
		for (i = 1; i < most; i++)
			bound_give(&cuts[0], i);
		drain_local_pages();
		bound_give(&cuts[0], 0);
		from = arch_instret();
		page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, order);
		bound_saw(page ? PATH_ALLOC_ANY : PATH_ALLOC_FAIL, from);
		if (page)
			__free_pages(page, order);
	}
	give_all();
	bound_take_all();
	from = arch_instret();
	page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_RECLAIMABLE, order);
	if (!page)
		bound_saw(PATH_ALLOC_FAIL, from);
	else
		__free_pages(page, order);
	drive_reclaiming(order);
	give_all();
}

/* ---- exact ---- */

static void drive_exact(unsigned long nr_pages)
{
	u64 from;
	void *va;

	bound_take_all();
	give_blocks(nr_blocks / 2);
	from = arch_instret();
	va = alloc_pages_exact(nr_pages * PAGE_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (va) {
		bound_saw(PATH_ALLOC_EXACT, from);
		from = arch_instret();
		free_pages_exact(va, nr_pages * PAGE_SIZE);
		bound_saw(PATH_FREE_EXACT, from);
	}
	give_all();
}

static void drive_hits(void)
{
	for (int i = 0; i < 100; i++) {
		u64 from = arch_instret();
		struct page *page = alloc_pages(GFP_NOWAIT, 0);

		if (i)
			bound_saw(PATH_ALLOC_HIT, from);
		if (!page)
			return;
		from = arch_instret();
		__free_pages(page, 0);
		bound_saw(PATH_FREE_HIT, from);
	}
}

void bound_drive_pages(struct bench *b)
{
	unsigned long flags = arch_local_irq_save();

	drain_local_pages();
	drive_hits();
	if (MAX_ORDER > CUT_ORDER_MOST)
		goto out;
	drive_refills(b);
	for (unsigned int victims = 1; victims < CUT_BLOCKS && bench_go_on(b, "bound"); victims++)
		drive_drain(victims);
	for (unsigned int order = 1; order < PCP_SMALL_ORDERS * PCP_SMALL_ORDERS; order++)
		drive_shared(order / PCP_SMALL_ORDERS, order % PCP_SMALL_ORDERS);
	drive_drain_local(true);
	drive_drain_local(false);
	for (unsigned int order = PCP_SMALL_ORDERS; order <= MAX_ORDER; order++) {
		drive_large(order, 0);
		drive_large(order, __GFP_RECLAIMABLE);
	}
	for (unsigned int order = 0; order <= MAX_ORDER && bench_go_on(b, "bound"); order++)
		drive_failing(order);
	for (unsigned int order = 1; order <= MAX_ORDER; order++) {
		drive_exact((1ul << order) - 1);
		drive_exact((1ul << (order - 1)) + 1);
	}
out:
	arch_local_irq_restore(flags);
}
