/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: limits of caches: how many objects may be in use at once.
 *
 * Structure: what counts is what the slabs miss: objects in use, and those that wait in magazines
 * and depots. A refill takes no more than the limit leaves, so that no object beyond it ever exists
 * for a user. When nothing is left, a request that may wait first brings back what other CPUs'
 * magazines hold, one batch of each CPU at a time, and takes from that; one that may not is refused
 * at once. So to who may wait the limit is exact; to others it may be less by what up to NR_CPUS -
 * 1 magazines hold.
 *
 * Invariants:
 * S16 Objects that the slabs of a cache miss are at most as many as its limit says, unless they
 *     were more when it was set.
 *
 * Locking: cache->lock for the limit and the counters. Other CPUs are asked with no lock held.
 *
 * Bounds: a refusal is one refill that moves nothing; where it may wait, one more and a drain of
 * the cache's magazines, a batch of each CPU at a time.
 *
 * Configuration: SLAB_LIMITS.
 */
#include <kernel/errno.h>
#include <kernel/printk.h>

#include "internal.h"

static unsigned long objects_out(const struct kmem_cache *cache)
{
	unsigned long out = 0;
	int nid;

	for_each_online_node(nid)
		out += cache->node[nid].nr_objects - cache->node[nid].nr_free;
	return out;
}

unsigned int limit_room(const struct kmem_cache *cache, unsigned int want)
{
	unsigned long out;

	if (!cache->limit.objects)
		return want;
	out = objects_out(cache);
	return (unsigned int)min_t(unsigned long, want,
				   cache->limit.objects > out ? cache->limit.objects - out : 0);
}

bool limit_reached(struct kmem_cache *cache)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	bool reached = limit_room(cache, 1) == 0;

	spin_unlock_irqrestore(&cache->lock, flags);
	return reached;
}

void limit_refuse(struct kmem_cache *cache, gfp_t gfp)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	unsigned long limit = cache->limit.objects, refused = ++cache->limit.refused;

	spin_unlock_irqrestore(&cache->lock, flags);
	/* Each power of two: who runs into a limit often is heard, and does not fill the log. */
	if (!(gfp & __GFP_NOWARN) && is_power_of_2(refused))
		pr_warn("slab: cache %s is at its limit of %lu objects: refused (%lu so far)\n",
			cache->name, limit, refused);
}

int kmem_cache_set_limit(struct kmem_cache *cache, unsigned long objects)
{
	unsigned long flags;

	if (cache->nr < NR_KMALLOC_CLASSES)
		return -EINVAL;
	if (kmem_cache_merged(cache))
		return -EBUSY;
	flags = spin_lock_irqsave(&cache->lock);
	cache->limit = (struct kmem_limit){ .objects = objects };
	spin_unlock_irqrestore(&cache->lock, flags);
	return 0;
}
