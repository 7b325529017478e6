/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how far nodes lie apart, and where one ends and the next begins.
 *
 * Structure: a matrix of bytes, filled with the defaults and then from the tree's
 * distance-map: triples (from, to, distance). Node numbers are those of the tree and may have
 * gaps. RAM's nodes are in memblock.memory.
 *
 * Invariants:
 * N1  distance(a, a) = 10, distance(a, b) = distance(b, a) > 10.
 * N2  A largest block of RAM has one node: a border inside one moves up to its end.
 *
 * Locking: none; boot only, constant after it.
 *
 * Configuration: NUMA builds this file; NODES_SHIFT sizes the matrix.
 */
#include <mm/numa.h>

#include <libfdt.h>

#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/conflict.h>
#include <mm/memblock.h>

#define DISTANCE_MOST	255

u8 node_distances[MAX_NUMNODES][MAX_NUMNODES];	/* [c] */

void __init node_set_distance(int from, int to, unsigned int distance)
{
	node_distances[from][to] = (u8)distance;
	node_distances[to][from] = (u8)distance;
}

/* What is wrong with the map, or NULL. */
static const char *__init map_fault(const fdt32_t *cell, int bytes)
{
	int nr_cells = bytes / (int)sizeof(*cell);

	if (bytes % (3 * (int)sizeof(*cell)))
		return "it is not a list of triples";
	for (int i = 0; i < nr_cells; i += 3) {
		u32 from = fdt32_ld(cell + i), to = fdt32_ld(cell + i + 1);
		u32 distance = fdt32_ld(cell + i + 2);

		if (from >= MAX_NUMNODES || to >= MAX_NUMNODES)
			return "it names a node beyond CONFIG_NODES_SHIFT";
		if (distance > DISTANCE_MOST || (from == to) != (distance == LOCAL_DISTANCE) ||
		    distance < LOCAL_DISTANCE)
			return "a distance is not 10 to itself and 11 to 255 to others";
		if (from != to && node_distances[to][from] && node_distances[to][from] != distance)
			return "it is not symmetric";
		node_distances[from][to] = from == to ? 0 : (u8)distance;
	}
	/* A way that is named in one direction holds for both. */
	for (int from = 0; from < MAX_NUMNODES; from++)
		for (int to = 0; to < MAX_NUMNODES; to++)
			if (!node_distances[from][to])
				node_distances[from][to] = node_distances[to][from];
	return NULL;
}

static void __init read_distances(const void *fdt)
{
	int len, node = fdt_path_offset(fdt, "/distance-map");
	const char *fault;
	const void *map;

	if (node < 0)
		return;
	map = fdt_getprop(fdt, node, "distance-matrix", &len);
	if (fdt_node_check_compatible(fdt, node, "numa-distance-map-v1"))
		fault = "it is not compatible with numa-distance-map-v1";
	else if (!map)
		fault = "distance-matrix is missing";
	else
		fault = map_fault(map, len);
	if (!fault)
		return;
	for (int from = 0; from < MAX_NUMNODES; from++)
		for (int to = 0; to < MAX_NUMNODES; to++)
			node_distances[from][to] = 0;
	conflict_add(&(struct conflict){
		.kind = CONFLICT_BAD_DISTANCE_MAP,
		.a = { .name = "/distance-map" },
		.b = { .name = fault },
		.resolution = "ignored, all nodes are " __stringify(REMOTE_DISTANCE) " apart",
	});
}

/* N2: the block that holds the border between a and the next region becomes a's. */
static bool __init move_border(const struct memblock_region *a, const struct memblock_region *b)
{
	phys_addr_t last_block = ALIGN_DOWN(a->base + a->size - 1, MAX_ORDER_BYTES);
	phys_addr_t end = last_block + MAX_ORDER_BYTES;

	if (region_nid(a) == region_nid(b) || b->base >= end)
		return false;
	end = min(end, b->base + b->size);
	conflict_add(&(struct conflict){
		.kind = CONFLICT_NODE_BORDER,
		.a = { "RAM", b->base, end, SIDE_RANGE },
		.b = { .name = "node", .base = (phys_addr_t)region_nid(a), .form = SIDE_NUMBER },
		.resolution = "it goes to that node",
	});
	memblock_set_node(b->base, end - b->base, &memblock.memory, region_nid(a));
	return true;
}

void __init numa_move_borders(void)
{
	unsigned long i = 0;

	while (i + 1 < memblock.memory.cnt) {
		const struct memblock_region *r = &memblock.memory.regions[i];

		/* What moved has merged with r, or stands right behind it with its node. */
		if (!move_border(r, r + 1))
			i++;
	}
}

void __init numa_init(const void *fdt)
{
	read_distances(fdt);
	numa_move_borders();
}
