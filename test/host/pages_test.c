/* SPDX-License-Identifier: BSD-2-Clause */
/* The page allocator's interface, function by function: what a call returns, and what is left
 * free. */
#include "pages_take.h"

/* ---- what comes ---- */

static void every_order(void **state)
{
	(void)state;
	map_boot(&one_bank);
	for (unsigned int order = 0; order <= CONFIG_MAX_ORDER; order++) {
		unsigned long free_before = all_free(), pfn, i;
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);

		if ((1ull << order) * FRAME >= MB(32)) {
			assert_null(page);
			continue;
		}
		assert_non_null(page);
		pfn = page_to_pfn(page);
		assert_int_equal(pfn & ((1ul << order) - 1), 0);
		assert_int_equal(page_state(page), PG_ALLOCATED);
		assert_int_equal(page_order(page), order);
		assert_int_equal(all_free(), free_before - (1ul << order));
		for (i = 0; i < 1ul << order; i++)
			assert_int_equal(block_head_pfn(pfn + i), pfn);
		memset(page_address(page), 0xa5, PAGE_SIZE << order);
		assert_ptr_equal(virt_to_page(page_address(page)), page);
		map_audit();
		__free_pages(page, order);
		assert_int_equal(all_free(), free_before);
	}
	check_all_is_back();
}

/* A call leaves interrupts off if they were off, and on if they were on. */
static void interrupts_stay_as_they_are(void **state)
{
	(void)state;
	map_boot(&one_bank);
	for (unsigned int off = 0; off < 2; off++) {
		unsigned int orders[] = { 0, CONFIG_MAX_ORDER, CONFIG_MAX_ORDER + 1 };
		void *exact;

		if (off)
			arch_local_irq_disable();
		for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
			struct page *page = alloc_pages(__GFP_NOWARN, orders[i]);

			assert_int_equal(arch_irqs_disabled(), off);
			if (page)
				__free_pages(page, orders[i]);
			assert_int_equal(arch_irqs_disabled(), off);
		}
		exact = alloc_pages_exact(CONFIG_MAX_ORDER < 2 ? 1 : 3 * PAGE_SIZE, GFP_NOWAIT);
		assert_int_equal(arch_irqs_disabled(), off);
		free_pages_exact(exact, CONFIG_MAX_ORDER < 2 ? 1 : 3 * PAGE_SIZE);
		drain_local_pages();
		assert_int_equal(arch_irqs_disabled(), off);
	}
	arch_local_irq_enable();
	check_all_is_back();
}

static void by_address(void **state)
{
	unsigned long va[4];

	(void)state;
	map_boot(&one_bank);
	va[0] = __get_free_pages(GFP_KERNEL, 0);
	va[1] = __get_free_page(GFP_KERNEL);
	va[2] = get_zeroed_page(GFP_KERNEL);
	va[3] = __get_free_pages(GFP_KERNEL, CONFIG_MAX_ORDER ? 1 : 0);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_not_equal(va[i], 0);
		assert_int_equal(va[i] % PAGE_SIZE, 0);
		free_pages(va[i], i == 3 && CONFIG_MAX_ORDER ? 1 : 0);
	}
	free_pages(0, 0);
	free_page(0ul);
	check_all_is_back();
}

/* Every page was dirty before it was asked for with __GFP_ZERO. */
static void zeroed(void **state)
{
	unsigned int order;
	u64 *dirty;

	(void)state;
	map_boot(&one_bank);
	take_all(__GFP_MEMALLOC, 0);
	for (unsigned int i = 0; i < nr_taken; i++)
		memset(page_address(taken[i]), 0xff, PAGE_SIZE);
	give_all(0);
	for (order = 0; order <= min(CONFIG_MAX_ORDER + 0u, 10u); order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
		const unsigned char *byte = page_address(page);

		assert_int_equal(byte[0], 0);
		assert_memory_equal(byte, byte + 1, (PAGE_SIZE << order) - 1);
		__free_pages(page, order);
	}
	dirty = (u64 *)__get_free_pages(GFP_KERNEL, 0);
	dirty[3] = 5;
	free_pages((unsigned long)dirty, 0);
	assert_ptr_equal((u64 *)get_zeroed_page(GFP_KERNEL), dirty);
	assert_int_equal(dirty[3], 0);
}

/* An allocation of n pages has a block for each binary digit of n, the largest first, and holds
 * nothing beyond them. */
