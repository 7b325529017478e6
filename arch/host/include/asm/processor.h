/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <asm/irqflags.h>

/* Gives the processor away: the thread that is waited for may not be running. */
void host_cpu_yield(void);

static inline void arch_cpu_relax(void)
{
	host_cpu_yield();
	if (!host_irqs_off && host_interrupted())
		host_take_interrupt();
}

#endif /* ASM_PROCESSOR_H */
