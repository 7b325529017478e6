/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree for each kind of conflict, with the words that describe it, and trees that have none. RAM
 * is [2048, 2176) MiB, the image [2050, 2052), the tree at 2174 MiB.
 */
#include "common/scan.h"

#include <mm/conflict.h>
#include <mm/numa.h>
#include <arch/mmu.h>

#define BANK		(128 * MB)

/* A node says where the firmware lies, so that boot need not assume it. */
static void begin(const struct tree_reserve *reserve)
{
	tree_begin(2, 2, reserve);
	tree_memory(RAM, BANK);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
}

static void end(void)
{
	tree_node_end();
	scan_well(NULL, tree_end(), NULL);
}

/* Returns all conflicts, a sentence each, and checks that the log has each of them. */
static const char *all(void)
{
	static char text[CONFLICTS_MOST * CONFLICT_TEXT_BYTES];
	size_t len = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < nr_conflicts; i++) {
		char sentence[CONFLICT_TEXT_BYTES], line[CONFLICT_TEXT_BYTES + 16];

		conflict_text(&conflicts_found[i], sentence, sizeof(sentence));
		snprintf(line, sizeof(line), "memory map: %s\n", sentence);
		assert_log(line);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s: %s\n",
					conflict_kind_name(conflicts_found[i].kind), sentence);
	}
	return text;
}

#define assert_conflicts(text)	assert_string_equal(all(), text)

/* ---- none ---- */

static void a_plain_tree_has_none(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved("pool@84000000", RAM + 64 * MB, 16 * MB, "reusable");
	tree_reserved("next@85000000", RAM + 80 * MB, MB, "no-map");
	tree_reserved("bytes@86000123", RAM + 96 * MB + 0x123, 5, NULL);
	tree_node("placed");
	tree_u64("size", 4 * MB);
	tree_node_end();
	end();
	assert_conflicts("");
	arch_paging_init();
	conflicts_keep();
	assert_null(conflicts);
}

/* A boot loader also lists what it puts into RAM, by its bytes or by whole frames. */
static void a_loaders_habit_is_none(void **state)
{
	static const struct tree_reserve list[] = {
		{ RAM + 32 * MB, 8 * MB - 5 }, { TREE, 4096 }, { IMAGE, 2 * MB }, {},
	};

	(void)state;
	begin(list);
	tree_node_end();
	tree_node("chosen");
	tree_u64("linux,initrd-start", RAM + 32 * MB);
	tree_u64("linux,initrd-end", RAM + 40 * MB - 5);
	end();
	assert_conflicts("");
}

/* Reservations lie in RAM; banks that only meet, and ranges that only meet, share nothing. */
static void ranges_that_meet_are_none(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 64 * MB);
	tree_memory(RAM + 64 * MB, 64 * MB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, 2 * MB, NULL);
	tree_reserved("over-both@83f00000", RAM + 63 * MB, 2 * MB, NULL);
	end();
	assert_conflicts("");
}

/* ---- pairs ---- */

static void duplicates(void **state)
{
	static const struct tree_reserve list[] = {
		{ RAM + 32 * MB, MB }, { RAM + 32 * MB, MB }, {},
	};

	(void)state;
	begin(list);
	tree_reserved("a@84000000", RAM + 64 * MB, MB, NULL);
	tree_reserved("b@84000000", RAM + 64 * MB, MB, NULL);
	tree_reserved("c@85000000", RAM + 80 * MB, MB, NULL);
	tree_reserved("d@85000000", RAM + 80 * MB, MB, "no-map");
	end();
	assert_conflicts("duplicate: /memreserve/ (0x82000000-0x820fffff) is the same range as "
			 "/memreserve/ (0x82000000-0x820fffff): one of them is enough\n"
			 "duplicate: a@84000000 (0x84000000-0x840fffff) is the same range as "
			 "b@84000000 (0x84000000-0x840fffff): one of them is enough\n"
			 "duplicate: c@85000000 (0x85000000-0x850fffff) is the same range as "
			 "d@85000000 (0x85000000-0x850fffff): kept, and no-map counts\n");
}

