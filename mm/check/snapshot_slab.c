/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: caches as others than mm/ read them.
 *
 * Structure: sums over a cache's nodes, their depots included, and every CPU's magazine. A row of
 * the list of caches is a place to go on from: a cache that comes or goes meanwhile does not move
 * the others.
 *
 * Invariants: none of its own; the figures are those of slab_pages.c's S7.
 *
 * Locking: a cache is pinned while it is read (S13), and with it its name, of which the views get a
 * copy; cache->lock for the nodes of one cache. Magazines of other CPUs are read as they are: a
 * snapshot.
 *
 * Configuration: SLAB_CACHES and NR_CPUS bound the loops.
 */
#include <kernel/sprintf.h>
#include <mm/snapshot.h>

#include "mm/slab/internal.h"

/* Free objects that CPUs hold. */
static unsigned long magazine_objects(const struct kmem_cache *cache)
{
	unsigned long objects = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		objects += READ_ONCE(per_cpu_ptr(cache->magazine, cpu)->fill) / sizeof(void *);
	return objects;
}

void slabinfo_read(struct kmem_cache *cache, struct slabinfo *info)
{
	unsigned long flags, idle;
	int nid;

	*info = (struct slabinfo){
		.objsize = cache->size,
		.objperslab = cache->objects,
		.pagesperslab = 1u << cache->order,
		.order = cache->order,
		.merged = kmem_cache_merged(cache),
	};
	scnprintf(info->name, sizeof(info->name), "%s", cache->name);
	flags = spin_lock_irqsave(&cache->lock);
	idle = magazine_objects(cache);
	for_each_online_node(nid) {
		info->num_objs += cache->node[nid].nr_objects;
		info->num_slabs += cache->node[nid].nr_slabs;
		idle += cache->node[nid].nr_free + depot_objects(&cache->node[nid]);
	}
	IF_ENABLED(CONFIG_SLAB_LIMITS, info->limit = cache->limit.objects;)
	spin_unlock_irqrestore(&cache->lock, flags);
	/* Other CPUs may have moved objects meanwhile; never show less than none. */
	info->active_objs = info->num_objs > idle ? info->num_objs - idle : 0;
	info->active_slabs = info->num_slabs;
}

bool slabinfo_next(unsigned int *row, struct slabinfo *info)
{
	while (*row < CONFIG_SLAB_CACHES) {
		struct kmem_cache *cache = kmem_cache_pin((*row)++);

		if (!cache)
			continue;
		slabinfo_read(cache, info);
		kmem_cache_unpin(cache);
		return true;
	}
	return false;
}

unsigned long node_slab_pages(int nid, bool reclaimable)
{
	unsigned long pages = 0;

	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES; row++) {
		struct kmem_cache *cache = kmem_cache_pin(row);

		if (!cache)
			continue;
		if (!!(cache->flags & SLAB_RECLAIM_ACCOUNT) == reclaimable)
			pages += READ_ONCE(cache->node[nid].nr_pages);
		kmem_cache_unpin(cache);
	}
	return pages;
}

unsigned long slab_pages(bool reclaimable)
{
	unsigned long pages = 0;
	int nid;

	for_each_online_node(nid)
		pages += node_slab_pages(nid, reclaimable);
	return pages;
}
