/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: allocation by size.
 *
 * Structure: sizes up to KMALLOC_CLASS_BYTES are rounded up to a class, which is a cache; the
 * number of a class is arithmetic on the size (kmalloc_class), so a constant size is a
 * constant magazine. Larger sizes, and those that name a zone, are blocks of pages. The page
 * descriptor of an object's frame says which of the two it is, and of which cache: kfree
 * (slab_fast.c) needs nothing but the address.
 *
 *	descriptor's word     PG_SLAB, cache number       -> push on kmem_magazines[number]
 *	                      PG_ALLOCATED, order, + mark -> __free_pages(order)
 *
 * Invariants:
 * KM1 Cache kmalloc_class(n) holds objects of at least n bytes, for every n up to
 *     KMALLOC_CLASS_BYTES, and no smaller class does.
 * KM2 A block of pages that kmalloc handed out carries KMALLOC_MARK in its descriptor and goes
 *     back by the address of its first byte.
 *
 * Locking: none of its own.
 *
 * Configuration: KMALLOC_MIN_SHIFT, KMALLOC_MAX_SHIFT and SLAB_MAX_ORDER bound the classes,
 * KMALLOC_EXTRA_CLASSES adds 96 and 192.
 */
#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/string.h>

#include "internal.h"

/* "kmal": tells kmalloc's blocks from those of alloc_pages()'s other users. */
#define KMALLOC_MARK	0x6b6d616cu

/* A use before boot finds an empty magazine, and then the assertion in kmem_cache_refill. */
/* [f] */
struct kmem_cache kmalloc_caches[NR_KMALLOC_CLASSES] = {
	[0 ... NR_KMALLOC_CLASSES - 1] = { .magazine = kmem_magazines }
};

unsigned long slab_descriptor_bias;	/* [c] */

/* Every class that any configuration has, ascending. */
static const struct {
	u32 bytes;
	const char *name;
} kmalloc_rows[] __initconst = {
	{ 8, "kmalloc-8" },
	{ 16, "kmalloc-16" },
	{ 32, "kmalloc-32" },
	{ 64, "kmalloc-64" },
	{ 96, "kmalloc-96" },
	{ 128, "kmalloc-128" },
	{ 192, "kmalloc-192" },
	{ 256, "kmalloc-256" },
	{ 512, "kmalloc-512" },
	{ 1024, "kmalloc-1k" },
	{ 2048, "kmalloc-2k" },
	{ 4096, "kmalloc-4k" },
	{ 8192, "kmalloc-8k" },
};

static bool __init class_exists(u32 bytes)
{
	if (bytes == 96)
		return KMALLOC_HAS_96;
	if (bytes == 192)
		return KMALLOC_HAS_192;
	return bytes >= 1ul << CONFIG_KMALLOC_MIN_SHIFT && bytes <= KMALLOC_CLASS_BYTES;
}

void __init kmalloc_init(void)
{
	unsigned long first_va = (unsigned long)__va(PFN_PHYS(min_low_pfn));
	unsigned int i, nr = 0;

	slab_descriptor_bias = (unsigned long)pfn_to_page(min_low_pfn) -
			       (first_va >> PAGE_SHIFT) * sizeof(struct page);
	for (i = 0; i < ARRAY_SIZE(kmalloc_rows); i++) {
		u32 bytes = kmalloc_rows[i].bytes;
		struct kmem_cache *cache;
		bool made;

		if (!class_exists(bytes))
			continue;
		ASSERT(nr < NR_KMALLOC_CLASSES && kmalloc_class(bytes) == nr,
		       "KM1: class of %u bytes is %u, not %u", bytes, kmalloc_class(bytes), nr);
		cache = &kmalloc_caches[nr];
		cache->name = kmalloc_rows[i].name;
		cache->object_size = bytes;
		/* The lowest set bit: powers of two are aligned to themselves, 96 to 32. */
		cache->align = bytes & -bytes;
		made = kmem_cache_setup(cache, nr);
		ASSERT(made, "KM1: no slab holds an object of %u bytes", bytes);
		kmem_caches[nr++] = cache;
	}
	ASSERT(nr == NR_KMALLOC_CLASSES, "KM1: %u classes, not %u", nr, NR_KMALLOC_CLASSES);
}

static void *kmalloc_pages(size_t size, gfp_t gfp)
{
	unsigned int order = fls64((size - 1) >> PAGE_SHIFT);
	struct page *page = alloc_pages(gfp & ~(__GFP_MOVABLE | __GFP_RECLAIMABLE), order);

	if (!page)
		return NULL;
	page->private = KMALLOC_MARK;
	return page_address(page);
}

void *__kmalloc(size_t size, gfp_t gfp)
{
	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	if (likely(size <= KMALLOC_CLASS_BYTES && !(gfp & GFP_ZONE_FLAGS)))
		return kmem_cache_alloc(&kmalloc_caches[kmalloc_class(size)], gfp);
	if (size > KMALLOC_MAX_BYTES)
		return NULL;
	return kmalloc_pages(size, gfp);
}

/* The block of pages that object is; whatever else it is stops the kernel. */
static struct page *kmalloc_block(const void *object, const char *what)
{
	unsigned long pfn = PFN_DOWN(__pa(object));
	struct page *page;

	if (!pfn_valid(pfn))
		panic("KM2: %s of 0x%lx, which lies outside RAM", what, (unsigned long)object);
	page = pfn_to_page(pfn);
	if (!IS_ALIGNED((unsigned long)object, PAGE_SIZE) || page_state(page) != PG_ALLOCATED ||
	    ((page->word ^ page_tag) & PAGE_TAG_KEPT) || page->private != KMALLOC_MARK)
		panic("KM2: %s of 0x%lx, which kmalloc did not hand out: its frame is %s", what,
		      (unsigned long)object, page_state_name(page_state(page)));
	return page;
}

void kfree_pages(void *object)
{
	struct page *page = kmalloc_block(object, "kfree");

	page->private = 0;
	__free_pages(page, page_order(page));
}

size_t ksize(const void *object)
{
	unsigned long pfn;

	if (ZERO_OR_NULL_PTR(object))
		return 0;
	pfn = PFN_DOWN(__pa(object));
	if (pfn_valid(pfn) && page_state(pfn_to_page(pfn)) == PG_SLAB) {
		unsigned int nr = PAGE_FIELD(pfn_to_page(pfn)->word, TAG), index;

		ASSERT(nr < CONFIG_SLAB_CACHES && kmem_caches[nr],
		       "S1: 0x%lx lies in a slab of cache %u, which does not exist",
		       (unsigned long)object, nr);
		slab_of(kmem_caches[nr], object, &index);
		return kmem_caches[nr]->object_size;
	}
	return PAGE_SIZE << page_order(kmalloc_block(object, "ksize"));
}

void *krealloc(const void *object, size_t size, gfp_t gfp)
{
	size_t old = ksize(object);
	void *new;

	if (!size) {
		kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (size <= old)
		return (void *)(unsigned long)object;
	new = __kmalloc(size, gfp);
	if (!new)
		return NULL;
	if (old)
		memcpy(new, object, old);
	kfree(object);
	return new;
}
