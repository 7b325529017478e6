/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections that come online and go offline. Of node 0 one section lies amid boot's RAM, and joins a
 * zone of the kernel's; node 1's bank lies above, and is movable. All that the kernel counts of
 * memory is compared before a section came and after it went, or after it could not go. Owners of
 * movable pages are made up here, and each page holds a pattern of its own.
 */
#include "pages_map.h"

#define PLACES		256u
#include "shelf.h"

#include <sched.h>

#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/resource.h>
#include <mm/hot_ranges.h>
#include <mm/memory_hotplug.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <arch/mmu.h>

#include "mm/page/hotplug.h"

#define SECTION_PAGES	PAGES_PER_SECTION
#define LOW_PFN		((GB(2) + MB(16)) / FRAME)
#define HIGH_PFN	((GB(2) + MB(64)) / FRAME)
#define PATIENCE_US	1	/* time stands still: some rounds */

static const struct map two_nodes = {
	.banks = { { GB(2), MB(64) }, { GB(2) + MB(64), MB(32) } }, .nids = { 0, 1 },
	.cmdline = "memhp=16M@0x81000000,32M@0x84000000",
};

/* ---- everything that is counted ---- */

struct state {
	struct {
		unsigned long numbers[12 + NR_WMARK + MAX_NR_ZONES + MIGRATE_TYPES];
	} zones[MAX_NUMNODES][MAX_NR_ZONES];
	unsigned long nodes[MAX_NUMNODES][3];
	const struct zone *lists[MAX_NUMNODES][MAX_NUMNODES * MAX_NR_ZONES + 1];
	const void *homes[NR_PCP_ORDERS][PCP_HOME_FLAGS + 1];
	struct mem_section sections[8];
	u32 limits[MAX_NUMNODES][MAX_NR_ZONES];
	unsigned long audit_pages[PG_RESERVED + 1], resources, free_and_listed;
};

static void zone_state(const struct zone *zone, unsigned long *n)
{
	unsigned long numbers[] = {
		zone->zone_start_pfn, zone->spanned_pages, zone->present_pages, zone->managed_pages,
		zone->pageblock_bias, zone->pcp_high, zone->pcp_batch, zone->pcp_pageblocks,
		zone->init_pages,
	};

	memcpy(n, numbers, sizeof(numbers));
	n += ARRAY_SIZE(numbers);
	memcpy(n, zone->watermark, sizeof(zone->watermark));
	n += NR_WMARK;
	memcpy(n, zone->lowmem_reserve, sizeof(zone->lowmem_reserve));
	n += MAX_NR_ZONES;
	/* Pageblocks change their ordinary types under load; special types stay. */
	n[0] = zone->nr_pageblocks[MIGRATE_ISOLATE];
	n[1] = 0;
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		n[1] += zone->nr_pageblocks[mt];
	n[2] = zone_nr_special(zone, MIGRATE_ISOLATE);
}

static unsigned long resource_names(void)
{
	unsigned long sum = 0;

	for (const struct resource *r = iomem_resource.child; r; r = r->sibling)
		sum = sum * 31 + (unsigned long)r->name[0];
	return sum;
}

static struct state state_now(void)
{
	struct state now;
	struct zone *zone;
	unsigned int order;

	memset(&now, 0, sizeof(now));
	for_each_zone(zone) {
		zone_state(zone, now.zones[zone->nid][zone->idx].numbers);
		now.limits[zone->nid][zone->idx] = pcp_list_of(zone, 0, 0)->limit;
	}
	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		const pg_data_t *node = NODE_DATA(nid);
		unsigned int nr = 0;

