/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own stress on CPUs that are threads, with what one CPU was given freed by another,
 * and audits while the others stand still. Built a second time under the thread sanitizer.
 */
#include <stdio.h>
#include <stdlib.h>

#include <kernel/console.h>
#include <kernel/percpu.h>
#include <kernel/smp.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <test/stress.h>

#include "common/boot.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 8)
#define RAM_BYTES	(256ul << 20)
#if defined(__SANITIZE_THREAD__)
#define OPERATIONS	200000
#else
/* Where everything is walked after each operation, fewer of them. */
#define OPERATIONS	(IS_ENABLED(CONFIG_MM_VALIDATE) ? 200000 : 2000000)
#endif

static struct random_plan plan;

static void say(void *ctx, const char *line)
{
	(void)ctx;
	printf("# audit: %s\n", line);
}

static unsigned long audit_errors(void)
{
	struct audit a;

	return machine_audit(&a, say, NULL);
}

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
	assert_int_equal(audit_errors(), 0);
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

/* A CPU comes and goes, lists are drained and memory is audited while the others are busy. */
static void hotplug_under_load(void **state)
{
	static struct cpu_work works[CONFIG_NR_CPUS];
	unsigned int cpu, rounds = test_is_long() ? 1000 : IS_ENABLED(CONFIG_MM_VALIDATE) ? 5 : 50;
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
		assert_int_equal(audit_errors(), 0);
		assert_int_equal(cpu_up(CPUS - 1), 0);
	}
	assert_int_equal(cpu_down(1), -EBUSY);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (cpu = 1; cpu < CPUS - 1; cpu++)
		cpu_work_wait(&works[cpu]);
	all_down();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cross_calls),
		cmocka_unit_test(all_cpus_under_stress),
		cmocka_unit_test(hotplug_under_load),
	};

	plan = random_plan(argc, argv, OPERATIONS, 100000000);
	return cmocka_run_group_tests_name("smp_stress", tests, NULL, NULL);
}
