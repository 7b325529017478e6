/* SPDX-License-Identifier: BSD-2-Clause */
/* Frees that must stop the machine, each with rule A2 or A4. */
#include "pages_take.h"

/* ---- crimes ---- */

/* The free stops the machine with A2 and what it found, and leaves all counts as they were. */
static void expect_refusal(struct page *page, unsigned int order, const char *what)
{
	unsigned long before = all_free();

	assert_int_not_equal(HOST_TRY(free_with_constants(page, order)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "A2: "));
	assert_int_not_equal(HOST_TRY(__free_pages(page, order)), HOST_RAN_ON);
	if (!strstr(host_stop_text(), "A2: "))
		fail_msg("%s", host_stop_text());
	/* A configuration that checks more may stop earlier, with another sentence. */
	if (!strstr(host_stop_text(), what) && !strstr(host_stop_text(), "not the head"))
		fail_msg("\"%s\", not \"%s\"", host_stop_text(), what);
	/* The real machine would have stopped; this one goes on, so that the test can look at
	 * it. */
	arch_local_irq_enable();
	assert_int_equal(all_free(), before);
}

/* proves A2 */
static void double_free(void **state)
{
	struct page *page, *other;
	unsigned int order;

	(void)state;
	map_boot(&one_bank);
	page = alloc_pages(GFP_KERNEL, 0);
	other = alloc_pages(GFP_KERNEL, 0);
	__free_pages(page, 0);
	if (page_state(page) == PG_PCP)
		expect_refusal(page, 0, "free on a per-CPU list");
	drain_local_pages();
	expect_refusal(page, 0, "");
	__free_pages(other, 0);
	drain_local_pages();
	/* Both pages now lie within a large free block. */
	expect_refusal(page, 0, "");
	expect_refusal(other, 0, "");
	for (order = PCP_SMALL_ORDERS; order <= min(CONFIG_MAX_ORDER + 0u, 11u); order++) {
		page = alloc_pages(GFP_KERNEL, order);
		__free_pages(page, order);
		expect_refusal(page, order, "");
	}
	check_all_is_back();
}

/* What a block may become depends on its state: proves A2. */
static void wrong_state(void **state)
{
	struct page *page;

	(void)state;
	map_boot(&one_bank);
	page = alloc_pages(GFP_KERNEL, 0);
	page_become(page, PG_TABLE);
	expect_refusal(page, 0, "it is page table, order 0");
	assert_int_not_equal(HOST_TRY(page_become(page, PG_STACK)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "A2: a block that is page table is to be a CPU "
						 "stack"));
	assert_int_not_equal(HOST_TRY(page_become(page, PG_TABLE)), HOST_RAN_ON);
	page_become(page, PG_ALLOCATED);
	__free_pages(page, 0);
	assert_int_not_equal(HOST_TRY(page_become(page, PG_TABLE)), HOST_RAN_ON);
	assert_int_not_equal(HOST_TRY(page_become(page, PG_ALLOCATED)), HOST_RAN_ON);
	assert_int_equal(page_kept_pages(0, PG_TABLE), 0);
	assert_int_equal(page_kept_pages(0, PG_STACK), 0);
	drain_local_pages();
	check_all_is_back();
}

/* proves A2 */
static void wrong_order(void **state)
{
	(void)state;
	map_boot(&one_bank);
	for (unsigned int order = 0; order <= min(CONFIG_MAX_ORDER + 0u, 11u); order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);

		for (unsigned int other = 0; other < 600; other++)
			if (other != order)
				expect_refusal(page, other, "it is allocated, order");
		for (unsigned int bit = 10; bit < 32; bit++)
			expect_refusal(page, order | 1u << bit, "it is allocated, order");
		__free_pages(page, order);
	}
	check_all_is_back();
}

/* proves A2, G4 */
static void not_a_head(void **state)
{
	unsigned int order = min(CONFIG_MAX_ORDER + 0u, 6u);
	struct page *page;

	(void)state;
	map_boot(&one_bank);
	/* Every frame has been a head once; what that left in the descriptors must not count. */
	take_all(__GFP_MEMALLOC, 0);
	give_all(0);
	page = alloc_pages(GFP_KERNEL, order);
	for (unsigned int i = 1; i < 1u << order; i++) {
		u32 word = page[i].word;

		for (unsigned int o = 0; o <= CONFIG_MAX_ORDER; o++) {
			page[i].word = word;
			expect_refusal(page + i, o, "no block begins there");
			/* The descriptors hold what an earlier boot may have left in RAM. */
			page[i].word = page_word(PG_ALLOCATED, o, 0, page_zone_id(page)) ^
				       PAGE_FIELD_MASK(TAG);
			expect_refusal(page + i, o, "no block begins there");
		}
		page[i].word = word;
	}
	__free_pages(page, order);
	check_all_is_back();
}

