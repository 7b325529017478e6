/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the free lists of slabs, and the lists of slabs that have a free object.
 *
 * Structure: a slab is a block of the cache's order (or min_order, when that is all there is),
 * objects side by side from its first byte. Its state lies in the descriptor of the block's
 * head; a free object holds the index of the next one, and the last run of the list is not
 * written at all: an object that links to itself stands for all from there to the end, so a
 * new slab costs one link, not one for each object.
 *
 *	index       0      1      2      3      4      5      6      7
 *	object  | used | -> 3 | used | -> 4 | -> 4 | free | free | free |
 *	freelist = 1, inuse = 2; 4 names itself, so 4 .. 7 were never handed out
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
 * S7  The counters of a node are the sums over its slabs. At most SLAB_KEEP_EMPTY of them have
 *     no object in use, and those are at the end of the list.
 *
 * Locking: cache->lock for lists, free lists and counters. A slab that is on no list and has
 * no object in use belongs to who detached or made it.
 *
 * Bounds: slab_take and slab_put one step for each object, and one for each slab that they meet.
 *
 * Configuration: MM_CHECK walks the free list at each free.
 */
#include <kernel/numa.h>

#include "internal.h"

/* Does object hold a link, to whatever? A free object does, another by the rarest accident. */
static inline bool object_linked(const struct kmem_cache *cache, void *object)
{
	return (*object_link(cache, object) ^ link_guard(object)) >> 16 == 0;
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
	frame_list_add(&node->partial, slab);
	node->nr_partial++;
}

static void partial_add_tail(struct kmem_node *node, struct page *slab)
{
	frame_list_add_tail(&node->partial, slab);
	node->nr_partial++;
}

static void partial_del(struct kmem_node *node, const struct page *slab)
{
	bool linked = frame_list_del(&node->partial, slab);

	ASSERT(linked, "S2: neighbours of slab 0x%lx do not link to it", page_to_pfn(slab));
	node->nr_partial--;
}

/* Head of cache's slab that object lies in; NULL, and why, when it lies in none. */
static struct page *slab_around(const struct kmem_cache *cache, const void *object,
				const char **rule)
{
	unsigned long pfn = PFN_DOWN(__pa(object)), head_pfn;
	struct page *page, *slab;

	*rule = "it lies outside RAM";
	if (!pfn_valid(pfn))
		return NULL;
	page = pfn_to_page(pfn);
	*rule = "its page belongs to something else";
	if (page_state(page) != PG_SLAB || PAGE_FIELD(page->word, TAG) != cache->nr)
		return NULL;
	head_pfn = ALIGN_DOWN(pfn, 1ul << page_order(page));
	if (head_pfn == pfn)
		return page;
	/* An inner descriptor may hold anything: only a head that agrees makes it a slab's. */
	if (!pfn_valid(head_pfn) || page->slab_head_pfn != head_pfn)
		return NULL;
	slab = pfn_to_page(head_pfn);
	return slab->word == page->word ? slab : NULL;
}

/* offset is less than the bytes of a slab. False where no object begins there. */
static inline bool index_at(const struct kmem_cache *cache, unsigned long offset,
			    unsigned int *index)
{
	*index = (unsigned int)(offset * cache->reciprocal >> SLAB_RECIPROCAL_SHIFT);
	return (unsigned long)*index * cache->size == offset;
}

struct page *slab_find(const struct kmem_cache *cache, const void *object, unsigned int *index,
		       const char **rule)
{
	struct page *slab = slab_around(cache, object, rule);

	if (!slab)
		return NULL;
	*rule = "no object begins there";
	if (!index_at(cache, (unsigned long)((const char *)object -
					     (const char *)page_address(slab)), index) ||
	    *index >= slab_objects(cache, slab))
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

static void slab_count(struct kmem_cache *cache, const struct page *slab, int sign)
{
	struct kmem_node *node = slab_node(cache, slab);
	int objects = sign * (int)slab_objects(cache, slab);

	node->nr_slabs += (u32)sign;
	WRITE_ONCE(node->nr_pages, node->nr_pages + (u32)(sign * (1 << page_order(slab))));
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
		ASSERT(pfn_to_page(node->partial.last_pfn)->inuse == 0,
		       "S7: cache %s: an empty slab is not at the end of its list", cache->name);
		slab_detach(cache, pfn_to_page(node->partial.last_pfn), victims);
		return true;
	}
	return false;
}

