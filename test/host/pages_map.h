/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PAGES_MAP_H
#define TEST_HOST_PAGES_MAP_H

/*
 * Memory maps for the page tests, and what every frame of a map must be. The answer is worked out
 * frame by frame from the ranges, in the slowest and plainest way, and uses nothing of mm/ but its
 * constants.
 */
#include "common/boot.h"

#include <kernel/cmdline.h>
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/audit.h>
#include <mm/cma_areas.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/page.h>

#include "mm/page/internal.h"

#define MAP_BANKS	4
#define MAP_KEEPS	8
#define MB(n)		((u64)(n) << 20)
#define GB(n)		((u64)(n) << 30)
#define FRAME		4096ull

/* A range that boot keeps from the allocator: reserved under a name, or not mapped. */
struct map_keep {
	u64 base, bytes;
	const char *owner;
	bool nomap;
};

struct map {
	const char *name;
	struct bank banks[MAP_BANKS];
	int nids[MAP_BANKS];		/* with CONFIG_NUMA, the banks' nodes */
	struct map_keep keeps[MAP_KEEPS];
	unsigned int every_other;	/* of the first bank, single frames reserved */
	struct bank area;		/* with CONFIG_CMA, contiguous memory that is lent */
	unsigned int cpus;		/* 0 means one */
	const char *cmdline;
};

/* ---- areas of contiguous memory ---- */

static inline unsigned int map_areas(void)
{
	return IF_ENABLED(CONFIG_CMA, cma_area_count) + 0;
}

/* Is the frame one of an area's? */
static inline bool map_area_of(unsigned long pfn)
{
	for (unsigned int i = 0; i < map_areas(); i++)
		if (pfn - cma_areas[i].base_pfn < cma_areas[i].pages)
			return true;
	return false;
}

/* The map's area, unless pageblocks are too large for it. */
static inline void map_set_area(const struct map *map)
{
	IF_ENABLED(CONFIG_CMA,
		   cma_area_count = 0;
		   if (!map->area.bytes || (map->area.base | map->area.bytes) % CMA_AREA_ALIGN)
			   return;
		   assert_int_equal(memblock_reserve_owner(map->area.base, map->area.bytes,
							   "camera"), 0);
		   cma_areas[cma_area_count++] = (struct cma_area){
			   .name = "camera", .base_pfn = map->area.base / FRAME,
			   .pages = map->area.bytes / FRAME, .is_default = true,
		   };)
	(void)map;
}

/* Makes the machine up to where memblock_free_all() would come. The image lies at the end of the
 * address space, out of the way. */
static inline void map_prepare(const struct map *map)
{
	struct host_machine m = { .first_ram = map->banks[0].base, .kernel_pa = 1ull << 60,
				  .kernel_bytes = HOST_INIT_END };
	unsigned int count = 0;

	while (count < MAP_BANKS && map->banks[count].bytes)
		count++;
	boot_banks(&m, map->banks, count);
	for (unsigned int i = 0; i < count; i++)
		if (IS_ENABLED(CONFIG_NUMA))
			assert_int_equal(memblock_set_node(map->banks[i].base, map->banks[i].bytes,
							   &memblock.memory, map->nids[i]), 0);
	/* As boot does with the tree's ranges: RAM is cut to whole frames, NOMAP ranges are
	 * extended to them. */
	memblock_trim_memory(FRAME);
	cmdline_init(map->cmdline);
	for (const struct map_keep *k = map->keeps; k < map->keeps + MAP_KEEPS && k->bytes; k++) {
		if (k->nomap)
			assert_int_equal(memblock_mark_nomap(ALIGN_DOWN(k->base, FRAME),
							     ALIGN_UP(k->base % FRAME + k->bytes,
								      FRAME)), 0);
		else
			assert_int_equal(memblock_reserve_owner(k->base, k->bytes, k->owner), 0);
	}
	map_set_area(map);
	for (unsigned int i = 0; i < map->every_other; i++)
		assert_int_equal(memblock_reserve_owner(map->banks[0].base + 2 * i * FRAME, FRAME,
							"every other"), 0);
}