/*
 *   a  [              ]     d     [    ]
 *   b     [    ]            c  [           ]
 */
static void nesting(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved("a@84000000", RAM + 64 * MB, 4 * MB, NULL);
	tree_reserved("b@84100000", RAM + 65 * MB, MB, NULL);
	tree_reserved("d@85100000", RAM + 81 * MB, MB, NULL);
	tree_reserved("c@85000000", RAM + 80 * MB, 4 * MB, NULL);
	end();
	assert_conflicts("nesting: a@84000000 (0x84000000-0x843fffff) holds "
			 "b@84100000 (0x84100000-0x841fffff): kept under the outer name\n"
			 "nesting: c@85000000 (0x85000000-0x853fffff) holds "
			 "d@85100000 (0x85100000-0x851fffff): kept, each under its own name\n");
	assert_reserved("2048-2049(mmode_resv0@80000000) 2112-2116(a@84000000) "
			"2128-2129(c@85000000) 2129-2130(d@85100000) 2130-2132(c@85000000)");
}

static void overlap(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved("b@84200000", RAM + 66 * MB, 4 * MB, NULL);
	tree_reserved("a@84000000", RAM + 64 * MB, 4 * MB, NULL);
	end();
	assert_conflicts("overlap: b@84200000 (0x84200000-0x845fffff) overlaps with "
			 "a@84000000 (0x84000000-0x843fffff): the first keeps the common part\n");
	assert_reserved("2048-2049(mmode_resv0@80000000) 2112-2114(a@84000000) "
			"2114-2118(b@84200000)");
	/* The log has Linux's words as well, in which the later range comes first. */
	assert_log("OF: reserved mem: OVERLAP DETECTED!\n"
		   "a@84000000 (0x0000000084000000--0x0000000084400000) overlaps with "
		   "b@84200000 (0x0000000084200000--0x0000000084600000)\n");
}

static void a_node_that_overlaps_itself(void **state)
{
	(void)state;
	begin(NULL);
	tree_node("twice@84000000");
	tree_reg(RAM + 64 * MB, 4 * MB, RAM + 66 * MB, 4 * MB);
	tree_node_end();
	end();
	assert_conflicts("overlap: twice@84000000 (0x84000000-0x843fffff) overlaps with "
			 "twice@84000000 (0x84200000-0x845fffff): the first keeps the common part\n");
}

static void what_the_kernel_needs(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved("inside@80280000", RAM + 2 * MB + MB / 2, MB / 4, NULL);
	tree_reserved("hidden@80300000", RAM + 3 * MB, 8 * MB, "no-map");
	tree_reserved("kept@87d00000", RAM + 125 * MB, 2 * MB, NULL);
	tree_reserved("ramdisk@85000000", RAM + 80 * MB, 4 * MB, NULL);
	tree_node_end();
	tree_node("chosen");
	tree_u64("linux,initrd-start", RAM + 80 * MB);
	tree_u64("linux,initrd-end", RAM + 84 * MB);
	end();
	assert_non_null(strstr(all(), "overlap: kernel image (0x80200000-0x803fffff) overlaps with "
				      "hidden@80300000 (0x80300000-0x80afffff): "
				      "what the kernel needs stays mapped\n"));
	assert_non_null(strstr(all(), "holds inside@80280000 (0x80280000-0x802bffff): "
				      "kept under the outer name\n"));
	assert_non_null(strstr(all(), "nesting: kept@87d00000 (0x87d00000-0x87efffff) holds "
				      "device tree (0x87e00000-"));
	assert_non_null(strstr(all(), "): kept, each under its own name\n"));
	assert_non_null(strstr(all(), "duplicate: initrd (0x85000000-0x853fffff) is the same range as "
				      "ramdisk@85000000 (0x85000000-0x853fffff): one of them is "
				      "enough\n"));
	assert_int_equal(nr_conflicts, 4);
}

