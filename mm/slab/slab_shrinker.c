/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: slabs and objects that caches keep at hand, as the first of those who give memory back.
 *
 * Structure: what a cache keeps without need are slabs that are empty, a depot's objects, and the
 * objects in the running CPU's magazine, in the order in which they are given back. A scan goes on
 * with the row of kmem_caches behind the last one's, and works on a few caches.
 *
 * Invariants: S7, S8 and S14 (slab_pages.c, slab.c, slab_depot.c) hold after each cache.
 *
 * Locking: a cache is pinned while it is looked at (S13); cache->lock for one piece of work.
 *
 * Bounds: a scan looks at each of SLAB_CACHES rows once at most, and does SCAN_WORK pieces of work,
 * each a batch of objects, in steps of a few, or a slab.
 *
 * Configuration: RECLAIM. What other CPUs' magazines hold is left to them: to ask them takes longer
 * than a request should wait.
 */
#include <kernel/init.h>
#include <mm/reclaim.h>

#include "internal.h"

static u32 next_row;		/* [a] */

static struct kmem_cache *pin_next(void)
{
	u32 row = __atomic_fetch_add(&next_row, 1, __ATOMIC_RELAXED) % CONFIG_SLAB_CACHES;

	return kmem_cache_pin(row);
}

/* Pages of objects that are in nobody's use; the running CPU's magazine as it is. */
static unsigned long idle_pages(struct kmem_cache *cache)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock), pages = 0, objects;
	int nid;

	objects = magazine_count(this_cpu_ptr(cache->magazine));
	for_each_online_node(nid) {
		pages += (unsigned long)cache->node[nid].nr_empty << cache->order;
		objects += depot_objects(&cache->node[nid]);
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return pages + DIV_ROUND_UP(objects * cache->size, PAGE_SIZE);
}

/* One piece of work; false when there was none. */
static bool give_back(struct kmem_cache *cache, unsigned long *pages)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	u32 victims = PFN_NONE;
	bool worked = slab_detach_empty(cache, &victims) ||
		      (IS_ENABLED(CONFIG_SLAB_DEPOT) && depot_drain_step(cache, &victims));

	spin_unlock_irqrestore(&cache->lock, flags);
	*pages += slab_release(cache, victims);
	if (worked || !magazine_count(this_cpu_ptr(cache->magazine)))
		return worked;
	for (unsigned int n = 0; n < SLAB_BATCH && kmem_cache_drain_step(cache); n += SLAB_DRAIN)
		;
	return true;
}

static unsigned long slab_count_idle(void)
{
	unsigned long pages = 0;

	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES; row++) {
		struct kmem_cache *cache = kmem_cache_pin(row);

		if (!cache)
			continue;
		pages += idle_pages(cache);
		kmem_cache_unpin(cache);
	}
	return pages;
}

static unsigned long slab_scan(unsigned long nr_pages)
{
	unsigned int rows = CONFIG_SLAB_CACHES, work = SLAB_SCAN_WORK;
	unsigned long pages = 0;

	while (rows-- && work && pages < nr_pages) {
		struct kmem_cache *cache = pin_next();

		if (!cache)
			continue;
		while (work && give_back(cache, &pages))
			work--;
		kmem_cache_unpin(cache);
	}
	return pages;
}

SHRINKER(slab, "slab", slab_count_idle, slab_scan);
