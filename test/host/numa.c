/* SPDX-License-Identifier: BSD-2-Clause */
/* Zonelists of nodes for all distance matrices against a reference, borders between nodes, and the
 * order of fallback. */
#include "common/boot.h"

#include <kernel/bitops.h>
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/numa.h>
#include <mm/slab.h>

#include "mm/slab/internal.h"
#include <mm/snapshot.h>
#include <mm/zone_movable.h>
#include <arch/mmu.h>

#define NODES		4
#define NODE_BYTES	(64ul << 20)
#define FIRST_RAM	0x80000000ul

#if defined(CONFIG_NUMA) && CONFIG_NODES_SHIFT >= 2

/* Boots NODES nodes, side by side, with these sizes (0: no memory). Each bit of cpus is a node that
 * has a CPU. */
static void boot_nodes(const u64 *bytes, unsigned int cpus)
{
	phys_addr_t at = FIRST_RAM;
	unsigned int nr = 0;

	boot_banks(NULL, NULL, 0);
	for (int nid = 0; nid < NODES; nid++) {
		if (bytes[nid])
			memblock_add_node(at, bytes[nid], nid, MEMBLOCK_NONE);
		at += bytes[nid];
	}
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE))
		zone_movable_choose();
	boot_run(arch_paging_init, free_area_init);
	host_set_cpus((unsigned int)__builtin_popcount(cpus));
	for (int nid = 0; nid < NODES; nid++)
		if (cpus >> nid & 1)
			cpu_descs[nr++].nid = nid;
}

static void finish_boot(void)
{
	boot_run(setup_per_cpu_areas, setup_per_cpu_pageset);
}

/* Node 1's RAM lies between two banks of node 0, whose zone spans it: a frame is its owner's. */
static void frames_between_two_banks(void **state)
{
	static const int nids[] = { 0, 1, 0 };
	struct frame_snapshot f;

	(void)state;
	boot_banks(NULL, NULL, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(nids); i++)
		memblock_add_node(FIRST_RAM + i * NODE_BYTES, NODE_BYTES, nids[i], MEMBLOCK_NONE);
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE))
		zone_movable_choose();
	boot_run(arch_paging_init, free_area_init);
	host_set_cpus(1);
	build_all_zonelists();
	finish_boot();
	for (unsigned int i = 0; i < ARRAY_SIZE(nids); i++) {
		unsigned long pfn = PFN_DOWN(FIRST_RAM + i * NODE_BYTES + NODE_BYTES / 2);

		assert_true(frame_snapshot(pfn, &f));
		assert_int_equal(f.nid, nids[i]);
		assert_ptr_equal(f.zone, page_zone(pfn_to_page(f.head_pfn))->name);
	}
}

/* ---- the order of nodes ---- */

/*
 * The reference: sorts, for each node in turn, the nodes that are left by cost and takes the first,
 * in plain arrays. order[] gets the nodes with memory.
 */
static int reference_order(int local, unsigned int d[NODES][NODES], const u64 *bytes,
			   unsigned int cpus, unsigned int *load, int *order)
{
	int left[NODES], nr_left = 0, nr = 0, prev = local;

	if (bytes[local])
		order[nr++] = local;
	for (int n = 0; n < NODES; n++)
		if (n != local && bytes[n])
			left[nr_left++] = n;
	while (nr_left) {
		int best = 0;

		for (int i = 1; i < nr_left; i++) {
			int a = left[i], b = left[best];
			unsigned int cost_a = (d[local][a] + (a < local) + (cpus >> a & 1)) *
					      MAX_NUMNODES + load[a];
			unsigned int cost_b = (d[local][b] + (b < local) + (cpus >> b & 1)) *
					      MAX_NUMNODES + load[b];

			if (cost_a < cost_b)
				best = i;
		}
		order[nr] = left[best];
		if (d[local][order[nr]] != d[local][prev])
			load[order[nr]]++;
		prev = order[nr++];
		left[best] = left[--nr_left];
		/* The nodes that are left stay in ascending order, which breaks ties. */
		for (int i = 0; i + 1 < nr_left; i++)
			for (int j = i + 1; j < nr_left; j++)
				if (left[j] < left[i]) {
					int t = left[i];

					left[i] = left[j];
					left[j] = t;
				}
	}
	return nr;
}

