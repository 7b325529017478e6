/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What device trees ask boot to keep: image, initrd, tree, /memreserve/, /reserved-memory, and
 * firmware that no node names. RAM is [2048, 2176) MiB, the image [2050, 2052), the tree at 2174
 * MiB. assert_reserved() leaves out the image and the tree.
 */
#include "common/scan.h"

#include <mm/conflict.h>
#include <mm/dt_memory.h>
#include <arch/mmu.h>

#define BANK		(128 * MB)

static void begin(const struct tree_reserve *reserve)
{
	tree_begin(2, 2, reserve);
	tree_memory(RAM, BANK);
}

/* Begins a tree that is not about firmware: a node says that firmware has the first MiB. */
static void begin_reserved(void)
{
	begin(NULL);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
}

#define FW_MEMORY	"2048-2049f4 2049-2176"
#define FW_RESERVED	"2048-2049(mmode_resv0@80000000)"

static void scan_reserved(void)
{
	tree_node_end();
	scan_well(NULL, tree_end(), NULL);
}

/* ---- image and tree ---- */

static void image_in_parts_and_tree(void **state)
{
	const struct memblock_region *r;
	char text[400] = "";

	(void)state;
	begin_reserved();
	scan_reserved();
	for_each_reserved_mem_region(r)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx-%llx %s; ",
			 (unsigned long long)r->base, (unsigned long long)(r->base + r->size),
			 r->owner);
	assert_non_null(strstr(text, "80200000-80280000 kernel image; "
				     "80280000-802c0000 kernel init; "
				     "802c0000-80400000 kernel image; "));
	assert_non_null(strstr(text, "device tree; "));
	assert_true(memblock_is_reserved(TREE));
}

/* ---- firmware ---- */

/*
 *   RAM        [ 2 MiB ][ image ][                  ]
 *   no node    [ kept  ]
 */
static void firmware_that_nobody_mentions(void **state)
{
	(void)state;
	begin(NULL);
	scan_well(NULL, tree_end(), NULL);
	assert_memory("2048-2050f4 2050-2176");
	assert_reserved("2048-2050(firmware (assumed))");
	assert_log("RAM below the kernel (0x80000000-0x801fffff) may hold firmware that no node "
		   "names: kept out whole");
}

/* proves DT8 */
static void firmware_node_frees_the_rest(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, 0x40000, NULL);
	tree_reserved("mmode_resv1@80040000", RAM + 0x40000, 0x20000, "no-map");
	scan_reserved();
	assert_memory("0x80000000-0x80060000f4 0x80060000-0x88000000");
	assert_reserved("0x80000000-0x80040000(mmode_resv0@80000000) "
			"0x80040000-0x80060000(mmode_resv1@80040000)");
	assert_no_log("may hold firmware");
	assert_no_log("stays mapped");
	assert_no_log("cells differ");
	assert_no_log("ranges");
	assert_log("OF: reserved mem: 0x0000000080000000..0x000000008003ffff (256 KiB) nomap "
		   "non-reusable mmode_resv0@80000000");
}

static void any_nomap_below_the_kernel_counts(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved_memory();
	tree_reserved("secure@80100000", RAM + MB, 4096, "no-map");
	scan_reserved();
	assert_memory("2048-2049 0x80100000-0x80101000f4 0x80101000-0x88000000");
}

/* None of these nodes says where the firmware is: one lies elsewhere, one is mapped, one disabled,
 * one empty. */
static void other_nodes_do_not_count(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved_memory();
	tree_reserved("elsewhere@84000000", RAM + 64 * MB, MB, "no-map");
	tree_reserved("mapped@80000000", RAM, MB, NULL);
	tree_reserved("mmode_resv9@80000000", RAM, 0, NULL);
	tree_node("mmode_resv8@80000000");
	tree_reg(RAM, MB);
	tree_text("status", "disabled");
	tree_node_end();
	scan_reserved();
	assert_memory("2048-2050f4 2050-2112 2112-2113f4 2113-2176");
	assert_reserved("2048-2049(mapped@80000000) 2049-2050(firmware (assumed)) "
			"2112-2113(elsewhere@84000000)");
	assert_log("range 0 of mmode_resv9@80000000 is ignored: it is empty");
}

