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
 * S5  The link of a free object is the object's own address above 16 bits of index, mangled with
 *     the cache's secret where there is one: a store to a freed object is seen when the object
 *     leaves the list.
 * S6  An object is in one place: with a user, in one magazine, or on its slab's free list.
 * S7  The counters of a node are the sums over its slabs. At most SLAB_KEEP_EMPTY of them have
 *     no object in use, and those are at the end of the list.
 *
 * Locking: cache->lock for lists, free lists and counters. A slab that is on no list and has
 * no object in use belongs to who detached or made it.
 *
 * Bounds: slab_take and slab_put one step for each object, and one for each slab that they meet;
 * slab_put stops behind SLAB_MOVES_AT_ONCE that join or leave a list.
 *
 * Configuration: MM_CHECK walks the free list at each free. With SLAB_FREELIST_HARDENED each cache
 * has a secret, with SLAB_FREELIST_RANDOM a new slab's list is whole from the start
 * (slab_shuffle.c).
 */
#include <kernel/numa.h>

#include "internal.h"

/* Why something is no object, as two find out. */
#define OUTSIDE_RAM	"it lies outside RAM"
#define NOT_A_START	"no object begins there"

bool slab_link_read(const struct kmem_cache *cache, const struct page *slab, unsigned int index,
		    unsigned int *next)
{
	void *object = slab_object(cache, slab, index);
	u64 value = *object_link(cache, object) ^ link_guard(cache, object);

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

	*rule = OUTSIDE_RAM;
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

/* Of the object that begins at offset in its slab; offset is less than the slab's bytes. */
static inline unsigned long slab_index_at(unsigned long offset, u64 reciprocal)
{
	__extension__ typedef unsigned __int128 product;

	return (unsigned long)((product)offset * reciprocal >> 64);
}

struct page *slab_find(const struct kmem_cache *cache, const void *object, unsigned int *index,
		       const char **rule)
{
	struct page *slab = slab_around(cache, object, rule);
	unsigned long offset;

	if (!slab)
		return NULL;
	*rule = NOT_A_START;
	offset = (unsigned long)object - (unsigned long)page_address(slab);
	*index = (unsigned int)slab_index_at(offset, cache->reciprocal);
	return (unsigned long)*index * cache->size == offset &&
	       *index < slab_objects(cache, slab) ? slab : NULL;
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

static inline void slab_count(struct kmem_cache *cache, const struct page *slab, int sign)
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

/* Objects nr from object on were never handed out. Without a link, which may be left from a former
 * life of the page, the next free of such an object needs no walk. */
static inline char *take_run(const struct kmem_cache *cache, char *object, void **objects,
			     unsigned int nr)
{
	unsigned long size = cache->size, link_offset = cache->link_offset;
	void **end = objects + nr;

	do {
		*(slab_link_t *)(void *)(object + link_offset) = 0;
		*objects++ = object;
		object += size;
	} while (objects != end);
	return object;
}

/* Takes objects off the free list of a slab; returns how many, and where the list begins now. */
static unsigned int take_listed(const struct kmem_cache *cache, const struct page *slab,
				void **objects, unsigned int want, unsigned int *freelist)
{
	unsigned long at = *freelist, next, total = slab_objects(cache, slab);
	char *base = page_address(slab), *object;
	unsigned int n = 0, run;
	slab_link_t *link;

	while (n < want && at != SLAB_NO_OBJECT) {
		object = base + at * cache->size;
		link = object_link(cache, object);
		next = *link ^ link_guard(cache, object);
		ASSERT(next < total || next == SLAB_NO_OBJECT,
		       "S5: cache %s: free object 0x%lx was written to: 0x%lx", cache->name,
		       (unsigned long)object, (unsigned long)*link);
		if (next == at) {
			run = (unsigned int)min_t(unsigned long, want - n, total - at);
			object = take_run(cache, object, objects + n, run);
			n += run;
			at += run;
			if (at >= total)
				at = SLAB_NO_OBJECT;
			else
				slab_link_write(cache, object, (unsigned int)at);
			break;
		}
		*link = 0;
		objects[n++] = object;
		at = next;
	}
	*freelist = (unsigned int)at;
	return n;
}

unsigned int slab_take(struct kmem_cache *cache, struct page *slab, void **objects,
		       unsigned int want)
{
	struct kmem_node *node = slab_node(cache, slab);
	unsigned int at = slab->freelist, n = take_listed(cache, slab, objects, want, &at);

	ASSERT(slab->inuse + n <= slab_objects(cache, slab),
	       "S3: cache %s: slab 0x%lx has more free objects than %u", cache->name,
	       page_to_pfn(slab), slab_objects(cache, slab));
	if (at == SLAB_NO_OBJECT || !slab->inuse)
		partial_del(node, slab);
	if (!slab->inuse) {
		/* From among the empty ones to the used ones. */
		node->nr_empty--;
		if (at != SLAB_NO_OBJECT)
			partial_add(node, slab);
	}
	slab_write_back(slab, (long)(slab->inuse + n), at);
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

/* What slabs of a cache share that have the same order; most are of one. */
struct slab_kind {
	unsigned long mask;	/* of an address: the slab's */
	u32 word;		/* of a slab's head, above what is not the same in all of them */
	unsigned long bytes;	/* of the objects */
	u64 starts;		/* the low word of bytes * cache->reciprocal: SLAB_RECIPROCAL */
};

/*
 * What slab_put has at hand: the slab of the last object, whose free list and count are written
 * back when an object of another one comes. Nothing but values goes to functions that are not
 * inlined, so that all of it stays in registers.
 */
struct slab_cursor {
	struct page *slab;
	unsigned long base_va;		/* of its objects */
	struct slab_kind kind;
	unsigned long freelist;
	long inuse;			/* below 0 when more came back than were in use */
	long was_inuse;			/* when it came to hand */
	long moves;			/* slabs that may yet join or leave a list */
	void **end;			/* of the objects that are taken back */
};

/* A slab has joined a list or left it: with too many, the object at hand is the last one, and
 * objects is behind it. */
static __always_inline void cursor_moved(struct slab_cursor *c, void **objects)
{
	if (--c->moves == 0)
		c->end = objects;
}

/* Interrupts off: the last object in use came back. Or more than were in use: below 0. */
static void cursor_emptied(struct kmem_cache *cache, struct page *slab, long inuse, u32 *victims)
{
	ASSERT(inuse == 0, "S3: objects of cache %s come back to slab 0x%lx, which is empty",
	       cache->name, page_to_pfn(slab));
	slab_emptied(cache, slab, victims);
}

static __always_inline void cursor_close(struct kmem_cache *cache, struct slab_cursor *c,
					 void **objects, u32 *victims)
{
	if (MAX_NUMNODES > 1)
		slab_node(cache, c->slab)->nr_free += (unsigned long)(c->was_inuse - c->inuse);
	slab_write_back(c->slab, c->inuse, c->freelist);
	if (unlikely(c->inuse <= 0)) {
		cursor_emptied(cache, c->slab, c->inuse, victims);
		cursor_moved(c, objects);
	}
}

/* Of a section or a zone, in the linear map: the descriptors of its frames can be read. */
struct readable {
	unsigned long first_va, bytes;
};

static __always_inline struct readable readable_frames(unsigned long first_pfn,
						       unsigned long nr_frames)
{
	return (struct readable){ (unsigned long)__va(PFN_PHYS(first_pfn)), PFN_PHYS(nr_frames) };
}

/* The object's zone, if its sections lie side by side: then most objects are of one. Else its
 * section. */
static __noinline struct readable readable_around(const struct kmem_cache *cache,
						  const void *object)
{
	unsigned long pfn = PFN_DOWN(__pa(object));
	const struct mem_section *section;
	unsigned long first_pfn, nr_frames;
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone->pageblock_bias && pfn - zone->zone_start_pfn < zone->spanned_pages)
			return readable_frames(zone->zone_start_pfn, zone->spanned_pages);
	section = pfn_to_section(pfn);
	first_pfn = section ? section->start_pfn : 0;
	nr_frames = section ? section->end_pfn - first_pfn : 0;
	/* As in pfn_valid(). */
	ASSERT(pfn - first_pfn < nr_frames, "S4: 0x%lx is no object of cache %s: " OUTSIDE_RAM,
	       (unsigned long)object, cache->name);
	return readable_frames(first_pfn, nr_frames);
}

static __always_inline struct slab_kind slab_kind_of(const struct kmem_cache *cache,
						     unsigned long order, unsigned long objects)
{
	unsigned long bytes = objects * cache->size;

	return (struct slab_kind){
		.mask = -PAGE_SIZE << order,
		.word = (u32)cache->nr << (PAGE_TAG_SHIFT - PAGE_ORDER_SHIFT) |
			(u32)PG_SLAB << (PAGE_STATE_SHIFT - PAGE_ORDER_SHIFT) | (u32)order,
		.bytes = bytes,
		.starts = bytes * cache->reciprocal,
	};
}
BUILD_ASSERT(PAGE_ORDER_SHIFT == PAGE_NODE_LAST + 1,
	     "order, state and tag are not the high end of a frame's word");

static __always_inline bool can_read(const struct readable *readable, unsigned long va)
{
	return va - readable->first_va < readable->bytes;
}

/* Does a slab of the kind at hand begin at base_va? bias is slab_descriptor_bias, read once. */
static __always_inline bool kind_fits(const struct slab_cursor *c, const struct readable *readable,
				      unsigned long bias)
{
	/* Where a slab of this order would begin there may be no RAM. */
	return likely(can_read(readable, c->base_va)) &&
	       likely(frame_page(c->base_va, bias)->word >> PAGE_ORDER_SHIFT == c->kind.word);
}

/* Makes the object's slab the one at hand. */
static __always_inline void cursor_open(struct kmem_cache *cache, struct slab_cursor *c,
					const void *object, void **objects, unsigned long bias,
					struct readable *readable)
{
	struct page *slab;

	c->base_va = (unsigned long)object & c->kind.mask;
	if (unlikely(!can_read(readable, c->base_va)))
		*readable = readable_around(cache, object);
	if (likely(kind_fits(c, readable, bias))) {
		slab = frame_page(c->base_va, bias);
	} else {
		unsigned int index;

		slab = slab_of(cache, object, &index);
		c->base_va = (unsigned long)page_address(slab);
		c->kind = slab_kind_of(cache, page_order(slab), slab_objects(cache, slab));
	}
	c->slab = slab;
	c->inuse = c->was_inuse = slab->inuse;
	c->freelist = slab->freelist;
	if (unlikely(c->freelist == SLAB_NO_OBJECT)) {
		partial_add(slab_node(cache, slab), slab);
		cursor_moved(c, objects);
	}
}

/* Object has a link, or every free is looked at: walk the list to be sure. */
static __noinline void must_not_be_free(const struct kmem_cache *cache, struct page *slab,
					const void *object, unsigned long offset)
{
	u64 paused_at = IS_ENABLED(CONFIG_LATENCY_TRACE) ? latency_pause() : 0;
	unsigned int index = (unsigned int)slab_index_at(offset, cache->reciprocal);
	bool is_free = slab_index_free(cache, slab, index);

	if (IS_ENABLED(CONFIG_LATENCY_TRACE))
		latency_resume(paused_at);
	ASSERT(!is_free, "S6: object 0x%lx of cache %s is freed twice", (unsigned long)object,
	       cache->name);
}

unsigned int slab_put(struct kmem_cache *cache, void **objects, unsigned int nr, u32 *victims)
{
	const unsigned long link_offset = cache->link_offset, bias = slab_descriptor_bias;
	const u64 reciprocal = cache->reciprocal;
	void **first = objects;
	struct readable readable;
	struct slab_cursor c;

	if (unlikely(!nr))
		return 0;
	readable = readable_around(cache, *objects);
	c.kind = slab_kind_of(cache, cache->order, cache->objects);
	c.end = objects + nr;
	c.moves = SLAB_MOVES_AT_ONCE;
	cursor_open(cache, &c, *objects, objects + 1, bias, &readable);
	do {
		char *object = *objects++;
		slab_link_t *link = (slab_link_t *)(void *)(object + link_offset);
		unsigned long offset = (unsigned long)object - c.base_va;
		u64 guard = link_guard(cache, object);

		/* Neighbours in a magazine are mostly neighbours in a slab. */
		if (offset >= c.kind.bytes) {
			cursor_close(cache, &c, objects, victims);
			cursor_open(cache, &c, object, objects, bias, &readable);
			offset = (unsigned long)object - c.base_va;
		}
		ASSERT(offset * reciprocal < c.kind.starts,
		       "S4: 0x%lx is no object of cache %s: " NOT_A_START,
		       (unsigned long)object, cache->name);
		/* Had another object of a slab come that has none in use any more, it would have
		 * been freed twice, and be seen as that. */
		if (SLAB_CHECKED || unlikely((*link ^ guard) >> 16 == 0)) {
			slab_write_back(c.slab, c.inuse, c.freelist);
			must_not_be_free(cache, c.slab, object, offset);
		}
		*link = guard ^ c.freelist;
		c.freelist = slab_index_at(offset, reciprocal);
		c.inuse--;
	} while (objects != c.end);
	cursor_close(cache, &c, objects, victims);
	nr = (unsigned int)(objects - first);
	if (MAX_NUMNODES == 1)
		cache->node[0].nr_free += nr;
	return nr;
}
