/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is given back under pressure: who asks, when, how much at a time, and that a request
 * fails only when nobody has anything.
 */
#include "slab_common.h"

#include <mm/reclaim.h>

#include "mm/slab/internal.h"

static struct page *hoard;		/* what this test's shrinker keeps, and how much */
static unsigned long hoarded;
static unsigned int counts, scans;
static bool greedy, stubborn;
static gfp_t nested_gfp;

static unsigned long hoard_count(void)
{
	counts++;
	return hoarded;
}

static unsigned long hoard_scan(unsigned long nr_pages)
{
	unsigned long given = 0;

	scans++;
	/* R1: it gets what there is, and asks nobody. */
	if (greedy) {
		unsigned int before = scans;

		assert_null(alloc_pages(nested_gfp, 0));
		assert_int_equal(scans, before);
	}
	while (!stubborn && hoard && given < nr_pages) {
		struct page *page = hoard;

		hoard = *(struct page **)page_address(page);
		__free_page(page);
		hoarded--;
		given++;
	}
	return given;
}

SHRINKER(hoard, "hoard", hoard_count, hoard_scan);

static int machine(void **state)
{
	(void)state;
	boot_ram_for_all(32 * MB, 1);
	kmem_cache_init();
	gfp_allow_waiting();
	hoard = NULL;
	hoarded = counts = scans = 0;
	greedy = stubborn = false;
	return 0;
}

/* A round says so when nobody has anything. */
static void rounds_end(void **state)
{
	unsigned int rounds = 0;

	(void)state;
	while (rounds < 64 && reclaim_round(0, false))
		rounds++;
	assert_in_range(rounds, 0, 63);
}

static void take(unsigned long n, gfp_t gfp)
{
	struct page *page;

	while (n-- && (page = alloc_pages(gfp | __GFP_NOWARN, 0))) {
		*(struct page **)page_address(page) = hoard;
		hoard = page;
		hoarded++;
	}
}

static unsigned long low_mark(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		pages += zone->watermark[WMARK_LOW];
	return pages;
}

/* Above the low mark nobody is asked; below it each request that may wait asks once, and one that
 * may not never does. */
static void asked_below_the_low_mark_alone(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	while (nr_free_pages() > low_mark() + 100)
		take(50, GFP_KERNEL);
	assert_int_equal(scans, 0);
	take(~0ul, GFP_NOWAIT);
	assert_int_equal(counts, 0);
	assert_null(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0));
	assert_null(alloc_pages(GFP_MOVABLE | __GFP_NOWARN, 0));
	assert_int_equal(counts, 0);
	/* Nothing above min: it asks until it is met. */
	assert_non_null(alloc_pages(GFP_KERNEL, 0));
	assert_true(scans > 0 && scans <= RECLAIM_ROUNDS + 1);
}

/* Requests are met as long as the shrinker has something to give. proves R2 */
static void fails_when_nobody_has_anything(void **state)
{
	unsigned long all, got = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	take(~0ul, GFP_NOWAIT);
	all = hoarded;
	assert_true(all > 1000);
	while (alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0))
		got++;
	assert_int_equal(hoarded, 0);
	assert_true(got + 2 * CONFIG_PCP_HIGH > all);
	/* A shrinker claims to have something and gives nothing: the request ends all the same. */
	hoarded = 1;
	stubborn = true;
	scans = 0;
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0));
	assert_int_equal(scans, RECLAIM_ROUNDS + 1);
}

/* A request of a larger order gets a block into which smaller ones have merged. */
static void larger_blocks_come_of_it(void **state)
{
	unsigned int order = MIN_CONST(MAX_ORDER, 3);
	struct page *page;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	take(~0ul, GFP_NOWAIT);
	page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
	assert_non_null(page);
	assert_true(hoarded > 0 || !order);
	__free_pages(page, order);
}

/* proves R1 */
static void a_shrinker_asks_nobody(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	take(~0ul, GFP_NOWAIT);
	greedy = stubborn = true;
	nested_gfp = GFP_KERNEL | __GFP_NOWARN;
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0));
	assert_true(scans > 1);
	/* Afterwards it may ask again. */
	greedy = stubborn = false;
	assert_non_null(alloc_pages(GFP_KERNEL, 0));
}

