/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots say what mm/ has, and a walk over caches goes on when the cache that it stands on
 * goes. */
#include "common/boot.h"

#include <kernel/cpu.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/slab.h>
#include <mm/snapshot.h>

#include "mm/page/internal.h"

#define RAM_BYTES	(256ul << 20)

static struct page *taken[64];

/* Boots a machine of which some memory is taken, in pieces. */
static void boot(void)
{
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i++)
		taken[i] = alloc_pages(i % 2 ? GFP_KERNEL : GFP_MOVABLE, i % 3);
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i += 5)
		__free_pages(taken[i], i % 3);
}

static void same_zone(const struct zone_snapshot *z, const struct zone *zone)
{
	unsigned long pageblocks[MIGRATE_TYPES];
	struct zone_free_blocks b;

	assert_string_equal(z->name, zone->name);
	assert_string_equal(zone_name(z->idx), zone->name);
	assert_int_equal(z->nid, zone->nid);
	assert_int_equal(z->idx, zone->idx);
	assert_int_equal(z->start_pfn, zone->zone_start_pfn);
	assert_int_equal(z->spanned_pages, zone->spanned_pages);
	assert_int_equal(z->present_pages, zone->present_pages);
	assert_memory_equal(z->watermark, zone->watermark, sizeof(zone->watermark));
	assert_memory_equal(z->protection, zone->lowmem_reserve, sizeof(zone->lowmem_reserve));
	assert_int_equal(z->pcp_high, zone->pcp_high);
	assert_int_equal(z->pcp_batch, zone->pcp_batch);
	assert_int_equal(z->managed_pages, zone->managed_pages);
	assert_int_equal(z->free_pages, zone->nr_free_pages);
	assert_int_equal(z->init_pages, zone->init_pages);
	zone_free_blocks(z->nid, z->idx, &b);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		assert_memory_equal(b.nr[order], zone->free_area[order].nr_free,
				    sizeof(b.nr[order]));
	zone_pageblocks(z->nid, z->idx, pageblocks);
	assert_memory_equal(pageblocks, zone->nr_pageblocks, sizeof(pageblocks));
	assert_int_equal(zone_pcp_pages(z->nid, z->idx, 0), zone_pcp_count(zone, 0));
}

/* The walk meets all zones of all online nodes, each once, in their order. */
static void zones_are_as_they_are(void **state)
{
	unsigned int place = 0;
	struct zone_snapshot z;
	struct zone *zone;

	(void)state;
	boot();
	for_each_zone(zone) {
		assert_true(zone_snapshot_next(&place, &z));
		same_zone(&z, zone);
		assert_true(zone_snapshot(zone->nid, zone->idx, &z));
		same_zone(&z, zone);
	}
	assert_false(zone_snapshot_next(&place, &z));
	/* A kernel without nodes counts no events of them. */
	for (unsigned int i = 0; i < MAX_NR_ZONES && !IS_ENABLED(CONFIG_NUMA); i++)
		for (int event = 0; event < NR_NUMA_EVENTS; event++)
			assert_int_equal(zone_numa_events(0, i, (enum numa_event)event), 0);
	place = 0;
	for_each_populated_zone_snapshot(&z) {
		assert_int_not_equal(z.present_pages, 0);
		place++;
	}
	for_each_populated_zone(zone)
		place--;
	assert_int_equal(place, 0);
}

static void nodes_are_as_they_are(void **state)
{
	struct node_snapshot n;
	struct zone_snapshot z;
	unsigned int nr = 0;

	(void)state;
	boot();
	assert_true(node_snapshot(0, &n));
	assert_int_equal(n.start_pfn, NODE_DATA(0)->node_start_pfn);
	assert_int_equal(n.spanned_pages, NODE_DATA(0)->node_spanned_pages);
	assert_int_equal(n.present_pages, RAM_BYTES / PAGE_SIZE);
	for (; zonelist_snapshot(0, nr, &z); nr++)
		same_zone(&z, NODE_DATA(0)->zonelist.zones[nr]);
	assert_true(nr > 0 && !NODE_DATA(0)->zonelist.zones[nr]);
	assert_false(zone_snapshot(0, MAX_NR_ZONES, &z));
	assert_false(zone_snapshot(MAX_NUMNODES, 0, &z));
	/* A node may be possible and not exist. */
	if (MAX_NUMNODES > 1) {
		assert_false(node_snapshot(MAX_NUMNODES - 1, &n));
		assert_false(zone_snapshot(MAX_NUMNODES - 1, 0, &z));
	}
}

