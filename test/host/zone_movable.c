/* SPDX-License-Identifier: BSD-2-Clause */
/* Where ZONE_MOVABLE begins, what the log says of it, and that boot keeps its own memory out of
 * it. */
#include "common/boot.h"

#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <mm/dt_memory.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/zone_movable.h>
#include <arch/mmu.h>

#define MB(n)	((u64)(n) << 20)
#define GB(n)	((u64)(n) << 30)
#define NODES	4

#if defined(CONFIG_ZONE_MOVABLE) && defined(CONFIG_NUMA) && CONFIG_MAX_ORDER == 10

/* Banks, one on each node, side by side from 2 GiB on; 0 MB: the node has none. */
struct shares {
	const char *args;
	unsigned int ram[NODES];
	unsigned int kept[NODES];		/* reserved at the bank's beginning */
	unsigned int kept_end[NODES];	/* reserved at its end */
	unsigned int above[NODES];		/* from the border up, all of it; 0: no border */
	const char *said;			/* NULL: the log says nothing about the size */
};

static const struct shares table[] = {
	{ .args = "movablecore=32M", .ram = { 8192 }, .above = { 32 } },
	{ .args = "movablecore=30M", .ram = { 512 }, .above = { 32 },
	  .said = "is rounded from 30720 to 32768 kB" },
	{ .args = "movablecore=0", .ram = { 512 } },
	/* Less than a largest block becomes one, if half of RAM has one. */
	{ .args = "movablecore=64K", .ram = { 64 }, .above = { 4 }, .said = "is rounded from 64 to 4096 kB" },
	{ .args = "movablecore=1M", .ram = { 4 },
	  .said = "is cut from 1024 to 0 kB: it gets at most half of each node's free RAM, in "
		  "largest blocks of 4096 kB; lower CONFIG_MAX_ORDER" },
	/* Half of what is free is asked for, and is less than a block. */
	{ .args = "movablecore=2M", .ram = { 4 },
	  .said = "is cut from 2048 to 0 kB: it gets at most half of each node's free RAM, in "
		  "largest blocks of 4096 kB; lower CONFIG_MAX_ORDER" },
	/* The zone gets at most half of what is free, in whole blocks. */
	{ .args = "movablecore=1G", .ram = { 64 }, .above = { 32 },
	  .said = "is cut from 1048576 to 32768 kB: it gets at most half of each node's free RAM; "
		  "lower movablecore=" },
	{ .args = "movablecore=1G", .ram = { 64 }, .kept = { 20 }, .above = { 20 },
	  .said = "is cut from 1048576 to 20480 kB" },
	{ .args = "movablecore=1G", .ram = { 3 }, .said = "is cut from 1048576 to 0 kB" },
	/* RAM that is taken at the end does not count. */
	{ .args = "movablecore=12M", .ram = { 64 }, .kept_end = { 5 }, .above = { 20 },
	  .said = "is rounded from 12288 to 15360 kB" },
	/* Without the argument the zone has the option's 8 MiB. */
	{ .ram = { 64 }, .above = { 8 } },
	{ .ram = { 8 }, .above = { 4 },
	  .said = "is cut from 8192 to 4096 kB: it gets at most half of each node's free RAM; lower "
		  "CONFIG_ZONE_MOVABLE_SIZE_MB" },
	/* The nodes share evenly; the log says nothing of nodes that do not exist. */
	{ .args = "movablecore=64M", .ram = { 256, 256 }, .above = { 32, 32 } },
	{ .args = "movablecore=64M", .ram = { 256, 0, 256 }, .above = { 32, 0, 32 } },
	{ .args = "movablecore=48M", .ram = { 0, 256, 256, 256 }, .above = { 0, 16, 16, 16 } },
	/* What one node cannot give, the others do. */
	{ .args = "movablecore=96M", .ram = { 16, 256, 256 }, .above = { 8, 44, 44 } },
	{ .args = "movablecore=96M", .ram = { 256, 256, 16 }, .above = { 44, 44, 8 } },
	{ .args = "movablecore=96M", .ram = { 4, 256, 4, 256 }, .above = { 0, 48, 0, 48 } },
	{ .args = "movablecore=96M", .ram = { 16, 64, 256 }, .above = { 8, 32, 56 } },
	{ .args = "movablecore=60M", .ram = { 256, 256, 64 }, .kept = { 0, 0, 60 },
	  .above = { 32, 28, 0 } },
	{ .args = "movablecore=1G", .ram = { 16, 64, 256 }, .above = { 8, 32, 128 },
	  .said = "is cut from 1048576 to 172032 kB" },
};

