/* SPDX-License-Identifier: BSD-2-Clause */
/* Which zone a page comes from, marks and reserves, and the types of pageblocks. */
#include "pages_take.h"

/* ---- which zone ---- */

static unsigned int zone_of(const struct page *page)
{
	return frame_zone(page_to_pfn(page));
}

static unsigned int highest_of(gfp_t gfp)
{
	return gfp & __GFP_DMA ? ZONE_DMA : gfp & __GFP_DMA32 ? ZONE_DMA32 :
	       gfp & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
}

/* ~0 when there is none. */
static unsigned int highest_populated(unsigned int id)
{
	while (id != ~0u && !zone_of_id(id)->present_pages)
		id--;
	return id;
}

/* Requests take from the highest zone that they may use first, in the end from all such zones, and
 * from no other. */
static void zones_by_flags(void **state)
{
	static const gfp_t flags[] = { GFP_KERNEL, GFP_DMA, GFP_DMA32, GFP_MOVABLE, GFP_ATOMIC,
				       GFP_DMA | GFP_MOVABLE, GFP_DMA32 | GFP_MOVABLE };

	(void)state;
	needs(&both_sides);
	for (unsigned int f = 0; f < ARRAY_SIZE(flags); f++) {
		map_boot(&both_sides);
		nr_taken = 0;
		take_all(flags[f] | __GFP_MEMALLOC, 0);
		for (unsigned int i = 0; i < nr_taken; i++)
			assert_in_range(zone_of(taken[i]), 0, highest_of(flags[f]));
		assert_int_equal(nr_taken ? zone_of(taken[0]) : ~0u,
				 highest_populated(highest_of(flags[f])));
		for (unsigned int id = 0; id < MAX_NR_ZONES; id++)
			assert_int_equal(zone_of_id(id)->nr_free_pages,
					 id <= highest_of(flags[f])
					 ? 0 : zone_of_id(id)->managed_pages);
		give_all(0);
		check_all_is_back();
	}
}

/* A request without rights leaves the min mark and the lower zones' reserve, to the page:
 * proves A3. */
static void marks_hold(void **state)
{
	static const struct {
		gfp_t gfp;
		unsigned int halves, quarters;	/* taken off the mark */
	} rights[] = {
		{ GFP_KERNEL, 0, 0 }, { __GFP_HIGH, 1, 0 }, { GFP_ATOMIC, 1, 1 },
		{ __GFP_MEMALLOC, 2, 0 },
	};

	(void)state;
	needs(&both_sides);
	map_boot(&both_sides);
	for (unsigned int r = 0; r < ARRAY_SIZE(rights); r++) {
		unsigned int id;

		take_all(rights[r].gfp, 0);
		for_each_zone_id(id) {
			const struct zone *zone = zone_of_id(id);
			unsigned long mark = zone->watermark[WMARK_MIN];

			if (!zone->present_pages || id > ZONE_NORMAL)
				continue;
			mark -= rights[r].halves ? mark / 2 : 0;
			mark -= rights[r].quarters ? mark / 4 : 0;
			mark += zone->lowmem_reserve[ZONE_NORMAL];
			assert_int_equal(zone->nr_free_pages,
					 rights[r].gfp & __GFP_MEMALLOC ? 0 : mark);
		}
	}
	give_all(0);
	check_all_is_back();
}

/* A request goes on to the next zone at the low mark, and comes back when all zones have reached
 * theirs. */
static void low_marks_come_first(void **state)
{
	const struct zone *high = zone_of_id(ZONE_NORMAL);

	(void)state;
	needs(&both_sides);
	map_boot(&both_sides);
	if (!high->present_pages || high->present_pages == totalram_pages() ||
	    highest_populated(ZONE_NORMAL) != ZONE_NORMAL)
		skip();
	do {
		taken[nr_taken] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0);
		assert_non_null(taken[nr_taken]);
	} while (zone_of(taken[nr_taken++]) == ZONE_NORMAL);
	assert_int_equal(high->nr_free_pages, high->watermark[WMARK_LOW]);
	while (zone_of(taken[nr_taken - 1]) != ZONE_NORMAL) {
		taken[nr_taken] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0);
		assert_non_null(taken[nr_taken++]);
	}
	for (unsigned int id = 0; id < ZONE_NORMAL; id++)
		if (zone_of_id(id)->present_pages)
			assert_int_equal(zone_of_id(id)->nr_free_pages,
					 zone_of_id(id)->watermark[WMARK_LOW] +
					 zone_of_id(id)->lowmem_reserve[ZONE_NORMAL]);
	give_all(0);
	check_all_is_back();
}

