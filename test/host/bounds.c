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
							 * U V W I q s e c w a y m k */
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
	  .letters = { 10, 37, 16, 2, 18, 515, 2, 551, 16, 8, 1, 0, 64, 17, 512, 16, 512, 1024, 2,
		       32768, 8, 8, 0, 0, 0, 100, 4 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 103, 2298 }, { 111, 2324 }, { 125, 2978 }, { 18, 664 },
		  { 14, 654 }, { 173, 4866 }, { 70, 2568 }, { 224, 6246 }, { 1375, 32758 },
		  { 112, 2394 }, { 33777, 993700 }, { 1, 96 }, { 1, 96 }, { 25, 2144 },
		  { 42, 2400 }, { 437, 15276 }, { 2177, 52224 }, { 4366, 106368 }, { 9857, 286192 },
		  { 202709, 5907486 }, { 343187, 12837734 }, { 0, 0 }, { 0, 0 }, { 0, 0 },
		  { 2345, 79860 }, { 3277, 80072 }, { 79, 2248 }, { 95, 2408 },
		  { 104928, 3096478 }, { 69006, 1650282 }, { 22, 2060 }, { 370, 12478 },
		  { 49, 2200 }, { 44, 2120 }, { 206, 8868 }, { 222936, 8276176 }, { 17408, 744448 },
		  { 2480519, 95458502 }, { 74, 992 }, { 12, 544 }, { 6, 352 }, { 104, 3416 },
		  { 90, 3064 }, { 76, 2552 }, { 9, 224 }, { 2020, 70682 }, { 66, 1600 },
		  { 35, 1920 }, { 56, 1104 }, { 93, 2252 }, { 60672, 1848438 },
		  { 8789006, 343656140 }
	  },
	  .grow_hold = PATH_ALLOC_REFILL, .shrink_hold = PATH_CACHE_FLUSH },
	{ "the least: every number 1, a table of sections",
	  .of = { .max_order = 0, .types = 1, .pcp_orders = 1, .batch = 1, .high = 1,
		    .zones = 1, .nodes = 1, .magazine = 1, .slab_max_order = 0,
		    .section_table = true, .caches = 32, .sections = 1, .cpus = 1 },
	  .letters = { 0, 37, 1, 1, 1, 2, 1, 4, 1, 1, 1, 0, 32, 0, 512, 0, 1, 1, 0, 0, 1, 1, 0, 0,
		       0, 0, 0 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 46, 2468 }, { 7, 496 }, { 11, 844 }, { 8, 568 },
		  { 4, 348 }, { 55, 3316 }, { 9, 848 }, { 56, 3476 }, { 11, 844 }, { 5, 316 },
		  { 14, 1096 }, { 1, 96 }, { 1, 96 }, { 3, 440 }, { 4, 448 }, { 86, 6428 },
		  { 16, 1302 }, { 34, 2924 }, { 0, 0 }, { 55, 3316 }
		  /* None of the others is in this configuration. */
	  },
	  .grow_hold = PATH_ALLOC_REFILL, .shrink_hold = PATH_FREE_HOLD },
	{ "the most",
	  .of = { .max_order = 18, .types = 3, .pcp_orders = 6, .batch = 256, .high = 1024,
		    .zones = 16, .nodes = 4, .magazine = 256, .slab_max_order = 10,
		    .shuffled = true, .caches = 1024, .reclaim = true, .areas = 65536,
		    .block_order = 18, .moves = true, .contig = true, .compacts = true,
		    .dma = true, .bounce_slots = 32768, .hotplug = true, .section_order = 18,
		    .sections = 65536, .cpus = 64, .node_threads = 2,
		    .accounts = true, .wait_ms = 1000, .stack_pages = 16 },
	  .letters = { 18, 37, 256, 16, 18, 1027, 2, 8497, 128, 1024, 4, 512, 1024, 17, 512, 25,
		       262144, 262144, 512, 262144, 65536, 64, 2, 16, 1, 1000, 16 },
	  .costs = {
		  { 1, 96 }, { 1, 96 }, { 609, 8586 }, { 360, 6084 }, { 382, 7058 }, { 44, 1672 },
		  { 23, 1054 }, { 2110, 67550 }, { 1501, 58964 }, { 2201, 69906 }, { 7258, 134102 },
		  { 360, 6074 }, { 2800705, 63677888 }, { 1, 96 }, { 1, 96 }, { 137, 8864 },
		  { 266, 10016 }, { 7345, 234020 }, { 180353, 2239392 }, { 360792, 4492544 },
		  { 736721, 10022176 }, { 15352589, 235124818 }, { 42516098, 1319577062 },
		  { 4, 328 }, { 64, 2402 }, { 24, 1214 }, { 67726, 2304770 }, { 188170, 2386558 },
		  { 106, 2878 }, { 122, 3038 }, { 1396630, 46889888 },
		  { 380078, 5947440 }, { 32, 2230 }, { 2600, 80452 }, { 74, 3240 }, { 109, 4760 },
		  { 953, 39518 }, { 17112206, 613492220 }, { 30208, 1276928 },
		  { 75292214410, 2505572494886 }, { 74, 992 }, { 2052, 53584 }, { 6, 352 },
		  { 2144, 56456 }, { 90, 3064 }, { 76, 2552 }, { 9, 224 }, { 25548, 822220 },
		  { 66, 1600 }, { 35, 1920 }, { 262468, 2101120 }, { 222, 4332 },
		  { 1306642, 34371332 }, { 960461611, 24171031644 }
	  },
	  .grow_hold = PATH_CACHE_REFILL, .shrink_hold = PATH_CACHE_FLUSH },
};

