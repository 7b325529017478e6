/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worst cases of the allocators' paths for three machines, as literal numbers. They were worked
 * out by hand from the formulas and prices. A number that changes here has to be measured again
 * (`bench bound`).
 */
#include "common/boot.h"

#include <kernel/compiler.h>
#include <mm/bounds.h>

struct cost {
	unsigned long steps, instructions;
};

static const struct machine {
	const char *name;
	struct mm_bounds_of of;
	unsigned long letters[NR_MM_LETTERS];		/* O H B Z L G K P M S N J C T
							 * U V W I */
	struct cost costs[NR_MM_PATHS];			/* in the order of enum mm_path */
	enum mm_path grow_hold, shrink_hold;		/* the longest part of a sum */
} machines[] = {
	{ "default: two zones",
	  .of = { .max_order = 10, .types = 3, .pcp_orders = 6, .batch = 16, .high = 512,
		    .zones = 2, .nodes = 1, .magazine = 31, .slab_max_order = 3,
		    .caches = 64, .reclaim = true, .areas = 1024, .block_order = 9,
		    .moves = true, .contig = true, .compacts = true },
	  .letters = { 10, 52, 16, 2, 18, 515, 5, 243, 16, 8, 1, 0, 64, 17,
		       512, 16, 512, 1024 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 118, 3612 }, { 131, 4292 }, { 18, 874 }, { 14, 654 },
		  { 188, 6180 }, { 70, 2568 }, { 239, 7560 }, { 1441, 47212 }, { 117, 3638 },
		  { 22381, 722660 }, { 1, 96 }, { 1, 96 }, { 33, 3808 }, { 49, 3936 },
		  { 474, 21232 }, { 2273, 73888 }, { 4546, 147776 }, { 10217, 369008 },
		  { 197448, 7045632 }, { 1410, 61312 }, { 3121, 108976 }, { 112260, 3777516 },
		  { 71381, 2377492 }, { 260, 10814 }, { 4100, 164480 }, { 194290, 7764168 },
		  { 17408, 744448 }, { 2484066, 103174328 }
	  },
	  .grow_hold = PATH_ALLOC_ANY, .shrink_hold = PATH_FREE_DRAIN },
	{ "the least: every number 1, a table of sections",
	  .of = { .max_order = 0, .types = 1, .pcp_orders = 1, .batch = 1, .high = 1,
		    .zones = 1, .nodes = 1, .magazine = 1, .slab_max_order = 0,
		    .section_table = true, .caches = 32 },
	  .letters = { 0, 52, 1, 1, 1, 2, 1, 4, 1, 1, 1, 0, 32, 0, 512, 0, 1, 1 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 61, 4816 }, { 62, 4844 }, { 8, 708 }, { 4, 348 },
		  { 70, 5664 }, { 9, 848 }, { 71, 5824 }, { 62, 4844 }, { 57, 4476 },
		  { 14, 1096 }, { 1, 96 }, { 1, 96 }, { 3, 490 }, { 4, 498 }, { 152, 12876 },
		  { 67, 5352 }, { 134, 10704 }, { 0, 0 }, { 70, 5664 }
		  /* None of the others is in this configuration. */
	  },
	  .grow_hold = PATH_ALLOC_ANY, .shrink_hold = PATH_FREE_DRAIN },
	{ "the most",
	  .of = { .max_order = 18, .types = 3, .pcp_orders = 6, .batch = 256, .high = 1024,
		    .zones = 16, .nodes = 4, .magazine = 256, .slab_max_order = 10,
		    .shuffled = true, .caches = 1024, .reclaim = true, .areas = 65536,
		    .block_order = 18, .moves = true, .contig = true, .compacts = true },
	  .letters = { 18, 52, 256, 16, 18, 1027, 3, 5761, 128, 1024, 4, 512, 1024, 17,
		       512, 25, 262144, 262144 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 606, 9212 }, { 387, 8292 }, { 26, 1194 }, { 22, 974 },
		  { 1280, 33056 }, { 674, 23844 }, { 1371, 35412 }, { 7353, 157548 },
		  { 617, 12358 }, { 2010001, 47480768 }, { 1, 96 }, { 1, 96 }, { 257, 29344 },
		  { 385, 30368 }, { 5421, 196360 }, { 180993, 2402464 }, { 361986, 4804928 },
		  { 738597, 10605984 }, { 14578888, 228220900 }, { 10752, 344754 },
		  { 182901, 2454632 }, { 801390, 22060994 }, { 382489, 6775148 }, { 1387, 38820 },
		  { 1048580, 41943680 }, { 8402230, 261846016 }, { 29696, 1235968 },
		  { 46887414666, 1323123358984 }
	  },
	  .grow_hold = PATH_ALLOC_ANY, .shrink_hold = PATH_CACHE_FLUSH },
};

