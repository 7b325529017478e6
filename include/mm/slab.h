/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <kernel/bitops.h>
#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/types.h>
#include <mm/gfp.h>
#include <mm/slab_types.h>

#define SLAB_HWCACHE_ALIGN	0x1u	/* no object lies in more cache lines than it must */
#define SLAB_RECLAIM_ACCOUNT	0x2u	/* pages are asked for as reclaimable */
#define SLAB_PANIC		0x4u	/* creation must not fail */
#define SLAB_NO_MERGE		0x8u	/* a cache of its own, whatever CONFIG_SLAB_MERGE says */

/*
 * A cache that is there from boot on: static DEFINE_KMEM_CACHE(foo_cache, "foo",
 * sizeof(struct foo), 0, 0); then kmem_cache_alloc(&foo_cache, ...). Arguments as for
 * kmem_cache_create(); boot stops when it cannot be made.
 */
#define DEFINE_KMEM_CACHE(_var, _name, _size, _align, _flags) \
	struct kmem_cache _var __used __section(".kmem_caches") \
			       __aligned(__alignof__(struct kmem_cache)) = { \
		.magazine = kmem_magazines, .name = _name, .object_size = _size, \
		.align = _align, .flags = _flags, .lock = SPINLOCK_INIT(LOCK_CACHE) }

/* A cache of structs, called as the struct is and aligned as it asks. */
#define KMEM_CACHE(_struct, _flags) \
	kmem_cache_create(#_struct, sizeof(struct _struct), __alignof__(struct _struct), _flags, \
			  NULL)

/*
 * A cache of objects of size bytes, aligned to align (a power of two, 0 for 8). name lives as
 * long as the cache. ctor, if any, runs on each object when its slab is made, not at each
 * allocation; objects are given back constructed. NULL when size is 0 or too large for
 * SLAB_MAX_ORDER, SLAB_CACHES exist, or memory is out. Process context.
 *
 * With CONFIG_SLAB_MERGE a cache that is there already may serve: name and size are then its own,
 * kmem_cache_destroy() ends it with the last of those that it serves, and objects that the others
 * leave behind are not noticed. SLAB_NO_MERGE, a ctor and a limit keep a cache apart.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *)) __must_check;

/*
 * Every object is back; -EBUSY with a message otherwise, and the cache stays. -EINVAL for
 * static caches and kmalloc's. Nobody else uses the cache any more; views that read it and CPUs
 * that drain it are waited for. Process context.
 */
int kmem_cache_destroy(struct kmem_cache *cache) __must_check;

/*
 * CONFIG_SLAB_LIMITS: from now on at most so many objects are in use at once, 0 for as many as
 * memory has; what is in use beyond that stays. A request beyond it is NULL, and a sentence in the
 * log names the cache. Free objects that other CPUs keep at hand count as in use to who may not
 * wait; who may waits until they are back. -EINVAL for kmalloc's caches, -EBUSY for
 * one that serves several. Any context.
 */
int kmem_cache_set_limit(struct kmem_cache *cache, unsigned long objects) __must_check;

/*
 * One object; NULL when memory is out. gfp: __GFP_ZERO (not with a ctor) and the page flags
 * but for those that name a zone; it says which contexts may call (mm/gfp.h).
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) __must_check;
/* object came from cache; anything else stops the kernel with a report, at the latest when the
 * CPU's magazine is given back. NULL is ignored. Any context. */
void kmem_cache_free(struct kmem_cache *cache, void *object);

static inline __must_check void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

/* nr objects or none: returns nr or 0. */
size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr,
			     void **objects) __must_check;
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects);

/*
 * Objects put by for one caller. After kmem_cache_prefill() has returned 0, n calls of
 * kmem_cache_alloc_prefilled() with the same p give an object each, whatever happens to memory and
 * on whatever CPU and in whatever context they come; one more stops the kernel. -ENOMEM, and
 * nothing is taken, when there are not so many; gfp is that of kmem_cache_alloc() and says who may
 * call. To the cache the objects are in use; what is left of them goes back by
 * kmem_cache_return_prefilled(), from any context. Who shares p with others serialises them.
 */
struct kmem_prefill {
	struct kmem_cache *cache;
	void *first;
	unsigned int nr;		/* left */
	bool zero;			/* objects come cleared */
};

int kmem_cache_prefill(struct kmem_prefill *p, struct kmem_cache *cache, unsigned int n,
		       gfp_t gfp) __must_check;
void *kmem_cache_alloc_prefilled(struct kmem_prefill *p) __must_check;
void kmem_cache_return_prefilled(struct kmem_prefill *p);

/* Gives empty slabs and every CPU's magazine back; returns pages freed. Process context. */
unsigned long kmem_cache_shrink(struct kmem_cache *cache);
/* What the magazines of all CPUs hold, of all caches. Process context. */
void kmem_caches_drain_all(void);
/* The running CPU's magazine back to the slabs; a step of it, half a magazine at most, is what a
 * cross-call runs on each CPU: false when nothing is left. */
