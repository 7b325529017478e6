/* SPDX-License-Identifier: BSD-2-Clause */
/* Each test damages one datum of a sound machine, and audit must name the rule that is broken. */
#include "audit_lines.h"

#include "mm/check/internal.h"

/* Returns a populated zone; *above is the next populated zone of the same node. */
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
	const unsigned long present = zone->present_pages, managed = zone->managed_pages;
	const unsigned long spanned = zone->spanned_pages, border_pfn = zone_end_pfn(zone);
	const unsigned long others = above->managed_pages;

	(void)state;
	WITH(zone->present_pages, spanned + 1,
	     "Z1: zone %s spans %lu frames, of which %lu are RAM and %lu managed\n"
	     "Z3: zone %s counts %lu frames of RAM, the walk %lu\n",
	     zone->name, spanned, spanned + 1, managed, zone->name, spanned + 1, present);
	WITH(zone->init_pages, present - managed + 1,
	     "Z1: zone %s spans %lu frames, of which %lu are RAM and %lu managed\n",
	     zone->name, spanned, present, managed);
	WITH(zone->managed_pages, present + 1,
	     "Z1: zone %s spans %lu frames, of which %lu are RAM and %lu managed\n"
	     "H2: zone %s manages %lu frames, the walk finds %lu\n"
	     "U3: zones manage %lu frames, the walk finds %lu\n",
	     zone->name, spanned, present, present + 1, zone->name, present + 1, managed,
	     present + 1 + others, managed + others);
	WITH(zone->spanned_pages, spanned + 1,
	     "Z1: zone %s begins at frame 0x%lx, zone %s ends at 0x%lx\n",
	     above->name, border_pfn, zone->name, border_pfn + 1);
}

/* proves Z2, Z3 */
static void a_frame_is_in_one_zone(void **state)
{
	struct zone *above, *zone = two_zones(&above);
	struct page *page = alloc_pages(GFP_MOVABLE, 0);
	const unsigned long pfn = page_to_pfn(page), present = above->present_pages;
	const u32 word = page->word, other = word ^ (zone_id(zone) ^ zone_id(above))
						     << PAGE_ZONE_SHIFT;
	const unsigned long managed = above->managed_pages, below = zone->present_pages;
	const unsigned long reach = zone_end_pfn(above) - zone_end_pfn(zone);

	(void)state;
	drain_local_pages();
	assert_ptr_equal(page_zone(page), above);
	page->word = other;
	assert_ptr_equal(page_zone(page), zone);
	page->word = word;
	/* The frame names another zone, so that the walk does not count it in its pageblock. */
	if (PAGEBLOCKS_KEPT)
		WITH(page->word, other,
		     "Z3: frame 0x%lx is said to be in zone %s of node %d, which does not reach there\n"
		     "K3: pageblock of frame 0x%lx counts %u movable frames, the walk %u\n"
		     "Z3: zone %s counts %lu frames of RAM, the walk %lu\n"
		     "H2: zone %s manages %lu frames, the walk finds %lu\n",
		     pfn, zone->name, zone->nid, pfn | (pageblock_nr_pages - 1), 1, 0,
		     above->name, present, present - 1, above->name, managed, managed - 1);
	/* The other zone now reaches the frame, and the largest block around it has two zones. */
	zone->spanned_pages += reach;
	page->word = other;
	expect("Z1: zone %s begins at frame 0x%lx, zone %s ends at 0x%lx\n"
	       "Z2: zones %s and %s share the largest block around frame 0x%lx\n"
	       "Z2: zones %s and %s share the largest block around frame 0x%lx\n"
	       "Z3: zone %s counts %lu frames of RAM, the walk %lu\n"
	       "H2: zone %s manages %lu frames, the walk finds %lu\n"
	       "Z3: zone %s counts %lu frames of RAM, the walk %lu\n"
	       "H2: zone %s manages %lu frames, the walk finds %lu\n",
	       above->name, above->zone_start_pfn, zone->name, zone_end_pfn(above),
	       above->name, zone->name, pfn, zone->name, above->name, pfn + 1,
	       zone->name, below, below + 1, zone->name, zone->managed_pages,
	       zone->managed_pages + 1, above->name, present, present - 1, above->name, managed,
	       managed - 1);
	page->word = word;
	zone->spanned_pages -= reach;
	/* Where boot has reserved frames, one frame less that is present breaks no other rule. */
	if (zone->managed_pages == below)
		zone = above;
	WITH(zone->present_pages, zone->present_pages - 1,
	     "Z3: zone %s counts %lu frames of RAM, the walk %lu\n", zone->name,
	     zone->present_pages, zone->present_pages + 1);
	__free_pages(page, 0);
}

