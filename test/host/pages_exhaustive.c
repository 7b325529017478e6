/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real buddy system on a zone of 16 frames, in every state it can be in, with every step it
 * can take from there. A state says for each aligned range whether it is one allocated block or
 * two halves: t(k) = t(k - 1)^2 + 1 of them, t(0) = 2, so 458,330 for orders 0 to 4.
 *
 *	frees		each allocated block, in each state		3,592,163
 *	takes		each order from each free block		2,743,201, in all 6,335,364
 *	searches	each order and type, from lists of mixed types
 *	crimes		each frame freed with each order, where no such block was handed out
 *
 * The zone lies in the middle of RAM that belongs to another one, and what stands in descriptors
 * that mean nothing looks like free neighbours. States are compared as bit masks of frames.
 */
#include <time.h>

#include "pages_map.h"

#define TOP	MIN_CONST(CONFIG_MAX_ORDER, 4)
#define FRAMES	(1u << TOP)
#define ALL	((u32)((1ull << FRAMES) - 1))
#define TYPES	MIGRATE_PCPTYPES
/* A zone's number that the machine does not use where the frames come from. */
#define ZONE_NR	((1 << PAGE_ZONE_BITS) - 1)

static struct zone zone;
static unsigned long base_pfn;
static unsigned long nr_states[TOP + 1];

struct block {
	u8 at, order;
};

struct state {
	u32 free;			/* a bit a frame */
	struct block used[FRAMES], spare[FRAMES];	/* the free frames, as merged as can be */
	unsigned int nr_used, nr_spare;
};

static __always_inline u32 mask_of(struct block b)
{
	return (u32)(((1ull << (1u << b.order)) - 1) << b.at);
}

/* ---- the model ---- */

/* Decodes state nr of the t(k) states of the range of order k at frame at. */
static void decode(struct state *s, unsigned int k, unsigned int at, unsigned long nr)
{
	if (nr == 0) {
		s->used[s->nr_used++] = (struct block){ (u8)at, (u8)k };
	} else if (k == 0) {
		s->free |= 1u << at;
	} else {
		decode(s, k - 1, at, (nr - 1) / nr_states[k - 1]);
		decode(s, k - 1, at + (1u << (k - 1)), (nr - 1) % nr_states[k - 1]);
	}
}

/* Returns the largest aligned blocks that make up the free frames, in ascending order. */
static unsigned int merged(u32 free, struct block *blocks)
{
	unsigned int at = 0, nr = 0;

	while (at < FRAMES) {
		struct block b = { (u8)at, TOP };

		while (b.order > 0 && (at & ((1u << b.order) - 1) || mask_of(b) & ~free))
			b.order--;
		if (free & 1u << at)
			blocks[nr++] = b;
		at += free & 1u << at ? 1u << b.order : 1;
	}
	return nr;
}

static struct state state_of(unsigned long nr)
{
	struct state s = { .free = 0 };

	decode(&s, TOP, 0, nr);
	s.nr_spare = merged(s.free, s.spare);
	return s;
}

/* ---- the real thing, put into a state ---- */

/* The types of all blocks, and the order in which lists are filled. */
struct layout {
	u8 used[FRAMES], spare[FRAMES];	/* type of each block */
	u8 pageblock;			/* type of split pageblocks */
	bool ascending;
};

static __always_inline struct page *page_at(unsigned int at)
{
	return pfn_to_page(base_pfn + at);
}

static struct pageblock *pageblock_at(unsigned int at)
{
	return pfn_to_pageblock(base_pfn + at);
}

/* The zone's frames in the pageblock of frame at. */
static u32 pageblock_mask(unsigned int at)
{
	const unsigned int order = MIN_CONST(CONFIG_PAGEBLOCK_ORDER, TOP);

	return mask_of((struct block){ (u8)(at >> order << order), (u8)order });
}

static unsigned int count_bits(u32 mask)
{
	return (unsigned int)__builtin_popcount(mask);
}

