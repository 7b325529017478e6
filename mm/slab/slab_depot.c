/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a cache's depot on each node: batches of free objects between the CPUs' magazines and the
 * slabs.
 *
 * Structure: a full magazine gives its older half to the depot as it is, a row of addresses, and
 * an empty one takes such a row back: no object is touched, and no slab. Only what the depot has
 * no room for goes to the slabs, and only what it does not have comes from them. So CPUs that free
 * what others allocate, or one that takes and gives more than its magazine holds, exchange halves
 * of magazines (the depot of Bonwick and Adams, 2001).
 *
 *	magazine full   -> depot has room?  -> a row more      no: slab_put()
 *	magazine empty  -> depot has a row? -> its last one    no: slab_take()
 *
 * Invariants:
 * S14 A depot holds at most SLAB_DEPOT_BATCHES rows of objects of its own cache, each once, none of
 *     which is free on its slab or in a magazine. A drain leaves a row that is short.
 *
 * Locking: cache->lock.
 *
 * Bounds: a batch is SLAB_BATCH slots; one is moved for each call, and in a drain no more than
 * slab_put() takes at once.
 *
 * Configuration: SLAB_DEPOT; without it magazines and slabs meet. SLAB_DEPOT_BATCHES is its room.
 */
#include <kernel/numa.h>

#include "internal.h"

void depot_put(struct kmem_node *node, void **objects)
{
	struct kmem_depot *depot = &node->depot;

	slots_copy(&depot->slot[depot->nr_objects], objects, SLAB_BATCH);
	depot->nr_objects += SLAB_BATCH;
}

unsigned int depot_take(struct kmem_node *node, void **objects)
{
	struct kmem_depot *depot = &node->depot;
	unsigned int nr = min_t(unsigned int, depot->nr_objects, SLAB_BATCH);

	if (!nr)
		return 0;
	depot->nr_objects -= nr;
	slots_copy(objects, &depot->slot[depot->nr_objects], nr);
	return nr;
}

unsigned int depot_take_anywhere(struct kmem_cache *cache, void **objects)
{
	unsigned int n = 0;
	int nid;

	for_each_online_node(nid)
		if (!n)
			n = depot_take(&cache->node[nid], objects);
	return n;
}

bool depot_holds(const struct kmem_cache *cache, const void *object)
{
	int nid;

	for_each_online_node(nid) {
		const struct kmem_depot *depot = &cache->node[nid].depot;

		for (u32 i = 0; i < depot->nr_objects; i++)
			if (depot->slot[i] == object)
				return true;
	}
	return false;
}

bool depot_drain_step(struct kmem_cache *cache, u32 *victims)
{
	int nid;

	for_each_online_node(nid) {
		struct kmem_depot *depot = &cache->node[nid].depot;
		unsigned int nr = min_t(unsigned int, depot->nr_objects, SLAB_BATCH), first, done;

		if (!nr)
			continue;
		first = depot->nr_objects - nr;
		done = slab_put(cache, &depot->slot[first], nr, victims);
		slots_copy(&depot->slot[first], &depot->slot[first + done], nr - done);
		depot->nr_objects -= done;
		return true;
	}
	return false;
}
