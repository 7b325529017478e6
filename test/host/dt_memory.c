/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What good, odd and wrong memory nodes become in memblock.memory. The image lies at 2050 MiB and
 * is 2 MiB long; unless a test says otherwise, RAM begins at 2048 MiB and the firmware has a node.
 */
#include "common/scan.h"

#include <mm/config.h>

#define GB		(1024 * MB)

/* Skips the test where the configuration has no frame numbers up to pa. */
static void need_frames_up_to(u64 pa)
{
	if (PFN_PHYS(MAX_PHYSMEM_PFN) < pa)
		skip();
}

/* A no-map node below the kernel says where the firmware lies, so that boot need not assume it. */
static void firmware_node(void)
{
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, 4096, NULL);
	tree_node_end();
}

static const void *end_with_firmware(void)
{
	firmware_node();
	return tree_end();
}

/* The first page is no-map in all trees here; the tests differ in the rest. */
#define FIRST		"0x80000000-0x80001000f4 "

static void one_bank(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000");
	/* A sound tree causes no message. */
	assert_no_log("wraps");
	assert_no_log("OVERLAP");
	assert_no_log("ignored");
	assert_no_log("whole ranges");
}

static void cells_of_every_width(void **state)
{
	(void)state;
	for (unsigned int address = 0; address <= 2; address++)
		for (unsigned int size = 0; size <= 2; size++) {
			tree_begin(address, size, NULL);
			tree_memory(RAM, 128 * MB);
			scan_well(NULL, end_with_firmware(), NULL);
			assert_memory(FIRST "0x80001000-0x88000000");
		}
}

static void cells_that_cannot_be_read(void **state)
{
	static const unsigned int wrong[][2] = { { 3, 2 }, { 2, 3 }, { 4, 1 } };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		tree_begin(wrong[i][0], wrong[i][1], NULL);
		tree_cells(2, 2);
		tree_memory(RAM, 128 * MB);
		assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
		assert_stop_text("Device tree node /: #");
		assert_stop_text("mend the tree");
	}
	/* One width is the value 0, the other property is too short to be a number. */
	tree_begin(0, 2, NULL);
	tree_u32("#address-cells", 0);
	tree_memory(RAM, 128 * MB);
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("#address-cells is 0");
	tree_begin(2, 0, NULL);
	tree_bytes("#size-cells", "\0\0", 2);
	tree_memory(RAM, 128 * MB);
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
}

static void several_nodes_and_pairs(void **state)
{
	(void)state;
	need_frames_up_to(12 * GB);
	tree_begin(2, 2, NULL);
	tree_node("memory@200000000");
	tree_text("device_type", "memory");
	tree_reg(8 * GB, 1 * GB, 10 * GB, 1 * GB);
	tree_node_end();
	tree_memory(RAM, 512 * MB);
	tree_memory(RAM + 512 * MB, 512 * MB);
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0xc0000000 8192-9216 10240-11264");
	assert_no_log("OVERLAP");
}

static void what_is_not_memory(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_node("memory@90000000");			/* no device_type */
	tree_reg(0x90000000, 128 * MB);
	tree_node_end();
	tree_node("sram@a0000000");
	tree_text("device_type", "memory2");
	tree_reg(0xa0000000, 128 * MB);
	tree_node_end();
	tree_node("soc");				/* a memory node, but not the root's */
	tree_u32("#address-cells", 2);
	tree_u32("#size-cells", 2);
	tree_memory(0xb0000000, 128 * MB);
	tree_node_end();
	tree_node("memory@c0000000");
	tree_bytes("device_type", "memory", 6);		/* the string does not end */
	tree_reg(0xc0000000, 128 * MB);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000");
}

/* A status counts if its bytes are the word and one NUL, and no more: proves DT1. */
static void status_of_nodes(void **state)
{
	static const char *const states[] = { "okay", "ok", "disabled", "reserved", "fail" };

	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	for (unsigned int i = 0; i < ARRAY_SIZE(states); i++) {
		char name[32];

		snprintf(name, sizeof(name), "memory@%x0000000", 9 + i);
		tree_node(name);
		tree_text("device_type", "memory");
		tree_text("status", states[i]);
		tree_reg(0x90000000 + i * 256 * MB, 16 * MB);
		tree_node_end();
	}
	for (unsigned int i = 0; i < 2; i++) {
		tree_node(i ? "memory@e0000000" : "memory@e8000000");
		tree_text("device_type", "memory");
		tree_bytes("status", "okay\0x", i ? 4 : 6);
		tree_reg(i ? 0xe0000000 : 0xe8000000, 16 * MB);
		tree_node_end();
	}
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000 2304-2320 2560-2576");
	assert_log("memory@b0000000 is ignored: its status is not okay");
}

