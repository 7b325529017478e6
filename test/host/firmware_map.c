/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's map has each line as the tree says it, whatever boot makes of it, and its RAM adds
 * up. RAM is [2048, 2176) MiB, the image [2050, 2052), the tree at 2174 MiB.
 */
#include "common/scan.h"

#include <mm/dt_memory.h>
#include <mm/firmware_map.h>
#include <arch/mmu.h>

#include "mm/boot/dt_internal.h"

#define BANK		(128 * MB)

/* All lines that are kept, without the tree's own, whose size is libfdt's. */
static const char *kept(void)
{
	static char text[4000];
	size_t len = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < nr_firmware_ranges; i++) {
		const struct firmware_range *r = &firmware_map[i];

		if (strcmp(r->kind, "device tree") == 0) {
			assert_int_equal(r->base, TREE);
			assert_string_equal(r->source, "boot loader");
			continue;
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%llx-%llx %s %s\n",
					ULL(r->base), ULL(r->end), r->kind, r->source);
	}
	return text;
}

/* Checks FM2 by its definition. */
static void check_sum(void)
{
	u64 sum = memblock_phys_mem_size();

	for (int cut = 0; cut < NR_FIRMWARE_CUTS; cut++)
		sum += firmware_ram_cut[cut];
	assert_int_equal(sum, firmware_ram_bytes);
}

static void keep(void)
{
	const char *last;

	check_sum();
	firmware_map_print();
	arch_paging_init();
	assert_null(firmware_map);
	firmware_map_keep();
	assert_true(memblock_is_reserved(__pa(firmware_map)));
	/* The text of the last source is reserved up to its end. */
	last = firmware_map[nr_firmware_ranges - 1].source;
	last += strlen(last);
	assert_true(memblock_is_reserved(__pa(last)));
	/* Not a byte more is. */
	if ((unsigned long)(last + 1) % SMP_CACHE_BYTES)
		assert_false(memblock_is_reserved(__pa(last) + 1));
}

static void scan_and_keep(const char *args)
{
	tree_node_end();
	scan_well(NULL, tree_end(), args);
	keep();
}

#define FIRMWARE_LINE	"80000000-80100000 no-map /reserved-memory/mmode_resv0@80000000\n"

static void begin(const struct tree_reserve *reserve)
{
	tree_begin(2, 2, reserve);
	tree_memory(RAM, BANK);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
}

/* ---- lines ---- */

static void each_source_has_a_line(void **state)
{
	static const struct tree_reserve list[] = { { RAM + 0x7000123, 5 }, {} };

	(void)state;
	begin(list);
	tree_reserved("pool@84000000", RAM + 64 * MB, MB, NULL);
	/* The node has no address, so that a message about it must not name one. */
	tree_node("placed");
	tree_u64("size", MB);
	tree_node_end();
	tree_node_end();
	tree_node("chosen");
	tree_u64("linux,initrd-start", RAM + 32 * MB);
	tree_u64("linux,initrd-end", RAM + 33 * MB - 7);
	tree_list("linux,elfcorehdr", RAM + 40 * MB, 0x1000);
	tree_list("linux,usable-memory-range", RAM, 120 * MB, RAM + 122 * MB, 8 * MB);
	scan_and_keep(NULL);
	assert_string_equal(kept(),
			    "80000000-88000000 RAM /memory@80000000\n"
			    FIRMWARE_LINE
			    "82000000-820ffff9 initrd /chosen linux,initrd-start\n"
			    "82800000-82801000 elfcorehdr /chosen linux,elfcorehdr\n"
			    "84000000-84100000 reserved /reserved-memory/pool@84000000\n"
			    "87000123-87000128 reserved /memreserve/\n"
			    "80000000-87800000 usable /chosen linux,usable-memory-range\n"
			    "87a00000-88200000 usable /chosen linux,usable-memory-range\n");
	assert_int_equal(firmware_ram_bytes, BANK);
	assert_int_equal(firmware_ram_cut[CUT_USABLE_RANGE], 2 * MB);
	assert_log("  [mem 0x0000000080000000-0x0000000087ffffff] RAM         /memory@80000000\n");
	assert_log("  [mem 0x0000000087000123-0x0000000087000127] reserved    /memreserve/\n");
	assert_log("] usable      /chosen linux,usable-memory-range\n");
	assert_no_log("for which there is no room");
}

/* mem= limits what is used, and leaves the map as it is. */
static void mem_leaves_it_as_it_was(void **state)
{
	(void)state;
	begin(NULL);
	scan_and_keep("mem=40M");
	assert_string_equal(kept(), "80000000-88000000 RAM /memory@80000000\n" FIRMWARE_LINE);
	assert_int_equal(memblock_phys_mem_size(), 40 * MB);
	assert_int_equal(firmware_ram_bytes, BANK);
	assert_int_equal(firmware_ram_cut[CUT_MEM_LIMIT], BANK - 40 * MB);
	assert_string_equal(firmware_ram_node(RAM + 100 * MB), "memory@80000000");
	assert_null(firmware_ram_node(RAM + BANK));
	assert_null(firmware_ram_node(RAM - 1));
}

/* An initrd that boot cannot use still has its line. */
static void an_initrd_that_cannot_be(void **state)
{
	(void)state;
	begin(NULL);
	tree_node_end();
	tree_node("chosen");
	tree_u64("linux,initrd-start", RAM + 127 * MB);
	tree_u64("linux,initrd-end", RAM + 129 * MB);
	scan_and_keep(NULL);
	assert_int_equal(initrd_bytes, 0);
	assert_non_null(strstr(kept(), "87f00000-88100000 initrd /chosen linux,initrd-start\n"));
}

