/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables that are full to the last entry: which calls still fit, and what
 * mm/boot/memblock.c:table_full says of those that do not. */
#include "common/regions.h"

#include "mm/boot/memblock_internal.h"

#define MAX		((unsigned int)CONFIG_MEMBLOCK_REGIONS)
#define NAME_ROOM	64

static int fresh(void **state)
{
	(void)state;
	host_reset(NULL);
	return 0;
}

/* Region nr of a full table lies at [4 nr, 4 nr + 2) MiB, so that holes of 2 MiB lie between all of
 * them. */
static void fill(struct memblock_type *type)
{
	for (unsigned int nr = 0; nr < MAX; nr++) {
		if (type == &memblock.memory)
			memblock_add(4 * nr * MB, 2 * MB);
		else
			memblock_reserve(4 * nr * MB, 2 * MB);
	}
	assert_int_equal(type->cnt, MAX);
	assert_int_equal(type->max, MAX);
	assert_int_equal(type->total_size, 2 * MAX * MB);
}

/* The sentence names the range as the caller gave it. */
static void assert_stops(enum host_stop how, const char *table, unsigned int needed,
			 phys_addr_t base, phys_addr_t size, const char *owner)
{
	char text[256];

	snprintf(text, sizeof(text), "The device tree and boot need %u or more regions in "
		 "memblock.%s, which has room for %u and none for 0x%llx - 0x%llx%s: raise "
		 "CONFIG_MEMBLOCK_REGIONS to at least %u", needed, table, MAX,
		 (unsigned long long)base, (unsigned long long)(base + size), owner, needed);
	assert_int_equal(how, HOST_BOOT_FAILED);
	assert_string_equal(host_stop_text(), text);
}

static void one_too_many(void **state)
{
	(void)state;
	fill(&memblock.memory);
	assert_stops(HOST_TRY(memblock_add(4 * MAX * MB, MB)), "memory", MAX + 1, 4 * MAX * MB,
		     MB, "");
	fill(&memblock.reserved);
	assert_stops(HOST_TRY(memblock_reserve(4 * MAX * MB, MB)), "reserved", MAX + 1,
		     4 * MAX * MB, MB, "");
	/* The call found out that the range does not fit before it wrote anything. */
	assert_int_equal(memblock.memory.cnt, MAX);
	assert_int_equal(memblock.reserved.cnt, MAX);
}

static struct memblock_need needed;

static struct memblock_need need(const struct memblock_type *type)
{
	return type == &memblock.memory ? needed : (struct memblock_need){ 1, false };
}

/* The option's own limit is advice that can be followed; one more region cannot be had. */
static void the_most_that_the_option_can_be(void **state)
{
	(void)state;
	for (unsigned int more = 0; more < 2; more++) {
		host_reset(NULL);
		fill(&memblock.memory);
		needed = (struct memblock_need){ MEMBLOCK_REGIONS_MOST + more, false };
		memblock_needs = need;
		assert_int_equal(HOST_TRY(memblock_add(4 * MAX * MB, MB)), HOST_BOOT_FAILED);
		assert_non_null(strstr(host_stop_text(), more
			? "join ranges in the tree, for CONFIG_MEMBLOCK_REGIONS can be no more than 4096"
			: "raise CONFIG_MEMBLOCK_REGIONS to at least 4096"));
	}
}

/*
 *   before   [ ]..[ ]..[ ]..   full
 *   add      .[]..............   covered already
 *   add      ...[]............   closes a hole: one region less
 *   add      [               ]   all in one
 */
static void what_joins_still_fits(void **state)
{
	(void)state;
	fill(&memblock.memory);
	memblock_add(1 * MB, 1 * MB);
	memblock_add(2 * MB, 1 * MB);
	assert_int_equal(memblock.memory.cnt, MAX);
	memblock_add(3 * MB, 1 * MB);
	assert_int_equal(memblock.memory.cnt, MAX - 1);
	memblock_add(6 * MB, 3 * MB);
	assert_int_equal(memblock.memory.cnt, MAX - 2);
	memblock_add(0, 4 * MAX * MB);
	assert_int_equal(memblock.memory.cnt, 1);
	assert_int_equal(memblock.memory.total_size, 4 * MAX * MB);
}

