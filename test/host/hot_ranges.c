/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which RAM boot leaves offline: what memhp= says and what it cannot say, sections that are not
 * whole or not free, nodes, and more ranges than there is room for.
 */
#include "pages_map.h"

#include <mm/hot_ranges.h>

#define SECTION		((u64)SECTION_BYTES)
#define RAM_AT		(GB(2) + MB(16))

static const char *log_of(const char *cmdline)
{
	static struct map map = { .banks = { { RAM_AT, 8 * SECTION }, { RAM_AT + 8 * SECTION,
					       4 * SECTION } }, .nids = { 0, 1 } };

	map.cmdline = cmdline;
	map_prepare(&map);
	hot_ranges_choose();
	return host_log();
}

static void arguments(void **state)
{
	static const struct {
		const char *text, *rest;
		unsigned int ranges;
	} rows[] = {
		{ "", NULL, 0 },
		{ "memhp=16M@0x82000000", NULL, 1 },
		{ "memhp=16M@0x82000000,16M@0x84000000", NULL, 2 },
		{ "memhp=16M@0x82000000,16M@0x83000000", NULL, 1 },
		{ "memhp=", "", 0 },
		{ "memhp=16M", "", 0 },
		{ "memhp=@0x82000000", "@0x82000000", 0 },
		{ "memhp=16M@", "", 0 },
		{ "memhp=16M@x", "x", 0 },
		{ "memhp=16M@0x82000000,", "", 1 },
		{ "memhp=16M@0x82000000;16M@0x84000000", "16M@0x84000000", 1 },
		{ "memhp=8192@0xfffffffffffff000", "", 0 },
	};

	(void)state;
	if (SECTION != MB(16))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char expected[200] = "";
		const char *log = log_of(rows[i].text), *text = rows[i].text + strlen("memhp=");

		assert_int_equal(nr_hot_ranges, rows[i].ranges);
		if (rows[i].rest)
			snprintf(expected, sizeof(expected), "memhp=%s is ignored from \"%s\" on: "
				 "size@address is expected, such as 256M@0xc0000000\n", text,
				 rows[i].rest);
		assert_int_equal(strstr(log, "is ignored") != NULL, rows[i].rest != NULL);
		assert_non_null(strstr(log, expected));
	}
}

/* RAM that is marked stays when it is no whole section or is in use, and the log says so. */
static void what_stays(void **state)
{
	const char *log;

	(void)state;
	if (SECTION != MB(16))
		skip();
	log = log_of("memhp=40M@0x82800000");
	assert_int_equal(nr_hot_ranges, 1);
	assert_int_equal(hot_ranges[0].base, 0x83000000);
	assert_int_equal(hot_ranges[0].end, 0x85000000);
	assert_false(memblock_is_memory(0x83000000));
	assert_true(memblock_is_memory(0x82800000));
	assert_non_null(strstr(log, "Hot-pluggable: [mem 0x0000000083000000-0x0000000084ffffff] "
			       "node 0 is offline\n"));
	assert_non_null(strstr(log, "Hot-pluggable: 8192K stay online"));
	/* Nothing stays: nothing is said of it. */
	assert_null(strstr(log_of("memhp=16M@0x82000000"), "stay online"));
}

static void reserved_sections_stay(void **state)
{
	static const struct map map = {
		.banks = { { RAM_AT, 8 * SECTION } },
		.keeps = { { RAM_AT + 2 * SECTION + 5, 1, "camera", false },
			   { RAM_AT + 5 * SECTION, SECTION, "dsp", true } },
	};

	(void)state;
	map_prepare(&map);
	assert_int_equal(memblock_mark_hotplug(RAM_AT + SECTION, 6 * SECTION), 0);
	hot_ranges_choose();
	assert_int_equal(nr_hot_ranges, 3);
	assert_int_equal(hot_ranges[0].end, RAM_AT + 2 * SECTION);
	assert_int_equal(hot_ranges[1].base, RAM_AT + 3 * SECTION);
	assert_int_equal(hot_ranges[1].end, RAM_AT + 5 * SECTION);
	assert_int_equal(hot_ranges[2].base, RAM_AT + 6 * SECTION);
	/* The mark was for boot alone. */
	for (unsigned long i = 0; i < memblock.memory.cnt; i++)
		assert_false(memblock.memory.regions[i].flags & MEMBLOCK_HOTPLUG);
}

/* The mark goes from RAM at address 0 as well, and does not part it. */
static void ram_from_address_zero_on(void **state)
{
	static const struct map map = { .banks = { { 0, 4 * SECTION } },
					.keeps = { { 5, 1, "vectors", false } } };

	(void)state;
	map_prepare(&map);
	assert_int_equal(memblock_mark_hotplug(0, 2 * SECTION), 0);
	hot_ranges_choose();
	assert_int_equal(nr_hot_ranges, 1);
	assert_int_equal(hot_ranges[0].base, SECTION);
	assert_int_equal(memblock.memory.cnt, 2);
	assert_int_equal(memblock.memory.regions[0].size, SECTION);
	assert_int_equal(memblock.memory.regions[0].flags, 0);
}

static void nodes_are_apart(void **state)
{
	(void)state;
	if (SECTION != MB(16))
		skip();
	log_of("memhp=64M@0x87000000");
	assert_int_equal(nr_hot_ranges, IS_ENABLED(CONFIG_NUMA) ? 2 : 1);
	assert_int_equal(hot_nodes(), IS_ENABLED(CONFIG_NUMA) ? 3 : 1);
	assert_int_equal(hot_ranges[0].end, IS_ENABLED(CONFIG_NUMA) ? 0x89000000 : 0x8b000000);
}

/* Every other section of a bank is reserved, and others have more ranges than there is room for. */
static void more_than_there_is_room_for(void **state)
{
	struct map map = { .banks = { { GB(8), 0 }, { GB(32), SECTION },
					  { GB(40), SECTION } } };
	unsigned int kept = 0;

	(void)state;
	if (SECTION != MB(16))
		skip();
	map.banks[0].bytes = (2 * CONFIG_MEMBLOCK_REGIONS - 1) * SECTION;
	map_prepare(&map);
	while (memblock.reserved.cnt < CONFIG_MEMBLOCK_REGIONS)
		memblock_reserve(GB(8) + (2 * kept++ + 1) * SECTION, FRAME);
	assert_int_equal(memblock_remove(GB(8) + (2 * kept + 1) * SECTION, GB(16)), 0);
	assert_int_equal(memblock_mark_hotplug(0, PHYS_ADDR_MAX), 0);
	hot_ranges_choose();
	assert_int_equal(nr_hot_ranges, HOT_RANGES_MOST);
	assert_non_null(strstr(host_log(), "Hot-pluggable memory from 0xa00000000 on stays: raise "
					   "CONFIG_MEMBLOCK_REGIONS from "));
	assert_false(memblock_is_memory(GB(32)));
	assert_true(memblock_is_memory(GB(40)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments),
		cmocka_unit_test(what_stays),
		cmocka_unit_test(reserved_sections_stay),
		cmocka_unit_test(ram_from_address_zero_on),
		cmocka_unit_test(nodes_are_apart),
		cmocka_unit_test(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests_name("hot_ranges", tests, NULL, NULL);
}
