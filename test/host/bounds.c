/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worst cases of the allocators' paths for three machines, as literal numbers. They were worked
 * out by hand from the formulas and prices. A number that changes here has to be measured again
 * (`bench bound`).
 */
#include "common/boot.h"

#include <kernel/compiler.h>
#include <kernel/thread_bounds.h>
#include <mm/bounds.h>

struct cost {
	unsigned long steps, instructions;
};

static const struct machine {
	const char *name;
	struct mm_bounds_of of;
	unsigned long letters[NR_MM_LETTERS];		/* O H B Z L G K P M S N J C T
							 * U V W I Q s e c w a y m k */
	struct cost costs[NR_MM_PATHS];			/* in the order of enum mm_path */
	enum mm_path grow_hold, shrink_hold;		/* the longest part of a sum */
} machines[] = {
	{ "default: two zones",
	  .of = { .max_order = 10, .types = 3, .pcp_orders = 6, .batch = 16, .high = 512,
		    .zones = 2, .nodes = 1, .magazine = 31, .slab_max_order = 3,
		    .caches = 64, .reclaim = true, .areas = 1024, .block_order = 9,
		    .moves = true, .contig = true, .compacts = true,
		    .dma = true, .bounce_slots = 128, .hotplug = true, .section_order = 15,
		    .sections = 8, .cpus = 8, .wait_ms = 100, .stack_pages = 4 },
	  .letters = { 10, 45, 16, 2, 18, 515, 4, 293, 16, 8, 1, 0, 64, 17, 512, 16, 512,
		       1024, 128, 32768, 8, 8, 0, 0, 0, 100, 4 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 111, 3332 }, { 124, 4012 }, { 18, 874 }, { 14, 654 },
		  { 181, 5900 }, { 70, 2568 }, { 232, 7280 }, { 1364, 44132 }, { 110, 3358 },
		  { 24231, 766660 }, { 1, 96 }, { 1, 96 }, { 33, 3808 }, { 42, 3040 },
		  { 460, 20672 }, { 2161, 69408 }, { 4334, 140736 }, { 9793, 354928 },
		  { 192083, 6849992 }, { 332561, 13780240 }, { 0, 0 }, { 0, 0 }, { 0, 0 },
		  { 2521, 99096 }, { 3486, 120064 }, { 1368, 59632 }, { 2981, 103376 },
		  { 108627, 3632196 }, { 67650, 2228252 }, { 377, 14546 }, { 4100, 164480 },
		  { 194406, 7708808 }, { 17408, 744448 }, { 2428701, 100858688 }, { 74, 992 },
		  { 228, 8472 }, { 91, 4464 }, { 77, 3952 }, { 9, 224 }, { 2171, 91596 },
		  { 66, 1600 }, { 3540, 146846 }, { 8838885, 372311980 }
	  },
	  .grow_hold = PATH_ALLOC_ANY, .shrink_hold = PATH_FREE_DRAIN },
	{ "the least: every number 1, a table of sections",
	  .of = { .max_order = 0, .types = 1, .pcp_orders = 1, .batch = 1, .high = 1,
		    .zones = 1, .nodes = 1, .magazine = 1, .slab_max_order = 0,
		    .section_table = true, .caches = 32, .sections = 1, .cpus = 1 },
	  .letters = { 0, 45, 1, 1, 1, 2, 1, 4, 1, 1, 1, 0, 32, 0, 512, 0, 1, 1, 0, 0, 1,
		       1, 0, 0, 0, 0, 0 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 54, 4256 }, { 55, 4284 }, { 8, 708 }, { 4, 348 },
		  { 63, 5104 }, { 9, 848 }, { 64, 5264 }, { 55, 4284 }, { 50, 3916 },
		  { 14, 1096 }, { 1, 96 }, { 1, 96 }, { 3, 490 }, { 4, 498 }, { 138, 11756 },
		  { 60, 4792 }, { 122, 9904 }, { 0, 0 }, { 63, 5104 }
		  /* None of the others is in this configuration. */
	  },
	  .grow_hold = PATH_ALLOC_ANY, .shrink_hold = PATH_FREE_DRAIN },
	{ "the most",
	  .of = { .max_order = 18, .types = 3, .pcp_orders = 6, .batch = 256, .high = 1024,
		    .zones = 16, .nodes = 4, .magazine = 256, .slab_max_order = 10,
		    .shuffled = true, .caches = 1024, .reclaim = true, .areas = 65536,
		    .block_order = 18, .moves = true, .contig = true, .compacts = true,
		    .dma = true, .bounce_slots = 32768, .hotplug = true, .section_order = 18,
		    .sections = 65536, .cpus = 64, .node_threads = 2,
		    .accounts = true, .wait_ms = 1000, .stack_pages = 16 },
	  .letters = { 18, 45, 256, 16, 18, 1027, 3, 5761, 128, 1024, 4, 512, 1024, 17,
		       512, 25, 262144, 262144, 32768, 262144, 65536, 64, 2, 16, 1, 1000, 16 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 617, 9732 }, { 381, 8092 }, { 44, 1994 },
		  { 23, 1054 }, { 2086, 66136 }, { 1469, 56404 }, { 2177, 68492 },
		  { 7239, 153748 }, { 610, 12078 }, { 2010001, 47480768 }, { 1, 96 },
		  { 1, 96 }, { 257, 29344 }, { 266, 15136 }, { 7016, 261800 },
		  { 180225, 2376864 }, { 360536, 4767488 }, { 736209, 10572064 },
		  { 14552613, 228230860 }, { 41140090, 1266600544 }, { 4, 328 }, { 64, 2402 },
		  { 24, 1214 }, { 66609, 2279042 }, { 188239, 2559944 }, { 15571, 542514 },
		  { 182109, 2428232 }, { 1377097, 45675674 }, { 378619, 6646148 },
		  { 2575, 80072 }, { 1048580, 41943680 }, { 8815446, 278825216 },
		  { 30208, 1276928 }, { 73965871490, 2435790647584 }, { 74, 992 },
		  { 33378, 991752 }, { 91, 4464 }, { 77, 3952 }, { 9, 224 }, { 24835, 875842 },
		  { 66, 1600 }, { 299598, 3117540 }, { 952218688, 24021903536 }
	  },
	  .grow_hold = PATH_ALLOC_ANY, .shrink_hold = PATH_CACHE_FLUSH },
};

