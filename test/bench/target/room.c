/* SPDX-License-Identifier: BSD-2-Clause */
/* What all benchmarks use: room for what they take, and the rounds of the loops. */
#include <kernel/assert.h>
#include <mm/gfp.h>

#include "internal.h"

#define ITEM_BYTES	(BENCH_BULK * sizeof(*bench_items))
#define SAMPLE_BYTES	(2 * BENCH_SAMPLES * sizeof(*bench_take_samples))
BUILD_ASSERT(BENCH_BULK >= 512, "batches of 512 need as many items");

void **bench_items;
u32 *bench_take_samples, *bench_give_samples;

static u64 random_state;

bool bench_room_get(struct bench *b, const char *group)
{
	bench_items = alloc_pages_exact(ITEM_BYTES, GFP_KERNEL | __GFP_NOWARN);
	bench_take_samples = alloc_pages_exact(SAMPLE_BYTES, GFP_KERNEL | __GFP_NOWARN);
	bench_give_samples = bench_take_samples + BENCH_SAMPLES;
	if (bench_items && bench_take_samples)
		return true;
	bench_room_put();
	bench_skip(b, group, "memory is too small");
	return false;
}

void bench_room_put(void)
{
	free_pages_exact(bench_items, ITEM_BYTES);
	free_pages_exact(bench_take_samples, SAMPLE_BYTES);
}

void bench_seed(void)
{
	random_state = 0x9e3779b97f4a7c15ull;
}

u64 bench_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void swap_items(unsigned long i, unsigned long j)
{
	void *t = bench_items[i];

	bench_items[i] = bench_items[j];
	bench_items[j] = t;
}

static void as_taken(unsigned long count)
{
	(void)count;
}

static void reverse(unsigned long count)
{
	for (unsigned long i = 0; i < count / 2; i++)
		swap_items(i, count - 1 - i);
}

static void shuffle(unsigned long count)
{
	for (unsigned long i = count; i-- > 1;)
		swap_items(i, bench_random() % (i + 1));
}

const struct bench_free_order bench_free_orders[BENCH_FREE_ORDERS] = {
	{ "same", as_taken }, { "reverse", reverse }, { "random", shuffle },
};

unsigned long bench_half_of_memory(unsigned int order)
{
	return nr_free_pages() / 2 >> order;
}

void bench_run_pair(struct bench *b, const char *work, const struct bench_loops *loops)
{
	drain_local_pages();
	loops->pairs(BENCH_WARM_UP);
	bench_pair(b, work, loops->pairs(BENCH_PAIRS), BENCH_PAIRS);
}

void bench_run_batch(struct bench *b, const char *work, const struct bench_loops *loops,
		     unsigned int size)
{
	u64 take = 0, give = 0;

	drain_local_pages();
	for (int round = -BENCH_WARM_UPS; round < BENCH_ROUNDS; round++) {
		u64 t = loops->take(size);
		u64 g = loops->give(size);

		if (round >= 0) {
			take += t;
			give += g;
		}
	}
	bench_batch(b, work, take, give, (u64)BENCH_ROUNDS * size);
}

void bench_run_bulk(struct bench *b, const char *work, const struct bench_loops *loops,
		    const struct bench_free_order *order, unsigned long count)
{
	u64 take, give;

	drain_local_pages();
	take = loops->take(count);
	bench_seed();
	order->rearrange(count);
	give = loops->give(count);
	bench_batch(b, work, take, give, count);
}
