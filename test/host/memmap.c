/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections, and where their descriptors lie, for RAM that begins and ends anywhere and is cut into
 * pieces. The expected numbers are those of sections of 128 MiB and descriptors of 16 bytes.
 */
#include "pages_map.h"

#include <arch/mmu.h>
#include <host/target.h>

#define SECTION		MB(128)
#define SECTION_PAGES	32768u

/* ---- the table of sections ---- */

/* Places that a test knows as numbers are those of such sections. */
static void need_sections(void)
{
	if (CONFIG_SECTION_SIZE_BITS != 27)
		skip();
}

/* Lines that a test knows in full are those of zones DMA32 and Normal. */
static void need_two_zones(void)
{
	if (IS_ENABLED(CONFIG_ZONE_DMA))
		skip();
}

static void boot_bank(u64 base, u64 bytes)
{
	const struct map map = { .banks = { { base, bytes } } };

	map_prepare(&map);
	boot_run(arch_paging_init, sparse_init);
}

/* RAM that ends with a section has no section behind it; RAM that begins with one has none before
 * it. */
static void section_borders(void **state)
{
	(void)state;
	need_sections();
	boot_bank(GB(2), 2 * SECTION);
	assert_int_equal(mem_section_first, 16);
	assert_int_equal(mem_section_count, 2);
	assert_null(pfn_to_section(0x80000 + 2 * SECTION_PAGES));
	assert_int_equal(mem_sections[1].start_pfn, 0x80000 + SECTION_PAGES);
	assert_int_equal(mem_sections[1].end_pfn, 0x80000 + 2 * SECTION_PAGES);
	assert_int_equal(mem_sections[0].ram_pages, SECTION_PAGES);
	assert_int_equal(mem_sections[1].ram_pages, SECTION_PAGES);

	/* One frame more makes one more section, with the one granule that holds the frame. */
	boot_bank(GB(2), 2 * SECTION + FRAME);
	assert_int_equal(mem_section_count, 3);
	assert_int_equal(mem_sections[2].start_pfn, 0x80000 + 2 * SECTION_PAGES);
	assert_int_equal(mem_sections[2].end_pfn, 0x80000 + 2 * SECTION_PAGES + 1024);
	assert_int_equal(mem_sections[2].ram_pages, 1);

	/* One frame before the bank makes one more section, too. */
	boot_bank(GB(2) - FRAME, SECTION + FRAME);
	assert_int_equal(mem_section_first, 15);
	assert_int_equal(mem_section_count, 2);
	assert_int_equal(mem_sections[0].start_pfn, 0x80000 - 1024);
	assert_int_equal(mem_sections[0].end_pfn, 0x80000);
	assert_int_equal(mem_sections[0].ram_pages, 1);
	assert_int_equal(mem_sections[1].end_pfn, 0x80000 + SECTION_PAGES);
}

/* Descriptors that exceed what is free by one byte need more memory; smaller pieces help where
 * there is room for all of them. */
static void what_helps_descriptors(void **state)
{
	const u64 need = MB(64) / FRAME * sizeof(struct page);

	(void)state;
	for (u64 lacks = 0; lacks < 2; lacks++) {
		host_reset(NULL);
		memblock_add(GB(2), MB(64));
		memblock_reserve(GB(2) + need - lacks, MB(64) - need + lacks);
		assert_int_equal(HOST_TRY(memmap_alloc(MB(1), 64, 0)), HOST_BOOT_FAILED);
		assert_int_equal(strstr(host_stop_text(), "lower CONFIG_SECTION_SIZE_BITS") != NULL,
				 !lacks && !IS_ENABLED(CONFIG_FLATMEM) &&
				 CONFIG_SECTION_SIZE_BITS > CONFIG_SECTION_SIZE_BITS_MIN);
	}
}

/* A zone without holes finds its pageblocks without a look at the section, whatever lies behind
 * the section with which the zone ends. */