static void boot_shares(const struct shares *s)
{
	phys_addr_t at = GB(2);

	/* The image lies at the end of the address space. */
	boot_banks(&(struct host_machine){ .first_ram = at, .kernel_pa = 1ull << 60,
					   .kernel_bytes = HOST_INIT_END }, NULL, 0);
	for (int nid = 0; nid < NODES; nid++) {
		phys_addr_t end = at + MB(s->ram[nid]);

		if (at == end)
			continue;
		memblock_add_node(at, end - at, nid, MEMBLOCK_NONE);
		if (s->kept[nid])
			memblock_reserve_owner(at, MB(s->kept[nid]), "first");
		if (s->kept_end[nid])
			memblock_reserve_owner(end - MB(s->kept_end[nid]),
					       MB(s->kept_end[nid]), "last");
		at = end;
	}
	cmdline_init(s->args);
	boot_hot_ranges();
	zone_movable_choose();
}

static unsigned int times_said(const char *words)
{
	unsigned int times = 0;

	for (const char *at = host_log(); (at = strstr(at, words)); at++)
		times++;
	return times;
}

/* Literal borders for a table of machines: proves Z4. */
static void borders(void **state)
{
	(void)state;
	for (const struct shares *s = table; s < table + ARRAY_SIZE(table); s++) {
		phys_addr_t end = GB(2);

		boot_shares(s);
		for (int nid = 0; nid < NODES; nid++) {
			unsigned long pfn = movable_start_pfn[nid];

			end += MB(s->ram[nid]);
			if ((s->above[nid] ? PFN_DOWN(end - MB(s->above[nid])) : 0) != pfn)
				fail_msg("row %td, node %d: ZONE_MOVABLE begins at frame 0x%lx",
					 s - table, nid, pfn);
		}
		if (s->said && !strstr(host_log(), s->said))
			fail_msg("row %td: not said: %s, but %s", s - table, s->said, host_log());
		if (times_said(" kB: it ") != (s->said ? 1u : 0u))
			fail_msg("row %td: said %s", s - table, host_log());
	}
}

/* The log names what lay in the zone before, once for each reservation. */
static void what_stays_is_named(void **state)
{
	static const struct shares kept = {
		.args = "movablecore=12M", .ram = { 64 }, .kept_end = { 5 }
	};

	(void)state;
	boot_shares(&kept);
	assert_int_equal(times_said("ZONE_MOVABLE of node 0 holds 5120 kB that stay: last"), 1);
	assert_int_equal(times_said("that stay"), 1);
	/* A reservation without a name stays as well; init memory does not. */
	memblock_reserve(GB(2) + MB(50), MB(1));
	memblock_reserve_owner(GB(2) + MB(45), MB(1), OWNER_KERNEL_INIT);
	host_log_clear();
	zone_movable_choose();
	assert_int_equal(movable_start_pfn[0], PFN_DOWN(GB(2) + MB(44)));
	assert_int_equal(times_said("ZONE_MOVABLE of node 0 holds 5120 kB that stay: last"), 1);
	assert_int_equal(times_said("ZONE_MOVABLE of node 0 holds 1024 kB that stay: reserved"), 1);
	assert_int_equal(times_said("that stay"), 2);
}

/* Offline RAM counts for nothing, be it below the border or above: proves Z4. */
static void what_is_offline_does_not_count(void **state)
{
	static const struct {
		const char *args;
		unsigned int border;
	} rows[] = {
		{ "movablecore=1G", 32 },
		{ "movablecore=1G memhp=16M@0x80000000", 40 },
		{ "movablecore=1G memhp=16M@0x82000000", 24 },
		{ "movablecore=8M memhp=16M@0x83000000", 40 },
		{ "movablecore=1G memhp=32M@0x81000000", 48 },
	};

	(void)state;
	if (!IS_ENABLED(CONFIG_MEMORY_HOTPLUG) || SECTION_BYTES > MB(16))
		skip();
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		boot_shares(&(struct shares){ .args = rows[i].args, .ram = { 64 } });
		assert_int_equal(movable_start_pfn[0], PFN_DOWN(GB(2) + MB(rows[i].border)));
	}
}

static void boot_rest(void)
{
	boot_run(arch_paging_init, setup_per_cpu_pageset);
}

