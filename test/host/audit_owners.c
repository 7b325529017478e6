/* SPDX-License-Identifier: BSD-2-Clause */
/* Audit counts each frame under its owner, and notices a frame that changes hands without a
 * call. */
#include "audit_lines.h"

/* Returns an allocated page whose descriptor was changed from state was to state. */
static struct page *page_of(enum page_state was, enum page_state state)
{
	static struct page *page;

	if (was == PG_ALLOCATED) {
		map_boot(&one_bank);
		page = alloc_pages(GFP_KERNEL, 0);
		drain_local_pages();
	}
	page->word ^= ((u32)was ^ (u32)state) << PAGE_STATE_SHIFT;
	return page;
}

/* proves G1, H2, U1, U2, U3 */
static void owners_of_a_frame(void **state)
{
	struct page *page = page_of(PG_ALLOCATED, PG_RESERVED);
	struct zone *zone = page_zone(page);
	unsigned long pfn = page_to_pfn(page), ram = zone->present_pages;
	unsigned long managed = zone->managed_pages, all = totalram_pages();

	(void)state;
	page->owner = mem_owner_count();
	expect("H2: zone %s manages %lu frames, the walk finds %lu\n"
	       "U3: zones manage %lu frames, the walk finds %lu\n",
	       zone->name, managed, managed - 1, all, all - 1);
	page_of(PG_RESERVED, PG_HOLE);
	expect("Z3: zone %s counts %lu frames of RAM, the walk %lu\n"
	       "H2: zone %s manages %lu frames, the walk finds %lu\n"
	       "U1: owners have %lu frames, RAM has %lu\n"
	       "U3: zones manage %lu frames, the walk finds %lu\n",
	       zone->name, ram, ram - 1, zone->name, managed, managed - 1, ram - 1, ram, all,
	       all - 1);
	page_of(PG_HOLE, PG_PCP);
	expect("U2: per-CPU lists count %lu frames, the walk %lu\n", 0ul, 1ul);
	page_of(PG_PCP, PG_TAIL);
	expect("G1: frame 0x%lx should begin a block, its word is 0x%x\n"
	       "Z3: zone %s counts %lu frames of RAM, the walk %lu\n"
	       "H2: zone %s manages %lu frames, the walk finds %lu\n"
	       "U1: owners have %lu frames, RAM has %lu\n"
	       "U3: zones manage %lu frames, the walk finds %lu\n",
	       pfn, page->word, zone->name, ram, ram - 1, zone->name, managed, managed - 1,
	       ram - 1, ram, all, all - 1);
	page_of(PG_TAIL, PG_BUDDY);
	expect("K2: pageblock of frame 0x%lx counts %u free frames, the walk %u\n"
	       "zone %s: %s\n"
	       "U2: free lists count %lu frames, the walk %lu\n",
	       pfn | (pageblock_nr_pages - 1), pfn_to_pageblock(pfn)->free_pages,
	       pfn_to_pageblock(pfn)->free_pages + 1, zone->name,
	       "B2: two free buddies are not merged", nr_free_pages(), nr_free_pages() + 1);
	/* Audit has a count for each state that the kernel gives an allocated page. Of a page that
	 * can move it asks the owner, too (movable.c). */
	for (enum page_state was = PG_BUDDY, is = PG_ALLOCATED; is <= PG_STACK; was = is++) {
		page_of(was, is);
		assert_int_equal(map_audit().pages[is], 1);
		assert_int_equal(map_audit().pages[PG_RESERVED], ram - managed);
	}
}

static unsigned long pages_of(const char *owner)
{
	unsigned long pages = 0;

	for (u32 nr = 0; nr < mem_owner_count(); nr++)
		if (!strcmp(mem_owner_name(nr), owner))
			pages += audit_owner_pages(nr);
	return pages;
}

