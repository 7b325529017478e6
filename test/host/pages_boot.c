/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boots from memblock to the buddy system on many memory maps. What every frame, block, zone and
 * counter says then is compared with what follows from the ranges.
 */
#include "pages_shadow.h"

#include <arch/mmu.h>

/* Number of frames of RAM in [start_pfn, end_pfn) whose descriptors the hand-over wrote. */
static unsigned long words_written(unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long written = 0;

	for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn++)
		written += pfn_to_page(pfn)->word != 0;
	return written;
}

/* ---- one frame ---- */

/* A reserved frame has the name of one of the ranges that reserve it. */
static bool owner_is_possible(unsigned long pfn, const char *name)
{
	const struct memblock_type *kept = &memblock_copy->reserved;
	u64 start = pfn * FRAME, end = start + FRAME;

	for (unsigned long i = 0; i < kept->cnt; i++) {
		const struct memblock_region *r = &kept->regions[i];
		const char *owner = r->owner ? r->owner : "reserved";

		if (r->base < end && r->base + r->size > start && strcmp(owner, name) == 0)
			return true;
	}
	return frame_region(&memblock_copy->memory, pfn, false)->flags & MEMBLOCK_NOMAP &&
	       strcmp(name, "no-map") == 0;
}

static void check_frame(unsigned long pfn, unsigned long *counts)
{
	static const enum page_state states[] = {
		[FRAME_NO_RAM] = PG_HOLE, [FRAME_KEPT] = PG_RESERVED, [FRAME_FREE] = PG_BUDDY,
	};
	enum frame_kind kind = frame_kind(pfn);
	unsigned long head_pfn;
	struct page *head;

	if (!pfn_valid(pfn)) {
		assert_int_equal(kind, FRAME_NO_RAM);
		return;
	}
	head_pfn = block_head_pfn(pfn);
	head = pfn_to_page(head_pfn);
	assert_int_equal(page_to_pfn(head), head_pfn);
	assert_in_range(page_order(head), 0, CONFIG_MAX_ORDER);
	assert_in_range(pfn, head_pfn, head_pfn + (1ul << page_order(head)) - 1);
	assert_int_equal(head_pfn & ((1ul << page_order(head)) - 1), 0);
	assert_int_equal(page_state(head), states[kind]);
	counts[page_state(head)]++;
	if (kind == FRAME_KEPT)
		assert_true(owner_is_possible(pfn, mem_owner_name(head->owner)));
	if (kind != FRAME_NO_RAM)
		assert_int_equal(page_zone_id(head), frame_zone(pfn));
}

/* Checks all frames from before the first section to beyond the last, holes included. */
static void check_frames(void)
{
	const unsigned long margin = 2 * PAGES_PER_SECTION;
	unsigned long first = map_first_pfn(), end = map_end_pfn() + margin;
	unsigned long counts[NR_PAGE_STATES] = { 0 };
	struct audit a = map_audit();

	for (unsigned long pfn = first > margin ? first - margin : 0; pfn < end; pfn++)
		check_frame(pfn, counts);
	for (unsigned int state = 0; state < NR_PAGE_STATES; state++)
		assert_int_equal(a.pages[state], counts[state]);
	assert_int_equal(a.ram_pages, counts[PG_RESERVED] + counts[PG_BUDDY]);
}

/* ---- sections ---- */

/* True when a reservation of that name holds all of these bytes. */
static bool kept_as(const void *first, const void *last, const char *owner)
{
	const struct memblock_type *kept = &memblock_copy->reserved;

	for (unsigned long i = 0; i < kept->cnt; i++) {
		const struct memblock_region *r = &kept->regions[i];

		if (r->owner && strcmp(r->owner, owner) == 0 && __pa(first) >= r->base &&
		    __pa(last) < r->base + r->size)
			return true;
	}
	return false;
}

/* The granules lie within the section, and each frame has a pageblock, which no other section
 * shares. */
