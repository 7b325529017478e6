/* SPDX-License-Identifier: BSD-2-Clause */
/* Pageblocks that are kept for larger requests that cannot wait: how many, for whom, how long. */
#include "audit_lines.h"

#define PB_PAGES	(1ul << CONFIG_PAGEBLOCK_ORDER)
#define GFP_QUIET	(GFP_ATOMIC | __GFP_NOWARN)

/* 1 % is a pageblock and some frames. */
static const struct map map_240 = { .banks = { { GB(2), MB(240) } } };

static struct zone *boot(const struct map *map)
{
	if (PB_PAGES != 512 || MAX_PHYSMEM_PFN * FRAME < GB(4))
		skip();
	map_boot(map);
	return main_zone();
}

static unsigned long kept(const struct zone *zone)
{
	return zone->nr_pageblocks[MIGRATE_HIGHATOMIC];
}

/* Takes a block from a pageblock that is not kept yet, or from any pageblock once all are kept. */
static struct page *take_atomic(unsigned int order)
{
	struct page *page = alloc_pages(GFP_QUIET, order);

	assert_non_null(page);
	assert_true(nr_taken < ENOUGH);
	return taken[nr_taken++] = page;
}

static void give_taken(void)
{
	while (nr_taken > 0) {
		struct page *page = taken[--nr_taken];

		__free_pages(page, page_order(page));
	}
	drain_all_cpus();
}

/* A request that fails takes back what is kept. */
static void all_is_back(struct zone *zone)
{
	give_taken();
	assert_null(alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC, CONFIG_MAX_ORDER + 1));
	fill_with(GFP_KERNEL);
	assert_int_equal(kept(zone), 0);
	give_taken();
	check_all_is_back();
}

/* proves K8 */
static void as_much_as_may_be(void **state)
{
	struct zone *zone = boot(&map_240);
	unsigned long most = zone->managed_pages / 100 / PB_PAGES + 1;

	(void)state;
	assert_int_equal(kept(zone), 0);
	take_atomic(0);
	assert_int_equal(kept(zone), 0);
	taken[nr_taken++] = alloc_pages(GFP_KERNEL, 3);
	assert_int_equal(kept(zone), 0);
	take_atomic(3);
	assert_int_equal(kept(zone), 1);
	map_audit();
	assert_null(pageblock_rules());
	assert_int_equal(zone_free_pages(zone), zone_listed_pages(zone));
	for (unsigned int i = 0; i < 300; i++)
		take_atomic(6);
	assert_int_equal(kept(zone), most);
	map_audit();
	assert_null(pageblock_rules());
	all_is_back(zone);
}

static void with_constants(void **state)
{
	struct zone *zone = boot(&map_240);

	(void)state;
	/* The inline way takes nothing of what is kept, though its list is full. */
	taken[nr_taken++] = alloc_pages(GFP_KERNEL, 1);
	__free_pages(taken[--nr_taken], 1);
	taken[nr_taken++] = alloc_pages(GFP_ATOMIC, 1);
	assert_int_equal(kept(zone), 1);
	all_is_back(zone);
	taken[nr_taken++] = alloc_pages(GFP_ATOMIC | __GFP_ZERO, 2);
	assert_int_equal(kept(zone), 1);
	all_is_back(zone);
	taken[nr_taken++] = alloc_pages_node(0, GFP_ATOMIC, 2);
	assert_int_equal(kept(zone), 1);
	all_is_back(zone);
}

/* What is free of it counts for nobody else's mark, and nobody else gets it while he can be met. */
static void for_whom_it_is(void **state)
{
	/* The smallest that no CPU keeps. */
	const unsigned int order = PCP_SMALL_ORDERS;
	struct zone *zone = boot(&map_240);
	unsigned long pfn, free;
	struct page *page;

	(void)state;
	/* Where another zone has room it comes before what is kept. */
	for (unsigned int i = 0; i <= ZONE_NORMAL; i++)
		if (i != zone->idx && NODE_DATA(zone->nid)->node_zones[i].present_pages)
			skip();
	pfn = ALIGN_DOWN(page_to_pfn(take_atomic(order)), PB_PAGES);
	free = zone_nr_special(zone, MIGRATE_HIGHATOMIC);
	assert_int_equal(free, pfn_to_pageblock(pfn)->free_pages);
	/* All that lies above the low mark. */
	while (zone->nr_free_pages > zone->watermark[WMARK_LOW] + 64)
		taken[nr_taken++] = alloc_pages(GFP_KERNEL, 0);
	while (zone->nr_free_pages > zone->watermark[WMARK_LOW])
		taken[nr_taken++] = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 0);
	assert_int_equal(zone_nr_special(zone, MIGRATE_HIGHATOMIC), free);
	page = take_atomic(order);
	assert_int_equal(ALIGN_DOWN(page_to_pfn(page), PB_PAGES), pfn);
	assert_int_equal(zone_nr_special(zone, MIGRATE_HIGHATOMIC), free - (1u << order));
	map_audit();
	__free_pages(taken[--nr_taken], order);
	assert_int_equal(zone_nr_special(zone, MIGRATE_HIGHATOMIC), free);
	/* Other requests take the rest down to the marks; then what was kept is theirs, too. */
	while (kept(zone) && (page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0)))
		taken[nr_taken++] = page;
	assert_int_equal(kept(zone), 0);
	assert_int_equal(zone_nr_special(zone, MIGRATE_HIGHATOMIC), 0);
	assert_true(zone->nr_free_pages >= zone->watermark[WMARK_MIN]);
	all_is_back(zone);
}

/* A large block that only what is kept lies in the way of. */
static void given_back_for_a_large_block(void **state)
{
	struct zone *zone = boot(&map_240);
	struct page *page;
	unsigned int nr;

	(void)state;
	for (unsigned int i = 0; i < 300; i++)
		take_atomic(6);
	assert_int_equal(kept(zone), 2);
	nr = nr_taken;
	while ((page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, CONFIG_PAGEBLOCK_ORDER)))
		taken[nr_taken++] = page;
	/* None of it was free as a whole, so all of it went back before the request failed. */
	assert_int_equal(kept(zone), 0);
	assert_true(nr_taken > nr);
	all_is_back(zone);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(as_much_as_may_be),
		TEST(with_constants),
		TEST(for_whom_it_is),
		TEST(given_back_for_a_large_block),
	};

	return cmocka_run_group_tests_name("highatomic", tests, NULL, NULL);
}