/* ---- what a frame is ---- */

enum frame_kind { FRAME_NO_RAM, FRAME_KEPT, FRAME_FREE };

/* Returns the region that holds all (or, with any, some) of the frame's bytes, or NULL. */
static inline const struct memblock_region *frame_region(const struct memblock_type *type,
							 unsigned long pfn, bool any)
{
	u64 start = pfn * FRAME, end = start + FRAME;

	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (any ? r->base < end && r->base + r->size > start
			: r->base <= start && r->base + r->size >= end)
			return r;
	}
	return NULL;
}

static inline enum frame_kind frame_kind_in(const struct memblock *ranges, unsigned long pfn)
{
	const struct memblock_region *ram = frame_region(&ranges->memory, pfn, false);

	if (!ram)
		return FRAME_NO_RAM;
	if (ram->flags & MEMBLOCK_NOMAP || frame_region(&ranges->reserved, pfn, true))
		return FRAME_KEPT;
	return FRAME_FREE;
}

/* By the ranges as they were when memory was handed over. */
static inline enum frame_kind frame_kind(unsigned long pfn)
{
	return map_area_of(pfn) ? FRAME_FREE : frame_kind_in(memblock_copy, pfn);
}

/* The node of a frame of RAM. */
static inline int frame_node(unsigned long pfn)
{
	return frame_region(&memblock_copy->memory, pfn, false)->nid;
}

static inline unsigned long map_first_pfn(void)
{
	return memblock_copy->memory.regions[0].base / FRAME;
}

static inline unsigned long map_end_pfn(void)
{
	const struct memblock_type *ram = &memblock_copy->memory;
	const struct memblock_region *last = &ram->regions[ram->cnt - 1];

	return (last->base + last->size + FRAME - 1) / FRAME;
}

/* ---- which zone a frame is in ---- */

/* A zone's number over all nodes, as descriptors and per-CPU lists have it. */
#define NR_ZONE_IDS	(MAX_NUMNODES << PAGE_ZONE_BITS)

static inline unsigned int page_zone_id(const struct page *page)
{
	return (unsigned int)page_nid(page) << PAGE_ZONE_BITS | page_zone_idx(page);
}

static inline struct zone *zone_of_id(unsigned int id)
{
	return &NODE_DATA(id >> PAGE_ZONE_BITS)->node_zones[id & ((1 << PAGE_ZONE_BITS) - 1)];
}

/* Passes over numbers that no zone has. */
#define for_each_zone_id(id) \
	for ((id) = 0; (id) < NR_ZONE_IDS; (id)++) \
		if (((id) & ((1 << PAGE_ZONE_BITS) - 1)) < MAX_NR_ZONES)

/* One past the last address of each zone, or 0 where the zone is not built; that of ZONE_MOVABLE
 * comes from the map. */
static const struct {
	unsigned int idx;
	u64 limit;
} map_zone_limits[] = {
	{ ZONE_DMA, MB(ZONE_DMA_LIMIT_MB) },
	{ ZONE_DMA32, IS_ENABLED(CONFIG_ZONE_DMA32) ? GB(4) : 0 },
	{ ZONE_NORMAL, ~0ull },
};

#define MAP_MOVABLE_BYTES	MB(ZONE_MOVABLE_SIZE_MB)

/* First frame of each node's movable zone, or ~0. */
static unsigned long map_movable_pfn[MAX_NUMNODES];

static inline unsigned long map_first_block(void)
{
	return memblock.memory.regions[0].base / FRAME >> CONFIG_MAX_ORDER << CONFIG_MAX_ORDER;
}

/*
 * A node's movable zone grows from the highest border down, by a largest block at a time, until it
 * has as many free frames as are wanted, but no more than half of the node's. free has the number
 * of free frames in each block. Each node of the maps can give its share.
 */
