/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation from memblock: where a request lands, when it fails, which name it gets. Each case is
 * a machine with RAM [2 GiB, 2 GiB + 64 MiB); addresses in comments are MiB above 2 GiB.
 */
#include "common/regions.h"

#include <mm/config.h>
#include <arch/mmu.h>

#define RAM		0x80000000ull
#define RAM_MB		64
#define AT(mb)		(RAM + (mb) * MB)

static int ram(void **state)
{
	(void)state;
	host_reset(NULL);
	memblock_add(RAM, RAM_MB * MB);
	arch_paging_init();
	return 0;
}

static int ram_bottom_up(void **state)
{
	ram(state);
	memblock_set_bottom_up(true);
	assert_true(memblock_bottom_up());
	return 0;
}

static phys_addr_t where(const void *va)
{
	return va ? __pa(va) : 0;
}

/* Takes [0, 4) and [60, 64): a free hole at an end of RAM would hide a mistake. */
static void take_both_ends(void)
{
	memblock_reserve(AT(0), 4 * MB);
	memblock_reserve(AT(60), 4 * MB);
}

static void top_down(void **state)
{
	(void)state;
	take_both_ends();
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(59));
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(58));
	assert_int_equal(memblock.reserved.cnt, 2);
	assert_int_equal(memblock_reserved_size(), 10 * MB);
}

static void bottom_up(void **state)
{
	(void)state;
	take_both_ends();
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(4));
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(5));
}

/*
 *   RAM       [                           ]
 *   reserved  [    ]        [XX]   [      ]     holes of 8 and 4 MiB
 *   4 MiB fit into the upper hole, 5 MiB only into the lower one
 */
static void skips_holes_that_are_too_small(void **state)
{
	(void)state;
	memblock_reserve(AT(0), 40 * MB);
	memblock_reserve(AT(48), 2 * MB);
	memblock_reserve(AT(54), 10 * MB);
	assert_int_equal(where(memblock_alloc(5 * MB, 0)), AT(43));
	assert_int_equal(where(memblock_alloc(4 * MB, 0)), AT(50));
	assert_null(memblock_alloc(4 * MB, 0));
	assert_int_equal(where(memblock_alloc(3 * MB, 0)), AT(40));
	assert_int_equal(memblock.reserved.cnt, 1);
}

static void alignment(void **state)
{
	(void)state;
	assert_int_equal(where(memblock_alloc(100, 0)), AT(64) - 128);
	assert_int_equal(where(memblock_alloc(100, 16)), AT(64) - 128 - 112);
	assert_int_equal(where(memblock_alloc(100, 8 * MB)), AT(56));
	memblock_set_bottom_up(true);
	assert_int_equal(where(memblock_alloc(100, 8 * MB)), AT(0));
	assert_int_equal(where(memblock_alloc(100, 8 * MB)), AT(8));
	assert_int_equal(where(memblock_alloc(100, 1)), AT(0) + 100);
}

/* Alignment must not carry a request past the end of the hole that it began in. */
static void alignment_does_not_fit(void **state)
{
	(void)state;
	memblock_reserve(AT(0), 33 * MB);
	memblock_reserve(AT(47), 17 * MB);
	assert_null(memblock_alloc(8 * MB, 16 * MB));
	assert_null(memblock_alloc(1 * MB, 64 * MB));
	memblock_set_bottom_up(true);
	assert_null(memblock_alloc(8 * MB, 16 * MB));
	assert_int_equal(where(memblock_alloc(7 * MB, 8 * MB)), AT(40));
}

