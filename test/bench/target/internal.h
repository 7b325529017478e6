/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_BENCH_INTERNAL_H
#define TEST_BENCH_INTERNAL_H

/* Declarations that the benchmarks of this folder share: room for what they take, orders of giving
 * back. */
#include <kernel/math.h>
#include <kernel/types.h>
#include <mm/config.h>
#include <mm/page.h>
#include <test/bench.h>
#include <arch/page.h>
#include <arch/time.h>

/* The longest name of a work fits, with its numbers. */
#define BENCH_NAME	64

/* The sizes of the works, which are those of the peers' figures. */
#define BENCH_WARM_UP	1000
#define BENCH_PAIRS	10000
#define BENCH_ROUNDS	100
#define BENCH_WARM_UPS	3		/* rounds before those that count */
/* Fewer where an array of so many is more than a largest block. */
#define BENCH_BULK	MIN_CONST(100000ul, (PAGE_SIZE << MAX_ORDER) / sizeof(void *))
#define BENCH_SAMPLES	MIN_CONST(100000ul, (PAGE_SIZE << MAX_ORDER) / (2 * sizeof(u32)))

/* The blocks or objects in hand, up to BENCH_BULK, and what single operations cost. */
extern void **bench_items;
extern u32 *bench_take_samples, *bench_give_samples;	/* BENCH_SAMPLES each */

/* The reason for leaving out a work that looks at single operations; means of many are printed all
 * the same. */
#define BENCH_NOT_EXACT	"not exact here"

/* Takes that room; false after a line that says so. A group that got the room gives it back. */
bool bench_room_get(struct bench *b, const char *group);
void bench_room_put(void);

/* The blocks in hand are linked through their own first bytes, because there are as many as the
 * machine has. */
struct piece {
	struct piece *next;
};

static inline void piece_push(struct piece **list, struct page *page)
{
	struct piece *piece = page_address(page);

	piece->next = *list;
	*list = piece;
}

/* The list must not be empty. */
static inline struct page *piece_pop(struct piece **list)
{
	struct piece *piece = *list;

	*list = piece->next;
	return virt_to_page(piece);
}

/* A sequence that is the same in each work that begins with bench_seed(). */
void bench_seed(void);
u64 bench_random(void);

/* The order in which bench_items[0 .. count) are given back. */
struct bench_free_order {
	const char *name;
	void (*rearrange)(unsigned long count);
};
#define BENCH_FREE_ORDERS	3
extern const struct bench_free_order bench_free_orders[BENCH_FREE_ORDERS];

/* The cost of reading the counter twice, which is no part of the work between: the least of some,
 * for where the counter runs with time. */
static inline u64 bench_read_cost(void)
{
	u64 least = ~0ull;

	for (int i = 0; i < 8; i++) {
		u64 from = arch_instret(), spent = arch_instret() - from;

		least = min(least, spent);
	}
	return least;
}

/*
 * The loops around the works: take is an expression, and give_one(item) gives back its value. Each
 * loop is a function of its own, so that constants of the work are constants in it, as they are in
 * callers.
 */
#define BENCH_LOOPS(name, take, give_one) \
	static __noinline u64 pairs_##name(unsigned long count) \
	{ \
		u64 from = arch_instret(); \
		while (count--) \
			give_one(take); \
		return arch_instret() - from; \
	} \
	static __noinline u64 takes_##name(unsigned long count) \
	{ \
		void **items = bench_items; \
		u64 from = arch_instret(); \
		for (unsigned long i = 0; i < count; i++) \
			items[i] = take; \
		return arch_instret() - from; \
	} \
	static __noinline u64 gives_##name(unsigned long count) \
	{ \
		void **items = bench_items; \
		u64 from = arch_instret(); \
		for (unsigned long i = 0; i < count; i++) \
			give_one(items[i]); \
		return arch_instret() - from; \
	}
#define BENCH_LOOPS_ROW(name)	{ #name, pairs_##name, takes_##name, gives_##name }

struct bench_loops {
	const char *name;
	u64 (*pairs)(unsigned long count);
	u64 (*take)(unsigned long count);
	u64 (*give)(unsigned long count);
};

/*
 * Run a work and report it: pairs, BENCH_ROUNDS batches, or once count, given back in that order.
 * Each begins with empty lists on this CPU, so that its figures do not depend on what ran before.
 */
void bench_run_pair(struct bench *b, const char *work, const struct bench_loops *loops);
void bench_run_batch(struct bench *b, const char *work, const struct bench_loops *loops,
		     unsigned int size);
void bench_run_bulk(struct bench *b, const char *work, const struct bench_loops *loops,
		    const struct bench_free_order *order, unsigned long count);

/* Blocks of an order that leave the zones half of their free pages, the most that a work may
 * hold. */
unsigned long bench_half_of_memory(unsigned int order);

#endif /* TEST_BENCH_INTERNAL_H */
