/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: making, shrinking and ending caches.
 *
 * Structure: each cache has a row in kmem_caches and in every CPU's magazines. kmalloc's
 * classes have the first rows, the static caches (DEFINE_KMEM_CACHE, an array in a linker
 * section) the next, caches made at run time any row that is left; their struct kmem_cache is
 * itself an object of the static cache "kmem_cache".
 *
 * The order of a slab is the least that leaves at most an eighth of it unused and holds as many
 * objects as a refill takes, or as the largest order can; else the least for a quarter; else
 * the same with half as many objects, and so on down to one. Where pages of that order are not
 * to be had, the slab has the least order that holds one object.
 *
 * Where caches may be merged, one that is asked for is looked for among those that are there before
 * a row is taken (slab_merge.c).
 *
 * Invariants:
 * S10 kmem_caches[c->nr] == c for every cache that was made, and its magazines are row c->nr.
 * S11 A row that is free has empty magazines on every CPU.
 * S12 A CPU that is not online has empty magazines.
 * S13 A cache that somebody has pinned stays in its row, and its struct stays a cache.
 *
 * Locking: kmem_caches_lock for kmem_caches, users and pins; no other lock is taken inside. It is
 * held to find a cache and to pin it, never while the cache is read, locked or drained, which may
 * take long and may free pages. The end of a cache first lets nobody pin it any more, then waits,
 * with interrupts on and no lock held, until the last pin is gone. Who has an object of a cache
 * needs no pin: objects keep a cache from ending.
 *
 * Configuration: SLAB_CACHES rows; SLAB_MAX_ORDER and SLAB_MAGAZINE go into the order.
 */
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/init.h>
#include <kernel/lock_order.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/random.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <arch/processor.h>

#include "internal.h"

extern struct kmem_cache __kmem_caches_start[], __kmem_caches_end[];

/* [f] */
static DEFINE_KMEM_CACHE(kmem_cache_cache, "kmem_cache", sizeof(struct kmem_cache), 0,
			 SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE);
static DEFINE_SPINLOCK(kmem_caches_lock, LOCK_KMEM_CACHES);

static unsigned int objects_of_order(unsigned int size, unsigned int order)
{
	return (unsigned int)min_t(unsigned long, (PAGE_SIZE << order) / size, SLAB_MAX_OBJECTS);
}

static bool order_wastes_at_most(unsigned int size, unsigned int order, unsigned int fraction)
{
	unsigned long bytes = PAGE_SIZE << order;

	return bytes - (unsigned long)objects_of_order(size, order) * size <= bytes / fraction;
}

static unsigned int slab_order(unsigned int size, unsigned int min_order)
{
	unsigned int want = min_t(unsigned int, SLAB_BATCH,
				  objects_of_order(size, CONFIG_SLAB_MAX_ORDER));
	unsigned int fraction, order;

	for (; want > 0; want /= 2)
		for (fraction = 8; fraction >= 4; fraction /= 2)
			for (order = min_order; order <= CONFIG_SLAB_MAX_ORDER; order++)
				if (objects_of_order(size, order) >= want &&
				    order_wastes_at_most(size, order, fraction))
					return order;
	return min_order;
}

/* Alignment of a cache's objects. SLAB_HWCACHE_ALIGN means, as in Linux, that no object lies in
 * more cache lines than it must: as many small ones as fit share one. */
static u32 object_align(const struct kmem_cache *cache)
{
	u32 align = max_t(u32, cache->align, SLAB_LINK_BYTES), line = L1_CACHE_BYTES;

	if (!(cache->flags & SLAB_HWCACHE_ALIGN))
		return align;
	while (cache->object_size <= line / 2)
		line /= 2;
	return max_t(u32, align, line);
}

/* Size of an object with its link and up to the next one; 0 when no slab can hold it. */
static unsigned int object_stride(const struct kmem_cache *cache, size_t object_size)
{
	size_t stride = ALIGN_UP(object_size, SLAB_LINK_BYTES);

	/* A constructed object keeps its contents while it is free. */
	if (cache->ctor)
		stride += SLAB_LINK_BYTES;
	stride = ALIGN_UP(stride, cache->align);
	return stride <= SLAB_MAX_BYTES ? (unsigned int)stride : 0;
}