static void bounds_are_these(void **state)
{
	const struct machine *m = *state;
	struct mm_bound bounds[NR_MM_PATHS];
	struct bound_letter letters[NR_MM_LETTERS];

	mm_bounds(&m->of, bounds);
	mm_bounds_letters(&m->of, letters);
	for (int i = 0; i < NR_MM_LETTERS; i++) {
		assert_int_equal(letters[i].letter, "OHBZLGKPMSNJCTUVWIQsecwaymk"[i]);
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
	{ "alloc_pages, waiting", NR_MM_PATHS },
	{ "alloc_pages, credit drawn", PATH_CREDIT },
	{ "alloc_pages, promised", PATH_PROMISED },
	{ "__free_pages, promised", PATH_PROMISED_FREE },
	{ "a thread's stack", PATH_VMAP },
	{ "a thread's stack, free", PATH_VUNMAP },
	{ "vmap, a hold", PATH_VMAP },
	{ "vunmap, a hold", PATH_VUNMAP },
	{ "vmalloc", PATH_VMAP },
	{ "vfree", PATH_VUNMAP },
	{ "migrate_page", PATH_MOVE },
	{ "alloc_contig_range, free", PATH_CONTIG_FREE },
	{ "alloc_contig_range, lent", NR_MM_PATHS },
	{ "free_contig_range", PATH_FREE_DRAIN },
	{ "alloc_pages, compacting", NR_MM_PATHS },
	{ "dma_map_single, a page", PATH_DMA_MAP },
	{ "dma_map_single, bounced", PATH_DMA_BOUNCE },
	{ "dma_unmap_single, bounced", PATH_DMA_UNMAP },
	{ "dma_sync_single, bounced", PATH_DMA_SYNC },
	{ "dma_pool_alloc", PATH_POOL_ALLOC },
	{ "dma_pool_alloc, new page", PATH_POOL_GROW },
	{ "dma_pool_free", PATH_POOL_FREE },
	{ "memory online", PATH_MEM_ONLINE },
	{ "memory offline", NR_MM_PATHS },
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

static void waiting_has_these_bounds(void **state)
{
	static const unsigned long with_works[NR_THREAD_PATHS] = {
		180, 390, 620, 290, 3300, 3630, 1030, 4920, 290, 590, 5386, 10486
	};
	/* The longest chain is longer than all of memory's paths, and nobody is left work. */
	static const unsigned long others[NR_THREAD_PATHS] = {
		180, 390, 380, 290, 16020, 16590, 790, 4920, 0, 0, 0, 20620
	};
	struct thread_bounds_of of = { .priorities = 32, .chain = 8, .works = true,
				       .irqs_off = 5386 };
	struct thread_bound bounds[NR_THREAD_PATHS];

	(void)state;
	thread_bounds(&of, bounds);
	for (int i = 0; i < NR_THREAD_PATHS; i++)
		if (bounds[i].instructions != with_works[i])
			fail_msg("%s: %lu, not %lu", bounds[i].path, bounds[i].instructions,
				 with_works[i]);
	of = (struct thread_bounds_of){ .priorities = 8, .chain = 64 };
	thread_bounds(&of, bounds);
	for (int i = 0; i < NR_THREAD_PATHS; i++)
		if (bounds[i].instructions != others[i])
			fail_msg("%s: %lu, not %lu", bounds[i].path, bounds[i].instructions,
				 others[i]);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(machines) + 2];

	for (unsigned int i = 0; i < ARRAY_SIZE(machines); i++)
		tests[i] = (struct CMUnitTest){ .name = machines[i].name,
						.test_func = bounds_are_these,
						.initial_state = (void *)&machines[i] };
	tests[ARRAY_SIZE(machines)] =
		(struct CMUnitTest)cmocka_unit_test(paths_have_names_and_holds);
	tests[ARRAY_SIZE(machines) + 1] =
		(struct CMUnitTest)cmocka_unit_test(waiting_has_these_bounds);
	return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