static void usable_memory_replaces_reg(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_node("memory@80000000");
	tree_text("device_type", "memory");
	tree_reg(RAM, 1 * GB);
	tree_list("linux,usable-memory", RAM, 64 * MB, RAM + 128 * MB, 64 * MB);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x84000000 2176-2240");
}

static void hotpluggable_and_nodes(void **state)
{
	const char *said;

	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_node("memory@88000000");
	tree_text("device_type", "memory");
	tree_reg(RAM + 128 * MB, 64 * MB, RAM + 192 * MB, 64 * MB);
	tree_flag("hotpluggable");
	tree_u32("numa-node-id", MAX_NUMNODES);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000 2176-2304f1");
	/* Boot says it once for the node, not for each of its ranges. */
	said = strstr(host_log(), "memory@88000000: node ");
	assert_non_null(said);
	assert_non_null(strstr(said, " is taken for node 0: this kernel has "));
	assert_null(strstr(said + 1, "memory@88000000: node "));
}

static void a_range_of_a_node_that_is_not_there(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_node("memory@88000000");
	tree_text("device_type", "memory");
	tree_reg(RAM + 128 * MB, 64 * MB);
	tree_u32("numa-node-id", MAX_NUMNODES);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_log("memory@88000000: node ");
}

/* ---- what does not add up ---- */

/* proves DT1 */
static void empty_ranges_and_odd_bytes(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_memory(0x90000000, 0);
	tree_node("memory@a0000000");
	tree_text("device_type", "memory");
	tree_bytes("reg", "\0\0\0\0\xa0\0\0\0\0\0\0\0\0\x10\0\0\1\2\3", 19);
	tree_node_end();
	tree_node("memory@b0000000");
	tree_text("device_type", "memory");
	tree_node_end();
	tree_node("");
	tree_text("device_type", "memory");
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000 2560-2561");
	assert_log("reg of unnamed node holds 0 whole ranges, and 0 bytes that are ignored");
	assert_log("reg of memory@a0000000 holds 1 whole ranges, and 3 bytes that are ignored");
	assert_log("reg of memory@b0000000 holds 0 whole ranges, and 0 bytes that are ignored");
}

static void the_same_ram_twice(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_memory(RAM, 128 * MB);
	tree_memory(RAM + 64 * MB, 128 * MB);
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x8c000000");
	assert_log("memory map: memory@80000000 (0x80000000-0x87ffffff) overlaps with memory@84000000 "
		   "(0x84000000-0x8bffffff): the common part counts once");
}

/* proves DT3 */
static void partial_frames(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	/* The first bank ends one byte short; two banks meet inside a frame; one is
	 * smaller than a frame. */
	tree_memory(RAM, 128 * MB - 1);
	tree_memory(0x90000800, 0x10000);
	tree_memory(0x90010800, 0xf800);
	tree_memory(0xa0000100, 0x800);
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x87fff000 0x90001000-0x90020000");
	assert_log("8191 bytes of RAM are ignored: their frames are not all RAM");
}

/* proves DT2 */
static void ranges_that_wrap(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, PHYS_ADDR_MAX);
	tree_node("memory@ffffffffffffff00");
	tree_text("device_type", "memory");
	tree_reg(PHYS_ADDR_MAX - 255, PHYS_ADDR_MAX);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_true(memblock_end_of_DRAM() <= PFN_PHYS(MAX_PHYSMEM_PFN));
	assert_log("memory@80000000 (0x80000000-0xffffffffffffffff) runs past the end of the address "
		   "space: cut there");
	assert_log("raise CONFIG_MAX_PHYSMEM_BITS");
}

static void beyond_the_frame_numbers(void **state)
{
	phys_addr_t top = PFN_PHYS(MAX_PHYSMEM_PFN);
	char line[200];

	(void)state;
	if (top > LINEAR_MAP_SIZE)
		skip();
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_memory(top - 64 * MB, 128 * MB);
	scan_well(NULL, end_with_firmware(), NULL);
	assert_int_equal(memblock_end_of_DRAM(), top);
	snprintf(line, sizeof(line), "OF: fdt: Ignoring memory range 0x%llx - 0x%llx of memory@",
		 (unsigned long long)top, (unsigned long long)(top + 64 * MB));
	assert_log(line);
}

