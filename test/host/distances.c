/* SPDX-License-Identifier: BSD-2-Clause */
/* Distance maps of device trees, good and bad, and the literal distances of three nodes after
 * each. */
#include "common/boot.h"
#include "common/scan.h"
#include "common/tree.h"

#include <kernel/compiler.h>
#include <kernel/init.h>
#include <mm/conflict.h>
#include <mm/numa.h>

#ifdef CONFIG_NUMA

#define NODES		3
#define CELLS_MOST	30
#define NODE_BYTES	(64ull << 20)

/* Boot's words for what is wrong. */
#define NO_TRIPLES	"it is not a list of triples"
#define WRONG_VALUE	"a distance is not 10 to itself and 11 to 255 to others"
#define NOT_SYMMETRIC	"it is not symmetric"
#define NO_NODE		"it names a node beyond CONFIG_NODES_SHIFT"

struct row {
	const char *compatible;		/* NULL: the right one */
	const char *fault;		/* NULL: none */
	bool no_matrix;
	unsigned int nr_cells, more_bytes;
	u32 cells[CELLS_MOST];
	unsigned int d01, d02, d12;	/* 0 means the default, 20 */
};

#define MATRIX(...)	.cells = { __VA_ARGS__ }, \
			.nr_cells = sizeof((u32[]){ __VA_ARGS__ }) / sizeof(u32)
#define GOOD		0, 0, 10,  0, 1, 33,  0, 2, 44,  1, 1, 10,  1, 2, 55,  2, 2, 10

static const struct row rows[] = {
	/* These maps are sound. */
	{ MATRIX(GOOD), .d01 = 33, .d02 = 44, .d12 = 55 },
	{ MATRIX(GOOD, 1, 0, 33,  2, 0, 44,  2, 1, 55), .d01 = 33, .d02 = 44, .d12 = 55 },
	{ MATRIX(1, 0, 33,  2, 0, 44,  2, 1, 55), .d01 = 33, .d02 = 44, .d12 = 55 },
	{ MATRIX(2, 1, 21), .d12 = 21 },
	{ MATRIX(0, 2, 255,  2, 2, 10), .d02 = 255 },
	{ MATRIX(0, 1, 11,  1, 2, 255), .d01 = 11, .d12 = 255 },
	{ .nr_cells = 0 },
	/* These have values at and beyond the limits, to another node and to the node itself. */
	{ MATRIX(GOOD, 0, 1, 10), .fault = WRONG_VALUE },
	{ MATRIX(0, 1, 9), .fault = WRONG_VALUE },
	{ MATRIX(0, 1, 0), .fault = WRONG_VALUE },
	{ MATRIX(0, 1, 256), .fault = WRONG_VALUE },
	{ MATRIX(0, 1, 0x80000014), .fault = WRONG_VALUE },
	{ MATRIX(1, 1, 9), .fault = WRONG_VALUE },
	{ MATRIX(1, 1, 11), .fault = WRONG_VALUE },
	{ MATRIX(2, 2, 0), .fault = WRONG_VALUE },
	/* The two directions differ; the distances that were read before are dropped. */
	{ MATRIX(GOOD, 1, 0, 34), .fault = NOT_SYMMETRIC },
	{ MATRIX(2, 0, 43, 0, 2, 44), .fault = NOT_SYMMETRIC },
	/* These name nodes that cannot exist. */
	{ MATRIX(GOOD, 0, MAX_NUMNODES, 20), .fault = NO_NODE },
	{ MATRIX(MAX_NUMNODES, 0, 20), .fault = NO_NODE },
	{ MATRIX(0, 0xffffffff, 20), .fault = NO_NODE },
	{ MATRIX(MAX_NUMNODES - 1, 0, 20) },
	/* The property as a whole is wrong. */
	{ MATRIX(GOOD, 0), .fault = NO_TRIPLES },
	{ MATRIX(0, 1), .fault = NO_TRIPLES },
	{ MATRIX(0, 1, 30), .more_bytes = 1, .fault = NO_TRIPLES },
	{ MATRIX(0, 1, 30), .more_bytes = 3, .fault = NO_TRIPLES },
	{ MATRIX(GOOD), .compatible = "numa-distance-map-v2",
	  .fault = "it is not compatible with numa-distance-map-v1" },
	{ .no_matrix = true, .fault = "distance-matrix is missing" },
};