static void set_pageblocks(const struct state *s, const struct layout *l)
{
	unsigned int at, i, step = 1u << MIN_CONST(CONFIG_PAGEBLOCK_ORDER, TOP);

	for (at = 0; at < FRAMES; at += step) {
		u32 movable = 0;

		for (i = 0; i < s->nr_used; i++)
			if (l->used[i] == 1)
				movable |= mask_of(s->used[i]);
		*pageblock_at(at) = (struct pageblock){
			.free_pages = count_bits(s->free & pageblock_mask(at)),
			.movable_pages = count_bits(movable & pageblock_mask(at)) & 0xffff,
			.mt = l->pageblock & 7,
		};
	}
}

static void put_into(const struct state *s, const struct layout *l)
{
	unsigned int at, i;

	buddy_zone_init(&zone);
	for (i = 0; i < MIGRATE_TYPES; i++)
		zone.nr_pageblocks[i] = 1000;
	/* Descriptors that are no heads look like free buddies, to whoever reads them by
	 * mistake. */
	for (at = 0; at < FRAMES; at++)
		page_begin(page_at(at), base_pfn + at,
			   page_word(PG_BUDDY, at ? ctz32(at) : TOP, 0, ZONE_NR));
	for (i = 0; i < s->nr_used; i++)
		page_begin(page_at(s->used[i].at), base_pfn + s->used[i].at,
			   page_word(PG_ALLOCATED, s->used[i].order, l->used[i], ZONE_NR));
	for (i = 0; i < s->nr_spare; i++) {
		unsigned int nr = l->ascending ? s->nr_spare - 1 - i : i;

		buddy_add_new(&zone, base_pfn + s->spare[nr].at, s->spare[nr].order,
			      l->spare[nr]);
	}
	if (PAGEBLOCKS_KEPT)
		set_pageblocks(s, l);
}

/* ---- one against the other ---- */

