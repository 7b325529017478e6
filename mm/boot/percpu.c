/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: one copy of the per-CPU section for each CPU that was found.
 *
 * Structure: the image holds the section once, [__per_cpu_start, __per_cpu_end), all zeros. It
 * is the boot CPU's copy; the others get theirs from memblock. A variable's address on CPU c is its
 * link address + __per_cpu_offset[c]:
 *
 *	section in the image       offset of CPU 1       +-----------+   offset of CPU 2
 *	+-----------+              ------------------->  | CPU 1     |         ...
 *	| CPU 0     |                                    +-----------+
 *	+-----------+
 *
 * Invariants:
 * PC1 The boot CPU's offset is 0, before set-up and after.
 * PC2 Every copy begins as zeros: a per-CPU variable has no other initial value.
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

extern char __per_cpu_start[];

static char *__init alloc_area(unsigned int cpu)
{
	return __va(memblock_phys_alloc_or_stop(percpu_area_bytes(), PAGE_SIZE, cpu_descs[cpu].nid,
						"per-CPU areas",
						"lower CONFIG_SLAB_MAGAZINE, CONFIG_PCP_HIGH "
						"or CONFIG_NR_CPUS"));
}

void __init setup_per_cpu_areas(void)
{
	size_t bytes = percpu_area_bytes();
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (CONFIG_NR_CPUS > 1 && cpu > 0) {
			char *area = alloc_area(cpu);

			memset(area, 0, bytes);
			__per_cpu_offset[cpu] = (unsigned long)area -
						(unsigned long)__per_cpu_start;
		}
		*per_cpu_ptr(&cpu_number, cpu) = cpu;
	}
	pr_info("percpu: %u areas of %zuK\n", nr_cpus_found, bytes / SZ_1K);
}