static void check_zonelist(int local, const int *order, int nr)
{
	struct zone *const *z = NODE_DATA(local)->zonelist.zones;

	for (int i = 0; i < nr; i++) {
		for (unsigned int idx = MAX_NR_ZONES; idx-- > 0;) {
			struct zone *zone = &NODE_DATA(order[i])->node_zones[idx];

			if (!zone->present_pages)
				continue;
			if (*z != zone)
				fail_msg("node %d: place %d of its zonelist is node %d, not %d",
					 local, i, *z ? (*z)->nid : -1, order[i]);
			z++;
		}
	}
	assert_null(*z);
}

static void check_matrix(unsigned int code, const u64 *bytes, unsigned int cpus)
{
	static const unsigned int values[] = { 10, 20, 40 };
	unsigned int d[NODES][NODES], load[NODES] = { 0 };

	boot_nodes(bytes, cpus);
	for (int a = 0; a < NODES; a++) {
		d[a][a] = 10;
		for (int b = a + 1; b < NODES; b++, code /= 3) {
			d[a][b] = d[b][a] = values[code % 3];
			node_set_distance(a, b, values[code % 3]);
			assert_int_equal(node_distance(b, a), values[code % 3]);
		}
	}
	build_all_zonelists();
	for (int local = 0; local < NODES; local++) {
		int order[NODES], nr;

		if (!bytes[local] && !(cpus >> local & 1))
			continue;
		nr = reference_order(local, d, bytes, cpus, load, order);
		check_zonelist(local, order, nr);
	}
}

/* 3^6 matrices of four nodes: with and without CPUs, and with a node that has no memory. */
static void all_matrices(void **state)
{
	static const u64 all[NODES] = { NODE_BYTES, NODE_BYTES, NODE_BYTES, NODE_BYTES };
	static const u64 gap[NODES] = { NODE_BYTES, 0, NODE_BYTES, NODE_BYTES };

	(void)state;
	for (unsigned int code = 0; code < 729; code++) {
		check_matrix(code, all, 0xf);
		check_matrix(code, all, 0x5);
		check_matrix(code, gap, 0xf);
	}
}

/* ---- allocation ---- */

static void falls_back_in_distance_order(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, NODE_BYTES, NODE_BYTES };
	static const int order[NODES] = { 1, 3, 0, 2 };
	unsigned int at = 0;
	struct page *page;

	(void)state;
	boot_nodes(bytes, 0x2);
	node_set_distance(1, 3, 15);
	node_set_distance(1, 0, 20);
	node_set_distance(1, 2, 40);
	build_all_zonelists();
	finish_boot();
	/* Requests walk the nodes once down to the low marks, and once more down to the min
	 * marks. */
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 3)))
		while (page_nid(page) != order[at % NODES])
			if (++at == 2 * NODES)
				fail_msg("node %d comes again", page_nid(page));
	assert_int_equal(at, 2 * NODES - 1);
}

static void this_node_alone(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, 2 * NODE_BYTES, 0, 0 };
	unsigned long pages = 0;
	struct page *page;

	(void)state;
	boot_nodes(bytes, 0x7);
	build_all_zonelists();
	finish_boot();
	while ((page = alloc_pages_node(0, GFP_MOVABLE | __GFP_THISNODE | __GFP_NOWARN, 0))) {
		assert_int_equal(page_nid(page), 0);
		pages++;
	}
	assert_in_range(pages, NODE_BYTES / PAGE_SIZE * 9 / 10, NODE_BYTES / PAGE_SIZE);
	page = alloc_pages_node(0, GFP_KERNEL, 0);
	assert_non_null(page);
	assert_int_equal(page_nid(page), 1);
	/* A node without memory gives nothing itself, and the nearest node serves its requests. */
	assert_null(alloc_pages_node(2, __GFP_THISNODE | __GFP_NOWARN, 0));
	assert_non_null(alloc_pages_node(2, GFP_KERNEL, 0));
}

