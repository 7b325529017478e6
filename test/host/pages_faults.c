/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forces every sentence of a zone's validation: by a direct call, by audit, and with MM_VALIDATE by
 * the next operation. Also shows what CHECK finds in a list before the list is changed.
 */
#include "audit_lines.h"

/* An order that no per-CPU list serves, and that the machine has even where its largest block is
 * larger. */
#define LARGE_ORDER	MIN_CONST(MAX_ORDER, 8)

/* A machine on which every other page is free, so that some list of single pages is long. */
static struct {
	struct zone *zone;
	unsigned int mt;
	struct page *first, *second;	/* of that list */
	struct page *large;		/* a block that was handed out */
} m;

static void boot_with_a_list(void)
{
	map_boot(&one_bank);
	m.large = alloc_pages(GFP_KERNEL, LARGE_ORDER);
	assert_non_null(m.large);
	fill_with(GFP_KERNEL);
	for (unsigned int i = 0; i < nr_taken;) {
		if (page_to_pfn(taken[i]) & 1) {
			__free_pages(taken[i], 0);
			taken[i] = taken[--nr_taken];
		} else {
			i++;
		}
	}
	drain_all_cpus();
	m.zone = page_zone(taken[0]);
	for (m.mt = 0; m.zone->free_area[0].nr_free[m.mt] < 2;)
		m.mt++;
	m.first = pfn_to_page(m.zone->free_area[0].first_pfn[m.mt]);
	m.second = pfn_to_page(m.first->next_pfn);
	assert_null(zone_validate(m.zone));
}

/* ---- damage ---- */

static void leads_out_of_ram(void)
{
	m.second->next_pfn = (u32)map_end_pfn() + 512;
}

static void word_of_another_state(void)
{
	m.first->word ^= 1u << PAGE_STATE_SHIFT;
}

static void link_back_to_another(void)
{
	m.second->prev_pfn++;
}

/* A block of order 2 begins at an odd multiple of 2 frames, and is alone on its list. */
static void block_not_aligned(void)
{
	unsigned long pfn = (page_to_pfn(m.first) & ~3ul) + 2;
	struct free_area *area = &m.zone->free_area[2];
	struct page *page = pfn_to_page(pfn);

	page->word = page_word(PG_BUDDY, 2, m.mt, zone_id(m.zone));
	page->next_pfn = page->prev_pfn = PFN_NONE;
	area->first_pfn[m.mt] = (u32)pfn;
	area->nr_free[m.mt] = 1;
}

static void zone_that_ends_before(void)
{
	m.zone->spanned_pages -= totalram_pages();
}

static void zone_that_begins_behind(void)
{
	m.zone->zone_start_pfn += totalram_pages();
}

static void buddy_that_is_free_too(void)
{
	pfn_to_page(page_to_pfn(m.first) ^ 1)->word = m.first->word;
}

static void buddy_of_another_type(void)
{
	buddy_that_is_free_too();
	pfn_to_page(page_to_pfn(m.first) ^ 1)->word ^= m.mt ^ (m.mt ? 0 : MIGRATE_MOVABLE);
}

static void count_too_low(void)
{
	m.zone->free_area[0].nr_free[m.mt]--;
}

static void list_that_bites_its_tail(void)
{
	m.first->prev_pfn = (u32)page_to_pfn(m.second);
	m.zone->free_area[0].first_pfn[m.mt] = (u32)page_to_pfn(m.second);
	m.second->prev_pfn = PFN_NONE;
	m.second->next_pfn = PFN_NONE;
}

static void count_too_high(void)
{
	m.zone->free_area[0].nr_free[m.mt]++;
}

static void order_not_said(void)
{
	m.zone->free_orders[m.mt] &= ~1u;
}

static void order_said_in_vain(void)
{
	unsigned int order = 0;

	while (m.zone->free_area[order].nr_free[m.mt])
		order++;
	m.zone->free_orders[m.mt] |= 1u << order;
}

static void sum_too_high(void)
{
	m.zone->nr_free_pages++;
}

#define SHORTER		"B3: a free list is shorter than its count"
#define LONGER		"B3: a free list is longer than its count"
#define ORDERS		"B3: free_orders does not say which lists are empty"
#define OUTSIDE		"B5: a free block reaches out of its zone"

