/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A drain empties every list of every CPU, and a shrink every magazine; neither waits for a CPU
 * that fills its lists again meanwhile.
 */
#include "pages_take.h"

#include <sched.h>

#include <kernel/smp.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <arch/processor.h>

#include "mm/slab/internal.h"

#define CPUS	MIN_CONST(CONFIG_NR_CPUS, 3)
#define NODES	MIN_CONST(MAX_NUMNODES, 2)

/* The zones are large enough for the CPUs to keep whole pageblocks. */
static const struct map wide = { .banks = { { GB(4) - MB(512), GB(1) } }, .cpus = CPUS };

/* Fills each list of the running CPU up to its limit; returns the number of blocks. */
static unsigned long fill_all_lists(void)
{
	static struct page *pages[CONFIG_PCP_HIGH + 1];
	unsigned long blocks = 0;
	struct zone *zone;
	unsigned int order, mt;

	for_each_populated_zone(zone) {
		for_each_pcp_order(order) {
			for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
				struct pcp_list *list = this_cpu_ptr(pcp_list_of(zone, order, mt));
				unsigned int nr = 0;

				if (pcp_shares(order))
					pcp_raise_limit(zone, list, order);
				for (; nr < list->limit; nr++) {
					unsigned long flags = spin_lock_irqsave(&zone->lock);

					pages[nr] = buddy_alloc(zone, order, mt);
					account_kernel(1l << order);
					spin_unlock_irqrestore(&zone->lock, flags);
				}
				while (nr)
					__free_pages(pages[--nr], order);
				/* A build that checks everything keeps no pageblocks on its
				 * lists. */
				if (PAGES_INLINE || order < PCP_SMALL_ORDERS)
					assert_int_equal(list->count, list->limit);
				blocks += list->count;
			}
		}
	}
	return blocks;
}

static void take_pages(struct page **pages, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		pages[i] = alloc_pages(GFP_KERNEL, 0);
		assert_non_null(pages[i]);
	}
}

/* Whoever frees one page after the other finds room on his list again and again. */
static void full_lists_give_batches_back(void **state)
{
	static struct page *pages[4000];
	unsigned int last = 0, batches = 0, count, limit;

	(void)state;
	needs(&wide);
	map_boot(&wide);
	take_pages(pages, ARRAY_SIZE(pages));
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		const struct zone *zone = page_zone(pages[i]);

		__free_pages(pages[i], 0);
		if (zone != page_zone(pages[0]))
			continue;
		assert_true(zone_pcp_list(zone->nid, zone->idx, 0, 0,
					  MIGRATE_UNMOVABLE,
					  &count, &limit));
		batches += count < last;
		last = count;
	}
	assert_true(batches >= 3);
	map_audit();
}

/* Whatever they are and in whatever order, pages that are given back together are free afterwards;
 * those that lie one behind the other become large blocks at once. */
static void pages_go_together(void **state)
{
	static struct page *pages[3000];
	unsigned int nr = ARRAY_SIZE(pages), part;
	unsigned long before;

	(void)state;
	needs(&wide);
	map_boot(&wide);
	drain_all_pages();
	before = nr_free_pages();
	for (unsigned int i = 0; i < nr; i++) {
		pages[i] = alloc_pages(i % 97 ? GFP_KERNEL : GFP_KERNEL | __GFP_MOVABLE, 0);
		assert_non_null(pages[i]);
	}
	for (unsigned int i = nr / 2; i < nr; i++) {
		unsigned int other = nr / 2 + i * 7919u % (nr - nr / 2);
		struct page *page = pages[i];

		pages[i] = pages[other];
		pages[other] = page;
	}
	for (unsigned int at = 0; at < nr; at += part) {
		part = 1 + at * 31u % 100;
		part = min(part, nr - at);
		free_single_pages(pages + at, part);
		map_audit();
	}
	drain_all_pages();
	assert_int_equal(nr_free_pages(), before);
}

/* proves A2 of pages that are given back together */
static void no_page_goes_twice(void **state)
{
	struct page *pages[40];

	(void)state;
	needs(&wide);
	map_boot(&wide);
	take_pages(pages, ARRAY_SIZE(pages));
	pages[17] = pages[3];
	assert_int_not_equal(HOST_TRY(free_single_pages(pages, ARRAY_SIZE(pages))), HOST_RAN_ON);
}

/* Where no block of the size is free, a list gets the largest piece of another one that it has room
 * for, and no second one: what is left lies together. */
