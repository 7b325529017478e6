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

/*
 * virt_to_page() for the hot path. The descriptor's address is linear in the object's unless
 * the model is classic SPARSEMEM, so the three constants of the way there fold into one.
 */
static __always_inline struct page *object_page(const void *object)
{
	if (IS_ENABLED(CONFIG_SPARSEMEM))
		return virt_to_page(object);
	return (struct page *)(((unsigned long)object >> PAGE_SHIFT) * sizeof(struct page) +
			       slab_descriptor_bias);
}

/* Can the descriptor be read at all? Where the array of descriptors is virtual, one that is
 * not there traps and the report shows the address. */
static __always_inline bool descriptor_readable(const void *object)
{
	return (IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) && !SLAB_CHECKED) ||
	       pfn_valid(PFN_DOWN(__pa(object)));
}

void kfree(const void *object)
{
	void *mine = (void *)(unsigned long)object;
	unsigned long nr;
	u32 word;

	if (unlikely(ZERO_OR_NULL_PTR(object)))
		return;
	if (unlikely(!descriptor_readable(object))) {
		kfree_pages(mine);
		return;
	}
	word = READ_ONCE(object_page(object)->word);
	nr = word >> PAGE_TAG_SHIFT;
	/* A descriptor inside a block may hold anything: no number may lead out of the rows. */
	if (unlikely(PAGE_FIELD(word, STATE) != PG_SLAB || nr >= CONFIG_SLAB_CACHES))
		kfree_pages(mine);
	else if (SLAB_CHECKED || unlikely(!magazine_push(&kmem_magazines[nr], mine)))
		kmem_cache_flush_nr((unsigned int)nr, mine);
}
