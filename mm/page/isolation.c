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
 * Locking: zone->lock, for one pageblock at a time.
 *
 * Bounds: a pageblock that is free as a whole takes 2 MAX_ORDER splits and merges; one that is
 * split two steps for each block in it, at most its pages. With nodes the regions of the memory map
 * are looked through first.
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

static __always_inline struct zone *first_zone(unsigned long pfn)
{
	return NODE_DATA(MAX_NUMNODES > 1 ? pageblock_nid(pfn) : 0)->node_zones;
}

struct zone *zone_of_pageblock(unsigned long pfn)
{
	struct zone *zone = first_zone(pfn), *end = zone + MAX_NR_ZONES;

	for (; zone < end; zone++)
		if (pageblock_in_zone(pfn, zone))
			return zone;
	return NULL;
}

/* Will what this block holds never be free, as far as anybody knows? */
static bool stays(const struct page *page, u32 word)
{
	switch ((enum page_state)PAGE_FIELD(word, STATE)) {
	case PG_HOLE:
	case PG_BUDDY:
	case PG_PCP:
	case PG_ALLOCATED:
	case PG_MOVABLE:
		return false;
	default:
		return !user_page_can_move(page, word);
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

/* May a pageblock that is split be isolated? */
static int check_pieces(unsigned long pfn, struct page_obstacle *o)
{
	unsigned long end_pfn = pfn + pageblock_nr_pages;

	while (pfn < end_pfn) {
		const struct page *page = pfn_to_page(pfn);
		u32 word = READ_ONCE(page->word);

		if (stays(page, word))
			return in_the_way(o, pfn, block_name(page));
		pfn += 1ul << PAGE_FIELD(word, ORDER);
	}
	return 0;
}

/* The zone's lock is held. */
static int isolate_locked(struct zone *zone, unsigned long pfn, struct page_obstacle *o)
{
	unsigned long head_pfn = pageblock_head_pfn(pfn);
	const struct page *head = pfn_to_page(head_pfn);
	struct pageblock *pb = zone_pageblock(zone, pfn);
	/* Whoever has the block may be writing all but its order. */
	u32 word = READ_RELAXED(head->word);
	bool whole = PAGE_FIELD(word, ORDER) >= pageblock_order;
	unsigned int mt = whole ? word_mt(word) : pb->mt;
	int err = 0;

	if (mt == MIGRATE_ISOLATE)
		return in_the_way(o, pfn, "isolated already");
	if (!whole)
		err = check_pieces(pfn, o);
	else if (PAGE_FIELD(word, STATE) != PG_BUDDY)
		err = in_the_way(o, pfn, block_name(head));
	if (err)
		return err;
	pb->was_mt = mt & ((1u << MIGRATETYPE_BITS_MOST) - 1);
	if (whole) {
		must_be_on_list(head, (u32)free_word(zone, PAGE_FIELD(word, ORDER)) |
				      mt_bits(mt));
		pageblock_retype_whole(zone, pfn, head_pfn, mt, MIGRATE_ISOLATE);
	} else {
		pageblock_retype_pieces(zone, pfn, MIGRATE_ISOLATE);
	}
	VALIDATE(zone_must_be_valid(zone));
	return 0;
}

static __always_inline void undo_locked(struct zone *zone, unsigned long pfn)
{
	const struct pageblock *pb = zone_pageblock(zone, pfn);
	unsigned long head_pfn = pageblock_head_pfn(pfn);
	const struct page *head = pfn_to_page(head_pfn);
	unsigned long order = PAGE_FIELD(READ_RELAXED(head->word), ORDER), was_mt = pb->was_mt;

	if (likely(order >= pageblock_order)) {
		ASSERT(head->word == ((u32)free_word(zone, order) | mt_bits(MIGRATE_ISOLATE)),
		       "I1: the block of frame 0x%lx is not isolated", pfn);
		pageblock_retype_whole(zone, pfn, head_pfn, MIGRATE_ISOLATE, was_mt);
	} else {
		ASSERT(pb->mt == MIGRATE_ISOLATE,
		       "I1: the pageblock of frame 0x%lx is not isolated", pfn);
		pageblock_retype_pieces(zone, pfn, (unsigned int)was_mt);
	}
	VALIDATE(zone_must_be_valid(zone));
}

static int isolate_pageblock(unsigned long pfn, struct page_obstacle *o)
{
	/* Once it is isolated the pageblock does not go; until then interrupts are off. */
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
		UNDO_PATH("accounts are promised what is isolated");
		undo_locked(zone, pfn);
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
	undo_locked(zone, pfn);
}

static void undo_pageblock(unsigned long pfn)
{
	struct zone *zone = first_zone(pfn);
	unsigned long flags;

	/* Zones of a node ascend. */
	while (unlikely(pfn >= zone_end_pfn(zone)))
		zone++;
	flags = spin_lock_irqsave(&zone->lock);
	undo_locked(zone, pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
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
		if (err) {
			UNDO_PATH("a pageblock of the range cannot be isolated");
			undo_isolate_page_range(start_pfn, pfn);
			return err;
		}
	}
	return 0;
}