static void a_refill_is_one_piece(void **state)
{
	struct pcp_list *list;
	struct zone *zone;
	struct page *page;

	(void)state;
	needs(&wide);
	map_boot(&wide);
	page = alloc_pages(GFP_KERNEL, 0);
	zone = page_zone(page);
	list = this_cpu_ptr(pcp_list_of(zone, 0, MIGRATE_UNMOVABLE));
	__free_pages(page, 0);
	drain_all_pages();
	assert_int_equal(list->count, 0);
	zone->pcp_batch = 11;
	while (zone->free_orders[MIGRATE_UNMOVABLE] & 0xf)
		assert_non_null(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC,
					    ctz32(zone->free_orders[MIGRATE_UNMOVABLE])));
	drain_all_pages();
	assert_int_equal(zone->free_orders[MIGRATE_UNMOVABLE] & 0xf, 0);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_non_null(page);
	assert_int_equal(list->count, 7);
}

static unsigned long pages_on_lists(unsigned int cpu)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		pages += zone_pcp_count(zone, cpu);
	return pages;
}

/* Boots, and fills all lists of all CPUs; returns the number of blocks on each CPU. */
static unsigned long all_lists_are_full(void)
{
	unsigned long blocks = 0;

	needs(&wide);
	map_boot(&wide);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		host_become_cpu(cpu);
		blocks = fill_all_lists();
	}
	host_become_cpu(0);
	map_audit();
	return blocks;
}

/* Sets each batch to one block, so that a drain needs the most steps. */
static void batches_of_one(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		zone->pcp_batch = 1;
}

static void a_cpu_drains_its_own_lists(void **state)
{
	(void)state;
	all_lists_are_full();
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		unsigned long others = 0;

		assert_int_not_equal(pages_on_lists(cpu), 0);
		for (unsigned int other = cpu + 1; other < CPUS; other++)
			others += pages_on_lists(other);
		host_become_cpu(cpu);
		drain_local_pages();
		assert_int_equal(pages_on_lists(cpu), 0);
		for (unsigned int other = cpu + 1; other < CPUS; other++)
			others -= pages_on_lists(other);
		assert_int_equal(others, 0);
		map_audit();
	}
	host_become_cpu(0);
	check_all_is_back();
}

/* Each step gives back at least a batch, and returns true until nothing is left. */
static void a_step_is_a_batch(void **state)
{
	unsigned long blocks = all_lists_are_full(), steps = 0;

	(void)state;
	batches_of_one();
	while (drain_pages_step())
		steps++;
	assert_int_equal(steps, blocks);
	assert_int_equal(pages_on_lists(0), 0);
}

static void all_cpus_are_drained_to_the_last_block(void **state)
{
	(void)state;
	for (unsigned int small = 0; small < 2; small++) {
		all_lists_are_full();
		if (small)
			batches_of_one();
		drain_all_pages();
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			assert_int_equal(pages_on_lists(cpu), 0);
		check_all_is_back();
	}
}

/* A drain of empty lists calls each CPU once for each zone: no interrupt looks at the lists of more
 * than one. */
static void a_drain_ends_when_nothing_is_left(void **state)
{
	unsigned long played, zones = 0;
	struct zone *zone;

	(void)state;
	if (CPUS < 2)
		skip();
	all_lists_are_full();
	drain_all_pages();
	played = host_calls_played;
	drain_all_pages();
	for_each_populated_zone(zone)
		zones++;
	assert_int_equal(host_calls_played, played + zones * (CPUS - 1));
}

/* ---- against a CPU that fills again ---- */

/* How often the CPU filled its lists and was drained, and the drain after which it stops
 * filling. */
static u32 filled, drained, enough;

/* Waits until held() is not 0, lets the interrupt come that drains it, and calls fill() again. */
static void refill(unsigned long (*held)(void), void (*fill)(void))
{
	arch_local_irq_disable();
	while (__atomic_load_n(&drained, __ATOMIC_RELAXED) <
	       __atomic_load_n(&enough, __ATOMIC_RELAXED)) {
		unsigned long before;

		fill();
		before = held();
		__atomic_store_n(&filled, 1, __ATOMIC_RELEASE);
		arch_local_irq_enable();
		arch_local_irq_disable();
		if (held() < before)
			__atomic_fetch_add(&drained, 1, __ATOMIC_RELAXED);
	}
	arch_local_irq_enable();
}

static unsigned long own_pages(void)
{
	return pages_on_lists(smp_processor_id());
}

