/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call that edits memblock's tables. A picture shows the table before the call, the range
 * that the call names, and the table after it; one column is 1 MiB.
 */
#include "common/regions.h"

static int fresh(void **state)
{
	(void)state;
	host_reset(NULL);
	return 0;
}

static void add(unsigned int from, unsigned int to)
{
	assert_int_equal(memblock_add(from * MB, (to - from) * MB), 0);
}

static void del(unsigned int from, unsigned int to)
{
	assert_int_equal(memblock_remove(from * MB, (to - from) * MB), 0);
}

static void own(unsigned int from, unsigned int to, const char *owner)
{
	assert_int_equal(memblock_reserve_owner(from * MB, (to - from) * MB, owner), 0);
}

/* ---- what there is before the first call ---- */

static void initial_state(void **state)
{
	(void)state;
	assert_non_null(memblock.memory.regions);
	assert_int_equal(memblock.memory.cnt, 0);
	assert_int_equal(memblock.memory.max, INIT_MEMBLOCK_REGIONS);
	assert_string_equal(memblock.memory.name, "memory");
	assert_int_equal(memblock.memory.total_size, 0);
	assert_int_equal(memblock.memory.regions[0].size, 0);

	assert_non_null(memblock.reserved.regions);
	assert_int_equal(memblock.reserved.cnt, 0);
	assert_int_equal(memblock.reserved.max, INIT_MEMBLOCK_RESERVED_REGIONS);
	assert_string_equal(memblock.reserved.name, "reserved");

	assert_false(memblock.bottom_up);
	assert_true(memblock.current_limit == MEMBLOCK_ALLOC_ANYWHERE);
}

/* ---- add ---- */

static void add_first(void **state)
{
	(void)state;
	add(1, 5);
	assert_int_equal(memblock.memory.cnt, 1);
	assert_int_equal(memblock.memory.regions[0].base, 1 * MB);
	assert_int_equal(memblock.memory.regions[0].size, 4 * MB);
	assert_int_equal(memblock.memory.regions[0].flags, MEMBLOCK_NONE);
	assert_int_equal(memblock.memory.total_size, 4 * MB);
}

static void add_apart_in_any_order(void **state)
{
	(void)state;
	add(8, 9);
	add(1, 3);
	add(5, 6);
	assert_memory("1-3 5-6 8-9");
	assert_int_equal(memblock.memory.total_size, 4 * MB);
}

/*
 *   before   ....[   ]......
 *   add      ..[   ]........    then    ......[   ]....
 *   after    ..[     ]......            ..[       ]....
 */
static void add_overlapping_below_and_above(void **state)
{
	(void)state;
	add(4, 9);
	add(2, 6);
	assert_memory("2-9");
	add(7, 12);
	assert_memory("2-12");
	assert_int_equal(memblock.memory.total_size, 10 * MB);
}

static void add_within_and_twice(void **state)
{
	(void)state;
	add(2, 9);
	add(4, 6);
	add(2, 9);
	assert_memory("2-9");
	assert_int_equal(memblock.memory.total_size, 7 * MB);
}

/*
 *   before   .[ ]..[ ]..[ ]...
 *   add      ...[       ].....
 *   after    .[           ]...
 */
static void add_over_several(void **state)
{
	(void)state;
	add(1, 3);
	add(5, 7);
	add(9, 11);
	add(2, 10);
	assert_memory("1-11");
	assert_int_equal(memblock.memory.cnt, 1);
}

static void add_touching(void **state)
{
	(void)state;
	add(3, 5);
	add(5, 6);
	add(1, 3);
	assert_memory("1-6");
}

/*
 * What was there keeps its flags and node; only the holes are new.
 *
 *   before   ...[hot].[n2 ]......
 *   add      .[                ].
 *   after    .[ ][hot][][n2 ][  ].
 */
static void add_keeps_what_was_there(void **state)
{
	(void)state;
	memblock_add_node(3 * MB, 2 * MB, 0, MEMBLOCK_HOTPLUG);
	memblock_add_node(6 * MB, 2 * MB, 2, MEMBLOCK_NONE);
	add(1, 12);
	assert_memory(BY_NODES("1-3 3-5f1 5-6 6-8n2 8-12", "1-3 3-5f1 5-12"));
	assert_int_equal(memblock.memory.total_size, 11 * MB);
}