static void nothing_below_the_kernel(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.kernel_pa = RAM;
	begin(NULL);
	scan_well(&m, tree_end(), NULL);
	assert_memory("2048-2176");
	assert_reserved("");
}

/* Boot suspects firmware in the kernel's own bank alone; a tree that lies there stays mapped. */
static void other_banks_are_not_suspected(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.kernel_pa = RAM + 64 * MB;
	m.fdt_pa = RAM + 4 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 16 * MB);
	tree_memory(RAM + 60 * MB, 60 * MB);
	scan_well(&m, tree_end(), NULL);
	assert_memory("2048-2064 2108-2112f4 2112-2168");

	m.fdt_pa = RAM + 61 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(RAM + 60 * MB, 60 * MB);
	scan_well(&m, tree_end(), NULL);
	assert_memory("2108-2109f4 0x83d00000-0x83d01000 0x83d01000-0x84000000f4 2112-2168");
}

/* ---- initrd ---- */

static void initrd(bool wide, u64 start, u64 end)
{
	tree_node_end();
	tree_node("chosen");
	if (wide) {
		tree_u64("linux,initrd-start", start);
		tree_u64("linux,initrd-end", end);
	} else {
		tree_u32("linux,initrd-start", (u32)start);
		tree_u32("linux,initrd-end", (u32)end);
	}
}

static void initrd_of_either_width(void **state)
{
	(void)state;
	for (int wide = 0; wide <= 1; wide++) {
		begin_reserved();
		initrd(wide, RAM + 32 * MB, RAM + 40 * MB);
		scan_reserved();
		assert_reserved(FW_RESERVED " 2080-2088(initrd)");
		assert_int_equal(initrd_start_pa, RAM + 32 * MB);
		assert_int_equal(initrd_bytes, 8 * MB);
	}
}

static void initrd_that_cannot_be(void **state)
{
	static const struct {
		u64 start, end;
		const char *why;
	} wrong[] = {
		{ RAM + 40 * MB, RAM + 32 * MB, "ends before it starts" },
		{ RAM + 127 * MB, RAM + 129 * MB, "is not a memory region" },
		{ 0, MB, "is not a memory region" },
		{ RAM + 3 * MB, RAM + 5 * MB, "overlaps in-use memory region" },
		{ RAM + 32 * MB, RAM + 32 * MB, "" },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		begin_reserved();
		initrd(true, wrong[i].start, wrong[i].end);
		scan_reserved();
		assert_log(wrong[i].why);
		assert_int_equal(initrd_bytes, 0);
		assert_reserved(FW_RESERVED);
	}
}

/* ---- what a kernel that died left ---- */

static void elfcorehdr(u64 base, u64 size)
{
	tree_node_end();
	tree_node("chosen");
	tree_list("linux,elfcorehdr", base, size);
}

/* The header lies within the RAM that this kernel may use, and still is not this kernel's to give
 * out. */
static void elfcorehdr_is_kept(void **state)
{
	(void)state;
	begin_reserved();
	elfcorehdr(RAM + 100 * MB, 0x1234);
	tree_list("linux,usable-memory-range", RAM, BANK);
	scan_reserved();
	assert_reserved(FW_RESERVED " 0x86400000-0x86401234(elfcorehdr)");
	assert_int_equal(nr_conflicts, 0);

	/* A loader that lists the header in the reservation block as well says the same thing
	 * twice. */
	begin((const struct tree_reserve[]){ { RAM + 100 * MB, 0x2000 }, {} });
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	elfcorehdr(RAM + 100 * MB, 0x1234);
	scan_reserved();
	assert_reserved(FW_RESERVED " 0x86400000-0x86401234(elfcorehdr) "
			"0x86401234-0x86402000(memreserve)");
	assert_int_equal(nr_conflicts, 0);
}