static void fill_lists(void)
{
	struct page *pages[2];

	for (unsigned int i = 0; i < 2; i++)
		pages[i] = alloc_pages(GFP_NOWAIT, 0);
	for (unsigned int i = 0; i < 2; i++)
		__free_pages(pages[i], 0);
}

static void refill_lists(void *arg)
{
	(void)arg;
	refill(own_pages, fill_lists);
}

static struct kmem_cache *cache;

static unsigned long own_objects(void)
{
	return magazine_count(this_cpu_ptr(cache->magazine));
}

static void *stash[CONFIG_SLAB_MAGAZINE];
static size_t nr_stash;

static void fill_magazine(void)
{
	while (own_objects() < CONFIG_SLAB_MAGAZINE) {
		if (!nr_stash)
			nr_stash = kmem_cache_alloc_bulk(cache, GFP_NOWAIT, ARRAY_SIZE(stash),
							 stash);
		kmem_cache_free(cache, stash[--nr_stash]);
	}
}

static void refill_magazine(void *arg)
{
	(void)arg;
	nr_stash = 0;
	refill(own_objects, fill_magazine);
	kmem_cache_free_bulk(cache, nr_stash, stash);
}

/* Then a long work waits for a thread of the scheduler's, which CPUs do not have here. */
#define LONG_WORK_HAS_THREADS	IS_ENABLED(CONFIG_THREADS)

static void boot_threads(void)
{
	boot_ram(MB(64), 2);
	kmem_cache_init();
	host_start_cpus();
	assert_int_equal(num_online_cpus(), 2);
}

/* Returns how often CPU 1 was drained while it ran fn, or 0 where the drain went on until fn ended
 * by itself, after ten times most. */
static u32 drains_of(void (*fn)(void *), void (*drain)(void), u32 most)
{
	static struct cpu_work work;
	u32 nr;

	work = (struct cpu_work){ .fn = fn };
	filled = drained = 0;
	enough = 10 * most;
	assert_int_equal(cpu_work_start(1, &work), 0);
	while (!__atomic_load_n(&filled, __ATOMIC_ACQUIRE))
		sched_yield();
	drain();
	nr = __atomic_exchange_n(&enough, 0, __ATOMIC_RELAXED) ? drained : 0;
	cpu_work_wait(&work);
	assert_int_equal(cpu_down(1), 0);
	return nr;
}

static void a_drain_of_pages_ends(void **state)
{
	u32 most = 2;
	struct zone *zone;

	(void)state;
	if (CPUS < 2 || LONG_WORK_HAS_THREADS)
		skip();
	boot_threads();
	batches_of_one();
	/* With batches of one there is a step for each block. */
	for_each_populated_zone(zone)
		most += pcp_blocks_most(zone);
	assert_in_range(drains_of(refill_lists, drain_all_pages, most), 1, most);
	drain_all_pages();
	assert_int_equal(pages_on_lists(0) + pages_on_lists(1), 0);
	map_audit();
}

/* A list that may hold more gets it from those that do not use theirs: no more than is lacking, by
 * whole blocks. */
static void a_limit_is_raised_by_what_others_lack(void **state)
{
	struct pcp_list *from, *to;
	struct zone *zone;
	u32 *spare;

	(void)state;
	if (PCP_SMALL_ORDERS < 3)
		skip();
	needs(&wide);
	map_boot(&wide);
	zone = main_zone();
	spare = this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]);
	from = this_cpu_ptr(pcp_list_of(zone, 2, 0));
	to = this_cpu_ptr(pcp_list_of(zone, 1, 0));
	from->limit = 10;
	to->limit = 0;
	*spare = 1;
	assert_true(zone->pcp_batch >= 4);
	pcp_raise_limit(zone, to, 1);
	/* Four blocks are eight pages, of which one was there. */
	assert_int_equal(to->limit, 4);
	assert_int_equal(from->limit, 8);
	assert_int_equal(*spare, 1);
}

