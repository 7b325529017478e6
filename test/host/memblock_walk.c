/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks over memblock's tables, questions about them, limits that cut them, the dump and the
 * copy. */
#include "common/regions.h"

#include <arch/mmu.h>

static int fresh(void **state)
{
	(void)state;
	host_reset(NULL);
	return 0;
}

static void add(unsigned int from, unsigned int to)
{
	memblock_add(from * MB, (to - from) * MB);
}

static void take(unsigned int from, unsigned int to)
{
	memblock_reserve(from * MB, (to - from) * MB);
}

/* Collects the ranges of a walk as text, like regions_text(). */
static char walked[1024];

static void walk_start(void)
{
	walked[0] = 0;
}

static void walk_see(phys_addr_t start, phys_addr_t end, int nid)
{
	size_t len = strlen(walked);

	len += (size_t)snprintf(walked + len, sizeof(walked) - len, "%s%llu-%llu",
				len ? " " : "", (unsigned long long)(start / MB),
				(unsigned long long)(end / MB));
	if (nid && nid != MEMBLOCK_DEFAULT_NID)
		snprintf(walked + len, sizeof(walked) - len, "n%d", nid);
}

static const char *free_ranges(int nid, enum memblock_flags flags)
{
	phys_addr_t start, end;
	int at;
	u64 i;

	walk_start();
	for_each_free_mem_range(i, nid, flags, &start, &end, &at)
		walk_see(start, end, at);
	return walked;
}

static const char *free_ranges_down(int nid, enum memblock_flags flags)
{
	phys_addr_t start, end;
	int at;
	u64 i;

	walk_start();
	for_each_free_mem_range_reverse(i, nid, flags, &start, &end, &at)
		walk_see(start, end, at);
	return walked;
}

static const char *mem_ranges(void)
{
	phys_addr_t start, end;
	u64 i;

	walk_start();
	for_each_mem_range(i, &start, &end)
		walk_see(start, end, 0);
	return walked;
}

static const char *mem_ranges_down(void)
{
	phys_addr_t start, end;
	u64 i;

	walk_start();
	for_each_mem_range_rev(i, &start, &end)
		walk_see(start, end, 0);
	return walked;
}

static const char *reserved_ranges(void)
{
	phys_addr_t start, end;
	u64 i;

	walk_start();
	for_each_reserved_mem_range(i, &start, &end)
		walk_see(start, end, 0);
	return walked;
}

/* The text of a walk in frames has MiB, too: the ranges are whole frames. */
static const char *pfn_ranges(int nid)
{
	unsigned long start_pfn, end_pfn;
	int i, at;

	walk_start();
	for_each_mem_pfn_range(i, nid, &start_pfn, &end_pfn, &at)
		walk_see(PFN_PHYS(start_pfn), PFN_PHYS(end_pfn), at);
	return walked;
}

#define assert_free(up, down, nid, flags) \
	do { \
		assert_string_equal(free_ranges(nid, flags), up); \
		assert_string_equal(free_ranges_down(nid, flags), down); \
	} while (0)

/* ---- walks ---- */

static void walks_over_nothing(void **state)
{
	(void)state;
	assert_free("", "", NUMA_NO_NODE, MEMBLOCK_NONE);
	assert_string_equal(mem_ranges(), "");
	assert_string_equal(mem_ranges_down(), "");
	assert_string_equal(pfn_ranges(NUMA_NO_NODE), "");
	assert_string_equal(reserved_ranges(), "");
	take(1, 3);
	assert_free("", "", NUMA_NO_NODE, MEMBLOCK_NONE);
	assert_string_equal(reserved_ranges(), "1-3");
}

static void nothing_reserved(void **state)
{
	(void)state;
	add(1, 3);
	add(5, 9);
	assert_free("1-3 5-9", "5-9 1-3", NUMA_NO_NODE, MEMBLOCK_NONE);
	assert_string_equal(mem_ranges(), "1-3 5-9");
}

/*
 *   column    0         1         2
 *             0123456789012345678901234
 *   memory    .[       ]..[    ]..[  ].
 *   reserved  [ ]..[]..[      ]...[  ].
 *   free      ..[ ]..[]........[]......
 */
