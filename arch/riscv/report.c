/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot log says about the address space. */
#include <kernel/init.h>
#include <kernel/printk.h>
#include <mm/boot_tables.h>
#include <mm/memblock.h>
#include <arch/mmu.h>
#include <asm/fixmap.h>
#include <asm/image.h>
#include <asm/mmu.h>

/* The unit is the largest of which there are at least ten. */
static void __init report_window(const char *name, unsigned long start, unsigned long end)
{
	static const char *const units[] __initconst = { "kB", "MB", "GB", "TB" };
	unsigned long amount = (end - start) >> 10;
	unsigned int unit = 0;

	while (unit < ARRAY_SIZE(units) - 1 && amount >> 10 >= 10) {
		amount >>= 10;
		unit++;
	}
	pr_info("%12s : 0x%016lx - 0x%016lx   (%4lu %s)\n", name, start, end, amount, units[unit]);
}

void __init arch_report_layout(void)
{
	pr_info("Virtual kernel memory layout:\n");
	report_window("fixmap", FIXMAP_START, FIXMAP_START + FIXMAP_SIZE);
	report_window("vmemmap", VMEMMAP_START, VMEMMAP_START + VMEMMAP_SIZE);
	report_window("vmalloc", VMALLOC_START, VMALLOC_START + VMALLOC_SIZE);
	report_window("lowmem", (unsigned long)__va(memblock_start_of_DRAM()),
		      (unsigned long)__va(memblock_end_of_DRAM()));
	report_window("kernel", (unsigned long)_text, (unsigned long)_end);
	pr_info("MMU: %s, %u page tables so far\n", MMU_MODE_NAME,
		image_table_pages + boot_table_pages);
}