static void banks(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, BANK);
	tree_memory(RAM, BANK);
	tree_memory(RAM + 32 * MB, MB);
	tree_memory(RAM + 64 * MB, BANK);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	end();
	assert_non_null(strstr(all(), "duplicate: memory@80000000 (0x80000000-0x87ffffff) is the same "
				      "range as memory@80000000 (0x80000000-0x87ffffff): the common "
				      "part counts once, as the first has it\n"));
	assert_non_null(strstr(all(), "nesting: memory@80000000 (0x80000000-0x87ffffff) holds "
				      "memory@82000000 (0x82000000-0x820fffff): "));
	assert_non_null(strstr(all(), "overlap: memory@80000000 (0x80000000-0x87ffffff) overlaps with "
				      "memory@84000000 (0x84000000-0x8bffffff): "));
	/* Each conflict is listed twice, because two nodes name the first range. */
	assert_int_equal(nr_conflicts, 5);
	assert_memory("2048-2049f4 2049-2240");
}

/* ---- one range ---- */

static void outside_ram(void **state)
{
	static const struct tree_reserve list[] = { { 0x1000, 0x1000 }, {} };

	(void)state;
	begin(list);
	tree_reserved("half@87f00000", RAM + 127 * MB, 2 * MB, NULL);
	tree_reserved("far@100000000", 4096 * MB, MB, "no-map");
	end();
	assert_conflicts("outside-ram: /memreserve/ (0x1000-0x1fff) does not lie within RAM: "
			 "nothing to keep\n"
			 "outside-ram: half@87f00000 (0x87f00000-0x880fffff) does not lie within RAM: "
			 "what lies in RAM is kept\n"
			 "outside-ram: far@100000000 (0x100000000-0x1000fffff) does not lie within "
			 "RAM: nothing to keep\n");

	begin(NULL);
	tree_reserved("behind@88000000", RAM + BANK, MB, NULL);
	end();
	assert_conflicts("outside-ram: behind@88000000 (0x88000000-0x880fffff) does not lie within "
			 "RAM: nothing to keep\n");
}

/* RAM that mem= cuts off is still RAM of the tree: a range there is no conflict. */
static void outside_mem_is_none(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved("high@87000000", RAM + 112 * MB, MB, NULL);
	tree_node_end();
	scan_well(NULL, tree_end(), "mem=64M");
	assert_conflicts("");
}

static void misaligned(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, BANK);
	tree_memory(RAM + BANK, 0x1800);
	tree_memory(RAM + BANK + 0x1800, 0x800);
	tree_memory(0x90000400, MB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	tree_reserved("odd@84000001", RAM + 64 * MB + 1, 0xfff, "no-map");
	end();
	assert_conflicts("misaligned: memory@90000400 (0x90000400-0x901003ff) is not made of whole "
			 "frames: frames that are not all RAM are ignored\n"
			 "misaligned: odd@84000001 (0x84000001-0x84000fff) is not made of whole "
			 "frames: no-map takes every frame it touches\n");
}

static void unit_address(void **state)
{
	static const char *const no_address[] = { "plain", "at@", "text@hello", "long@80000000,0",
						  "huge@11112222333344445" };

	(void)state;
	tree_begin(2, 2, NULL);
	tree_node("memory@40000000");
	tree_text("device_type", "memory");
	tree_reg(RAM, BANK);
	tree_node_end();
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	tree_reserved("upper@8400ABCD", RAM + 64 * MB + 0xabcd, 1, NULL);
	tree_reserved("zero@0", RAM + 80 * MB, MB, NULL);
	tree_reserved("empty@1", RAM + 90 * MB, 0, NULL);
	tree_reserved("high@f123456789abcdef", RAM + 90 * MB, MB, NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(no_address); i++)
		tree_reserved(no_address[i], RAM + (100 + i) * MB, MB, NULL);
	end();
	assert_conflicts("unit-address: memory@40000000 (0x80000000-0x87ffffff) does not begin at its "
			 "unit address 0x40000000: reg counts\n"
			 "unit-address: zero@0 (0x85000000-0x850fffff) does not begin at its "
			 "unit address 0x0: reg counts\n"
			 "unit-address: empty@1 0x85a00000 does not begin at its "
			 "unit address 0x1: reg counts\n"
			 "unit-address: high@f123456789abcdef (0x85a00000-0x85afffff) does not begin "
			 "at its unit address 0xf123456789abcdef: reg counts\n");
}