static void free_between_reserved(void **state)
{
	(void)state;
	add(1, 10);
	add(12, 18);
	add(20, 24);
	take(0, 2);
	take(5, 7);
	take(9, 16);
	take(20, 24);
	assert_free("2-5 7-9 16-18", "16-18 7-9 2-5", NUMA_NO_NODE, MEMBLOCK_NONE);
	assert_string_equal(mem_ranges(), "1-10 12-18 20-24");
}

/* One reservation covers all memory, and one lies where there is no memory. */
static void reserved_outside_and_over(void **state)
{
	(void)state;
	add(4, 6);
	add(8, 10);
	take(6, 8);
	take(20, 30);
	assert_free("4-6 8-10", "8-10 4-6", NUMA_NO_NODE, MEMBLOCK_NONE);
	take(0, 40);
	assert_free("", "", NUMA_NO_NODE, MEMBLOCK_NONE);
}

static void walks_reach_the_top(void **state)
{
	phys_addr_t start = 0, end = 0;
	int seen = 0;
	u64 i;

	(void)state;
	memblock_add(PHYS_ADDR_MAX - 4 * MB, 4 * MB);
	memblock_reserve(PHYS_ADDR_MAX - 4 * MB, MB);
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		seen++;
	assert_int_equal(seen, 1);
	assert_true(start == PHYS_ADDR_MAX - 3 * MB && end == PHYS_ADDR_MAX);
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		seen++;
	assert_int_equal(seen, 2);
	assert_true(start == PHYS_ADDR_MAX - 3 * MB && end == PHYS_ADDR_MAX);
}

/* A caller passes NULL for what it does not want to know. */
static void walks_that_tell_less(void **state)
{
	phys_addr_t start, end;
	unsigned int seen = 0;
	int nid = -1;
	u64 i;

	(void)state;
	memblock_add_node(1 * MB, 4 * MB, 0, MEMBLOCK_NONE);
	take(2, 3);
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, NULL, &end, NULL) {
		assert_int_equal(end, seen ? 5 * MB : 2 * MB);
		seen++;
	}
	assert_int_equal(seen, 2);
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, NULL, NULL) {
		seen--;
		assert_int_equal(start, seen ? 3 * MB : 1 * MB);
	}
	assert_int_equal(seen, 0);
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, NULL, NULL, &nid) {
		assert_int_equal(nid, 0);
		nid = -1;
		seen++;
	}
	assert_int_equal(seen, 2);
}

static void walks_by_node_and_flags(void **state)
{
	(void)state;
	memblock_add_node(1 * MB, 2 * MB, 0, MEMBLOCK_NONE);
	memblock_add_node(3 * MB, 2 * MB, 1, MEMBLOCK_NONE);
	memblock_add_node(5 * MB, 2 * MB, 1, MEMBLOCK_NOMAP);
	memblock_add_node(7 * MB, 2 * MB, 1, MEMBLOCK_HOTPLUG);
	memblock_add_node(9 * MB, 2 * MB, 1, MEMBLOCK_DRIVER_MANAGED);
	memblock_add_node(11 * MB, 2 * MB, 2, MEMBLOCK_MIRROR);
	take(4, 8);

	if (!IS_ENABLED(CONFIG_NUMA)) {
		/* All memory is node 0's. Any other number is no node's, and asks for all
		 * memory. */
		for (int nid = NUMA_NO_NODE; nid < 3; nid++)
			assert_free("1-4 8-9 11-13", "11-13 8-9 1-4", nid, MEMBLOCK_NONE);
		assert_free("11-13", "11-13", NUMA_NO_NODE, MEMBLOCK_MIRROR);
		assert_string_equal(pfn_ranges(1), "1-5 5-7 7-9 9-11 11-13");
		return;
	}
	assert_free("1-3 3-4n1 8-9n1 11-13n2", "11-13n2 8-9n1 3-4n1 1-3", NUMA_NO_NODE,
		    MEMBLOCK_NONE);
	assert_free("1-3 3-4n1 8-9n1 11-13n2", "11-13n2 8-9n1 3-4n1 1-3", MAX_NUMNODES,
		    MEMBLOCK_NONE);
	assert_free("3-4n1 8-9n1", "8-9n1 3-4n1", 1, MEMBLOCK_NONE);
	assert_free("3-4n1 8-9n1 9-11n1", "9-11n1 8-9n1 3-4n1", 1, MEMBLOCK_DRIVER_MANAGED);
	assert_free("11-13n2", "11-13n2", NUMA_NO_NODE, MEMBLOCK_MIRROR);
	assert_free("", "", 3, MEMBLOCK_NONE);
	assert_string_equal(pfn_ranges(MAX_NUMNODES), "1-3 3-5n1 5-7n1 7-9n1 9-11n1 11-13n2");
	assert_string_equal(pfn_ranges(NUMA_NO_NODE), "1-3 3-5n1 5-7n1 7-9n1 9-11n1 11-13n2");
	assert_string_equal(pfn_ranges(2), "11-13n2");
	assert_string_equal(pfn_ranges(3), "");
}

