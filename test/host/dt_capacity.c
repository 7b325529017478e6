/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree may need more regions than memblock's tables have. The sentence must name the range that
 * did not fit and the number of regions that the tree needs. With that many it boots. With one less
 * it does not, unless the sentence says that the number is an upper bound.
 *
 * dt_capacity [seed [trees]]
 */
#include "common/scan.h"

#include <kernel/init.h>
#include <mm/dt_memory.h>

#define MAX	((unsigned int)CONFIG_MEMBLOCK_REGIONS)

static struct random_plan plan;

/* Boots the tree with tables of these lengths: all of boot, or only what reads the memory map. */
static enum host_stop boot_on(struct host_machine m, const void *fdt, unsigned long memory,
			      unsigned long reserved, bool whole)
{
	m.fdt = fdt;
	m.fdt_pa = TREE;
	host_reset(&m);
	memblock.memory.max = memory;
	memblock.reserved.max = reserved;
	if (whole)
		return HOST_TRY(boot_memory());
	return HOST_TRY(dt_scan_memory(fdt); dt_scan_reserved(fdt, TREE); dt_place_reserved(fdt));
}

static enum host_stop boot_with(const void *fdt, unsigned long memory, unsigned long reserved,
				bool whole)
{
	return boot_on(host_default_machine, fdt, memory, reserved, whole);
}

static void begin(void)
{
	tree_begin(2, 2, NULL);
	tree_node("cpus");
	tree_u32("#address-cells", 1);
	tree_u32("#size-cells", 0);
	tree_u32("timebase-frequency", 10000000);
	tree_node("cpu@0");
	tree_text("device_type", "cpu");
	tree_cells(1, 0);
	tree_numbers("reg", (u64[]){ 0 }, 1);
	tree_cells(2, 2);
	tree_node_end();
	tree_node_end();
}

static u64 numbers[2 * 8000];

/* Adds a memory node of count banks: bank i begins at base + i * every. */
static void banks(u64 base, u64 bytes, u64 every, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		numbers[2 * i] = base + i * every;
		numbers[2 * i + 1] = bytes;
	}
	tree_node("memory@90000000");
	tree_text("device_type", "memory");
	tree_numbers("reg", numbers, 2 * count);
	tree_node_end();
}

static void firmware(void)
{
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, 512 << 10, "no-map");
	tree_node_end();
}

/* Returns the number that follows these words in the sentence, or 0. */
static unsigned long number_behind(const char *words)
{
	const char *at = strstr(host_stop_text(), words);

	return at ? strtoul(at + strlen(words), NULL, 10) : 0;
}

#define assert_said(how, sentence) \
	do { \
		assert_int_equal(how, HOST_BOOT_FAILED); \
		assert_string_equal(host_stop_text(), sentence); \
	} while (0)

/* The firmware's no-map range cuts the kernel's bank into two regions. */
static void banks_140(void **state)
{
	const void *fdt;

	(void)state;
	if (MAX != 128)
		skip();
	begin();
	tree_memory(RAM, 128 * MB);
	banks(RAM + 256 * MB, 1 * MB, 2 * MB, 139);
	firmware();
	fdt = tree_end();
	assert_said(boot_with(fdt, MAX, MAX, false),
		    "The device tree and boot need 141 regions in memblock.memory, which has room for "
		    "128 and none for 0x9fe00000 - 0x9ff00000: raise CONFIG_MEMBLOCK_REGIONS to at "
		    "least 141");
	/* No node says where the firmware is, so that RAM below the kernel becomes a region. */
	begin();
	tree_memory(RAM, 128 * MB);
	banks(RAM + 256 * MB, 1 * MB, 2 * MB, 139);
	fdt = tree_end();
	assert_int_equal(boot_with(fdt, MAX, MAX, false), HOST_BOOT_FAILED);
	assert_stop_text("need 141 regions in memblock.memory, ");
}

static void nodes_200(void **state)
{
	char name[32];

	(void)state;
	begin();
	tree_memory(RAM, 128 * MB);
	tree_reserved_memory();
	for (unsigned int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "r%u@%llx", i, RAM + 16 * MB + i * 8192);
		tree_reserved(name, RAM + 16 * MB + i * 8192, 4096, NULL);
	}
	tree_node_end();
	assert_said(boot_with(tree_end(), MAX, MAX, false),
		    "The device tree and boot need 224 regions in memblock.reserved at most, which "
		    "has room for 128 and none for 0x810f8000 - 0x810f9000 (r124@810f8000): raise "
		    "CONFIG_MEMBLOCK_REGIONS to at least 224");
}