/* proves DT5 */
static void elfcorehdr_stays_mapped(void **state)
{
	(void)state;
	begin_reserved();
	tree_reserved("greedy@86000000", RAM + 96 * MB, 8 * MB, "no-map");
	elfcorehdr(RAM + 100 * MB, 0x1000);
	scan_reserved();
	assert_true(memblock_is_map_memory(RAM + 100 * MB));
	assert_false(memblock_is_map_memory(RAM + 99 * MB));
	assert_false(memblock_is_map_memory(RAM + 100 * MB + 0x1000));
}

static void elfcorehdr_that_cannot_be(void **state)
{
	(void)state;
	begin_reserved();
	elfcorehdr(RAM + 100 * MB, 0);
	scan_reserved();
	assert_reserved(FW_RESERVED);
	assert_log("linux,elfcorehdr is ignored: it is not one range");

	begin_reserved();
	tree_node_end();
	tree_node("chosen");
	tree_list("linux,elfcorehdr", RAM + 100 * MB, MB, RAM + 104 * MB, MB);
	scan_reserved();
	assert_reserved(FW_RESERVED);

	begin_reserved();
	tree_node_end();
	tree_node("chosen");
	tree_bytes("linux,elfcorehdr", "\0\0\0\0\x86\0\0\0\0\0\0\0\0\0\x10\0\1", 17);
	scan_reserved();
	assert_reserved(FW_RESERVED);

	begin_reserved();
	elfcorehdr(PHYS_ADDR_MAX - MB, 2 * MB);
	scan_reserved();
	assert_log("elfcorehdr (0xffffffffffefffff-0xffffffffffffffff) runs past the end of the "
		   "address space: cut there");
}

/* ---- /memreserve/ ---- */

static void memreserve(void **state)
{
	static const struct tree_reserve list[] = {
		{ RAM + 32 * MB, 8 * MB },
		{ RAM + 64 * MB, MB },
		{ PHYS_ADDR_MAX - MB, 8 * MB },
		{},
	};

	(void)state;
	begin(list);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	/* A loader lists the initrd in the reservation block as well: it keeps its name, and there
	 * is no conflict. */
	initrd(true, RAM + 32 * MB, RAM + 40 * MB);
	scan_reserved();
	assert_true(memblock_is_reserved(PHYS_ADDR_MAX - MB));
	memblock_phys_free(PHYS_ADDR_MAX - MB, MB);
	assert_reserved(FW_RESERVED " 2080-2088(initrd) 2112-2113(memreserve)");
	assert_no_log("OVERLAP");
	assert_int_equal(nr_conflicts, 2);
	/* The entry covers whole frames, of which the initrd has some bytes. */
	begin(list);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	initrd(true, RAM + 32 * MB + 1, RAM + 40 * MB - 1);
	scan_reserved();
	assert_no_log("overlaps with");
	assert_int_equal(nr_conflicts, 2);
	/* Now the initrd has whole frames, and the entry some bytes of its first and last. */
	for (unsigned int i = 0; i < 3; i++) {
		static const u64 ends[][2] = { { 0, -1ull }, { 1, 100 }, { 100, 1 } };

		begin((const struct tree_reserve[]){ { RAM + 32 * MB + 1, 8 * MB + ends[i][1] - 1 },
						     {} });
		tree_reserved_memory();
		tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
		initrd(true, RAM + 32 * MB, RAM + 40 * MB + ends[i][0]);
		scan_reserved();
		assert_no_log("overlaps with");
		assert_no_log(" holds ");
		assert_int_equal(nr_conflicts, 0);
	}
}

/* ---- static nodes ---- */

