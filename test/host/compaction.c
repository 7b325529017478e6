/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that lies in pieces: a request that may wait gets its pageblock all the same. */
#define PLACES		16384u
#include "shelf_machine.h"

#include <mm/compaction.h>
#include <mm/contig.h>
#include <mm/page_isolation.h>
#include <mm/vm_event.h>

#include "mm/page/internal.h"

static struct zone *main_zone(void)
{
	return page_zone(pfn_to_page(block_head_pfn(max_pfn - 1)));
}

/* Fills all memory with single movable pages, and takes those out that keep() does not want. */
static void fill_memory(bool (*keep)(unsigned int part))
{
	unsigned int nr = 0;

	boot();
	while (nr < PLACES && put_on_shelf(movable_kind_nr(shelf), nr, 0, nr + 1))
		nr++;
	/* All memory was taken; the few pages that are left lie below the mark. */
	assert_int_not_equal(nr, PLACES);
	for (unsigned int part = 0; part < nr; part++)
		if (!keep(part))
			take_from_shelf(part);
	drain_local_pages();
	checked();
}

static bool keep_odd(unsigned int part)
{
	return part % 2;
}

static void check_shelf(void)
{
	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page)
			check_contents(&shelf[part]);
}

static void empty_shelf(void)
{
	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page)
			take_from_shelf(part);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
}

/* No block of two pages is free, and pageblocks are had until memory is short. */
static void pageblocks_out_of_pieces(void **state)
{
	struct page *blocks[64];
	unsigned int nr = 0, mark;
	struct zone *zone;

	(void)state;
	fill_memory(keep_odd);
	zone = main_zone();
	assert_null(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, pageblock_order));
	mark = (unsigned int)(zone->watermark[WMARK_MIN] +
			      zone->lowmem_reserve[ZONE_NORMAL]);
	while (nr < ARRAY_SIZE(blocks)) {
		blocks[nr] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, pageblock_order);
		if (!blocks[nr])
			break;
		nr++;
		checked();
	}
	assert_in_range(nr, 8, ARRAY_SIZE(blocks) - 1);
	assert_int_equal(compact_counts().success, nr);
	/* The request failed because memory is short, not because it lies in pieces. */
	assert_true(zone->nr_free_pages < mark + 2 * pageblock_nr_pages);
	check_shelf();
	while (nr--)
		__free_pages(blocks[nr], pageblock_order);
	empty_shelf();
}

static bool keep_one_of_each_pageblock(unsigned int part)
{
	return page_to_pfn(shelf[part].page) % pageblock_nr_pages == 5;
}

static const unsigned int counted[] = { COMPACTSTALL, COMPACTSUCCESS, COMPACTFAIL,
					COMPACTMIGRATE_SCANNED, COMPACTISOLATED };
static u64 counts[ARRAY_SIZE(counted)];

/* So many more of each event than when it was last asked. */
static void counts_grew(u64 stalls, u64 successes, u64 fails, u64 scanned, u64 isolated)
{
	const u64 by[] = { stalls, successes, fails, scanned, isolated };

	for (unsigned int i = 0; VM_EVENTS && i < ARRAY_SIZE(counted); i++)
		assert_int_equal(vm_event_sum(counted[i]), counts[i] += by[i]);
}

static void begin_counts(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(counted); i++)
		counts[i] = vm_event_sum(counted[i]);
}

/* The pageblock with the fewest pages is emptied first: one move is enough. */
static void the_cheapest_goes_first(void **state)
{
	unsigned int movable, nr = 0;
	unsigned long pfn;
	struct page *page;

	(void)state;
	fill_memory(keep_one_of_each_pageblock);
	pfn = candidate_first(main_zone(), &movable);
	assert_int_not_equal(pfn, PFN_NONE);
	assert_int_equal(movable, 1);
	begin_counts();
	page = alloc_pages(GFP_KERNEL, pageblock_order);
	assert_int_equal(page_to_pfn(page), pfn);
	counts_grew(1, 1, 0, 1, 1);
	for (unsigned int part = 0; part < PLACES; part++)
		nr += shelf[part].page && page_to_pfn(shelf[part].page) % pageblock_nr_pages != 5;
	assert_int_equal(nr, 1);
	__free_pages(page, pageblock_order);
	check_shelf();
	empty_shelf();
}

/* A pageblock of which the last pages lie on the CPU's lists needs no move. */
static void lists_go_back_first(void **state)
{
	unsigned long first_pfn;
	unsigned int movable;
	struct page *page;

	(void)state;
	fill_memory(keep_odd);
	first_pfn = ALIGN_DOWN(candidate_first(main_zone(), &movable), pageblock_nr_pages);
	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page &&
		    page_to_pfn(shelf[part].page) - first_pfn < pageblock_nr_pages)
			take_from_shelf(part);
	assert_null(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, pageblock_order));
	begin_counts();
	page = alloc_pages(GFP_KERNEL, pageblock_order);
	assert_non_null(page);
	assert_int_equal(page_to_pfn(page), first_pfn);
	counts_grew(0, 0, 0, 0, 0);
	__free_pages(page, pageblock_order);
	empty_shelf();
}