/* Frames in slabs on a node, counted by their descriptors. */
static unsigned long slab_frames(int nid)
{
	unsigned long frames = 0;

	for (unsigned long pfn = min_low_pfn; pfn < max_pfn; pfn++)
		frames += pfn_valid(pfn) && page_state(pfn_to_page(pfn)) == PG_SLAB &&
			  page_nid(pfn_to_page(pfn)) == nid;
	return frames;
}

/* The nodes give slabs one after the other, each until it is full, and each counts its own slabs
 * alone. */
static void slabs_count_for_their_node(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, NODE_BYTES, 0 };
	struct kmem_cache *cache;
	unsigned int used = 0;

	(void)state;
	/* The only CPU is on node 1, and new slabs are there, too, as long as node 1 has room. */
	boot_nodes(bytes, 0x2);
	build_all_zonelists();
	finish_boot();
	kmem_cache_init();
	cache = kmem_cache_create("placed", PAGE_SIZE, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	assert_int_equal(slab_pages(true), 0);
	while (used != 0x7) {
		void *object = kmem_cache_alloc(cache, GFP_KERNEL);
		int nid = page_nid(virt_to_page(object));

		assert_true(used ? nid < 3 : nid == 1);
		if (!used)
			assert_int_equal(node_slab_pages(1, true), slab_pages(true));
		used |= 1u << nid;
		while (alloc_pages_node(nid, __GFP_THISNODE | __GFP_NOWARN, 0))
			;
	}
	for (int nid = 0; nid < 3; nid++) {
		unsigned long pages = node_slab_pages(nid, true);

		assert_int_not_equal(pages, 0);
		/* The object of the cache itself is a slab object, too. */
		assert_int_equal(node_slab_pages(nid, false) != 0, nid == 1);
		assert_int_equal(pages + node_slab_pages(nid, false), slab_frames(nid));
	}
	assert_int_equal(slab_pages(true), node_slab_pages(0, true) + node_slab_pages(1, true) +
		node_slab_pages(2, true));
	assert_int_equal(slab_pages(false), node_slab_pages(1, false));
}

/* A shrink empties the depot of each node, also where a nearer node's depot is empty. */
static void a_shrink_empties_each_depot(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, 0, 0 };
	static void *objects[8 * CONFIG_SLAB_MAGAZINE];
	struct kmem_cache *cache;

	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_DEPOT))
		skip();
	boot_nodes(bytes, 0x2);
	build_all_zonelists();
	finish_boot();
	kmem_cache_init();
	cache = kmem_cache_create("placed", 256, 0, 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		kmem_cache_free(cache, objects[i]);
	assert_int_equal(depot_objects(&cache->node[0]), 0);
	assert_int_not_equal(depot_objects(&cache->node[1]), 0);
	kmem_cache_shrink(cache);
	assert_int_equal(depot_objects(&cache->node[1]), 0);
	assert_int_equal(cache->node[1].nr_slabs, 0);
}

/* Each node keeps an empty slab, and a shrink leaves none of them. */
static void a_shrink_leaves_no_node_a_slab(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, 0, 0 };
	struct kmem_cache *cache;

	(void)state;
	boot_nodes(bytes, 0x3);
	build_all_zonelists();
	finish_boot();
	kmem_cache_init();
	cache = kmem_cache_create("placed", 256, 0, 0, NULL);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		host_become_cpu(cpu);
		kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
		kmem_cache_drain_local(cache);
		assert_int_equal(cache->node[cpu].nr_slabs, 1);
	}
	host_become_cpu(0);
	kmem_cache_shrink(cache);
	assert_int_equal(cache->node[0].nr_slabs + cache->node[1].nr_slabs, 0);
}

/* Takes all frames of all nodes and never gives them back. */
static void take_all_pages(void)
{
	for (unsigned int order = NR_PAGE_ORDERS; order-- > 0;)
		while (alloc_pages(GFP_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN, order))
			;
}

