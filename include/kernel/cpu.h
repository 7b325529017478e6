/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <kernel/percpu.h>
#include <kernel/types.h>

/*
 * CPU numbers are the kernel's own: dense, 0 for the boot hart, then in the order of the device
 * tree. Hart ids are the hardware's: sparse, any value. setup_cpus() fills the table from the
 * device tree; it is constant afterwards.
 */
struct cpu_desc {
	unsigned long hart_id;		/* [c] */
	int nid;			/* [c] numa-node-id, 0 without */
};

/* One bit a CPU; NR_CPUS is at most 64. */
typedef u64 cpumask_t;
#define cpumask_of(cpu)		((cpumask_t)1 << (cpu))

extern struct cpu_desc cpu_descs[CONFIG_NR_CPUS];
extern unsigned int nr_cpus_found;	/* usable harts, at most CONFIG_NR_CPUS */
extern unsigned int nr_cpus_ignored;	/* usable harts beyond CONFIG_NR_CPUS */

DECLARE_PER_CPU(unsigned int, cpu_number);
#define smp_processor_id()	(*this_cpu_ptr(&cpu_number))

#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < nr_cpus_found; (cpu)++)

/* CPUs that run kernel code and answer cross-calls; kernel/smp.c changes it. */
extern cpumask_t cpu_online_mask;

static inline cpumask_t cpus_online(void)
{
	return __atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);
}

static inline bool cpu_online(unsigned int cpu)
{
	return cpus_online() >> cpu & 1;
}

#define for_each_cpu(cpu, mask) \
	for ((cpu) = 0; (cpu) < nr_cpus_found; (cpu)++) \
		if ((mask) >> (cpu) & 1)
/* CPUs in the set. */
unsigned int cpumask_weight(cpumask_t cpus);

#define for_each_online_cpu(cpu) for_each_cpu(cpu, cpus_online())

static inline unsigned int num_possible_cpus(void)
{
	return nr_cpus_found;
}

unsigned int num_online_cpus(void);

#endif /* KERNEL_CPU_H */
