/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: each CPU's magazines: what slab_fast.c does when one is empty or full, and bulk calls.
 *
 * Structure: a CPU holds up to SLAB_MAGAZINE free objects of each cache in an array. An
 * allocation pops one and a free pushes one, with interrupts off, without a lock and without
 * a look at the slab. An empty magazine takes half its capacity from the node's depot as it lies
 * there (slab_depot.c) or from the slabs; a full one gives its older half back, since the younger
 * half is what the processor's cache holds. A refill looks at the depot and the slabs of its own
 * node, then for new pages, then at other nodes'.
 *
 *	kmem_cache_alloc -> kmem_magazines[nr] -- empty: kmem_cache_refill -> depot, slabs <-> pages
 *	kmem_cache_free  -> kmem_magazines[nr] -- full:  kmem_cache_flush  -> depot, slabs <-> pages
 *
 * Invariants (S1 to S7: slab_pages.c):
 * S8  A magazine holds objects of its own cache, each once, at most SLAB_MAGAZINE.
 * S9  A refill that fails has taken nothing. A new slab is attached when an object is taken of
 *     it at once, and given back when it turns out not to be needed.
 *
 * Locking: interrupts off around the running CPU's magazines; cache->lock inside, for one
 * batch at a time. Pages are taken and given back with neither.
 *
 * Bounds: an allocation moves at most SLAB_BATCH objects under the lock, twice, and makes one
 * slab; a free moves SLAB_BATCH objects, or fewer where many slabs move, and gives as many slabs
 * back. With M objects of a batch a hold has at most 2M + 1 steps, and as many more as slabs move:
 * SLAB_TAKES_AT_ONCE, or SLAB_MOVES_AT_ONCE and one (bounds.c).
 *
 * Configuration: SLAB_MAGAZINE is the depth, half of it the batch. SLAB_CACHES is the number of
 * rows. MM_CHECK looks at each object when it is freed, MM_VALIDATE at the whole cache. Without
 * NUMA there is one node.
 */
#include <kernel/numa.h>
#include <kernel/string.h>

#include "internal.h"

DEFINE_PER_CPU(struct kmem_magazine, kmem_magazines[CONFIG_SLAB_CACHES]);	/* [P*] */

/* [R*] Whoever has an object of the cache, or a pin on it, reads its row without the lock. */
struct kmem_cache *kmem_caches[CONFIG_SLAB_CACHES];

/*
 * Fills the magazine up to a batch, or with what the first slabs have, and takes one object from
 * it. The second try may use *fresh, a new slab, and after it slabs of other nodes, but only as
 * long as there is nothing nearer: an interrupt or another CPU may have brought objects since the
 * first.
 */
static void *refill_and_pop(struct kmem_cache *cache, struct page **fresh, bool second)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	struct kmem_magazine *m = this_cpu_ptr(cache->magazine);
	unsigned int count = magazine_count(m), slabs = 0;
	void *object = NULL;

	if (IS_ENABLED(CONFIG_SLAB_DEPOT) && !count)
		count = second ? depot_take_anywhere(cache, &m->slot[1])
			       : depot_take(&cache->node[numa_node_id()], &m->slot[1]);
	while (count < SLAB_BATCH && slabs++ < SLAB_TAKES_AT_ONCE) {
		struct page *slab = slab_first(cache, false);
		unsigned int want = SLAB_BATCH - count;

		if (IS_ENABLED(CONFIG_SLAB_LIMITS)) {
			want = limit_room(cache, want);
			if (!want)
				break;
		}
		if (!slab && !count && *fresh) {
			slab = *fresh;
			*fresh = NULL;
			slab_attach(cache, slab);
		}
		if (!slab && !count && second)
			slab = slab_first(cache, true);
		if (!slab)
			break;
		count += slab_take(cache, slab, &m->slot[1 + count], want);
	}
	if (count)
		object = m->slot[count--];
	magazine_set_count(m, count);
	spin_unlock_irqrestore(&cache->lock, flags);
	return object;
}

