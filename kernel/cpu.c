/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which harts there are. The device tree decides, not the firmware: some firmware lists harts
 * that can never run a kernel.
 */
#include <libfdt.h>

#include <kernel/cpu.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/numa.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <arch/cpu.h>

struct cpu_desc cpu_descs[CONFIG_NR_CPUS];		/* [c] */
unsigned int nr_cpus_found;				/* [c] */
unsigned int nr_cpus_ignored;				/* [c] */
cpumask_t cpu_online_mask;				/* [a] */

DEFINE_PER_CPU(unsigned int, cpu_number);		/* [c] */
unsigned long __per_cpu_offset[CONFIG_NR_CPUS];		/* [c] */

unsigned int cpumask_weight(cpumask_t cpus)
{
	unsigned int weight = 0;

	for (; cpus; cpus &= cpus - 1)
		weight++;
	return weight;
}

unsigned int num_online_cpus(void)
{
	return cpumask_weight(cpus_online());
}

static bool __init hart_known(unsigned long hart_id)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (cpu_descs[cpu].hart_id == hart_id)
			return true;
	}
	return false;
}

static bool __init is_cpu_node(int node)
{
	const char *type = fdt_text(node, "device_type");

	return type && !strcmp(type, "cpu");
}

/* A node beyond what the kernel is configured for has no memory of ours either. */
static int __init cpu_nid(int node)
{
	u32 nid = fdt_u32(node, "numa-node-id", 0);

	return nid < MAX_NUMNODES ? (int)nid : 0;
}

/* One usable node becomes the next CPU number; what is left out is said, or counted. */
static void __init add_cpu(int node, unsigned long hart_id, unsigned long boot_hart)
{
	const char *why = "";

	if (hart_id == boot_hart) {
		cpu_descs[0].nid = cpu_nid(node);
		return;
	}
	if (!arch_cpu_usable(node, &why)) {
		pr_info("CPU with hart id %lu is left alone: %s\n", hart_id, why);
		return;
	}
	if (hart_known(hart_id)) {
		pr_warn("CPUs: the device tree names hart id %lu twice: one node is ignored\n", hart_id);
		return;
	}
	if (nr_cpus_found == CONFIG_NR_CPUS) {
		nr_cpus_ignored++;
		return;
	}
	cpu_descs[nr_cpus_found++] = (struct cpu_desc){ .hart_id = hart_id, .nid = cpu_nid(node) };
}

void __init setup_cpus(unsigned long boot_hart)
{
	int cpus = fdt_path_offset(boot_fdt, "/cpus"), node, cells, len;

	/* Whatever the tree says, this one runs. */
	cpu_descs[0] = (struct cpu_desc){ .hart_id = boot_hart };
	cpu_online_mask = cpumask_of(0);
	nr_cpus_found = 1;
	cells = cpus < 0 ? 0 : fdt_address_cells(boot_fdt, cpus);
	if (cells < 1 || cells > 2) {
		pr_warn("CPUs: the boot CPU is the only one: the device tree has no usable /cpus\n");
		return;
	}
	fdt_for_each_subnode(node, boot_fdt, cpus) {
		const void *reg = fdt_getprop(boot_fdt, node, "reg", &len);

		if (is_cpu_node(node) && reg && len >= 4 * cells)
			add_cpu(node, fdt_read_cells(reg, cells), boot_hart);
	}
	pr_info("CPUs: %u found, booting on hart id %lu\n", nr_cpus_found, boot_hart);
	if (nr_cpus_ignored)
		pr_warn("CPUs: %u are ignored: raise CONFIG_NR_CPUS from %d\n", nr_cpus_ignored,
			CONFIG_NR_CPUS);
}