/* RAM that a driver manages is mapped like any other RAM; NOMAP memory is not. */
static void walk_over_what_is_mapped(void **state)
{
	(void)state;
	add(1, 3);
	memblock_add_node(3 * MB, 2 * MB, 0, MEMBLOCK_NOMAP);
	memblock_add_node(5 * MB, 2 * MB, 0, MEMBLOCK_HOTPLUG);
	memblock_add_node(8 * MB, 2 * MB, 0, MEMBLOCK_DRIVER_MANAGED);
	take(1, 30);
	assert_string_equal(mem_ranges(), "1-3 5-7 8-10");
	assert_string_equal(mem_ranges_down(), "8-10 5-7 1-3");
}

/* The walk leaves out frames that are only partly RAM, and regions without a whole frame. */
static void walk_in_frames(void **state)
{
	unsigned long start_pfn = 0, end_pfn = 0;
	int i, seen = 0;

	(void)state;
	memblock_add(MB - 1, 2);
	memblock_add(2 * MB + 1, 3 * PAGE_SIZE);
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start_pfn, &end_pfn, NULL)
		seen++;
	assert_int_equal(seen, 1);
	assert_int_equal(start_pfn, 2 * MB / PAGE_SIZE + 1);
	assert_int_equal(end_pfn, 2 * MB / PAGE_SIZE + 3);
	/* A caller that passes NULL does not get that value. */
	for_each_mem_pfn_range(i, NUMA_NO_NODE, NULL, NULL, NULL)
		seen++;
	assert_int_equal(seen, 2);
}

/* The table of reserved regions has no nodes and no flags, so that the walk passes over nothing. */
static void walk_over_reserved(void **state)
{
	phys_addr_t start, end;
	u64 i = 0;

	(void)state;
	take(1, 3);
	take(5, 6);
	memblock_reserved_mark_noinit(5 * MB, MB);
	walk_start();
	for (;;) {
		__next_mem_range(&i, 1, MEMBLOCK_MIRROR, &memblock.reserved, NULL, &start, &end,
				 NULL);
		if (i == ~0ull)
			break;
		walk_see(start, end, 0);
	}
	assert_string_equal(walked, "1-3 5-6");
}

/* ---- questions ---- */