static void bounds_are_these(void **state)
{
	const struct machine *m = *state;
	struct mm_bound bounds[NR_MM_PATHS];
	struct mm_letter letters[NR_MM_LETTERS];

	mm_bounds(&m->of, bounds);
	mm_bounds_letters(&m->of, letters);
	for (int i = 0; i < NR_MM_LETTERS; i++) {
		assert_int_equal(letters[i].letter, "OHBZLGKPMSNJCTUVWI"[i]);
		assert_int_equal(letters[i].value, m->letters[i]);
		assert_non_null(letters[i].what);
	}
	for (int i = 0; i < NR_MM_PATHS; i++)
		if (bounds[i].steps != m->costs[i].steps ||
		    bounds[i].instructions != m->costs[i].instructions)
			fail_msg("%s: %lu steps and %lu instructions, not %lu and %lu",
				 bounds[i].path, bounds[i].steps, bounds[i].instructions,
				 m->costs[i].steps, m->costs[i].instructions);
	assert_int_equal(bounds[PATH_CACHE_GROW].hold, m->grow_hold);
	assert_int_equal(bounds[PATH_CACHE_SHRINK].hold, m->shrink_hold);
}

/* Paths by name, each with the part of it that has interrupts off for longest. */
static const struct {
	const char *path;
	enum mm_path hold;
} rows[NR_MM_PATHS] = {
	{ "alloc_pages, own list", PATH_ALLOC_HIT },
	{ "__free_pages, own list", PATH_FREE_HIT },
	{ "alloc_pages, refilled", PATH_ALLOC_REFILL },
	{ "__free_pages, list full", PATH_FREE_DRAIN },
	{ "alloc_pages, no list", PATH_ALLOC_LARGE },
	{ "__free_pages, no list", PATH_FREE_LARGE },
	{ "alloc_pages, any zone", PATH_ALLOC_ANY },
	{ "alloc_pages, failing", PATH_ALLOC_FAIL },
	{ "alloc_pages_exact", PATH_ALLOC_ANY },
	{ "free_pages_exact", PATH_FREE_DRAIN },
	{ "drain_local_pages, a batch", PATH_DRAIN_STEP },
	{ "drain_local_pages", PATH_DRAIN_STEP },
	{ "kmem_cache_alloc, magazine", PATH_KMALLOC_HIT },
	{ "kmem_cache_free, magazine", PATH_KFREE_HIT },
	{ "kmem_cache_alloc, refilled", PATH_CACHE_REFILL },
	{ "kmem_cache_free, flushed", PATH_CACHE_FLUSH },
	{ "kmem_cache_alloc, new slab", NR_MM_PATHS },
	{ "kmem_cache_free, slabs too", NR_MM_PATHS },
	{ "kmem_cache_drain_local", PATH_CACHE_SHRINK },
	{ "reclaim, a round", NR_MM_PATHS },
	{ "alloc_pages, reclaiming", NR_MM_PATHS },
	{ "vmap, a hold", PATH_VMAP },
	{ "vunmap, a hold", PATH_VUNMAP },
	{ "vmalloc", PATH_VMAP },
	{ "vfree", PATH_VUNMAP },
	{ "migrate_page", PATH_MOVE },
	{ "alloc_contig_range, free", PATH_CONTIG_FREE },
	{ "alloc_contig_range, lent", NR_MM_PATHS },
	{ "free_contig_range", PATH_FREE_DRAIN },
	{ "alloc_pages, compacting", NR_MM_PATHS },
};

static void paths_have_names_and_holds(void **state)
{
	struct mm_bound bounds[NR_MM_PATHS];

	(void)state;
	mm_bounds(&machines[0].of, bounds);
	for (int i = 0; i < NR_MM_PATHS; i++) {
		assert_string_equal(bounds[i].path, rows[i].path);
		assert_true(strlen(bounds[i].formula) > 0);
		/* NR_MM_PATHS marks paths whose longest part depends on the machine. */
		if (rows[i].hold != NR_MM_PATHS)
			assert_int_equal(bounds[i].hold, rows[i].hold);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(machines) + 1];

	for (unsigned int i = 0; i < ARRAY_SIZE(machines); i++)
		tests[i] = (struct CMUnitTest){ .name = machines[i].name,
						.test_func = bounds_are_these,
						.initial_state = (void *)&machines[i] };
	tests[ARRAY_SIZE(machines)] =
		(struct CMUnitTest)cmocka_unit_test(paths_have_names_and_holds);
	return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
