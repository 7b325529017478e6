/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/init.h>
#include <kernel/latency.h>
#include <arch/cpu.h>
#include <asm/csr.h>
#include <asm/hart.h>
#include <asm/image.h>
#include <asm/mmu.h>
#include <asm/sbi.h>

unsigned long __init arch_boot_hart(void)
{
	return boot_hart_id;
}

bool __init arch_cpu_usable(int fdt_node, const char **why)
{
	return hart_usable(fdt_node, why);
}

void __init arch_early_init(void)
{
	image_layout_init();
	sbi_init();
}

/* wfi returns for an interrupt that sie lets through, even while sstatus keeps it from being
 * taken. */
void arch_wait_for_interrupt(void)
{
	wait_for_interrupt();
	/* Whatever ended the wait was not kept waiting by it. */
	LATENCY_HOOK(latency_begin_anew(LATENCY_IRQS_OFF))
}

void arch_cpu_stop(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
	csr_write(sie, 0);
	for (;;)
		wait_for_interrupt();
}
