/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own stress on CPUs that are threads: one CPU frees what another was given, and
 * audits run while the others stand still. Built a second time under the thread sanitizer.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <kernel/console.h>
#include <kernel/percpu.h>
#include <kernel/smp.h>
#include <kernel/idle.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <test/stress.h>
#include <arch/processor.h>

#include "common/audit.h"
#include "common/boot.h"
#include "mm/slab/internal.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 8)
#define RAM_BYTES	(256ul << 20)
#if defined(__SANITIZE_THREAD__)
#define OPERATIONS	200000
#else
/* There are fewer operations where each is followed by a walk over everything. */
#define OPERATIONS	(IS_ENABLED(CONFIG_MM_VALIDATE) ? 200000 : 1000000)
#endif

static struct random_plan plan;

static void print(struct seq_file *m, const char *text, size_t len)
{
	(void)m;
	printf("# %.*s%s", (int)len, text, len && text[len - 1] == '\n' ? "" : "\n");
	fflush(stdout);
}

static void boot(void)
{
	boot_ram(RAM_BYTES, CPUS);
	kmem_cache_init();
	host_start_cpus();
	assert_int_equal(num_online_cpus(), CPUS);
}

static void all_down(void)
{
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		assert_int_equal(cpu_down(cpu), 0);
	assert_int_equal(num_online_cpus(), 1);
	assert_int_equal(audit_errors(NULL), 0);
}

static void all_cpus_under_stress(void **state)
{
	struct seq_file out = { .write = print };

	(void)state;
	boot();
	assert_int_equal(stress_run(&out, plan.operations / CPUS, plan.seed), 0);
	all_down();
}

static u32 counted;

static void count(void *info)
{
	(void)info;
	__atomic_fetch_add(&counted, 1, __ATOMIC_RELAXED);
}

static void cross_calls(void **state)
{
	(void)state;
	boot();
	for (unsigned int i = 0; i < 1000; i++)
		on_each_cpu(count, NULL, true);
	assert_int_equal(counted, 1000 * CPUS);
	all_down();
}

static u32 deaf;

static void hear_nothing(void *arg)
{
	(void)arg;
	arch_local_irq_disable();
	__atomic_store_n(&deaf, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
		sched_yield();
	arch_local_irq_enable();
}

static void note(void *ctx, const char *line)
{
	strcpy(ctx, line);
}

/* The time of a wait is virtual, so that ten seconds cost nothing. */
static void who_does_not_stand_still_is_not_audited(void **state)
{
	static struct cpu_work work = { .fn = hear_nothing };
	char said[200] = "";
	struct audit a;

	(void)state;
	if (CPUS < 2)
		skip();
	boot();
	for (unsigned int cpu = 2; cpu < CPUS; cpu++)
		assert_int_equal(cpu_down(cpu), 0);
	assert_int_equal(cpu_work_start(1, &work), 0);
	while (!__atomic_load_n(&deaf, __ATOMIC_ACQUIRE))
		sched_yield();
	host_machine.virtual_time = true;
	assert_int_equal(machine_audit(&a, note, said), 1);
	host_machine.virtual_time = false;
	assert_string_equal(said, "not done: another CPU does not stand still");
	assert_int_equal(a.ram_pages, 0);
	assert_non_null(strstr(host_log(), "smp: 1 of 1 CPUs did not stand still within 10 s"));
	__atomic_store_n(&deaf, 0, __ATOMIC_RELEASE);
	cpu_work_wait(&work);
	assert_int_equal(cpu_down(1), 0);
	assert_int_equal(audit_errors(NULL), 0);
}

static void churn(void *arg)
{
	u32 *stop = arg;
	unsigned int i = 0;

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		struct page *page = alloc_pages(GFP_KERNEL, i++ % 4);

		if (page)
			__free_pages(page, (i - 1) % 4);
	}
}

/* A CPU comes and goes, lists are drained and memory is audited, all while the other CPUs are
 * busy. */