static void check_sections(void)
{
	const struct pageblock *last[MAX_NUMNODES] = { NULL };
	const struct mem_section *s;

	for_each_present_section(s) {
		const struct pageblock *first;

		assert_int_equal(s->start_pfn % MEMMAP_GRANULE_PAGES, 0);
		assert_int_equal(s->end_pfn % MEMMAP_GRANULE_PAGES, 0);
		assert_true(s->start_pfn < s->end_pfn);
		assert_ptr_equal(pfn_to_section(s->start_pfn), s);
		assert_ptr_equal(pfn_to_section(s->end_pfn - 1), s);
		if (!PAGEBLOCKS_KEPT)
			continue;
		first = pfn_to_pageblock(s->start_pfn);
		assert_true(!last[s->nid] || first > last[s->nid]);
		last[s->nid] = pfn_to_pageblock(s->end_pfn - 1);
		assert_int_equal(last[s->nid] - first, (s->end_pfn - 1) / pageblock_nr_pages -
						       s->start_pfn / pageblock_nr_pages);
		assert_true(kept_as(first, (const char *)(last[s->nid] + 1) - 1, "pageblocks"));
	}
}

/* ---- zones ---- */

struct zone_sums {
	unsigned long first_pfn, end_pfn, present, managed, pageblocks;
};

static void sum_zones(struct zone_sums *sums)
{
	unsigned long last_block[NR_ZONE_IDS], pfn;

	memset(sums, 0, NR_ZONE_IDS * sizeof(*sums));
	memset(last_block, 0xff, sizeof(last_block));
	for (pfn = map_first_pfn(); pfn < map_end_pfn(); pfn++) {
		enum frame_kind kind = frame_kind(pfn);
		unsigned int id = kind == FRAME_NO_RAM ? 0 : frame_zone(pfn);
		struct zone_sums *s = &sums[id];

		if (kind == FRAME_NO_RAM)
			continue;
		if (!s->present)
			s->first_pfn = pfn;
		s->end_pfn = pfn + 1;
		s->present++;
		s->managed += kind == FRAME_FREE;
		s->pageblocks += last_block[id] != pfn >> CONFIG_PAGEBLOCK_ORDER;
		last_block[id] = pfn >> CONFIG_PAGEBLOCK_ORDER;
	}
}

static void check_zone(const struct zone *zone, const struct zone_sums *s)
{
	unsigned long pageblocks = 0;

	assert_int_equal(zone->present_pages, s->present);
	assert_int_equal(zone->managed_pages, s->managed);
	assert_int_equal(zone->spanned_pages, s->end_pfn - s->first_pfn);
	if (s->present)
		assert_int_equal(zone->zone_start_pfn, s->first_pfn);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		pageblocks += zone->nr_pageblocks[mt];
	assert_int_equal(pageblocks, s->pageblocks);
	/* All pageblocks begin with one type: movable, where types are kept apart. */
	assert_int_equal(zone->nr_pageblocks[page_group_by_mobility ? 1 : 0], pageblocks);
}

static void check_zones(void)
{
	struct zone_sums sums[NR_ZONE_IDS];
	unsigned long present = 0, managed = 0, node_present = 0;
	unsigned int id;

	sum_zones(sums);
	for_each_zone_id(id) {
		assert_int_equal(zone_id(zone_of_id(id)), id);
		check_zone(zone_of_id(id), &sums[id]);
		present += sums[id].present;
		managed += sums[id].managed;
	}
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		node_present += NODE_DATA(nid)->node_present_pages;
	assert_int_equal(totalram_pages(), managed);
	assert_int_equal(nr_free_pages(), managed);
	assert_int_equal(node_present, present);
	assert_int_equal(page_group_by_mobility, IS_ENABLED(CONFIG_PAGE_MOBILITY) &&
			 present >= (1ul << CONFIG_PAGEBLOCK_ORDER) * MIGRATE_PCPTYPES);
}

/* ---- marks ---- */

