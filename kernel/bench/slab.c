/* SPDX-License-Identifier: BSD-2-Clause */
/* The slab allocator: kmalloc of constant sizes and a cache of 128-byte objects. */
#include <kernel/bench.h>
#include <kernel/errno.h>
#include <mm/slab.h>
#include <arch/irq.h>
#include <arch/time.h>

#define WARM_UP		1000
#define PAIRS		10000
#define ROUNDS		100
#define BATCH_MOST	512

static void *objects[BATCH_MOST];
static struct kmem_cache *cache;

#define take_kmalloc64()	kmalloc(64, GFP_KERNEL)
#define give_kmalloc64(p)	kfree(p)
#define take_kmalloc256()	kmalloc(256, GFP_KERNEL)
#define give_kmalloc256(p)	kfree(p)
#define take_cache128()		kmem_cache_alloc(cache, GFP_KERNEL)
#define give_cache128(p)	kmem_cache_free(cache, p)

#define WORK(name) \
	static __noinline u64 pairs_##name(unsigned long count) \
	{ \
		u64 from = arch_instret(); \
		while (count--) \
			give_##name(take_##name()); \
		return arch_instret() - from; \
	} \
	static __noinline u64 takes_##name(unsigned long count) \
	{ \
		u64 from = arch_instret(); \
		for (unsigned long i = 0; i < count; i++) \
			objects[i] = take_##name(); \
		return arch_instret() - from; \
	} \
	static __noinline u64 gives_##name(unsigned long count) \
	{ \
		u64 from = arch_instret(); \
		for (unsigned long i = 0; i < count; i++) \
			give_##name(objects[i]); \
		return arch_instret() - from; \
	}
#define ROW(name)	{ #name, pairs_##name, takes_##name, gives_##name }

WORK(kmalloc64)
WORK(kmalloc256)
WORK(cache128)

static const struct {
	const char *name;
	u64 (*pairs)(unsigned long count);
	u64 (*take)(unsigned long count);
	u64 (*give)(unsigned long count);
} works[] = { ROW(kmalloc64), ROW(kmalloc256), ROW(cache128) };

static void bench_work(struct bench *b, size_t w)
{
	static const unsigned int sizes[] = { 64, BATCH_MOST };
	char work[64];

	if (bench_wanted(b, work, sizeof(work), "slab %s pair", works[w].name)) {
		works[w].pairs(WARM_UP);
		bench_pair(b, work, works[w].pairs(PAIRS), PAIRS);
	}
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		u64 alloc = 0, free = 0;

		if (!bench_wanted(b, work, sizeof(work), "slab %s batch=%u", works[w].name,
				  sizes[s]))
			continue;
		for (int round = -3; round < ROUNDS; round++) {
			u64 a = works[w].take(sizes[s]);
			u64 f = works[w].give(sizes[s]);

			if (round >= 0) {
				alloc += a;
				free += f;
			}
		}
		bench_batch(b, work, alloc, free, (u64)ROUNDS * sizes[s]);
	}
}

static void bench_slab(struct bench *b)
{
	unsigned long flags;

	cache = kmem_cache_create("bench-128", 128, 0, 0, NULL);
	if (!cache) {
		bench_skip(b, "slab", "no cache to be had");
		return;
	}
	flags = arch_local_irq_save();
	for (size_t w = 0; w < ARRAY_SIZE(works); w++)
		bench_work(b, w);
	arch_local_irq_restore(flags);
	if (kmem_cache_destroy(cache))
		bench_skip(b, "slab", "objects of the benchmark were lost");
}

BENCH_GROUP(slab, bench_slab);