static void a_long_name_is_kept_whole(void **state)
{
	char name[300], line[400];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	begin(NULL);
	tree_reserved(name, RAM + 64 * MB, MB, NULL);
	scan_and_keep(NULL);
	snprintf(line, sizeof(line), "84000000-84100000 reserved /reserved-memory/%s\n", name);
	assert_non_null(strstr(kept(), line));
}

/* ---- the sum ---- */

/*
 *   banks    [ a      ]        [ b.. beyond 2^44
 *                  [ c      ]
 *   reach    [                    ]
 */
static void ram_adds_up(void **state)
{
	u64 far = (1ull << CONFIG_MAX_PHYSMEM_BITS) - 4 * MB;

	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, BANK);
	tree_memory(RAM + 100 * MB, 100 * MB + 5);
	tree_memory(far, 16 * MB);
	tree_memory(PHYS_ADDR_MAX - MB, 8 * MB);
	scan_well(NULL, tree_end(), "mem=160M");
	check_sum();
	assert_int_equal(firmware_ram_bytes, 200 * MB + 5 + 16 * MB + MB);
	assert_int_equal(firmware_ram_cut[CUT_PARTIAL_FRAMES], 5);
	assert_true(firmware_ram_cut[CUT_REACH] >= 12 * MB + MB);
	assert_int_equal(memblock_phys_mem_size(), 160 * MB);
}

/* proves FM2 */
static void random_banks_add_up(void **state)
{
	struct rng rng = { 20261 };

	(void)state;
	for (int run = 0; run < 300; run++) {
		u8 *is_ram = calloc(1, 4096);
		u64 frames = 512;
		char args[32];

		assert_non_null(is_ram);
		memset(is_ram, 1, 512);
		tree_begin(2, 2, NULL);
		tree_memory(RAM, 512 * PAGE_SIZE * 2);
		memset(is_ram, 1, 1024);
		for (int i = 0; i < 6; i++) {
			u64 first = rng_below(&rng, 3000), count = 1 + rng_below(&rng, 1000);

			tree_memory(RAM + first * PAGE_SIZE, count * PAGE_SIZE);
			memset(is_ram + first, 1, count);
		}
		frames = 0;
		for (int i = 0; i < 4096; i++)
			frames += is_ram[i];
		free(is_ram);
		snprintf(args, sizeof(args), "mem=%lluK", 4096 + ULL(rng_below(&rng, 12000)));
		if (scan(NULL, tree_end(), args) == HOST_RAN_ON)
			assert_int_equal(firmware_ram_bytes, frames * PAGE_SIZE);
		check_sum();
	}
}

/* ---- more than there is room for ---- */

/* proves FM1 */
static void more_lines_than_room(void **state)
{
	enum { COUNT = 2 * CONFIG_MEMBLOCK_REGIONS + 100 };
	unsigned int lines;

	(void)state;
	begin(NULL);
	tree_node("many@84000000");
	tree_pages(RAM + 64 * MB, COUNT);
	tree_node_end();
	tree_node_end();
	scan_well(NULL, tree_end(), NULL);
	keep();
	/* The image counts as a claim, and has no line. */
	lines = COUNT + 3 + 1;
	assert_int_equal(nr_firmware_ranges + 1 + nr_firmware_unlisted, lines);
	assert_true(nr_firmware_unlisted > 0);
	assert_log("more, for which there is no room: raise CONFIG_MEMBLOCK_REGIONS from ");
	check_sum();
}

/* Where some lines of RAM are missing, the sum takes RAM from memblock. */
static void more_banks_than_room(void **state)
{
	enum { COUNT = 2 * CONFIG_MEMBLOCK_REGIONS + 100 };

	(void)state;
	begin(NULL);
	tree_node_end();
	tree_node("memory@90000000");
	tree_text("device_type", "memory");
	tree_pages(RAM + 256 * MB, COUNT);
	tree_node_end();
	scan_well(NULL, tree_end(), NULL);
	check_sum();
	assert_int_equal(firmware_ram_bytes, BANK + COUNT * PAGE_SIZE);
}

/* As many claims as there is room for: what lies out of reach is still told. */
static void as_many_banks_as_room(void **state)
{
	struct host_machine m = host_default_machine;
	unsigned int most;

	(void)state;
	begin(NULL);
	scan_and_keep(NULL);
	most = dt_sorted_claims().most;
	m.linear_bytes = 4096 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, BANK);
	tree_memory(RAM + 8192 * MB, MB);
	tree_node("memory@90000000");
	tree_text("device_type", "memory");
	tree_pages(RAM + 256 * MB, most - 2);
	tree_node_end();
	scan_well(&m, tree_end(), NULL);
	assert_int_equal(firmware_ram_bytes, BANK + MB + (most - 2) * PAGE_SIZE);
	assert_int_equal(firmware_ram_cut[CUT_REACH], MB);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_source_has_a_line),
		cmocka_unit_test(mem_leaves_it_as_it_was),
		cmocka_unit_test(an_initrd_that_cannot_be),
		cmocka_unit_test(a_long_name_is_kept_whole),
		cmocka_unit_test(ram_adds_up),
		cmocka_unit_test(random_banks_add_up),
		cmocka_unit_test(more_lines_than_room),
		cmocka_unit_test(as_many_banks_as_room),
		cmocka_unit_test(more_banks_than_room),
	};

	return cmocka_run_group_tests_name("firmware_map", tests, NULL, NULL);
}