		now.nodes[nid][0] = node->node_start_pfn;
		now.nodes[nid][1] = node->node_present_pages;
		now.nodes[nid][2] = node->node_spanned_pages;
		for (; node->zonelist.zones[nr]; nr++)
			now.lists[nid][nr] = node->zonelist.zones[nr];
	}
	for_each_pcp_order(order)
		for (gfp_t gfp = 0; gfp <= PCP_HOME_FLAGS; gfp++)
			now.homes[pcp_row(order)][gfp] =
				this_cpu_ptr(pcp_home_at(pcp_row(order), gfp))->list;
	assert_in_range(mem_section_count, 1, ARRAY_SIZE(now.sections));
	memcpy(now.sections, mem_sections, mem_section_count * sizeof(*mem_sections));
	now.resources = resource_names();
	return now;
}

static void same_state(const struct state *before)
{
	struct state now = state_now();

	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
			for (unsigned int i = 0; i < ARRAY_SIZE(now.zones[0][0].numbers); i++)
				if (now.zones[nid][idx].numbers[i] !=
				    before->zones[nid][idx].numbers[i])
					fail_msg("node %d, zone %u, number %u: %lu, it was %lu", nid,
						 idx, i, now.zones[nid][idx].numbers[i],
						 before->zones[nid][idx].numbers[i]);
	assert_memory_equal(&now, before, sizeof(now));
	map_audit();
}

/* ---- machines ---- */

static void boot_map(const struct map *map)
{
	/* Where a section is larger, no part of the map may come and go. */
	if (SECTION_PAGES > MB(16) / FRAME)
		skip();
	map_boot(map);
}

static void boot(void)
{
	boot_map(&two_nodes);
	clear_shelf();
	assert_int_equal(nr_hot_ranges, 2);
}

static bool in_section(const struct page *page, unsigned long pfn)
{
	return page_to_pfn(page) >= pfn && page_to_pfn(page) < pfn + SECTION_PAGES;
}

/* Takes a page of the online section at pfn; what was taken on the way goes back. */
static struct page *page_inside(unsigned long pfn, gfp_t gfp, unsigned int order)
{
	static struct page *others[1 << 15];
	struct page *page;
	unsigned int nr = 0;

	while ((page = alloc_pages(gfp | __GFP_NOWARN, order)) && !in_section(page, pfn))
		others[nr++] = page;
	while (nr)
		__free_pages(others[--nr], order);
	assert_non_null(page);
	return page;
}

static void shelve_inside(unsigned int part, unsigned long pfn, unsigned int order)
{
	shelve(page_inside(pfn, GFP_MOVABLE, order), movable_kind_nr(shelf), part, order, part);
}

static void nothing_is_mapped(unsigned long pfn)
{
	assert_false(pfn_valid(pfn));
	for (unsigned long i = 0; i < SECTION_PAGES; i += SECTION_PAGES / 16 - 1)
		assert_false(arch_va_mapped((unsigned long)__va(PFN_PHYS(pfn + i))));
	assert_false(arch_va_mapped((unsigned long)pfn_to_page(pfn)));
	assert_false(arch_va_mapped((unsigned long)(pfn_to_page(pfn + SECTION_PAGES) - 1)));
}

static void goes(unsigned long pfn)
{
	struct page_obstacle o = { 0 };
	int err = offline_pages(pfn, PATIENCE_US, &o);

	if (err)
		fail_msg("error %d: frame 0x%lx is %s", err, o.pfn, o.what);
	nothing_is_mapped(pfn);
}

static void stays(unsigned long pfn, int err, unsigned long at_pfn, const char *what)
{
	struct state before = state_now();
	struct page_obstacle o = { 0 };

	assert_int_equal(offline_pages(pfn, PATIENCE_US, &o), err);
	assert_string_equal(o.what, what);
	if (at_pfn)
		assert_int_equal(o.pfn, at_pfn);
	same_state(&before);
}

/* ---- cases ---- */