static void what_is_where(void **state)
{
	(void)state;
	add(2, 4);
	add(6, 9);
	take(3, 7);
	memblock_mark_nomap(8 * MB, MB);

	assert_false(memblock_is_memory(2 * MB - 1));
	assert_true(memblock_is_memory(2 * MB));
	assert_true(memblock_is_memory(4 * MB - 1));
	assert_false(memblock_is_memory(4 * MB));
	assert_true(memblock_is_memory(8 * MB));
	assert_true(memblock_is_map_memory(8 * MB - 1));
	assert_false(memblock_is_map_memory(8 * MB));

	assert_true(memblock_is_region_memory(2 * MB, 2 * MB));
	assert_false(memblock_is_region_memory(2 * MB, 2 * MB + 1));
	assert_false(memblock_is_region_memory(5 * MB, 2 * MB));

	assert_true(memblock_is_reserved(3 * MB));
	assert_false(memblock_is_reserved(7 * MB));
	assert_true(memblock_is_region_reserved(2 * MB, MB + 1));
	assert_false(memblock_is_region_reserved(2 * MB, MB));
	assert_true(memblock_overlaps_region(&memblock.memory, 5 * MB, MB + 1));
	assert_false(memblock_overlaps_region(&memblock.memory, 4 * MB, 2 * MB));

	assert_true(memblock_addrs_overlap(2 * MB, MB, 3 * MB - 1, MB));
	assert_false(memblock_addrs_overlap(2 * MB, MB, 3 * MB, MB));
	assert_false(memblock_addrs_overlap(3 * MB, MB, 2 * MB, MB));

	assert_int_equal(memblock_estimated_nr_free_pages(), MB / PAGE_SIZE);
	assert_int_equal(memblock_phys_mem_size(), 5 * MB);
	assert_int_equal(memblock_reserved_size(), 4 * MB);
	assert_int_equal(memblock_start_of_DRAM(), 2 * MB);
	assert_int_equal(memblock_end_of_DRAM(), 9 * MB);
}

static void frames_of_a_region(void **state)
{
	struct memblock_region r = { .base = 5 * PAGE_SIZE - 1, .size = 2 * PAGE_SIZE };

	(void)state;
	assert_int_equal(memblock_region_memory_base_pfn(&r), 5);
	assert_int_equal(memblock_region_memory_end_pfn(&r), 6);
	assert_int_equal(memblock_region_reserved_base_pfn(&r), 4);
	assert_int_equal(memblock_region_reserved_end_pfn(&r), 7);
	r.base = 5 * PAGE_SIZE;
	assert_int_equal(memblock_region_memory_base_pfn(&r), 5);
	assert_int_equal(memblock_region_memory_end_pfn(&r), 7);
	assert_int_equal(memblock_region_reserved_base_pfn(&r), 5);
	assert_int_equal(memblock_region_reserved_end_pfn(&r), 7);
	assert_false(memblock_is_reserved_noinit(&r));
	r.flags = MEMBLOCK_RSRV_NOINIT;
	assert_true(memblock_is_reserved_noinit(&r));
}

static void node_of_a_frame(void **state)
{
	unsigned long start_pfn = 1, end_pfn = 1;

	(void)state;
	assert_int_equal(memblock_search_pfn_nid(0, &start_pfn, &end_pfn), NUMA_NO_NODE);
	memblock_add_node(2 * MB, 2 * MB, 0, MEMBLOCK_NONE);
	memblock_add_node(4 * MB, 2 * MB, 2, MEMBLOCK_NONE);
	memblock_add(8 * MB, 2 * MB);
	assert_int_equal(memblock_search_pfn_nid(MB / PAGE_SIZE, &start_pfn, &end_pfn),
			 NUMA_NO_NODE);
	assert_int_equal(start_pfn, 1);
	assert_int_equal(end_pfn, 1);
	assert_int_equal(memblock_search_pfn_nid(4 * MB / PAGE_SIZE, &start_pfn, &end_pfn),
			 BY_NODES(2, 0));
	assert_int_equal(start_pfn, BY_NODES(4, 2) * MB / PAGE_SIZE);
	assert_int_equal(end_pfn, 6 * MB / PAGE_SIZE);
	assert_int_equal(memblock_search_pfn_nid(9 * MB / PAGE_SIZE, &start_pfn, &end_pfn),
			 BY_NODES(MAX_NUMNODES, 0));

	/* A frame in which a region begins belongs to the region; a frame in which it ends does
	 * not. */
	memblock_add(16 * MB + 8, 2 * PAGE_SIZE);
	assert_int_equal(memblock_search_pfn_nid(16 * MB / PAGE_SIZE + 1, &start_pfn, &end_pfn),
			 BY_NODES(MAX_NUMNODES, 0));
	assert_int_equal(start_pfn, 16 * MB / PAGE_SIZE);
	assert_int_equal(end_pfn, 16 * MB / PAGE_SIZE + 2);
	memblock_remove(16 * MB, MB);

	/* 2 MiB of memory belong to no node. */
	assert_true(memblock_validate_numa_coverage(2 * MB));
	assert_string_equal(host_log(), "");
	assert_int_equal(memblock_validate_numa_coverage(2 * MB - 1), BY_NODES(false, true));
	assert_string_equal(host_log(),
			    BY_NODES("NUMA: 2 MiB of 6 MiB of RAM have no node\n", ""));
}