static void bounds_are_these(void **state)
{
	const struct machine *m = *state;
	struct mm_bound bounds[NR_MM_PATHS];
	struct bound_letter letters[NR_MM_LETTERS];

	mm_bounds(&m->of, bounds);
	mm_bounds_letters(&m->of, letters);
	for (int i = 0; i < NR_MM_LETTERS; i++) {
		assert_int_equal(letters[i].letter, "OHBZLGKPMSNJCTUVWIqsecwaymk"[i]);
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
	{ "__free_pages, full, a hold", PATH_FREE_HOLD },
	{ "__free_pages, list full", PATH_FREE_HOLD },
	{ "alloc_pages, no list", PATH_ALLOC_LARGE },
	{ "__free_pages, no list", PATH_FREE_LARGE },
	{ "alloc_pages, any zone", PATH_ALLOC_REFILL },
	{ "alloc_pages, failing", NR_MM_PATHS },
	{ "alloc_pages_exact", PATH_ALLOC_REFILL },
	{ "free_pages_exact", PATH_FREE_HOLD },
	{ "drain_local_pages, a batch", PATH_DRAIN_STEP },
	{ "drain_local_pages", PATH_DRAIN_STEP },
	{ "kmem_cache_alloc, magazine", PATH_KMALLOC_HIT },
	{ "kmem_cache_free, magazine", PATH_KFREE_HIT },
	{ "kmem_cache_alloc, refilled", PATH_CACHE_REFILL },
	{ "kmem_cache_free, flushed", PATH_CACHE_FLUSH },
	{ "kmem_cache_alloc, new slab", NR_MM_PATHS },
	{ "kmem_cache_free, slabs too", NR_MM_PATHS },
	{ "kmem_cache_drain_local", NR_MM_PATHS },
	{ "reclaim, a round", NR_MM_PATHS },
	{ "alloc_pages, reclaiming", NR_MM_PATHS },
	{ "alloc_pages, waiting", NR_MM_PATHS },
	{ "alloc_pages, credit drawn", PATH_CREDIT },
	{ "alloc_pages, promised", PATH_PROMISED },
	{ "__free_pages, promised", PATH_PROMISED_FREE },
	{ "a thread's stack", NR_MM_PATHS },
	{ "a thread's stack, free", NR_MM_PATHS },
	{ "vmap, a hold", PATH_VMAP },
	{ "vunmap, a hold", PATH_VUNMAP },
	{ "vmalloc", NR_MM_PATHS },
	{ "vfree", NR_MM_PATHS },
	{ "migrate_page, a hold", PATH_MOVE_HOLD },
	{ "migrate_page", NR_MM_PATHS },
	{ "a pageblock retyped, a hold", PATH_RETYPE },
	{ "alloc_contig_range, a hold", PATH_CONTIG_HOLD },
	{ "alloc_contig_range, free", PATH_CONTIG_HOLD },
	{ "alloc_contig_range, lent", NR_MM_PATHS },
	{ "free_contig_range", PATH_FREE_HOLD },
	{ "alloc_pages, compacting", NR_MM_PATHS },
	{ "dma_map_single, a page", PATH_IRQS_ON },
	{ "bounce slots, taken", PATH_DMA_CLAIM },
	{ "bounce slots, put back", PATH_DMA_PUT },
	{ "dma_map_single, bounced", PATH_DMA_CLAIM },
	{ "dma_unmap_single, bounced", PATH_DMA_PUT },
	{ "dma_sync_single, bounced", PATH_IRQS_ON },
	{ "dma_pool_alloc", PATH_POOL_ALLOC },
	{ "dma_pool_alloc, new page", NR_MM_PATHS },
	{ "dma_pool_free", PATH_POOL_FREE },
	{ "a section mapped, a hold", PATH_MEM_MAP },
	{ "memory changes, all stand", PATH_MEM_CHANGE },
	{ "a zone's lists closed, a hold", PATH_CLOSE_STEP },
	{ "memory online", NR_MM_PATHS },
	{ "memory offline", NR_MM_PATHS },
	{ "interrupts on", PATH_IRQS_ON },
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
		180, 390, 620, 290, 3300, 3630, 1030, 2490, 290, 590, 5386, 8056
	};
	/* The longest chain is longer than all of memory's paths, and nobody is left work. */
	static const unsigned long others[NR_THREAD_PATHS] = {
		180, 390, 380, 290, 16020, 16590, 790, 2490, 0, 0, 0, 18190
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