static void check_exact_as(gfp_t gfp, unsigned long pages, size_t bytes)
{
	unsigned long free_before = all_free(), pfn, left;
	unsigned char *va = alloc_pages_exact(bytes, gfp);

	assert_non_null(va);
	assert_int_equal((unsigned long)va % PAGE_SIZE, 0);
	assert_int_equal(all_free(), free_before - pages);
	pfn = page_to_pfn(virt_to_page(va));
	for (left = pages; left;) {
		unsigned int order = 0;

		while (2ul << order <= left)
			order++;
		assert_int_equal(page_state(pfn_to_page(pfn)), PG_ALLOCATED);
		assert_int_equal(page_order(pfn_to_page(pfn)), order);
		assert_int_equal(block_head_pfn(pfn + (1ul << order) - 1), pfn);
		pfn += 1ul << order;
		left -= 1ul << order;
	}
	memset(va, 0x5a, pages * PAGE_SIZE);
	map_audit();
	assert_null(pageblock_rules());
	free_pages_exact(va, bytes);
	assert_int_equal(all_free(), free_before);
}

static void check_exact(unsigned long pages, size_t bytes)
{
	check_exact_as(GFP_KERNEL, pages, bytes);
}

static void exact_sizes(void **state)
{
	(void)state;
	map_boot(&one_bank);
	for (unsigned long pages = 1; pages <= min(64ul, 1ul << CONFIG_MAX_ORDER); pages++) {
		check_exact(pages, pages * PAGE_SIZE);
		check_exact(pages, (pages - 1) * PAGE_SIZE + 1);
	}
	/* The size is more than a pageblock, so that whole pageblocks are cut. */
	if (CONFIG_MAX_ORDER == 10)
		for (unsigned long pages = 511; pages <= 1024; pages += 57) {
			/* Pieces of the few largest blocks lie on the CPU's lists. */
			drain_local_pages();
			check_exact(pages, pages * PAGE_SIZE);
			check_exact_as(GFP_MOVABLE, pages, pages * PAGE_SIZE);
		}
	assert_null(alloc_pages_exact(0, GFP_KERNEL));
	assert_null(alloc_pages_exact((PAGE_SIZE << CONFIG_MAX_ORDER) + 1, __GFP_NOWARN));
	assert_null(alloc_pages_exact(~(size_t)0, __GFP_NOWARN));
	free_pages_exact(NULL, 0);
	check_all_is_back();
}

/* ---- failure ---- */

/* Sums the free blocks that a failure's report counts. */
static unsigned long reported_kb(const char *log)
{
	unsigned long kb = 0, nr, each;

	for (; log; log = strchr(log, '\n')) {
		log += *log == '\n';
		if (sscanf(log, "%*[^:\n]: %lu*%lukB", &nr, &each) == 2)
			kb += nr * each;
	}
	return kb;
}

static void failures_are_reported(void **state)
{
	static const unsigned int orders[] = { CONFIG_MAX_ORDER + 1, 31, 32, 63, 64, 4096, ~0u };

	(void)state;
	map_boot(&one_bank);
	host_log_clear();
	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++)
		assert_null(alloc_pages(__GFP_NOWARN, orders[i]));
	assert_string_equal(host_log(), "");
	assert_null(alloc_pages(GFP_KERNEL, CONFIG_MAX_ORDER + 1));
	assert_non_null(strstr(host_log(), "page allocation failure: order:"));
	assert_non_null(strstr(host_log(), "CONFIG_MAX_ORDER"));

	take_all(GFP_KERNEL, 0);
	host_log_clear();
	assert_null(alloc_pages(GFP_KERNEL, 0));
	assert_non_null(strstr(host_log(), "page allocation failure: order:0, mode:0x400"));
	assert_non_null(strstr(host_log(), "free:"));
	assert_int_equal(reported_kb(host_log()), nr_free_pages() * PAGE_SIZE / SZ_1K);
	assert_int_equal(get_zeroed_page(__GFP_NOWARN), 0);
	assert_null(alloc_pages_exact(3 * PAGE_SIZE, __GFP_NOWARN));
	give_all(0);
	check_all_is_back();
}

/* Failures 1 to 3 are reported, then every power of two: they do not flood the log. */
static void most_failures_are_counted_alone(void **state)
{
	unsigned int reports = 0;

	(void)state;
	map_boot(&one_bank);
	host_log_clear();
	for (unsigned int i = 1; i <= 40; i++)
		assert_null(alloc_pages(GFP_KERNEL, CONFIG_MAX_ORDER + 1));
	for (const char *at = host_log(); (at = strstr(at, "page allocation failure")); at++)
		reports++;
	assert_int_equal(reports, 3 + 4);
	assert_non_null(strstr(host_log(), " (failure 32)"));
	assert_null(strstr(host_log(), " (failure 40)"));
}