static void wraps(void **state)
{
	static const struct tree_reserve list[] = { { PHYS_ADDR_MAX - 0xfff, 0x2000 }, {} };

	(void)state;
	begin(list);
	tree_reserved("all@0", 0, PHYS_ADDR_MAX, NULL);
	tree_reserved("more@87f00000", RAM + 127 * MB, PHYS_ADDR_MAX, "no-map");
	end();
	assert_non_null(strstr(all(), "wrap: /memreserve/ (0xfffffffffffff000-0xffffffffffffffff) "
				      "runs past the end of the address space: cut there\n"));
	assert_non_null(strstr(all(), "wrap: more@87f00000 (0x87f00000-0xffffffffffffffff) runs past "
				      "the end of the address space: cut there\n"));
	assert_null(strstr(all(), "wrap: all@0"));
	/* A cut ends one byte before the end of the address space: that is no partial frame. */
	assert_null(strstr(all(), "misaligned"));
}

/* ---- what the scanner decides ---- */

static void ignored(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.linear_bytes = 4096 * MB;
	m.kernel_pa = 16384 * MB + 2 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(0x1000, MB);
	tree_memory(16384 * MB, BANK);
	tree_memory(32768 * MB, MB);
	tree_memory(1ull << CONFIG_MAX_PHYSMEM_BITS, MB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@400000000", 16384 * MB, MB, NULL);
	tree_node_end();
	m.fdt_pa = 16384 * MB + 64 * MB;
	scan_well(&m, tree_end(), NULL);
	assert_non_null(strstr(all(), "ignored: memory@1000 (0x1000-0x100fff) is below the linear map: "
				      "not used\n"
				      "ignored: memory@800000000 (0x800000000-0x8000fffff) is beyond "
				      "the linear map: not used\n"));
	assert_non_null(strstr(all(), " is beyond CONFIG_MAX_PHYSMEM_BITS: not used\n"));
	assert_int_equal(nr_conflicts, 3);
}

static void initrd_disabled(void **state)
{
	(void)state;
	begin(NULL);
	tree_node_end();
	tree_node("chosen");
	tree_u64("linux,initrd-start", RAM + MB);
	tree_u64("linux,initrd-end", RAM + 3 * MB);
	end();
	assert_conflicts("initrd-disabled: initrd (0x80100000-0x802fffff) cannot be used, it overlaps "
			 "in-use memory region: boot goes on without\n");
}

static void firmware_assumed(void **state)
{
	(void)state;
	tree_begin(2, 2, NULL);
	tree_memory(RAM, BANK);
	tree_reserved_memory();
	tree_reserved("mapped@80100000", RAM + MB, 0x1000, NULL);
	end();
	assert_conflicts("firmware-assumed: RAM below the kernel (0x80000000-0x801fffff) may hold "
			 "firmware that no node names: kept out whole\n"
			 "nesting: firmware (assumed) (0x80000000-0x801fffff) holds mapped@80100000 "
			 "(0x80100000-0x80100fff): kept, and no-map counts\n");
}

static void no_place(void **state)
{
	(void)state;
	begin(NULL);
	tree_node("giant");
	tree_u64("size", 4096 * MB);
	tree_node_end();
	tree_node("none");
	tree_node_end();
	end();
	assert_conflicts("no-place: giant has no place, it needs 0x100000000: not reserved\n"
			 "no-place: none has no place, it has neither reg nor a size: not reserved\n");
}

/* ---- nodes ---- */

static void a_node(u64 base, u64 size, u32 nid)
{
	char name[32];

	snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)base);
	tree_node(name);
	tree_text("device_type", "memory");
	tree_reg(base, size);
	tree_u32("numa-node-id", nid);
	tree_node_end();
}