/* A free page on a list of a lower zone does not tempt a request that a higher zone can serve. */
static void lists_of_lower_zones_wait(void **state)
{
	struct page *page;

	(void)state;
	needs(&both_sides);
	map_boot(&both_sides);
	if (!IS_ENABLED(CONFIG_ZONE_DMA32) || highest_populated(ZONE_NORMAL) != ZONE_NORMAL ||
	    highest_populated(ZONE_DMA32) != ZONE_DMA32)
		skip();
	page = alloc_pages(GFP_DMA32, 0);
	assert_int_equal(zone_of(page), ZONE_DMA32);
	__free_pages(page, 0);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_int_equal(zone_of(page), ZONE_NORMAL);
	__free_pages(page, 0);
	check_all_is_back();
}

/* Blocks of orders that no CPU keeps go on to the next zone at the low mark, too. */
static void low_marks_hold_for_large_blocks(void **state)
{
	const struct zone *high = zone_of_id(ZONE_NORMAL);
	unsigned int order = PCP_SMALL_ORDERS;

	(void)state;
	needs(&both_sides);
	map_boot(&both_sides);
	while (order <= MAX_ORDER && pcp_order(order))
		order++;
	if (order > MAX_ORDER || !high->present_pages ||
	    high->present_pages == totalram_pages() ||
	    highest_populated(ZONE_NORMAL) != ZONE_NORMAL)
		skip();
	do {
		taken[nr_taken] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
		assert_non_null(taken[nr_taken]);
	} while (zone_of(taken[nr_taken++]) == ZONE_NORMAL);
	assert_in_range(high->nr_free_pages, high->watermark[WMARK_LOW],
			high->watermark[WMARK_LOW] + (1ul << order) - 1);
	give_all(order);
	check_all_is_back();
}

/* A zone's reserve is kept from requests that could use a higher zone, and from no others. */
static void lowmem_is_reserved(void **state)
{
	const struct zone *low;

	(void)state;
	needs(&both_sides);
	map_boot(&both_sides);
	low = zone_of_id(ZONE_DMA32);
	if (ZONE_DMA32 == ZONE_NORMAL || !low->lowmem_reserve[ZONE_NORMAL])
		skip();
	take_all(GFP_KERNEL, 0);
	assert_int_equal(low->nr_free_pages, low->watermark[WMARK_MIN] +
					     low->lowmem_reserve[ZONE_NORMAL]);
	assert_int_equal(take_all(GFP_DMA32, 0), low->lowmem_reserve[ZONE_NORMAL]);
	assert_int_equal(low->nr_free_pages, low->watermark[WMARK_MIN]);
	give_all(0);
	check_all_is_back();
}

/*
 * Linux's published formula by hand: a zone keeps from requests that could go up to zone j the
 * managed pages of the zones above it, up to j, divided by its ratio: 256, 256, 32, none.
 */
static void reserves_of_four_zones(void **state)
{
	static const struct {
		unsigned long managed[4], reserve[4][4];
	} rows[] = {
		{ { 4096, 782336, 1310720, 262144 },
		  { { 0, 3056, 8176, 9200 }, { 0, 0, 5120, 6144 }, { 0, 0, 0, 8192 }, { 0 } } },
		/* An empty zone keeps nothing and adds nothing. */
		{ { 4096, 0, 262144, 65536 },
		  { { 0, 0, 1024, 1280 }, { 0 }, { 0, 0, 0, 2048 }, { 0 } } },
		{ { 0, 786432, 262144, 0 }, { { 0 }, { 0, 0, 1024, 1024 }, { 0 }, { 0 } } },
		/* The sum of the zones above is divided, and not each of them. */
		{ { 100, 255, 1, 255 },
		  { { 0, 0, 1, 1 }, { 0, 0, 0, 1 }, { 0, 0, 0, 7 }, { 0 } } },
	};

	(void)state;
	if (MAX_NR_ZONES != 4)
		skip();
	map_boot(&one_bank);
	for (unsigned int r = 0; r < ARRAY_SIZE(rows); r++) {
		struct zone *zones = NODE_DATA(0)->node_zones;

		for (unsigned int i = 0; i < 4; i++) {
			zones[i].managed_pages = rows[r].managed[i];
			zones[i].init_pages = 0;
		}
		setup_per_zone_lowmem_reserve();
		for (unsigned int i = 0; i < 4; i++)
			for (unsigned int j = 0; j < 4; j++)
				if (zones[i].lowmem_reserve[j] != rows[r].reserve[i][j])
					fail_msg("row %u: zone %u keeps %lu from zone %u", r, i,
						 zones[i].lowmem_reserve[j], j);
	}
}

