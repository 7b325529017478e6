/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <kernel/percpu.h>
#include <kernel/types.h>

/*
 * CPU numbers are ours: dense, 0 is the boot hart, then device-tree order. Hart ids are the
 * hardware's: sparse, any value. Filled by setup_cpus() from the device tree and constant
 * after it.
 */
struct cpu_desc {
	unsigned long hart_id;
	int nid;			/* numa-node-id, 0 without */
	bool online;			/* runs kernel code; in this version the boot CPU alone */
};

extern struct cpu_desc cpu_descs[CONFIG_NR_CPUS];
extern unsigned int nr_cpus_found;	/* usable harts, at most CONFIG_NR_CPUS */
extern unsigned int nr_cpus_ignored;	/* usable harts beyond CONFIG_NR_CPUS */

DECLARE_PER_CPU(unsigned int, cpu_number);
#define smp_processor_id()	(*this_cpu_ptr(&cpu_number))

#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < nr_cpus_found; (cpu)++)

static inline unsigned int num_possible_cpus(void)
{
	return nr_cpus_found;
}

unsigned int num_online_cpus(void);

#endif /* KERNEL_CPU_H */
