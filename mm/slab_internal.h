/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

/* What slab*.c and kmalloc.c share. */

#include <kernel/assert.h>
#include <mm/slab.h>

#include "internal.h"

/* Objects that one refill or one flush moves: half of what a magazine holds. */
#define SLAB_BATCH		((CONFIG_SLAB_MAGAZINE + 1) / 2)
#define MAGAZINE_FULL		(CONFIG_SLAB_MAGAZINE * sizeof(void *))

/* Slabs without an object in use that a cache keeps on each node. */
#define SLAB_KEEP_EMPTY		1

/* page->freelist of a slab without a free object; so a slab has at most as many objects. */
#define SLAB_NO_OBJECT		0xffffu
#define SLAB_MAX_OBJECTS	0xffffu

#define SLAB_MAX_BYTES		(PAGE_SIZE << CONFIG_SLAB_MAX_ORDER)
/* Room for a free object's link, and the smallest alignment. */
#define SLAB_LINK_BYTES		8u

#define SLAB_CHECKED	(IS_ENABLED(CONFIG_MM_CHECK) || IS_ENABLED(CONFIG_MM_VALIDATE))

/* Flags that a slab's pages do not inherit, and those that no magazine can honour. */
#define GFP_ZONE_FLAGS		(__GFP_DMA | __GFP_DMA32)

static inline unsigned int magazine_count(const struct kmem_magazine *m)
{
	return (unsigned int)(m->fill / sizeof(void *));
}

static inline void magazine_set_count(struct kmem_magazine *m, unsigned int count)
{
	m->fill = count * sizeof(void *);
}

/* Objects of a slab, which may have been made with the lesser order. */
static inline unsigned int slab_objects(const struct kmem_cache *cache, const struct page *slab)
{
	return page_order(slab) == cache->order ? cache->objects : cache->min_objects;
}

static inline struct kmem_node *slab_node(struct kmem_cache *cache, const struct page *slab)
{
	return &cache->node[page_nid(slab)];
}

/* CPUs that have magazines of their own. */
#define for_each_magazine_cpu(cpu) \
	for ((cpu) = 0; (cpu) < CONFIG_NR_CPUS; (cpu)++) \
		if ((cpu) == 0 || __per_cpu_offset[cpu])

/* ---- slab.c ---- */

/* Rows 0 .. NR_KMALLOC_CLASSES - 1 are kmalloc's, then the static caches. */
extern struct kmem_cache *kmem_caches[CONFIG_SLAB_CACHES];

/* The magazine is full or has object on top. */
void kmem_cache_flush(struct kmem_cache *cache, void *object);
/* As kmem_cache_flush for kfree, which has only the number. */
void kmem_cache_flush_nr(unsigned int nr, void *object);

/* MM_CHECK: object is one of cache, and neither free nor in this CPU's magazine. */
void slab_check_free(struct kmem_cache *cache, const void *object);

/*
 * Puts object into the running CPU's magazine; false when it is full, or when object is on
 * its top already. Other double frees are seen when the magazine is flushed.
 */
static __always_inline bool magazine_push(struct kmem_magazine *mag, void *object)
{
	unsigned long flags = arch_local_irq_save();
	struct kmem_magazine *m = this_cpu_ptr(mag);
	unsigned long fill = m->fill;
	void **top = (void **)(void *)((char *)m + fill);

	if (unlikely(fill >= MAGAZINE_FULL || *top == object)) {
		arch_local_irq_restore(flags);
		return false;
	}
	top[1] = object;
	m->fill = fill + sizeof(void *);
	arch_local_irq_restore(flags);
	return true;
}

/* ---- slab_pages.c ---- */

/*
 * The slab and the index of an object of cache. What is not an object's start in a slab of
 * cache stops the kernel with a report.
 */
struct page *slab_of(const struct kmem_cache *cache, const void *object, unsigned int *index);

/* As slab_of, but says NULL, and why through rule. */
struct page *slab_find(const struct kmem_cache *cache, const void *object, unsigned int *index,
		       const char **rule);

/* Does index lie on the slab's free list? At most slab_objects() steps. cache->lock held. */
bool slab_index_free(const struct kmem_cache *cache, const struct page *slab,
		     unsigned int index);
/* Reads the link of free object index; false when it was overwritten. *next may be index
 * itself: the start of the run never handed out. */
bool slab_link_read(const struct kmem_cache *cache, const struct page *slab, unsigned int index,
		    unsigned int *next);

/* A new slab, on no list; NULL when memory is out. */
struct page *slab_new(struct kmem_cache *cache, gfp_t gfp);
/* Gives the pages of slabs linked through next_pfn back; returns their number. */
unsigned long slab_release(struct kmem_cache *cache, u32 first_pfn);

/* The rest with cache->lock held. */
void slab_attach(struct kmem_cache *cache, struct page *slab);
/* A slab with a free object, the best one first; NULL without. */
struct page *slab_first(struct kmem_cache *cache);
/* Takes at most want objects, at least one; returns how many. */
unsigned int slab_take(struct kmem_cache *cache, struct page *slab, void **objects,
		       unsigned int want);
/* Takes object back; a slab that is empty by it and too many goes to the chain *victims. */
void slab_put(struct kmem_cache *cache, void *object, u32 *victims);
/* Unlinks one empty slab and puts it on the chain; false when there is none. */
bool slab_detach_empty(struct kmem_cache *cache, u32 *victims);

/* ---- slab_cache.c ---- */

/* Fills in the constants of a cache of which name, object_size, align, flags and ctor are set;
 * false when it cannot be. */
bool kmem_cache_setup(struct kmem_cache *cache, unsigned int nr);

/* ---- kmalloc.c ---- */

void kmalloc_init(void);

/* ---- slab_validate.c ---- */

/* CONFIG_MM_VALIDATE: stops the kernel at the first broken rule. No lock held. */
void kmem_cache_validate(struct kmem_cache *cache);

#endif /* MM_SLAB_INTERNAL_H */