static void pageblocks_in_one_array(void **state)
{
	static const struct map map = { .banks = { { GB(2), 2 * SECTION }, { GB(8), SECTION } } };
	const struct zone *low, *high;

	(void)state;
	if (!PAGEBLOCKS_KEPT)
		skip();
	map_boot(&map);
	low = page_zone(pfn_to_page(block_head_pfn(map_first_pfn())));
	high = page_zone(pfn_to_page(block_head_pfn(map_end_pfn() - 1)));
	if (low == high)
		skip();
	assert_int_not_equal(low->pageblock_bias, 0);
	assert_int_not_equal(high->pageblock_bias, 0);
}

/* A zone that ends within its RAM stops the hand-over: proves H4. */
static void a_zone_that_ends_too_early(void **state)
{
	static const struct map map = { .banks = { { GB(2), MB(64) } } };
	struct zone *zone;

	(void)state;
	map_prepare(&map);
	boot_run(arch_paging_init, build_all_zonelists);
	for_each_populated_zone(zone)
		zone->spanned_pages -= MB(2) / FRAME;
	assert_int_equal(HOST_TRY(memblock_free_all()), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "H4: the run at frame 0x83e00 is empty"));
}

/* ---- RAM in pieces ---- */

/* Records the calls of arch_vmemmap_map(): the first descriptor's frame, and the memory behind
 * it. */
static struct {
	u64 pfn, bytes;
	phys_addr_t pa;
} backed[4];
static unsigned int nr_backed;

static void note_backing(u64 offset, phys_addr_t pa, u64 bytes)
{
	assert_in_range(nr_backed, 0, ARRAY_SIZE(backed) - 1);
	backed[nr_backed].pfn = offset / sizeof(struct page);
	backed[nr_backed].pa = pa;
	backed[nr_backed++].bytes = bytes;
}

#define assert_backed(nr, from_pfn, at, size) \
	do { \
		assert_int_equal(backed[nr].pfn, from_pfn); \
		assert_int_equal(backed[nr].pa, at); \
		assert_int_equal(backed[nr].bytes, size); \
	} while (0)

static void no_tables(phys_addr_t image_pa, phys_addr_t linear_start)
{
	(void)image_pa;
	(void)linear_start;
}

static const struct host_target target = {
	.image = { .text_end = 0x40000, .rodata_start = 0x40000, .rodata_end = 0x80000,
		   .init_start = 0x80000, .init_text_end = 0xa0000, .init_end = 0xc0000,
		   .data_start = 0xc0000, .data_end = 0xd0000, .bss_start = 0xd0000,
		   .bss_end = 0x100000, .end = 0x100000, .percpu_bytes = 0x10000 },
	.paging_init = no_tables, .vmemmap_map = note_backing,
};

/*
 * Makes four sections from 2 GiB on, all of it reserved but for some holes: up to three of
 * hole_bytes each, which begin at_mb MiB above 2 GiB, and a low one of 1 MiB with room for all
 * small things.
 */
static void ram_in_pieces(const unsigned int *at_mb, u64 hole_bytes)
{
	struct host_machine m = host_default_machine;
	struct bank bank = { GB(2), 4 * SECTION };
	phys_addr_t at = GB(2) + MB(8);

	need_sections();
	m.target = &target;
	nr_backed = 0;
	boot_banks(&m, &bank, 1);
	memblock_reserve_owner(GB(2), MB(7), "taken");
	for (unsigned int i = 0; i < 3 && at_mb[i]; i++) {
		memblock_reserve_owner(at, GB(2) + MB(at_mb[i]) - at, "taken");
		at = GB(2) + MB(at_mb[i]) + hole_bytes;
	}
	memblock_reserve_owner(at, GB(2) + 4 * SECTION - at, "taken");
}

/* proves M1: the descriptors of four sections take 2 MiB, and no hole has them in one piece. */
static void memmap_in_pieces(void **state)
{
	static const unsigned int at_mb[3] = { 33, 300, 401 };
	struct audit a;

	(void)state;
	ram_in_pieces(at_mb, MB(2) - FRAME);
	boot_page_allocator(1);
	/* The section table is at the top of the highest hole. */
	assert_int_equal(nr_backed, 4);
	assert_backed(0, 0x80000, GB(2) + MB(403) - 2 * FRAME - MB(1) / 2, MB(1) / 2);
	assert_backed(1, 0x88000, GB(2) + MB(403) - 2 * FRAME - MB(1), MB(1) / 2);
	assert_backed(2, 0x90000, GB(2) + MB(402) - 2 * FRAME - MB(1) / 2, MB(1) / 2);
	assert_backed(3, 0x98000, GB(2) + MB(302) - FRAME - MB(1) / 2, MB(1) / 2);
	a = map_audit();
	assert_int_equal(a.ram_pages, 4 * SECTION_PAGES);
}