/* Aligning must not wrap at the end of the address space. */
static void alignment_past_the_top(void **state)
{
	phys_addr_t top = PHYS_ADDR_MAX - 0xffff;

	(void)state;
	host_reset(NULL);
	memblock_add(top, 0x8000);
	memblock_set_bottom_up(true);
	assert_int_equal(memblock_phys_alloc_range(0x1000, MB, MB, PHYS_ADDR_MAX), 0);
	assert_true(memblock_phys_alloc_range(0x1000, 0x1000, MB, PHYS_ADDR_MAX) == top);
	assert_int_equal(HOST_TRY(memblock_phys_alloc_or_stop(0x1000, MB, 0, "memmap", NULL)),
			 HOST_BOOT_FAILED);
	assert_non_null(strstr(host_stop_text(), "4 KiB in one piece are asked for, the largest free "
						 "one has 0 KiB (of 28 KiB free)"));
}

static void exact_fit_and_one_more(void **state)
{
	(void)state;
	take_both_ends();
	assert_null(memblock_alloc(56 * MB + 1, 1));
	assert_int_equal(where(memblock_alloc(56 * MB, 1)), AT(4));
	assert_null(memblock_alloc(1, 1));
	assert_int_equal(memblock.reserved.cnt, 1);
}

static void nothing_and_too_much(void **state)
{
	(void)state;
	assert_null(memblock_alloc(0, 0));
	assert_null(memblock_alloc(PHYS_ADDR_MAX, 0));
	assert_null(memblock_alloc(RAM_MB * MB + 1, 0));
	assert_int_equal(memblock_phys_alloc(PHYS_ADDR_MAX - 1, 1), 0);
	assert_reserved("");
}

static void zeroed_unless_raw(void **state)
{
	unsigned char *p = memblock_alloc_raw(4096, 0);

	(void)state;
	memset(p, 0xa5, 4096);
	memblock_free(p, 4096);
	assert_ptr_equal(memblock_alloc_raw(4096, 0), p);
	assert_int_equal(p[0], 0xa5);
	memblock_free(p, 4096);
	assert_ptr_equal(memblock_alloc(4096, 0), p);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(p[i], 0);
}

/*
 * The pointer forms give min_addr up rather than fail; the physical one does not.
 *
 *   asked     ............................[ 60 ... ]   full
 *   given     ........................[X]
 */
static void below_min_addr_at_last(void **state)
{
	(void)state;
	memblock_reserve(AT(60), 4 * MB);
	assert_int_equal(memblock_phys_alloc_range(MB, 1, AT(60), AT(64)), 0);
	assert_int_equal(where(memblock_alloc_from(MB, 0, AT(60))), AT(59));
	assert_int_equal(where(memblock_alloc_from(MB, 0, AT(30))), AT(58));
	assert_int_equal(where(memblock_alloc_try_nid(MB, 0, AT(60), AT(64), NUMA_NO_NODE)),
			 AT(57));
	assert_int_equal(where(memblock_alloc_try_nid(MB, 0, AT(20), AT(22), NUMA_NO_NODE)),
			 AT(21));
}

static void ranges(void **state)
{
	(void)state;
	assert_int_equal(memblock_phys_alloc_range(MB, MB, AT(10), AT(12)), AT(11));
	assert_int_equal(memblock_phys_alloc_range(MB, MB, AT(10), AT(12)), AT(10));
	assert_int_equal(memblock_phys_alloc_range(MB, MB, AT(10), AT(12)), 0);
	assert_int_equal(memblock_phys_alloc_range(MB, MB, AT(70), AT(80)), 0);
	assert_int_equal(memblock_phys_alloc_range(MB, MB, AT(20), AT(19)), 0);
	assert_int_equal(memblock_phys_alloc_range(MB, MB, AT(63), MEMBLOCK_ALLOC_ANYWHERE),
			 AT(63));
}

static void current_limit(void **state)
{
	(void)state;
	memblock_set_current_limit(AT(16));
	assert_true(memblock_get_current_limit() == AT(16));
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(15));
	assert_int_equal(memblock_phys_alloc(MB, MB), AT(14));
	/* The pointer forms stay below the current limit whatever end they are given; the physical
	 * form does not. */
	assert_int_equal(where(memblock_alloc_try_nid(MB, 0, 0, AT(64), NUMA_NO_NODE)), AT(13));
	assert_int_equal(memblock_phys_alloc_range(MB, MB, 0, AT(64)), AT(63));
}