/* proves A2 */
static void not_ours(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(32) }, { GB(2) + MB(48), MB(8) + FRAME } },
		.keeps = { { GB(2) + MB(4), MB(1), "firmware", false },
			   { GB(2) + MB(8), MB(1), NULL, true } },
	};
	struct page *page;

	(void)state;
	map_boot(&map);
	expect_refusal(pfn_to_page((GB(2) + MB(4)) / FRAME), 0, "it is reserved");
	expect_refusal(pfn_to_page((GB(2) + MB(8)) / FRAME), 0, "it is reserved");
	if (pfn_valid((GB(2) + MB(56)) / FRAME + 1))
		expect_refusal(pfn_to_page((GB(2) + MB(56)) / FRAME + 1), 0, "it is no RAM");
	page = pfn_to_page(block_head_pfn((GB(2) + MB(2)) / FRAME));
	expect_refusal(page, page_order(page), "free in the buddy");

	page = alloc_pages(GFP_KERNEL, 0);
	page->word ^= (PG_ALLOCATED ^ PG_TABLE) << PAGE_STATE_SHIFT;
	expect_refusal(page, 0, "it is page table");
	page->word ^= (PG_TABLE ^ PG_SLAB) << PAGE_STATE_SHIFT;
	expect_refusal(page, 0, "it is slab");
	page->word ^= (PG_SLAB ^ PG_ALLOCATED) << PAGE_STATE_SHIFT;
	__free_pages(page, 0);
	check_all_is_back();
}

static void exact_with_another_size(void **state)
{
	char *va;

	(void)state;
	map_boot(&one_bank);
	if (CONFIG_MAX_ORDER < 3)
		skip();
	va = alloc_pages_exact(7 * PAGE_SIZE, GFP_KERNEL);
	assert_int_not_equal(HOST_TRY(free_pages_exact(va, 8 * PAGE_SIZE)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "A2: "));
	arch_local_irq_enable();
	free_pages_exact(va, 7 * PAGE_SIZE);
	check_all_is_back();
}

/* proves A4 */
static void waiting_with_interrupts_off(void **state)
{
	static const gfp_t sound[] = { GFP_NOWAIT, GFP_ATOMIC, GFP_DMA32, GFP_MOVABLE, __GFP_ZERO };
	struct page *page;

	(void)state;
	map_boot(&one_bank);
	for (unsigned int order = 0; order <= CONFIG_MAX_ORDER; order++) {
		drain_local_pages();
		arch_local_irq_disable();
		for (unsigned int i = 0; i < ARRAY_SIZE(sound); i++) {
			page = alloc_pages(sound[i], order);
			if (page)
				__free_pages(page, order);
			drain_local_pages();
		}
		assert_int_equal(HOST_TRY((void)!alloc_pages_node(0, GFP_KERNEL, order)),
				 HOST_ASSERT_FAILED);
		assert_non_null(strstr(host_stop_text(), "A4: a request that may wait (0x400) "));
		arch_local_irq_enable();
	}
	arch_local_irq_disable();
	assert_int_equal(HOST_TRY((void)!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)),
			 HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "A4: "));
	/* Before gfp_allow_waiting() boot may ask to wait with interrupts off. */
	gfp_allowed_mask = ~__GFP_DIRECT_RECLAIM;
	gfp_allow_waiting();
	assert_int_equal(gfp_allowed_mask, ~__GFP_DIRECT_RECLAIM);
	__free_pages(alloc_pages(GFP_KERNEL, 0), 0);
	arch_local_irq_enable();
	gfp_allow_waiting();
	__free_pages(alloc_pages(GFP_KERNEL, 0), 0);
	check_all_is_back();
}

/* The page is no descriptor at all, below and above those that are: proves A2. */
static void no_frame_is_meant(void **state)
{
	static struct page low;
	struct page high = { .word = 0 };

	(void)state;
	map_boot(&one_bank);
	expect_refusal(&low, 0, "free of frame 0xffffffffffffffff");
	expect_refusal(&high, 0, "free of frame 0xffffffffffffffff");
	assert_string_equal(page_state_name((enum page_state)NR_PAGE_STATES), "unknown");
	check_all_is_back();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(double_free),
		TEST(wrong_state),
		TEST(wrong_order),
		TEST(not_a_head),
		TEST(not_ours),
		TEST(no_frame_is_meant),
		TEST(exact_with_another_size),
		TEST(waiting_with_interrupts_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