/* When no slab has an object left, another node's depot serves. */
static void depots_of_other_nodes_serve_last(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, 0, 0 };
	static void *objects[8 * CONFIG_SLAB_MAGAZINE];
	struct kmem_cache *cache;
	unsigned int taken = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_DEPOT))
		skip();
	boot_nodes(bytes, 0x3);
	build_all_zonelists();
	finish_boot();
	kmem_cache_init();
	cache = kmem_cache_create("placed", 256, 0, 0, NULL);
	host_become_cpu(1);
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	take_all_pages();
	while (kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN))
		;
	while (!depot_objects(&cache->node[1]))
		kmem_cache_free(cache, objects[taken++]);
	assert_int_equal(cache->node[0].nr_free + cache->node[1].nr_free, 0);
	host_become_cpu(0);
	assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN));
	assert_int_equal(depot_objects(&cache->node[1]), 0);
}

/* While a CPU's own node has pages, it gives a new slab even if another node's slabs have room.
 * When the pages are gone, slabs of other nodes serve, to their last object. */
static void own_pages_before_other_slabs(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, 0, 0 };
	struct kmem_cache *cache;
	unsigned int own = 0, others = 0, room = 0;
	void *object, *held;

	(void)state;
	boot_nodes(bytes, 0x3);
	build_all_zonelists();
	finish_boot();
	kmem_cache_init();
	cache = kmem_cache_create("placed", 256, 0, 0, NULL);
	held = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_int_equal(page_nid(virt_to_page(held)), 0);
	kmem_cache_drain_local(cache);
	drain_local_pages();
	room = cache->node[0].nr_free;
	assert_int_not_equal(room, 0);
	host_become_cpu(1);
	assert_int_equal(page_nid(virt_to_page(kmem_cache_alloc(cache, GFP_KERNEL))), 1);
	assert_int_equal(cache->node[0].nr_free, room);
	take_all_pages();
	while ((object = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN))) {
		if (page_nid(virt_to_page(object)) == 1)
			own++;
		else
			others++;
		/* Objects of node 1 come first. */
		assert_false(page_nid(virt_to_page(object)) == 1 && others);
	}
	assert_int_not_equal(own, 0);
	assert_int_equal(others, room);
	/* All the time the magazine of node 0's CPU was empty. */
	host_become_cpu(0);
	assert_null(kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN));
	kmem_cache_free(cache, held);
	assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), held);
}

/* ---- events ---- */

/* Sums a node's events over its zones. */
static unsigned long node_events(int nid, enum numa_event event)
{
	unsigned long nr = 0;

	for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
		nr += zone_numa_events(nid, idx, event);
	return nr;
}

static void assert_events(int nid, unsigned long hit, unsigned long miss, unsigned long foreign,
			  unsigned long local, unsigned long other)
{
	const unsigned long expected[NR_NUMA_EVENTS] = {
		[NUMA_HIT] = hit, [NUMA_MISS] = miss, [NUMA_FOREIGN] = foreign,
		[NUMA_LOCAL] = local, [NUMA_OTHER] = other,
	};

	for (unsigned int e = 0; e < NR_NUMA_EVENTS; e++)
		if (node_events(nid, (enum numa_event)e) != expected[e])
			fail_msg("node %d, event %u: %lu, not %lu", nid, e,
				 node_events(nid, (enum numa_event)e), expected[e]);
}

/* CPU 0 is on node 1; node 2 has a CPU, no memory, and node 1 as its nearest. The counts are
 * literal, for orders with lists and without, and for inline requests and others. */