/* proves DT3 */
static void beyond_the_linear_map(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	need_frames_up_to(34 * GB);
	m.linear_bytes = 4 * GB;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_memory(5 * GB, 2 * GB);
	tree_memory(32 * GB, 2 * GB);
	scan_well(&m, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000 5120-6144");
	assert_log("Ignoring memory range 0x180000000 - 0x1c0000000 of memory@140000000");
	assert_log("Ignoring memory range 0x800000000 - 0x880000000 of memory@800000000");
}

/* A little RAM far below the kernel must not put the kernel's own RAM out of reach: proves DT4. */
static void far_below_the_kernel(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	need_frames_up_to(17 * GB);
	m.linear_bytes = 4 * GB;
	m.kernel_pa = 16 * GB + 2 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(0x1000, 64 * MB);
	tree_memory(16 * GB, 1 * GB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@400000000", 16 * GB, 4096, NULL);
	tree_node_end();
	scan_well(&m, tree_end(), NULL);
	assert_memory("0x400000000-0x400001000f4 0x400001000-0x440000000");
	assert_log("Ignoring memory range 0x1000 - 0x4001000 of memory@1000: it lies below");
}

static void no_memory_at_all(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("The device tree names no memory");
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 0);
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("The device tree names no memory");
}

/* proves DT4 */
static void kernel_outside_ram(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(0x90000000, 128 * MB);
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("The kernel at 0x80200000 - 0x80400000 does not lie in RAM");
	assert_stop_text("2048 KiB are missing");
	/* Two banks leave a hole inside the image. */
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 3 * MB);
	tree_memory(RAM + 3 * MB + 4096, 128 * MB);
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("1024 KiB are missing");
	/* Two banks that meet inside the image are as good as one. */
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 3 * MB);
	tree_memory(RAM + 3 * MB, 128 * MB);
	scan_well(NULL, end_with_firmware(), NULL);
}

static void too_many_banks(void **state)
{
	static u64 numbers[2 * CONFIG_MEMBLOCK_REGIONS];

	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	/* Behind the bank every other frame is RAM, so that each takes a region. */
	for (unsigned int i = 0; i < CONFIG_MEMBLOCK_REGIONS; i++) {
		numbers[2 * i] = RAM + 256 * MB + i * 2 * PAGE_SIZE;
		numbers[2 * i + 1] = PAGE_SIZE;
	}
	tree_node("memory@90000000");
	tree_text("device_type", "memory");
	tree_numbers("reg", numbers, 2 * CONFIG_MEMBLOCK_REGIONS);
	tree_node_end();
	assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
	assert_stop_text("raise CONFIG_MEMBLOCK_REGIONS to at least");
}

/* ---- limits ---- */

static const void *gigabyte(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 1 * GB);
	return end_with_firmware();
}

static void memory_limit(void **state)
{
	(void)state;
	scan_well(NULL, gigabyte(), "mem=256M");
	assert_memory(FIRST "0x80001000-0x90000000");
	assert_log("Memory limited to 256MB\n");
	scan_well(NULL, gigabyte(), "mem=0x10000800 other");
	assert_memory(FIRST "0x80001000-0x90000000");
	scan_well(NULL, gigabyte(), "mem=8G");
	assert_memory(FIRST "0x80001000-0xc0000000");
}

static void memory_limit_makes_no_sense(void **state)
{
	static const char *const wrong[] = { "mem=", "mem", "mem=x", "mem=12Q", "mem=0", "mem=1K",
					     "mem=256M@2G", "mem=99999999999999999999G" };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		scan_well(NULL, gigabyte(), wrong[i]);
		assert_memory(FIRST "0x80001000-0xc0000000");
		assert_log(" is ignored: a size such as 512M is expected");
	}
	assert_int_equal(scan(NULL, gigabyte(), "mem=3M"), HOST_BOOT_FAILED);
	assert_stop_text("1024 KiB are missing from 0x80300000 on: raise mem=");
}