static void scan_nodes(void)
{
	const void *fdt = tree_end();

	scan_well(NULL, fdt, NULL);
	if (IS_ENABLED(CONFIG_NUMA))
		numa_init(fdt);
}

static void node_border(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_NUMA))
		skip();
	tree_begin(2, 2, NULL);
	a_node(RAM, 65 * MB, 0);
	a_node(RAM + 65 * MB, 63 * MB, 1);
	scan_nodes();
	assert_non_null(strstr(all(), "node-border: RAM (0x84100000-0x843fffff) shares a largest block "
				      "with node 0: it goes to that node\n"));
}

static void bad_distance_map(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_NUMA))
		skip();
	tree_begin(2, 2, NULL);
	a_node(RAM, BANK, 0);
	tree_node("distance-map");
	tree_text("compatible", "numa-distance-map-v1");
	tree_u64("distance-matrix", 1);
	tree_node_end();
	scan_nodes();
	assert_non_null(strstr(all(), "bad-distance-map: /distance-map is wrong, it is not a list of "
				      "triples: ignored, all nodes are 20 apart\n"));
}

/* Scans a tree with two nodes and a distance map of these triples. */
static void scan_distances(const u32 (*triples)[3], unsigned int count)
{
	u32 cells[12];

	for (unsigned int i = 0; i < 3 * count; i++)
		cells[i] = __builtin_bswap32(triples[i / 3][i % 3]);
	tree_begin(2, 2, NULL);
	a_node(RAM, 64 * MB, 0);
	a_node(RAM + 64 * MB, 64 * MB, 1);
	tree_node("distance-map");
	tree_text("compatible", "numa-distance-map-v1");
	tree_bytes("distance-matrix", cells, count * sizeof(triples[0]));
	tree_node_end();
	scan_nodes();
}

/* A distance given one way holds both ways; a map with two values for one pair is ignored:
 * proves N1. */
static void distances_hold_both_ways(void **state)
{
	static const u32 sound[][3] = { { 0, 0, 10 }, { 0, 1, 33 } };
	static const u32 unsound[][2][3] = {
		{ { 0, 1, 33 }, { 1, 0, 34 } }, { { 0, 1, 33 }, { 1, 1, 11 } },
		{ { 0, 1, 10 }, { 1, 1, 10 } }, { { 0, 1, 256 }, { 1, 1, 10 } },
		{ { 0, 1, 33 }, { 1, 0, 9 } },
	};

	(void)state;
	if (!IS_ENABLED(CONFIG_NUMA))
		skip();
	scan_distances(sound, 2);
	assert_null(strstr(all(), "bad-distance-map: "));
	assert_int_equal(node_distance(0, 1), 33);
	assert_int_equal(node_distance(1, 0), 33);
	assert_int_equal(node_distance(0, 0), 10);
	assert_int_equal(node_distance(1, 1), 10);
	for (unsigned int i = 0; i < ARRAY_SIZE(unsound); i++) {
		scan_distances(unsound[i], 2);
		assert_non_null(strstr(all(), "bad-distance-map: "));
		assert_int_equal(node_distance(0, 1), 20);
		assert_int_equal(node_distance(1, 0), 20);
		assert_int_equal(node_distance(1, 1), 10);
	}
}

/* ---- many at once ---- */

#define NODES	10u

static bool within(const struct tree_reserve *inner, const struct tree_reserve *outer)
{
	return outer->base <= inner->base &&
	       inner->base + inner->size <= outer->base + outer->size;
}

/* Returns the kind of a pair by definition, or NR_CONFLICT_KINDS when the two do not conflict. */
static enum conflict_kind kind_of(const struct tree_reserve *a, const struct tree_reserve *b)
{
	if (a->base >= b->base + b->size || b->base >= a->base + a->size)
		return NR_CONFLICT_KINDS;
	if (within(a, b) && within(b, a))
		return CONFLICT_DUPLICATE;
	return within(a, b) || within(b, a) ? CONFLICT_NESTING : CONFLICT_OVERLAP;
}

