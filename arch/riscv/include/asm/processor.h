/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <kernel/compiler.h>

/* The pause hint (Zihintpause), a fence without effect to a hart that does not know it. */
static __always_inline void arch_cpu_relax(void)
{
	__asm__ volatile(".4byte 0x0100000f" : : : "memory");
}

#endif /* ASM_PROCESSOR_H */
