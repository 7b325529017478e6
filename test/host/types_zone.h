/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_TYPES_ZONE_H
#define TEST_HOST_TYPES_ZONE_H

/*
 * A zone of a few frames, with pageblocks of every type: its state as bytes, the real zone put into
 * a state, and the state read from the real zone.
 *
 *	frames	| used, 1 | free, 0 | moves, 0 | free, 2 |	of each block: what, order
 *	types	|         Reclaimable          |  CMA    |	of each pageblock
 *
 * A pageblock in a block of its own size or more has that block's type. Which of the lists' blocks
 * comes first is no part of a state: the zone is put into a state in both orders.
 */
#include "pages_map.h"

#include <mm/movable.h>

#include "mm/page/special.h"

#define PB_ORDER	CONFIG_PAGEBLOCK_ORDER
#define PB_FRAMES	(1u << PB_ORDER)
#define TOP_MOST	4
#define FRAMES_MOST	(1u << TOP_MOST)
#define PBS_MOST	MAX_CONST(FRAMES_MOST >> PB_ORDER, 1)

/* What a block is. A used one smaller than a pageblock is handed out with an ordinary type; that of
 * a larger one is its pageblocks'. */
enum what { INSIDE, FREE_BLOCK, USED_UNMOVABLE, USED_MOVABLE, USED_RECLAIMABLE, MOVES };

struct state {
	u8 what[FRAMES_MOST], order[FRAMES_MOST];
	u8 type[PBS_MOST];
	u8 was[PBS_MOST];		/* of isolated pageblocks: the type that comes back */
};

static struct zone *zone;		/* the machine's only one, in the place of what it had */
static unsigned int top, nr_frames;	/* 2^top of them */
static unsigned long base_pfn;

static inline struct page *page_at(unsigned int at)
{
	return pfn_to_page(base_pfn + at);
}

static inline unsigned int nr_pageblocks(void)
{
	return nr_frames >> PB_ORDER;
}

#define for_each_block(s, at) \
	for (unsigned int at = 0; at < nr_frames; at += 1u << (s)->order[at])

static inline bool is_used(const struct state *s, unsigned int at)
{
	return s->what[at] > FREE_BLOCK;
}

/* There are millions of these checks: nothing is called where nothing is wrong. */
static const char *said(const struct state *s);
static struct state begun;		/* where the operation began, for the report */

