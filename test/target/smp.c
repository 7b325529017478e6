/* SPDX-License-Identifier: BSD-2-Clause */
/* Several CPUs: cross-calls, standing still, work, coming and going, also while other CPUs are
 * busy. */
#include <kernel/percpu.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/snapshot.h>
#include <mm/slab.h>
#include <test/ktest.h>
#include <arch/irq.h>
#include <arch/smp.h>

#define MANY	200

static cpumask_t called;
static u32 interrupts_were_on, counter;

static bool alone(struct ktest *t)
{
	if (num_online_cpus() == 1)
		t->skip = "one CPU is online";
	return t->skip;
}

static unsigned int another_cpu(void)
{
	unsigned int cpu, last = 0;

	for_each_online_cpu(cpu)
		last = cpu;
	return last;
}

static void note_cpu(void *info)
{
	(void)info;
	__atomic_fetch_or(&called, cpumask_of(smp_processor_id()), __ATOMIC_RELAXED);
	__atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
	if (!arch_irqs_disabled())
		__atomic_fetch_add(&interrupts_were_on, 1, __ATOMIC_RELAXED);
}

static void begin(void)
{
	called = 0;
	counter = interrupts_were_on = 0;
}

static void calls_reach_every_cpu(struct ktest *t)
{
	unsigned int cpu, online = num_online_cpus();

	begin();
	for (unsigned int i = 0; i < MANY; i++)
		on_each_cpu(note_cpu, NULL, true);
	KTEST_EXPECT_EQ(t, called, cpus_online());
	KTEST_EXPECT_EQ(t, counter, MANY * online);
	KTEST_EXPECT_EQ(t, interrupts_were_on, 0);
	for_each_online_cpu(cpu) {
		begin();
		KTEST_EXPECT_EQ(t, smp_call_function_single(cpu, note_cpu, NULL, true), 0);
		KTEST_EXPECT_EQ(t, called, cpumask_of(cpu));
	}
	KTEST_EXPECT_EQ(t, smp_call_function_single(nr_cpus_found, note_cpu, NULL, true), -ENXIO);
}

static void calls_without_waiting_all_come(struct ktest *t)
{
	unsigned int others = num_online_cpus() - 1;

	begin();
	for (unsigned int i = 0; i < MANY; i++)
		KTEST_EXPECT_EQ(t, smp_call_function_many(cpus_online(), note_cpu, NULL, false), 0);
	/* A call that waits is carried out behind the calls that do not. */
	KTEST_EXPECT_EQ(t, smp_call_function_many(cpus_online(), note_cpu, NULL, true), 0);
	KTEST_EXPECT_EQ(t, counter, (MANY + 1) * others);
}

static void call_back(void *info)
{
	*(int *)info = smp_call_function_single(0, note_cpu, NULL, false);
}

static void an_interrupt_may_call(struct ktest *t)
{
	struct deadline end = deadline_in(1000000);
	int err = -1;

	if (alone(t))
		return;
	begin();
	smp_call_function_single(another_cpu(), call_back, &err, true);
	KTEST_EXPECT_EQ(t, err, 0);
	while (!__atomic_load_n(&called, __ATOMIC_ACQUIRE) && !deadline_over(&end))
		arch_cpu_relax();
	KTEST_EXPECT_EQ(t, called, cpumask_of(0));
}

static void an_interrupt_for_nothing_does_no_harm(struct ktest *t)
{
	for (unsigned int i = 0; i < MANY; i++)
		arch_send_ipi(cpus_online());
	begin();
	on_each_cpu(note_cpu, NULL, true);
	KTEST_EXPECT_EQ(t, called, cpus_online());
	flush_tlb_kernel_range(0, PAGE_SIZE);
	flush_icache_all();
}

/* Takes and gives back pages and objects until it is told to stop. */
struct busy {
	struct cpu_work work;
	u32 stop;
	u64 rounds;
};

static void be_busy(void *arg)
{
	struct busy *b = arg;

	while (!__atomic_load_n(&b->stop, __ATOMIC_RELAXED)) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, b->rounds % 4);
		void *object = kmalloc(1 + b->rounds % 300, GFP_KERNEL | __GFP_NOWARN);

		if (page)
			__free_pages(page, b->rounds % 4);
		kfree(object);
		__atomic_store_n(&b->rounds, b->rounds + 1, __ATOMIC_RELAXED);
	}
}

static u64 rounds_of(struct busy *all)
{
	u64 sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += __atomic_load_n(&all[cpu].rounds, __ATOMIC_RELAXED);
	return sum;
}

/* All CPUs go to work, but this one and the idle one. */
static struct busy *all_busy_but(unsigned int idle)
{
	struct busy *all = kzalloc(nr_cpus_found * sizeof(*all), GFP_KERNEL);
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		all[cpu].work = (struct cpu_work){ .fn = be_busy, .arg = &all[cpu], .done = 1 };
		if (cpu != idle && cpu_work_start(cpu, &all[cpu].work))
			all[cpu].work.done = 1;
	}
	return all;
}

static void end_busy(struct busy *all)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		__atomic_store_n(&all[cpu].stop, 1, __ATOMIC_RELAXED);
	for_each_online_cpu(cpu)
		cpu_work_wait(&all[cpu].work);
	kfree(all);
}