static void add_node_and_flags(void **state)
{
	(void)state;
	memblock_add_node(1 * MB, 1 * MB, 0, MEMBLOCK_NONE);
	memblock_add_node(2 * MB, 1 * MB, 1, MEMBLOCK_NONE);
	memblock_add_node(3 * MB, 1 * MB, 1, MEMBLOCK_HOTPLUG);
	memblock_add_node(4 * MB, 1 * MB, 1, MEMBLOCK_HOTPLUG);
	assert_memory(BY_NODES("1-2 2-3n1 3-5f1n1", "1-3 3-5f1"));
}

static void add_nothing(void **state)
{
	(void)state;
	add(4, 4);
	assert_int_equal(memblock.memory.cnt, 0);
	assert_int_equal(memblock.memory.total_size, 0);
}

/* A size that would wrap around is cut at the end of the address space. */
static void add_to_the_top(void **state)
{
	phys_addr_t base = PHYS_ADDR_MAX - MB;

	(void)state;
	memblock_add(base, 2 * MB);
	assert_int_equal(memblock.memory.cnt, 1);
	assert_true(memblock.memory.regions[0].base == base);
	assert_true(memblock.memory.regions[0].size == MB);
	assert_true(memblock_end_of_DRAM() == PHYS_ADDR_MAX);
}

/* ---- reserve ---- */

static void reserve_merges_without_owner(void **state)
{
	(void)state;
	memblock_reserve(1 * MB, 2 * MB);
	memblock_reserve(3 * MB, 1 * MB);
	memblock_reserve(2 * MB, 4 * MB);
	assert_reserved("1-6");
	assert_int_equal(memblock.reserved.total_size, 5 * MB);
	assert_int_equal(memblock.memory.total_size, 0);
}

static void neighbours_of_one_owner_merge(void **state)
{
	char same[] = "kernel";

	(void)state;
	own(1, 2, "kernel");
	own(2, 3, same);
	assert_reserved("1-3(kernel)");
}

static void neighbours_of_two_owners_stay_apart(void **state)
{
	(void)state;
	own(1, 2, "kernel");
	own(2, 3, "initrd");
	own(3, 4, NULL);
	assert_reserved("1-2(kernel) 2-3(initrd) 3-4");
}

/*
 * First come, first named.
 *
 *   before   ...[initrd]......
 *   reserve  .[ memreserve ]..
 *   after    .[][initrd][  ]..
 */
static void overlap_keeps_the_first_name(void **state)
{
	(void)state;
	own(3, 6, "initrd");
	own(1, 8, "memreserve");
	assert_reserved("1-3(memreserve) 3-6(initrd) 6-8(memreserve)");
}

/* ---- remove and free ---- */

static void remove_whole(void **state)
{
	(void)state;
	add(1, 3);
	add(5, 7);
	del(1, 3);
	assert_memory("5-7");
	del(5, 7);
	assert_memory("");
	assert_int_equal(memblock.memory.cnt, 0);
	assert_int_equal(memblock.memory.regions[0].base, 0);
	assert_int_equal(memblock.memory.regions[0].size, 0);
	assert_int_equal(memblock.memory.total_size, 0);
}

/*
 *   before   ..[       ]..
 *   remove   ....[  ].....
 *   after    ..[]....[ ]..
 */
static void remove_from_the_middle(void **state)
{
	(void)state;
	add(2, 10);
	del(4, 7);
	assert_memory("2-4 7-10");
	assert_int_equal(memblock.memory.total_size, 5 * MB);
}

static void remove_ends(void **state)
{
	(void)state;
	add(2, 10);
	del(0, 4);
	assert_memory("4-10");
	del(8, 20);
	assert_memory("4-8");
}

/*
 *   before   .[  ]..[ ]..[  ]..
 *   remove   ...[         ]....
 *   after    .[]..........[ ]..
 */
static void remove_over_several(void **state)
{
	(void)state;
	add(1, 5);
	add(7, 9);
	add(11, 15);
	del(3, 12);
	assert_memory("1-3 12-15");
}

static void remove_what_is_not_there(void **state)
{
	(void)state;
	del(1, 3);
	add(5, 7);
	del(1, 5);
	del(7, 9);
	del(6, 6);
	assert_memory("5-7");
}

static void remove_everything(void **state)
{
	(void)state;
	add(1, 3);
	add(5, 7);
	memblock_remove(0, PHYS_ADDR_MAX);
	assert_memory("");
}