static void nodes(void **state)
{
	struct page *page;

	(void)state;
	map_boot(&one_bank);
	page = alloc_pages_node(0, GFP_KERNEL | __GFP_THISNODE, 0);
	assert_non_null(page);
	__free_pages(page, 0);
	assert_int_equal(HOST_TRY(page = alloc_pages_node(MAX_NUMNODES, GFP_KERNEL, 0)),
			 HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(page = alloc_pages_node(-1, GFP_KERNEL, 0)),
			 HOST_ASSERT_FAILED);
	check_all_is_back();
}

/* ---- per-CPU lists ---- */

static void lists_fill_and_drain(void **state)
{
	struct zone *zone;
	unsigned int order, most = 0;

	(void)state;
	map_boot(&two_cpus);
	for_each_pcp_order(order) {
		nr_taken = 0;
		take_all(GFP_KERNEL, order);
		while (nr_taken) {
			__free_pages(taken[--nr_taken], order);
			for_each_populated_zone(zone) {
				assert_in_range(zone_pcp_count(zone, 0), 0, pcp_pages_most(zone));
				most = max(most, (unsigned int)zone_pcp_count(zone, 0));
			}
		}
	}
	if (CONFIG_PCP_HIGH >= 64)
		assert_int_not_equal(most, 0);
	drain_local_pages();
	for_each_populated_zone(zone)
		assert_int_equal(pcp_pages(zone), 0);
	check_all_is_back();
}

/* A CPU cannot reach what another CPU freed; each CPU gives back its own lists. */
static void lists_are_each_cpus_own(void **state)
{
	unsigned long held;
	struct zone *zone;
	struct page *page;

	(void)state;
	if (CONFIG_NR_CPUS < 2 || CONFIG_PCP_HIGH < 64)
		skip();
	map_boot(&two_cpus);
	page = alloc_pages(GFP_KERNEL, 0);
	zone = page_zone(page);
	host_become_cpu(1);
	__free_pages(page, 0);
	held = zone_pcp_count(zone, 1);
	assert_int_equal(held, 1);
	host_become_cpu(0);
	drain_local_pages();
	assert_int_equal(zone_pcp_count(zone, 0), 0);
	assert_int_equal(zone_pcp_count(zone, 1), held);
	host_become_cpu(1);
	assert_ptr_equal(alloc_pages(GFP_KERNEL, 0), page);
	__free_pages(page, 0);
	drain_local_pages();
	assert_int_equal(zone_pcp_count(zone, 1), 0);
	check_all_is_back();
}

/* The last pages lie on this CPU's own lists, as another type and in a larger block. */
static void own_lists_are_the_last_resort(void **state)
{
	struct page *page;

	(void)state;
	map_boot(&one_bank);
	fill_with(__GFP_RECLAIMABLE);
	__free_pages(taken[--nr_taken], 0);
	page = alloc_pages(__GFP_MEMALLOC, 0);
	assert_ptr_equal(page, taken[nr_taken]);
	__free_pages(page, 0);
	give_all(0);
	check_all_is_back();
	if (CONFIG_MAX_ORDER < 2)
		return;

	take_all(__GFP_MEMALLOC, 2);
	take_all(__GFP_MEMALLOC, 0);
	__free_pages(taken[0], 2);
	page = alloc_pages(__GFP_RECLAIMABLE | __GFP_MEMALLOC, 0);
	assert_non_null(page);
	assert_int_equal(page_to_pfn(page) >> 2, page_to_pfn(taken[0]) >> 2);
}

/* A freed pageblock is the next one to be handed out, and serves smaller requests when all else is
 * gone. */
static void pageblocks_are_at_hand(void **state)
{
	static const struct map map = { .banks = { { GB(2), MB(256) } },
					.cmdline = "movablecore=0" };
	struct page *page, *other;
	struct zone *zone;

	(void)state;
	map_boot(&map);
	zone = main_zone();
	/* A build that checks more gives pageblocks to the zone at once. */
	if (!zone->pcp_pageblocks || !PAGES_INLINE)
		skip();
	page = alloc_pages(GFP_KERNEL, pageblock_order);
	other = alloc_pages(GFP_KERNEL, pageblock_order);
	__free_pages(page, pageblock_order);
	__free_pages(other, pageblock_order);
	assert_int_equal(zone_pcp_count(zone, 0), pageblock_nr_pages);
	assert_int_equal(page_state(page), PG_PCP);
	assert_int_equal(page_state(other), PG_BUDDY);
	map_audit();
	assert_ptr_equal(alloc_pages(GFP_KERNEL, pageblock_order), page);
	__free_pages(page, pageblock_order);
	take_all(__GFP_MEMALLOC, 0);
	assert_int_equal(zone_pcp_count(zone, 0), 0);
	assert_int_equal(all_free(), 0);
	give_all(0);
	check_all_is_back();
}