/* Alignment and size of a cache's objects; false when no slab can hold one. */
static bool shape(struct kmem_cache *cache)
{
	if (!cache->object_size)
		return false;
	cache->align = object_align(cache);
	if (!is_power_of_2(cache->align))
		return false;
	cache->size = object_stride(cache, cache->object_size);
	return cache->size != 0;
}

bool kmem_cache_setup(struct kmem_cache *cache, unsigned int nr)
{
	unsigned int min_order = 0;
	int nid;

	if (!shape(cache))
		return false;
	cache->link_offset = cache->ctor ? ALIGN_UP(cache->object_size, SLAB_LINK_BYTES) : 0;
	cache->reciprocal = SLAB_RECIPROCAL(cache->size);
	while (PAGE_SIZE << min_order < cache->size)
		min_order++;
	cache->min_order = (u8)min_order;
	cache->order = (u8)slab_order(cache->size, min_order);
	cache->objects = (u16)objects_of_order(cache->size, cache->order);
	cache->min_objects = (u16)objects_of_order(cache->size, min_order);

	spin_lock_init(&cache->lock, LOCK_CACHE);
	for_each_online_node(nid) {
		cache->node[nid] = (struct kmem_node){ .partial = FRAME_LIST_INIT };
	}
	cache->pins = 0;
	cache->ending = false;
	IF_ENABLED(CONFIG_SLAB_MERGE, cache->users = 1;)
	IF_ENABLED(CONFIG_SLAB_LIMITS, cache->limit = (struct kmem_limit){ 0 };)
	IF_ENABLED(CONFIG_SLAB_FREELIST_HARDENED, cache->secret = get_random_u64();)
	cache->nr = (u16)nr;
	cache->magazine = &kmem_magazines[nr];
	return true;
}

/* A cache that can serve for wanted, which counts one user more; NULL when there is none. */
static struct kmem_cache *row_share(struct kmem_cache *wanted)
{
	struct kmem_cache *found = NULL;
	unsigned long flags;

	if (!IS_ENABLED(CONFIG_SLAB_MERGE) || !shape(wanted))
		return NULL;
	flags = spin_lock_irqsave(&kmem_caches_lock);
	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES && !found; row++)
		if (kmem_caches[row] && merge_fits(kmem_caches[row], wanted))
			found = kmem_caches[row];
	if (found) {
		WRITE_ONCE(*kmem_cache_users(found), *kmem_cache_users(found) + 1);
		/* As much of an object is cleared as anybody asked for. */
		found->object_size = max(found->object_size, wanted->object_size);
	}
	spin_unlock_irqrestore(&kmem_caches_lock, flags);
	return found;
}

/* One user less of a cache that serves several: true. The last one: false, and from now on the
 * cache serves nobody else, unless it is to stay. */
static bool row_unshare(struct kmem_cache *cache, bool stays)
{
	u32 *users = kmem_cache_users(cache);
	unsigned long flags;
	bool shared;

	if (!users)
		return false;
	flags = spin_lock_irqsave(&kmem_caches_lock);
	shared = *users > 1;
	if (shared || !stays)
		WRITE_ONCE(*users, *users - 1);
	spin_unlock_irqrestore(&kmem_caches_lock, flags);
	return shared;
}

/* A free row for cache; -ENOSPC when there is none, -EINVAL when no slab holds its objects. */
static int row_take(struct kmem_cache *cache)
{
	unsigned long flags = spin_lock_irqsave(&kmem_caches_lock);
	unsigned int nr = 0;
	int err = -ENOSPC;

	while (nr < CONFIG_SLAB_CACHES && kmem_caches[nr])
		nr++;
	if (nr < CONFIG_SLAB_CACHES)
		err = kmem_cache_setup(cache, nr) ? 0 : -EINVAL;
	if (!err) {
		ASSERT(this_cpu_ptr(cache->magazine)->fill == 0,
		       "S11: row %u is free and its magazine is not empty", nr);
		kmem_caches[nr] = cache;
	}
	spin_unlock_irqrestore(&kmem_caches_lock, flags);
	if (err == -ENOSPC)
		pr_warn("slab: no row for cache %s: raise CONFIG_SLAB_CACHES above %u\n",
			cache->name, CONFIG_SLAB_CACHES);
	return err;
}