static void phys_free(void **state)
{
	(void)state;
	own(1, 9, "a");
	memblock_phys_free(3 * MB, 2 * MB);
	assert_reserved("1-3(a) 5-9(a)");
	memblock_free(__va(6 * MB), 1 * MB);
	assert_reserved("1-3(a) 5-6(a) 7-9(a)");
	memblock_free(NULL, MB);
	assert_reserved("1-3(a) 5-6(a) 7-9(a)");
}

/* ---- flags and nodes ---- */

/*
 *   before   .[           ].
 *   mark     ....[   ]......
 *   after    .[ ][f4 ][   ].   and back into one
 */
static void mark_and_clear(void **state)
{
	(void)state;
	add(1, 10);
	memblock_mark_nomap(4 * MB, 3 * MB);
	assert_memory("1-4 4-7f4 7-10");
	memblock_mark_hotplug(6 * MB, 2 * MB);
	assert_memory("1-4 4-6f4 6-7f5 7-8f1 8-10");
	memblock_clear_nomap(0, 20 * MB);
	memblock_clear_hotplug(0, 20 * MB);
	assert_memory("1-10");
	memblock_mark_mirror(1 * MB, 1 * MB);
	assert_memory("1-2f2 2-10");
}

static void mark_what_is_not_there(void **state)
{
	(void)state;
	add(4, 6);
	memblock_mark_nomap(1 * MB, 3 * MB);
	memblock_mark_nomap(6 * MB, 3 * MB);
	memblock_mark_nomap(5 * MB, 0);
	assert_memory("4-6");
}

static void mark_reserved_noinit(void **state)
{
	(void)state;
	own(1, 4, "a");
	memblock_reserved_mark_noinit(2 * MB, 1 * MB);
	assert_reserved("1-2(a) 2-3f16(a) 3-4(a)");
}

static void set_node(void **state)
{
	(void)state;
	add(1, 9);
	assert_int_equal(memblock_set_node(3 * MB, 2 * MB, &memblock.memory, 3), 0);
	assert_memory(BY_NODES("1-3 3-5n3 5-9", "1-9"));
	if (IS_ENABLED(CONFIG_NUMA))
		assert_int_equal(memblock_get_region_node(&memblock.memory.regions[1]), 3);
	memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, 0);
	assert_memory("1-9");
	memblock_set_region_node(&memblock.memory.regions[0], 3);
	assert_int_equal(memblock_get_region_node(&memblock.memory.regions[0]), BY_NODES(3, 0));
}

/* ---- trim ---- */

/*
 * To 4 MiB: inward, and what holds no aligned piece goes.
 *
 *   line     0   4   8   12  16  20  24  28
 *   before   [      ].[  ].[     ].[       ]
 *   after    [   ]...................[   ]..
 */
static void trim(void **state)
{
	(void)state;
	add(0, 7);
	add(9, 12);
	add(13, 19);
	add(21, 29);
	memblock_trim_memory(4 * MB);
	assert_memory("0-4 24-28");
	assert_int_equal(memblock.memory.total_size, 8 * MB);
}

static void trim_all_away(void **state)
{
	(void)state;
	memblock_add(PHYS_ADDR_MAX - 100, 100);
	memblock_add(MB + 1, 100);
	memblock_trim_memory(PAGE_SIZE);
	assert_memory("");
	memblock_trim_memory(PAGE_SIZE);
	assert_memory("");
}

#define CASE(test)	cmocka_unit_test_setup(test, fresh)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(initial_state),
		CASE(add_first),
		CASE(add_apart_in_any_order),
		CASE(add_overlapping_below_and_above),
		CASE(add_within_and_twice),
		CASE(add_over_several),
		CASE(add_touching),
		CASE(add_keeps_what_was_there),
		CASE(add_node_and_flags),
		CASE(add_nothing),
		CASE(add_to_the_top),
		CASE(reserve_merges_without_owner),
		CASE(neighbours_of_one_owner_merge),
		CASE(neighbours_of_two_owners_stay_apart),
		CASE(overlap_keeps_the_first_name),
		CASE(remove_whole),
		CASE(remove_from_the_middle),
		CASE(remove_ends),
		CASE(remove_over_several),
		CASE(remove_what_is_not_there),
		CASE(remove_everything),
		CASE(phys_free),
		CASE(mark_and_clear),
		CASE(mark_what_is_not_there),
		CASE(mark_reserved_noinit),
		CASE(set_node),
		CASE(trim),
		CASE(trim_all_away),
	};

	return cmocka_run_group_tests_name("memblock_api", tests, NULL, NULL);
}