/* The pageblocks that all CPUs keep are a sixteenth of a zone at most. */
static void small_zones_keep_no_pageblocks(void **state)
{
	const u64 share = PCP_PAGEBLOCK_SHARE * MIGRATE_PCPTYPES * pageblock_nr_pages * PAGE_SIZE;
	const struct map small = { .banks = { { GB(2), ALIGN_DOWN(share, MB(4)) - MB(4) } },
				   .cmdline = "movablecore=0" };
	const struct map large = { .banks = { { GB(2), ALIGN_UP(share, MB(4)) + MB(64) } },
				   .cmdline = "movablecore=0" };

	(void)state;
	if (!PCP_PAGEBLOCKS || num_possible_cpus() != 1)
		skip();
	map_boot(&small);
	assert_int_equal(main_zone()->pcp_pageblocks, 0);
	map_boot(&large);
	assert_int_equal(main_zone()->pcp_pageblocks, 1);
}

/* ---- boot's memory comes back ---- */

static void reserved_range_is_freed(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(32) } },
		.keeps = { { GB(2) + MB(4), MB(1), "image", false },
			   { GB(2) + MB(5), 0x43000, "init", false },
			   { GB(2) + MB(5) + 0x43000, MB(1), "data", false } },
	};
	u64 start = map.keeps[1].base, end = start + map.keeps[1].bytes;
	unsigned long pages = map.keeps[1].bytes / FRAME, free_before, managed, pfn;
	struct zone *zone;

	(void)state;
	map_boot(&map);
	free_before = nr_free_pages();
	zone = page_zone(pfn_to_page(start / FRAME));
	managed = zone->managed_pages;
	assert_int_equal(free_reserved_range(start, end), pages);
	assert_int_equal(nr_free_pages(), free_before + pages);
	assert_int_equal(totalram_pages(), free_before + pages);
	assert_int_equal(zone->managed_pages, managed + pages);
	for (pfn = start / FRAME; pfn < end / FRAME; pfn++)
		assert_int_equal(page_state(pfn_to_page(block_head_pfn(pfn))), PG_BUDDY);
	assert_null(zone_validate(zone));
	assert_null(pageblock_rules());
	map_audit();
	/* A range is freed twice, or a part of a block: boot does not have it reserved. */
	assert_int_not_equal(HOST_TRY(free_reserved_range(start, end)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "H5: "));
	if (CONFIG_MAX_ORDER) {
		assert_int_not_equal(HOST_TRY(free_reserved_range(GB(2) + MB(4),
								  GB(2) + MB(5) - FRAME)),
				     HOST_RAN_ON);
		assert_non_null(strstr(host_stop_text(), "H5: "));
	}
}

static void reserved_ranges_merge(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(32) } },
		.keeps = { { GB(2) + MB(8), MB(1), "one", false },
			   { GB(2) + MB(9), MB(3), "two", false } },
	};
	const struct page *page;

	(void)state;
	map_boot(&map);
	free_reserved_range(GB(2) + MB(9), GB(2) + MB(12));
	free_reserved_range(GB(2) + MB(8), GB(2) + MB(9));
	page = pfn_to_page(block_head_pfn((GB(2) + MB(8)) / FRAME));
	assert_int_equal(page_state(page), PG_BUDDY);
	assert_in_range(page_order(page), min(CONFIG_MAX_ORDER + 0u, 10u), CONFIG_MAX_ORDER);
	assert_null(pageblock_rules());
	map_audit();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(every_order),
		TEST(interrupts_stay_as_they_are),
		TEST(by_address),
		TEST(zeroed),
		TEST(exact_sizes),
		TEST(failures_are_reported),
		TEST(most_failures_are_counted_alone),
		TEST(nodes),
		TEST(lists_fill_and_drain),
		TEST(lists_are_each_cpus_own),
		TEST(own_lists_are_the_last_resort),
		TEST(pageblocks_are_at_hand),
		TEST(small_zones_keep_no_pageblocks),
		TEST(reserved_range_is_freed),
		TEST(reserved_ranges_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