static u64 rounds_before, rounds_after;

static void look_twice(void *all)
{
	struct deadline end = deadline_in(2000);

	rounds_before = rounds_of(all);
	while (!deadline_over(&end))
		arch_cpu_relax();
	rounds_after = rounds_of(all);
}

static void machine_stands_still(struct ktest *t)
{
	struct busy *all;

	if (alone(t))
		return;
	all = all_busy_but(0);
	for (unsigned int i = 0; i < 20; i++) {
		KTEST_EXPECT_EQ(t, stop_machine(look_twice, all), 0);
		KTEST_EXPECT_EQ(t, rounds_after, rounds_before);
	}
	end_busy(all);
	KTEST_EXPECT(t, rounds_before > 0);
}

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void audit_holds_while_others_work(struct ktest *t)
{
	struct busy *all = all_busy_but(0);
	struct audit a;

	for (unsigned int i = 0; i < 10; i++)
		KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
	end_busy(all);
}

static unsigned long pages_on_lists(unsigned int cpu)
{
	unsigned long pages = 0;
	struct zone_snapshot z;

	for_each_populated_zone_snapshot(&z)
		pages += zone_pcp_pages(z.nid, z.idx, cpu);
	return pages;
}

static void take_and_give(void *unused)
{
	struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0);

	(void)unused;
	if (page)
		__free_pages(page, 0);
}

static void drain_reaches_all(struct ktest *t)
{
	unsigned int cpu;

	on_each_cpu(take_and_give, NULL, true);
	/* A CPU whose share of the zone is too small has no lists, and so holds nothing. */
	for_each_online_cpu(cpu)
		KTEST_EXPECT(t, pages_on_lists(cpu) > 0 || PCP_SHARE == 0);
	drain_all_pages();
	for_each_possible_cpu(cpu)
		KTEST_EXPECT_EQ(t, pages_on_lists(cpu), 0);
}

static DEFINE_SPINLOCK(counted_lock, LOCK_STRESS_BOX);	/* [t] */
static unsigned long counted;				/* [c] under counted_lock */

/* A function of its own, because test/boot/test_ticket_lock.py reads what the compiler made of
 * it. */
static __noinline void count_under_lock(void)
{
	spin_lock(&counted_lock);
	counted++;
	spin_unlock(&counted_lock);
}

static void count_many(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < 1000; i++)
		count_under_lock();
}

static void a_lock_loses_no_count(struct ktest *t)
{
	counted = 0;
	on_each_cpu(count_many, NULL, true);
	KTEST_EXPECT_EQ(t, counted, 1000 * num_online_cpus());
}

static void cpus_come_and_go_under_load(struct ktest *t)
{
	unsigned int cpu = another_cpu();
	struct busy *all;
	struct audit a;

	if (alone(t))
		return;
	KTEST_EXPECT_EQ(t, cpu_down(0), -EPERM);
	KTEST_EXPECT_EQ(t, cpu_down(nr_cpus_found), -ENXIO);
	all = all_busy_but(cpu);
	for (unsigned int i = 0; i < 20; i++) {
		smp_call_function_single(cpu, take_and_give, NULL, true);
		KTEST_ASSERT(t, !cpu_down(cpu));
		KTEST_EXPECT(t, !cpu_online(cpu));
		KTEST_EXPECT_EQ(t, pages_on_lists(cpu), 0);
		KTEST_EXPECT_EQ(t, cpu_down(cpu), -ENXIO);
		KTEST_EXPECT_EQ(t, smp_call_function_single(cpu, note_cpu, NULL, true), -ENXIO);
		KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
		KTEST_ASSERT(t, !cpu_up(cpu));
		KTEST_EXPECT_EQ(t, cpu_up(cpu), -EEXIST);
	}
	begin();
	on_each_cpu(note_cpu, NULL, true);
	KTEST_EXPECT_EQ(t, called, cpus_online());
	end_busy(all);
}

static void a_cpu_at_work_stays(struct ktest *t)
{
	unsigned int cpu = another_cpu();
	struct busy *all;

	if (alone(t))
		return;
	all = all_busy_but(0);
	KTEST_EXPECT_EQ(t, cpu_down(cpu), -EBUSY);
	KTEST_EXPECT(t, cpu_online(cpu));
	KTEST_EXPECT_EQ(t, cpu_work_start(cpu, &(struct cpu_work){ .fn = be_busy }), -EBUSY);
	end_busy(all);
}

static const struct ktest_case smp_cases[] = {
	KTEST_CASE(calls_reach_every_cpu),
	KTEST_CASE(calls_without_waiting_all_come),
	KTEST_CASE(an_interrupt_may_call),
	KTEST_CASE(an_interrupt_for_nothing_does_no_harm),
	KTEST_CASE(machine_stands_still),
	KTEST_CASE(audit_holds_while_others_work),
	KTEST_CASE(drain_reaches_all),
	KTEST_CASE(a_lock_loses_no_count),
	KTEST_CASE(cpus_come_and_go_under_load),
	KTEST_CASE(a_cpu_at_work_stays),
	{ }
};
KTEST_SUITE(smp, smp_cases, false);
