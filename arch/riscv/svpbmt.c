/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Svpbmt: leaves that say how memory is seen. The tree says which harts have it; whether the
 * firmware has turned it on is tried: without it a hart takes no such leaf, and an access traps.
 */
#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <asm/isa.h>
#include <asm/mmu.h>
#include <asm/pgtable.h>
#include <asm/probe.h>

/* Do all harts that can run this kernel have it, and is there one? */
static bool __init harts_have_it(void)
{
	int cpus = fdt_path_offset(boot_fdt, "/cpus"), node;
	const char *why;
	bool one = false;

	if (cpus < 0)
		return false;
	fdt_for_each_subnode(node, boot_fdt, cpus) {
		const char *type = fdt_text(node, "device_type");

		if (!type || strcmp(type, "cpu") || !arch_cpu_usable(node, &why))
			continue;
		if (!hart_isa_has(node, "svpbmt"))
			return false;
		one = true;
	}
	return one;
}

void __init svpbmt_probe(phys_addr_t some_ram)
{
	u64 value;

	if (!harts_have_it())
		return;
	if (!peek_as(some_ram, PROT_RW | PTE_PBMT_NC, &value)) {
		pr_warn("mmu: the harts have Svpbmt, and the firmware keeps it off\n");
		return;
	}
	pte_types = (struct pte_types){ PTE_PBMT_IO, PTE_PBMT_NC };
	pr_info("mmu: Svpbmt: mappings say how memory is seen\n");
}