/* The sweep finds each pair that a comparison of all pairs finds, and finds it once. */
static void random_claims(void **state)
{
	struct rng rng = { 20261 };

	(void)state;
	for (int run = 0; run < 300; run++) {
		unsigned int wanted[NR_CONFLICT_KINDS + 1] = {}, got[NR_CONFLICT_KINDS + 1] = {};
		struct tree_reserve r[NODES];

		begin(NULL);
		for (unsigned int i = 0; i < NODES; i++) {
			char name[32];

			r[i].base = RAM + 64 * MB + rng_below(&rng, 12) * MB;
			r[i].size = (1 + rng_below(&rng, 5)) * MB;
			snprintf(name, sizeof(name), "r%u", i);
			tree_reserved(name, r[i].base, r[i].size, NULL);
			for (unsigned int j = 0; j < i; j++)
				wanted[kind_of(&r[i], &r[j])]++;
		}
		end();
		for (unsigned int i = 0; i < nr_conflicts; i++) {
			const struct conflict *c = &conflicts_found[i];
			struct tree_reserve ra = { c->a.base, c->a.end - c->a.base };
			struct tree_reserve rb = { c->b.base, c->b.end - c->b.base };

			got[c->kind]++;
			assert_int_equal(kind_of(&ra, &rb), c->kind);
			/* A nesting names the outer range first. */
			if (c->kind == CONFLICT_NESTING)
				assert_true(within(&rb, &ra));
		}
		wanted[NR_CONFLICT_KINDS] = 0;
		assert_memory_equal(wanted, got, sizeof(wanted));
	}
}

/* ---- more than there is room for ---- */

static unsigned int count_in_log(const char *text)
{
	unsigned int found = 0;

	for (const char *at = host_log(); (at = strstr(at, text)); at++)
		found++;
	return found;
}

/* proves CF1, CL1 */
static void more_conflicts_than_room(void **state)
{
	(void)state;
	begin(NULL);
	/* Each claim overlaps all the others. */
	for (unsigned int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof(name), "r%u@%llx", i, RAM + 64 * MB + i * 4096);
		tree_reserved(name, RAM + 64 * MB + i * 4096, MB, NULL);
	}
	end();
	assert_int_equal(nr_conflicts, CONFLICTS_MOST);
	assert_non_null(strstr(all(), "unlisted: the number of conflicts exceeds the room for 63: "
				      "the others are not named\n"));
	/* Of the 190 pairs the sweep looks at one more than the table has room for. */
	assert_int_equal(count_in_log("OVERLAP DETECTED!"), CONFLICTS_MOST);
}

/* Once the table is full, conflict_add() adds nothing and returns false: proves CF1. */
static void a_full_table_stays_full(void **state)
{
	const struct conflict one = {
		.kind = CONFLICT_IGNORED, .a.name = "one", .b.name = "more", .resolution = "no"
	};

	(void)state;
	host_reset(NULL);
	for (unsigned int i = 0; i < CONFLICTS_MOST - 1; i++)
		assert_true(conflict_add(&one));
	/* The table's last row says that there are more conflicts. */
	for (int again = 0; again < 3; again++) {
		assert_false(conflict_add(&one));
		assert_int_equal(nr_conflicts, CONFLICTS_MOST);
		assert_int_equal(count_in_log("memory map: "), CONFLICTS_MOST);
	}
	assert_int_equal(conflicts_found[CONFLICTS_MOST - 1].kind, CONFLICT_UNLISTED);
	assert_int_equal(conflicts_found[CONFLICTS_MOST - 2].kind, CONFLICT_IGNORED);
}