/* Slabs may give nothing more, but other CPUs may have objects that nobody uses. */
static __noinline __cold void *alloc_at_limit(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *none = NULL;
	void *object = NULL;

	if (gfp & __GFP_DIRECT_RECLAIM) {
		kmem_cache_drain_all(cache);
		object = refill_and_pop(cache, &none, true);
	}
	if (!object)
		limit_refuse(cache, gfp);
	return object;
}

void *kmem_cache_refill(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *fresh = NULL;
	void *object;

	ASSERT(cache->size, "S8: kmem_cache_init has not run yet, or the cache was destroyed");
	gfp = gfp_in_context(gfp);
	object = refill_and_pop(cache, &fresh, false);
	if (!object && IS_ENABLED(CONFIG_SLAB_LIMITS) && limit_reached(cache))
		return alloc_at_limit(cache, gfp);
	if (!object) {
		fresh = slab_new(cache, gfp);
		object = refill_and_pop(cache, &fresh, true);
		ASSERT(object || !fresh || IS_ENABLED(CONFIG_SLAB_LIMITS),
		       "S9: cache %s: nothing to be had of a new slab", cache->name);
		if (fresh)
			slab_release(cache, (u32)page_to_pfn(fresh));
		/* Others were faster. */
		if (IS_ENABLED(CONFIG_SLAB_LIMITS) && !object && fresh)
			object = alloc_at_limit(cache, gfp);
	}
	VALIDATE(kmem_cache_validate(cache));
	return object;
}

void *kmem_cache_alloc_special(struct kmem_cache *cache, gfp_t gfp)
{
	void *object;

	ASSERT(!(gfp & GFP_ZONE_FLAGS), "cache %s cannot choose the zone of an object",
	       cache->name);
	ASSERT(!cache->ctor, "cache %s: objects come constructed, not zeroed", cache->name);
	object = kmem_magazine_alloc(cache->magazine, cache, gfp);
	if (object)
		memset(object, 0, cache->object_size);
	return object;
}

/* Interrupts off, cache->lock held. The oldest nr objects go back to their slabs; returns how many
 * are left, which the caller makes the magazine's count. */
static unsigned int magazine_drain(struct kmem_cache *cache, struct kmem_magazine *m,
				   unsigned int nr, u32 *victims)
{
	unsigned int left = magazine_count(m) - nr;

	slab_put(cache, &m->slot[1], nr, victims);
	slots_copy(&m->slot[1], &m->slot[1 + nr], left);
	return left;
}
BUILD_ASSERT(2 * SLAB_DRAIN <= SLAB_MOVES_AT_ONCE, "a step of a drain may leave objects");

/* As magazine_drain() of a full magazine, by way of the depot: half of it, or as much as one hold
 * has time for. */
static __always_inline unsigned int magazine_halve(struct kmem_cache *cache,
						   struct kmem_magazine *m, u32 *victims)
{
	struct kmem_node *node = &cache->node[numa_node_id()];
	unsigned int done = SLAB_BATCH;

	if (IS_ENABLED(CONFIG_SLAB_DEPOT) && depot_objects(node) + SLAB_BATCH <= DEPOT_OBJECTS)
		depot_put(node, &m->slot[1]);
	else
		done = slab_put(cache, &m->slot[1], SLAB_BATCH, victims);
	if (likely(done == SLAB_BATCH))
		slots_copy(&m->slot[1], &m->slot[1 + SLAB_BATCH],
			   CONFIG_SLAB_MAGAZINE - SLAB_BATCH);
	else
		slots_copy(&m->slot[1], &m->slot[1 + done], CONFIG_SLAB_MAGAZINE - done);
	return CONFIG_SLAB_MAGAZINE - done;
}