/* A free block is not enough: what is left after it must be above the mark, too. */
static void large_blocks_respect_marks(void **state)
{
	(void)state;
	map_boot(&one_bank);
	for (unsigned int order = CONFIG_MAX_ORDER + 1; order-- > 0;) {
		take_all(GFP_KERNEL, order);
		assert_in_range(nr_free_pages(), main_zone()->watermark[WMARK_MIN],
				totalram_pages());
		give_all(order);
	}
	check_all_is_back();
}

/* ---- types ---- */

static unsigned long pageblocks_of(unsigned int mt)
{
	unsigned long nr = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		nr += zone->nr_pageblocks[mt];
	return nr;
}

static void needs_types(unsigned int least_order)
{
	if (!PAGEBLOCKS_KEPT || CONFIG_PAGEBLOCK_ORDER < (int)least_order ||
	    CONFIG_PAGEBLOCK_ORDER > 9 || MAX_NR_ZONES > 2)
		skip();
	map_boot(&one_bank);
	assert_true(page_group_by_mobility);
}

/* Every pageblock is movable at first, and the largest block changes its type as a whole. */
static void first_unmovable_takes_the_largest(void **state)
{
	unsigned long movable, moved;
	struct page *page;
	unsigned int order = CONFIG_MAX_ORDER;

	(void)state;
	needs_types(1);
	while (!free_blocks(main_zone(), order))
		order--;
	movable = pageblocks_of(MIGRATE_MOVABLE);
	moved = 1ul << (order - CONFIG_PAGEBLOCK_ORDER);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_int_equal(pageblocks_of(0), moved);
	assert_int_equal(pageblocks_of(MIGRATE_MOVABLE), movable - moved);
	assert_int_equal(page_migratetype(page), 0);
	assert_null(pageblock_rules());

	/* The rest of that block serves the next requests of its type; another type takes a new
	 * block. */
	__free_pages(alloc_pages(GFP_KERNEL, CONFIG_PAGEBLOCK_ORDER - 1),
		     CONFIG_PAGEBLOCK_ORDER - 1);
	assert_int_equal(pageblocks_of(0), moved);
	__free_pages(alloc_pages(__GFP_RECLAIMABLE, 0), 0);
	assert_in_range(pageblocks_of(2), 1, moved);
	__free_pages(page, 0);
	check_all_is_back();
}

/* Frees the frames [first, first + nr) of the pageblock at pfn, all of which are in taken[]. */
static void free_part(unsigned long pfn, unsigned long first, unsigned long nr)
{
	unsigned int i = 0;

	while (i < nr_taken) {
		unsigned long at = page_to_pfn(taken[i]) - pfn;

		if (at >= first && at < first + nr) {
			__free_pages(taken[i], 0);
			taken[i] = taken[--nr_taken];
		} else {
			i++;
		}
	}
	drain_all_cpus();
}

/* The first pageblock from pfn on that was all free when boot ended. */
static unsigned long full_pageblock(unsigned long pfn)
{
	unsigned long nr = 1ul << CONFIG_PAGEBLOCK_ORDER, i;

	for (pfn = (pfn + nr - 1) / nr * nr;; pfn += nr) {
		for (i = 0; i < nr && frame_kind(pfn + i) == FRAME_FREE; i++)
			;
		if (i == nr)
			return pfn;
	}
}

/*
 * An unmovable request in a movable pageblock takes only what it needs while less than half of the
 * pageblock is free or of its own type, and from half on the whole pageblock.
 */
