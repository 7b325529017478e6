/* SPDX-License-Identifier: BSD-2-Clause */
/* The page allocator: pairs, batches and bulk, each order by itself. */
#include <kernel/math.h>
#include <mm/gfp.h>
#include <arch/irq.h>

#include "internal.h"

/* Works are counted with interrupts off. */
#define GFP_BENCH	(GFP_NOWAIT | __GFP_NOWARN)

#define PER_ORDER(n) \
	static __always_inline void give_order_##n(struct page *page) { __free_pages(page, n); } \
	BENCH_LOOPS(order_##n, alloc_pages(GFP_BENCH, n), give_order_##n)

PER_ORDER(0) PER_ORDER(1) PER_ORDER(2) PER_ORDER(3) PER_ORDER(4) PER_ORDER(5)
PER_ORDER(6) PER_ORDER(7) PER_ORDER(8) PER_ORDER(9) PER_ORDER(10)

static const struct bench_loops by_order[] = {
	BENCH_LOOPS_ROW(order_0), BENCH_LOOPS_ROW(order_1), BENCH_LOOPS_ROW(order_2),
	BENCH_LOOPS_ROW(order_3), BENCH_LOOPS_ROW(order_4), BENCH_LOOPS_ROW(order_5),
	BENCH_LOOPS_ROW(order_6), BENCH_LOOPS_ROW(order_7), BENCH_LOOPS_ROW(order_8),
	BENCH_LOOPS_ROW(order_9), BENCH_LOOPS_ROW(order_10),
};

#define ORDERS	MIN_CONST(ARRAY_SIZE(by_order), NR_PAGE_ORDERS)

BENCH_LOOPS(zeroed, alloc_pages(GFP_BENCH | __GFP_ZERO, 0), give_order_0)
static const struct bench_loops zeroed = BENCH_LOOPS_ROW(zeroed);

/* A call that does nothing takes the allocator's place, to show what the loops themselves cost. */
static __noinline struct page *take_nothing(void)
{
	barrier();
	return NULL;
}

static __noinline void give_nothing(struct page *page)
{
	(void)page;
	barrier();
}

BENCH_LOOPS(nothing, take_nothing(), give_nothing)
static const struct bench_loops nothing = BENCH_LOOPS_ROW(nothing);

/* True if so many blocks of order leave the zones a quarter of their pages. */
static bool enough(struct bench *b, const char *work, unsigned int order, unsigned long count)
{
	if (count << order <= nr_free_pages() / 4 * 3)
		return true;
	bench_skip(b, work, "memory is too small");
	return false;
}

static void bench_empty_loops(struct bench *b)
{
	char work[BENCH_NAME];

	if (bench_wanted(b, work, sizeof(work), "loop pair_of_empty_calls"))
		bench_run_pair(b, work, &nothing);
	if (bench_wanted(b, work, sizeof(work), "loop batch_of_empty_calls"))
		bench_run_batch(b, work, &nothing, 512);
}

static void bench_pairs(struct bench *b)
{
	char work[BENCH_NAME];

	for (unsigned int order = 0; order < ORDERS; order++)
		if (bench_wanted(b, work, sizeof(work), "pages order=%u pair", order) &&
		    enough(b, work, order, 2))
			bench_run_pair(b, work, &by_order[order]);
	if (bench_wanted(b, work, sizeof(work), "pages_zeroed order=0 pair"))
		bench_run_pair(b, work, &zeroed);
}

static void bench_batches(struct bench *b)
{
	static const unsigned int sizes[] = { 16, 64, 512 };
	char work[BENCH_NAME];

	for (unsigned int order = 0; order < ORDERS; order++)
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
			if (bench_wanted(b, work, sizeof(work), "pages order=%u batch=%u", order,
					 sizes[s]) && enough(b, work, order, sizes[s]))
				bench_run_batch(b, work, &by_order[order], sizes[s]);
}

static void bench_bulk(struct bench *b)
{
	char work[BENCH_NAME];

	for (size_t i = 0; i < BENCH_FREE_ORDERS; i++)
		/* A machine of 128 MiB has fewer pages than BENCH_BULK: as many as fit. */
		if (bench_wanted(b, work, sizeof(work), "bulk order=0 free_order=%s rep=0",
				 bench_free_orders[i].name))
			bench_run_bulk(b, work, &by_order[0], &bench_free_orders[i],
				       min(bench_half_of_memory(0), BENCH_BULK));
}

static void bench_pages(struct bench *b)
{
	unsigned long flags;

	if (!bench_room_get(b, "pages"))
		return;
	flags = arch_local_irq_save();
	bench_empty_loops(b);
	bench_pairs(b);
	bench_batches(b);
	bench_bulk(b);
	arch_local_irq_restore(flags);
	bench_room_put();
}

BENCH_GROUP(pages, bench_pages);
