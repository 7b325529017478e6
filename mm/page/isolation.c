/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pageblocks set aside and given back: the type Isolate.
 *
 * Structure: an isolated pageblock is one of type MIGRATE_ISOLATE (special.c): its free blocks are
 * on lists that no request looks at, and nr_free_pages does not count them. Its struct pageblock
 * keeps the type that it had, also while it lies in a larger block and keeps nothing else.
 *
 *	free block of order 10, Movable  |  isolate the upper half  |  undo
 *	|              M             |   |      M      |     I     |  |              M             |
 *
 * Invariants:
 * I1  A pageblock is isolated once: by whoever succeeded, until the same undoes it.
 * I2  Isolating and undoing leaves each counter as it was, what was freed meanwhile aside.
 *
 * Locking: zone->lock, for a pageblock that is free as a whole, or for RETYPE_STEPS of one that is
 * split, which is marked as retyped (K9) from the first look to the last block.
 *
 * Bounds: a pageblock that is free as a whole takes 2 MAX_ORDER splits and merges; one that is
 * split two steps for each block in it, at most its pages, and RETYPE_STEPS of them in a hold. With
 * nodes the regions of the memory map are looked through first.
 *
 * Configuration: MEMORY_ISOLATION.
 */
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <kernel/undo.h>
#include <mm/memblock.h>
#include <mm/page_isolation.h>
#include <mm/movable.h>

#include "special.h"

/* A zone may begin in the midst of its first pageblock, and end in its last. */
static __always_inline bool pageblock_in_zone(unsigned long pfn, const struct zone *zone)
{
	return pfn + pageblock_nr_pages - 1 - zone->zone_start_pfn <
	       zone->spanned_pages + pageblock_nr_pages - 1;
}

/* A section may have RAM of several nodes, whose spans may overlap: the memory map says whose a
 * pageblock is. */
static int pageblock_nid(unsigned long pfn)
{
	phys_addr_t base = PFN_PHYS(pfn), end = PFN_PHYS(pfn + pageblock_nr_pages);
	const struct memblock_type *ram = &memblock_copy->memory;
	const struct mem_section *s = pfn_to_section(pfn);

	if (section_hotpluggable(s))
		return s->nid;
	for (const struct memblock_region *r = ram->regions; r < ram->regions + ram->cnt; r++)
		if (r->base < end && r->base + r->size > base)
			return region_nid(r);
	return 0;
}

static __always_inline struct zone *lowest_zone(unsigned long pfn)
{
	return NODE_DATA(MAX_NUMNODES > 1 ? pageblock_nid(pfn) : 0)->node_zones;
}

struct zone *zone_of_pageblock(unsigned long pfn)
{
	struct zone *zone = lowest_zone(pfn), *end = zone + MAX_NR_ZONES;

	for (; zone < end; zone++)
		if (pageblock_in_zone(pfn, zone))
			return zone;
	return NULL;
}

/* -EBUSY: what this block holds will never be free, as far as anybody knows. */
static int may_be_free_once(const struct page *page, u32 word)
{
	switch ((enum page_state)PAGE_FIELD(word, STATE)) {
	case PG_HOLE:
	case PG_BUDDY:
	case PG_PCP:
	case PG_ALLOCATED:
	case PG_MOVABLE:
		return 0;
	default:
		return user_page_can_move(page, word) ? 0 : -EBUSY;
	}
}

const char *block_name(const struct page *page)
{
	return page_state(page) == PG_RESERVED ? mem_owner_name(page->owner)
					       : page_state_name(page_state(page));
}

int in_the_way(struct page_obstacle *o, unsigned long pfn, const char *what)
{
	o->pfn = pfn;
	scnprintf(o->what, sizeof(o->what), "%s", what);
	return -EBUSY;
}