/* proves HR1, HP1, HP2, HP3, MH1 */
static void comes_and_goes(void **state)
{
	static const unsigned long pfns[] = { LOW_PFN, HIGH_PFN, HIGH_PFN + SECTION_PAGES };
	static const u8 ways[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 } };
	struct state before, on[3];

	(void)state;
	boot();
	before = state_now();
	nothing_is_mapped(LOW_PFN);
	for (unsigned int way = 0; way < ARRAY_SIZE(ways); way++) {
		for (unsigned int i = 0; i < 3; i++) {
			unsigned long pfn = pfns[ways[way][i]];

			on[i] = state_now();
			assert_int_equal(online_pages(pfn + i), 0);
			assert_int_equal(online_pages(pfn), -EEXIST);
			map_audit();
			assert_string_equal(page_zone(pfn_to_page(pfn))->name,
					    pfn == LOW_PFN ? "DMA32" : "Movable");
			for (unsigned long f = HOT_OWN_PAGES; f < SECTION_PAGES; f++)
				memset(__va(PFN_PHYS(pfn + f)), 0xa5, FRAME);
		}
		for (unsigned int i = 3; i-- > 0;) {
			goes(pfns[ways[way][i]]);
			same_state(&on[i]);
		}
	}
	same_state(&before);
}

static void asked_for_nothing(void **state)
{
	unsigned int nr_offline = 0;
	struct section_snapshot s;
	struct page_obstacle o;

	(void)state;
	boot();
	/* They are told of all the same. */
	for_each_section_snapshot(&s)
		nr_offline += s.hotpluggable && s.start_pfn == s.end_pfn;
	assert_int_equal(nr_offline, (16 + 32) * SZ_1M / SECTION_BYTES);
	assert_int_equal(online_pages(GB(2) / FRAME), -EINVAL);
	assert_int_equal(online_pages(0), -EINVAL);
	assert_int_equal(offline_pages(GB(2) / FRAME, 0, &o), -EINVAL);
	assert_int_equal(offline_pages(LOW_PFN, 0, &o), -ENOENT);
}

static void pages_move(void **state)
{
	struct state before;

	(void)state;
	boot();
	assert_int_equal(online_pages(HIGH_PFN + SECTION_PAGES), 0);
	before = state_now();
	assert_int_equal(online_pages(HIGH_PFN), 0);
	for (unsigned int part = 0; part < 40; part++)
		shelve_inside(part, HIGH_PFN, part % 3);
	shelve_inside(40, HIGH_PFN, pageblock_order);
	goes(HIGH_PFN);
	map_audit();
	for (unsigned int part = 0; part <= 40; part++)
		take_from_shelf(part);
	drain_all_pages();
	same_state(&before);
}

/* proves HE1 */
static void what_stays(void **state)
{
	struct page_obstacle o;
	struct page *page;
	unsigned long pfn;

	(void)state;
	boot();
	assert_int_equal(online_pages(HIGH_PFN), 0);
	shelve_inside(0, HIGH_PFN, 0);
	pfn = page_to_pfn(shelf[0].page);
	shelf[0].pinned = true;
	stays(HIGH_PFN, -EBUSY, pfn, "shelf: place 0");
	shelf[0].pinned = false;
	refuse_copy = -EIO;
	stays(HIGH_PFN, -EBUSY, pfn, "shelf: place 0");
	assert_false(shelf[0].isolated);
	refuse_copy = 0;
	take_from_shelf(0);
	/* A whole pageblock is in the way before anything is isolated. */
	page = page_inside(HIGH_PFN, GFP_MOVABLE, pageblock_order);
	stays(HIGH_PFN, -EBUSY, page_to_pfn(page), "allocated");
	__free_pages(page, pageblock_order);
	page = page_inside(HIGH_PFN, GFP_MOVABLE, 0);
	stays(HIGH_PFN, -EBUSY, page_to_pfn(page), "allocated");
	page_become(page, PG_TABLE);
	stays(HIGH_PFN, -EBUSY, page_to_pfn(page), "page table");
	page_become(page, PG_ALLOCATED);
	__free_pages(page, 0);
	drain_all_pages();
	pfn = HIGH_PFN + SECTION_PAGES - pageblock_nr_pages;
	assert_int_equal(start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o), 0);
	stays(HIGH_PFN, -EBUSY, pfn, "isolated already");
	undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
	goes(HIGH_PFN);
}