static void hotplug_under_load(void **state)
{
	static struct cpu_work works[CONFIG_NR_CPUS];
	unsigned int cpu, rounds = test_is_long() ? 1000 : 4;
	u32 stop = 0;

	(void)state;
	if (CPUS < 3)
		skip();
	boot();
	for (cpu = 1; cpu < CPUS - 1; cpu++) {
		works[cpu] = (struct cpu_work){ .fn = churn, .arg = &stop };
		assert_int_equal(cpu_work_start(cpu, &works[cpu]), 0);
	}
	for (unsigned int i = 0; i < rounds; i++) {
		assert_int_equal(cpu_down(CPUS - 1), 0);
		for (cpu = 0; cpu < 4; cpu++)
			drain_all_pages();
		assert_int_equal(audit_errors(NULL), 0);
		assert_int_equal(cpu_up(CPUS - 1), 0);
	}
	assert_int_equal(cpu_down(1), -EBUSY);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (cpu = 1; cpu < CPUS - 1; cpu++)
		cpu_work_wait(&works[cpu]);
	all_down();
}

/* Figures of one moment fit together, although each may be another one the next time. */
static void look_at_zone(const struct zone_snapshot *z)
{
	unsigned long pageblocks[MIGRATE_TYPES], free = 0, all = 0;
	struct zone_free_blocks b;
	unsigned int cpu, mt;

	assert_in_range(z->free_pages, 0, z->managed_pages);
	assert_in_range(z->managed_pages + z->init_pages, 0, z->present_pages);
	zone_free_blocks(z->nid, z->idx, &b);
	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
			free += (unsigned long)b.nr[order][mt] << order;
	assert_in_range(free, 0, z->managed_pages);
	zone_pageblocks(z->nid, z->idx, pageblocks);
	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		all += pageblocks[mt];
	assert_int_equal(all, DIV_ROUND_UP(z->present_pages, pageblock_nr_pages));
	for_each_possible_cpu(cpu)
		assert_in_range(zone_pcp_pages(z->nid, z->idx, cpu), 0, z->managed_pages);
}

static void snapshots_while_others_work(void **state)
{
	static struct cpu_work works[CONFIG_NR_CPUS];
	unsigned int cpu, zones = 0, rounds = test_is_long() ? 20000 : 1000;
	struct zone_snapshot z;
	unsigned long total;
	u32 stop = 0;

	(void)state;
	if (CPUS < 2)
		skip();
	boot();
	total = totalram_pages();
	for (cpu = 1; cpu < CPUS; cpu++) {
		works[cpu] = (struct cpu_work){ .fn = churn, .arg = &stop };
		assert_int_equal(cpu_work_start(cpu, &works[cpu]), 0);
	}
	for (unsigned int i = 0; i < rounds; i++) {
		for_each_populated_zone_snapshot(&z) {
			look_at_zone(&z);
			zones++;
		}
		assert_int_equal(totalram_pages(), total);
		assert_in_range(nr_free_pages(), 0, total);
	}
	assert_int_not_equal(zones, 0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (cpu = 1; cpu < CPUS; cpu++)
		cpu_work_wait(&works[cpu]);
	all_down();
}

/* ---- caches that come and go while others look at all of them ---- */

static u32 caches_stop, caches_made, caches_faults;

static bool caches_go_on(void)
{
	return !__atomic_load_n(&caches_stop, __ATOMIC_RELAXED);
}

/* A thread that is not cmocka's cannot fail the test itself, and so leaves a note. */
static void need(bool ok)
{
	if (!ok)
		__atomic_fetch_add(&caches_faults, 1, __ATOMIC_RELAXED);
}

static void make_and_end_caches(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; caches_go_on(); i++) {
		char name[] = "fleeting";
		unsigned int flags = i % 2 ? SLAB_RECLAIM_ACCOUNT : 0;
		struct kmem_cache *cache = kmem_cache_create(name, 24 + i % 16 * 40, 0, flags,
							     NULL);
		void *object = cache ? kmem_cache_alloc(cache, GFP_KERNEL) : NULL;

		need(object);
		if (object)
			kmem_cache_free(cache, object);
		need(!kmem_cache_destroy(cache));
		memset(name, 0, sizeof(name));
		__atomic_fetch_add(&caches_made, 1, __ATOMIC_RELAXED);
	}
}