static const struct fault {
	void (*damage)(void);
	const char *sentence;
	unsigned int orders;		/* that the test needs */
} faults[] = {
	{ leads_out_of_ram, "B1: a list leads to a frame without a descriptor", 0 },
	{ word_of_another_state, "B1: a free block's word is not that of its list", 0 },
	{ link_back_to_another, "B6: links of neighbours on a free list disagree", 0 },
	{ block_not_aligned, "G2: a free block is not aligned to its order", 2 },
	{ zone_that_ends_before, OUTSIDE, 0 },
	{ zone_that_begins_behind, OUTSIDE, 0 },
	{ buddy_that_is_free_too, "B2: two free buddies are not merged", 1 },
	{ buddy_of_another_type, "B2: two free buddies are not merged", 1 },
	{ count_too_low, LONGER, 0 },
	{ list_that_bites_its_tail, SHORTER, 0 },
	{ count_too_high, SHORTER, 0 },
	{ order_not_said, ORDERS, 0 },
	{ order_said_in_vain, ORDERS, 0 },
	{ sum_too_high, "B4: nr_free_pages is not the sum of the free lists", 0 },
};

/* The machine stops by an assertion that has this zone's sentence. */
static void must_stop(enum host_stop how, const char *sentence)
{
	char wanted[200];

	snprintf(wanted, sizeof(wanted), "zone %s: %s (!fault)", m.zone->name, sentence);
	assert_int_equal(how, HOST_ASSERT_FAILED);
	if (!strstr(host_stop_text(), wanted))
		fail_msg("\"%s\", not \"%s\"", host_stop_text(), wanted);
}

/* proves B1, B2, B3, B4, B5, B6, G2 */
static void zone_says(void **state)
{
	const struct fault *f = *state;
	char line[200];
	struct audit a;

	if (f->orders > MAX_ORDER)
		skip();
	boot_with_a_list();
	f->damage();
	assert_string_equal(zone_validate(m.zone), f->sentence);
	must_stop(HOST_TRY(zone_must_be_valid(m.zone)), f->sentence);

	snprintf(line, sizeof(line), "zone %s: %s\n", m.zone->name, f->sentence);
	said[0] = 0;
	assert_int_not_equal(memory_audit(&a, audit_line, NULL), 0);
	if (!strstr(said, line))
		fail_msg("no \"%s\" in\n%s", line, said);

	/* MM_VALIDATE finds the fault at an operation on a block far away. */
	if (IS_ENABLED(CONFIG_MM_VALIDATE))
		must_stop(HOST_TRY(__free_pages(m.large, LARGE_ORDER)), f->sentence);
}

static void check_sees_an_empty_list(void **state)
{
	enum host_stop how;

	(void)state;
	if (!IS_ENABLED(CONFIG_MM_CHECK) && !IS_ENABLED(CONFIG_MM_VALIDATE))
		skip();
	boot_with_a_list();
	m.zone->free_area[0].nr_free[m.mt] = 0;
	how = HOST_TRY((void)buddy_alloc(m.zone, 0, m.mt));
	assert_int_equal(how, HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "B3: a block of order 0 is linked to an empty list"));
	/* A merge with the damaged block finds the fault, too. */
	if (!MAX_ORDER)
		return;
	boot_with_a_list();
	m.zone->free_area[0].nr_free[m.mt] = 0;
	how = HOST_TRY(buddy_free(m.zone, page_to_pfn(m.first) ^ 1, 0, m.mt));
	assert_int_equal(how, HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "B3: a block of order 0 is linked to an empty list"));
}

/* The check looks at a block's neighbours on the list, and not only at the list's head. */
static void the_last_block_is_looked_at(void **state)
{
	struct page *last;

	(void)state;
	boot_with_a_list();
	last = m.first;
	while (last->next_pfn != PFN_NONE)
		last = pfn_to_page(last->next_pfn);
	last->word ^= 1u << PAGE_TAG_SHIFT;
	assert_string_equal(zone_validate(m.zone), "B1: a free block's word is not that of its list");
	last->word ^= 1u << PAGE_TAG_SHIFT;
	assert_null(zone_validate(m.zone));
	__free_pages(m.large, LARGE_ORDER);
	give_all(0);
	check_all_is_back();
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(faults) + 2];

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++)
		tests[i] = (struct CMUnitTest){ .name = faults[i].sentence, .test_func = zone_says,
						.initial_state = (void *)&faults[i] };
	tests[ARRAY_SIZE(faults)] = (struct CMUnitTest)TEST(check_sees_an_empty_list);
	tests[ARRAY_SIZE(faults) + 1] = (struct CMUnitTest)TEST(the_last_block_is_looked_at);
	return cmocka_run_group_tests_name("pages_faults", tests, NULL, NULL);
}