/* The frames of each owner that boot named add up to what boot reserved. */
static void owners_by_name(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(64) } },
		.keeps = { { GB(2), MB(1), "firmware", true },
			   { GB(2) + MB(4), MB(3), "one", false },
			   { GB(2) + MB(8), FRAME + 1, "two", false },
			   { GB(2) + MB(12), 1, "one", false } },
	};
	unsigned long all = 0;
	struct page *page;
	struct audit a;
	u32 one = 0;

	(void)state;
	map_boot(&map);
	a = map_audit();
	assert_int_equal(pages_of("one"), MB(3) / FRAME + 1);
	assert_int_equal(pages_of("two"), 2);
	/* The memmap takes one descriptor of 16 bytes for each frame. */
	if (CONFIG_SECTION_SIZE_BITS >= 26)
		assert_int_equal(pages_of("memmap"), MB(64) / FRAME * sizeof(struct page) / FRAME);
	for (u32 nr = 0; nr < mem_owner_count(); nr++) {
		assert_string_not_equal(mem_owner_name(nr), "unknown");
		all += audit_owner_pages(nr);
	}
	assert_int_equal(all, a.pages[PG_RESERVED]);
	assert_string_equal(mem_owner_name(mem_owner_count()), "unknown");
	assert_int_equal(audit_owner_pages(mem_owner_count()), 0);
	assert_int_equal(audit_owner_pages(MEM_OWNERS_MAX), 0);
	assert_int_equal(audit_owner_pages(~0u), 0);

	/* One frame changes its owner. */
	while (strcmp(mem_owner_name(one), "one"))
		one++;
	page = pfn_to_page((GB(2) + MB(8)) / FRAME);
	assert_string_equal(mem_owner_name(page->owner), "two");
	page->owner = one;
	map_audit();
	assert_int_equal(audit_owner_pages(one), MB(3) / FRAME + 1 + (1ul << page_order(page)));
	assert_int_equal(pages_of("two"), 2 - (1ul << page_order(page)));
}

/* An audit without a listener counts the faults as well. */
static void an_audit_that_nobody_hears(void **state)
{
	struct audit a;

	(void)state;
	map_boot(&one_bank);
	main_zone()->init_pages = main_zone()->present_pages;
	assert_int_equal(memory_audit(&a, NULL, NULL), 1);
	assert_int_equal(a.errors, 1);
}

/* Damages the first frame of a block so that no such block can exist: its order is too large, or
 * the address is not aligned to it. */
static void blocks_that_cannot_be(void **state)
{
	struct page *page;
	unsigned long pfn;
	char first[80];

	(void)state;
	if (MAX_ORDER < 2)
		skip();
	map_boot(&one_bank);
	page = alloc_pages(GFP_KERNEL, 1);
	pfn = page_to_pfn(page);
	for (unsigned int order = 0; order < 1u << PAGE_ORDER_BITS; order++) {
		u32 word = page->word;
		struct audit a;

		if (order <= 1 || (order <= MAX_ORDER && !(pfn & ((1ul << order) - 1))))
			continue;
		page->word = page_word(PG_ALLOCATED, order, 0, zone_id(page_zone(page)));
		said[0] = 0;
		assert_true(memory_audit(&a, audit_line, NULL) > 1);
		snprintf(first, sizeof(first), "G1: frame 0x%lx should begin a block, its word is "
			 "0x%x\n", pfn, page->word);
		assert_memory_equal(said, first, strlen(first));
		page->word = word;
	}
	__free_pages(page, 1);
	check_all_is_back();
}

/* A fault all over memory is printed for a few frames, and counted for all. */
static void a_flood_is_bounded(void **state)
{
	struct zone *zone;
	unsigned int lines = 0;
	unsigned long start_pfn;
	struct audit a;

	(void)state;
	map_boot(&one_bank);
	fill_with(GFP_KERNEL);
	zone = page_zone(taken[0]);
	start_pfn = zone->zone_start_pfn;
	zone->zone_start_pfn = zone_end_pfn(zone);
	said[0] = 0;
	assert_true(memory_audit(&a, audit_line, NULL) > 1000);
	for (const char *at = said; (at = strstr(at, "Z3: frame")); at++)
		lines++;
	assert_int_equal(lines, 8);
	zone->zone_start_pfn = start_pfn;
	give_all(0);
	check_all_is_back();
}

static void audit_again(void *ctx, const char *line)
{
	struct audit a;

	(void)ctx;
	(void)line;
	memory_audit(&a, NULL, NULL);
}

/* proves U4 */
static void one_audit_at_a_time(void **state)
{
	struct zone *zone;
	struct audit a;

	(void)state;
	map_boot(&one_bank);
	zone = page_zone(pfn_to_page(block_head_pfn(map_first_pfn())));
	zone->init_pages = zone->present_pages;
	assert_int_equal(HOST_TRY(memory_audit(&a, audit_again, NULL)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "U4"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(owners_of_a_frame),
		TEST(owners_by_name),
		TEST(blocks_that_cannot_be),
		TEST(an_audit_that_nobody_hears),
		TEST(a_flood_is_bounded),
		TEST(one_audit_at_a_time),
	};

	return cmocka_run_group_tests_name("audit_owners", tests, NULL, NULL);
}