static void more_claims_than_room(void **state)
{
	enum { COUNT = 2 * CONFIG_MEMBLOCK_REGIONS + 100 };

	(void)state;
	begin(NULL);
	/* The ranges merge into one region, but each is a claim of its own, and none overlaps
	 * another. */
	tree_node("many@84000000");
	tree_pages(RAM + 64 * MB, COUNT);
	tree_node_end();
	end();
	assert_int_equal(nr_conflicts, 1);
	assert_non_null(strstr(all(), "unlisted: the number of claims "));
	assert_non_null(strstr(all(), ": the last ones are not compared; raise "
				      "CONFIG_MEMBLOCK_REGIONS\n"));
}

/* ---- words ---- */

static void names_of_any_kind(void **state)
{
	char text[CONFLICT_SIDE_BYTES], name[300];
	struct conflict_side side = { "tab\tand\x7f\x80\x1b[2J", 0x1000, 0x2000, SIDE_RANGE };

	(void)state;
	conflict_side_text(&side, text, sizeof(text));
	assert_string_equal(text, "tab?and???[2J (0x1000-0x1fff)");
	/* The name is cut, the range is printed whole. */
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	side = (struct conflict_side){ name, PHYS_ADDR_MAX - 1, PHYS_ADDR_MAX, SIDE_RANGE };
	conflict_side_text(&side, text, sizeof(text));
	assert_non_null(strstr(text, "nnn (0xfffffffffffffffe-0xffffffffffffffff)"));
	side = (struct conflict_side){ "n", 12, 0, SIDE_NUMBER };
	conflict_side_text(&side, text, sizeof(text));
	assert_string_equal(text, "n 12");
}

/* The order of the tree's nodes decides which range is named first. */
static void kept_for_the_plan(void **state)
{
	(void)state;
	begin(NULL);
	tree_reserved("a@84000000", RAM + 64 * MB, MB, NULL);
	tree_reserved("b@84000000", RAM + 64 * MB, MB, NULL);
	tree_reserved("c@90000000", RAM + 256 * MB, MB, NULL);
	end();
	arch_paging_init();
	assert_null(conflicts);
	conflicts_keep();
	assert_int_equal(nr_conflicts, 2);
	assert_true(memblock_is_reserved(__pa(conflicts)));
	assert_string_equal(conflicts[0].kind, "duplicate");
	assert_string_equal(conflicts[0].a, "a@84000000 (0x84000000-0x840fffff)");
	assert_string_equal(conflicts[0].b, "b@84000000 (0x84000000-0x840fffff)");
	assert_string_equal(conflicts[0].resolution, "one of them is enough");
	assert_string_equal(conflicts[1].kind, "outside-ram");
	assert_string_equal(conflicts[1].a, "c@90000000 (0x90000000-0x900fffff)");
	/* The whole of the last text is reserved as well. */
	assert_true(memblock_is_reserved(__pa(conflicts[1].b + strlen(conflicts[1].b))));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_tree_has_none),
		cmocka_unit_test(a_loaders_habit_is_none),
		cmocka_unit_test(ranges_that_meet_are_none),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(nesting),
		cmocka_unit_test(overlap),
		cmocka_unit_test(a_node_that_overlaps_itself),
		cmocka_unit_test(what_the_kernel_needs),
		cmocka_unit_test(banks),
		cmocka_unit_test(outside_ram),
		cmocka_unit_test(outside_mem_is_none),
		cmocka_unit_test(misaligned),
		cmocka_unit_test(unit_address),
		cmocka_unit_test(wraps),
		cmocka_unit_test(ignored),
		cmocka_unit_test(initrd_disabled),
		cmocka_unit_test(firmware_assumed),
		cmocka_unit_test(no_place),
		cmocka_unit_test(node_border),
		cmocka_unit_test(bad_distance_map),
		cmocka_unit_test(distances_hold_both_ways),
		cmocka_unit_test(random_claims),
		cmocka_unit_test(more_conflicts_than_room),
		cmocka_unit_test(a_full_table_stays_full),
		cmocka_unit_test(more_claims_than_room),
		cmocka_unit_test(names_of_any_kind),
		cmocka_unit_test(kept_for_the_plan),
	};

	return cmocka_run_group_tests_name("conflicts", tests, NULL, NULL);
}
