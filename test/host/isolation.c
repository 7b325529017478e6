/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pageblocks that are set aside and given back, with what is freed meanwhile, and what stands in
 * the way. Each case ends with all memory back and every counter where it was.
 */
#include <kernel/errno.h>
#include <mm/page_isolation.h>

#include "audit_lines.h"
#include "mm/page/special.h"

#define PB_PAGES	(1ul << CONFIG_PAGEBLOCK_ORDER)

/* All that a zone counts. */
struct counters {
	unsigned long free, listed, pageblocks[MIGRATE_TYPES];
	u32 nr_free[NR_PAGE_ORDERS][MIGRATE_TYPES];
};

static struct counters counters_of(const struct zone *zone)
{
	struct counters c = { .free = zone_free_pages(zone), .listed = zone_listed_pages(zone) };

	memcpy(c.pageblocks, zone->nr_pageblocks, sizeof(c.pageblocks));
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		memcpy(c.nr_free[order], zone->free_area[order].nr_free, sizeof(c.nr_free[order]));
	return c;
}

static void same_counters(const struct zone *zone, struct counters before)
{
	struct counters now = counters_of(zone);

	assert_memory_equal(&now, &before, sizeof(now));
	map_audit();
	assert_null(pageblock_rules());
}

/* The machine, and a pageblock of its main zone in which nothing was ever taken: the last one,
 * free. */
static unsigned long boot_for(struct zone **zone)
{
	unsigned long pfn;

	if (PB_PAGES > MB(8) / FRAME)
		skip();
	map_boot(&two_cpus);
	*zone = main_zone();
	pfn = ALIGN_DOWN(zone_end_pfn(*zone), PB_PAGES) - PB_PAGES;
	while (page_order(pfn_to_page(block_head_pfn(pfn))) < CONFIG_PAGEBLOCK_ORDER ||
	       page_state(pfn_to_page(block_head_pfn(pfn))) != PG_BUDDY)
		pfn -= PB_PAGES;
	return pfn;
}

static void isolate(unsigned long pfn, unsigned long nr)
{
	struct page_obstacle o;

	assert_int_equal(start_isolate_page_range(pfn, pfn + nr * PB_PAGES, &o), 0);
	for (unsigned long i = 0; i < nr; i++)
		assert_true(pageblock_is_isolated(pfn + i * PB_PAGES));
	map_audit();
}

/* A movable block of the main zone in a pageblock that can be isolated; boot keeps some of the
 * others. */
static struct page *movable_block(unsigned int order)
{
	struct page_obstacle o;
	struct page *page;
	unsigned long pfn;

	for (;;) {
		page = alloc_pages(GFP_MOVABLE, order);
		assert_non_null(page);
		pfn = ALIGN_DOWN(page_to_pfn(page), PB_PAGES);
		if (page_zone(page) == main_zone() &&
		    start_isolate_page_range(pfn, pfn + PB_PAGES, &o) == 0)
			break;
		taken[nr_taken++] = page;
	}
	undo_isolate_page_range(pfn, pfn + PB_PAGES);
	give_all(order);
	return page;
}

static void undo(unsigned long pfn, unsigned long nr)
{
	undo_isolate_page_range(pfn, pfn + nr * PB_PAGES);
	assert_false(pageblock_is_isolated(pfn));
}

static void refused(unsigned long pfn, unsigned long nr, int err, unsigned long at_pfn,
		    const char *what)
{
	struct counters before = counters_of(main_zone());
	struct page_obstacle o = { .pfn = 0 };

	assert_int_equal(start_isolate_page_range(pfn, pfn + nr * PB_PAGES, &o), err);
	assert_int_equal(o.pfn, at_pfn);
	assert_string_equal(o.what, what);
	same_counters(main_zone(), before);
}

/* Frames that fill_with() took, of a pageblock. */
static unsigned int taken_of(unsigned long pfn)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < nr_taken; i++)
		nr += ALIGN_DOWN(page_to_pfn(taken[i]), PB_PAGES) == pfn;
	return nr;
}