/* The first block of a zone names the zone above. */
static void a_frame_below_its_zone(void **state)
{
	struct zone *above, *zone = two_zones(&above);
	const unsigned long pfn = zone->zone_start_pfn, present = zone->present_pages;
	struct page *page = pfn_to_page(block_head_pfn(pfn));
	const unsigned long pages = 1ul << page_order(page);
	const unsigned long used = page_state(page) == PG_RESERVED ? 0 : pages;

	(void)state;
	assert_ptr_equal(page_zone(page), zone);
	page->word ^= (zone_id(zone) ^ zone_id(above)) << PAGE_ZONE_SHIFT;
	said[0] = 0;
	memory_audit(&(struct audit){ 0 }, audit_line, NULL);
	assert_non_null(strstr(said, "Z3: frame 0x"));
	assert_string_has(said, "is said to be in zone %s of node %d, which does not reach there\n",
			  above->name, above->nid);
	assert_string_has(said, "Z3: zone %s counts %lu frames of RAM, the walk %lu\n", zone->name,
			  present, present - pages);
	if (used)
		assert_string_has(said, "H2: zone %s manages %lu frames, the walk finds %lu\n",
				  zone->name, zone->managed_pages, zone->managed_pages - used);
	page->word ^= (zone_id(zone) ^ zone_id(above)) << PAGE_ZONE_SHIFT;
	map_audit();
}

/* Audit stops reading a section after AUDIT_LINES frames that begin no block. */
static void a_section_of_rubbish(void **state)
{
	unsigned int lines = 0, order = min(MAX_ORDER, 6);
	struct page *page;

	(void)state;
	if (1u << order < 2 * AUDIT_LINES)
		skip();
	map_boot(&one_bank);
	page = alloc_pages(GFP_KERNEL, order);
	for (unsigned int i = 0; i < 1u << order; i++)
		page[i].word |= PAGE_FIELD_MASK(STATE);
	said[0] = 0;
	memory_audit(&(struct audit){ 0 }, audit_line, NULL);
	for (const char *at = said; (at = strstr(at, "G1: frame 0x")); at++)
		lines++;
	assert_int_equal(lines, AUDIT_LINES);
}

/* Names a zone, then a node, that does not exist. */
static void a_frame_of_no_zone(void **state)
{
	struct page *page;
	struct zone *zone;
	unsigned long pfn, present, managed;

	(void)state;
	if (MAX_NR_ZONES == 1 << PAGE_ZONE_BITS)
		skip();
	map_boot(&one_bank);
	page = alloc_pages(GFP_KERNEL, 0);
	drain_local_pages();
	pfn = page_to_pfn(page);
	zone = page_zone(page);
	present = zone->present_pages;
	managed = zone->managed_pages;
	WITH(page->word, page->word | PAGE_FIELD_MASK(ZONE),
	     "Z3: frame 0x%lx is said to be in zone %s of node %d, which does not reach there\n"
	     "Z3: zone %s counts %lu frames of RAM, the walk %lu\n"
	     "H2: zone %s manages %lu frames, the walk finds %lu\n",
	     pfn, "?", 0, zone->name, present, present - 1, zone->name, managed, managed - 1);
	__free_pages(page, 0);
	check_all_is_back();
}

