/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events are counted once each: random requests of all kinds against the test's own sums, and what
 * each rarer event is counted by.
 */
#include "shelf_machine.h"

#include <mm/cma.h>
#include <mm/compaction.h>
#include <mm/contig.h>
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

/* A page that moves is one taken, one given back, and one moved. */
static void moves(void **state)
{
	u64 before = vm_event_sum(PGMIGRATE_SUCCESS);
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
	take_from_shelf(0);
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
		cmocka_unit_test(random_requests),
		cmocka_unit_test(moves),
		IF_ENABLED(CONFIG_CMA, cmocka_unit_test(contiguous),)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