/* There are millions of these checks: nothing is called where nothing is wrong. */
#define NEED(cond) \
	do { \
		if (!(cond)) \
			fail_msg("%s", #cond); \
	} while (0)

/* Every list holds exactly the blocks that the free frames merge to, and counts them right. */
static void compare(u32 free)
{
	struct block blocks[FRAMES];
	unsigned int nr = merged(free, blocks), i, order, mt, linked = 0;

	for (i = 0; i < nr; i++) {
		const struct page *page = page_at(blocks[i].at);

		NEED(page_state(page) == PG_BUDDY);
		NEED(page_order(page) == blocks[i].order);
	}
	for (order = 0; order < NR_PAGE_ORDERS; order++)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			linked += zone.free_area[order].nr_free[mt];
	NEED(linked == nr);
	NEED(zone.nr_free_pages == count_bits(free));
	NEED(!zone_validate(&zone));
	if (PAGEBLOCKS_KEPT && CONFIG_PAGEBLOCK_ORDER > TOP)
		NEED(pageblock_at(0)->free_pages == count_bits(free));
}

/* Descriptors that are no heads any more must say so, or a second free would not be noticed. */
static void check_tails(const struct state *s, u32 free)
{
	struct block blocks[FRAMES];
	unsigned int nr = merged(free, blocks), i;
	u32 heads = 0;

	for (i = 0; i < nr; i++)
		heads |= 1u << blocks[i].at;
	for (i = 0; i < s->nr_used; i++)
		if (free & ~heads & 1u << s->used[i].at)
			NEED(page_at(s->used[i].at)->word == PG_TAIL);
	for (i = 0; i < s->nr_spare; i++)
		if (~heads & 1u << s->spare[i].at)
			NEED(page_at(s->spare[i].at)->word == PG_TAIL);
}

static void check_free(const struct state *s, const struct layout *l, unsigned int i)
{
	struct block b = s->used[i], blocks[FRAMES];
	u32 free = s->free | mask_of(b);
	unsigned int nr, k;

	put_into(s, l);
	buddy_free(&zone, base_pfn + b.at, b.order, l->used[i]);
	compare(free);
	check_tails(s, free);
	/* The block went back under its pageblock's type, whatever type it was handed out as. */
	nr = merged(free, blocks);
	for (k = 0; k < nr; k++)
		if (mask_of(blocks[k]) & mask_of(b) && PAGEBLOCKS_KEPT &&
		    b.order < CONFIG_PAGEBLOCK_ORDER)
			NEED(page_migratetype(page_at(blocks[k].at)) == l->pageblock);
}

/* Takes one block of order for mt, and stores its frames in *from; false when there is none. */
static bool take(const struct state *s, unsigned int order, unsigned int mt, u32 *from)
{
	struct block b = { 0, (u8)order };
	u32 pfn = 0;

	if (!buddy_alloc_bulk(&zone, order, mt, 1, PG_ALLOCATED, &pfn)) {
		compare(s->free);
		return false;
	}
	NEED(pfn >= base_pfn && pfn < base_pfn + FRAMES);
	b.at = (u8)(pfn - base_pfn);
	NEED((b.at & ((1u << order) - 1)) == 0);
	NEED((mask_of(b) & ~s->free) == 0);
	NEED(page_at(b.at)->word == page_word(PG_ALLOCATED, order, mt, ZONE_NR));
	compare(s->free & ~mask_of(b));
	*from = mask_of(b);
	return true;
}

/* ---- the walks ---- */

static u64 states_seen, frees, takes, searches, refusals, crimes;

/* Layouts of types: all blocks of one type, all of another, or one type after the other. */
static struct layout layout_of(unsigned int nr)
{
	struct layout l = { .pageblock = (u8)(nr % 3 % TYPES), .ascending = nr >= 3 };

	for (unsigned int i = 0; i < FRAMES; i++) {
		l.used[i] = (u8)((nr % 3 == 2 ? i : nr % 3) % TYPES);
		l.spare[i] = (u8)((nr % 3 == 2 ? i + 1 : nr % 3) % TYPES);
	}
	return l;
}

static void walk_frees(unsigned int layout)
{
	struct layout l = layout_of(layout);
	unsigned long nr;
	unsigned int i;

	for (nr = 0; nr < nr_states[TOP]; nr++) {
		struct state s = state_of(nr);

		for (i = 0; i < s.nr_used; i++, frees++)
			check_free(&s, &l, i);
	}
}

/* The block is alone on the list that is searched, so that it must be the one that is cut. */
static void walk_takes(unsigned int layout)
{
	struct layout l = layout_of(layout);
	unsigned int mt = TYPES - 1, i, order;
	unsigned long nr;
	u32 from;

	for (nr = 0; nr < nr_states[TOP]; nr++) {
		struct state s = state_of(nr);

		states_seen++;
		for (i = 0; i < s.nr_spare; i++) {
			memset(l.spare, 0, sizeof(l.spare));
			l.spare[i] = (u8)mt;
			for (order = 0; order <= s.spare[i].order; order++, takes++) {
				put_into(&s, &l);
				NEED(take(&s, order, mt, &from));
				/* The lower end is handed out: with several types there is no other
				 * choice. */
				if (TYPES > 1)
					NEED(from == mask_of((struct block){
							s.spare[i].at, (u8)order }));
			}
		}
	}
}

/* Does mt change a block of this order over for good, by the rules of fallback? */
static bool steals(unsigned int order, unsigned int mt)
{
	return order >= CONFIG_PAGEBLOCK_ORDER / 2u || mt != 1;
}

/* Finds the order and type of the list to take from; false when no list can serve. */
static bool expected_list(const struct state *s, const struct layout *l, unsigned int order,
			  unsigned int mt, struct block *list)
{
	static const u8 other[3][2] = { { 2, 1 }, { 2, 0 }, { 0, 1 } };
	bool has[TOP + 1][3] = { { false } };
	unsigned int largest = 0, smallest = TOP + 1, o;

	for (unsigned int i = 0; i < s->nr_spare; i++)
		has[s->spare[i].order][l->spare[i]] = true;
	for (o = order; o <= TOP; o++)
		if (has[o][mt]) {
			*list = (struct block){ (u8)mt, (u8)o };
			return true;
		}
	if (TYPES == 1)
		return false;
	for (o = order; o <= TOP; o++)
		if (has[o][other[mt][0]] || has[o][other[mt][1]]) {
			largest = o;
			smallest = min(smallest, o);
		}
	if (smallest > TOP)
		return false;
	o = steals(largest, mt) || largest == order ? largest : smallest;
	*list = (struct block){ other[mt][has[o][other[mt][0]] ? 0 : 1], (u8)o };
	return true;
}

static void walk_searches(unsigned int layout)
{
	struct layout l = layout_of(layout);
	unsigned int order, mt, i;
	unsigned long nr;
	u32 from;

	for (nr = 0; nr < nr_states[TOP]; nr++) {
		struct state s = state_of(nr);

		for (order = 0; order <= TOP; order++) {
			for (mt = 0; mt < TYPES; mt++, searches++) {
				struct block list;
				bool can = expected_list(&s, &l, order, mt, &list);

				put_into(&s, &l);
				NEED(take(&s, order, mt, &from) == can);
				refusals += !can;
				for (i = 0; can && i < s.nr_spare; i++)
					if (mask_of(s.spare[i]) & from) {
						NEED(s.spare[i].order == list.order);
						NEED(l.spare[i] == list.at);
					}
			}
		}
	}
}

/* ---- frees that must be refused ---- */

static void refused(struct page *page, unsigned int order)
{
	if (crimes++ % 2)
		assert_int_not_equal(HOST_TRY(free_with_constants(page, order)), HOST_RAN_ON);
	else
		assert_int_not_equal(HOST_TRY(__free_pages(page, order)), HOST_RAN_ON);
	if (!strstr(host_stop_text(), "A2: "))
		fail_msg("%s", host_stop_text());
}

/* Clears descriptors as splits and merges leave them: nothing inside a block carries this boot's
 * tag. */
static void wipe_inner(const struct state *s)
{
	u32 heads = 0;
	unsigned int i;

	for (i = 0; i < s->nr_used; i++)
		heads |= 1u << s->used[i].at;
	for (i = 0; i < s->nr_spare; i++)
		heads |= 1u << s->spare[i].at;
	for (i = 0; i < FRAMES; i++)
		if (!(heads & 1u << i))
			page_at(i)->word = i & 1 ? PG_TAIL
						 : page_word(PG_ALLOCATED, i % 5, 0, ZONE_NR) ^
						   PAGE_FIELD_MASK(TAG);
}

static void commit_crimes(unsigned long nr)
{
	struct layout l = layout_of(2);
	struct state s = state_of(nr);
	unsigned int at, order, i;

	put_into(&s, &l);
	wipe_inner(&s);
	for (at = 0; at < FRAMES; at++) {
		for (order = 0; order <= CONFIG_MAX_ORDER + 1 && order <= 5; order++) {
			for (i = 0; i < s.nr_used; i++)
				if (s.used[i].at == at && s.used[i].order == order)
					break;
			if (i == s.nr_used)
				refused(page_at(at), order);
		}
	}
	compare(s.free);
}

/* ---- tests ---- */

static u32 saved_words[FRAMES];
static struct pageblock saved_pageblocks[FRAMES];	/* one for each frame */

/* Boots a machine and makes 16 frames in the middle of its RAM a zone of their own. */
static int set_up(void **state)
{
	static const struct map map = { .name = "64 MiB", .banks = { { GB(2), MB(64) } } };
	struct page *page;

	(void)state;
	map_boot(&map);
	page = alloc_pages(GFP_KERNEL, TOP);
	assert_non_null(page);
	base_pfn = page_to_pfn(page);
	zone = (struct zone){ .name = "sixteen", .idx = ZONE_NR, .zone_start_pfn = base_pfn,
			      .spanned_pages = FRAMES, .present_pages = FRAMES };
	for (unsigned int i = 0; i < FRAMES; i++) {
		saved_words[i] = page_at(i)->word;
		if (PAGEBLOCKS_KEPT)
			saved_pageblocks[i] = *pageblock_at(i);
	}
	return 0;
}

/* The rest of the machine has not changed. */
static int tear_down(void **state)
{
	struct zone *z;

	(void)state;
	for (unsigned int i = 0; i < FRAMES; i++) {
		page_at(i)->word = saved_words[i];
		if (PAGEBLOCKS_KEPT)
			*pageblock_at(i) = saved_pageblocks[i];
	}
	for_each_populated_zone(z)
		assert_null(zone_validate(z));
	map_audit();
	return 0;
}

static void states_are_all(void **state)
{
	static const unsigned long published[] = { 2, 5, 26, 677, 458330 };

	(void)state;
	for (unsigned int k = 0; k <= TOP; k++)
		assert_int_equal(nr_states[k], published[k]);
}

/* Layouts 3 to 5 are 0 to 2 with lists filled in the other order; one layout is enough where time
 * is short. */
static void walk_layouts(void (*walk)(unsigned int layout), const unsigned int *short_of_time)
{
	static const unsigned int all[] = { 0, 1, 2, 3, 4, 5, 6 };
	const unsigned int *layout = test_is_long() ? all : short_of_time;

	for (; *layout < 6; layout++)
		walk(*layout);
}

static void every_free(void **state)
{
	(void)state;
	walk_layouts(walk_frees, (const unsigned int[]){ 0, 2, 4, 6 });
	if (TOP == 4)
		assert_int_equal(frees % 3592163, 0);
}

static void every_take(void **state)
{
	(void)state;
	walk_layouts(walk_takes, (const unsigned int[]){ 5, 6 });
	if (TOP == 4)
		assert_int_equal(takes % 2743201, 0);
}

static void every_search(void **state)
{
	(void)state;
	walk_layouts(walk_searches, (const unsigned int[]){ 5, 6 });
}

static void every_crime(void **state)
{
	/* A prime step, so that the states that are visited are not all alike. */
	unsigned long step = test_is_long() ? 1 : 37, nr;

	(void)state;
	for (nr = 0; nr < nr_states[TOP]; nr += step)
		commit_crimes(nr);
}

/* Frees frames that belong to other zones, or to none. */
static void foreign_frames(void **state)
{
	struct state s = state_of(0);
	struct layout l = layout_of(0);
	unsigned int at, order;

	(void)state;
	put_into(&s, &l);
	for (order = 0; order <= CONFIG_MAX_ORDER; order++)
		for (at = 1; at < FRAMES; at++)
			if (block_head_pfn(base_pfn - at) == base_pfn - at)
				refused(pfn_to_page(base_pfn - at), order);
}

static void report(void **state)
{
	(void)state;
	printf("# %llu states, %llu frees, %llu takes, %llu searches (%llu of them in vain), %llu "
	       "crimes refused\n", (unsigned long long)states_seen, (unsigned long long)frees,
	       (unsigned long long)takes, (unsigned long long)searches,
	       (unsigned long long)refusals, (unsigned long long)crimes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_all),
		cmocka_unit_test_setup_teardown(every_free, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_take, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_search, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_crime, set_up, tear_down),
		cmocka_unit_test_setup_teardown(foreign_frames, set_up, tear_down),
		cmocka_unit_test(report),
	};

	nr_states[0] = 2;
	for (unsigned int k = 1; k <= TOP; k++)
		nr_states[k] = nr_states[k - 1] * nr_states[k - 1] + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