/* proves DT6, DT7 */
static void pairs_flags_and_exact_bytes(void **state)
{
	(void)state;
	begin_reserved();
	tree_node("multi@84000000");
	tree_reg(RAM + 64 * MB, MB, RAM + 70 * MB, 2 * MB);
	tree_node_end();
	tree_reserved("cma@85000000", RAM + 80 * MB, 16 * MB, "reusable");
	tree_reserved("odd@86000001", RAM + 96 * MB + 1, 0x1000, "no-map");
	scan_reserved();
	assert_memory("2048-2049f4 2049-2144 0x86000000-0x86002000f4 0x86002000-0x88000000");
	assert_reserved(FW_RESERVED " 2112-2113(multi@84000000) 2118-2120(multi@84000000) "
			"2128-2144(cma@85000000) 0x86000001-0x86001001(odd@86000001)");
	assert_log("(16384 KiB) map reusable cma@85000000");
}

/* proves DT5 */
static void outside_ram_and_over_all_of_it(void **state)
{
	(void)state;
	begin_reserved();
	tree_reserved("far@1000", 0x1000, 0x1000, "no-map");
	scan_reserved();
	assert_memory(FW_MEMORY);

	begin_reserved();
	tree_reserved("all@0", 0, PHYS_ADDR_MAX, "no-map");
	scan_reserved();
	assert_log("all@0 is no-map and holds what the kernel needs: that part stays mapped");
	assert_true(memblock_is_map_memory(TREE));
	assert_false(memblock_is_map_memory(RAM + 64 * MB));
	assert_int_equal(memblock_phys_alloc(1, 1), 0);
}

/* proves DT5 */
static void nomap_over_the_image(void **state)
{
	(void)state;
	begin_reserved();
	tree_reserved("greedy@80100000", RAM + MB, 8 * MB, "no-map");
	scan_reserved();
	assert_memory("2048-2050f4 2050-2052 2052-2057f4 2057-2176");
	assert_log("OVERLAP DETECTED!\ngreedy@80100000 (0x0000000080100000--0x0000000080900000) "
		   "overlaps with kernel image (0x0000000080200000--0x0000000080400000)");
}

static void overlapping_nodes(void **state)
{
	(void)state;
	begin_reserved();
	tree_reserved("a@84000000", RAM + 64 * MB, 4 * MB, NULL);
	tree_reserved("b@84200000", RAM + 66 * MB, 4 * MB, NULL);
	/* These two ranges touch the others without an overlap. */
	tree_reserved("c@84600000", RAM + 70 * MB, 1 * MB, NULL);
	tree_reserved("d@83f00000", RAM + 63 * MB, 1 * MB, NULL);
	scan_reserved();
	assert_reserved(FW_RESERVED " 2111-2112(d@83f00000) 2112-2116(a@84000000) "
			"2116-2118(b@84200000) 2118-2119(c@84600000)");
	assert_log("b@84200000 (0x0000000084200000--0x0000000084600000) overlaps with a@84000000 "
		   "(0x0000000084000000--0x0000000084400000)");
	assert_no_log("c@84600000 (");
	assert_no_log("d@83f00000 (");
}

static void both_flags_and_bad_ranges(void **state)
{
	(void)state;
	begin_reserved();
	tree_node("both@84000000");
	tree_reg(RAM + 64 * MB, MB);
	tree_flag("no-map");
	tree_flag("reusable");
	tree_node_end();
	tree_node("bytes@85000000");
	tree_bytes("reg", "\0\0\0\0\x85\0\0\0\0\0\0\0\0\x10\0\0\1", 17);
	tree_node_end();
	tree_node("none");
	tree_node_end();
	tree_node("nothing@0");
	tree_bytes("reg", "", 0);
	tree_node_end();
	tree_node("wraps@86000000");
	tree_reg(PHYS_ADDR_MAX - MB, PHYS_ADDR_MAX);
	tree_node_end();
	scan_reserved();
	assert_memory("2048-2049f4 2049-2112 2112-2113f4 2113-2176");
	assert_log("both@84000000 is both no-map and reusable: no-map counts");
	assert_log("reg of bytes@85000000 holds 1 whole ranges, and 1 bytes that are ignored");
	assert_log("none is ignored: it has neither reg nor a size");
	assert_log("reg of nothing@0 holds 0 whole ranges, and 0 bytes that are ignored");
	assert_log("wraps@86000000 (0xffffffffffefffff-0xffffffffffffffff) runs past the end of the "
		   "address space: cut there");
	assert_true(memblock_is_reserved(RAM + 80 * MB));
}