static unsigned long floor_root(unsigned long x)
{
	unsigned long r = 0, bit;

	for (bit = 1ul << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}

static unsigned long between(unsigned long x, unsigned long low, unsigned long high)
{
	return x < low ? low : x > high ? high : x;
}

struct marks {
	unsigned long min, low, high, batch, pcp_high;
};

/* The marks of a zone with zone_pages, of all managed pages, of which lowmem serve the kernel. */
static struct marks expected_marks(unsigned long zone_pages, unsigned long all,
				   unsigned long lowmem, unsigned int cpus)
{
	unsigned long kb = between(floor_root(lowmem * 4 * 16), 128, 262144), distance, b;
	struct marks m;

	m.min = all ? (kb / 4) * zone_pages / all : 0;
	distance = zone_pages / 10000 * 10 + zone_pages % 10000 * 10 / 10000;
	if (distance < m.min / 4)
		distance = m.min / 4;
	m.low = m.min + distance;
	m.high = m.low + distance;

	b = between(zone_pages / 1024, 0, 256) / 4;
	b = b ? b + b / 2 : 1;
	while (b & (b - 1))
		b &= b - 1;
	m.batch = between(b - 1, 1, CONFIG_PCP_BATCH);
	m.pcp_high = between(m.low / cpus, 4 * m.batch, ~0ul);
	m.pcp_high = between(m.pcp_high, 1, CONFIG_PCP_HIGH);
	m.batch = between(m.batch, 1, m.pcp_high);
	return m;
}

/* Managed pages of the node's zones first to last. */
static unsigned long managed_of(int nid, unsigned int first, unsigned int last)
{
	unsigned long pages = 0;

	for (unsigned int i = first; i <= last; i++)
		pages += NODE_DATA(nid)->node_zones[i].managed_pages;
	return pages;
}

static unsigned long expected_reserve(int nid, unsigned int of, unsigned int against)
{
	unsigned int ratio = of < ZONE_NORMAL ? 256 : of == ZONE_NORMAL ? 32 : 0;

	if (!ratio || against <= of || !managed_of(nid, of, of))
		return 0;
	return managed_of(nid, of + 1, against) / ratio;
}

static unsigned int cpus_at(int nid)
{
	unsigned int cpu, cpus = 0;

	for_each_possible_cpu(cpu)
		cpus += cpu_descs[cpu].nid == nid;
	return cpus ? cpus : nr_cpus_found;
}

static void check_marks(void)
{
	unsigned long all = 0, lowmem = 0;
	unsigned int id;

	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		all += managed_of(nid, 0, MAX_NR_ZONES - 1);
		lowmem += managed_of(nid, 0, ZONE_NORMAL);
	}
	for_each_zone_id(id) {
		const struct zone *zone = zone_of_id(id);
		struct marks m = expected_marks(zone->managed_pages, all, lowmem,
						cpus_at(zone->nid));

		assert_int_equal(zone->watermark[WMARK_MIN], m.min);
		assert_int_equal(zone->watermark[WMARK_LOW], m.low);
		assert_int_equal(zone->watermark[WMARK_HIGH], m.high);
		if (zone->managed_pages) {
			assert_int_equal(zone->pcp_batch, m.batch);
			assert_int_equal(zone->pcp_high, m.pcp_high);
		}
		for (unsigned int j = 0; j < MAX_NR_ZONES; j++)
			assert_int_equal(zone->lowmem_reserve[j],
					 expected_reserve(zone->nid, zone->idx, j));
	}
}

/* A CPU's lists, all of them full, hold no more than the zone's share. */
static void check_pcp_limits(void)
{
	unsigned int cpu, order, mt;
	struct zone *zone;

	for_each_populated_zone(zone) {
		for_each_possible_cpu(cpu) {
			unsigned long pages = 0;

			for_each_pcp_order(order)
				for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
					const struct pcp_list *list =
						per_cpu_ptr(pcp_list_of(zone, order, mt), cpu);

					assert_in_range(list->limit, 0, PCP_LIST_MAX(order));
					assert_int_equal(list->count, 0);
					pages += (u64)list->limit << order;
				}
			assert_in_range(pages, 0, pcp_pages_most(zone));
		}
	}
}

/* ---- free blocks, zonelists ---- */

static void check_blocks(void)
{
	struct shadow s;
	const char *wrong;

	shadow_init(&s);
	wrong = shadow_compare(&s);
	shadow_fini(&s);
	if (wrong)
		fail_msg("%s", wrong);
}

/* A node's own zones come first, from the highest down, and the list has each zone once. */
static void check_zonelist(int nid)
{
	struct zone *const *all = NODE_DATA(nid)->zonelist.zones;
	struct zone *const *own = NODE_DATA(nid)->own_zones;
	unsigned int seen[NR_ZONE_IDS] = { 0 }, id;

	for (unsigned int i = MAX_NR_ZONES; i-- > 0;) {
		if (!NODE_DATA(nid)->node_zones[i].present_pages)
			continue;
		assert_ptr_equal(*own++, &NODE_DATA(nid)->node_zones[i]);
		assert_ptr_equal(all[own - NODE_DATA(nid)->own_zones - 1],
				 &NODE_DATA(nid)->node_zones[i]);
	}
	assert_null(*own);
	for (; *all; all++)
		seen[zone_id(*all)]++;
	for_each_zone_id(id)
		assert_int_equal(seen[id], zone_of_id(id)->present_pages != 0);
}

