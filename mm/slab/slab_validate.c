/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: walks the slabs and magazines of caches and names the first rule that is broken.
 *
 * Structure: for each node the list of slabs with a free object, each with its free list, and
 * its depot; then each CPU's magazine; then the sums against the counters. Full slabs are on no
 * list: memory's audit finds them by their descriptors and holds them against slab_pages().
 *
 * Invariants: checks S1 to S8 (slab_pages.c, slab.c), S10, S12 (slab_cache.c) and S14
 * (slab_depot.c).
 *
 * Locking: a cache of the list is pinned; cache->lock for the whole walk of one cache, interrupts
 * off. Magazines of other CPUs are read without anything, and only by slab_validate(), whose caller
 * keeps them at rest.
 *
 * Configuration: takes time that grows with memory; MM_VALIDATE calls it after each operation.
 */
#include <kernel/panic.h>

#include "internal.h"

struct slab_sums {
	u32 slabs, empty;
	unsigned long free;
};

/* Length of a slab's free list; more than its objects when the list is broken. */
static unsigned int free_list_length(const struct kmem_cache *cache, const struct page *slab)
{
	unsigned int at = slab->freelist, next, length = 0, total = slab_objects(cache, slab);

	while (at != SLAB_NO_OBJECT) {
		if (length++ == total || at >= total || !slab_link_read(cache, slab, at, &next))
			return total + 1;
		if (next == at)
			return length + total - at - 1;
		at = next;
	}
	return length;
}

static const char *check_slab(const struct kmem_cache *cache, const struct page *slab, int nid)
{
	unsigned long i, pfn = page_to_pfn(slab);
	unsigned int length;

	if (page_state(slab) != PG_SLAB || PAGE_FIELD(slab->word, TAG) != cache->nr ||
	    (page_order(slab) != cache->order && page_order(slab) != cache->min_order) ||
	    !IS_ALIGNED(pfn, 1ul << page_order(slab)) || page_nid(slab) != nid)
		return "S1: a slab's head does not carry its cache, order and node";
	for (i = 1; i < 1ul << page_order(slab); i++)
		if (slab[i].word != slab->word || slab[i].slab_head_pfn != pfn)
			return "S1: a frame of a slab does not name its head";
	if (slab->freelist == SLAB_NO_OBJECT)
		return "S2: a slab without a free object is on the list";
	length = free_list_length(cache, slab);
	if (length > slab_objects(cache, slab))
		return "S5: a free object was written to";
	if (slab->inuse + length != slab_objects(cache, slab))
		return "S3: objects in use and free do not make up the slab";
	return NULL;
}

static const char *check_node(const struct kmem_cache *cache, int nid, struct slab_sums *sums)
{
	const struct kmem_node *node = &cache->node[nid];
	u32 pfn = node->partial.first_pfn, prev_pfn = PFN_NONE;
	const char *broken;

	*sums = (struct slab_sums){ 0 };
	while (pfn != PFN_NONE) {
		const struct page *slab = pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;

		if (!slab || slab->prev_pfn != prev_pfn || sums->slabs == node->nr_slabs)
			return "S2: the list of slabs is broken";
		broken = check_slab(cache, slab, nid);
		if (broken)
			return broken;
		if (sums->empty && slab->inuse)
			return "S7: a slab in use is listed behind an empty one";
		sums->slabs++;
		sums->empty += slab->inuse == 0;
		sums->free += slab_objects(cache, slab) - slab->inuse;
		prev_pfn = pfn;
		pfn = slab->next_pfn;
	}
	if (node->partial.last_pfn != prev_pfn || sums->slabs != node->nr_partial)
		return "S2: the list of slabs ends elsewhere";
	if (sums->free != node->nr_free || sums->empty != node->nr_empty ||
	    node->nr_empty > SLAB_KEEP_EMPTY || node->nr_free > node->nr_objects)
		return "S7: the counters of a node are not the sums over its slabs";
	return NULL;
}

/* What waits in slots outside the slabs: is each an object of cache, in no two places? */
static const char *check_slots(const struct kmem_cache *cache, void *const *slot,
			       unsigned int count)
{
	unsigned int i, k, index;
	const char *rule;

	for (i = 0; i < count; i++) {
		const struct page *slab = slab_find(cache, slot[i], &index, &rule);

		if (!slab)
			return "S8: a magazine holds what is no object of its cache";
		if (slab_index_free(cache, slab, index))
			return "S6: an object is in a magazine and on its slab's free list";
		for (k = i + 1; k < count; k++)
			if (slot[k] == slot[i])
				return "S6: an object is in a magazine twice";
	}
	return NULL;
}

static const char *check_magazine(const struct kmem_cache *cache, const struct kmem_magazine *m)
{
	unsigned int count = magazine_count(m);

	if (m->fill > MAGAZINE_FULL || m->fill % sizeof(void *))
		return "S8: a magazine holds more than its capacity";
	for (unsigned int i = 1; IS_ENABLED(CONFIG_SLAB_DEPOT) && i <= count; i++)
		if (depot_holds(cache, m->slot[i]))
			return "S14: an object is in a magazine and in a depot";
	return check_slots(cache, &m->slot[1], count);
}

static const char *check_depot(const struct kmem_cache *cache, struct kmem_node *node)
{
	const struct kmem_depot *depot = node_depot(node);

	if (!depot)
		return NULL;
	if (depot->nr_objects > DEPOT_OBJECTS)
		return "S14: a depot holds more than it has room for";
	return check_slots(cache, depot->slot, depot->nr_objects);
}

/* at_rest: no CPU changes its magazines meanwhile, so that those of others can be looked at. */
static const char *check_cache(struct kmem_cache *cache, bool at_rest)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock), held = 0, in_use = 0;
	const char *broken = NULL;
	struct slab_sums sums;
	unsigned int cpu;
	int nid;

	LATENCY_HOOK(latency_excuse())
	if (kmem_caches[cache->nr] != cache || cache->magazine != &kmem_magazines[cache->nr])
		broken = "S10: a cache is not in its own row";
	for_each_online_node(nid) {
		if (!broken)
			broken = check_node(cache, nid, &sums);
		if (!broken)
			broken = check_depot(cache, &cache->node[nid]);
		held += depot_objects(&cache->node[nid]);
		in_use += cache->node[nid].nr_objects - cache->node[nid].nr_free;
	}
	for_each_possible_cpu(cpu) {
		const struct kmem_magazine *m = per_cpu_ptr(cache->magazine, cpu);

		if (!at_rest && cpu != smp_processor_id())
			continue;
		if (!broken)
			broken = check_magazine(cache, m);
		if (!broken && m->fill && !cpu_online(cpu))
			broken = "S12: a CPU that is not online holds objects";
		held += magazine_count(m);
	}
	if (!broken && held > in_use)
		broken = "S3: magazines hold more objects than the slabs miss";
	spin_unlock_irqrestore(&cache->lock, flags);
	return broken;
}

const char *slab_validate(void)
{
	const char *broken = NULL;

	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES && !broken; row++) {
		struct kmem_cache *cache = kmem_cache_pin(row);

		if (!cache)
			continue;
		broken = check_cache(cache, true);
		kmem_cache_unpin(cache);
	}
	return broken;
}

void kmem_cache_validate(struct kmem_cache *cache)
{
	const char *broken = check_cache(cache, false);

	if (broken)
		panic("cache %s: %s", cache->name, broken);
}
