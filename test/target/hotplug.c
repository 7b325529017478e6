/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections that come online and go offline while other CPUs allocate and free. Each is skipped
 * where boot left no section offline.
 */
#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/memory_hotplug.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define ROUNDS		5
#define HELD		64u

static u32 stop;				/* [a] */

/* [o] What each CPU does meanwhile. */
static struct churn {
	struct cpu_work work;
	struct page *held[HELD];
	u64 random;
	bool started;
} churns[CONFIG_NR_CPUS];

static void say_broken(void *ctx, const char *line)
{
	ktest_fail(ctx, __FILE__, __LINE__, "audit: %s", line);
}

/* Half of the blocks are ordinary memory, the other half is movable; none is held for long. */
static void churn(void *arg)
{
	struct churn *c = arg;
	unsigned int i;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		c->random = c->random * 6364136223846793005ull + 1442695040888963407ull;
		i = (unsigned int)(c->random >> 58);
		if (c->held[i])
			__free_pages(c->held[i], i % 4);
		c->held[i] = alloc_pages((i & 4 ? GFP_MOVABLE : GFP_KERNEL) | __GFP_NOWARN, i % 4);
	}
	for (i = 0; i < HELD; i++) {
		if (c->held[i])
			__free_pages(c->held[i], i % 4);
		c->held[i] = NULL;
	}
}

static void start_others(struct ktest *t)
{
	unsigned int cpu;

	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	for_each_online_cpu(cpu) {
		struct churn *c = &churns[cpu];

		if (!cpu)
			continue;
		c->work = (struct cpu_work){ .fn = churn, .arg = c };
		c->random = t->seed + cpu;
		c->started = !cpu_work_start(cpu, &c->work);
	}
}

static void stop_others(void)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (unsigned int cpu = 1; cpu < CONFIG_NR_CPUS; cpu++) {
		if (churns[cpu].started)
			cpu_work_wait(&churns[cpu].work);
		churns[cpu].started = false;
	}
}

/* A section that is offline. */
static bool find_section(unsigned long *pfn)
{
	struct section_snapshot s;

	for_each_section_snapshot(&s) {
		if (s.start_pfn != s.end_pfn)
			continue;
		*pfn = s.nr << PFN_SECTION_SHIFT;
		return true;
	}
	return false;
}

static unsigned long audited_pages(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
	return a.ram_pages;
}

static void while_others_allocate(struct ktest *t)
{
	unsigned long pfn, ram_pages, managed = totalram_pages();
	struct page_obstacle o = { 0 };
	int err;

	if (!find_section(&pfn)) {
		t->skip = "no section is offline";
		return;
	}
	ram_pages = audited_pages(t);
	start_others(t);
	for (unsigned int round = 0; round < ROUNDS && !t->failures; round++) {
		KTEST_EXPECT_EQ(t, online_pages(pfn), 0);
		KTEST_EXPECT_EQ(t, audited_pages(t), ram_pages + PAGES_PER_SECTION);
		err = offline_pages(pfn, 10 * OFFLINE_US, &o);
		if (err)
			ktest_fail(t, __FILE__, __LINE__, "error %d: frame 0x%lx is %s", err,
				   o.pfn, o.what);
		KTEST_EXPECT_EQ(t, audited_pages(t), ram_pages);
		KTEST_EXPECT_EQ(t, totalram_pages(), managed);
	}
	stop_others();
	KTEST_EXPECT_EQ(t, audited_pages(t), ram_pages);
}

/* proves HE1 */
static void what_is_in_the_way(struct ktest *t)
{
	struct page_obstacle o = { 0 };
	unsigned long pfn;
	struct page *page;

	if (!find_section(&pfn)) {
		t->skip = "no section is offline";
		return;
	}
	KTEST_ASSERT(t, !online_pages(pfn));
	page = alloc_pages(GFP_MOVABLE, 0);
	KTEST_EXPECT(t, page);
	if (page && page_to_pfn(page) - pfn < PAGES_PER_SECTION) {
		KTEST_EXPECT_EQ(t, offline_pages(pfn, 0, &o), -EBUSY);
		KTEST_EXPECT_EQ(t, o.pfn, page_to_pfn(page));
		KTEST_EXPECT(t, !strcmp(o.what, "allocated"));
		audited_pages(t);
	}
	if (page)
		__free_pages(page, 0);
	KTEST_EXPECT_EQ(t, offline_pages(pfn, OFFLINE_US, &o), 0);
	audited_pages(t);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(while_others_allocate),
	KTEST_CASE(what_is_in_the_way),
	{ .name = NULL },
};
KTEST_SUITE(hotplug, cases, false);
