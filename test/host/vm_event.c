/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events are counted once each: random requests of all kinds against the test's own sums, and what
 * each rarer event is counted by.
 */
#include "shelf_machine.h"

#include <kernel/errno.h>
#include <mm/cma.h>
#include <mm/compaction.h>
#include <mm/contig.h>
#include <mm/reclaim.h>
#include <mm/vm_event.h>

#include "mm/page/internal.h"

#define BLOCKS	256u

/* Pages that this test took and gave back, by zone and in all. */
static u64 taken[MAX_NR_ZONES], given;

static struct {
	struct page *page;
	unsigned int order;
	size_t bytes;			/* of an exact allocation; else 0 */
} held[BLOCKS];

static u64 allocs_of_all(void)
{
	u64 pages = 0;

	for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
		pages += vm_event_sum(PGALLOC + idx);
	return pages;
}

static u64 first_allocs[MAX_NR_ZONES], first_frees;

static void begin(void)
{
	for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
		first_allocs[idx] = vm_event_sum(PGALLOC + idx);
	first_frees = vm_event_sum(PGFREE);
	memset(taken, 0, sizeof(taken));
	given = 0;
}

static void sums_agree(void)
{
	for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
		assert_int_equal(vm_event_sum(PGALLOC + idx) - first_allocs[idx], taken[idx]);
	assert_int_equal(vm_event_sum(PGFREE) - first_frees, given);
}

static void take(struct rng *rng, unsigned int nr)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_KERNEL | __GFP_MOVABLE, GFP_ATOMIC,
				       GFP_KERNEL | __GFP_RECLAIMABLE };
	gfp_t gfp = kinds[rng_below(rng, ARRAY_SIZE(kinds))] | __GFP_NOWARN;
	unsigned int order = (unsigned int)rng_below(rng, min(pageblock_order + 2u,
							      MAX_ORDER + 1u));
	bool exact = rng_below(rng, 8) == 0;
	void *va;

	held[nr].order = order;
	held[nr].bytes = exact ? PAGE_SIZE * (1 + rng_below(rng, 13)) : 0;
	if (!exact) {
		held[nr].page = alloc_pages(gfp, order);
		if (held[nr].page)
			taken[page_zone(held[nr].page)->idx] += 1ul << order;
		return;
	}
	va = alloc_pages_exact(held[nr].bytes, gfp);
	held[nr].page = va ? virt_to_page(va) : NULL;
	if (!va)
		return;
	/* alloc_pages_exact() took the block around the pages, and gave its end back. */
	order = fls64(PFN_UP(held[nr].bytes) - 1);
	taken[page_zone(held[nr].page)->idx] += 1ul << order;
	given += (1ul << order) - PFN_UP(held[nr].bytes);
}

static void give(unsigned int nr)
{
	if (held[nr].bytes) {
		given += PFN_UP(held[nr].bytes);
		free_pages_exact(page_address(held[nr].page), held[nr].bytes);
	} else {
		given += 1ul << held[nr].order;
		__free_pages(held[nr].page, held[nr].order);
	}
	held[nr].page = NULL;
}

/* proves VE1, VE2 */
static void random_requests(void **state)
{
	struct rng rng = { 20260711 };
	u64 frees = 0, allocs = 0;

	(void)state;
	boot();
	begin();
	for (unsigned int i = 0; i < 40000; i++) {
		unsigned int nr = (unsigned int)rng_below(&rng, BLOCKS);

		if (held[nr].page)
			give(nr);
		else
			take(&rng, nr);
		if (rng_below(&rng, 500) == 0)
			drain_local_pages();
		if (i % 16)
			continue;
		sums_agree();
		assert_true(vm_event_sum(PGFREE) >= frees && allocs_of_all() >= allocs);
		frees = vm_event_sum(PGFREE);
		allocs = allocs_of_all();
	}
	for (unsigned int nr = 0; nr < BLOCKS; nr++)
		if (held[nr].page)
			give(nr);
	sums_agree();
	drain_local_pages();
	sums_agree();
}

/* What nothing has counted is 0 on all CPUs. */
static void nothing_is_made_up(void **state)
{
	(void)state;
	boot();
	for (unsigned int item = PGFREE + 1; item < PCP_REFILLED; item++)
		assert_int_equal(vm_event_sum(item), 0);
}