static __always_inline void undo_whole(struct zone *zone, unsigned long pfn,
				       unsigned long head_pfn, unsigned long order)
{
	ASSERT(pfn_to_page(head_pfn)->word ==
	       ((u32)free_word(zone, order) | mt_bits(MIGRATE_ISOLATE)),
	       "I1: the block of frame 0x%lx is not isolated", pfn);
	pageblock_retype_whole(zone, pfn, head_pfn, MIGRATE_ISOLATE,
			       zone_pageblock(zone, pfn)->was_mt);
	VALIDATE(zone_must_be_valid(zone));
}

static __always_inline unsigned long order_at(unsigned long head_pfn)
{
	/* Whoever has the block may be writing all but its order. */
	return PAGE_FIELD(READ_RELAXED(pfn_to_page(head_pfn)->word), ORDER);
}

/* The zone's lock is held, and is let go. */
static __noinline void undo_pieces(struct zone *zone, unsigned long pfn, unsigned long flags)
{
	const struct pageblock *pb = zone_pageblock(zone, pfn);
	struct retype r;

	ASSERT(pb->mt == MIGRATE_ISOLATE,
	       "I1: the pageblock of frame 0x%lx is not isolated", pfn);
	retype_begin(&r, zone, pfn, pb->was_mt);
	spin_unlock_irqrestore(&zone->lock, flags);
	retype_finish(&r);
}