/* proves W1, W2, PS1 */
static void marks_and_reserves(void **state)
{
	struct zone *above, *zone = two_zones(&above);
	const unsigned long min = zone->watermark[WMARK_MIN], low = zone->watermark[WMARK_LOW];
	const unsigned long high = zone->watermark[WMARK_HIGH];
	const unsigned long next = zone->lowmem_reserve[zone->idx + 1];
	const unsigned int batch = zone->pcp_batch, pcp_high = zone->pcp_high;

	(void)state;
	WITH(zone->watermark[WMARK_MIN], low + 1, "W1: zone %s has marks %lu, %lu, %lu\n",
	     zone->name, low + 1, low, high);
	WITH(zone->watermark[WMARK_HIGH], low - 1, "W1: zone %s has marks %lu, %lu, %lu\n",
	     zone->name, min, low, low - 1);
	if (next)
		WITH(zone->lowmem_reserve[zone->idx], next,
		     "W2: zone %s keeps %lu frames from requests up to zone %u\n", zone->name,
		     next, zone->idx);
	else
		WITH(zone->lowmem_reserve[zone->idx], 7,
		     "W2: zone %s keeps %lu frames from requests up to zone %u\n"
		     "W2: zone %s keeps %lu frames from requests up to zone %u\n", zone->name,
		     7ul, zone->idx, zone->name, 0ul, zone->idx + 1);
	if (above->idx + 1 < MAX_NR_ZONES)
		WITH(zone->lowmem_reserve[above->idx], ~0ul,
		     "W2: zone %s keeps %lu frames from requests up to zone %u\n", zone->name,
		     zone->lowmem_reserve[above->idx + 1], above->idx + 1);
	WITH(zone->pcp_batch, pcp_high + 1, "PS1: zone %s has batch %u and high %u\n", zone->name,
	     pcp_high + 1, pcp_high);
	WITH(zone->pcp_high, CONFIG_PCP_HIGH + 1, "PS1: zone %s has batch %u and high %u\n",
	     zone->name, batch, CONFIG_PCP_HIGH + 1u);
	zone->pcp_high = CONFIG_PCP_HIGH;
	if (CONFIG_PCP_BATCH < CONFIG_PCP_HIGH)
		WITH(zone->pcp_batch, CONFIG_PCP_BATCH + 1,
		     "PS1: zone %s has batch %u and high %u\n", zone->name, CONFIG_PCP_BATCH + 1u,
		     CONFIG_PCP_HIGH + 0u);
}

/* proves L1, L2 */
static void lists_of_zones(void **state)
{
	struct zone *above, *zone = two_zones(&above);
	struct zone **list = NODE_DATA(zone->nid)->zonelist.zones;
	struct zone **own = NODE_DATA(zone->nid)->own_zones;
	const int nid = zone->nid;
	unsigned long free = 0, managed = 0, pcp = 0;
	struct zone saved;

	(void)state;
	assert_ptr_equal(list[0], above);
	WITH(list[1], above, "L1: node %d's list has zone %s of node %d %s\n", nid, above->name,
	     nid, "twice");
	WITH(list[1], NULL, "L1: node %d's list has %u zones, not %u\n", nid, 1, 2);
	WITH(own[1], NULL, "L1: node %d's list has %u zones, not %u\n", nid, 1, 2);
	WITH(own[2], zone, "L1: node %d's list has zone %s of node %d %s\n"
	     "L1: node %d's list has %u zones, not %u\n", nid, zone->name, nid, "twice", nid, 3, 2);
	list[0] = zone;
	list[1] = above;
	expect("L2: node %d's list has zone %s of node %d in a wrong place\n", nid, above->name,
	       nid);
	list[0] = above;
	list[1] = zone;
	/* Walks over populated zones pass by a zone without RAM; audit finds it in the
	 * zonelists. */
	saved = *zone;
	free = zone->nr_free_pages;
	managed = zone->managed_pages;
	pcp = pcp_pages(zone);
	zone->present_pages = 0;
	expect("L1: node %d's list has zone %s of node %d %s\n"
	       "L1: node %d's list has %u zones, not %u\n"
	       "L1: node %d's list has zone %s of node %d %s\n"
	       "L1: node %d's list has %u zones, not %u\n"
	       "U2: free lists count %lu frames, the walk %lu\n"
	       "U3: zones manage %lu frames, the walk finds %lu\n",
	       nid, zone->name, nid, "without RAM", nid, 2, 1,
	       nid, zone->name, nid, "without RAM", nid, 2, 1,
	       above->nr_free_pages, above->nr_free_pages + free,
	       above->managed_pages, above->managed_pages + managed);
	assert_int_equal(pcp, 0);
	*zone = saved;
	map_audit();
}