static void check_boot(void)
{
	int nid;

	check_frames();
	check_sections();
	check_zones();
	check_blocks();
	for_each_online_node(nid)
		check_zonelist(nid);
	check_marks();
	check_pcp_limits();
}

/* proves G1, G2, G3, H1, H2, H3, M1, M2, M3, Z1, Z3, Z4, W1, W2, PS1, L1, L2, P3 */
static void boots(void **state)
{
	const struct map *map = *state;

	for (unsigned int i = 0; i < MAP_BANKS; i++)
		if (map->banks[i].base + map->banks[i].bytes > MAX_PHYSMEM_PFN * FRAME)
			skip();
	map_boot(map);
	check_boot();
}

/* ---- maps ---- */

static const struct map maps[] = {
	{ .name = "one bank of 128 MiB", .banks = { { GB(2), MB(128) } } },
	{ .name = "four CPUs share the lists", .banks = { { GB(2), MB(512) } }, .cpus = 4 },
	{ .name = "a bank that begins and ends within a largest block",
	  .banks = { { GB(2) + 0x123000, MB(37) + 5 * FRAME } } },
	{ .name = "RAM from address 0", .banks = { { 0, MB(48) } } },
	{ .name = "RAM from address 0 on, in whose first pageblock something is kept",
	  .banks = { { 0, MB(48) } }, .keeps = { { 0x3000, 0x2000, "vectors", false } } },
	{ .name = "two banks with a hole between their sections",
	  .banks = { { GB(2), MB(32) }, { GB(2) + MB(768), MB(48) } } },
	{ .name = "two banks with a hole in one section",
	  .banks = { { GB(2), MB(12) }, { GB(2) + MB(20) + 3 * FRAME, MB(16) } } },
	{ .name = "a bank of one frame far behind another",
	  .banks = { { GB(2), MB(32) }, { GB(2) + MB(161), FRAME } } },
	{ .name = "a bank of one frame, its section's first",
	  .banks = { { GB(2), MB(32) }, { GB(3), FRAME } } },
	{ .name = "a bank of less than a frame",
	  .banks = { { GB(2), MB(32) }, { GB(2) + MB(40) + 0x800, 0x700 } } },
	{ .name = "banks that begin and end inside a frame",
	  .banks = { { GB(2) + 0x800, MB(16) }, { GB(2) + MB(17) + 0x10, MB(16) + 0xfe8 } } },
	{ .name = "reserved pieces that share a frame", .banks = { { GB(2), MB(32) } },
	  .keeps = { { GB(2) + MB(4) + 0x100, 0x80, "a", false },
		     { GB(2) + MB(4) + 0x180, 0x80, "b", false },
		     { GB(2) + MB(4) + 0x400, 0x1000, "c", false },
		     { GB(2) + MB(4) + 0x1400, 1, "d", false },
		     { GB(2) + MB(4) + 0x1fff, 2, "e", false },
		     { GB(2) + MB(5) - 1, 1, "f", false } } },
	{ .name = "reserved at both ends of RAM and across a hole",
	  .banks = { { GB(2), MB(16) }, { GB(2) + MB(24), MB(40) } },
	  .keeps = { { GB(2), 0x80000, "firmware", false },
		     { GB(2) + MB(15), MB(10), "across", false },
		     { GB(2) + MB(63), MB(1), "end", false } } },
	{ .name = "no-map in the middle, at an end and under a reservation",
	  .banks = { { GB(2), MB(64) } },
	  .keeps = { { GB(2), 0x41000, NULL, true }, { GB(2) + MB(8), MB(4), NULL, true },
		     { GB(2) + MB(9), MB(5), "on top", false },
		     { GB(2) + MB(40) + 0x200, 0x2000, NULL, true },
		     { GB(2) + MB(60), MB(4), NULL, true } } },
	{ .name = "neighbours of different owners", .banks = { { GB(2), MB(32) } },
	  .keeps = { { GB(2) + MB(4), MB(2), "left", false },
		     { GB(2) + MB(6), MB(2), "right", false } } },
	{ .name = "every other frame reserved", .banks = { { GB(2), MB(32) } },
	  .every_other = CONFIG_MEMBLOCK_REGIONS > 48 ? 40 : CONFIG_MEMBLOCK_REGIONS / 4 },
	{ .name = "RAM on both sides of 4 GiB", .banks = { { GB(4) - MB(24), MB(64) } } },
	{ .name = "RAM below and above 4 GiB with a hole",
	  .banks = { { GB(3), MB(32) }, { GB(4) + MB(16), MB(40) } } },
	{ .name = "RAM above 4 GiB alone", .banks = { { GB(4) + MB(64), MB(64) } } },
	{ .name = "RAM on both sides of 2064 MiB, 3 GiB and 4 GiB",
	  .banks = { { GB(2), MB(40) }, { GB(3) - MB(8), MB(24) }, { GB(4) - MB(8), MB(24) } } },
	{ .name = "movablecore=12M", .banks = { { GB(2), MB(96) } }, .cmdline = "movablecore=12M" },
	{ .name = "movablecore=20M over two banks",
	  .banks = { { GB(2), MB(48) }, { GB(2) + MB(64), MB(8) + 0x1000 } },
	  .cmdline = "movablecore=20M" },
	{ .name = "movablecore=0", .banks = { { GB(2), MB(32) } }, .cmdline = "movablecore=0" },
	/* Z4 */
	{ .name = "movablecore= of more than half of RAM", .banks = { { GB(2), MB(64) } },
	  .cmdline = "movablecore=60M" },
	{ .name = "1.5 GiB reserved", .banks = { { GB(2), GB(2) } },
	  .keeps = { { GB(2) + MB(128), GB(1) + MB(512), "big", false } } },
	{ .name = "two nodes with a hole", .banks = { { GB(2), MB(32) }, { GB(3), MB(24) } },
	  .nids = { 0, 1 } },
	{ .name = "two nodes side by side, the first without low memory", .cpus = 2,
	  .banks = { { GB(4), GB(2) }, { GB(2), GB(2) } }, .nids = { 0, 1 } },
	{ .name = "8 GiB, four CPUs", .banks = { { GB(1), GB(8) } }, .cpus = 4 },
};