static void look_at_caches(void *arg)
{
	struct slabinfo s;

	(void)arg;
	while (caches_go_on()) {
		for (unsigned int row = 0; slabinfo_next(&row, &s);)
			need(s.name[0] && s.objsize && s.active_objs <= s.num_objs);
		need(slab_pages(true) < RAM_BYTES / PAGE_SIZE);
		need(slab_pages(false) < RAM_BYTES / PAGE_SIZE);
	}
}

static void give_back_caches(void *arg)
{
	(void)arg;
	while (caches_go_on()) {
		kfree(kmalloc(64, GFP_KERNEL));
		drain_this_cpu();
		kmem_cache_shrink(&kmalloc_caches[kmalloc_class(64)]);
	}
}

static void caches_come_and_go(void **state)
{
	static void (*const fns[])(void *) = {
		make_and_end_caches, look_at_caches, give_back_caches,
	};
	static struct cpu_work works[ARRAY_SIZE(fns)];
	u32 wanted = test_is_long() ? 20000 : 200;
	unsigned int i;

	(void)state;
	if (CPUS < 2 + ARRAY_SIZE(fns))
		skip();
	boot();
	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		works[i] = (struct cpu_work){ .fn = fns[i] };
		assert_int_equal(cpu_work_start(1 + i, &works[i]), 0);
	}
	/* A CPU that goes offline gives back what it holds of every cache. */
	while (__atomic_load_n(&caches_made, __ATOMIC_RELAXED) < wanted) {
		assert_int_equal(cpu_down(CPUS - 1), 0);
		assert_int_equal(audit_errors(NULL), 0);
		assert_int_equal(cpu_up(CPUS - 1), 0);
	}
	__atomic_store_n(&caches_stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < ARRAY_SIZE(fns); i++)
		cpu_work_wait(&works[i]);
	assert_int_equal(caches_faults, 0);
	all_down();
}

static u32 cache_held, cache_ended;

/* Reads a cache until its end has begun, and for a while after that. */
static void hold_cache(void *arg)
{
	struct kmem_cache *cache = arg, *again;
	unsigned int row = cache->nr, turns = 0;

	need(kmem_cache_pin(row) == cache);
	__atomic_store_n(&cache_held, 1, __ATOMIC_RELEASE);
	while ((again = kmem_cache_pin(row))) {
		kmem_cache_unpin(again);
		cpu_wait_turn(&turns);
	}
	for (unsigned int i = 0; i < 1000; i++)
		cpu_wait_turn(&turns);
	need(!__atomic_load_n(&cache_ended, __ATOMIC_ACQUIRE));
	need(kmem_caches[row] == cache && cache->size && !strcmp(cache->name, "held"));
	kmem_cache_unpin(cache);
}

static void a_pinned_cache_does_not_end(void **state)
{
	static struct cpu_work work;
	struct kmem_cache *cache;
	unsigned int turns = 0;

	(void)state;
	if (CPUS < 2)
		skip();
	boot();
	cache = kmem_cache_create("held", 100, 0, 0, NULL);
	work = (struct cpu_work){ .fn = hold_cache, .arg = cache };
	assert_int_equal(cpu_work_start(1, &work), 0);
	while (!__atomic_load_n(&cache_held, __ATOMIC_ACQUIRE))
		cpu_wait_turn(&turns);
	assert_int_equal(kmem_cache_destroy(cache), 0);
	__atomic_store_n(&cache_ended, 1, __ATOMIC_RELEASE);
	cpu_work_wait(&work);
	assert_int_equal(caches_faults, 0);
	all_down();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cross_calls),
		cmocka_unit_test(who_does_not_stand_still_is_not_audited),
		cmocka_unit_test(all_cpus_under_stress),
		cmocka_unit_test(hotplug_under_load),
		cmocka_unit_test(snapshots_while_others_work),
		cmocka_unit_test(caches_come_and_go),
		cmocka_unit_test(a_pinned_cache_does_not_end),
	};

	plan = random_plan(argc, argv, OPERATIONS, 100000000);
	return cmocka_run_group_tests_name("smp_stress", tests, NULL, NULL);
}