static void events_by_hand(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, 0, 0 };

	(void)state;
	boot_nodes(bytes, 0x6);
	node_set_distance(2, 1, 15);
	build_all_zonelists();
	finish_boot();
	for (int nid = 0; nid < NODES; nid++)
		assert_events(nid, 0, 0, 0, 0, 0);
	/* The first request fills the list, the others take from it, and the last one is of the
	 * largest order. */
	for (unsigned int i = 0; i < 10; i++)
		assert_non_null(alloc_pages(GFP_KERNEL, 0));
	assert_non_null(alloc_pages(GFP_KERNEL, MAX_ORDER));
	assert_events(1, 11, 0, 0, 11, 0);
	/* These ask for another node, which serves them. */
	for (unsigned int i = 0; i < 5; i++)
		assert_non_null(alloc_pages_node(0, GFP_KERNEL, 1));
	assert_events(0, 5, 0, 0, 0, 5);
	/* A CPU of a node without memory prefers the nearest node: each request is a hit, and
	 * "other". */
	host_become_cpu(1);
	for (unsigned int i = 0; i < 7; i++)
		assert_non_null(alloc_pages(GFP_KERNEL, 0));
	host_become_cpu(0);
	assert_events(1, 18, 0, 0, 11, 7);
	/* Node 0 is full, and node 1 helps out. */
	while (alloc_pages_node(0, GFP_MOVABLE | __GFP_THISNODE | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	assert_int_equal(node_events(0, NUMA_MISS) + node_events(0, NUMA_FOREIGN), 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_non_null(alloc_pages_node(0, GFP_KERNEL, 2));
	assert_events(1, 18, 3, 0, 14, 7);
	assert_int_equal(node_events(0, NUMA_FOREIGN), 3);
	/* A refused request is no event, nor is a free. */
	assert_null(alloc_pages_node(0, __GFP_THISNODE | __GFP_NOWARN, MAX_ORDER));
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, MAX_ORDER + 1));
	__free_pages(alloc_pages(GFP_KERNEL, 0), 0);
	assert_events(1, 19, 3, 0, 15, 7);
	assert_int_equal(node_events(0, NUMA_FOREIGN), 3);
}

/* CPUs of all nodes make requests of all kinds until nothing is left; the events must be what the
 * blocks' own nodes say. proves NE1 */
static void events_at_random(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES / 2, 0, NODE_BYTES };
	unsigned long expected[NODES][NR_NUMA_EVENTS] = { 0 }, met = 0, in_vain = 0;
	struct rng rng = { 88172645463325252ull };

	(void)state;
	boot_nodes(bytes, 0xf);
	node_set_distance(2, 3, 15);
	build_all_zonelists();
	finish_boot();
	while (in_vain < 300) {
		static const gfp_t kinds[] = { GFP_KERNEL, GFP_MOVABLE, __GFP_RECLAIMABLE,
					       GFP_ATOMIC, GFP_MOVABLE | __GFP_THISNODE };
		gfp_t gfp = kinds[rng_below(&rng, ARRAY_SIZE(kinds))] | __GFP_NOWARN;
		unsigned int cpu = (unsigned int)rng_below(&rng, NODES);
		int asked = (int)rng_below(&rng, NODES), own = cpu_descs[cpu].nid;
		unsigned int order = (unsigned int)rng_below(&rng, rng_below(&rng, 16)
							     ? 4 : MAX_ORDER + 1);
		bool at_own = rng_below(&rng, 2), inlined = rng_below(&rng, 2);
		int preferred = at_own ? own : asked, nid;
		struct page *page;

		host_become_cpu(cpu);
		if (!at_own) {
			page = alloc_pages_node(asked, gfp, order);
		} else if (inlined) {
			gfp = GFP_KERNEL | __GFP_NOWARN;
			page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0);
		} else {
			page = alloc_pages(gfp, order);
		}
		in_vain += !page;
		if (!page)
			continue;
		met++;
		/* Node 2 has no memory, and node 3 is its nearest node. */
		preferred = preferred == 2 ? 3 : preferred;
		nid = page_nid(page);
		expected[nid][nid == preferred ? NUMA_HIT : NUMA_MISS]++;
		expected[nid][nid == own ? NUMA_LOCAL : NUMA_OTHER]++;
		expected[preferred][NUMA_FOREIGN] += nid != preferred;
	}
	host_become_cpu(0);
	assert_in_range(met, 1000, ~0u);
	for (int nid = 0; nid < NODES; nid++)
		assert_events(nid, expected[nid][NUMA_HIT], expected[nid][NUMA_MISS],
			      expected[nid][NUMA_FOREIGN], expected[nid][NUMA_LOCAL],
			      expected[nid][NUMA_OTHER]);
}

