/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SLAB_TYPES_H
#define MM_SLAB_TYPES_H

/* What inlined allocations need to see of a cache; included by mm/slab.h. */

#include <kernel/cache.h>
#include <kernel/percpu.h>
#include <kernel/spinlock.h>
#include <kernel/types.h>
#include <mm/config.h>
#include <mm/frame_list.h>

/*
 * Free objects of one cache that one CPU holds. slot[fill / 8] is the top; slot[0] is fill
 * itself, so that an index is one addition away from its slot. Of its CPU, interrupts off.
 */
struct kmem_magazine {
	union {
		unsigned long fill;		/* [P*] bytes of slots 1 .. in use: 8 x held */
		void *slot[1 + CONFIG_SLAB_MAGAZINE];	/* [P] */
	};
};

DECLARE_PER_CPU(struct kmem_magazine, kmem_magazines[CONFIG_SLAB_CACHES]);

/* Objects that one refill or one flush moves: half of what a magazine holds. */
#define SLAB_BATCH		((CONFIG_SLAB_MAGAZINE + 1) / 2)
/* And in a drain, where each object may be the last of its slab, which goes: interrupts are off for
 * one such step where another CPU asks for it. */
#define SLAB_DRAIN		3u
/* Objects that a depot holds at most. */
#define DEPOT_OBJECTS \
	((IF_ENABLED(CONFIG_SLAB_DEPOT, CONFIG_SLAB_DEPOT_BATCHES) + 0) * SLAB_BATCH)

/* The letters say what guards a field: docs/locking.md. */

/* Free objects of one cache between its magazines and its slabs: mm/slab/slab_depot.c. */
struct kmem_depot {
	u32 nr_objects;			/* [L*] */
	void *slot[DEPOT_OBJECTS];	/* [L] */
};

struct kmem_node {
	struct frame_list partial;	/* [L] slabs with a free object, used ones first */
	u32 nr_slabs, nr_partial;	/* [L] all; those on the list */
	u32 nr_empty;			/* [L] of those on the list, without an object in use */
	u32 nr_pages;			/* [L*] in all slabs */
	unsigned long nr_objects;	/* [L] in all slabs */
	unsigned long nr_free;		/* [L] on slabs; what magazines hold is not free here */
	IF_ENABLED(CONFIG_SLAB_DEPOT, struct kmem_depot depot;)
};

/* Objects that a cache may have in use: mm/slab/slab_limit.c. */
struct kmem_limit {
	unsigned long objects;		/* [L] 0: as many as memory has */
	unsigned long refused;		/* [L] requests since it was set */
};

struct kmem_cache {
	struct kmem_magazine *magazine;	/* [c] in the per-CPU section */
	const char *name;		/* [c] */
	void (*ctor)(void *);		/* [c] */
	u32 object_size;		/* [c] as asked for */
	u32 size;			/* [c] from one object to the next; 0: not made yet */
	u32 align;			/* [c] */
	u32 link_offset;		/* [c] where a free object holds its link */
	u64 reciprocal;			/* [c] of size: mm/slab/internal.h */
	u16 nr;				/* [c] row in kmem_caches and in kmem_magazines */
	u8 order, min_order;		/* [c] of a slab; of one when memory is in pieces */
	u16 objects, min_objects;	/* [c] in a slab of either order */
	u8 flags;			/* [c] SLAB_* */
	spinlock_t lock __cacheline_aligned_in_smp;
	u16 pins;			/* [R] readers that found the cache in its row */
	bool ending;			/* [R] no reader finds it any more */
	struct kmem_node node[MAX_NUMNODES];	/* [f] */
	IF_ENABLED(CONFIG_SLAB_FREELIST_HARDENED, u64 secret;)	/* [c] in links of free objects */
	IF_ENABLED(CONFIG_SLAB_LIMITS, struct kmem_limit limit;)
	IF_ENABLED(CONFIG_SLAB_MERGE, u32 users;)	/* [R] that it serves; 0: about to end */
} __cacheline_aligned_in_smp;

/* Out of line part of an allocation: the magazine is empty. */
void *kmem_cache_refill(struct kmem_cache *cache, gfp_t gfp) __must_check;

/* kmem_cache_alloc without __GFP_ZERO; mag is the cache's, given apart so that it can fold. */
static __always_inline void *kmem_magazine_alloc(struct kmem_magazine *mag,
						 struct kmem_cache *cache, gfp_t gfp)
{
	unsigned long flags = arch_local_irq_save();
	struct kmem_magazine *m = this_cpu_ptr(mag);
	unsigned long fill = m->fill;
	void *object;

	if (unlikely(!fill)) {
		arch_local_irq_restore(flags);
		return kmem_cache_refill(cache, gfp);
	}
	object = *(void **)((char *)m + fill);
	WRITE_ONCE(m->fill, fill - sizeof(void *));
	arch_local_irq_restore(flags);
	return object;
}

#endif /* MM_SLAB_TYPES_H */