/* proves HE1 */
static void no_room_elsewhere(void **state)
{
	static struct page *others[1 << 15];
	unsigned int nr = 0;

	(void)state;
	boot();
	assert_int_equal(online_pages(HIGH_PFN), 0);
	shelve_inside(0, HIGH_PFN, 0);
	while ((others[nr] = alloc_pages(GFP_MOVABLE | __GFP_NOWARN, 0)))
		nr += !in_section(others[nr], HIGH_PFN) || nr % 2 || nr > 16;
	for (unsigned int i = 0, kept = 0; i < nr; i++)
		if (in_section(others[i], HIGH_PFN))
			__free_pages(others[i], 0), others[i] = NULL, kept++;
	drain_all_pages();
	stays(HIGH_PFN, -ENOMEM, page_to_pfn(shelf[0].page), "shelf: place 0");
	while (nr)
		if (others[--nr])
			__free_pages(others[nr], 0);
	goes(HIGH_PFN);
	take_from_shelf(0);
	map_audit();
}

/* Each page that tables need is missing once. */
static void no_tables(void **state)
{
	static struct page *all[1 << 16];
	unsigned int nr = 0, refused = 0;
	struct state before;
	int err;

	(void)state;
	boot();
	while ((all[nr] = alloc_pages(GFP_ATOMIC | __GFP_HIGH | __GFP_MEMALLOC | __GFP_NOWARN, 0)))
		nr++;
	before = state_now();
	while ((err = online_pages(HIGH_PFN))) {
		assert_int_equal(err, -ENOMEM);
		same_state(&before);
		nothing_is_mapped(HIGH_PFN);
		refused++;
		__free_pages(all[--nr], 0);
	}
	assert_true(refused > 0);
	while (nr)
		__free_pages(all[--nr], 0);
	goes(HIGH_PFN);
	map_audit();
}

/* A section that was emptied and cannot leave after all comes back whole. */
static void emptied_and_given_back(void **state)
{
	struct page_obstacle o;
	struct state before;
	struct hot_section h;

	(void)state;
	boot();
	assert_int_equal(online_pages(HIGH_PFN), 0);
	before = state_now();
	assert_true(hot_section_find(HIGH_PFN, &h));
	assert_int_equal(hot_section_empty(&h, 0, &o), 0);
	map_audit();
	hot_section_give_back(&h);
	same_state(&before);
	goes(HIGH_PFN);
}

static u32 deaf;

/* Interrupts are off. In virtual time the seconds that others wait go by here: at the pace of their
 * looks at the clock they take minutes of a busy machine. */
static void stay_deaf(void)
{
	while (__atomic_load_n(&deaf, __ATOMIC_ACQUIRE)) {
		host_advance_to(host_virtual_ticks() + HOST_TICKS_PER_S / 100);
		sched_yield();
	}
	arch_local_irq_enable();
}

static void hear_nothing(void *arg)
{
	(void)arg;
	arch_local_irq_disable();
	__atomic_store_n(&deaf, 1, __ATOMIC_RELEASE);
	stay_deaf();
}

static void boot_cpus(unsigned int cpus)
{
	struct map map = two_nodes;

	map.cpus = cpus;
	boot_map(&map);
	kmem_cache_init();
	host_start_cpus();
}

static void all_down(unsigned int cpus)
{
	while (--cpus)
		assert_int_equal(cpu_down(cpus), 0);
}