static void pin(unsigned long pfn, bool pinned)
{
	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page && page_to_pfn(shelf[part].page) / pageblock_nr_pages ==
					pfn / pageblock_nr_pages)
			shelf[part].pinned = pinned;
}

/* One whose owner does not let go is passed over, and is isolated no more: proves CO1. */
static void pinned_pageblocks(void **state)
{
	struct compact_counts before;
	unsigned int movable;
	unsigned long pfn;

	(void)state;
	fill_memory(keep_one_of_each_pageblock);
	before = compact_counts();
	pfn = candidate_first(main_zone(), &movable);
	pin(pfn, true);
	begin_counts();
	assert_true(compact_zone(main_zone(), false));
	/* The pinned one and the next. */
	counts_grew(1, 1, 0, 2, 1);
	assert_false(pageblock_is_isolated(pfn));
	assert_int_not_equal(candidate_first(main_zone(), &movable), pfn);
	for (unsigned int part = 0; part < PLACES; part++)
		shelf[part].pinned = true;
	assert_false(compact_zone(main_zone(), false));
	assert_int_equal(compact_counts().success, before.success + 1);
	assert_int_equal(compact_counts().fail, before.fail + 1);
	checked();
	check_shelf();
	empty_shelf();
	drain_local_pages();
	assert_int_equal(candidate_first(main_zone(), &movable), PFN_NONE);
	begin_counts();
	assert_false(compact_zone(main_zone(), false));
	counts_grew(1, 0, 1, 0, 0);
}

/* Frames taken by their numbers count in their pageblock as any others do: proves CD1. */
static void frames_out_of_a_candidate(void **state)
{
	struct page_obstacle o;
	unsigned int movable;
	unsigned long pfn;

	(void)state;
	if (!IS_ENABLED(CONFIG_CMA))
		skip();
	fill_memory(keep_one_of_each_pageblock);
	pfn = candidate_first(main_zone(), &movable);
	assert_int_equal(alloc_contig_range(pfn + 8, pfn + 16, GFP_NOWAIT, &o), 0);
	checked();
	free_contig_range(pfn + 8, 8);
	checked();
	empty_shelf();
}

static bool keep_all_but_few(unsigned int part)
{
	return part % 64;
}

/* Where there is no room for the contents nothing is tried. */
static void no_room(void **state)
{
	unsigned int movable;

	(void)state;
	fill_memory(keep_all_but_few);
	assert_int_not_equal(candidate_first(main_zone(), &movable), PFN_NONE);
	assert_true(movable > main_zone()->nr_free_pages - (pageblock_nr_pages - movable));
	assert_false(compact_zone(main_zone(), false));
	check_shelf();
	empty_shelf();
}

static char first_line[160];

static void say_once(void *ctx, const char *line)
{
	(void)ctx;
	if (!*first_line)
		snprintf(first_line, sizeof(first_line), "%s", line);
}

/* Lists that are wrong are found by the audit and by the zone's validator: proves CD1, CD2. */
static void wrong_lists(void **state)
{
	char expected[sizeof(first_line)];
	struct pageblock *pb;
	unsigned int movable;
	unsigned long pfn;
	struct audit a;
	u32 was;

	(void)state;
	fill_memory(keep_one_of_each_pageblock);
	pfn = candidate_first(main_zone(), &movable);
	pb = pfn_to_pageblock(pfn);
	pb->level++;
	assert_int_not_equal(machine_audit(&a, say_once, NULL), 0);
	snprintf(expected, sizeof(expected), "CD1: pageblock of frame 0x%lx is a candidate on the "
		 "list of another level", pfn | (pageblock_nr_pages - 1));
	assert_string_equal(first_line, expected);
	assert_string_equal(zone_validate(main_zone()),
			    "CD1: a pageblock is on another list than its own");
	pb->level--;
	was = pb->next_pfn;
	pb->next_pfn = (u32)max_pfn + 512;
	assert_string_equal(zone_validate(main_zone()),
			    "CD1: a list of candidates leads out of the zone");
	pb->next_pfn = was;
	assert_null(zone_validate(main_zone()));
	empty_shelf();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pageblocks_out_of_pieces),
		cmocka_unit_test(the_cheapest_goes_first),
		cmocka_unit_test(lists_go_back_first),
		cmocka_unit_test(pinned_pageblocks),
		cmocka_unit_test(frames_out_of_a_candidate),
		cmocka_unit_test(no_room),
		cmocka_unit_test(wrong_lists),
	};

	return cmocka_run_group_tests_name("compaction", tests, NULL, NULL);
}