static void limits_in_frames(void **state)
{
	(void)state;
	assert_int_equal(memblock_start_of_DRAM(), 0);
	assert_int_equal(memblock_end_of_DRAM(), 0);
	memblock_add(2 * MB - 1, 2 * MB);
	add(7, 9);
	memblock_find_pfn_limits();
	assert_int_equal(min_low_pfn, 2 * MB / PAGE_SIZE);
	assert_int_equal(max_low_pfn, 9 * MB / PAGE_SIZE);
	assert_int_equal(max_pfn, 9 * MB / PAGE_SIZE);
}

static void every_region(void **state)
{
	struct memblock_region *r;
	int nr = 0;

	(void)state;
	add(1, 2);
	add(3, 4);
	take(5, 6);
	for_each_mem_region(r)
		assert_int_equal(r->base, (2 * nr++ + 1) * MB);
	assert_int_equal(nr, 2);
	for_each_reserved_mem_region(r)
		assert_int_equal(r->base, 5 * MB);
}

/* ---- limits ---- */

/*
 *   memory     [0   4).[6  9)..[11   16)     12 MiB
 *   limit 6 MiB:        4 from the first bank, 2 from the second
 */
static void limit_by_size(void **state)
{
	(void)state;
	add(0, 4);
	add(6, 9);
	add(11, 16);
	take(7, 12);
	memblock_enforce_memory_limit(PHYS_ADDR_MAX);
	memblock_enforce_memory_limit(13 * MB);
	assert_memory("0-4 6-9 11-16");
	/* 0 is no limit. */
	memblock_enforce_memory_limit(0);
	assert_memory("0-4 6-9 11-16");
	memblock_enforce_memory_limit(6 * MB);
	assert_memory("0-4 6-8");
	assert_reserved("7-8");
	/* The limit is exactly the memory there is: only reservations beyond it go. */
	take(20, 21);
	memblock_enforce_memory_limit(6 * MB);
	assert_memory("0-4 6-8");
	assert_reserved("7-8");
}

static void limit_without_memory(void **state)
{
	(void)state;
	take(1, 2);
	memblock_enforce_memory_limit(MB);
	memblock_mem_limit_remove_map(MB);
	memblock_enforce_memory_limit(0);
	assert_memory("");
	assert_reserved("1-2");
}

static void cap_to_a_range(void **state)
{
	(void)state;
	memblock_cap_memory_range(1 * MB, 2 * MB);
	assert_non_null(strstr(host_log(), "No memory registered yet"));
	add(0, 4);
	add(6, 12);
	take(1, 8);
	memblock_mark_nomap(0, MB);
	memblock_cap_memory_range(3 * MB, 0);
	assert_memory("0-1f4 1-4 6-12");
	/* The cap keeps the regions that are not mapped. */
	memblock_cap_memory_range(3 * MB, 6 * MB);
	assert_memory("0-1f4 3-4 6-9");
	assert_reserved("3-8");
	memblock_mem_limit_remove_map(PHYS_ADDR_MAX);
	memblock_mem_limit_remove_map(0);
	memblock_mem_limit_remove_map(6 * MB);
	assert_memory("0-1f4 3-4 6-9");
	memblock_mem_limit_remove_map(3 * MB);
	assert_memory("0-1f4 3-4 6-7");
	assert_reserved("3-7");
}

/* ---- dump and copy ---- */