/* Hides the cache, which has no object in use, then waits for those who have found it before. */
static void row_give(struct kmem_cache *cache)
{
	unsigned int turns = 0;
	bool pinned = true;

	assert_no_locks_held("a cache waits for its readers");
	while (pinned) {
		unsigned long flags = spin_lock_irqsave(&kmem_caches_lock);

		cache->ending = true;
		pinned = cache->pins != 0;
		if (!pinned) {
			kmem_caches[cache->nr] = NULL;
			cache->size = 0;
		}
		spin_unlock_irqrestore(&kmem_caches_lock, flags);
		if (pinned)
			cpu_wait_turn(&turns);
	}
}

struct kmem_cache *kmem_cache_pin(unsigned int row)
{
	unsigned long flags = spin_lock_irqsave(&kmem_caches_lock);
	struct kmem_cache *cache = kmem_caches[row];

	if (cache && cache->ending)
		cache = NULL;
	if (cache)
		cache->pins++;
	spin_unlock_irqrestore(&kmem_caches_lock, flags);
	return cache;
}

void kmem_cache_unpin(struct kmem_cache *cache)
{
	unsigned long flags = spin_lock_irqsave(&kmem_caches_lock);

	ASSERT(cache->pins > 0, "S13: cache %s is let go by who did not pin it", cache->name);
	cache->pins--;
	spin_unlock_irqrestore(&kmem_caches_lock, flags);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = NULL, *shared;
	int err = -EINVAL;

	if (size && size <= SLAB_MAX_BYTES && align <= SLAB_MAX_BYTES) {
		cache = kmem_cache_alloc(&kmem_cache_cache, GFP_KERNEL | __GFP_ZERO);
		err = -ENOMEM;
	}
	if (cache) {
		cache->name = name;
		cache->object_size = (u32)size;
		cache->align = (u32)align;
		cache->flags = (u8)flags;
		cache->ctor = ctor;
		shared = row_share(cache);
		err = shared ? 0 : row_take(cache);
		if (!err && !shared)
			return cache;
		UNDO_PATH("no row for a new cache, or no slab holds its objects; or another serves");
		kmem_cache_free(&kmem_cache_cache, cache);
		if (shared)
			return shared;
	}
	if (flags & SLAB_PANIC)
		panic("slab: cache %s of objects of %zu bytes, aligned to %zu, cannot be made: %s",
		      name, size, align, err == -ENOSPC ? "all rows of CONFIG_SLAB_CACHES are taken" :
		      err == -ENOMEM ? "no memory is left for its descriptor" :
				       "no slab of CONFIG_SLAB_MAX_ORDER holds such an object");
	return NULL;
}

struct drain {
	struct kmem_cache *cache;
	u32 victims;			/* [a] a chain of slabs that became empty */
	bool more;
};