static void a_cpu_does_not_stand_still(void **state)
{
	static struct cpu_work work = { .fn = hear_nothing };
	struct state before;

	(void)state;
	boot_cpus(2);
	before = state_now();
	assert_int_equal(cpu_work_start(1, &work), 0);
	while (!__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
		sched_yield();
	host_machine.virtual_time = true;
	assert_int_equal(online_pages(HIGH_PFN), -ETIMEDOUT);
	host_machine.virtual_time = false;
	nothing_is_mapped(HIGH_PFN);
	__atomic_store_n(&deaf, 0, __ATOMIC_RELEASE);
	cpu_work_wait(&work);
	same_state(&before);
	all_down(2);
}

static struct zone *emptied;

/* Hears all that empties a section, and nothing after it. */
static void hear_until_lists_open(void *arg)
{
	const struct pcp_list *list = this_cpu_ptr(pcp_list_of(emptied, 0, MIGRATE_MOVABLE));
	bool closed = false;

	(void)arg;
	arch_local_irq_disable();
	__atomic_store_n(&deaf, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&deaf, __ATOMIC_ACQUIRE) && !(closed && list->limit)) {
		closed |= !list->limit;
		arch_local_irq_enable();
		arch_local_irq_disable();
	}
	stay_deaf();
}

/* An emptied section comes back whole. The CPU may hear a little too much: once more then. */
static void a_cpu_does_not_stand_still_at_the_end(void **state)
{
	static struct cpu_work work = { .fn = hear_until_lists_open };
	struct page_obstacle o;
	struct state before;
	int err;

	(void)state;
	boot_cpus(2);
	do {
		assert_int_equal(online_pages(HIGH_PFN), 0);
		emptied = page_zone(pfn_to_page(HIGH_PFN));
		before = state_now();
		assert_int_equal(cpu_work_start(1, &work), 0);
		while (!__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
			sched_yield();
		host_machine.virtual_time = true;
		err = offline_pages(HIGH_PFN, 0, &o);
		host_machine.virtual_time = false;
		__atomic_store_n(&deaf, 0, __ATOMIC_RELEASE);
		cpu_work_wait(&work);
	} while (!err);
	assert_int_equal(err, -ETIMEDOUT);
	same_state(&before);
	goes(HIGH_PFN);
	all_down(2);
}

/* ---- under load ---- */

static struct random_plan plan;

static u32 stop;

/* Reads all that comes and goes. */
static void look_around(struct rng *rng)
{
	unsigned long pfn = HIGH_PFN + rng_below(rng, SECTION_PAGES);
	struct section_snapshot s;
	struct frame_snapshot f;
	struct zone_snapshot z;

	for_each_zone_snapshot(&z)
		assert_in_range(z.managed_pages, z.free_pages, z.present_pages);
	for_each_section_snapshot(&s)
		assert_true(s.start_pfn == s.end_pfn || s.ram_pages);
	if (frame_snapshot(pfn, &f))
		assert_string_equal(f.zone, "Movable");
}

static void churn(void *arg)
{
	struct rng rng = { (unsigned long)arg };
	struct page *pages[64] = { NULL };
	unsigned int i;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		i = (unsigned int)rng_below(&rng, ARRAY_SIZE(pages));
		if (pages[i])
			__free_pages(pages[i], i % 4);
		pages[i] = alloc_pages((i / 4 % 2 ? GFP_MOVABLE : GFP_KERNEL) | __GFP_NOWARN,
				       i % 4);
		if (rng_below(&rng, 16) == 0)
			look_around(&rng);
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i])
			__free_pages(pages[i], i % 4);
}

static void while_others_work(void **state)
{
	static struct cpu_work works[CONFIG_NR_CPUS];
	unsigned int cpu, cpus = min(4, CONFIG_NR_CPUS), went = 0, rounds = 0;
	struct page_obstacle o;
	struct audit a;

	(void)state;
	boot_cpus(cpus);
	timebase_hz = HOST_TICKS_PER_S;
	stop = 0;
	for (cpu = 1; cpu < cpus; cpu++) {
		works[cpu] = (struct cpu_work){ .fn = churn, .arg = (void *)(plan.seed + cpu) };
		assert_int_equal(cpu_work_start(cpu, &works[cpu]), 0);
	}
	for (; went < plan.operations / 20 && rounds < plan.operations; rounds++) {
		int err = online_pages(HIGH_PFN);

		assert_true(!err || err == -EEXIST);
		err = offline_pages(HIGH_PFN, OFFLINE_US / 10, &o);
		assert_true(!err || err == -EBUSY);
		went += !err;
		assert_int_equal(machine_audit(&a, map_audit_line, NULL), 0);
	}
	printf("# went %u times of %u\n", went, rounds);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (cpu = 1; cpu < cpus; cpu++)
		cpu_work_wait(&works[cpu]);
	all_down(cpus);
	if (pfn_valid(HIGH_PFN))
		goes(HIGH_PFN);
	map_audit();
	timebase_hz = 0;
}