static void dump_in_the_customary_words(void **state)
{
	(void)state;
	add(0, 2);
	memblock_mark_nomap(MB, MB);
	memblock_reserve_owner(0x1234, 0x10, "initrd");
	memblock_dump_all();
	assert_string_equal(host_log(), "");
	memblock_debug = true;
	memblock_dump_all();
	assert_string_equal(host_log(),
		"MEMBLOCK configuration:\n"
		" memory size = 0x0000000000200000 reserved size = 0x0000000000000010\n"
		" memory.cnt  = 0x2\n"
		" memory[0x0]\t[0x0000000000000000-0x00000000000fffff], 0x0000000000100000 bytes "
		"flags: 0x0\n"
		" memory[0x1]\t[0x0000000000100000-0x00000000001fffff], 0x0000000000100000 bytes "
		"flags: 0x4\n"
		" reserved.cnt  = 0x1\n"
		" reserved[0x0]\t[0x0000000000001234-0x0000000000001243], 0x0000000000000010 bytes "
		"flags: 0x0\n");
}

/* A kernel with nodes prints the node of each region of memory. */
static void dump_with_nodes(void **state)
{
	(void)state;
	memblock_add_node(0, MB, 1, MEMBLOCK_NONE);
	memblock_debug = true;
	memblock_dump_all();
	assert_non_null(strstr(host_log(), BY_NODES("0x0000000000100000 bytes on node 1 flags: 0x0\n",
						    "0x0000000000100000 bytes flags: 0x0\n")));
}

static void debug_logs_each_call(void **state)
{
	(void)state;
	memblock_debug = true;
	add(1, 2);
	memblock_reserve_owner(MB, 0x1000, "initrd");
	assert_string_equal(host_log(),
		"memblock_add: [0x0000000000100000-0x00000000001fffff]\n"
		"memblock_reserve: [0x0000000000100000-0x0000000000100fff] initrd\n");
}

/* proves MB8 */
static void copy_outlives_the_tables(void **state)
{
	(void)state;
	memblock_add(0x80000000, 4 * MB);
	memblock_mark_nomap(0x80000000, MB);
	memblock_reserve_owner(0x80000000, MB, "firmware");
	arch_paging_init();
	assert_null(memblock_copy);
	memblock_keep_copy();
	memset(memblock.memory.regions, 0xee, sizeof(struct memblock_region) * memblock.memory.max);
	assert_int_equal(memblock_copy->memory.cnt, 2);
	assert_int_equal(memblock_copy->memory.max, CONFIG_MEMBLOCK_REGIONS);
	assert_int_equal(memblock_copy->memory.total_size, 4 * MB);
	assert_int_equal(memblock_copy->memory.regions[0].flags, MEMBLOCK_NOMAP);
	assert_int_equal(memblock_copy->memory.regions[1].base, 0x80100000);
	/* The copy has the reservation for the copy itself. */
	assert_int_equal(memblock_copy->reserved.cnt, 2);
	assert_string_equal(memblock_copy->reserved.regions[0].owner, "firmware");
	assert_string_equal(memblock_copy->reserved.regions[1].owner, "memblock copy");
}

#define CASE(test)	cmocka_unit_test_setup(test, fresh)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(walks_over_nothing),
		CASE(nothing_reserved),
		CASE(free_between_reserved),
		CASE(reserved_outside_and_over),
		CASE(walks_reach_the_top),
		CASE(walks_that_tell_less),
		CASE(walks_by_node_and_flags),
		CASE(walk_over_reserved),
		CASE(walk_over_what_is_mapped),
		CASE(walk_in_frames),
		CASE(what_is_where),
		CASE(frames_of_a_region),
		CASE(node_of_a_frame),
		CASE(limits_in_frames),
		CASE(every_region),
		CASE(limit_by_size),
		CASE(limit_without_memory),
		CASE(cap_to_a_range),
		CASE(dump_in_the_customary_words),
		CASE(dump_with_nodes),
		CASE(debug_logs_each_call),
		CASE(copy_outlives_the_tables),
	};

	return cmocka_run_group_tests_name("memblock_walk", tests, NULL, NULL);
}