/* A page that moves is one taken, one given back, and one moved. */
static void moves(void **state)
{
	u64 before, fails;
	unsigned int idx;

	(void)state;
	boot();
	before = vm_event_sum(PGMIGRATE_SUCCESS);
	assert_true(put_on_shelf(movable_kind_nr(shelf), 0, 0, 1));
	begin();
	idx = page_zone(shelf[0].page)->idx;
	assert_int_equal(migrate_page(page_to_pfn(shelf[0].page), GFP_KERNEL), 0);
	assert_int_equal(vm_event_sum(PGMIGRATE_SUCCESS) - before, 1);
	taken[idx] = given = 1;
	sums_agree();
	/* One that does not move is counted as such. */
	before = vm_event_sum(PGMIGRATE_SUCCESS);
	fails = vm_event_sum(PGMIGRATE_FAIL);
	refuse_copy = -EIO;
	assert_int_equal(migrate_page(page_to_pfn(shelf[0].page), GFP_KERNEL), -EIO);
	refuse_copy = 0;
	assert_int_equal(vm_event_sum(PGMIGRATE_SUCCESS), before);
	assert_int_equal(vm_event_sum(PGMIGRATE_FAIL) - fails, 1);
	take_from_shelf(0);
}

static struct page *stock;		/* what this test's shrinker has */
static unsigned long stocked, stock_gave, stock_scans;

static unsigned long stock_count(void)
{
	return stocked;
}

static unsigned long stock_scan(unsigned long nr_pages)
{
	unsigned long gave = 0;

	stock_scans++;
	for (; stock && gave < nr_pages; gave++, stocked--) {
		struct page *page = stock;

		stock = *(struct page **)page_address(page);
		__free_page(page);
	}
	stock_gave += gave;
	return gave;
}

SHRINKER(stock, "stock", stock_count, stock_scan);

/* A request that reclaims is counted by its highest zone, and so is each page that it is about. */
static void reclaim_is_counted(void **state)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_KERNEL | __GFP_MOVABLE };
	u64 stalls[MAX_NR_ZONES], before[NR_VM_EVENTS];
	unsigned int nr_shrinkers = 0;
	const struct shrinker *s;
	struct page *page;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM))
		skip();
	boot();
	gfp_allow_waiting();
	for_each_shrinker(s) {
		(void)reclaim_all(s);
		nr_shrinkers++;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		while ((page = alloc_pages(GFP_NOWAIT | __GFP_MOVABLE | __GFP_NOWARN, 0)) ||
		       (page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0))) {
			*(struct page **)page_address(page) = stock;
			stock = page;
			stocked++;
		}
		for (unsigned int item = 0; item < NR_VM_EVENTS; item++)
			before[item] = vm_event_sum(item);
		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
			stalls[idx] = before[ALLOCSTALL + idx] + (idx == gfp_zone(kinds[i]));
		stock_gave = stock_scans = 0;
		assert_non_null(alloc_pages(kinds[i], 0));
		assert_in_range(stock_scans, 1, RECLAIM_ROUNDS);
		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
			assert_int_equal(vm_event_sum(ALLOCSTALL + idx), stalls[idx]);
		assert_int_equal(vm_event_sum(PGSCAN_DIRECT) - before[PGSCAN_DIRECT],
				 stock_scans * nr_shrinkers * RECLAIM_BATCH);
		assert_int_equal(vm_event_sum(SLABS_SCANNED) - before[SLABS_SCANNED],
				 stock_scans * RECLAIM_BATCH);
		assert_int_equal(vm_event_sum(PGSTEAL_DIRECT) - before[PGSTEAL_DIRECT],
				 stock_gave);
		assert_int_equal(vm_event_sum(PGSTEAL_KSWAPD), before[PGSTEAL_KSWAPD]);
		assert_int_equal(vm_event_sum(PGSCAN_KSWAPD), before[PGSCAN_KSWAPD]);
	}
	while (stock)
		(void)stock_scan(RECLAIM_BATCH);
}

#if IS_ENABLED(CONFIG_CMA)
/* Frames taken by number are pages handed out, too. */
static void contiguous(void **state)
{
	unsigned long pages = pageblock_nr_pages + 3;
	struct page *page;

	(void)state;
	boot();
	begin();
	page = alloc_contig_pages(pages, GFP_KERNEL);
	assert_non_null(page);
	taken[page_zone(page)->idx] = pages;
	sums_agree();
	free_contig_range(page_to_pfn(page), pages);
	given = pages;
	sums_agree();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_made_up),
		cmocka_unit_test(random_requests),
		cmocka_unit_test(moves),
		cmocka_unit_test(reclaim_is_counted),
		IF_ENABLED(CONFIG_CMA, cmocka_unit_test(contiguous),)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