/* A node's zones stand together, whatever stands between them. */
static void another_nodes_zone_between(void **state)
{
	static const struct map map = {
		.banks = { { GB(4) - MB(16), MB(16) }, { GB(4), MB(16) },
			   { GB(4) + MB(16), MB(16) } },
		.nids = { 0, 0, 1 },
	};
	struct zone **list = NODE_DATA(0)->zonelist.zones, *last;

	(void)state;
	if (!IS_ENABLED(CONFIG_NUMA))
		skip();
	map_boot(&map);
	map_audit();
	if (!list[1] || list[1]->nid || !list[2] || list[2]->nid != 1)
		skip();
	last = list[1];
	list[1] = list[2];
	list[2] = last;
	expect("L2: node %d's list has zone %s of node %d in a wrong place\n", 0, last->name, 0);
	list[2] = list[1];
	list[1] = last;
	map_audit();
}

/* Returns the pages that CPU 0 may hold of the zone: its lists' limits, and what none has yet. */
static unsigned long all_limits(const struct zone *zone)
{
	unsigned long pages = *per_cpu_ptr(&pcp_spare_pages[zone_id(zone)], 0);
	unsigned int order;

	for_each_pcp_order(order)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			pages += (unsigned long)per_cpu_ptr(pcp_list_of(zone, order, mt),
							    0)->limit << order;
	return pages;
}

/* Returns a CPU's list of single pages that is not empty. */
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
	const u32 count = list->count, limit = list->limit;
	const unsigned long most = pcp_pages_most(zone);
	unsigned long limits = 0;
	struct page *page;
	u32 lost;

	(void)state;
	if (count < 2 || limit == PCP_LIST_MAX(0))
		skip();
	WITH(list->limit, count - 1,
	     "P1: CPU %u, zone %s, order %u: %u blocks, limit %u\n"
	     "U2: per-CPU lists count %lu frames, the walk %lu\n",
	     0, zone->name, 0, count, count - 1, 0ul, (unsigned long)count);
	WITH(list->limit, PCP_LIST_MAX(0) + 1,
	     "P1: CPU %u, zone %s, order %u: %u blocks, limit %u\n"
	     "P3: CPU %u may hold %lu frames of zone %s, more than %lu\n"
	     "U2: per-CPU lists count %lu frames, the walk %lu\n",
	     0, zone->name, 0, count, PCP_LIST_MAX(0) + 1,
	     0, limits = all_limits(zone), zone->name, most, 0ul, (unsigned long)count);
	WITH(list->pfn[0], (u32)map_end_pfn(),
	     "P2: CPU %u, zone %s: frame 0x%x does not belong on its list\n"
	     "U2: a frame is on the per-CPU lists twice, another on none\n",
	     0, zone->name, (u32)map_end_pfn());
	page = alloc_pages(GFP_KERNEL, 0);
	lost = list->pfn[0];
	list->pfn[0] = (u32)page_to_pfn(page);
	expect("P2: CPU %u, zone %s: frame 0x%x does not belong on its list\n"
	       "U2: a frame is on the per-CPU lists twice, another on none\n",
	       0, zone->name, list->pfn[0]);
	list->pfn[0] = lost;
	__free_pages(page, 0);
	map_audit();
	assert_int_equal(list->count, count);
	WITH(list->pfn[0], list->pfn[1],
	     "U2: a frame is on the per-CPU lists twice, another on none\n");
	WITH(list->limit, PCP_LIST_MAX(0),
	     "P3: CPU %u may hold %lu frames of zone %s, more than %lu\n", 0, all_limits(zone),
	     zone->name, most);
	WITH(*this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]), (u32)most,
	     "P3: CPU %u may hold %lu frames of zone %s, more than %lu\n", 0, all_limits(zone),
	     zone->name, most);
	WITH(cpu_online_mask, cpumask_of(1),
	     "P4: CPU %u is not online and its list of zone %s, order %u, holds %u blocks\n", 0,
	     zone->name, 0, count);
	assert_true(limits > most);
}

/* proves H2, U3 */
static void managed_frames(void **state)
{
	unsigned long managed;
	struct zone *zone;

	(void)state;
	map_boot(&one_bank);
	zone = main_zone();
	managed = zone->managed_pages;
	WITH(zone->managed_pages, managed - 1,
	     "H2: zone %s manages %lu frames, the walk finds %lu\n"
	     "U3: zones manage %lu frames, the walk finds %lu\n",
	     zone->name, managed - 1, managed, totalram_pages(), totalram_pages() + 1);
}