/* proves I2, K4 */
static void a_free_pageblock(void **state)
{
	struct counters before;
	struct zone *zone;
	unsigned long pfn = boot_for(&zone);

	(void)state;
	before = counters_of(zone);
	isolate(pfn, 1);
	assert_int_equal(zone->nr_free_pages, before.free - PB_PAGES);
	assert_int_equal(zone->nr_pageblocks[MIGRATE_ISOLATE], 1);
	assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), PB_PAGES);
	assert_int_equal(zone_listed_pages(zone), before.listed);
	/* Nobody gets it, whatever his rights. */
	fill_with(GFP_KERNEL);
	fill_with(GFP_MOVABLE);
	assert_int_equal(taken_of(pfn), 0);
	assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), PB_PAGES);
	map_boot(&two_cpus);
	zone = main_zone();
	isolate(pfn, 1);
	undo(pfn, 1);
	same_counters(zone, before);
	check_all_is_back();
}

/* The order of the largest free block of the zone, and where one is. */
static unsigned int largest_block(const struct zone *zone, unsigned long *pfn)
{
	unsigned int largest = 0;

	for (unsigned long at = zone->zone_start_pfn; at < zone_end_pfn(zone);
	     at += 1ul << page_order(pfn_to_page(at)))
		if (page_state(pfn_to_page(at)) == PG_BUDDY &&
		    page_order(pfn_to_page(at)) >= largest) {
			largest = page_order(pfn_to_page(at));
			*pfn = at;
		}
	return largest;
}

/* Neighbours become one block while they are isolated, and each gets its own type back. */
static void neighbours(void **state)
{
	struct counters before;
	struct zone *zone;
	unsigned long pfn = boot_for(&zone), nr;
	unsigned int order;

	(void)state;
	order = largest_block(zone, &pfn);
	assert_in_range(order, CONFIG_PAGEBLOCK_ORDER, CONFIG_MAX_ORDER);
	nr = 1ul << (order - CONFIG_PAGEBLOCK_ORDER);
	before = counters_of(zone);
	isolate(pfn, 1);
	if (nr > 1) {
		unsigned long flags = spin_lock_irqsave(&zone->lock);

		pageblock_retype_whole(zone, pfn + PB_PAGES, pageblock_head_pfn(pfn + PB_PAGES),
				       MIGRATE_MOVABLE, MIGRATE_UNMOVABLE);
		spin_unlock_irqrestore(&zone->lock, flags);
		isolate(pfn + PB_PAGES, nr - 1);
	}
	assert_int_equal(zone->free_area[order].nr_free[MIGRATE_ISOLATE], 1);
	undo(pfn, 1);
	for (unsigned long i = 1; i < nr; i++) {
		assert_true(pageblock_is_isolated(pfn + i * PB_PAGES));
		undo(pfn + i * PB_PAGES, 1);
		if (i == 1)
			assert_in_range(zone->nr_pageblocks[MIGRATE_UNMOVABLE], 1, 2);
	}
	assert_int_equal(counters_of(zone).free, before.free);
	check_all_is_back();
}

/* Of a pageblock in use the free blocks go aside, and so does whatever is freed there. */
static void a_pageblock_in_pieces(void **state)
{
	struct counters before;
	struct zone *zone;
	unsigned long pfn = boot_for(&zone), freed = 0;
	unsigned int kept = 0;

	(void)state;
	fill_with(GFP_MOVABLE);
	assert_int_equal(taken_of(pfn), PB_PAGES);
	for (unsigned int i = 0; i < nr_taken; i++) {
		if (page_to_pfn(taken[i]) % 3 == 0)
			__free_pages(taken[i], 0);
		else
			taken[kept++] = taken[i];
	}
	nr_taken = kept;
	drain_all_cpus();
	before = counters_of(zone);
	isolate(pfn, 1);
	undo(pfn, 1);
	same_counters(zone, before);

	isolate(pfn, 1);
	kept = 0;
	for (unsigned int i = 0; i < nr_taken; i++) {
		unsigned long at_pfn = page_to_pfn(taken[i]);

		if (ALIGN_DOWN(at_pfn, PB_PAGES) == pfn && at_pfn % 2) {
			__free_pages(taken[i], 0);
			freed++;
		} else {
			taken[kept++] = taken[i];
		}
	}
	nr_taken = kept;
	drain_all_cpus();
	assert_true(freed > 0);
	assert_int_equal(zone->nr_free_pages,
			 before.free - pfn_to_pageblock(pfn)->free_pages + freed);
	map_audit();
	give_all(0);
	assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), PB_PAGES);
	assert_int_equal(zone->free_area[CONFIG_PAGEBLOCK_ORDER].nr_free[MIGRATE_ISOLATE], 1);
	undo(pfn, 1);
	check_all_is_back();
}