static struct zone *movable(int nid)
{
	return &NODE_DATA(nid)->node_zones[ZONE_MOVABLE];
}

/* All of the zone is free after boot: proves Z5. */
static void boot_stays_out(void **state)
{
	static const struct shares rows[] = {
		{ .args = "movablecore=32M", .ram = { 8192 } },
		{ .args = "movablecore=1G", .ram = { 64 } },
		{ .args = "movablecore=96M", .ram = { 16, 256, 256 } },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned long managed = 0;

		boot_shares(&rows[i]);
		host_set_cpus(4);
		boot_rest();
		for (int nid = 0; nid < NODES; nid++) {
			const struct zone *zone = movable(nid);

			assert_int_equal(zone->managed_pages, zone->present_pages);
			assert_int_equal(zone->nr_free_pages, zone->present_pages);
			managed += zone->managed_pages;
		}
		assert_int_not_equal(managed, 0);
		assert_int_equal(times_said("cannot be emptied"), 0);
	}
}

/* Where there is room nowhere else, boot allocates inside the zone and says so once. */
static void boot_without_room_outside(void **state)
{
	static const struct shares tight = { .args = "movablecore=12M", .ram = { 24 } };

	(void)state;
	boot_shares(&tight);
	memblock_reserve_owner(GB(2), MB(12) - 4 * PAGE_SIZE, "most");
	host_set_cpus(4);
	boot_rest();
	assert_true(movable(0)->managed_pages < movable(0)->present_pages);
	assert_int_equal(times_said("ZONE_MOVABLE cannot be emptied: nowhere else is room for the "),
			 1);
	assert_int_equal(times_said("lower CONFIG_ZONE_MOVABLE_SIZE_MB or movablecore="), 1);
}

/* A node with an address gets it; a node without one is placed below the zone. */
static void ranges_that_are_asked_for(void **state)
{
	static const struct shares one = { .args = "movablecore=16M", .ram = { 64 } };
	phys_addr_t border = GB(2) + MB(48);

	(void)state;
	boot_shares(&one);
	assert_true(memblock_phys_alloc(MB(2), MB(2)) == border - MB(2));
	memblock_set_bottom_up(true);
	assert_true(memblock_phys_alloc(MB(2), MB(2)) == GB(2));
	memblock_set_bottom_up(false);
	assert_int_equal(times_said("cannot be emptied"), 0);
	assert_true(memblock_phys_alloc_range(MB(2), MB(2), border + MB(4), border + MB(8)) ==
		    border + MB(6));
	assert_int_equal(times_said("cannot be emptied"), 1);
	memblock_set_bottom_up(true);
	assert_true(memblock_phys_alloc_range(MB(46), MB(2), GB(2), GB(4)) == 0);
	assert_true(memblock_phys_alloc_range(MB(2), MB(2), border, GB(4)) == border);
}

/* Boot goes on with other RAM when mirrored RAM is used up, and still leaves the zone alone. */
static void mirrored_ram_is_used_up(void **state)
{
	static const struct shares one = { .args = "movablecore=16M", .ram = { 64 } };

	(void)state;
	boot_shares(&one);
	memblock_mark_mirror(GB(2), MB(2));
	assert_true(memblock_phys_alloc(MB(2), MB(2)) == GB(2));
	assert_int_equal(times_said("Could not allocate "), 0);
	assert_true(memblock_phys_alloc(MB(2), MB(2)) == GB(2) + MB(46));
	assert_int_equal(times_said("Could not allocate "), 1);
	assert_int_equal(times_said("cannot be emptied"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(borders),
		cmocka_unit_test(what_stays_is_named),
		cmocka_unit_test(what_is_offline_does_not_count),
		cmocka_unit_test(boot_stays_out),
		cmocka_unit_test(boot_without_room_outside),
		cmocka_unit_test(ranges_that_are_asked_for),
		cmocka_unit_test(mirrored_ram_is_used_up),
	};

	return cmocka_run_group_tests_name("zone_movable", tests, NULL, NULL);
}

#else

static void no_such_zone(void **state)
{
	(void)state;
	assert_int_equal(ZONE_MOVABLE, ZONE_NORMAL + IS_ENABLED(CONFIG_ZONE_MOVABLE));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_such_zone) };

	return cmocka_run_group_tests_name("zone_movable", tests, NULL, NULL);
}

#endif