/* proves B4, U2 */
static void free_frames(void **state)
{
	unsigned long free;
	struct zone *zone;

	(void)state;
	map_boot(&one_bank);
	zone = main_zone();
	free = nr_free_pages();
	WITH(zone->nr_free_pages, zone->nr_free_pages + 3,
	     "zone %s: %s\n" "U2: free lists count %lu frames, the walk %lu\n", zone->name,
	     "B4: nr_free_pages is not the sum of the free lists", free + 3, free);
}

/* proves K2, K3, K4 */
static void counters_of_pageblocks(void **state)
{
	unsigned long last_pfn, counts[MIGRATE_TYPES];
	unsigned int free, movable, mt;
	struct pageblock *pb;
	struct zone *zone;
	struct page *page;

	(void)state;
	if (!PAGEBLOCKS_KEPT)
		skip();
	map_boot(&one_bank);
	page = alloc_pages(GFP_MOVABLE, 0);
	zone = page_zone(page);
	pb = pfn_to_pageblock(page_to_pfn(page));
	last_pfn = page_to_pfn(page) | (pageblock_nr_pages - 1);
	map_audit();
	free = pb->free_pages;
	movable = pb->movable_pages;
	mt = pb->mt;
	memcpy(counts, zone->nr_pageblocks, sizeof(counts));
	WITH(pb->free_pages, free - 1,
	     "K2: pageblock of frame 0x%lx counts %u free frames, the walk %u\n", last_pfn,
	     free - 1, free);
	WITH(zone->nr_pageblocks[0], counts[0] + 1,
	     "K4: zone %s counts %lu pageblocks of type %s, the walk %lu\n", zone->name,
	     counts[0] + 1, "Unmovable", counts[0]);
	pb->movable_pages++;
	expect("K3: pageblock of frame 0x%lx counts %u movable frames, the walk %u\n", last_pfn,
	       movable + 1, movable);
	pb->movable_pages--;
	/* Changes a pageblock's type without counting the change, then to a type that does not
	 * exist. */
	assert_int_equal(mt, MIGRATE_MOVABLE);
	pb->mt = MIGRATE_UNMOVABLE;
	expect("K4: zone %s counts %lu pageblocks of type %s, the walk %lu\n"
	       "K4: zone %s counts %lu pageblocks of type %s, the walk %lu\n",
	       zone->name, counts[0], "Unmovable", counts[0] + 1, zone->name, counts[1],
	       "Movable", counts[1] - 1);
	pb->mt = 7;
	expect("K4: zone %s counts %lu pageblocks of type %s, the walk %lu\n%s%s%s", zone->name,
	       counts[1], "Movable", counts[1] - 1, NR_SPECIAL_TYPES ? "zone " : "",
	       NR_SPECIAL_TYPES ? zone->name : "", NR_SPECIAL_TYPES ?
	       ": K5: a free block's type is not that of its special pageblock\n" : "");
	pb->mt = MIGRATE_MOVABLE;
	map_audit();
	__free_pages(page, 0);
	check_all_is_back();
}

/* proves K4: a pageblock, whole in one block, has a type that does not exist. */
static void a_pageblock_of_no_type(void **state)
{
	unsigned long pageblocks;
	struct zone *zone;
	struct page *page;

	(void)state;
	if (!PAGEBLOCKS_KEPT)
		skip();
	map_boot(&one_bank);
	page = alloc_pages(GFP_KERNEL, pageblock_order);
	zone = page_zone(page);
	pageblocks = zone->nr_pageblocks[MIGRATE_UNMOVABLE];
	WITH(page->word, page->word | PAGE_FIELD_MASK(MT) | PAGE_FIELD_MASK(SPECIAL),
	     "K4: zone %s counts %lu pageblocks of type %s, the walk %lu\n", zone->name,
	     pageblocks, "Unmovable", pageblocks - 1);
	__free_pages(page, pageblock_order);
	check_all_is_back();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(zones_span_their_ram),
		TEST(a_frame_is_in_one_zone),
		TEST(a_frame_below_its_zone),
		TEST(a_section_of_rubbish),
		TEST(a_frame_of_no_zone),
		TEST(marks_and_reserves),
		TEST(lists_of_zones),
		TEST(another_nodes_zone_between),
		TEST(lists_of_a_cpu),
		TEST(managed_frames),
		TEST(free_frames),
		TEST(counters_of_pageblocks),
		TEST(a_pageblock_of_no_type),
	};

	return cmocka_run_group_tests_name("audit_faults", tests, NULL, NULL);
}