/* ---- special cases ---- */

struct piece {
	unsigned long pfn;
	unsigned int order;
};

/* A free range is cut into the blocks of a published example of a hand-over. */
static void hands_over_published_range(void **state)
{
	static const struct piece start[] = {
		{ 0x8800e, 1 }, { 0x88010, 4 }, { 0x88020, 5 }, { 0x88040, 6 }, { 0x88080, 7 },
		{ 0x88100, 8 }, { 0x88200, 9 }, { 0x88400, 10 }, { 0x88800, 10 }, { 0x88c00, 10 },
	}, end[] = {
		{ 0xaec00, 7 }, { 0xaec80, 6 }, { 0xaecc0, 5 }, { 0xaece0, 3 }, { 0xaece8, 1 },
	};
	static const struct map map = {
		.banks = { { 0x88000000, 0xb0000000 - 0x88000000 }, { 0xc0000000, MB(64) } },
		.keeps = { { 0x88000000, 0xe000, "before", false },
			   { 0xaecea000, 0xb0000000 - 0xaecea000, "after", false } },
	};
	unsigned long pfn = 0x8800e, i;

	(void)state;
	map_boot(&map);
	if (CONFIG_MAX_ORDER != 10)
		skip();
	for (i = 0; i < ARRAY_SIZE(start); i++, pfn += 1ul << start[i - 1].order) {
		assert_int_equal(pfn, start[i].pfn);
		assert_int_equal(page_order(pfn_to_page(pfn)), start[i].order);
		assert_int_equal(page_state(pfn_to_page(pfn)), PG_BUDDY);
	}
	for (; pfn < end[0].pfn; pfn += 0x400) {
		assert_int_equal(page_order(pfn_to_page(pfn)), 10);
		assert_int_equal(page_state(pfn_to_page(pfn)), PG_BUDDY);
	}
	for (i = 0; i < ARRAY_SIZE(end); i++, pfn += 1ul << end[i - 1].order) {
		assert_int_equal(pfn, end[i].pfn);
		assert_int_equal(page_order(pfn_to_page(pfn)), end[i].order);
		assert_int_equal(page_state(pfn_to_page(pfn)), PG_BUDDY);
	}
	assert_int_equal(pfn, 0xaecea);
	assert_int_equal(page_state(pfn_to_page(pfn)), PG_RESERVED);
}