static void usable_ranges(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 1 * GB);
	tree_node("chosen");
	/* The upper range comes first; one range reaches past RAM, one lies inside another, one is
	 * empty. */
	tree_list("linux,usable-memory-range", RAM + 512 * MB, 4 * GB, RAM, 64 * MB,
		  RAM + MB, MB, RAM, 0);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x84000000 2560-3072");
	assert_log("RAM is confined to linux,usable-memory-range: 589824 KiB");
}

/* So many ranges are not to be expected; those that count are the first. */
static void too_many_usable_ranges(void **state)
{
	u64 numbers[18];

	(void)state;
	for (unsigned int i = 0; i < 9; i++) {
		numbers[2 * i] = i ? RAM + (4 + 2 * i) * MB : RAM;
		numbers[2 * i + 1] = i ? MB : 4 * MB;
	}
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 64 * MB);
	tree_node("chosen");
	tree_numbers("linux,usable-memory-range", numbers, ARRAY_SIZE(numbers));
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_log("OF: fdt: only the first 8 of 9 usable memory ranges are used");
	assert_int_equal(memblock_end_of_DRAM(), RAM + 19 * MB);
}

static void usable_range_is_empty(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_node("chosen");
	tree_list("linux,usable-memory-range", RAM, 0);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000");
	assert_log("linux,usable-memory-range is ignored: it is empty");
	/* A property of half a range counts as empty. */
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_node("chosen");
	tree_u64("linux,usable-memory-range", RAM);
	tree_node_end();
	scan_well(NULL, end_with_firmware(), NULL);
	assert_memory(FIRST "0x80001000-0x88000000");
	assert_log("linux,usable-memory-range is ignored: it is empty");
}

static void debug_argument(void **state)
{
	(void)state;
	scan_well(NULL, gigabyte(), "memblock=debug");
	assert_log("memblock_add_node: [0x0000000080000000-0x00000000bfffffff]\n");
	assert_no_log("is ignored: debug is expected");
	scan_well(NULL, gigabyte(), "memblock=debugger");
	assert_log("is ignored: debug is expected");
	assert_no_log("memblock_add");
}

/* A smaller log helps by all its bytes but one page, and by none more. */
static void when_a_smaller_log_helps(void **state)
{
	const u64 log_bytes = (1ul << CONFIG_LOG_BUF_SHIFT) - PAGE_SIZE, image_bytes = 2 * MB;
	const char advice[] = ", or lower CONFIG_LOG_BUF_SHIFT";
	const u64 rows[] = { log_bytes, log_bytes + PAGE_SIZE };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		tree_begin(2, 2, NULL);
		tree_memory(RAM, IMAGE + image_bytes - rows[i] - RAM);
		assert_int_equal(scan(NULL, tree_end(), NULL), HOST_BOOT_FAILED);
		assert_stop_text("does not lie in RAM");
		assert_int_equal(strstr(host_stop_text(), advice) != NULL, i == 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_a_smaller_log_helps),
		cmocka_unit_test(one_bank),
		cmocka_unit_test(cells_of_every_width),
		cmocka_unit_test(cells_that_cannot_be_read),
		cmocka_unit_test(several_nodes_and_pairs),
		cmocka_unit_test(what_is_not_memory),
		cmocka_unit_test(status_of_nodes),
		cmocka_unit_test(usable_memory_replaces_reg),
		cmocka_unit_test(hotpluggable_and_nodes),
		cmocka_unit_test(a_range_of_a_node_that_is_not_there),
		cmocka_unit_test(empty_ranges_and_odd_bytes),
		cmocka_unit_test(the_same_ram_twice),
		cmocka_unit_test(partial_frames),
		cmocka_unit_test(ranges_that_wrap),
		cmocka_unit_test(beyond_the_frame_numbers),
		cmocka_unit_test(beyond_the_linear_map),
		cmocka_unit_test(far_below_the_kernel),
		cmocka_unit_test(no_memory_at_all),
		cmocka_unit_test(kernel_outside_ram),
		cmocka_unit_test(too_many_banks),
		cmocka_unit_test(memory_limit),
		cmocka_unit_test(memory_limit_makes_no_sense),
		cmocka_unit_test(usable_ranges),
		cmocka_unit_test(too_many_usable_ranges),
		cmocka_unit_test(usable_range_is_empty),
		cmocka_unit_test(debug_argument),
	};

	return cmocka_run_group_tests_name("dt_memory", tests, NULL, NULL);
}