static void half_a_pageblock_changes_it(void **state)
{
	unsigned long half = (1ul << CONFIG_PAGEBLOCK_ORDER) / 2, pfn, movable;
	struct page *page;

	(void)state;
	needs_types(3);
	fill_with(GFP_MOVABLE);
	pfn = full_pageblock(map_first_pfn());
	movable = pageblocks_of(MIGRATE_MOVABLE);
	free_part(pfn, 0, half - 1);
	page = alloc_pages(__GFP_MEMALLOC, 0);
	assert_in_range(page_to_pfn(page), pfn, pfn + half - 2);
	assert_int_equal(pfn_to_pageblock(pfn)->mt, 1);
	assert_int_equal(pageblocks_of(MIGRATE_MOVABLE), movable);
	__free_pages(page, 0);
	drain_all_cpus();

	free_part(pfn, half - 1, 1);
	page = alloc_pages(__GFP_MEMALLOC, 0);
	assert_int_equal(pfn_to_pageblock(pfn)->mt, 0);
	assert_int_equal(pageblocks_of(MIGRATE_MOVABLE), movable - 1);
	assert_int_equal(pageblocks_of(0), 1);
	assert_null(pageblock_rules());
	__free_pages(page, 0);
	give_all(0);
	check_all_is_back();
}

/* A small movable request in an unmovable pageblock takes the smallest block and changes no type;
 * its page goes back under the pageblock's type: proves K1. */
static void movable_pages_borrow(void **state)
{
	unsigned long pfn, nr = 1ul << CONFIG_PAGEBLOCK_ORDER, unmovable;
	struct page *page;

	(void)state;
	needs_types(4);
	fill_with(GFP_KERNEL);
	pfn = full_pageblock(map_first_pfn());
	unmovable = pageblocks_of(0);
	free_part(pfn, nr - 2, 2);
	free_part(pfn, 5, 1);
	page = alloc_pages(GFP_MOVABLE | __GFP_MEMALLOC, 0);
	assert_int_equal(page_to_pfn(page), pfn + 5);
	assert_int_equal(pageblocks_of(0), unmovable);
	/* The other two pages may be on this CPU's list by now. */
	assert_in_range(pfn_to_pageblock(pfn)->movable_pages, 1, 3);
	assert_null(pageblock_rules());
	/* The page goes back under the pageblock's type. */
	__free_pages(page, 0);
	drain_all_cpus();
	assert_int_equal(page_migratetype(pfn_to_page(pfn + 5)), 0);
	assert_null(pageblock_rules());
	give_all(0);
	check_all_is_back();
}

/* From half of a pageblock's order on, a movable request takes the largest block. */
static void movable_pages_take_what_is_large(void **state)
{
	const unsigned long nr = 1ul << CONFIG_PAGEBLOCK_ORDER;
	const unsigned long large = 1ul << (CONFIG_PAGEBLOCK_ORDER / 2);
	unsigned long pfn[2], unmovable;
	struct page *page;

	(void)state;
	needs_types(4);
	fill_with(GFP_KERNEL);
	pfn[0] = full_pageblock(map_first_pfn());
	pfn[1] = full_pageblock(pfn[0] + nr);
	unmovable = pageblocks_of(0);
	free_part(pfn[0], 2 * large, large);
	free_part(pfn[1], 7, 1);
	page = alloc_pages(GFP_MOVABLE | __GFP_MEMALLOC, 0);
	assert_in_range(page_to_pfn(page), pfn[0] + 2 * large, pfn[0] + 3 * large - 1);
	/* The block is less than half of the pageblock, whose type stays. */
	assert_int_equal(pageblocks_of(0), unmovable);
	__free_pages(page, 0);
	give_all(0);
	check_all_is_back();
}

/* A pageblock of which half is free, in small pieces, is not claimed by a movable request. */
static void small_pieces_claim_nothing(void **state)
{
	unsigned long nr = 1ul << CONFIG_PAGEBLOCK_ORDER, pfn, unmovable;
	struct page *page;

	(void)state;
	needs_types(4);
	fill_with(GFP_KERNEL);
	pfn = full_pageblock(map_first_pfn());
	unmovable = pageblocks_of(0);
	for (unsigned long i = 0; i < nr; i += 2)
		free_part(pfn, i, 1);
	page = alloc_pages(GFP_MOVABLE | __GFP_MEMALLOC, 0);
	assert_int_equal(page_to_pfn(page) & ~(nr - 1), pfn);
	assert_int_equal(pageblocks_of(0), unmovable);
	assert_int_equal(pfn_to_pageblock(pfn)->mt, 0);
	assert_null(pageblock_rules());
	__free_pages(page, 0);
	give_all(0);
	check_all_is_back();
}