/* A step of the hand-over writes one descriptor, so that a large reservation costs as many steps as
 * it has blocks. */
static void large_reservation_costs_its_blocks(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), GB(2) } },
		.keeps = { { GB(2) + MB(128) + FRAME, GB(1) + MB(512) - 2 * FRAME, "big", false } },
	};
	unsigned long start_pfn = map.keeps[0].base / FRAME;
	unsigned long end_pfn = start_pfn + map.keeps[0].bytes / FRAME, blocks = 0, pfn = start_pfn;

	(void)state;
	map_boot(&map);
	while (pfn < end_pfn) {
		unsigned int order = 0;

		while (order < CONFIG_MAX_ORDER && !(pfn & ((2ul << order) - 1)) &&
		       pfn + (2ul << order) <= end_pfn)
			order++;
		assert_int_equal(page_order(pfn_to_page(pfn)), order);
		blocks++;
		pfn += 1ul << order;
	}
	assert_int_equal(words_written(start_pfn, end_pfn), blocks);
	assert_in_range(blocks, 1, ((end_pfn - start_pfn) >> CONFIG_MAX_ORDER) +
				   2 * CONFIG_MAX_ORDER + 2);
}

/*
 * The published marks of four boards, for round numbers of managed pages, and the numbers of the
 * lists as far as PCP_BATCH and PCP_HIGH allow them.
 */
static const struct {
	unsigned int cpus;
	unsigned long dma32, normal;	/* managed pages */
	unsigned long min[2], low[2], high[2], reserve, batch, pcp_high[2], min_free_kbytes;
} boards[] = {
	/* One page less than a square: the root is cut. */
	{ 4, 262143, 0, { 1023 }, { 1285 }, { 1547 }, 0, 63, { 321 }, 4095 },
	{ 1, 32768, 0, { 362 }, { 452 }, { 542 }, 0, 7, { 452 }, 1448 },
	{ 4, 131072, 0, { 724 }, { 905 }, { 1086 }, 0, 31, { 226 }, 2896 },
	{ 4, 524288, 0, { 1448 }, { 1972 }, { 2496 }, 0, 63, { 493 }, 5792 },
	{ 4, 786432, 262144, { 1536, 512 }, { 2322, 774 }, { 3108, 1036 }, 1024, 63,
	  { 580, 252 }, 8192 },
	{ 4, 786432, 1310720, { 1086, 1810 }, { 1872, 3120 }, { 2658, 4430 }, 5120, 63,
	  { 468, 780 }, 11585 },
};

static void marks_are_the_published_ones(void **state)
{
	static const struct map map = { .banks = { { GB(2), MB(32) } }, .cpus = 4 };

	(void)state;
	if (!IS_ENABLED(CONFIG_ZONE_DMA32))
		skip();
	map_boot(&map);
	for (unsigned int b = 0; b < ARRAY_SIZE(boards); b++) {
		struct zone *zones = NODE_DATA(0)->node_zones;

		if (boards[b].cpus > CONFIG_NR_CPUS)
			continue;
		nr_cpus_found = boards[b].cpus;
		for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
			zones[i].managed_pages = 0;
		zones[ZONE_DMA32].managed_pages = boards[b].dma32;
		zones[ZONE_NORMAL].managed_pages = boards[b].normal;
		boot_run(setup_per_zone_wmarks, setup_per_cpu_pageset);
		assert_int_equal(min_free_kbytes, boards[b].min_free_kbytes);
		for (unsigned int i = 0; i < (boards[b].normal ? 2u : 1u); i++) {
			const struct zone *zone = &zones[i ? ZONE_NORMAL : ZONE_DMA32];

			assert_int_equal(zone->watermark[WMARK_MIN], boards[b].min[i]);
			assert_int_equal(zone->watermark[WMARK_LOW], boards[b].low[i]);
			assert_int_equal(zone->watermark[WMARK_HIGH], boards[b].high[i]);
			if (CONFIG_PCP_BATCH >= 63 && CONFIG_PCP_HIGH >= 780) {
				assert_int_equal(zone->pcp_batch, boards[b].batch);
				assert_int_equal(zone->pcp_high, boards[b].pcp_high[i]);
			}
		}
		for (unsigned int j = 0; j < MAX_NR_ZONES; j++)
			assert_int_equal(zones[ZONE_DMA32].lowmem_reserve[j],
					 j > ZONE_DMA32 ? boards[b].reserve : 0);
		check_marks();
	}
}