/* MM_CHECK: is object one of cache, and neither free nor in this magazine or a depot already? */
static void check_free(struct kmem_cache *cache, const struct kmem_magazine *m,
		       const void *object)
{
	unsigned int i, index;
	const struct page *slab = slab_of(cache, object, &index);

	ASSERT(!slab_index_free(cache, slab, index), "S6: object 0x%lx of cache %s is freed twice",
	       (unsigned long)object, cache->name);
	for (i = 1; i <= magazine_count(m); i++)
		ASSERT(m->slot[i] != object, "S6: object 0x%lx of cache %s is freed twice",
		       (unsigned long)object, cache->name);
	ASSERT(!IS_ENABLED(CONFIG_SLAB_DEPOT) || !depot_holds(cache, object),
	       "S6: object 0x%lx of cache %s is freed twice", (unsigned long)object, cache->name);
}

void kmem_cache_flush(struct kmem_cache *cache, void *object)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	struct kmem_magazine *m = this_cpu_ptr(cache->magazine);
	unsigned long count = m->fill / sizeof(void *);
	u32 victims = PFN_NONE;

	if (SLAB_CHECKED)
		latency_aside(check_free(cache, m, object));
	ASSERT(!count || m->slot[count] != object, "S6: object 0x%lx of cache %s is freed twice",
	       (unsigned long)object, cache->name);
	if (likely(count == CONFIG_SLAB_MAGAZINE))
		count = magazine_halve(cache, m, &victims);
	m->slot[1 + count] = object;
	magazine_set_count(m, count + 1);
	spin_unlock_irqrestore(&cache->lock, flags);
	if (victims != PFN_NONE)
		slab_release(cache, victims);
	VALIDATE(kmem_cache_validate(cache));
}

void kmem_cache_flush_nr(void *object, unsigned int nr)
{
	ASSERT(kmem_caches[nr], "S1: 0x%lx lies in a slab of cache %u, which does not exist",
	       (unsigned long)object, nr);
	kmem_cache_flush(kmem_caches[nr], object);
}

/* Takes what the magazine holds, at most nr; its top comes first. */
static size_t magazine_take(struct kmem_cache *cache, size_t nr, void **objects)
{
	unsigned long flags = arch_local_irq_save();
	struct kmem_magazine *m = this_cpu_ptr(cache->magazine);
	unsigned int count = magazine_count(m);
	size_t i, n = min_t(size_t, nr, count);

	for (i = 0; i < n; i++)
		objects[i] = m->slot[count - i];
	magazine_set_count(m, count - (unsigned int)n);
	arch_local_irq_restore(flags);
	return n;
}

size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr, void **objects)
{
	size_t n = 0, i;

	while (n < nr) {
		n += magazine_take(cache, nr - n, objects + n);
		if (n == nr)
			break;
		objects[n] = kmem_cache_alloc(cache, gfp & ~__GFP_ZERO);
		if (!objects[n]) {
			kmem_cache_free_bulk(cache, n, objects);
			return 0;
		}
		n++;
	}
	if (gfp & __GFP_ZERO) {
		ASSERT(!cache->ctor, "cache %s: objects come constructed, not zeroed",
		       cache->name);
		for (i = 0; i < nr; i++)
			memset(objects[i], 0, cache->object_size);
	}
	return nr;
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects)
{
	size_t i;

	for (i = 0; i < nr; i++)
		kmem_cache_free(cache, objects[i]);
}

bool kmem_cache_drain_some(struct kmem_cache *cache, u32 *victims)
{
	unsigned long flags = spin_lock_irqsave(&cache->lock);
	struct kmem_magazine *m = this_cpu_ptr(cache->magazine);
	unsigned int left;

	left = magazine_drain(cache, m, min_t(unsigned int, magazine_count(m), SLAB_DRAIN),
			      victims);
	magazine_set_count(m, left);
	spin_unlock_irqrestore(&cache->lock, flags);
	return left != 0;
}

bool kmem_cache_drain_step(struct kmem_cache *cache)
{
	u32 victims = PFN_NONE;
	bool more = kmem_cache_drain_some(cache, &victims);

	slab_release(cache, victims);
	return more;
}

void kmem_cache_drain_local(struct kmem_cache *cache)
{
	while (kmem_cache_drain_step(cache))
		;
	VALIDATE(kmem_cache_validate(cache));
}