/* A page on a CPU's list stays there, and goes aside when the list is drained. */
static void a_page_on_a_list(void **state)
{
	struct zone *zone;
	unsigned long pfn = boot_for(&zone);
	struct page *page;

	(void)state;
	page = movable_block(0);
	pfn = ALIGN_DOWN(page_to_pfn(page), PB_PAGES);
	__free_pages(page, 0);
	isolate(pfn, 1);
	assert_true(pcp_pages(zone) > 0);
	drain_all_cpus();
	assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), PB_PAGES);
	undo(pfn, 1);
	check_all_is_back();
}

/* Larger blocks than a list has, freed one by one and from a list at once. */
static void blocks_of_every_order(void **state)
{
	struct zone *zone;
	unsigned long pfn = boot_for(&zone);

	(void)state;
	for (unsigned int order = 0; order < CONFIG_PAGEBLOCK_ORDER; order++) {
		struct page *page = movable_block(order);

		drain_all_cpus();
		pfn = ALIGN_DOWN(page_to_pfn(page), PB_PAGES);
		isolate(pfn, 1);
		__free_pages(page, order);
		drain_all_cpus();
		assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), PB_PAGES);
		map_audit();
		undo(pfn, 1);
		check_all_is_back();
	}
}

/* proves I1 */
static void what_stands_in_the_way(void **state)
{
	struct zone *zone;
	unsigned long pfn = boot_for(&zone), at_pfn;
	struct page *page = alloc_pages(GFP_MOVABLE, CONFIG_PAGEBLOCK_ORDER);

	(void)state;
	assert_non_null(page);
	at_pfn = page_to_pfn(page);
	refused(at_pfn, 1, -EBUSY, at_pfn, "allocated");
	__free_pages(page, CONFIG_PAGEBLOCK_ORDER);
	drain_all_cpus();
	isolate(pfn, 1);
	/* The second of two: the first is given back. */
	refused(pfn - PB_PAGES, 2, -EBUSY, pfn, "isolated already");
	undo(pfn, 1);
	page = alloc_pages(GFP_KERNEL, 0);
	at_pfn = page_to_pfn(page);
	page_become(page, PG_TABLE);
	refused(ALIGN_DOWN(at_pfn, PB_PAGES), 1, -EBUSY, at_pfn, "page table");
	page_become(page, PG_ALLOCATED);
	__free_pages(page, 0);
	refused(ALIGN_UP(map_end_pfn(), PB_PAGES), 1, -EINVAL, ALIGN_UP(map_end_pfn(), PB_PAGES),
		"no RAM");
	check_all_is_back();
}

static void a_reservation_is_named(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(64) } },
		.keeps = { { GB(2) + MB(32) + 5 * FRAME, FRAME, "camera", false } },
	};
	unsigned long pfn = (GB(2) + MB(32)) / FRAME;

	(void)state;
	if (PB_PAGES > MB(8) / FRAME)
		skip();
	map_boot(&map);
	refused(ALIGN_DOWN(pfn, PB_PAGES), 1, -EBUSY, pfn + 5, "camera");
	check_all_is_back();
}

