/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One operation of the page allocator at a time, with its distribution. The work goes on until
 * there are BENCH_SAMPLES of each kind, so that what is rare is seen.
 */
#include <kernel/math.h>
#include <mm/gfp.h>
#include <arch/irq.h>

#include "internal.h"

/* The samples of a work. */
struct samples {
	unsigned long taken, given;
	u64 read_cost;
};

static __always_inline bool take_one(struct samples *s, unsigned int order, unsigned long slot)
{
	u64 from = arch_instret(), spent;
	struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, order);

	spent = arch_instret() - from - s->read_cost;
	bench_items[slot] = page;
	if (!page)
		return false;
	bench_take_samples[s->taken++] = (u32)spent;
	return true;
}

static __always_inline void give_one(struct samples *s, unsigned int order, unsigned long slot)
{
	struct page *page = bench_items[slot];
	u64 from = arch_instret(), spent;

	__free_pages(page, order);
	spent = arch_instret() - from - s->read_cost;
	if (s->given < BENCH_SAMPLES)
		bench_give_samples[s->given++] = (u32)spent;
}

/* Fills half of memory, or until the samples are there, and gives all back in that order. */
static __always_inline struct samples fill(unsigned int order, const struct bench_free_order *how)
{
	struct samples s = { .read_cost = bench_read_cost() };

	bench_seed();
	while (s.taken < BENCH_SAMPLES) {
		unsigned long most = min(bench_half_of_memory(order), BENCH_SAMPLES - s.taken);
		unsigned long got = 0;

		while (got < most && take_one(&s, order, got))
			got++;
		if (!got)
			break;
		how->rearrange(got);
		for (unsigned long i = 0; i < got; i++)
			give_one(&s, order, i);
	}
	return s;
}

/* Takes a block or gives a random one back, by the toss of a coin. */
static __always_inline struct samples walk(unsigned int order)
{
	const unsigned long most = min(bench_half_of_memory(order), BENCH_BULK);
	struct samples s = { .read_cost = bench_read_cost() };
	unsigned long held = 0, i;

	bench_seed();
	while (most && s.taken < BENCH_SAMPLES) {
		if (!held || (held < most && bench_random() >> 63)) {
			if (!take_one(&s, order, held))
				break;
			held++;
		} else {
			i = bench_random() % held;
			give_one(&s, order, i);
			bench_items[i] = bench_items[--held];
		}
	}
	for (i = 0; i < held; i++)
		give_one(&s, order, i);
	return s;
}

/* Each function has its order as a constant. */
#define PER_ORDER(n) \
	static __noinline struct samples fill_##n(const struct bench_free_order *how) \
	{ \
		return fill(n, how); \
	} \
	static __noinline struct samples walk_##n(void) \
	{ \
		return walk(n); \
	}

PER_ORDER(0) PER_ORDER(3) PER_ORDER(9)

static const struct {
	unsigned int order;
	struct samples (*fill)(const struct bench_free_order *how);
	struct samples (*walk)(void);
} by_order[] = {
	{ 0, fill_0, walk_0 }, { 3, fill_3, walk_3 }, { 9, fill_9, walk_9 },
};

static void bench_one(struct bench *b, size_t o, const struct bench_free_order *how)
{
	char take[BENCH_NAME], give[BENCH_NAME];
	bool want_take = bench_wanted(b, take, sizeof(take), "single %s%s order=%u alloc",
				      how ? "fill_" : "walk", how ? how->name : "",
				      by_order[o].order);
	bool want_give = bench_wanted(b, give, sizeof(give), "single %s%s order=%u free",
				      how ? "fill_" : "walk", how ? how->name : "",
				      by_order[o].order);
	struct samples s;

	if (!b->exact) {
		if (want_take)
			bench_skip(b, take, BENCH_NOT_EXACT);
		if (want_give)
			bench_skip(b, give, BENCH_NOT_EXACT);
		return;
	}
	if (!want_take && !want_give)
		return;
	drain_local_pages();
	s = how ? by_order[o].fill(how) : by_order[o].walk();
	if (want_take)
		bench_single(b, take, bench_take_samples, s.taken);
	if (want_give)
		bench_single(b, give, bench_give_samples, s.given);
}

static void bench_singles(struct bench *b)
{
	unsigned long flags;

	if (!bench_room_get(b, "single"))
		return;
	flags = arch_local_irq_save();
	for (size_t o = 0; o < ARRAY_SIZE(by_order) && by_order[o].order < NR_PAGE_ORDERS; o++) {
		for (size_t how = 0; how < BENCH_FREE_ORDERS; how++)
			bench_one(b, o, &bench_free_orders[how]);
		bench_one(b, o, NULL);
	}
	arch_local_irq_restore(flags);
	bench_room_put();
}

BENCH_GROUP(single, bench_singles);