static void low(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.first_ram = 0xc0000000;
	host_reset(&m);
	memblock_add(0xf0000000, 0x20000000);
	arch_paging_init();
	assert_int_equal(where(memblock_alloc(MB, 0)), 0x10ff00000);
	assert_int_equal(where(memblock_alloc_low(MB, MB)), 0xffe00000);
}

/* ---- nodes, flags ---- */

static void nodes(void **state)
{
	(void)state;
	memblock_set_node(AT(0), 32 * MB, &memblock.memory, 0);
	memblock_set_node(AT(32), 32 * MB, &memblock.memory, 3);
	/* Without nodes each of these requests is served from the top of RAM. */
	assert_int_equal(where(memblock_alloc_node(MB, 0, 0)), BY_NODES(AT(31), AT(63)));
	assert_int_equal(memblock_phys_alloc_try_nid(MB, MB, 3), BY_NODES(AT(63), AT(62)));
	memblock_reserve(AT(0), 32 * MB);
	/* A node is a preference unless the request is exact. */
	assert_int_equal(where(memblock_alloc_node(MB, 0, 0)), BY_NODES(AT(62), AT(61)));
	assert_int_equal(where(memblock_alloc_exact_nid_raw(MB, 0, 0, MEMBLOCK_ALLOC_ACCESSIBLE,
							    0)), BY_NODES(0, AT(60)));
	assert_int_equal(where(memblock_alloc_exact_nid_raw(MB, 0, 0, AT(64), 3)),
			 BY_NODES(AT(61), AT(59)));
	assert_int_equal(where(memblock_alloc_node(MB, 0, NUMA_NO_NODE)),
			 BY_NODES(AT(60), AT(58)));
}

/* A number that no node has means any node, even in an exact request. */
static void no_node_is_any(void **state)
{
	(void)state;
	memblock_set_node(AT(0), 64 * MB, &memblock.memory, 1);
	assert_int_equal(memblock_alloc_range_nid(MB, 0, 0, 0, MAX_NUMNODES, true), AT(63));
	assert_int_equal(memblock_alloc_range_nid(MB, 0, 0, 0, NUMA_NO_NODE, true), AT(62));
	assert_int_equal(memblock_alloc_range_nid(MB, 0, 0, AT(9), 1, true), AT(8));
	assert_int_equal(memblock_alloc_range_nid(MB, 0, 0, AT(9), 0, true),
			 BY_NODES(0, AT(7)));
	assert_int_equal(memblock_alloc_range_nid(MB, 0, 0, AT(9), 0, false),
			 BY_NODES(AT(7), AT(6)));
	assert_int_equal(memblock_alloc_range_nid(MB, 0, AT(20), MEMBLOCK_ALLOC_NOLEAKTRACE, 1,
						  true), AT(61));
}

static void nomap_and_driver_managed_are_left_alone(void **state)
{
	(void)state;
	memblock_mark_nomap(AT(32), 32 * MB);
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(31));
	memblock_add_node(AT(64), 4 * MB, 0, MEMBLOCK_DRIVER_MANAGED);
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(30));
	memblock_mark_nomap(AT(0), 64 * MB);
	assert_null(memblock_alloc(1, 1));
}

static void mirrored_first(void **state)
{
	(void)state;
	memblock_mark_mirror(AT(8), 2 * MB);
	assert_int_equal(where(memblock_alloc(2 * MB, 0)), AT(8));
	host_log_clear();
	assert_int_equal(where(memblock_alloc(MB, 0)), AT(63));
	assert_non_null(strstr(host_log(), "Could not allocate 0x0000000000100000 bytes of "
					   "mirrored memory"));
}

/* ---- names, page 0, messages ---- */