/* A reclaimable and a movable pageblock are free: an unmovable request takes the reclaimable
 * one. */
static void kin_comes_first(void **state)
{
	unsigned long nr = 1ul << CONFIG_PAGEBLOCK_ORDER, pfn[2];
	struct page *page;

	(void)state;
	needs_types(3);
	fill_with(GFP_MOVABLE);
	pfn[0] = full_pageblock(map_first_pfn());
	/* The second pageblock is not beside the first, so that they do not merge. */
	pfn[1] = full_pageblock(pfn[0] + 2 * nr);
	free_part(pfn[0], 0, nr);
	page = alloc_pages(__GFP_RECLAIMABLE | __GFP_MEMALLOC, CONFIG_PAGEBLOCK_ORDER);
	assert_int_equal(page_to_pfn(page), pfn[0]);
	assert_int_equal(pageblocks_of(2), 1);
	free_part(pfn[1], 0, nr);
	__free_pages(page, CONFIG_PAGEBLOCK_ORDER);
	drain_all_cpus();

	page = alloc_pages(__GFP_MEMALLOC, 0);
	assert_in_range(page_to_pfn(page), pfn[0], pfn[0] + nr - 1);
	assert_int_equal(pageblocks_of(2), 0);
	assert_int_equal(pageblocks_of(0), 1);
	assert_null(pageblock_rules());
	__free_pages(page, 0);
	give_all(0);
	check_all_is_back();
}

/* There is too little RAM for three types: all requests share one type, whatever they ask for. */
static void grouping_is_off_on_small_machines(void **state)
{
	static const struct map small = { .banks = { { GB(2), MB(5) } } };
	static const gfp_t flags[] = { GFP_KERNEL, GFP_MOVABLE, __GFP_RECLAIMABLE,
				       GFP_MOVABLE | __GFP_RECLAIMABLE };

	(void)state;
	map_boot(&small);
	if (page_group_by_mobility)
		skip();
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
		struct page *page = alloc_pages(flags[i], 0);

		assert_non_null(page);
		assert_int_equal(page_migratetype(page), 0);
		taken[nr_taken++] = page;
	}
	give_all(0);
	check_all_is_back();
}

/* Types are kept apart from as many pages on as three pageblocks have, and the log says from
 * when. */
static void grouping_begins_at_three_pageblocks(void **state)
{
	const unsigned long limit = 3ul << CONFIG_PAGEBLOCK_ORDER;

	(void)state;
	if (!IS_ENABLED(CONFIG_PAGE_MOBILITY) || limit < MB(4) / FRAME || limit > MB(64) / FRAME)
		skip();
	for (unsigned long frames = limit - 1; frames <= limit + 1; frames++) {
		const struct map map = { .banks = { { GB(2), frames * FRAME } } };

		map_boot(&map);
		assert_int_equal(page_group_by_mobility, frames >= limit);
		assert_non_null(strstr(host_log(), frames < limit ? "mobility grouping off"
								   : "mobility grouping on"));
		taken[0] = alloc_pages(GFP_MOVABLE, 0);
		assert_int_equal(page_migratetype(taken[0]), frames >= limit ? 1 : 0);
		__free_pages(taken[0], 0);
		check_all_is_back();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(zones_by_flags),
		TEST(marks_hold),
		TEST(low_marks_come_first),
		TEST(low_marks_hold_for_large_blocks),
		TEST(lists_of_lower_zones_wait),
		TEST(lowmem_is_reserved),
		TEST(reserves_of_four_zones),
		TEST(large_blocks_respect_marks),
		TEST(first_unmovable_takes_the_largest),
		TEST(half_a_pageblock_changes_it),
		TEST(movable_pages_borrow),
		TEST(movable_pages_take_what_is_large),
		TEST(small_pieces_claim_nothing),
		TEST(kin_comes_first),
		TEST(grouping_is_off_on_small_machines),
		TEST(grouping_begins_at_three_pageblocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