/* Children are read with the cells of their parent node, not of the root. */
static void cells_of_the_parent(void **state)
{
	(void)state;
	begin(NULL);
	tree_cells(1, 1);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	scan_reserved();
	assert_reserved(FW_RESERVED);
	assert_log("the cells of /reserved-memory count, though they differ from the root's");

	begin(NULL);
	tree_cells(2, 1);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	scan_reserved();
	assert_reserved(FW_RESERVED);
	assert_log("the cells of /reserved-memory count, though they differ from the root's");

	begin(NULL);
	tree_node("reserved-memory");
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	scan_reserved();
	assert_reserved(FW_RESERVED);
	assert_log("/reserved-memory should have an empty ranges");

	begin(NULL);
	tree_node("reserved-memory");
	tree_u32("#size-cells", 7);
	tree_node_end();
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("Device tree node reserved-memory: #size-cells is 7");
}

static void too_many_nodes(void **state)
{
	static u64 numbers[2 * CONFIG_MEMBLOCK_REGIONS];

	(void)state;
	begin_reserved();
	for (unsigned int i = 0; i < CONFIG_MEMBLOCK_REGIONS; i++) {
		numbers[2 * i] = RAM + 4 * MB + i * 2 * PAGE_SIZE;
		numbers[2 * i + 1] = PAGE_SIZE;
	}
	tree_node("many@80400000");
	tree_numbers("reg", numbers, 2 * CONFIG_MEMBLOCK_REGIONS);
	tree_node_end();
	tree_node_end();
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("regions in memblock.reserved");
	assert_stop_text("raise CONFIG_MEMBLOCK_REGIONS to at least");
}

/* ---- dynamic nodes ---- */

static void dynamic(const char *name, u64 size, u64 align)
{
	tree_node(name);
	tree_u64("size", size);
	if (align)
		tree_u64("alignment", align);
	tree_node_end();
}

/*
 * Dynamic nodes are placed in the order of the tree, from the top of RAM down, after every static
 * node of the tree. The tree's own bytes near the top are in the way of the first.
 */
static void placed_after_all_static_ones(void **state)
{
	(void)state;
	begin_reserved();
	dynamic("first", 4 * MB, 4 * MB);
	dynamic("second", 1 * MB, 0);
	tree_reserved("late@87000000", RAM + 112 * MB, 8 * MB, NULL);
	tree_node("third");
	tree_u64("size", MB);
	tree_u64("alignment", MB);
	tree_flag("no-map");
	tree_node_end();
	scan_reserved();
	assert_memory("2048-2049f4 2049-2173 2173-2174f4 2174-2176");
	assert_reserved(FW_RESERVED " 2160-2168(late@87000000) 2168-2172(first) 2173-2174(third) "
			"2175-2176(second)");
}

static void alloc_ranges(void **state)
{
	(void)state;
	begin_reserved();
	tree_node("in-second-range");
	tree_u64("size", 4 * MB);
	tree_list("alloc-ranges", RAM + 4 * MB, 2 * MB, RAM + 32 * MB, 8 * MB, RAM, BANK);
	tree_node_end();
	tree_node("nowhere");
	tree_u64("size", 4 * MB);
	tree_list("alloc-ranges", RAM + BANK, BANK, RAM + 32 * MB, 0);
	tree_node_end();
	tree_node("static-wins");
	tree_u64("size", 4 * MB);
	tree_reg(RAM + 64 * MB, MB);
	tree_node_end();
	scan_reserved();
	assert_reserved(FW_RESERVED " 2084-2088(in-second-range) 2112-2113(static-wins)");
	assert_log("failed to allocate memory for node 'nowhere': size 4096 KiB");
}

