/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: says whether a cache can serve for another one that is asked for.
 *
 * Structure: caches of which nobody could tell the objects apart need not be two: the second to ask
 * gets the first one's, and its users are counted. kmalloc's classes and static caches may serve
 * others; a static cache is always one of its own, for its struct has the caller's name.
 *
 * Invariants:
 * S17 A cache that serves several has no constructor and no limit, objects at least as large and as
 *     aligned as each of them asked for, and pages of the kind that each of them asked for.
 *
 * Locking: kmem_caches_lock, held by the caller.
 *
 * Bounds: none of its own; slab_cache.c asks for each of SLAB_CACHES rows.
 *
 * Configuration: SLAB_MERGE. SLAB_NO_MERGE keeps a cache apart.
 */
#include "internal.h"

static bool may_serve(const struct kmem_cache *cache)
{
	bool limited = false;

	IF_ENABLED(CONFIG_SLAB_LIMITS, limited = cache->limit.objects != 0;)
	return cache->users && !cache->ending && !cache->ctor && !limited &&
	       !(cache->flags & SLAB_NO_MERGE);
}

bool merge_fits(const struct kmem_cache *cache, const struct kmem_cache *wanted)
{
	return may_serve(cache) && !wanted->ctor && !(wanted->flags & SLAB_NO_MERGE) &&
	       cache->size == wanted->size && cache->align >= wanted->align &&
	       !((cache->flags ^ wanted->flags) & SLAB_RECLAIM_ACCOUNT);
}