/* proves I1 */
static void misuse_stops(void **state)
{
	struct page_obstacle o;
	struct zone *zone;
	unsigned long pfn = boot_for(&zone);
	int err = 0;

	(void)state;
	assert_int_equal(HOST_TRY(undo_isolate_page_range(pfn, pfn + PB_PAGES)),
			 HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "I1: the block of frame"));
	pfn = boot_for(&zone);
	assert_int_equal(HOST_TRY(err = start_isolate_page_range(pfn, pfn + 1, &o)),
			 HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "I1: the range from frame"));
	assert_int_equal(err, 0);
}

/* proves B4, K5, K6 */
static void damage_is_seen(void **state)
{
	struct zone *zone;
	unsigned long pfn = boot_for(&zone), listed = 0;
	struct page *page = movable_block(0);
	const struct zone *each;

	(void)state;
	drain_all_cpus();
	pfn = ALIGN_DOWN(page_to_pfn(page), PB_PAGES);
	isolate(pfn, 1);
	for_each_populated_zone(each)
		listed += zone_listed_pages(each);
	WITH(zone_nr_special(zone, MIGRATE_ISOLATE), PB_PAGES + 4,
	     "zone %s: %s\nU2: free lists count %lu frames, the walk %lu\n", zone->name,
	     "B4: nr_free_special is not the sum of its type's lists",
	     listed + 5, listed);
	pfn_to_pageblock(pfn)->mt = MIGRATE_MOVABLE;
	assert_string_equal(zone_validate(zone),
			    "K5: a free block's type is not that of its special pageblock");
	pfn_to_pageblock(pfn)->mt = MIGRATE_ISOLATE & 7;
	map_audit();
	undo(pfn, 1);
	__free_pages(page, 0);
	check_all_is_back();
}

/*
 * Pages of an isolated pageblock, on a list such that the first twelve join nothing, and each of
 * the others its neighbour and what that one is part of. A hold ends with its steps: five for one
 * that joins nothing, so nine of them; then the other three, and six whose merges are 10.
 */
static void a_hold_counts_what_is_joined(void **state)
{
	enum { PIECES = 24, FIRST = 9, FIRST_STEPS = 5 * FIRST - 2,
	       NEXT = 3 + 6, NEXT_STEPS = 5 * NEXT + 10 };
	struct pcp_list *list;
	u32 pfns[PIECES + 1];
	struct zone *zone;
	unsigned long pfn = boot_for(&zone), flags;

	(void)state;
	if (PB_PAGES < 2 * PIECES)
		skip();
	fill_with(GFP_MOVABLE);
	assert_int_equal(taken_of(pfn), PB_PAGES);
	isolate(pfn, 1);
	list = this_cpu_ptr(pcp_list_of(zone, 0, MIGRATE_MOVABLE));
	pfns[0] = 0;
	for (unsigned int i = 0; i < PIECES; i++) {
		pfns[PIECES - i] = (u32)pfn + (i < PIECES / 2 ? 2 * i : 2 * i - PIECES + 1);
		pfn_to_page(pfns[PIECES - i])->word = list->word;
	}
	flags = spin_lock_irqsave(&zone->lock);
	assert_int_equal(buddy_free_bulk(zone, 0, list->word, pfns + 1, PIECES, FIRST_STEPS),
			 FIRST);
	assert_int_equal(buddy_free_bulk(zone, 0, list->word, pfns + 1, PIECES - FIRST, NEXT_STEPS),
			 NEXT);
	spin_unlock_irqrestore(&zone->lock, flags);
	assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), FIRST + NEXT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_free_pageblock),
		TEST(neighbours),
		TEST(a_pageblock_in_pieces),
		TEST(a_page_on_a_list),
		TEST(blocks_of_every_order),
		TEST(what_stands_in_the_way),
		TEST(a_reservation_is_named),
		TEST(a_hold_counts_what_is_joined),
		TEST(misuse_stops),
		TEST(damage_is_seen),
	};

	return cmocka_run_group_tests_name("isolation", tests, NULL, NULL);
}
