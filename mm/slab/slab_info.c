/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: what the views show of caches.
 *
 * Structure: sums over a cache's nodes and every CPU's magazine.
 *
 * Invariants: none of its own; the figures are those of slab_pages.c's S7.
 *
 * Locking: cache->lock for the nodes of one cache. Magazines of other CPUs are read as they
 * are: a snapshot.
 *
 * Configuration: SLAB_CACHES and NR_CPUS bound the loops.
 */
#include "internal.h"

/* Free objects that CPUs hold. */
static unsigned long magazine_objects(const struct kmem_cache *cache)
{
	unsigned long objects = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		objects += magazine_count(per_cpu_ptr(cache->magazine, cpu));
	return objects;
}

bool slabinfo_get(unsigned int nr, struct slabinfo *info)
{
	struct kmem_cache *cache;
	unsigned long flags, idle;
	unsigned int row;
	int nid;

	for (row = 0; row < CONFIG_SLAB_CACHES; row++)
		if (kmem_caches[row] && nr-- == 0)
			break;
	if (row == CONFIG_SLAB_CACHES)
		return false;
	cache = kmem_caches[row];
	*info = (struct slabinfo){
		.name = cache->name,
		.objsize = cache->size,
		.objperslab = cache->objects,
		.pagesperslab = 1u << cache->order,
		.order = cache->order,
	};
	flags = spin_lock_irqsave(&cache->lock);
	idle = magazine_objects(cache);
	for_each_online_node(nid) {
		info->num_objs += cache->node[nid].nr_objects;
		info->num_slabs += cache->node[nid].nr_slabs;
		idle += cache->node[nid].nr_free;
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	/* Other CPUs may have moved objects meanwhile; never show less than none. */
	info->active_objs = info->num_objs > idle ? info->num_objs - idle : 0;
	info->active_slabs = info->num_slabs;
	return true;
}

unsigned long slab_pages(bool reclaimable)
{
	unsigned long pages = 0;
	unsigned int row;
	int nid;

	for (row = 0; row < CONFIG_SLAB_CACHES; row++) {
		const struct kmem_cache *cache = kmem_caches[row];

		if (!cache || !!(cache->flags & SLAB_RECLAIM_ACCOUNT) != reclaimable)
			continue;
		for_each_online_node(nid)
			pages += READ_ONCE(cache->node[nid].nr_pages);
	}
	return pages;
}
