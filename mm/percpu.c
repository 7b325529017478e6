/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: one copy of the per-CPU section for each CPU that was found.
 *
 * Structure: the image holds the section once, [__per_cpu_start, __per_cpu_end), with the initial
 * values. A variable's address on CPU c is its link address + __per_cpu_offset[c]:
 *
 *	section in the image     v
 *	+-----------+      offset of CPU 0      +-----------+  offset of CPU 1  +-----------+
 *	| master    | ------------------------> | CPU 0     |       ...         | CPU 1     |
 *	+-----------+                           +-----------+                   +-----------+
 *
 * Invariants:
 * PC1 Before set-up every offset is 0 and only the boot CPU runs: it works on the master.
 * PC2 After it nobody writes to the master; its frames stay reserved with the image.
 * PC3 Copies begin on a page, so that no two CPUs share a cache line or a page.
 *
 * Locking: none. A copy belongs to its CPU.
 *
 * Configuration: NR_CPUS bounds the number of copies; memory goes to CPUs that exist.
 */
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/percpu.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/config.h>
#include <mm/memblock.h>

extern char __per_cpu_start[], __per_cpu_end[];

unsigned long __per_cpu_offset[CONFIG_NR_CPUS];

size_t percpu_area_bytes(void)
{
	return ALIGN_UP((size_t)(__per_cpu_end - __per_cpu_start), PAGE_SIZE);
}

static char *__init alloc_area(unsigned int cpu)
{
	return __va(memblock_phys_alloc_or_stop(percpu_area_bytes(), PAGE_SIZE, cpu_descs[cpu].nid,
						"per-CPU areas",
						"CONFIG_NR_CPUS or CONFIG_PCP_HIGH"));
}

void __init setup_per_cpu_areas(void)
{
	size_t bytes = percpu_area_bytes();
	unsigned int cpu;
	char *area;

	for_each_possible_cpu(cpu) {
		area = alloc_area(cpu);
		memset(area, 0, bytes);
		/* The boot CPU's values so far are the initial values of all: nothing that
		 * runs before set-up may leave anything else in the section. */
		memcpy(area, __per_cpu_start, (size_t)(__per_cpu_end - __per_cpu_start));
		__per_cpu_offset[cpu] = (unsigned long)area - (unsigned long)__per_cpu_start;
		*per_cpu_ptr(&cpu_number, cpu) = cpu;
	}
	arch_set_percpu_offset(__per_cpu_offset[0]);
	pr_info("percpu: %u areas of %zuK\n", nr_cpus_found, bytes / SZ_1K);
}
