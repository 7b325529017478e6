/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PAGES_TAKE_H
#define TEST_HOST_PAGES_TAKE_H

/* Machines for tests of single functions, pages taken from them, and a check that all came back. */
#include "pages_rules.h"
#include "pages_shadow.h"

#define ENOUGH	(1u << 16)

static const struct map one_bank = { .banks = { { GB(2), MB(64) } } };
static const struct map two_cpus = { .banks = { { GB(2), MB(64) } }, .cpus = 2 };
static const struct map both_sides = { .banks = { { GB(4) - MB(24), MB(48) } } };

static struct page *taken[ENOUGH];
static unsigned int nr_taken;

/* Skips the test where RAM above 4 GiB has no frame numbers. */
static inline void needs(const struct map *map)
{
	for (unsigned int i = 0; i < MAP_BANKS; i++)
		if (map->banks[i].base + map->banks[i].bytes > MAX_PHYSMEM_PFN * FRAME)
			skip();
}

static inline unsigned long all_free(void)
{
	unsigned long pages = nr_free_pages();
	struct zone *zone;

	for_each_populated_zone(zone)
		pages += pcp_pages(zone);
	return pages;
}

/* Takes blocks of order until there are none left; returns their number. */
static inline unsigned int take_all(gfp_t gfp, unsigned int order)
{
	unsigned int before = nr_taken;
	struct page *page;

	while (nr_taken < ENOUGH && (page = alloc_pages(gfp | __GFP_NOWARN, order)))
		taken[nr_taken++] = page;
	return nr_taken - before;
}

static inline void give_all(unsigned int order)
{
	while (nr_taken)
		__free_pages(taken[--nr_taken], order);
	drain_all_cpus();
}

/* The zone with the most RAM. */
static inline struct zone *main_zone(void)
{
	struct zone *zone, *most = NULL;

	for_each_populated_zone(zone)
		if (!most || zone->managed_pages > most->managed_pages)
			most = zone;
	return most;
}

/* Takes all memory that such requests can get, as single pages. */
static inline void fill_with(gfp_t gfp)
{
	nr_taken = 0;
	take_all(gfp | __GFP_MEMALLOC, 0);
}

/* Nobody holds a page, and free memory is merged as it was after boot. */
static inline void check_all_is_back(void)
{
	struct shadow s;
	const char *wrong;

	drain_all_cpus();
	unreserve_highatomic();
	assert_int_equal(nr_free_pages(), totalram_pages());
	shadow_init(&s);
	wrong = shadow_compare(&s);
	shadow_fini(&s);
	if (wrong)
		fail_msg("%s", wrong);
	assert_null(pageblock_rules());
	map_audit();
}

static inline int forget_taken(void **state)
{
	(void)state;
	nr_taken = 0;
	return 0;
}

#define TEST(fn)	cmocka_unit_test_setup(fn, forget_taken)

#endif /* TEST_HOST_PAGES_TAKE_H */
