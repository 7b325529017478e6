/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cpu.h>
#include <mm/config.h>
#include <test/ktest.h>
#include <arch/irq.h>

extern char __per_cpu_start[];

static DEFINE_PER_CPU(unsigned long, probe);

static void each_cpu_has_its_number(struct ktest *t)
{
	unsigned int cpu;

	KTEST_EXPECT(t, nr_cpus_found >= 1 && nr_cpus_found <= CONFIG_NR_CPUS);
	KTEST_EXPECT(t, num_online_cpus() <= num_possible_cpus());
	for_each_possible_cpu(cpu)
		KTEST_EXPECT_EQ(t, *per_cpu_ptr(&cpu_number, cpu), cpu);
	KTEST_EXPECT_EQ(t, __per_cpu_offset[smp_processor_id()], arch_percpu_offset());
}

/* proves PC1, PC2, PC3 */
static void copies_are_apart(struct ktest *t)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		unsigned long *copy = per_cpu_ptr(&probe, cpu);
		unsigned long offset = (unsigned long)copy - (unsigned long)&probe;

		KTEST_EXPECT_EQ(t, *copy, 0);
		KTEST_EXPECT(t, (copy == &probe) == (cpu == 0));
		KTEST_EXPECT(t, cpu == 0 || IS_ALIGNED((unsigned long)__per_cpu_start + offset,
						       PAGE_SIZE));
		*copy = cpu + 1;
	}
	for_each_possible_cpu(cpu) {
		KTEST_EXPECT_EQ(t, *per_cpu_ptr(&probe, cpu), cpu + 1);
		*per_cpu_ptr(&probe, cpu) = 0;
	}
	KTEST_EXPECT(t, this_cpu_ptr(&probe) == per_cpu_ptr(&probe, smp_processor_id()));
	arch_local_irq_restore(flags);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(each_cpu_has_its_number),
	KTEST_CASE(copies_are_apart),
	{ .name = NULL },
};
KTEST_SUITE(percpu, cases, false);