/* In an interrupt: the pages of slabs are for whoever asked to give back, with interrupts on. */
static void drain_here(void *info)
{
	struct drain *drain = info;
	u32 victims = PFN_NONE;

	if (kmem_cache_drain_some(drain->cache, &victims))
		WRITE_ONCE(drain->more, true);
	while (victims != PFN_NONE) {
		struct page *slab = pfn_to_page(victims);
		u32 pfn = victims;

		victims = slab->next_pfn;
		slab->next_pfn = __atomic_load_n(&drain->victims, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(&drain->victims, &slab->next_pfn, pfn, true,
						    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			;
	}
}

/* No cache goes away while fn has it. */
static void for_all_caches(void (*fn)(struct kmem_cache *cache))
{
	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES; row++) {
		struct kmem_cache *cache = kmem_cache_pin(row);

		if (!cache)
			continue;
		fn(cache);
		kmem_cache_unpin(cache);
	}
}

void drain_this_cpu(void)
{
	/* Slabs that become empty are freed to the page lists. */
	for_all_caches(kmem_cache_drain_local);
	drain_local_pages();
}
/* P4 and S12: a CPU that is not online holds nothing. */
CPU_HOOKS(drain, .leave = drain_this_cpu);

void kmem_cache_drain_all(struct kmem_cache *cache)
{
	unsigned int steps = CONFIG_SLAB_MAGAZINE / SLAB_DRAIN + 1;
	struct drain drain = { .cache = cache };

	/* A step on each CPU at a time, as for page lists. Who is offline holds nothing (S12). */
	do {
		WRITE_ONCE(drain.more, false);
		drain.victims = PFN_NONE;
		on_each_cpu(drain_here, &drain, true);
		slab_release(cache, __atomic_load_n(&drain.victims, __ATOMIC_ACQUIRE));
	} while (READ_ONCE(drain.more) && --steps > 0);
}

void kmem_caches_drain_all(void)
{
	for_all_caches(kmem_cache_drain_all);
}

unsigned long kmem_cache_shrink(struct kmem_cache *cache)
{
	unsigned long pages = 0, flags;
	bool found;

	kmem_cache_drain_all(cache);
	do {
		u32 victims = PFN_NONE;

		/* A batch of a depot at a time, and then an empty slab. */
		flags = spin_lock_irqsave(&cache->lock);
		found = IS_ENABLED(CONFIG_SLAB_DEPOT) && depot_drain_step(cache, &victims);
		if (!found)
			found = slab_detach_empty(cache, &victims);
		spin_unlock_irqrestore(&cache->lock, flags);
		pages += slab_release(cache, victims);
	} while (found);
	return pages;
}

int kmem_cache_destroy(struct kmem_cache *cache)
{
	unsigned long flags, in_use = 0;
	bool stays;
	int nid;

	if (!cache)
		return 0;
	stays = (cache >= __kmem_caches_start && cache < __kmem_caches_end) ||
		cache->nr < NR_KMALLOC_CLASSES;
	if (row_unshare(cache, stays))
		return 0;
	if (stays)
		return -EINVAL;
	ASSERT(kmem_caches[cache->nr] == cache, "S10: cache %s is not in row %u", cache->name,
	       cache->nr);
	kmem_cache_shrink(cache);
	flags = spin_lock_irqsave(&cache->lock);
	for_each_online_node(nid)
		in_use += cache->node[nid].nr_objects - cache->node[nid].nr_free;
	spin_unlock_irqrestore(&cache->lock, flags);
	if (in_use) {
		UNDO_PATH("a cache that is to end has objects in use");
		pr_err("kmem_cache_destroy: cache %s still has %lu objects in use\n", cache->name,
		       in_use);
		IF_ENABLED(CONFIG_SLAB_MERGE, WRITE_ONCE(cache->users, 1);)
		return -EBUSY;
	}
	row_give(cache);
	kmem_cache_free(&kmem_cache_cache, cache);
	return 0;
}

unsigned int kmem_cache_size(const struct kmem_cache *cache)
{
	return cache->object_size;
}

const char *kmem_cache_name(const struct kmem_cache *cache)
{
	return cache->name;
}

static __noreturn __init void no_static_cache(const struct kmem_cache *cache, int err)
{
	if (err == -ENOSPC)
		boot_failed("Static cache %s has no row: all %d are taken; raise CONFIG_SLAB_CACHES",
			    cache->name, CONFIG_SLAB_CACHES);
	boot_failed("Static cache %s cannot be made: its objects have %u bytes, aligned to %u, and a "
		    "slab has %lu; raise CONFIG_SLAB_MAX_ORDER from %d", cache->name,
		    cache->object_size, cache->align, SLAB_MAX_BYTES, CONFIG_SLAB_MAX_ORDER);
}

void __init kmem_cache_init(void)
{
	struct kmem_cache *cache;

	if (IS_ENABLED(CONFIG_RANDOM))
		random_init();
	kmalloc_init();
	for (cache = __kmem_caches_start; cache < __kmem_caches_end; cache++) {
		int err = row_take(cache);

		if (err)
			no_static_cache(cache, err);
	}
	pr_info("SLUB: HWalign=%u, Order=0-%d, MinObjects=%d, CPUs=%u, Nodes=%d\n", L1_CACHE_BYTES,
		CONFIG_SLAB_MAX_ORDER, SLAB_BATCH, num_possible_cpus(), MAX_NUMNODES);
}