/* The table of reserved regions is not full yet, and the advice counts what it needs, too. */
static void both_tables(void **state)
{
	static struct tree_reserve entries[401];

	(void)state;
	for (unsigned int i = 0; i < 400; i++)
		entries[i] = (struct tree_reserve){ RAM + 16 * MB + i * 8192, 4096 };
	tree_begin(2, 2, entries);
	tree_memory(RAM, 128 * MB);
	banks(RAM + 256 * MB, 1 * MB, 2 * MB, 150);
	assert_int_equal(boot_with(tree_end(), MAX, MAX, false), HOST_BOOT_FAILED);
	assert_stop_text("need 152 regions in memblock.memory, which has room for 128 and none for "
			 "0x9fe00000 - 0x9ff00000: raise CONFIG_MEMBLOCK_REGIONS to at least 424");
}

/* The tree needs more regions than the option can name, and an exact count would take too long: the
 * sentence gives an upper bound. */
static void far_too_many(void **state)
{
	(void)state;
	begin();
	tree_memory(RAM, 128 * MB);
	banks(RAM + 256 * MB, 4096, 8192, 8000);
	assert_said(boot_with(tree_end(), MAX, MAX, false),
		    "The device tree and boot need 16003 regions in memblock.memory at most, which has "
		    "room for 128 and none for 0x900fe000 - 0x900ff000: join ranges in the tree, for "
		    "CONFIG_MEMBLOCK_REGIONS can be no more than 4096");
}

/*
 * The count stops in the middle of a tree after exactly as many steps as it may take, and must call
 * its number a guess. A look takes 32 steps for each range, one more for each range of RAM, and
 * finds 32 borders; so 64 of 126 looks take 64 * (33 * 1024 + 32 * 992) = 2^22 steps.
 */
static void as_many_steps_as_it_may_take(void **state)
{
	(void)state;
	begin();
	tree_memory(RAM, 128 * MB);
	banks(RAM + 256 * MB, 1 * MB, 2 * MB, 1023);
	tree_reserved_memory();
	for (unsigned int i = 0; i < 992; i++) {
		numbers[2 * i] = RAM + (16384 + 2 * i) * MB;
		numbers[2 * i + 1] = MB;
	}
	tree_node("outside@480000000");
	tree_flag("no-map");
	tree_numbers("reg", numbers, 2 * 992);
	tree_node_end();
	tree_node_end();
	assert_int_equal(boot_with(tree_end(), 100, MAX, false), HOST_BOOT_FAILED);
	assert_stop_text(" regions in memblock.memory at most, which ");
}

/* Each usable range that counts may cut a bank. */
static void banks_and_usable_ranges(void **state)
{
	(void)state;
	if (MAX != 128)
		skip();
	for (unsigned int ranges = 0; ranges <= 10; ranges += 5) {
		char words[64];

		begin();
		tree_memory(RAM, 128 * MB);
		banks(RAM + 256 * MB, 1 * MB, 2 * MB, 139);
		firmware();
		tree_node("chosen");
		for (unsigned int i = 0; i < ranges; i++) {
			numbers[2 * i] = RAM + i * 100 * MB;
			numbers[2 * i + 1] = 50 * MB;
		}
		if (ranges)
			tree_numbers("linux,usable-memory-range", numbers, 2 * ranges);
		tree_node_end();
		assert_int_equal(boot_with(tree_end(), MAX, MAX, false), HOST_BOOT_FAILED);
		/* A number that is a guess has one more, for a border between nodes. */
		snprintf(words, sizeof(words), " need %u regions in memblock.memory%s, which ",
			 ranges ? 141 + min(ranges, 8u) + 1 : 141, ranges ? " at most" : "");
		assert_stop_text(words);
	}
}

/* A bank below or above the linear map needs no region. */
static void banks_out_of_reach(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	if (MAX != 128 || PFN_PHYS(MAX_PHYSMEM_PFN) < 34 * 1024 * MB)
		skip();
	m.linear_bytes = 4096 * MB;
	m.kernel_pa = 16 * 1024 * MB + 2 * MB;
	begin();
	tree_memory(0x1000, 64 * MB);
	tree_memory(16 * 1024 * MB, 128 * MB);
	tree_memory(32 * 1024 * MB, 128 * MB);
	banks(17 * 1024 * MB, 1 * MB, 2 * MB, 139);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@400000000", 16 * 1024 * MB, 512 << 10, NULL);
	tree_node_end();
	assert_int_equal(boot_on(m, tree_end(), MAX, MAX, false), HOST_BOOT_FAILED);
	assert_stop_text(" need 141 regions in memblock.memory, which ");
}

/* One look finds as many borders as it can, and the last is the end of the address space. */
static void borders_up_to_the_top(void **state)
{
	static struct tree_reserve entries[17];

	(void)state;
	for (unsigned int i = 0; i < 15; i++)
		entries[i] = (struct tree_reserve){ RAM + 16 * MB + i * 8192, 4096 };
	entries[15] = (struct tree_reserve){ PHYS_ADDR_MAX - MB, ~0ull };
	tree_begin(2, 2, entries);
	tree_memory(RAM, 128 * MB);
	assert_int_equal(boot_with(tree_end(), MAX, 12, false), HOST_BOOT_FAILED);
	/* The tree has sixteen regions, and boot adds 24. */
	assert_int_equal(number_behind("The device tree and boot need "), 16 + 24);
}