struct page *slab_first(struct kmem_cache *cache, bool anywhere)
{
	int nid = numa_node_id();

	if (!frame_list_empty(&cache->node[nid].partial))
		return pfn_to_page(cache->node[nid].partial.first_pfn);
	if (!anywhere)
		return NULL;
	for_each_online_node(nid)
		if (!frame_list_empty(&cache->node[nid].partial))
			return pfn_to_page(cache->node[nid].partial.first_pfn);
	return NULL;
}

unsigned int slab_take(struct kmem_cache *cache, struct page *slab, void **objects,
		       unsigned int want)
{
	struct kmem_node *node = slab_node(cache, slab);
	unsigned int at = slab->freelist, total = slab_objects(cache, slab), n = 0, next;

	while (n < want && at != SLAB_NO_OBJECT) {
		char *object = slab_object(cache, slab, at);
		bool whole = slab_link_read(cache, slab, at, &next);

		ASSERT(whole,
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
	ASSERT(slab->inuse + n <= total, "S3: cache %s: slab 0x%lx has more free objects than %u",
	       cache->name, page_to_pfn(slab), total);
	if (at == SLAB_NO_OBJECT || !slab->inuse)
		partial_del(node, slab);
	if (!slab->inuse) {
		/* From among the empty ones to the used ones. */
		node->nr_empty--;
		if (at != SLAB_NO_OBJECT)
			partial_add(node, slab);
	}
	slab->inuse = (u16)(slab->inuse + n);
	slab->freelist = (u16)at;
	node->nr_free -= n;
	return n;
}

/* The slab has no object in use any more, and goes if it is one too many. */
static void slab_emptied(struct kmem_cache *cache, struct page *slab, u32 *victims)
{
	struct kmem_node *node = slab_node(cache, slab);

	if (node->nr_empty >= SLAB_KEEP_EMPTY) {
		slab_detach(cache, slab, victims);
		return;
	}
	partial_del(node, slab);
	partial_add_tail(node, slab);
	node->nr_empty++;
}

/* Puts object, which is index of slab, on the free list. */
static inline void slab_put_one(struct kmem_cache *cache, struct kmem_node *node,
				struct page *slab, void *object, unsigned int index)
{
	/* Walk only to be sure. */
	if (SLAB_CHECKED || unlikely(object_linked(cache, object)))
		ASSERT(!slab_index_free(cache, slab, index),
		       "S6: object 0x%lx of cache %s is freed twice", (unsigned long)object,
		       cache->name);
	ASSERT(slab->inuse > 0, "S3: object 0x%lx of cache %s comes back to an empty slab",
	       (unsigned long)object, cache->name);
	if (unlikely(slab->freelist == SLAB_NO_OBJECT))
		partial_add(node, slab);
	slab_link_write(cache, object, slab->freelist);
	slab->freelist = (u16)index;
	slab->inuse--;
	node->nr_free++;
}

void slab_put(struct kmem_cache *cache, void **objects, unsigned int nr, u32 *victims)
{
	unsigned long base_va = 0, bytes = 0, offset;
	struct kmem_node *node = NULL;
	struct page *slab = NULL;
	unsigned int i, index;
	const char *rule;
	bool at_start;

	for (i = 0; i < nr; i++) {
		offset = (unsigned long)objects[i] - base_va;
		/* Neighbours in a magazine are mostly neighbours in a slab. */
		if (offset >= bytes) {
			slab = slab_around(cache, objects[i], &rule);
			ASSERT(slab, "S4: 0x%lx is no object of cache %s: %s",
			       (unsigned long)objects[i], cache->name, rule);
			node = slab_node(cache, slab);
			base_va = (unsigned long)page_address(slab);
			bytes = (unsigned long)slab_objects(cache, slab) * cache->size;
			offset = (unsigned long)objects[i] - base_va;
		}
		at_start = index_at(cache, offset, &index);
		ASSERT(at_start && offset < bytes,
		       "S4: 0x%lx is no object of cache %s: no object begins there",
		       (unsigned long)objects[i], cache->name);
		slab_put_one(cache, node, slab, objects[i], index);
		/* Had another object of the slab come now, it would have been freed twice, and be
		 * seen as that. */
		if (unlikely(!slab->inuse))
			slab_emptied(cache, slab, victims);
	}
}