/* A list that may not grow gets what the richest one gives back. */
static void the_richest_list_makes_room(void **state)
{
	struct page *pages[CONFIG_PCP_HIGH + 1];
	struct pcp_list *from, *to;
	struct zone *zone;
	unsigned int nr = 0;
	unsigned long flags;

	(void)state;
	if (PCP_SMALL_ORDERS < 3)
		skip();
	needs(&wide);
	map_boot(&wide);
	zone = main_zone();
	from = this_cpu_ptr(pcp_list_of(zone, 2, 0));
	to = this_cpu_ptr(pcp_list_of(zone, 1, 0));
	from->limit = zone->pcp_batch;
	flags = spin_lock_irqsave(&zone->lock);
	while (nr < from->limit)
		pages[nr++] = buddy_alloc(zone, 2, 0);
	spin_unlock_irqrestore(&zone->lock, flags);
	while (nr)
		__free_pages(pages[--nr], 2);
	assert_int_equal(from->count, from->limit);
	*this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]) = 0;
	to->limit = 0;
	flags = arch_local_irq_save();
	assert_true(pcp_make_room(zone, to, 1));
	arch_local_irq_restore(flags);
	assert_int_equal(from->count, zone->pcp_batch / 2);
	assert_true(to->limit > 0);
}

static void shrink(void)
{
	kmem_cache_shrink(cache);
}

static void a_shrink_ends(void **state)
{
	const u32 most = CONFIG_SLAB_MAGAZINE / SLAB_DRAIN + 1;

	(void)state;
	if (CPUS < 2 || LONG_WORK_HAS_THREADS || CONFIG_SLAB_MAGAZINE < 4)
		skip();
	boot_threads();
	cache = kmem_cache_create("busy", 64, 0, 0, NULL);
	assert_non_null(cache);
	assert_in_range(drains_of(refill_magazine, shrink, most), 1, most);
	shrink();
	assert_null(slab_validate());
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

/* ---- caches ---- */

/* Leaves nr objects of the cache in the running CPU's magazine. */
static void hold(unsigned int nr)
{
	void *objects[CONFIG_SLAB_MAGAZINE];

	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, nr, objects), nr);
	kmem_cache_drain_local(cache);
	kmem_cache_free_bulk(cache, nr, objects);
	assert_int_equal(magazine_count(this_cpu_ptr(cache->magazine)), nr);
}

/* A shrink leaves no object in any magazine, and no empty slab. */
static void a_shrink_leaves_nothing(void **state)
{
	(void)state;
	map_boot(&wide);
	kmem_cache_init();
	cache = kmem_cache_create("held", 200, 0, 0, NULL);
	assert_non_null(cache);
	for (unsigned int nr = 1; nr <= CONFIG_SLAB_MAGAZINE; nr++) {
		unsigned long pages = 0;

		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			host_become_cpu(cpu);
			hold(nr);
		}
		host_become_cpu(0);
		for (int nid = 0; nid < NODES; nid++)
			pages += cache->node[nid].nr_pages;
		/* kmem_cache_shrink() does not count the slabs that the CPUs free while they
		 * drain. */
		assert_in_range(kmem_cache_shrink(cache), 0, pages);
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			assert_int_equal(per_cpu_ptr(cache->magazine, cpu)->fill, 0);
		for (int nid = 0; nid < NODES; nid++) {
			assert_int_equal(cache->node[nid].nr_slabs, 0);
			assert_int_equal(cache->node[nid].nr_objects, 0);
		}
		assert_null(slab_validate());
	}
	assert_int_equal(kmem_cache_destroy(cache), 0);
	/* The slab of the cache of caches, whatever row that is. */
	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES; row++)
		if (kmem_caches[row])
			kmem_cache_shrink(kmem_caches[row]);
	check_all_is_back();
}

/* Where no CPU holds an object each is asked once. */
static void empty_magazines_are_asked_once(void **state)
{
	unsigned long played;

	(void)state;
	map_boot(&wide);
	kmem_cache_init();
	cache = kmem_cache_create("empty", 200, 0, 0, NULL);
	assert_non_null(cache);
	played = host_calls_played;
	kmem_cache_drain_all(cache);
	assert_int_equal(host_calls_played, played + CPUS - 1);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(full_lists_give_batches_back),
		TEST(pages_go_together),
		TEST(no_page_goes_twice),
		TEST(a_refill_is_one_piece),
		TEST(a_cpu_drains_its_own_lists),
		TEST(a_step_is_a_batch),
		TEST(all_cpus_are_drained_to_the_last_block),
		TEST(a_drain_ends_when_nothing_is_left),
		TEST(a_shrink_leaves_nothing),
		TEST(empty_magazines_are_asked_once),
		TEST(a_drain_of_pages_ends),
		TEST(a_shrink_ends),
		TEST(a_limit_is_raised_by_what_others_lack),
		TEST(the_richest_list_makes_room),
	};

	return cmocka_run_group_tests_name("drains", tests, NULL, NULL);
}