void kmem_cache_drain_local(struct kmem_cache *cache);
bool kmem_cache_drain_step(struct kmem_cache *cache);

unsigned int kmem_cache_size(const struct kmem_cache *cache);
const char *kmem_cache_name(const struct kmem_cache *cache);

/*
 * kmalloc's classes, ascending, are the caches 0 .. NR_KMALLOC_CLASSES - 1: powers of two from
 * the smallest to two pages (or what a slab or KMALLOC_MAX_SHIFT allows), and 96 and 192 where
 * they keep the alignment of the smallest class.
 */
#define KMALLOC_MAX_BYTES	(1ul << CONFIG_KMALLOC_MAX_SHIFT)
#define KMALLOC_CLASS_SHIFT	MIN_CONST(CONFIG_KMALLOC_MAX_SHIFT, \
					  PAGE_SHIFT + MIN_CONST(CONFIG_SLAB_MAX_ORDER, 1))
#define KMALLOC_CLASS_BYTES	(1ul << KMALLOC_CLASS_SHIFT)
#define KMALLOC_HAS_96		(IS_ENABLED(CONFIG_KMALLOC_EXTRA_CLASSES) && \
				 CONFIG_KMALLOC_MIN_SHIFT <= 5 && KMALLOC_CLASS_SHIFT >= 7)
#define KMALLOC_HAS_192		(IS_ENABLED(CONFIG_KMALLOC_EXTRA_CLASSES) && \
				 CONFIG_KMALLOC_MIN_SHIFT <= 6 && KMALLOC_CLASS_SHIFT >= 8)
#define NR_KMALLOC_CLASSES	(KMALLOC_CLASS_SHIFT - CONFIG_KMALLOC_MIN_SHIFT + 1 + \
				 KMALLOC_HAS_96 + KMALLOC_HAS_192)

extern struct kmem_cache kmalloc_caches[NR_KMALLOC_CLASSES];

/* Class for 1 .. KMALLOC_CLASS_BYTES bytes. Each extra class moves those above it up by one. */
static __always_inline unsigned int kmalloc_class(size_t size)
{
	unsigned int shift = fls64(size - 1);

	shift = shift < CONFIG_KMALLOC_MIN_SHIFT ? CONFIG_KMALLOC_MIN_SHIFT : shift;
	return shift - CONFIG_KMALLOC_MIN_SHIFT + (KMALLOC_HAS_96 && size > 96) +
	       (KMALLOC_HAS_192 && size > 192);
}

/*
 * kmalloc: at most KMALLOC_MAX_BYTES, at least 2^KMALLOC_MIN_SHIFT aligned, powers of two
 * naturally aligned; beyond the classes, whole blocks of pages. size 0 gives ZERO_SIZE_PTR,
 * which may be freed and not read. A request for a zone (GFP_DMA, GFP_DMA32) is met with whole
 * pages. NULL when memory is out. gfp says which contexts may call (mm/gfp.h).
 */
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(p)	((unsigned long)(p) <= (unsigned long)ZERO_SIZE_PTR)

void *__kmalloc(size_t size, gfp_t gfp) __must_check;
/* Grows or shrinks, in place where ksize() allows; the old object stays when NULL comes back.
 * With __GFP_ZERO bytes beyond the old ksize() are zero, those below it as they were. */
void *krealloc(const void *object, size_t size, gfp_t gfp) __must_check;
/* NULL is ignored. What kmalloc or a cache did not hand out stops the kernel with a report. */
void kfree(const void *object);
/* Bytes that may be used of object; 0 for NULL and ZERO_SIZE_PTR. */
size_t ksize(const void *object);

/* Constant arguments fold to the class's magazine; checked builds take the long way. */
static __always_inline __must_check void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && __builtin_constant_p(gfp) && size &&
	    size <= KMALLOC_CLASS_BYTES && !(gfp & (__GFP_ZERO | __GFP_DMA | __GFP_DMA32)) &&
	    IS_ENABLED(CONFIG_MM_ASSERT)) {
		unsigned int class = kmalloc_class(size);

		return kmem_magazine_alloc(&kmem_magazines[class], &kmalloc_caches[class], gfp);
	}
	return __kmalloc(size, gfp);
}

static inline __must_check void *kzalloc(size_t size, gfp_t gfp)
{
	return __kmalloc(size, gfp | __GFP_ZERO);
}

/* n objects of size bytes; NULL when the product overflows. */
static inline __must_check void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return __kmalloc(bytes, gfp);
}

/* Boot: kmalloc's caches, then the static ones. */
void kmem_cache_init(void);

/*
 * Checks every slab with a free object and every magazine of every cache; NULL or the first
 * broken rule. No CPU changes its magazines meanwhile.
 */
const char *slab_validate(void);

#endif /* MM_SLAB_H */