static void descriptors_lie_on_their_node(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES * 4, NODE_BYTES * 4, 0, 0 };
	const struct memblock_region *r;
	unsigned int found = 0;

	(void)state;
	boot_nodes(bytes, 0x3);
	for_each_reserved_mem_region(r) {
		if (!r->owner || strcmp(r->owner, "memmap"))
			continue;
		found |= r->base < FIRST_RAM + bytes[0] ? 1 : 2;
	}
	assert_int_equal(found, 3);
}

/* The log names nodes with CPUs and without RAM, and leaves out nodes that have neither. */
static void nodes_in_the_log(void **state)
{
	static const u64 bytes[NODES] = { NODE_BYTES, NODE_BYTES, 0, 0 };

	(void)state;
	/* The expected text is for two zones. */
	if (MAX_NR_ZONES != 2)
		skip();
	boot_nodes(bytes, 0x5);
	host_log_clear();
	boot_run(build_all_zonelists, build_all_zonelists);
	assert_string_equal(host_log(), "Initmem setup node 2 as memoryless\n"
			    "Built 3 zonelists, mobility grouping on.  Total pages: 32640\n"
			    "Policy zone: DMA32\n");
	host_log_clear();
	finish_boot();
	assert_non_null(strstr(host_log(), "On node 1 totalpages: 16384\n"
			       "  DMA32 zone: 64 pages used for memmap\n"
			       "  DMA32 zone: 16384 pages, LIFO batch:3\n"));
	assert_null(strstr(host_log(), "On node 2"));
}

/* No largest block of RAM belongs to two nodes: proves N2. */
static void borders_move_to_blocks(void **state)
{
	static const phys_addr_t offsets[] = { 0x1000, 0x1ff000, 0x200000, 0x3ff000, 0x7fff000 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		phys_addr_t border = FIRST_RAM + NODE_BYTES + offsets[i];
		const struct memblock_region *r;

		boot_banks(NULL, NULL, 0);
		memblock_add_node(FIRST_RAM, border - FIRST_RAM, 0, MEMBLOCK_NONE);
		memblock_add_node(border, 4 * NODE_BYTES, 1, MEMBLOCK_NONE);
		numa_move_borders();
		for_each_mem_region(r)
			if (r->nid == 1)
				assert_int_equal(r->base % MAX_ORDER_BYTES, 0);
		assert_int_equal(memblock.memory.cnt, 2);
		assert_int_equal(memblock_phys_mem_size(), border - FIRST_RAM + 4 * NODE_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_matrices),
		cmocka_unit_test(falls_back_in_distance_order),
		cmocka_unit_test(this_node_alone),
		cmocka_unit_test(slabs_count_for_their_node),
		cmocka_unit_test(own_pages_before_other_slabs),
		cmocka_unit_test(a_shrink_empties_each_depot),
		cmocka_unit_test(a_shrink_leaves_no_node_a_slab),
		cmocka_unit_test(depots_of_other_nodes_serve_last),
		cmocka_unit_test(events_by_hand),
		cmocka_unit_test(events_at_random),
		cmocka_unit_test(descriptors_lie_on_their_node),
		cmocka_unit_test(nodes_in_the_log),
		cmocka_unit_test(borders_move_to_blocks),
		cmocka_unit_test(frames_between_two_banks),
	};

	return cmocka_run_group_tests_name("numa", tests, NULL, NULL);
}

#else

static void one_node(void **state)
{
	(void)state;
	assert_int_equal(MAX_NUMNODES, 1);
	assert_int_equal(node_distance(0, 0), LOCAL_DISTANCE);
	assert_int_equal(numa_node_id(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_node) };

	return cmocka_run_group_tests_name("numa", tests, NULL, NULL);
}

#endif