/* A function of its own keeps the caller's variables out of longjmp's reach. */
static __noinline enum host_stop try_boot(const struct map *map)
{
	return HOST_TRY(map_boot(map));
}

/* Boots with every size of RAM up to one that is enough. Each boot either adds up, or stops with a
 * sentence that says what would help. */
static void too_little_ram_is_said(void **state)
{
	unsigned int booted = 0, refused = 0;

	(void)state;
	for (u64 frames = 1; booted < 12; frames += booted ? 37 : 1) {
		const struct map map = { .banks = { { GB(2), frames * FRAME } }, .cpus = 2 };
		enum host_stop stop = try_boot(&map);

		if (stop == HOST_RAN_ON) {
			booted++;
			check_boot();
			continue;
		}
		refused++;
		/* Once a size is enough, every larger size is enough, too. */
		assert_int_equal(booted, 0);
		assert_int_equal(stop, HOST_BOOT_FAILED);
		assert_non_null(strstr(host_stop_text(), "give the machine more memory"));
		assert_in_range(frames, 1, MB(16) / FRAME);
	}
	assert_in_range(refused, 1, ~0u);
}

/* RAM reaches up to the very last frame that can have a descriptor. */
static void ram_reaches_the_last_frame(void **state)
{
	const struct map map = {
		.banks = { { MAX_PHYSMEM_PFN * FRAME - MB(64), MB(64) } },
	};

	(void)state;
	map_boot(&map);
	check_boot();
}

/* ---- the boot list ---- */

static void no_step(void)
{
}

/* A name that is not in the list stops boot before any step is taken: kernel/init.c:boot_run. */
static void steps_are_those_of_the_list(void **state)
{
	static const struct {
		boot_step_t first, last;
	} wrong[] = {
		{ sparse_init, arch_paging_init },
		{ no_step, setup_per_cpu_pageset },
		{ arch_paging_init, no_step },
		{ no_step, no_step },
	};
	struct bank bank = { GB(2), MB(64) };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		boot_banks(NULL, &bank, 1);
		assert_int_equal(HOST_TRY(boot_run(wrong[i].first, wrong[i].last)), HOST_PANIC);
		assert_string_equal(host_stop_text(),
				    "boot: the list has no such steps, or not in this order");
		assert_int_equal(boot_mark_instret(MARK_PAGING), 0);
		assert_null(mem_sections);
	}
	boot_banks(NULL, &bank, 1);
	boot_run(arch_paging_init, sparse_init);
	assert_int_not_equal(boot_mark_instret(MARK_SECTIONS), 0);
	assert_int_equal(boot_mark_instret(MARK_HANDOVER), 0);
	assert_non_null(mem_sections);
}

/* The word is as mm/page_word.h draws it, for readers of a dump. */
static void word_is_as_drawn(void **state)
{
	(void)state;
	assert_int_equal(page_word(PG_SLAB, 9, MIGRATE_RECLAIMABLE, 5 << 2 | 1) & ~page_tag,
			 6u << 15 | 9u << 10 | 5u << 4 | 1u << 2 | 2);
	if (NR_SPECIAL_TYPES > 0)
		assert_int_equal(page_word(PG_BUDDY, 0, MIGRATE_PCPTYPES, 0) & ~page_tag,
				 1u << 19 | 3u << 15);
	assert_int_equal(PAGE_FIELD_MASK(TAG), 0xfff00000u);
}

int main(void)
{
	static const struct CMUnitTest special[] = {
		cmocka_unit_test(hands_over_published_range),
		cmocka_unit_test(large_reservation_costs_its_blocks),
		cmocka_unit_test(word_is_as_drawn),
		cmocka_unit_test(marks_are_the_published_ones),
		cmocka_unit_test(too_little_ram_is_said),
		cmocka_unit_test(ram_reaches_the_last_frame),
		cmocka_unit_test(steps_are_those_of_the_list),
	};
	struct CMUnitTest tests[ARRAY_SIZE(maps) + ARRAY_SIZE(special)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps); i++)
		tests[i] = (struct CMUnitTest){ .name = maps[i].name, .test_func = boots,
						.initial_state = (void *)&maps[i] };
	memcpy(tests + i, special, sizeof(special));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