/* Caches give back empty slabs, depots and the CPU's magazine, and nothing that is in use. */
static void caches_give_what_is_idle(void **state)
{
	static void *objects[16 * MAX_OBJECTS];
	struct kmem_cache *cache = kmem_cache_create("idle", 512, 0, 0, NULL);
	const struct shrinker *s, *slab = NULL;
	unsigned long before, given = 0, steps = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	for_each_shrinker(s)
		if (!strcmp(s->name, "slab"))
			slab = s;
	assert_non_null(slab);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(objects), objects),
			 ARRAY_SIZE(objects));
	/* One object of the first slab stays. */
	kmem_cache_free_bulk(cache, ARRAY_SIZE(objects) - 1, objects + 1);
	before = slab_pages(false);
	memset(objects[0], 0x5a, 512);
	assert_in_range(slab->count(), 1, before);
	while (slab->count() && steps++ < 1000)
		given += reclaim_step(slab);
	assert_int_equal(slab->count(), 0);
	assert_int_equal(given, before - slab_pages(false));
	assert_int_equal(info_of("idle").num_slabs, 1);
	assert_int_equal(info_of("idle").active_objs, 1);
	assert_true(all_bytes(objects[0], 0x5a, 512));
	assert_int_equal(reclaim_step(slab), 0);
	kmem_cache_free(cache, objects[0]);
	assert_int_equal(kmem_cache_destroy(cache), 0);
	assert_null(slab_validate());
}

/* A depot is emptied where the CPU's magazine is empty, and no slab is: all have objects in use. */
static void depots_go_alone(void **state)
{
	static void *objects[8 * MAX_OBJECTS], *held[CONFIG_SLAB_MAGAZINE];
	struct kmem_cache *cache = kmem_cache_create("idle", 512, 0, 0, NULL);
	const struct shrinker *s;
	unsigned int nr = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM) || !IS_ENABLED(CONFIG_SLAB_DEPOT))
		skip();
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(objects), objects),
			 ARRAY_SIZE(objects));
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i += 2)
		kmem_cache_free(cache, objects[i]);
	while (magazine_count(this_cpu_ptr(cache->magazine))) {
		assert_true(nr < ARRAY_SIZE(held));
		held[nr++] = kmem_cache_alloc(cache, GFP_KERNEL);
	}
	assert_true(depot_objects(&cache->node[0]) > 0);
	for_each_shrinker(s)
		if (!strcmp(s->name, "slab"))
			(void)reclaim_all(s);
	assert_int_equal(depot_objects(&cache->node[0]), 0);
	while (nr)
		kmem_cache_free(cache, held[--nr]);
	for (unsigned int i = 1; i < ARRAY_SIZE(objects); i += 2)
		kmem_cache_free(cache, objects[i]);
	assert_int_equal(kmem_cache_destroy(cache), 0);
	assert_null(slab_validate());
}

/* A request is met by the slabs that caches kept. */
static void idle_slabs_meet_a_request(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("idle", PAGE_SIZE / 2, 0, 0, NULL);
	static void *objects[MAX_OBJECTS];

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, MAX_OBJECTS, objects),
			 MAX_OBJECTS);
	kmem_cache_free_bulk(cache, MAX_OBJECTS, objects);
	/* This test's own pages are for nobody. */
	take(~0ul, __GFP_MEMALLOC);
	hoarded = 0;
	assert_null(alloc_pages(__GFP_MEMALLOC | __GFP_NOWARN, 0));
	assert_non_null(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 0));
	assert_null(slab_validate());
}

static unsigned long promise_count(void)
{
	return 7;
}

static unsigned long promise_scan(unsigned long nr_pages)
{
	scans++;
	/* Something comes once. */
	return scans == 2 ? nr_pages : 0;
}

/* Who says that there is more and gives nothing is left alone at last. */
static void promises_are_not_believed_for_ever(void **state)
{
	static const struct shrinker promises = { "promises", promise_count, promise_scan };

	(void)state;
	assert_int_equal(reclaim_all(&promises), RECLAIM_BATCH);
	assert_in_range(scans, 3, 1000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(asked_below_the_low_mark_alone, machine),
		cmocka_unit_test_setup(rounds_end, machine),
		cmocka_unit_test_setup(fails_when_nobody_has_anything, machine),
		cmocka_unit_test_setup(larger_blocks_come_of_it, machine),
		cmocka_unit_test_setup(a_shrinker_asks_nobody, machine),
		cmocka_unit_test_setup(caches_give_what_is_idle, machine),
		cmocka_unit_test_setup(depots_go_alone, machine),
		cmocka_unit_test_setup(idle_slabs_meet_a_request, machine),
		cmocka_unit_test_setup(promises_are_not_believed_for_ever, machine),
	};

	return cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
}