static void random_step(struct rng *rng, struct page **kernel)
{
	unsigned int part = (unsigned int)rng_below(rng, PLACES);
	unsigned int order = (unsigned int)rng_below(rng, 4);

	if (rng_below(rng, 2)) {
		if (kernel[part])
			__free_pages(kernel[part], part % 4);
		kernel[part] = rng_below(rng, 2) ? alloc_pages(GFP_KERNEL | __GFP_NOWARN, part % 4)
						 : NULL;
		return;
	}
	if (shelf[part].page)
		take_from_shelf(part);
	else
		put_on_shelf(movable_kind_nr(shelf), part, order, rng_next(rng));
}

/* Movable memory goes whenever it is asked to; ordinary memory may have to stay. */
static void under_load(void **state)
{
	static struct page *kernel[PLACES];
	static struct page *ballast[500];	/* of the kernel's memory so much is taken */
	struct rng rng = { plan.seed };
	unsigned int went = 0, nr = 0;

	(void)state;
	boot();
	memset(kernel, 0, sizeof(kernel));
	assert_int_equal(online_pages(HIGH_PFN + SECTION_PAGES), 0);
	for (u64 round = 0; round < plan.operations; round++) {
		struct page_obstacle o;
		int err;

		assert_int_equal(online_pages(HIGH_PFN), 0);
		err = online_pages(LOW_PFN);
		assert_true(!err || err == -EEXIST);
		while (round % 8 < 4 && nr < ARRAY_SIZE(ballast))
			assert_non_null(ballast[nr++] = alloc_pages(GFP_KERNEL, 4));
		while (round % 8 >= 4 && nr)
			__free_pages(ballast[--nr], 4);
		for (unsigned int i = 0; i < 500; i++)
			random_step(&rng, kernel);
		for (unsigned int i = 0; round % 8 == 7 && i < PLACES; i++)
			if (kernel[i]) {
				__free_pages(kernel[i], i % 4);
				kernel[i] = NULL;
			}
		goes(HIGH_PFN);
		err = offline_pages(LOW_PFN, 0, &o);
		assert_true(!err || err == -EBUSY);
		went += !err;
		map_audit();
	}
	printf("# ordinary memory went %u times of %llu\n", went, (unsigned long long)plan.operations);
	for (unsigned int part = 0; part < PLACES; part++) {
		if (shelf[part].page)
			take_from_shelf(part);
		if (kernel[part])
			__free_pages(kernel[part], part % 4);
	}
	while (nr)
		__free_pages(ballast[--nr], 4);
	drain_all_pages();
	if (pfn_valid(LOW_PFN))
		goes(LOW_PFN);
	goes(HIGH_PFN + SECTION_PAGES);
	map_audit();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(asked_for_nothing),
		cmocka_unit_test(pages_move),
		cmocka_unit_test(what_stays),
		cmocka_unit_test(no_room_elsewhere),
		cmocka_unit_test(no_tables),
		cmocka_unit_test(emptied_and_given_back),
		cmocka_unit_test(a_cpu_does_not_stand_still),
		cmocka_unit_test(a_cpu_does_not_stand_still_at_the_end),
		cmocka_unit_test(under_load),
		cmocka_unit_test(while_others_work),
	};

	plan = random_plan(argc, argv, 100, 5000);
	return cmocka_run_group_tests_name("hotplug", tests, NULL, NULL);
}
