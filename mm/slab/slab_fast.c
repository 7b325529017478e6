/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the three calls that most users make: an object from a cache, back to it, back by
 * address alone.
 *
 * Structure: each function is a leaf, or ends in a jump to the long way (slab.c, kmalloc.c),
 * so it needs no stack frame.
 *
 *	kmem_cache_alloc    gfp plain?    magazine not empty      -> pop
 *	kmem_cache_free                   magazine not full, top? -> push
 *	kfree               descriptor's word: PG_SLAB, number    -> push on that magazine
 *
 * Invariants: S6 (slab_pages.c) and S8 (slab.c) hold for an object that is pushed: this file
 * compares it with the magazine's top, and a flush looks at the rest.
 *
 * Locking: interrupts off around the running CPU's magazine.
 *
 * Bounds: no loop.
 *
 * Configuration: MM_CHECK sends every free the long way. kfree finds a magazine by multiplying;
 * where SLAB_MAGAZINE + 1, its words, is a power of two, as with 31, a shift does, which saves two
 * instructions.
 */
#include "internal.h"

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	if (unlikely(gfp & (__GFP_ZERO | GFP_ZONE_FLAGS)))
		return kmem_cache_alloc_special(cache, gfp);
	return kmem_magazine_alloc(cache->magazine, cache, gfp);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	if (unlikely(!object))
		return;
	if (SLAB_CHECKED || unlikely(!magazine_push(cache->magazine, object)))
		kmem_cache_flush(cache, object);
}

/* Can the descriptor be read at all? Where the array of descriptors is virtual, one that is
 * not there traps and the report shows the address. */
static __always_inline bool descriptor_readable(const void *object)
{
	return (IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) && !SLAB_CHECKED) ||
	       pfn_valid(PFN_DOWN(__pa(object)));
}

/* From the state's bit up a slab's word has PG_SLAB and the number of its cache. */
#define ROW_SHIFT	(PAGE_TAG_SHIFT - PAGE_STATE_SHIFT)
/* The bits of a row's number, as far as SLAB_CACHES goes. */
#define ROW_MASK	(((1ul << BITS_FOR(CONFIG_SLAB_CACHES)) - 1) << ROW_SHIFT)

/* Where a row lies in kmem_magazines, if it can be had of the number still shifted. */
static __always_inline struct kmem_magazine *magazine_of_row(unsigned long row)
{
	size_t bytes = sizeof(struct kmem_magazine);

	if (bytes % (1ul << ROW_SHIFT))
		return &kmem_magazines[row >> ROW_SHIFT];
	return (struct kmem_magazine *)(void *)((char *)kmem_magazines +
						row * (bytes >> ROW_SHIFT));
}

void kfree(const void *object)
{
	void *mine = (void *)(unsigned long)object;
	unsigned long row;

	if (unlikely(ZERO_OR_NULL_PTR(object)))
		return;
	if (unlikely(!descriptor_readable(object))) {
		kfree_pages(mine);
		return;
	}
	/* The difference of two 32-bit words as a register holds it: what is not PG_SLAB leaves a
	 * bit, and so does a descriptor inside a block, which may hold anything and must not lead
	 * out of the rows. */
	row = (READ_ONCE(object_page(object)->word) >> PAGE_STATE_SHIFT) - (unsigned long)PG_SLAB;
	if (unlikely(row & ~ROW_MASK) ||
	    (!is_power_of_2(CONFIG_SLAB_CACHES) &&
	     unlikely(row >> ROW_SHIFT >= CONFIG_SLAB_CACHES)))
		kfree_pages(mine);
	else if (SLAB_CHECKED || unlikely(!magazine_push(magazine_of_row(row), mine)))
		kmem_cache_flush_nr(mine, (unsigned int)(row >> ROW_SHIFT));
}