/* Returns how many conflicts there were before the scan. */
static unsigned int scan_row(const struct row *row)
{
	unsigned int before;
	static const char *const names[NODES] = { "memory@80000000", "memory@84000000",
						  "memory@88000000" };
	u32 cells[CELLS_MOST + 1] = { 0 };
	const void *fdt;

	for (unsigned int i = 0; i < row->nr_cells; i++)
		cells[i] = __builtin_bswap32(row->cells[i]);
	tree_begin(2, 2, NULL);
	for (unsigned int nid = 0; nid < NODES; nid++) {
		tree_node(names[nid]);
		tree_text("device_type", "memory");
		tree_reg(0x80000000 + nid * NODE_BYTES, NODE_BYTES);
		tree_u32("numa-node-id", nid);
		tree_node_end();
	}
	tree_node("distance-map");
	tree_text("compatible", row->compatible ? row->compatible : "numa-distance-map-v1");
	if (!row->no_matrix)
		tree_bytes("distance-matrix", cells,
			   row->nr_cells * (unsigned int)sizeof(u32) + row->more_bytes);
	tree_node_end();
	fdt = tree_end();
	scan_well(NULL, fdt, NULL);
	before = nr_conflicts;
	numa_init(fdt);
	return before;
}

static void check_distances(const struct row *row)
{
	const unsigned int d01 = row->d01 ? row->d01 : 20, d02 = row->d02 ? row->d02 : 20;
	const unsigned int d12 = row->d12 ? row->d12 : 20;
	const unsigned int expected[NODES][NODES] = {
		{ 10, d01, d02 }, { d01, 10, d12 }, { d02, d12, 10 },
	};

	for (int a = 0; a < MAX_NUMNODES; a++) {
		for (int b = 0; b < MAX_NUMNODES; b++) {
			unsigned int distance = a == b ? 10 : 20;

			if (a < NODES && b < NODES)
				distance = expected[a][b];
			if (node_distance(a, b) != distance)
				fail_msg("row %td: from node %d to %d it is %u, not %u", row - rows,
					 a, b, node_distance(a, b), distance);
		}
	}
}

/* proves N1 */
static void maps_by_table(void **state)
{
	(void)state;
	for (const struct row *row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		char expected[CONFLICT_TEXT_BYTES], sentence[CONFLICT_TEXT_BYTES];
		unsigned int before = scan_row(row);

		check_distances(row);
		if (nr_conflicts - before != (row->fault ? 1u : 0u))
			fail_msg("row %td: %u conflicts", row - rows, nr_conflicts - before);
		if (!row->fault)
			continue;
		snprintf(expected, sizeof(expected), "/distance-map is wrong, %s: ignored, all "
			 "nodes are 20 apart", row->fault);
		conflict_text(&conflicts_found[before], sentence, sizeof(sentence));
		if (strcmp(sentence, expected))
			fail_msg("row %td: \"%s\", not \"%s\"", row - rows, sentence, expected);
	}
}

/* Without a map the defaults hold. */
static void defaults_without_a_map(void **state)
{
	static const struct row none = { .nr_cells = 0 };

	(void)state;
	boot_banks(NULL, NULL, 0);
	check_distances(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_by_table),
		cmocka_unit_test(defaults_without_a_map),
	};

	return cmocka_run_group_tests_name("distances", tests, NULL, NULL);
}

#else

static void one_node(void **state)
{
	(void)state;
	assert_int_equal(node_distance(0, 0), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_node) };

	return cmocka_run_group_tests_name("distances", tests, NULL, NULL);
}

#endif
