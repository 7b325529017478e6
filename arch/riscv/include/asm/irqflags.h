/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <asm/csr.h>

/* The flags are the whole of sstatus. No bit but SIE changes between save and restore, so a restore
 * needs no mask. */
static __always_inline unsigned long arch_local_irq_save(void)
{
	return csr_read_clear(sstatus, SSTATUS_SIE);
}

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	csr_set(sstatus, flags);
}

static __always_inline void arch_local_irq_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static __always_inline void arch_local_irq_disable(void)
{
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

#endif /* ASM_IRQFLAGS_H */