/* One piece is better than four, even if no large leaf can map it. */
static void memmap_at_no_large_border(void **state)
{
	static const unsigned int at_mb[3] = { 33 };

	(void)state;
	ram_in_pieces(at_mb, MB(2) + FRAME);
	boot_page_allocator(1);
	assert_int_equal(nr_backed, 1);
	assert_backed(0, 0x80000, GB(2) + MB(33), MB(2));
	map_audit();
}

/* A place that a large leaf can map is better than the highest place. */
static void memmap_at_a_large_border(void **state)
{
	static const unsigned int at_mb[3] = { 32, 401 };

	(void)state;
	ram_in_pieces(at_mb, MB(2) + FRAME);
	boot_page_allocator(1);
	assert_int_equal(nr_backed, 1);
	assert_backed(0, 0x80000, GB(2) + MB(32), MB(2));
	map_audit();
}

/* The holes have as much room as all descriptors need, but the last section's have no place in one
 * piece. */
static void memmap_without_a_piece(void **state)
{
	static const unsigned int at_mb[3] = { 33, 300 };

	(void)state;
	ram_in_pieces(at_mb, MB(1) - FRAME);
	memblock_reserve_owner(GB(2) + MB(7) + MB(1) / 2, FRAME, "taken");
	assert_int_equal(HOST_TRY(boot_page_allocator(1)), HOST_BOOT_FAILED);
	assert_non_null(strstr(host_stop_text(), "No room for the memmap: 512 KiB in one piece are "
			       "asked for, the largest free one has 508 KiB"));
}

/* ---- RAM that is not boot's to give ---- */

/* RAM of a driver is mapped and has descriptors, and its owner's name keeps it out of the buddy. */
static void driver_managed(void **state)
{
	struct bank bank = { GB(2), MB(64) };
	phys_addr_t mine = GB(2) + MB(64);
	struct page *page;

	(void)state;
	boot_banks(NULL, &bank, 1);
	memblock_add_node(mine, MB(4), 0, MEMBLOCK_DRIVER_MANAGED);
	memblock_reserve_owner(mine + MB(1), FRAME, "table");
	boot_page_allocator(1);
	*(volatile u64 *)__va(mine) = 1;
	page = pfn_to_page(block_head_pfn(PFN_DOWN(mine)));
	assert_int_equal(page_state(page), PG_RESERVED);
	assert_string_equal(mem_owner_name(page->owner), "driver-managed");
	page = pfn_to_page(block_head_pfn(PFN_DOWN(mine) + 256));
	assert_string_equal(mem_owner_name(page->owner), "table");
	page = pfn_to_page(block_head_pfn(PFN_DOWN(mine) + 1023));
	assert_string_equal(mem_owner_name(page->owner), "driver-managed");
	assert_int_equal(map_audit().ram_pages, 68 * 256);
}

/* ---- what the log says ---- */

static unsigned long audited_memmap_pages(void)
{
	map_audit();
	for (u32 nr = 0; nr < mem_owner_count(); nr++)
		if (strcmp(mem_owner_name(nr), "memmap") == 0)
			return audit_owner_pages(nr);
	return 0;
}

/* The log has the lines that people know from Linux, with the numbers that audit finds. */
static void zones_in_the_log(void **state)
{
	const struct map map = { .banks = { { GB(4) - MB(64), MB(128) } }, .cpus = 4 };

	(void)state;
	need_two_zones();
	map_boot(&map);
	assert_non_null(strstr(host_log(), "mobility grouping on.  Total pages: 32640\n"));
	assert_non_null(strstr(host_log(),
			       "On node 0 totalpages: 32768\n"
			       "  DMA32 zone: 64 pages used for memmap\n"
			       "  DMA32 zone: 16384 pages, LIFO batch:3\n"
			       "  Normal zone: 64 pages used for memmap\n"
			       "  Normal zone: 16384 pages, LIFO batch:3\n"));
	assert_non_null(strstr(host_log(), " of 128 MiB, 2 present; struct page is "));
	assert_null(strstr(host_log(), "Policy zone"));
	assert_null(strstr(host_log(), "memoryless"));
	assert_int_equal(audited_memmap_pages(), 2 * 64);
}