#define NEED(cond) \
	do { \
		if (!(cond)) \
			fail_msg("%s, after an operation on %s", #cond, said(&begun)); \
	} while (0)

/* ---- owners of what moves ---- */

/* Where each block is that moves; its first and last words are known. */
static struct {
	unsigned long pfn;
	u64 token;
	unsigned int order;
} book[FRAMES_MOST];

static inline u64 *first_word(unsigned int nr)
{
	return page_address(pfn_to_page(book[nr].pfn));
}

static inline u64 *last_word(unsigned int nr)
{
	return (u64 *)((char *)first_word(nr) + (PAGE_SIZE << book[nr].order)) - 1;
}

static bool book_owns(const struct movable *at)
{
	return at->part < nr_frames && book[at->part].pfn == at->pfn;
}

static int book_isolate(const struct movable *at)
{
	return book_owns(at) ? 0 : -EAGAIN;
}

static int book_migrate(const struct movable *at, struct page *dst)
{
	u64 first = *first_word(at->part), last = *last_word(at->part);

	*first_word(at->part) = *last_word(at->part) = 0;
	book[at->part].pfn = page_to_pfn(dst);
	*first_word(at->part) = first;
	*last_word(at->part) = last;
	return 0;
}

static void book_put_back(const struct movable *at)
{
	(void)at;
}

static void book_describe(const struct movable *at, char *buf, size_t size)
{
	snprintf(buf, size, "%u", at->part);
}

MOVABLE_KIND(book, .owns = book_owns, .isolate = book_isolate, .migrate = book_migrate,
	     .put_back = book_put_back, .describe = book_describe);

static inline void make_movable(unsigned int nr, struct page *page, unsigned int order)
{
	book[nr].pfn = page_to_pfn(page);
	book[nr].order = order;
	book[nr].token = 0x9e3779b97f4a7c15ull * (base_pfn + nr + 1);
	*first_word(nr) = book[nr].token;
	*last_word(nr) = ~book[nr].token;
	page_make_movable(page, movable_kind_nr(book), 1, nr);
}

static inline void check_contents(unsigned int nr)
{
	NEED(*first_word(nr) == book[nr].token);
	NEED(*last_word(nr) == ~book[nr].token);
}

/* ---- the real zone, put into a state ---- */

static inline u32 used_word(const struct state *s, unsigned int at)
{
	static const u8 mts[] = { [USED_UNMOVABLE] = MIGRATE_UNMOVABLE,
				  [USED_MOVABLE] = MIGRATE_MOVABLE,
				  [USED_RECLAIMABLE] = MIGRATE_RECLAIMABLE,
				  [MOVES] = MIGRATE_MOVABLE };
	unsigned int order = s->order[at];

	return page_word(PG_ALLOCATED, order, order < PB_ORDER ? mts[s->what[at]]
							       : s->type[at >> PB_ORDER],
			 zone_id(zone));
}

static inline void put_block(const struct state *s, unsigned int at)
{
	unsigned int order = s->order[at], mt = s->type[at >> PB_ORDER];

	if (s->what[at] == FREE_BLOCK) {
		list_push(zone, &zone->free_area[order], page_at(at), base_pfn + at,
			  (u32)free_word(zone, order) | mt_bits(mt), order, mt);
		count_free(zone, mt, 1l << order);
		return;
	}
	page_begin(page_at(at), base_pfn + at, used_word(s, at));
	if (s->what[at] == MOVES)
		make_movable(at, page_at(at), order);
}

/* Frames of the pageblock that are, or are not, free; those handed out as movable. */
static inline unsigned int count_in(const struct state *s, unsigned int pb, bool free)
{
	unsigned int nr = 0;

	for (unsigned int at = pb << PB_ORDER; at < (pb + 1) << PB_ORDER; at += 1u << s->order[at])
		if (free ? s->what[at] == FREE_BLOCK
			 : s->what[at] == USED_MOVABLE || s->what[at] == MOVES)
			nr += 1u << s->order[at];
	return nr;
}

/* Does the pageblock lie in one block, of its size or more? */
static inline bool is_whole(const struct state *s, unsigned int pb)
{
	unsigned int at = pb << PB_ORDER;

	return s->what[at] == INSIDE || s->order[at] >= PB_ORDER;
}

static inline void put_pageblock(const struct state *s, unsigned int pb)
{
	struct pageblock *real = pfn_to_pageblock(base_pfn + (pb << PB_ORDER));

	/* What stands there for a pageblock that is not split means nothing. */
	*real = (struct pageblock){ .free_pages = 77, .movable_pages = 5, .mt = pb & 3 };
	real->was_mt = s->was[pb] & 7;
	zone->nr_pageblocks[s->type[pb]]++;
	if (is_whole(s, pb))
		return;
	real->free_pages = count_in(s, pb, true);
	real->movable_pages = count_in(s, pb, false) & 0xff;
	real->mt = s->type[pb] & 7;
	if (IS_ENABLED(CONFIG_COMPACTION))
		candidate_update(zone, real, base_pfn + (pb << PB_ORDER));
}

static inline void put_into(const struct state *s, bool ascending)
{
	u8 heads[FRAMES_MOST];
	unsigned int nr = 0, i;

	begun = *s;
	buddy_zone_init(zone);
	memset(book, 0, sizeof(book));
	/* What is no head looks like a free block to whoever reads it by mistake. */
	for (i = 0; i < nr_frames; i++)
		page_begin(page_at(i), base_pfn + i,
			   s->what[i] == INSIDE ? PG_TAIL
						: page_word(PG_BUDDY, 0, 0, zone_id(zone)));
	for_each_block(s, at)
		heads[nr++] = (u8)at;
	for (i = 0; i < nr; i++)
		put_block(s, heads[ascending ? nr - 1 - i : i]);
	for (i = 0; i < nr_pageblocks(); i++)
		put_pageblock(s, i);
}

/* ---- the state, read from the real zone ---- */

static inline u8 what_is(const struct page *page)
{
	if (page_state(page) == PG_BUDDY)
		return FREE_BLOCK;
	if (page_state(page) == PG_MOVABLE)
		return MOVES;
	NEED(page_state(page) == PG_ALLOCATED);
	switch (page_order(page) < PB_ORDER ? page_migratetype(page) : MIGRATE_UNMOVABLE) {
	case MIGRATE_UNMOVABLE:
		return USED_UNMOVABLE;
	case MIGRATE_MOVABLE:
		return USED_MOVABLE;
	default:
		return USED_RECLAIMABLE;
	}
}

static inline struct state read_state(void)
{
	struct state s = { .type = { 0 } };

	for (unsigned int at = 0; at < nr_frames; at += 1u << s.order[at]) {
		const struct page *page = page_at(at);
		unsigned int order = page_order(page), frames = 1u << order, pb = at >> PB_ORDER;

		NEED(order <= top && !(at & (frames - 1)));
		NEED(page_zone(page) == zone);
		s.what[at] = what_is(page);
		s.order[at] = (u8)order;
		for (; pb << PB_ORDER < at + frames; pb++) {
			const struct pageblock *real = pfn_to_pageblock(base_pfn +
									(pb << PB_ORDER));

			s.type[pb] = (u8)(order < PB_ORDER ? real->mt : page_migratetype(page));
			s.was[pb] = s.type[pb] == MIGRATE_ISOLATE ? real->was_mt : 0;
		}
	}
	return s;
}

/* ---- what must hold in each state ---- */

/* Types whose free blocks merge with each other: the ordinary ones, and each special one. */
static inline unsigned int class_of(unsigned int mt)
{
	return mt < MIGRATE_PCPTYPES ? 0 : mt;
}

static inline void check_merged(const struct state *s)
{
	for_each_block(s, at) {
		unsigned int other = at ^ 1u << s->order[at];

		if (s->what[at] == FREE_BLOCK && s->order[at] < top && other > at)
			NEED(s->what[other] != FREE_BLOCK || s->order[other] != s->order[at] ||
			     class_of(s->type[at >> PB_ORDER]) !=
			     class_of(s->type[other >> PB_ORDER]));
	}
}

/* Counters of the zone and of its pageblocks against the state. */
static inline void check_sums(const struct state *s)
{
	unsigned long free[MIGRATE_TYPES] = { 0 }, pageblocks[MIGRATE_TYPES] = { 0 };
	unsigned int mt;

	for_each_block(s, at)
		if (s->what[at] == FREE_BLOCK)
			free[class_of(s->type[at >> PB_ORDER])] += 1u << s->order[at];
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++) {
		const struct pageblock *real = pfn_to_pageblock(base_pfn + (pb << PB_ORDER));

		pageblocks[s->type[pb]]++;
		if (!is_whole(s, pb)) {
			NEED(real->free_pages == count_in(s, pb, true));
			NEED(real->movable_pages == count_in(s, pb, false));
		}
	}
	NEED(zone->nr_free_pages == free[0]);
	for (mt = 0; mt < MIGRATE_TYPES; mt++) {
		NEED(zone->nr_pageblocks[mt] == pageblocks[mt]);
		NEED(!is_special(mt) || zone_nr_special(zone, mt) == free[mt]);
	}
	NEED(!zone_validate(zone));
	check_merged(s);
}

/* The state in words, in one of two rooms. */
static const char *said(const struct state *s)
{
	static char rooms[2][400];
	static unsigned int nr;
	char *text = rooms[nr++ % 2];
	int len = 0;

	for_each_block(s, at)
		len += snprintf(text + len, 400 - (size_t)len, "%c%u ", "?fumrM"[s->what[at]],
				s->order[at]);
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++)
		len += snprintf(text + len, 400 - (size_t)len, "| %s%s%s ",
				migratetype_names[s->type[pb]],
				s->type[pb] == MIGRATE_ISOLATE ? ", was " : "",
				s->type[pb] == MIGRATE_ISOLATE ? migratetype_names[s->was[pb]]
							       : "");
	return text;
}

#endif /* TEST_HOST_TYPES_ZONE_H */