/*
 * A range that adds one region at its start and removes one at its end fits a full table, although
 * an insertion from left to right would pass through MAX + 1 regions.
 *
 *   before   ....[hot].[ ].[ ]
 *   add      ..[             ]
 *   after    ..[][hot][      ]
 */
static void never_longer_than_at_the_end(void **state)
{
	unsigned int at = 4 * MAX;

	(void)state;
	for (unsigned int nr = 0; nr < MAX - 3; nr++)
		memblock_add(4 * nr * MB, 2 * MB);
	memblock_add_node((at + 2) * MB, 1 * MB, 0, MEMBLOCK_HOTPLUG);
	memblock_add((at + 4) * MB, 1 * MB);
	memblock_add((at + 6) * MB, 1 * MB);
	assert_int_equal(memblock.memory.cnt, MAX);
	memblock_add(at * MB, 7 * MB);
	assert_int_equal(memblock.memory.cnt, MAX);
	assert_int_equal(memblock.memory.regions[MAX - 3].base, at * MB);
	assert_int_equal(memblock.memory.regions[MAX - 1].size, 4 * MB);
	assert_stops(HOST_TRY(memblock_add_node((at + 5) * MB, 8 * MB, 0, MEMBLOCK_NOMAP)),
		     "memory", MAX + 1, (at + 5) * MB, 8 * MB, "");
}

static void a_hole_takes_an_entry(void **state)
{
	(void)state;
	fill(&memblock.reserved);
	assert_stops(HOST_TRY(memblock_phys_free(MB / 2, MB)), "reserved", MAX + 1, MB / 2, MB,
		     "");
	fresh(state);
	fill(&memblock.reserved);
	memblock_phys_free(4 * MB, 2 * MB);
	assert_int_equal(memblock.reserved.cnt, MAX - 1);
	memblock_phys_free(MB / 2, MB);
	assert_int_equal(memblock.reserved.cnt, MAX);
}

static void marks_take_entries(void **state)
{
	(void)state;
	fill(&memblock.memory);
	/* A mark on whole regions costs no entry, nor does a mark that is there already. */
	memblock_mark_nomap(0, 6 * MB);
	memblock_mark_nomap(1 * MB, MB / 2);
	assert_int_equal(memblock.memory.cnt, MAX);
	assert_stops(HOST_TRY(memblock_mark_nomap(9 * MB, MB)), "memory", MAX + 1, 9 * MB, MB,
		     "");
	fresh(state);
	fill(&memblock.memory);
	assert_stops(HOST_TRY(memblock_mark_hotplug(MB / 2, MB)), "memory", MAX + 2, MB / 2, MB,
		     "");
}

static void owners_take_entries(void **state)
{
	static char names[2][NAME_ROOM];

	(void)state;
	for (unsigned int nr = 0; nr < MAX; nr++) {
		snprintf(names[nr % 2], NAME_ROOM, "owner %u", nr % 2);
		memblock_reserve_owner(nr * MB, MB, names[nr % 2]);
	}
	assert_int_equal(memblock.reserved.cnt, MAX);
	assert_stops(HOST_TRY(memblock_reserve_owner(MAX * MB, MB, "third")), "reserved",
		     MAX + 1, MAX * MB, MB, " (third)");
}

/* Several holes would each cost an entry: the call counts all of them before it fills one. */
static void many_at_once_are_counted(void **state)
{
	(void)state;
	fill(&memblock.memory);
	assert_stops(HOST_TRY(memblock_add_node(0, 4 * MAX * MB, 0, MEMBLOCK_NOMAP)), "memory",
		     2 * MAX, 0, 4 * MAX * MB, "");
}

static void resize_changes_nothing(void **state)
{
	(void)state;
	memblock_allow_resize();
	fill(&memblock.memory);
	assert_stops(HOST_TRY(memblock_add(4 * MAX * MB, MB)), "memory", MAX + 1, 4 * MAX * MB,
		     MB, "");
}

#define CASE(test)	cmocka_unit_test_setup(test, fresh)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(one_too_many),
		CASE(the_most_that_the_option_can_be),
		CASE(what_joins_still_fits),
		CASE(never_longer_than_at_the_end),
		CASE(a_hole_takes_an_entry),
		CASE(marks_take_entries),
		CASE(owners_take_entries),
		CASE(many_at_once_are_counted),
		CASE(resize_changes_nothing),
	};

	return cmocka_run_group_tests_name("memblock_overflow", tests, NULL, NULL);
}
