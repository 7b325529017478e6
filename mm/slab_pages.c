/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: slabs, the blocks of pages that hold one cache's objects, and their free lists.
 *
 * Structure: a slab is a block of the cache's order (or min_order, when that is all there is),
 * objects side by side from its first byte. Its state lies in the descriptor of the block's
 * head; a free object holds the index of the next one, and the last run of the list is not
 * written at all: an object that links to itself stands for all from there to the end, so a
 * new slab costs one link, not one for each object.
 *
 *	objects   0     1     2     3     4     5     6     7
 *	        | use |  3  | use |  4  |  4* |  -     -     -  |      freelist = 1, inuse = 2
 *	                 `-----------^ ^---^ itself: 4 .. 7 are free
 *
 * Invariants:
 * S1  All frames of a slab carry PG_SLAB, the number of its cache and the order of the block;
 *     those behind the head name the head.
 * S2  A slab is on its node's list if and only if it has a free object.
 * S3  inuse + free objects = objects of the slab; inuse counts what magazines hold as well.
 * S4  Whatever comes back lies in a slab of its cache, at a multiple of the cache's size.
 * S5  The link of a free object is the complement of its own address above 16 bits of index:
 *     a store to a freed object is seen when the object leaves the list.
 * S6  An object is in one place: with a user, in one magazine, or on its slab's free list.
 * S7  The counters of a node are the sums over its slabs, and at most SLAB_KEEP_EMPTY of them
 *     have no object in use.
 *
 * Locking: cache->lock for lists, free lists and counters. A slab that is on no list and has
 * no object in use belongs to who detached or made it.
 *
 * Bounds: slab_take want steps; slab_put a constant; slab_new and slab_release 2^SLAB_MAX_ORDER
 * descriptors, with a ctor each object of the slab as well.
 *
 * Configuration: SLAB_MAX_ORDER bounds the block. MM_CHECK walks the free list at each free.
 */
#include "slab_internal.h"

/* Objects hold users' data of any type at other times. */
typedef u64 __attribute__((__may_alias__)) slab_link_t;

#define SLAB_IDENTITY	(PAGE_FIELD_MASK(TAG) | PAGE_FIELD_MASK(STATE))

static inline char *slab_object(const struct kmem_cache *cache, const struct page *slab,
				unsigned int index)
{
	return (char *)page_address(slab) + (size_t)index * cache->size;
}

static inline slab_link_t *object_link(const struct kmem_cache *cache, void *object)
{
	return (slab_link_t *)(void *)((char *)object + cache->link_offset);
}

static inline u64 link_guard(const void *object)
{
	return ~(u64)(unsigned long)object << 16;
}

static void slab_link_write(const struct kmem_cache *cache, void *object, unsigned int next)
{
	*object_link(cache, object) = link_guard(object) | next;
}

bool slab_link_read(const struct kmem_cache *cache, const struct page *slab, unsigned int index,
		    unsigned int *next)
{
	void *object = slab_object(cache, slab, index);
	u64 value = *object_link(cache, object) ^ link_guard(object);

	*next = (unsigned int)value;
	return value < slab_objects(cache, slab) || value == SLAB_NO_OBJECT;
}

static void partial_add(struct kmem_node *node, struct page *slab)
{
	u32 pfn = (u32)page_to_pfn(slab);

	slab->prev_pfn = PFN_NONE;
	slab->next_pfn = node->first_pfn;
	if (node->first_pfn == PFN_NONE)
		node->last_pfn = pfn;
	else
		pfn_to_page(node->first_pfn)->prev_pfn = pfn;
	node->first_pfn = pfn;
	node->nr_partial++;
}

static void partial_add_tail(struct kmem_node *node, struct page *slab)
{
	u32 pfn = (u32)page_to_pfn(slab);

	slab->next_pfn = PFN_NONE;
	slab->prev_pfn = node->last_pfn;
	if (node->last_pfn == PFN_NONE)
		node->first_pfn = pfn;
	else
		pfn_to_page(node->last_pfn)->next_pfn = pfn;
	node->last_pfn = pfn;
	node->nr_partial++;
}

static void partial_del(struct kmem_node *node, const struct page *slab)
{
	u32 pfn = (u32)page_to_pfn(slab);
	u32 *back = slab->prev_pfn == PFN_NONE ? &node->first_pfn :
						 &pfn_to_page(slab->prev_pfn)->next_pfn;
	u32 *forth = slab->next_pfn == PFN_NONE ? &node->last_pfn :
						  &pfn_to_page(slab->next_pfn)->prev_pfn;

	ASSERT(*back == pfn && *forth == pfn, "S2: neighbours of slab 0x%x do not link to it", pfn);
	*back = slab->next_pfn;
	*forth = slab->prev_pfn;
	node->nr_partial--;
}

struct page *slab_find(const struct kmem_cache *cache, const void *object, unsigned int *index,
		       const char **rule)
{
	unsigned long pfn = PFN_DOWN(__pa(object)), head_pfn, offset;
	struct page *page, *slab;

	*rule = "it lies outside RAM";
	if (!pfn_valid(pfn))
		return NULL;
	page = pfn_to_page(pfn);
	head_pfn = ALIGN_DOWN(pfn, 1ul << page_order(page));
	*rule = "its page belongs to something else";
	if (page_state(page) != PG_SLAB || PAGE_FIELD(page->word, TAG) != cache->nr ||
	    !pfn_valid(head_pfn))
		return NULL;
	slab = pfn_to_page(head_pfn);
	/* An inner descriptor may hold anything: only a head that agrees makes it a slab's. */
	if (slab->word != page->word || (slab != page && page->slab_head_pfn != head_pfn))
		return NULL;
	*rule = "no object begins there";
	offset = (unsigned long)((const char *)object - (const char *)page_address(slab));
	*index = (unsigned int)offset / cache->size;
	if (offset != (unsigned long)*index * cache->size || *index >= slab_objects(cache, slab))
		return NULL;
	return slab;
}

struct page *slab_of(const struct kmem_cache *cache, const void *object, unsigned int *index)
{
	const char *rule;
	struct page *slab = slab_find(cache, object, index, &rule);

	ASSERT(slab, "S4: 0x%lx is no object of cache %s: %s", (unsigned long)object, cache->name,
	       rule);
	return slab;
}

bool slab_index_free(const struct kmem_cache *cache, const struct page *slab,
		     unsigned int index)
{
	unsigned int at = slab->freelist, next, steps = slab_objects(cache, slab);

	while (at != SLAB_NO_OBJECT && steps--) {
		if (at == index)
			return true;
		if (!slab_link_read(cache, slab, at, &next))
			return false;
		if (next == at)
			return index > at;
		at = next;
	}
	return false;
}

static u32 slab_word(const struct page *page, u32 tag, enum page_state state)
{
	return (page->word & ~SLAB_IDENTITY) | tag | (u32)state << PAGE_STATE_SHIFT;
}

static struct page *slab_get_pages(const struct kmem_cache *cache, gfp_t gfp)
{
	unsigned int order = cache->order;
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_MOVABLE | __GFP_RECLAIMABLE | GFP_ZONE_FLAGS);
	if (cache->flags & SLAB_RECLAIM_ACCOUNT)
		gfp |= __GFP_RECLAIMABLE;
	if (order == cache->min_order)
		return alloc_pages(gfp, order);
	page = alloc_pages(gfp | __GFP_NOWARN, order);
	return page ? page : alloc_pages(gfp, cache->min_order);
}

struct page *slab_new(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *slab = slab_get_pages(cache, gfp);
	unsigned long i, head_pfn;
	u32 word;

	if (!slab)
		return NULL;
	head_pfn = page_to_pfn(slab);
	word = slab_word(slab, (u32)cache->nr << PAGE_TAG_SHIFT, PG_SLAB);
	for (i = 1; i < 1ul << page_order(slab); i++) {
		slab[i].word = word;
		slab[i].slab_head_pfn = (u32)head_pfn;
	}
	slab->word = word;
	slab->inuse = 0;
	slab->freelist = 0;
	if (cache->ctor)
		for (i = 0; i < slab_objects(cache, slab); i++)
			cache->ctor(slab_object(cache, slab, (unsigned int)i));
	slab_link_write(cache, slab_object(cache, slab, 0), 0);
	return slab;
}

unsigned long slab_release(struct kmem_cache *cache, u32 first_pfn)
{
	unsigned long pages = 0;

	while (first_pfn != PFN_NONE) {
		struct page *slab = pfn_to_page(first_pfn);
		unsigned int order = page_order(slab);
		unsigned long i;

		ASSERT(page_state(slab) == PG_SLAB && slab->inuse == 0,
		       "S3: slab 0x%x of cache %s given back with %u objects in use", first_pfn,
		       cache->name, slab->inuse);
		first_pfn = slab->next_pfn;
		for (i = 1; i < 1ul << order; i++)
			slab[i].word = PG_TAIL;
		slab->private = 0;
		slab->word = slab_word(slab, page_tag, PG_ALLOCATED);
		__free_pages(slab, order);
		pages += 1ul << order;
	}
	return pages;
}

static void slab_count(struct kmem_cache *cache, const struct page *slab, int sign)
{
	struct kmem_node *node = slab_node(cache, slab);
	int objects = sign * (int)slab_objects(cache, slab);

	node->nr_slabs += (u32)sign;
	node->nr_pages += (u32)(sign * (1 << page_order(slab)));
	node->nr_objects += (unsigned long)(long)objects;
	node->nr_free += (unsigned long)(long)objects;
}

void slab_attach(struct kmem_cache *cache, struct page *slab)
{
	slab_count(cache, slab, 1);
	slab_node(cache, slab)->nr_empty++;
	partial_add_tail(slab_node(cache, slab), slab);
}

/* slab is empty, on the list and no longer counted as one to keep. */
static void slab_detach(struct kmem_cache *cache, struct page *slab, u32 *victims)
{
	partial_del(slab_node(cache, slab), slab);
	slab_count(cache, slab, -1);
	slab->next_pfn = *victims;
	*victims = (u32)page_to_pfn(slab);
}

bool slab_detach_empty(struct kmem_cache *cache, u32 *victims)
{
	int nid;

	for_each_online_node(nid) {
		struct kmem_node *node = &cache->node[nid];

		if (!node->nr_empty)
			continue;
		node->nr_empty--;
		ASSERT(pfn_to_page(node->last_pfn)->inuse == 0,
		       "S7: cache %s: an empty slab is not at the end of its list", cache->name);
		slab_detach(cache, pfn_to_page(node->last_pfn), victims);
		return true;
	}
	return false;
}

struct page *slab_first(struct kmem_cache *cache)
{
	int nid;

	for_each_online_node(nid)
		if (cache->node[nid].first_pfn != PFN_NONE)
			return pfn_to_page(cache->node[nid].first_pfn);
	return NULL;
}

unsigned int slab_take(struct kmem_cache *cache, struct page *slab, void **objects,
		       unsigned int want)
{
	struct kmem_node *node = slab_node(cache, slab);
	unsigned int at = slab->freelist, total = slab_objects(cache, slab), n = 0, next;

	while (n < want && at != SLAB_NO_OBJECT) {
		char *object = slab_object(cache, slab, at);

		ASSERT(slab_link_read(cache, slab, at, &next),
		       "S5: cache %s: free object 0x%lx was written to: 0x%lx", cache->name,
		       (unsigned long)object, (unsigned long)*object_link(cache, object));
		/* Without the link, the next free of this object needs no walk. */
		*object_link(cache, object) = 0;
		if (next == at) {
			next = at + 1 < total ? at + 1 : SLAB_NO_OBJECT;
			if (next != SLAB_NO_OBJECT)
				slab_link_write(cache, object + cache->size, next);
		}
		objects[n++] = object;
		at = next;
	}
	if (!slab->inuse)
		node->nr_empty--;
	ASSERT(slab->inuse + n <= total, "S3: cache %s: slab 0x%lx has more free objects than %u",
	       cache->name, page_to_pfn(slab), total);
	slab->inuse = (u16)(slab->inuse + n);
	slab->freelist = (u16)at;
	node->nr_free -= n;
	if (at == SLAB_NO_OBJECT)
		partial_del(node, slab);
	return n;
}

void slab_put(struct kmem_cache *cache, void *object, u32 *victims)
{
	unsigned int index, next;
	struct page *slab = slab_of(cache, object, &index);
	struct kmem_node *node = slab_node(cache, slab);

	/* A link in an object that is not free would be an accident: walk only to be sure. */
	if (SLAB_CHECKED || slab_link_read(cache, slab, index, &next))
		ASSERT(!slab_index_free(cache, slab, index),
		       "S6: object 0x%lx of cache %s is freed twice", (unsigned long)object,
		       cache->name);
	ASSERT(slab->inuse > 0, "S3: object 0x%lx of cache %s comes back to an empty slab",
	       (unsigned long)object, cache->name);
	if (slab->freelist == SLAB_NO_OBJECT)
		partial_add(node, slab);
	slab_link_write(cache, object, slab->freelist);
	slab->freelist = (u16)index;
	slab->inuse--;
	node->nr_free++;
	if (slab->inuse)
		return;
	if (node->nr_empty >= SLAB_KEEP_EMPTY) {
		slab_detach(cache, slab, victims);
	} else {
		partial_del(node, slab);
		partial_add_tail(node, slab);
		node->nr_empty++;
	}
}