/* ---- any tree ---- */

static void random_node(struct rng *rng, unsigned int nr)
{
	static const char *const flags[] = { NULL, NULL, "no-map", "reusable" };
	u64 base = RAM + 8 * MB + rng_below(rng, 64) * MB / 2;
	char name[32];

	snprintf(name, sizeof(name), "r%u@%llx", nr, (unsigned long long)base);
	tree_node(name);
	if (rng_below(rng, 6))
		tree_reg(base, (1 + rng_below(rng, 4)) * MB / 2 - rng_below(rng, 2), base, 0);
	else
		tree_list("size", 0, 64 << 10);
	if (flags[nr % 4])
		tree_flag(flags[nr % 4]);
	if (!rng_below(rng, 8))
		tree_text("status", "disabled");
	tree_node_end();
}

static const void *random_tree(struct rng *rng)
{
	struct tree_reserve entries[8] = { { 0, 0 } };
	unsigned int nr = (unsigned int)rng_below(rng, 8);
	bool apart = rng_below(rng, 2);

	for (unsigned int i = 0; i < nr; i++)
		entries[i] = (struct tree_reserve){ RAM + 6 * MB + rng_below(rng, 64) * MB, MB };
	/* One reservation runs to the end of the address space, and one past it. */
	if (nr && rng_below(rng, 2))
		entries[0] = (struct tree_reserve){ RAM + 512 * MB, ~0ull };
	tree_begin(2, 2, entries);
	tree_memory(RAM, 128 * MB);
	for (unsigned int i = 0; i < 3; i++) {
		tree_node(i ? i > 1 ? "memory@c" : "memory@b" : "memory@a");
		tree_text("device_type", "memory");
		nr = 1 + (unsigned int)rng_below(rng, 10);
		for (unsigned int n = 0; n < nr; n++) {
			numbers[2 * n] = RAM + 136 * MB +
					 (apart ? 8 * (10 * i + n) : rng_below(rng, 64)) * MB;
			numbers[2 * n + 1] = (1 + rng_below(rng, 4)) * MB;
		}
		tree_numbers("reg", numbers, 2 * nr);
		if (rng_below(rng, 2))
			tree_u32("numa-node-id", (u32)rng_below(rng, 3));
		if (rng_below(rng, 2))
			tree_flag("hotpluggable");
		tree_node_end();
	}
	tree_reserved_memory();
	if (rng_below(rng, 2))
		tree_reserved("mmode_resv0@80000000", RAM, 512 << 10, "no-map");
	nr = (unsigned int)rng_below(rng, 9);
	for (unsigned int i = 0; i < nr; i++)
		random_node(rng, i);
	tree_node_end();
	return tree_end();
}

static unsigned int exact_ones;

/* proves CP1 */
static void check_tree(struct rng *rng, u64 nr)
{
	const void *fdt = random_tree(rng);
	unsigned long few = 6 + rng_below(rng, 6), told, need;
	bool memory, exact;
	char said[512];

	if (boot_with(fdt, few, few, false) == HOST_RAN_ON)
		return;
	told = number_behind("raise CONFIG_MEMBLOCK_REGIONS to at least ");
	need = number_behind("The device tree and boot need ");
	memory = strstr(host_stop_text(), "memblock.memory");
	exact = !strstr(host_stop_text(), "at most");
	snprintf(said, sizeof(said), "tree %llu of seed %llu: %s", (unsigned long long)nr,
		 (unsigned long long)plan.seed, host_stop_text());
	if (!told || told > MAX || need > told || need <= few)
		fail_msg("%s", said);
	if (boot_with(fdt, told, told, true) != HOST_RAN_ON)
		fail_msg("%s; with that: %s", said, host_stop_text());
	if (!memory || !exact)
		return;
	exact_ones++;
	if (boot_with(fdt, need, MAX, true) != HOST_RAN_ON)
		fail_msg("%s; with just what memory needs: %s", said, host_stop_text());
	if (boot_with(fdt, need - 1, MAX, false) == HOST_RAN_ON)
		fail_msg("%s; it boots with less", said);
}

static void any_tree(void **state)
{
	struct rng rng = { plan.seed };

	(void)state;
	for (u64 nr = 1; nr <= plan.operations; nr++)
		check_tree(&rng, nr);
	if (plan.operations >= 100)
		assert_in_range(exact_ones, plan.operations / 20, plan.operations);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(banks_140),
		cmocka_unit_test(nodes_200),
		cmocka_unit_test(both_tables),
		cmocka_unit_test(far_too_many),
		cmocka_unit_test(as_many_steps_as_it_may_take),
		cmocka_unit_test(banks_and_usable_ranges),
		cmocka_unit_test(banks_out_of_reach),
		cmocka_unit_test(borders_up_to_the_top),
		cmocka_unit_test(any_tree),
	};

	plan = random_plan(argc, argv, 100, 20000);
	return cmocka_run_group_tests_name("dt_capacity", tests, NULL, NULL);
}