/* si_mem_available() is what marks and reserves of all zones leave over, down to nothing. */
static void available_memory(void **state)
{
	unsigned long kept = 0;
	struct zone *zone;

	(void)state;
	boot();
	for_each_zone(zone) {
		unsigned long reserve = 0;

		for (unsigned int i = zone->idx; i < MAX_NR_ZONES; i++)
			if (zone->lowmem_reserve[i] > reserve)
				reserve = zone->lowmem_reserve[i];
		reserve += zone->watermark[WMARK_HIGH];
		kept += reserve < zone->managed_pages ? reserve : zone->managed_pages;
	}
	assert_in_range(kept, 1, nr_free_pages() - 1);
	assert_int_equal(si_mem_available(), nr_free_pages() - kept);
	while (alloc_pages(GFP_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	assert_int_equal(nr_free_pages(), 0);
	assert_int_equal(si_mem_available(), 0);
}

#define FIRST_BYTES	(96ul << 20)	/* of the first node's RAM */
#define TABLES		"page tables"

/* Boots with the same RAM on two nodes, if there can be two, and with page tables of boot on
 * both. */
static void boot_two(void)
{
	const struct bank banks[] = { { 0x80000000, FIRST_BYTES },
				      { 0x80000000 + FIRST_BYTES, RAM_BYTES - FIRST_BYTES } };

	boot_banks(NULL, banks, ARRAY_SIZE(banks));
	for (int nid = 0; MAX_NUMNODES > 1 && nid < 2; nid++)
		memblock_set_node(banks[nid].base, banks[nid].bytes, &memblock.memory, nid);
	memblock_reserve_owner(banks[0].base + 4 * PAGE_SIZE, PAGE_SIZE, "between");
	memblock_mark_nomap(banks[0].base + 8 * PAGE_SIZE, PAGE_SIZE);
	memblock_reserve_owner(banks[1].base - PAGE_SIZE, 3 * PAGE_SIZE, TABLES);
	boot_page_allocator(1);
}

/* Counts, one by one, the frames of a node that boot reserved under this name. */
static unsigned long frames_owned(int nid, const char *owner)
{
	unsigned long frames = 0;

	for (unsigned long pfn = min_low_pfn; pfn < max_pfn; pfn++) {
		const struct page *head = pfn_to_page(block_head_pfn(pfn));

		frames += page_state(head) == PG_RESERVED && page_nid(head) == nid &&
			  !strcmp(mem_owner_name(head->owner), owner);
	}
	return frames;
}

static void assert_kept(const unsigned long *tables, const unsigned long *stacks)
{
	unsigned long boot_tables[2] = { frames_owned(0, TABLES), frames_owned(1, TABLES) };
	struct audit a;

	assert_in_range(boot_tables[0], MAX_NUMNODES > 1 ? 1 : 3, 8);
	for (int nid = 0; nid < min(MAX_NUMNODES, 2); nid++) {
		assert_int_equal(node_table_pages(nid), tables[nid] + boot_tables[nid]);
		assert_int_equal(node_stack_pages(nid), stacks[nid]);
	}
	assert_int_equal(memory_audit(&a, NULL, NULL), 0);
	assert_int_equal(a.pages[PG_TABLE], tables[0] + tables[1]);
	assert_int_equal(a.pages[PG_STACK], stacks[0] + stacks[1]);
}

/* Blocks of four orders become tables and stacks on each node and are given back; each frame of
 * them is counted as audit counts it. */
static void tables_and_stacks_are_counted(void **state)
{
	unsigned long tables[2] = { 0 }, stacks[2] = { 0 };

	(void)state;
	boot_two();
	assert_kept(tables, stacks);
	for (int i = 0; i < 16; i++) {
		int nid = i / 2 % min(MAX_NUMNODES, 2);

		taken[i] = alloc_pages_node(nid, GFP_KERNEL, (unsigned int)i / 4);
		page_become(taken[i], i % 2 ? PG_STACK : PG_TABLE);
		(i % 2 ? stacks : tables)[nid] += 1ul << i / 4;
		assert_kept(tables, stacks);
	}
	for (int i = 0; i < 16; i++) {
		int nid = page_nid(taken[i]);

		page_become(taken[i], PG_ALLOCATED);
		__free_pages(taken[i], (unsigned int)i / 4);
		(i % 2 ? stacks : tables)[nid] -= 1ul << i / 4;
		assert_kept(tables, stacks);
	}
}

static unsigned int caches_named(const char *name)
{
	unsigned int found = 0;
	struct slabinfo s;

	for (unsigned int row = 0; slabinfo_next(&row, &s);)
		found += !strcmp(s.name, name);
	return found;
}

/* One cache goes after the walk met it, the one behind it is met all the same, and one that comes
 * later may be. */
static void caches_that_stay_are_met_once(void **state)
{
	struct kmem_cache *first, *second;
	unsigned int row = 0, met = 0;
	struct slabinfo s;

	(void)state;
	boot();
	first = kmem_cache_create("first", 40, 0, 0, NULL);
	second = kmem_cache_create("second", 40, 0, 0, NULL);
	while (slabinfo_next(&row, &s)) {
		if (!strcmp(s.name, "first"))
			assert_int_equal(kmem_cache_destroy(first), 0);
		met += !strcmp(s.name, "second");
	}
	assert_int_equal(met, 1);
	assert_int_equal(caches_named("first"), 0);
	assert_int_equal(caches_named("kmalloc-256"), 1);
	assert_int_equal(kmem_cache_destroy(second), 0);
}

static void names_are_cut_to_fit(void **state)
{
	static const char name[] = "a name that is longer than what a line of slabinfo has room for";
	struct kmem_cache *cache;
	struct slabinfo s;

	(void)state;
	boot();
	BUILD_ASSERT(sizeof(name) > SLABINFO_NAME_BYTES, "too short a name");
	cache = kmem_cache_create(name, 100, 0, 0, NULL);
	slabinfo_read(cache, &s);
	assert_int_equal(strlen(s.name), SLABINFO_NAME_BYTES - 1);
	assert_memory_equal(s.name, name, SLABINFO_NAME_BYTES - 1);
	assert_int_equal(s.objsize, kmem_cache_size(cache) + 4);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

/* Linux's definitions, reckoned by hand: proves what /proc/extfrag prints. */
static void free_memory_in_pieces(void **state)
{
	struct zone_free_blocks b = { .nr = { { 0 } } };

	(void)state;
	/* Nothing is free. */
	assert_int_equal(unusable_free_index(&b, 0), 1000);
	assert_int_equal(fragmentation_index(&b, 0), 0);
	/* 3 single pages, 2 blocks of 2, 1 of 8: 15 pages in 6 blocks. */
	b.nr[0][0] = 2;
	b.nr[0][MIGRATE_TYPES - 1]++;
	b.nr[1][0] = 2;
	b.nr[3][0] = 1;
	assert_int_equal(unusable_free_index(&b, 0), 0);
	assert_int_equal(unusable_free_index(&b, 1), 200);	/* 3 of 15 */
	assert_int_equal(unusable_free_index(&b, 2), 466);	/* 7 of 15 */
	assert_int_equal(unusable_free_index(&b, 3), 466);
	assert_int_equal(unusable_free_index(&b, 4), 1000);
	assert_int_equal(fragmentation_index(&b, 3), -1000);
	/* A block of 16: 1000 - (1000 + 937) / 6; one of 64, which 15 pages are far from. */
	assert_int_equal(fragmentation_index(&b, 4), 678);
	assert_int_equal(fragmentation_index(&b, 6), 795);
	/* One piece that is too small lacks memory alone. */
	b = (struct zone_free_blocks){ .nr = { [0] = { 1 } } };
	assert_int_equal(fragmentation_index(&b, 10), 0);
}

static void expect_frame(unsigned long pfn, const struct page *head, const char *owner)
{
	struct frame_snapshot f;

	assert_true(frame_snapshot(pfn, &f));
	assert_int_equal(f.head_pfn, page_to_pfn(head));
	assert_int_equal(f.order, page_order(head));
	assert_int_equal(f.state, page_state(head));
	assert_int_equal(f.nid, 0);
	assert_string_equal(f.zone, page_zone(head)->name);
	assert_string_equal(f.migratetype, migratetype_names[page_migratetype(head)]);
	assert_string_equal(f.owner, owner);
}

/* Any frame of a block says whose it is. */
static void frames_have_owners(void **state)
{
	struct frame_snapshot f;
	struct kmem_cache *cache;
	struct page *page, *inner;
	void *object;

	(void)state;
	boot();
	page = taken[2];
	expect_frame(page_to_pfn(page) + 3, page, "allocated");
	page_become(page, PG_STACK);
	expect_frame(page_to_pfn(page), page, "CPU stack");
	page_become(page, PG_ALLOCATED);
	expect_frame(PFN_DOWN(__pa(memblock_copy)),
		     pfn_to_page(block_head_pfn(PFN_DOWN(__pa(memblock_copy)))),
		     "memblock copy, since boot");
	cache = kmem_cache_create("boxes", 3000, 0, 0, NULL);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	inner = virt_to_page(object);
	expect_frame(page_to_pfn(inner), pfn_to_page(block_head_pfn(page_to_pfn(inner))),
		     "slab of cache boxes");
	kmem_cache_free(cache, object);
	assert_int_equal(kmem_cache_destroy(cache), 0);
	/* A slab whose cache has gone is a fault, and has no name. */
	page = alloc_pages(GFP_KERNEL, 0);
	inner = page;
	inner->word = (inner->word & ~(PAGE_FIELD_MASK(TAG) | PAGE_FIELD_MASK(STATE))) |
		      (CONFIG_SLAB_CACHES - 1u) << PAGE_TAG_SHIFT | PG_SLAB << PAGE_STATE_SHIFT;
	expect_frame(page_to_pfn(page), page, "slab of cache (ended)");
	assert_false(frame_snapshot(max_pfn, &f));
	assert_false(frame_snapshot(0, &f));
}

/* Descriptors that nobody has, that say what cannot be, and that an owner of movable pages has. */
static void frames_without_owners(void **state)
{
	static const struct bank banks[] = { { 0x80000000, 33 << 20 },
					     { 0x80000000 + (34 << 20), 30 << 20 } };
	struct frame_snapshot f;
	struct page *page;

	(void)state;
	boot_banks(NULL, banks, 2);
	boot_page_allocator(1);
	/* Between the banks, in a granule that both share. */
	assert_true(pfn_valid(PFN_DOWN(0x80000000 + (33 << 20))));
	assert_false(frame_snapshot(PFN_DOWN(0x80000000 + (33 << 20)), &f));
	page = alloc_pages(GFP_KERNEL, 0);
	assert_true(frame_snapshot(page_to_pfn(page), &f));
	assert_string_not_equal(f.migratetype, "?");
	page->word |= PAGE_FIELD_MASK(MT) | PAGE_FIELD_MASK(SPECIAL);
	if (page_migratetype(page) < MIGRATE_TYPES)
		return;
	assert_true(frame_snapshot(page_to_pfn(page), &f));
	assert_string_equal(f.migratetype, "?");
}

static void lists_of_a_cpu(void **state)
{
	unsigned int count, limit;
	unsigned long pages = 0;

	(void)state;
	boot();
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned int mt = 0;

		for (; zone_pcp_list(0, ZONE_NORMAL, 0, order, mt, &count, &limit); mt++) {
			assert_in_range(count, 0, limit);
			pages += (unsigned long)count << order;
		}
		assert_int_equal(mt, pcp_order(order) ? MIGRATE_PCPTYPES : 0);
	}
	assert_int_equal(pages, zone_pcp_pages(0, ZONE_NORMAL, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_are_as_they_are),
		cmocka_unit_test(nodes_are_as_they_are),
		cmocka_unit_test(available_memory),
		cmocka_unit_test(tables_and_stacks_are_counted),
		cmocka_unit_test(caches_that_stay_are_met_once),
		cmocka_unit_test(names_are_cut_to_fit),
		cmocka_unit_test(free_memory_in_pieces),
		cmocka_unit_test(frames_have_owners),
		cmocka_unit_test(frames_without_owners),
		cmocka_unit_test(lists_of_a_cpu),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
