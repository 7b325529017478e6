/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

/* What slab*.c and kmalloc.c share. */

#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <mm/slab.h>

#include "mm/page/internal.h"

#define MAGAZINE_FULL		(CONFIG_SLAB_MAGAZINE * sizeof(void *))

/* Batches of objects, or slabs, that one scan of reclaim gives back. */
#define SLAB_SCAN_WORK		4

/* Slabs that join a list or leave one in one hold of a cache's lock, while objects come back: that
 * takes three times as long as to give an object to a slab that stays where it is. */
#define SLAB_MOVES_AT_ONCE	8
/* Slabs that objects are taken of in one hold. */
#define SLAB_TAKES_AT_ONCE	8

/* Slabs without an object in use that a cache keeps on each node. */
#define SLAB_KEEP_EMPTY		1

/* page->freelist of a slab without a free object; so a slab has at most as many objects. */
#define SLAB_NO_OBJECT		((1u << SLAB_COUNT_BITS) - 1)
#define SLAB_MAX_OBJECTS	SLAB_NO_OBJECT

#define SLAB_MAX_BYTES		(PAGE_SIZE << CONFIG_SLAB_MAX_ORDER)
/* Room for a free object's link, and the smallest alignment. */
#define SLAB_LINK_BYTES		8u

/*
 * Division by multiplication. With r = 2^64 / size, rounded down, + 1, r * size is 2^64 + e with
 * 1 <= e <= size. An object that begins at the multiple x = q * size has x * r = q * 2^64 + q * e:
 * the high word is its index, and the low word, q * e, is below that of the objects' bytes,
 * objects * e, if and only if q < objects. Of any other x = q * size + m, 0 < m < size, the low
 * word is at least r, as q * e + m * r does not reach 2^64 (x < 2^22, the largest slab); and r >
 * 2^42, while objects * e <= 2^22. So one comparison of low words says whether an object begins
 * at x.
 */
#define SLAB_RECIPROCAL(size)	((0 - (u64)(size)) / (size) + 2)
BUILD_ASSERT(CONFIG_SLAB_MAX_ORDER + PAGE_SHIFT <= 22, "SLAB_MAX_ORDER is above 10: lower it");

#define SLAB_CHECKED	(IS_ENABLED(CONFIG_MM_CHECK) || IS_ENABLED(CONFIG_MM_VALIDATE))

/* Flags that name a zone: no magazine can honour them. */
#define GFP_ZONE_FLAGS		(__GFP_DMA | __GFP_DMA32)

/* Of the running CPU's magazine: only its CPU changes it. */
static inline unsigned int magazine_count(const struct kmem_magazine *m)
{
	return (unsigned int)(m->fill / sizeof(void *));
}

static inline void magazine_set_count(struct kmem_magazine *m, unsigned long count)
{
	WRITE_ONCE(m->fill, count * sizeof(void *));
}

/* Objects of a slab, which may have been made with the lesser order. */
static inline unsigned int slab_objects(const struct kmem_cache *cache, const struct page *slab)
{
	return page_order(slab) == cache->order ? cache->objects : cache->min_objects;
}

static inline struct kmem_node *slab_node(struct kmem_cache *cache, const struct page *slab)
{
	return &cache->node[MAX_NUMNODES > 1 ? page_nid(slab) : 0];
}

/* Address of a descriptor less sizeof(struct page) times its frame's virtual page number;
 * without a meaning in classic SPARSEMEM. */
extern unsigned long slab_descriptor_bias;

/*
 * virt_to_page() for paths that are hot. The descriptor's address is linear in the object's unless
 * the model is classic SPARSEMEM, so the three constants of the way there fold into one.
 */
static __always_inline struct page *object_page(const void *object)
{
	if (IS_ENABLED(CONFIG_SPARSEMEM))
		return virt_to_page(object);
	return (struct page *)(((unsigned long)object >> PAGE_SHIFT) * sizeof(struct page) +
			       slab_descriptor_bias);
}

/* The same of the address of a frame, with the bias at hand: one shift, where a page has room for a
 * whole number of descriptors. */
static __always_inline struct page *frame_page(unsigned long frame_va, unsigned long bias)
{
	if (IS_ENABLED(CONFIG_SPARSEMEM) || PAGE_SIZE % sizeof(struct page))
		return object_page((void *)frame_va);
	return (struct page *)(frame_va / (PAGE_SIZE / sizeof(struct page)) + bias);
}

