/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: takes pages for slabs and gives them back.
 *
 * Structure: a block from alloc_pages() becomes a slab by its descriptors' words alone: state
 * and tag are replaced by PG_SLAB and the cache's number, zone, node, order and type stay. The
 * way back restores them, and makes the inner descriptors PG_TAIL, so that a stale address
 * finds no slab.
 *
 * Invariants: S1 and S3 (slab_pages.c).
 *
 * Locking: none. The block is the caller's until slab_attach() and after its detachment.
 *
 * Bounds: 2^SLAB_MAX_ORDER descriptors, with a ctor or SLAB_FREELIST_RANDOM each object of the slab
 * as well.
 *
 * Configuration: SLAB_MAX_ORDER bounds the block.
 */
#include "internal.h"

#define SLAB_IDENTITY	(PAGE_FIELD_MASK(TAG) | PAGE_FIELD_MASK(STATE))

static u32 slab_word(const struct page *page, u32 tag, enum page_state state)
{
	return (page->word & ~SLAB_IDENTITY) | tag | (u32)state << PAGE_STATE_SHIFT;
}

static struct page *take_pages(const struct kmem_cache *cache, gfp_t gfp)
{
	unsigned int order = cache->order;
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_MOVABLE | __GFP_RECLAIMABLE | GFP_ZONE_FLAGS);
	if (cache->flags & SLAB_RECLAIM_ACCOUNT)
		gfp |= __GFP_RECLAIMABLE;
	if (order == cache->min_order)
		return alloc_pages(gfp, order);
	page = alloc_pages(gfp | __GFP_NOWARN | __GFP_NORETRY, order);
	return page ? page : alloc_pages(gfp, cache->min_order);
}

static struct page *slab_get_pages(const struct kmem_cache *cache, gfp_t gfp)
{
	struct page *page;

	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   struct mem_account *before = account_enter(account_for_slabs());)
	page = take_pages(cache, gfp);
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, account_enter(before);)
	return page;
}

struct page *slab_new(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *slab = slab_get_pages(cache, gfp);
	unsigned long i, head_pfn;
	u32 word, account;

	if (!slab)
		return NULL;
	head_pfn = page_to_pfn(slab);
	account = word_account(slab->word);
	account_note(account, ACCOUNT_SLAB, 1l << page_order(slab));
	word = slab_word(slab, (u32)cache->nr << PAGE_TAG_SHIFT, PG_SLAB);
	for (i = 1; i < 1ul << page_order(slab); i++) {
		WRITE_ONCE(slab[i].word, word);
		slab[i].slab_head_pfn = (u32)head_pfn;
	}
	WRITE_ONCE(slab->word, word);
	slab->private = account << PAGE_ACCOUNT_SHIFT;
	slab->next_pfn = PFN_NONE;
	if (cache->ctor)
		for (i = 0; i < slab_objects(cache, slab); i++)
			cache->ctor(slab_object(cache, slab, (unsigned int)i));
	if (IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM))
		slab_shuffle(cache, slab);
	else
		slab_link_write(cache, slab_object(cache, slab, 0), 0);
	return slab;
}

unsigned long slab_release(struct kmem_cache *cache, u32 first_pfn)
{
	unsigned long pages = 0;

	while (first_pfn != PFN_NONE) {
		struct page *slab = pfn_to_page(first_pfn);
		unsigned int order = page_order(slab), account;
		unsigned long i;

		ASSERT(page_state(slab) == PG_SLAB && slab->inuse == 0,
		       "S3: slab 0x%x of cache %s given back with %u objects in use", first_pfn,
		       cache->name, slab->inuse);
		first_pfn = slab->next_pfn;
		for (i = 1; i < 1ul << order; i++)
			WRITE_ONCE(slab[i].word, PG_TAIL);
		account = slab_account(slab);
		account_note(account, ACCOUNT_SLAB, -(1l << order));
		WRITE_ONCE(slab->word, slab_word(slab, page_tag ^ account << PAGE_ACCOUNT_SHIFT,
						 PG_ALLOCATED));
		__free_pages(slab, order);
		pages += 1ul << order;
	}
	return pages;
}