static inline unsigned long map_measure_node(int nid, unsigned long want, unsigned long blocks,
					     const unsigned int (*free)[MAX_NUMNODES])
{
	unsigned long most = 0, taken = 0, block = blocks;

	for (unsigned long i = 0; i < blocks; i++)
		most += free[i][nid];
	while (block && taken < want && taken + free[block - 1][nid] <= most / 2)
		taken += free[--block][nid];
	if (taken)
		map_movable_pfn[nid] = map_first_block() + (block << CONFIG_MAX_ORDER);
	return taken;
}

/* Measures the movable zones before boot takes any frame for itself. What is offline counts for
 * nothing: the kernel can live from RAM alone that is there. */
static inline void map_measure(const struct map *map)
{
	const struct memblock_type *ram = &memblock.memory;
	unsigned long end_pfn = PFN_DOWN(memblock_end_of_DRAM()), want, nodes = 0, given;
	unsigned long blocks = ((end_pfn - map_first_block()) >> CONFIG_MAX_ORDER) + 1;
	unsigned int (*free_frames)[MAX_NUMNODES] = calloc(blocks, sizeof(*free_frames));
	bool has_ram[MAX_NUMNODES] = { false };

	for (unsigned long pfn = PFN_DOWN(ram->regions[0].base); pfn < end_pfn; pfn++) {
		int nid;

		if (frame_kind_in(&memblock, pfn) != FRAME_FREE)
			continue;
		nid = frame_region(ram, pfn, false)->nid;
		free_frames[(pfn - map_first_block()) >> CONFIG_MAX_ORDER][nid]++;
		nodes += !has_ram[nid];
		has_ram[nid] = true;
	}
	want = MAP_MOVABLE_BYTES / FRAME;
	if (map->cmdline && strncmp(map->cmdline, "movablecore=", 12) == 0)
		want = MB(strtoull(map->cmdline + 12, NULL, 10)) / FRAME;
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		if (!has_ram[nid])
			continue;
		given = map_measure_node(nid, DIV_ROUND_UP(want, nodes), blocks,
					 (const unsigned int (*)[MAX_NUMNODES])free_frames);
		want -= min(want, given);
		nodes--;
	}
	free(free_frames);
}

/* The zone that an address has by the limits alone. */
static inline unsigned int limits_zone(unsigned long pfn)
{
	unsigned int i = 0;

	while (pfn * FRAME >= map_zone_limits[i].limit)
		i++;
	return map_zone_limits[i].idx;
}

/* The zone of a frame of RAM. */
static inline unsigned int frame_zone(unsigned long pfn)
{
	unsigned int nid = (unsigned int)frame_node(pfn);

	return nid << PAGE_ZONE_BITS |
	       (pfn >= map_movable_pfn[nid] ? ZONE_MOVABLE : limits_zone(pfn));
}

/* Runs all of boot; the functions above may be called after it. */
static inline void map_boot(const struct map *map)
{
	map_prepare(map);
	boot_hot_ranges();
	memset(map_movable_pfn, 0xff, sizeof(map_movable_pfn));
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE))
		map_measure(map);
	boot_after_hot_ranges(map->cpus && map->cpus <= CONFIG_NR_CPUS ? map->cpus : 1);
}

/* ---- audit as a test ---- */

static inline void map_audit_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "audit: %s\n", line);
}

static inline struct audit map_audit(void)
{
	struct audit a;

	assert_int_equal(memory_audit(&a, map_audit_line, NULL), 0);
	return a;
}

/* An order that is a constant takes the inline path. */
static inline void free_with_constants(struct page *page, unsigned int order)
{
	switch (order) {
	case 0:
		__free_pages(page, 0);
		break;
	case 1:
		__free_pages(page, 1);
		break;
	case 2:
		__free_pages(page, 2);
		break;
	case 3:
		__free_pages(page, 3);
		break;
	default:
		__free_pages(page, order);
	}
}

#endif /* TEST_HOST_PAGES_MAP_H */