/* ---- slab.c ---- */

/* Rows 0 .. NR_KMALLOC_CLASSES - 1 are kmalloc's, then the static caches. Read by who has an
 * object of the cache in that row; by others through kmem_cache_pin(). */
extern struct kmem_cache *kmem_caches[CONFIG_SLAB_CACHES];

/* An allocation whose gfp asks for more than an object: zeroed. */
void *kmem_cache_alloc_special(struct kmem_cache *cache, gfp_t gfp);
/* A free that finds the magazine full, or object on top of it; with MM_CHECK each one. */
void kmem_cache_flush(struct kmem_cache *cache, void *object);
/* As kmem_cache_drain_step(), but slabs that become empty and are too many go to the chain. */
bool kmem_cache_drain_some(struct kmem_cache *cache, u32 *victims);
/* As kmem_cache_flush for kfree, which has only the number; object stays in its register. */
void kmem_cache_flush_nr(void *object, unsigned int nr);

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
	WRITE_ONCE(m->fill, fill + sizeof(void *));
	arch_local_irq_restore(flags);
	return true;
}

/* ---- slab_pages.c ---- */

/* Both fields of a slab's head: by a store for each where they are the halves of its word, else by
 * one store, where the compiler would put them together with masks. */
static __always_inline void slab_write_back(struct page *slab, long inuse, unsigned long freelist)
{
	u32 account = slab_account(slab) << PAGE_ACCOUNT_SHIFT;
	u16 *half = (u16 *)(void *)&slab->private;

	if (SLAB_COUNT_BITS == 16) {
		half[0] = (u16)inuse;
		barrier();
		half[1] = (u16)freelist;
		return;
	}
	slab->private = account | (u32)(freelist << SLAB_COUNT_BITS | (unsigned long)inuse);
}
BUILD_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	     "inuse and freelist of a slab are not the low parts of one word");

/* Objects hold users' data of any type at other times. */
typedef u64 __attribute__((__may_alias__)) slab_link_t;

static inline char *slab_object(const struct kmem_cache *cache, const struct page *slab,
				unsigned int index)
{
	return (char *)page_address(slab) + (size_t)index * cache->size;
}

static inline slab_link_t *object_link(const struct kmem_cache *cache, void *object)
{
	return (slab_link_t *)(void *)((char *)object + cache->link_offset);
}

/* What the link of a free object at this address is made of beside the index: its address above 16
 * bits, all of it mangled with the cache's secret where there is one. */
static inline u64 link_guard(const struct kmem_cache *cache, const void *object)
{
	u64 guard = (u64)(unsigned long)object << 16;

	(void)cache;
	return guard IF_ENABLED(CONFIG_SLAB_FREELIST_HARDENED, ^ cache->secret);
}

static inline void slab_link_write(const struct kmem_cache *cache, void *object, unsigned int next)
{
	*object_link(cache, object) = link_guard(cache, object) ^ next;
}

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

/* The rest with cache->lock held. */
void slab_attach(struct kmem_cache *cache, struct page *slab);
/* A slab of the CPU's node with a free object, the best one first; NULL without. anywhere:
 * another node's if need be. */
struct page *slab_first(struct kmem_cache *cache, bool anywhere);
/* Takes at most want objects, at least one; returns how many. */
unsigned int slab_take(struct kmem_cache *cache, struct page *slab, void **objects,
		       unsigned int want);
/* Takes nr objects back, or the first of them, until SLAB_MOVES_AT_ONCE slabs have moved; returns
 * how many. Slabs that are empty by it and too many go to the chain *victims. */
unsigned int slab_put(struct kmem_cache *cache, void **objects, unsigned int nr,
		      u32 *victims);
/* Unlinks one empty slab and puts it on the chain; false when there is none. */
bool slab_detach_empty(struct kmem_cache *cache, u32 *victims);

/* ---- slab_depot.c, where IS_ENABLED(CONFIG_SLAB_DEPOT); cache->lock held ---- */

/* Five at a time: a loop of single ones costs twice as much. The lists may overlap if to < from. */
static __always_inline void slots_copy(void **to, void **from, unsigned int nr)
{
	void **end = from + nr;

	for (; from + 4 < end; from += 5, to += 5) {
		void *a = from[0], *b = from[1], *c = from[2], *d = from[3], *e = from[4];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		to[4] = e;
	}
	for (; from < end; from++, to++)
		*to = *from;
}

