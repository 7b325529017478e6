/* SPDX-License-Identifier: BSD-2-Clause */
/* One datum at a time is damaged on a sound machine: audit names the rule that it breaks. */
#include "pages_take.h"

static char said[16384];

static void audit_line(void *ctx, const char *line)
{
	(void)ctx;
	strncat(said, line, 200);
	strcat(said, "\n");
}

/* Audit says nothing but sentences of these rules, each of them, and that this zone is meant. */
static void expect(const char *rules, const char *zone_name)
{
	char line[200], seen[200] = "";
	struct audit a;

	said[0] = 0;
	assert_int_not_equal(memory_audit(&a, audit_line, NULL), 0);
	if (zone_name && !strstr(said, zone_name))
		fail_msg("no word of %s:\n%s", zone_name, said);
	for (const char *at = said; sscanf(at, "%199[^\n]", line) == 1; at += strlen(line) + 1) {
		char rule[8];

		assert_int_equal(sscanf(line, "%7[^:]:", rule), 1);
		if (!strstr(rules, rule))
			fail_msg("%s, not %s", line, rules);
		if (!strstr(seen, rule))
			strcat(strcat(seen, rule), " ");
	}
	if (strlen(seen) != strlen(rules) + 1)
		fail_msg("%sof %s:\n%s", seen, rules, said);
}

/* The datum is worth value while audit looks; rules are those that must be named. */
#define WITH(datum, value, rules, zone_name) do { \
	__auto_type saved_ = (datum); \
	(datum) = (value); \
	expect(rules, zone_name); \
	(datum) = saved_; \
	map_audit(); \
} while (0)

/* A populated zone, and the one above it on its node. */
static struct zone *two_zones(struct zone **above)
{
	struct zone *zone;

	needs(&both_sides);
	map_boot(&both_sides);
	zone = page_zone(pfn_to_page(block_head_pfn(map_first_pfn())));
	*above = page_zone(pfn_to_page(block_head_pfn(map_end_pfn() - 1)));
	if (zone == *above)
		skip();
	map_audit();
	return zone;
}

/* proves Z1 */
static void zones_span_their_ram(void **state)
{
	struct zone *above, *zone = two_zones(&above);

	(void)state;
	WITH(zone->present_pages, zone->spanned_pages + 1, "Z1 Z3", zone->name);
	WITH(zone->init_pages, zone->present_pages - zone->managed_pages + 1, "Z1", zone->name);
	WITH(zone->managed_pages, zone->present_pages + 1, "Z1 H2 U3", zone->name);
	WITH(zone->spanned_pages, zone->spanned_pages + 1, "Z1", above->name);
}

/* proves Z2, Z3 */
static void a_frame_is_in_one_zone(void **state)
{
	struct zone *above, *zone = two_zones(&above);
	struct page *page = alloc_pages(GFP_MOVABLE, 0);
	u32 other = page_word(PG_ALLOCATED, 0, page_migratetype(page), zone_id(zone));
	unsigned long reach = zone_end_pfn(above) - zone_end_pfn(zone);

	(void)state;
	drain_local_pages();
	assert_ptr_equal(page_zone(page), above);
	/* The frame is not counted where it lies. */
	WITH(page->word, other, PAGEBLOCKS_KEPT ? "Z3 H2 K3" : "Z3 H2", NULL);
	/* When the other zone reaches there, the largest block around the frame has two. */
	zone->spanned_pages += reach;
	page->word ^= other ^ page_word(PG_ALLOCATED, 0, page_migratetype(page), zone_id(above));
	expect("Z1 Z2 Z3 H2", zone->name);
	page->word ^= other ^ page_word(PG_ALLOCATED, 0, page_migratetype(page), zone_id(above));
	zone->spanned_pages -= reach;
	WITH(above->present_pages, above->present_pages - 1, "Z3", above->name);
	__free_pages(page, 0);
}

