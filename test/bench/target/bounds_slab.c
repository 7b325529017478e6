/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of the slab allocator: objects that each come from a slab of their own, slabs that
 * are emptied by one free, magazines that are given back for the sake of one object.
 */
#include <kernel/math.h>
#include <mm/reclaim.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <arch/irq.h>

#include "bounds.h"

#define BATCH	((CONFIG_SLAB_MAGAZINE + 1u) / 2)
#define SMALL	128ul
/* One object fills a slab of the largest order. */
#define WHOLE	(PAGE_SIZE << CONFIG_SLAB_MAX_ORDER)

static void **objects;
static size_t room;

static void *take(struct kmem_cache *cache, enum mm_path path)
{
	u64 from = arch_instret();
	void *object = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN);

	bound_saw(path, from);
	return object;
}

static struct slabinfo info_of(struct kmem_cache *cache)
{
	struct slabinfo info;

	slabinfo_read(cache, &info);
	return info;
}

/* A flush is one hold, unless slabs go back to the page allocator after it. */
static void put(struct kmem_cache *cache, void *object)
{
	u64 slabs = info_of(cache).num_slabs, from = arch_instret(), took;
	enum mm_path path;

	kmem_cache_free(cache, object);
	took = arch_instret() - from;
	path = info_of(cache).num_slabs < slabs ? PATH_CACHE_SHRINK : PATH_CACHE_FLUSH;
	bound_saw(path, arch_instret() - took);
}

/* Makes a batch of slabs with one free object each, takes these objects all at once, and gives them
 * back in the same way. */
static void drive_scattered(void)
{
	struct kmem_cache *cache = kmem_cache_create("bound-small", SMALL, 0, 0, NULL);
	size_t per_slab, nr, got = 0, i;
	unsigned long flags;

	if (!cache)
		return;
	per_slab = info_of(cache).objperslab;
	flags = arch_local_irq_save();
	for (nr = min(per_slab * 4 * BATCH, room); got < nr; got++) {
		objects[got] = take(cache, PATH_CACHE_GROW);
		if (!objects[got])
			break;
	}
	for (i = 0; i + per_slab <= got; i += per_slab)
		put(cache, objects[i]);
	kmem_cache_drain_local(cache);
	/* Each free object is alone on its slab, so that a refill visits a batch of slabs. */
	for (i = 0; i + per_slab <= got; i += per_slab)
		objects[i] = take(cache, PATH_CACHE_REFILL);
	kmem_cache_drain_local(cache);
	for (size_t j = 0; j < per_slab; j++)
		for (i = j; i < got; i += per_slab)
			put(cache, objects[i]);
	arch_local_irq_restore(flags);
	if (kmem_cache_destroy(cache))
		bound_lost = true;
}

/* Each object is a slab: each refill makes a slab, and each flush gives a batch of slabs back. */
static void drive_whole(void)
{
	struct kmem_cache *cache = kmem_cache_create("bound-whole", WHOLE, 0, 0, NULL);
	size_t nr = min(room, (size_t)4 * CONFIG_SLAB_MAGAZINE), got = 0;
	unsigned long flags;
	u64 from;

	if (!cache)
		return;
	flags = arch_local_irq_save();
	drain_local_pages();
	for (; got < nr; got++) {
		objects[got] = take(cache, PATH_CACHE_GROW);
		if (!objects[got])
			break;
	}
	for (size_t i = 0; i < got; i++)
		put(cache, objects[i]);
	/* The magazine is full of objects that are each the last of a slab. */
	from = arch_instret();
	kmem_cache_drain_local(cache);
	bound_saw(PATH_CACHE_DRAIN, from);
	arch_local_irq_restore(flags);
	if (kmem_cache_destroy(cache))
		bound_lost = true;
}

/* Each object is a slab, and none is in use: the depot's, the magazine's, and the empty ones. */
static void drive_reclaim(void)
{
	struct kmem_cache *cache = kmem_cache_create("bound-idle", WHOLE, 0, 0, NULL);
	size_t nr = min(room, (size_t)4 * CONFIG_SLAB_MAGAZINE), got = 0;
	const struct shrinker *shrinker;
	unsigned long flags;

	if (!cache)
		return;
	flags = arch_local_irq_save();
	while (got < nr && (objects[got] = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN)))
		got++;
	kmem_cache_free_bulk(cache, got, objects);
	for (unsigned int i = 0; IS_ENABLED(CONFIG_RECLAIM) && i < CONFIG_SLAB_CACHES; i++) {
		u64 from = arch_instret();

		for_each_shrinker(shrinker)
			reclaim_step(shrinker);
		bound_saw(PATH_RECLAIM_ROUND, from);
	}
	arch_local_irq_restore(flags);
	if (kmem_cache_destroy(cache))
		bound_lost = true;
}

static void drive_hits(void)
{
	for (int i = 0; i < 100; i++) {
		u64 from = arch_instret();
		void *object = kmalloc(64, GFP_KERNEL);

		if (i)
			bound_saw(PATH_KMALLOC_HIT, from);
		from = arch_instret();
		kfree(object);
		bound_saw(PATH_KFREE_HIT, from);
	}
}

void bound_drive_slab(void)
{
	const size_t bytes = MIN_CONST(64ul * PAGE_SIZE, MAX_ORDER_BYTES);

	drive_hits();
	objects = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!objects)
		return;
	room = bytes / sizeof(*objects);
	drive_scattered();
	drive_whole();
	drive_reclaim();
	free_pages_exact(objects, bytes);
}