/* The node's depot; NULL where there are none. */
static inline struct kmem_depot *node_depot(struct kmem_node *node)
{
	struct kmem_depot *depot = NULL;

	(void)node;
	IF_ENABLED(CONFIG_SLAB_DEPOT, depot = &node->depot;)
	return depot;
}

/* Objects in it: of one moment with cache->lock, else a snapshot. */
static inline unsigned int depot_objects(const struct kmem_node *node)
{
	(void)node;
	return IF_ENABLED(CONFIG_SLAB_DEPOT, READ_ONCE(node->depot.nr_objects)) + 0u;
}

/* Takes SLAB_BATCH objects; there is room for them. */
void depot_put(struct kmem_node *node, void **objects);
/* Gives SLAB_BATCH objects, or what there is. */
unsigned int depot_take(struct kmem_node *node, void **objects);
unsigned int depot_take_anywhere(struct kmem_cache *cache, void **objects);
/* Is object in the depot of any node? */
bool depot_holds(const struct kmem_cache *cache, const void *object);
/* A batch of any node back to its slabs, as slab_put(); false when there is none. */
bool depot_drain_step(struct kmem_cache *cache, u32 *victims);

/* ---- slab_grow.c ---- */

/* A new slab, on no list; NULL when memory is out. */
struct page *slab_new(struct kmem_cache *cache, gfp_t gfp);
/* Gives the pages of slabs linked through next_pfn back; returns their number. */
unsigned long slab_release(struct kmem_cache *cache, u32 first_pfn);

/* ---- slab_limit.c, where IS_ENABLED(CONFIG_SLAB_LIMITS) ---- */

/* At most want, as many as the cache's limit leaves. cache->lock held. */
unsigned int limit_room(const struct kmem_cache *cache, unsigned int want);
bool limit_reached(struct kmem_cache *cache);
/* Counts a request that is refused, and says so. */
void limit_refuse(struct kmem_cache *cache, gfp_t gfp);

/* ---- slab_merge.c, where IS_ENABLED(CONFIG_SLAB_MERGE) ---- */

/* Can cache serve for wanted, of which the shape is known? kmem_caches_lock held. */
bool merge_fits(const struct kmem_cache *cache, const struct kmem_cache *wanted);

/* How many a cache serves; NULL where each has its own. */
static inline u32 *kmem_cache_users(struct kmem_cache *cache)
{
	u32 *users = NULL;

	(void)cache;
	IF_ENABLED(CONFIG_SLAB_MERGE, users = &cache->users;)
	return users;
}

/* How many it serves beside its own name: a snapshot. */
static inline unsigned int kmem_cache_merged(struct kmem_cache *cache)
{
	const u32 *users = kmem_cache_users(cache);

	return users ? READ_ONCE(*users) - 1 : 0;
}

/* ---- slab_shuffle.c, where IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM) ---- */

/* All objects of a new slab onto its free list, in random order. */
void slab_shuffle(const struct kmem_cache *cache, struct page *slab);

/* ---- slab_cache.c ---- */

/* What the magazines of all online CPUs hold, back to the slabs; what CPUs put there meanwhile may
 * stay. Process context. */
void kmem_cache_drain_all(struct kmem_cache *cache);

/* Fills in the constants of a cache of which name, object_size, align, flags and ctor are set;
 * false when it cannot be. */
bool kmem_cache_setup(struct kmem_cache *cache, unsigned int nr);

/*
 * The cache in a row below SLAB_CACHES, which does not end before kmem_cache_unpin(); NULL when the
 * row is free, or its cache about to end. Whoever has it neither waits for another CPU nor sleeps
 * until then. Any context.
 */
struct kmem_cache *kmem_cache_pin(unsigned int row);
void kmem_cache_unpin(struct kmem_cache *cache);

/* ---- kmalloc.c ---- */

void kmalloc_init(void);
/* A block of pages that kmalloc handed out; anything else stops the kernel. */
void kfree_pages(void *object);


/* ---- slab_validate.c ---- */

/* CONFIG_MM_VALIDATE: stops the kernel at the first broken rule. No lock held. */
void kmem_cache_validate(struct kmem_cache *cache);

#endif /* MM_SLAB_INTERNAL_H */