/* An empty range holds nothing, although memblock takes an end of 0 for "anywhere". */
static void empty_alloc_ranges(void **state)
{
	(void)state;
	begin_reserved();
	tree_node("nothing");
	tree_u64("size", 4 * MB);
	tree_list("alloc-ranges", 0, 0);
	tree_node_end();
	tree_node("no-ranges");
	tree_u64("size", 2 * MB);
	tree_bytes("alloc-ranges", "", 0);
	tree_node_end();
	tree_node("in-the-other");
	tree_u64("size", 4 * MB);
	tree_list("alloc-ranges", 0, 0, RAM + 32 * MB, 8 * MB);
	tree_node_end();
	scan_reserved();
	assert_reserved(FW_RESERVED " 2084-2088(in-the-other)");
	assert_log("failed to allocate memory for node 'nothing': size 4096 KiB");
	assert_log("failed to allocate memory for node 'no-ranges': size 2048 KiB");
}

/* proves DT9 */
static void dynamic_nodes_that_make_no_sense(void **state)
{
	(void)state;
	begin_reserved();
	dynamic("zero", 0, 0);
	dynamic("huge", PHYS_ADDR_MAX, 0);
	dynamic("largest", PHYS_ADDR_MAX - 4096, 0);
	dynamic("odd-align", MB, 3 * MB);
	dynamic("large", 4096 * MB, 0);
	tree_node("narrow");
	tree_bytes("size", "\0\x10", 2);
	tree_node_end();
	tree_node("one-cell");
	tree_u32("size", 100);
	tree_u32("alignment", 2 << 20);
	tree_node_end();
	scan_reserved();
	assert_reserved(FW_RESERVED " 0x87c00000-0x87c01000(one-cell)");
	assert_log("zero is ignored: it has neither reg nor a size");
	assert_log("huge is ignored: it is larger than any memory");
	assert_no_log("largest is ignored");
	assert_log("failed to allocate memory for node 'largest': size 18014398509481980 KiB");
	assert_log("odd-align is ignored: it has an alignment that is no power of two");
	assert_log("failed to allocate memory for node 'large'");
	assert_log("narrow is ignored: it has neither reg nor a size");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_in_parts_and_tree),
		cmocka_unit_test(firmware_that_nobody_mentions),
		cmocka_unit_test(firmware_node_frees_the_rest),
		cmocka_unit_test(any_nomap_below_the_kernel_counts),
		cmocka_unit_test(other_nodes_do_not_count),
		cmocka_unit_test(nothing_below_the_kernel),
		cmocka_unit_test(other_banks_are_not_suspected),
		cmocka_unit_test(initrd_of_either_width),
		cmocka_unit_test(initrd_that_cannot_be),
		cmocka_unit_test(elfcorehdr_is_kept),
		cmocka_unit_test(elfcorehdr_stays_mapped),
		cmocka_unit_test(elfcorehdr_that_cannot_be),
		cmocka_unit_test(memreserve),
		cmocka_unit_test(pairs_flags_and_exact_bytes),
		cmocka_unit_test(outside_ram_and_over_all_of_it),
		cmocka_unit_test(nomap_over_the_image),
		cmocka_unit_test(overlapping_nodes),
		cmocka_unit_test(both_flags_and_bad_ranges),
		cmocka_unit_test(cells_of_the_parent),
		cmocka_unit_test(too_many_nodes),
		cmocka_unit_test(placed_after_all_static_ones),
		cmocka_unit_test(alloc_ranges),
		cmocka_unit_test(empty_alloc_ranges),
		cmocka_unit_test(dynamic_nodes_that_make_no_sense),
	};

	return cmocka_run_group_tests_name("dt_reserved", tests, NULL, NULL);
}