/* Nobody is kept out of what is not there. */
static void empty_zones_keep_nothing(void)
{
	const struct zone *zone;

	for_each_zone(zone) {
		if (zone->present_pages)
			continue;
		assert_int_equal(zone->zone_start_pfn, 0);
		assert_int_equal(zone->spanned_pages, 0);
		for (unsigned int j = 0; j < MAX_NR_ZONES; j++)
			assert_int_equal(zone->lowmem_reserve[j], 0);
	}
}

/* One line for each zone, up to the border at 4 GiB and from there on. */
static void ranges_in_the_log(void **state)
{
	static const struct {
		struct map map;
		const char *lines;
	} rows[] = {
		{ { .banks = { { GB(4) - MB(64), MB(128) } } },
		  "  DMA32    [mem 0x00000000fc000000-0x00000000ffffffff]\n"
		  "  Normal   [mem 0x0000000100000000-0x0000000103ffffff]\n" },
		{ { .banks = { { GB(4) - MB(64), MB(64) } } },
		  "  DMA32    [mem 0x00000000fc000000-0x00000000ffffffff]\n"
		  "  Normal   empty\n" },
		{ { .banks = { { GB(4), MB(64) } } },
		  "  DMA32    empty\n"
		  "  Normal   [mem 0x0000000100000000-0x0000000103ffffff]\n" },
	};

	(void)state;
	if (IS_ENABLED(CONFIG_ZONE_DMA) || !IS_ENABLED(CONFIG_ZONE_DMA32))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char expected[200];

		map_boot(&rows[i].map);
		snprintf(expected, sizeof(expected), "Zone ranges:\n%sMovable zone start",
			 rows[i].lines);
		assert_non_null(strstr(host_log(), expected));
		empty_zones_keep_nothing();
	}
}

/* A hole within a section has descriptors, a hole between two sections has none; a granule is 1024
 * frames. */
static void holes_in_the_log(void **state)
{
	const struct map map = {
		.banks = { { GB(2), MB(32) }, { GB(2) + MB(33), FRAME },
			   { GB(2) + MB(64), MB(16) + FRAME }, { GB(2) + 2 * SECTION, FRAME } },
	};

	(void)state;
	need_two_zones();
	map_boot(&map);
	/* The first section has granules for 81 MiB, the third has one. */
	assert_non_null(strstr(host_log(), "  DMA32 zone: 88 pages used for memmap\n"));
	assert_int_equal(audited_memmap_pages(), 88);
}

/* A zone of which the buddy gets no frame has descriptors, and no lists. */
static void reserved_zone_in_the_log(void **state)
{
	const struct map map = {
		.banks = { { GB(2), MB(64) }, { GB(4), MB(16) } },
		.keeps = { { GB(4), MB(16), "all of it", false } },
	};

	(void)state;
	map_boot(&map);
	assert_non_null(strstr(host_log(), "  Normal zone: 16 pages used for memmap\n"));
	assert_null(strstr(host_log(), "  Normal zone: 4096 pages, LIFO"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_borders),
		cmocka_unit_test(what_helps_descriptors),
		cmocka_unit_test(a_zone_that_ends_too_early),
		cmocka_unit_test(pageblocks_in_one_array),
		cmocka_unit_test(memmap_in_pieces),
		cmocka_unit_test(memmap_at_no_large_border),
		cmocka_unit_test(memmap_at_a_large_border),
		cmocka_unit_test(memmap_without_a_piece),
		cmocka_unit_test(driver_managed),
		cmocka_unit_test(zones_in_the_log),
		cmocka_unit_test(ranges_in_the_log),
		cmocka_unit_test(holes_in_the_log),
		cmocka_unit_test(reserved_zone_in_the_log),
	};

	return cmocka_run_group_tests_name("memmap", tests, NULL, NULL);
}