static void owners(void **state)
{
	(void)state;
	assert_null(memblock_set_alloc_owner("page tables"));
	memblock_alloc(MB, MB);
	assert_string_equal(memblock_set_alloc_owner("memmap"), "page tables");
	memblock_alloc(MB, MB);
	memblock_alloc(MB, MB);
	memblock_set_alloc_owner(NULL);
	memblock_alloc(MB, MB);
	assert_reserved("2108-2109 2109-2111(memmap) 2111-2112(page tables)");
}

/* proves MB6 */
static void never_the_first_page(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.first_ram = 0;
	host_reset(&m);
	memblock_add(0, 3 * PAGE_SIZE);
	assert_int_equal(memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE), 2 * PAGE_SIZE);
	memblock_set_bottom_up(true);
	assert_int_equal(memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(memblock_phys_alloc(1, 1), 0);
	assert_int_equal(memblock_phys_alloc_range(1, 1, 0, PAGE_SIZE), 0);
}

static void or_stop(void **state)
{
	(void)state;
	memblock_set_alloc_owner("other");
	assert_int_equal(memblock_phys_alloc_or_stop(MB, MB, 0, "memmap", NULL), AT(63));
	assert_reserved("2111-2112(memmap)");
	assert_string_equal(memblock_set_alloc_owner(NULL), "other");

	/*
	 *   at        0    2.5     23       63 64
	 *   reserved  .....[       ]........[  ]
	 *   The upper hole has 40 MiB, 39 of them from an aligned start.
	 */
	memblock_reserve(AT(2) + MB / 2, 20 * MB + MB / 2);
	assert_int_equal(HOST_TRY(memblock_phys_alloc_or_stop(50 * MB, 4 * MB, 0, "memmap",
							      "lower CONFIG_NR_CPUS")),
			 HOST_BOOT_FAILED);
	assert_string_equal(host_stop_text(),
			    "No room for the memmap: 51200 KiB in one piece are asked for, the "
			    "largest free one has 39936 KiB (of 43520 KiB free), so 11264 KiB are "
			    "missing: lower CONFIG_NR_CPUS, give the machine more memory, or reserve "
			    "less of it (/memreserve/ and /reserved-memory of the device tree)");

	/* What lies above the limit does not count: 32 MiB are below it, and [2.5, 23) of them is
	 * taken. */
	memblock_set_current_limit(AT(32));
	assert_int_equal(HOST_TRY(memblock_phys_alloc_or_stop(10 * MB, MB, 0, "memmap",
							      NULL)), HOST_BOOT_FAILED);
	assert_non_null(strstr(host_stop_text(), "the largest free one has 9216 KiB (of 11776 KiB "
						 "free), so 1024 KiB are missing"));
}

static void alignment_is_a_power_of_two(void **state)
{
	(void)state;
	assert_int_equal(HOST_TRY(memblock_phys_alloc(1, 3)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "MB7"));
}

#define CASE(test)	cmocka_unit_test_setup(test, ram)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(top_down),
		cmocka_unit_test_setup(bottom_up, ram_bottom_up),
		CASE(skips_holes_that_are_too_small),
		CASE(alignment),
		CASE(alignment_does_not_fit),
		CASE(alignment_past_the_top),
		CASE(exact_fit_and_one_more),
		CASE(nothing_and_too_much),
		CASE(zeroed_unless_raw),
		CASE(below_min_addr_at_last),
		CASE(ranges),
		CASE(current_limit),
		CASE(low),
		CASE(nodes),
		CASE(no_node_is_any),
		CASE(nomap_and_driver_managed_are_left_alone),
		CASE(mirrored_first),
		CASE(owners),
		CASE(never_the_first_page),
		CASE(or_stop),
		CASE(alignment_is_a_power_of_two),
	};

	return cmocka_run_group_tests_name("memblock_alloc", tests, NULL, NULL);
}