static __always_inline void undo_in(struct zone *zone, unsigned long pfn)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock), head_pfn = pageblock_head_pfn(pfn);
	unsigned long order = order_at(head_pfn);

	if (unlikely(order < pageblock_order)) {
		undo_pieces(zone, pfn, flags);
		return;
	}
	undo_whole(zone, pfn, head_pfn, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Its free blocks follow, as far as no account is promised what has yet to. */
static int move_pieces(struct retype *r, bool ordinary, unsigned long pfn, struct page_obstacle *o)
{
	bool done = false;

	while (!done) {
		unsigned long flags = account_lock();
		bool spared;

		spin_lock(&r->zone->lock);
		spared = account_spares(r->zone, ordinary ? r->left_pages : 0);
		done = spared && retype_go_on(r);
		if (!spared)
			r->pb->retyped = 0;
		spin_unlock(&r->zone->lock);
		account_unlock(flags);
		if (!spared)
			return in_the_way(o, pfn, "kept for accounts that are promised it");
	}
	return 0;
}

/* The pageblock is marked as one that is retyped. -EAGAIN: it is whole now, and not marked. */
static __noinline int isolate_pieces(unsigned long pfn, struct page_obstacle *o)
{
	struct zone *zone = zone_of_pageblock(pfn);
	struct pageblock *pb = zone_pageblock(zone, pfn);
	int err = look_over(zone, pfn, pfn + pageblock_nr_pages, may_be_free_once, o);
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	bool ordinary = !is_special(pb->mt);
	struct retype r;

	if (!err && order_at(pageblock_head_pfn(pfn)) >= pageblock_order)
		err = -EAGAIN;
	if (err) {
		pb->retyped = 0;
	} else {
		pb->was_mt = pb->mt;
		retype_begin(&r, zone, pfn, MIGRATE_ISOLATE);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	if (err)
		return err;
	err = move_pieces(&r, ordinary, pfn, o);
	if (err) {
		UNDO_PATH("accounts are promised what is being isolated");
		undo_in(zone, pfn);
	}
	return err;
}

#define IN_PIECES	1

/* The zone's lock is held. IN_PIECES: it is split, and marked. */
static __always_inline int isolate_locked(struct zone *zone, unsigned long pfn,
					  struct page_obstacle *o)
{
	unsigned long head_pfn = pageblock_head_pfn(pfn);
	const struct page *head = pfn_to_page(head_pfn);
	struct pageblock *pb = zone_pageblock(zone, pfn);
	u32 word = READ_RELAXED(head->word);
	unsigned int mt = word_mt(word);

	if (unlikely(PAGE_FIELD(word, ORDER) < pageblock_order)) {
		if (pb->retyped || pb->mt == MIGRATE_ISOLATE)
			return in_the_way(o, pfn, "isolated already");
		pb->retyped = 1;
		return IN_PIECES;
	}
	if (mt == MIGRATE_ISOLATE)
		return in_the_way(o, pfn, "isolated already");
	if (PAGE_FIELD(word, STATE) != PG_BUDDY)
		return in_the_way(o, pfn, block_name(head));
	if (unlikely(pb->retyped))
		return in_the_way(o, pfn, "isolated already");
	pb->was_mt = mt & ((1u << MIGRATETYPE_BITS_MOST) - 1);
	must_be_on_list(head, (u32)free_word(zone, PAGE_FIELD(word, ORDER)) | mt_bits(mt));
	pageblock_retype_whole(zone, pfn, head_pfn, mt, MIGRATE_ISOLATE);
	VALIDATE(zone_must_be_valid(zone));
	return 0;
}

static int isolate_pageblock(unsigned long pfn, struct page_obstacle *o)
{
	/* Once it is isolated, or marked, the pageblock does not go; until then interrupts are
	 * off. */
	unsigned long flags = account_lock();
	struct zone *zone = NULL;
	int err;

	if (pfn_valid(pfn) && (WHOLE_GRANULES || pfn_valid(pfn + pageblock_nr_pages - 1)))
		zone = zone_of_pageblock(pfn);
	if (!zone) {
		account_unlock(flags);
		in_the_way(o, pfn, "no RAM");
		return -EINVAL;
	}
	spin_lock(&zone->lock);
	err = isolate_locked(zone, pfn, o);
	if (!err && !account_spares(zone, 0)) {
		unsigned long head_pfn = pageblock_head_pfn(pfn);

		UNDO_PATH("accounts are promised what is isolated");
		undo_whole(zone, pfn, head_pfn, order_at(head_pfn));
		err = in_the_way(o, pfn, "kept for accounts that are promised it");
	}
	spin_unlock(&zone->lock);
	account_unlock(flags);
	return err;
}

bool pageblock_is_isolated(unsigned long pfn)
{
	u32 word = READ_ONCE(pfn_to_page(pageblock_head_pfn(pfn))->word);

	return (PAGE_FIELD(word, ORDER) >= pageblock_order ? word_mt(word)
							   : pfn_to_pageblock(pfn)->mt) ==
	       MIGRATE_ISOLATE;
}

void undo_isolate_locked(struct zone *zone, unsigned long pfn)
{
	unsigned long head_pfn = pageblock_head_pfn(pfn);

	undo_whole(zone, pfn, head_pfn, order_at(head_pfn));
}

static void undo_pageblock(unsigned long pfn)
{
	struct zone *zone = lowest_zone(pfn);

	/* Zones of a node ascend. */
	while (unlikely(pfn >= zone_end_pfn(zone)))
		zone++;
	undo_in(zone, pfn);
}

void undo_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn)
{
	for (; start_pfn < end_pfn; start_pfn += pageblock_nr_pages)
		undo_pageblock(start_pfn);
}

int start_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn,
			     struct page_obstacle *o)
{
	unsigned long pfn;
	int err;

	ASSERT(IS_ALIGNED(start_pfn | end_pfn, pageblock_nr_pages),
	       "I1: the range from frame 0x%lx to 0x%lx is not one of whole pageblocks", start_pfn,
	       end_pfn);
	for (pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages) {
		err = isolate_pageblock(pfn, o);
		if (likely(!err))
			continue;
		if (err == IN_PIECES)
			err = isolate_pieces(pfn, o);
		if (err == -EAGAIN) {
			pfn -= pageblock_nr_pages;
		} else if (err) {
			UNDO_PATH("a pageblock of the range cannot be isolated");
			undo_isolate_page_range(start_pfn, pfn);
			return err;
		}
	}
	return 0;
}