/* proves W1, W2, PS1 */
static void marks_and_reserves(void **state)
{
	struct zone *above, *zone = two_zones(&above);

	(void)state;
	WITH(zone->watermark[WMARK_MIN], zone->watermark[WMARK_LOW] + 1, "W1", zone->name);
	WITH(zone->watermark[WMARK_HIGH], zone->watermark[WMARK_LOW] - 1, "W1", zone->name);
	WITH(zone->lowmem_reserve[zone->idx], 1, "W2", zone->name);
	if (above->idx + 1 < MAX_NR_ZONES)
		WITH(zone->lowmem_reserve[above->idx], ~0ul, "W2", zone->name);
	WITH(zone->pcp_batch, zone->pcp_high + 1, "PS1", zone->name);
	WITH(zone->pcp_high, CONFIG_PCP_HIGH + 1, "PS1", zone->name);
}

/* proves L1, L2 */
static void lists_of_zones(void **state)
{
	struct zone *above, *zone = two_zones(&above);
	struct zone **list = NODE_DATA(zone->nid)->zonelist.zones;
	struct zone **own = NODE_DATA(zone->nid)->own_zones;
	struct zone saved;

	(void)state;
	assert_ptr_equal(list[0], above);
	WITH(list[1], above, "L1", "twice");
	WITH(list[1], NULL, "L1", "1 zones, not 2");
	WITH(own[1], NULL, "L1", "1 zones, not 2");
	WITH(own[2], zone, "L1", "twice");
	list[0] = zone;
	list[1] = above;
	expect("L2", "wrong place");
	list[0] = above;
	list[1] = zone;
	/* A zone without RAM, which the walks over zones pass by. */
	saved = *zone;
	zone->present_pages = 0;
	expect("L1 U2 U3", "without RAM");
	*zone = saved;
	map_audit();
}

/* A CPU's list of single pages that has some. */
static struct pcp_list *a_list(struct zone **zone)
{
	struct page *page;

	map_boot(&two_cpus);
	page = alloc_pages(GFP_KERNEL, 0);
	*zone = page_zone(page);
	__free_pages(page, 0);
	return this_cpu_ptr(pcp_list_of(*zone, 0, page_migratetype(page)));
}

/* proves P1, P2, P3, P4, U2 */
static void lists_of_a_cpu(void **state)
{
	struct zone *zone;
	struct pcp_list *list = a_list(&zone);

	(void)state;
	if (list->count < 2 || list->limit == PCP_LIST_MAX(0))
		skip();
	WITH(list->limit, list->count - 1, "P1 U2", zone->name);
	WITH(list->pfn[0], (u32)map_end_pfn(), "P2 U2", zone->name);
	WITH(list->pfn[0], list->pfn[1], "U2", "twice");
	WITH(list->limit, PCP_LIST_MAX(0), "P3", zone->name);
	WITH(cpu_online_mask, cpumask_of(1), "P4", "CPU 0 is not online");
}

/* proves H2, U3 */
static void managed_frames(void **state)
{
	struct zone *zone;

	(void)state;
	map_boot(&one_bank);
	zone = main_zone();
	WITH(zone->managed_pages, zone->managed_pages - 1, "H2 U3", zone->name);
}

/* proves K2, K3, K4 */
static void counters_of_pageblocks(void **state)
{
	struct zone *zone;
	struct pageblock *pb;
	struct page *page;

	(void)state;
	if (!PAGEBLOCKS_KEPT)
		skip();
	map_boot(&one_bank);
	page = alloc_pages(GFP_MOVABLE, 0);
	zone = page_zone(page);
	pb = pfn_to_pageblock(page_to_pfn(page));
	map_audit();
	WITH(pb->free_pages, pb->free_pages - 1, "K2", NULL);
	WITH(zone->nr_pageblocks[0], zone->nr_pageblocks[0] + 1, "K4", zone->name);
	pb->movable_pages++;
	expect("K3", NULL);
	pb->movable_pages--;
	/* A type that is changed, and not counted; one that does not exist. */
	pb->mt ^= 1;
	expect("K4", zone->name);
	pb->mt ^= 1 ^ 7;
	expect("K4", zone->name);
	pb->mt ^= 7;
	map_audit();
	__free_pages(page, 0);
	check_all_is_back();
}

/* Of a fault that is all over memory a few are told, and all are counted. */
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
		TEST(zones_span_their_ram),
		TEST(a_frame_is_in_one_zone),
		TEST(marks_and_reserves),
		TEST(lists_of_zones),
		TEST(lists_of_a_cpu),
		TEST(managed_frames),
		TEST(counters_of_pageblocks),
		TEST(a_flood_is_bounded),
		TEST(one_audit_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
