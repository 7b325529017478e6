/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <kernel/latency.h>
#include <asm/csr.h>

/* The flags are the whole of sstatus. No bit but SIE changes between save and restore, so a restore
 * needs no mask. */
static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = csr_read_clear(sstatus, SSTATUS_SIE);

	if (IS_ENABLED(CONFIG_LATENCY_TRACE) && flags & SSTATUS_SIE)
		latency_begin(LATENCY_IRQS_OFF);
	return flags;
}

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	if (IS_ENABLED(CONFIG_LATENCY_TRACE) && flags & SSTATUS_SIE)
		latency_end(LATENCY_IRQS_OFF);
	csr_set(sstatus, flags);
}

static __always_inline void arch_local_irq_enable(void)
{
	if (IS_ENABLED(CONFIG_LATENCY_TRACE))
		latency_end(LATENCY_IRQS_OFF);
	csr_set(sstatus, SSTATUS_SIE);
}

static __always_inline void arch_local_irq_disable(void)
{
	if (IS_ENABLED(CONFIG_LATENCY_TRACE))
		arch_local_irq_save();
	else
		csr_clear(sstatus, SSTATUS_SIE);
}

static __always_inline bool arch_irqs_disabled(void)
{
	return !(csr_read(sstatus) & SSTATUS_SIE);
}

static __always_inline bool arch_irqs_were_on(unsigned long flags)
{
	return flags & SSTATUS_SIE;
}

/* The timer as /proc/interrupts shows it. */
#define ARCH_TIMER_CHIP		"RISC-V INTC"
#define ARCH_TIMER_HWIRQ	IRQ_S_TIMER
#define ARCH_TIMER_NAME		"riscv-timer"

static __always_inline void arch_device_irqs_enable(void)
{
	csr_set(sie, 1ul << IRQ_S_EXT);
}

#endif /* ASM_IRQFLAGS_H */
