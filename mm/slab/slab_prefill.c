/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: objects put by for one caller, so that as many allocations of its cannot fail later.
 *
 * Structure: the objects are taken before and are its own from then on, as far as the cache, its
 * magazines and its figures go. They hang on a list in the caller's struct kmem_prefill, linked
 * through the place where a free object has its link. So nothing can take them away: no other CPU,
 * no interrupt, no drain, no want of memory; and no path of the cache knows of them.
 *
 *	struct kmem_prefill   first -> object -> object -> object, nr of them
 *
 * Invariants:
 * S15 The link of an object that is put by is the address of the next one, 0 for the last, mangled
 *     so that no free object's link is like it.
 *
 * Locking: none. A struct kmem_prefill belongs to one caller, who may use it in any context.
 *
 * Bounds: kmem_cache_alloc_prefilled() has no loop but that of the clearing, if asked for.
 *
 * Configuration: none; who does not call it does not link it.
 */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/undo.h>

#include "internal.h"

/* All bits that a free object's link has, the other way round. */
static u64 link_mask(const struct kmem_cache *cache, const void *object)
{
	return ~link_guard(cache, object);
}

int kmem_cache_prefill(struct kmem_prefill *p, struct kmem_cache *cache, unsigned int n, gfp_t gfp)
{
	ASSERT(!(gfp & __GFP_ZERO) || !cache->ctor,
	       "cache %s: objects come constructed, not zeroed", cache->name);
	*p = (struct kmem_prefill){ .cache = cache, .zero = (gfp & __GFP_ZERO) != 0 };
	while (p->nr < n) {
		void *object = kmem_cache_alloc(cache, gfp & ~__GFP_ZERO);

		if (!object) {
			UNDO_PATH("one of the objects to be put by is not to be had");
			kmem_cache_return_prefilled(p);
			return -ENOMEM;
		}
		*object_link(cache, object) = (unsigned long)p->first ^ link_mask(cache, object);
		p->first = object;
		p->nr++;
	}
	return 0;
}

/* The first object of a list that is not empty, off it. */
static void *prefill_pop(struct kmem_prefill *p)
{
	struct kmem_cache *cache = p->cache;
	void *object = p->first;
	slab_link_t *link = object_link(cache, object);
	void *next = (void *)(unsigned long)(*link ^ link_mask(cache, object));
	unsigned int index;
	const char *rule;
	bool whole;

	whole = p->nr > 1 ? slab_find(cache, next, &index, &rule) != NULL : !next;
	ASSERT(whole,
	       "S15: cache %s: object 0x%lx, which was put by, was written to: 0x%lx", cache->name,
	       (unsigned long)object, (unsigned long)*link);
	*link = 0;
	p->first = next;
	p->nr--;
	return object;
}

void *kmem_cache_alloc_prefilled(struct kmem_prefill *p)
{
	void *object;

	ASSERT(p->nr, "cache %s: more objects are asked for than were put by", p->cache->name);
	object = prefill_pop(p);
	if (p->zero)
		memset(object, 0, p->cache->object_size);
	return object;
}

void kmem_cache_return_prefilled(struct kmem_prefill *p)
{
	while (p->nr)
		kmem_cache_free(p->cache, prefill_pop(p));
}
