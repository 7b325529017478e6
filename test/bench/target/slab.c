/* SPDX-License-Identifier: BSD-2-Clause */
/* The slab allocator: kmalloc of constant sizes and a cache of 128-byte objects. */
#include <kernel/math.h>
#include <mm/slab.h>
#include <arch/irq.h>

#include "internal.h"

static struct kmem_cache *cache;

/* The cost of the loops themselves. */
static __noinline void *take_nothing(void)
{
	barrier();
	return NULL;
}

static __noinline void give_nothing(void *object)
{
	(void)object;
	barrier();
}

static __always_inline void give_cache128(void *object)
{
	kmem_cache_free(cache, object);
}

BENCH_LOOPS(empty_calls, take_nothing(), give_nothing)
BENCH_LOOPS(kmalloc64, kmalloc(64, GFP_NOWAIT), kfree)
BENCH_LOOPS(kmalloc256, kmalloc(256, GFP_NOWAIT), kfree)
BENCH_LOOPS(cache128, kmem_cache_alloc(cache, GFP_NOWAIT), give_cache128)

static const struct {
	struct bench_loops loops;
	unsigned int bytes;
} works[] = {
	{ BENCH_LOOPS_ROW(empty_calls), 0 },
	{ BENCH_LOOPS_ROW(kmalloc64), 64 },
	{ BENCH_LOOPS_ROW(kmalloc256), 256 },
	{ BENCH_LOOPS_ROW(cache128), 128 },
};

static void bench_work(struct bench *b, size_t w)
{
	static const unsigned int sizes[] = { 64, 512 };
	const struct bench_loops *loops = &works[w].loops;
	/* As many objects as have room in half of memory. */
	unsigned long bulk = min(BENCH_BULK, bench_half_of_memory(0) * PAGE_SIZE /
					     max(works[w].bytes, 1u));
	char work[BENCH_NAME];

	if (bench_wanted(b, work, sizeof(work), "slab %s pair", loops->name))
		bench_run_pair(b, work, loops);
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
		if (bench_wanted(b, work, sizeof(work), "slab %s batch=%u", loops->name, sizes[s]))
			bench_run_batch(b, work, loops, sizes[s]);
	for (size_t i = 0; i < BENCH_FREE_ORDERS; i++)
		if (bench_wanted(b, work, sizeof(work), "slab %s bulk free_order=%s", loops->name,
				 bench_free_orders[i].name))
			bench_run_bulk(b, work, loops, &bench_free_orders[i], bulk);
}

static void bench_slab(struct bench *b)
{
	unsigned long flags;

	if (!bench_room_get(b, "slab"))
		return;
	cache = kmem_cache_create("bench-128", 128, 0, 0, NULL);
	if (!cache) {
		bench_skip(b, "slab", "no cache to be had");
	} else {
		flags = arch_local_irq_save();
		for (size_t w = 0; w < ARRAY_SIZE(works); w++)
			bench_work(b, w);
		arch_local_irq_restore(flags);
		if (kmem_cache_destroy(cache))
			bench_skip(b, "slab", "objects of the benchmark were lost");
	}
	bench_room_put();
}

BENCH_GROUP(slab, bench_slab);
