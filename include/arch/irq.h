/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

/*
 * asm/irqflags.h gives, as static inline:
 *   unsigned long arch_local_irq_save(void);      interrupts of this CPU off, former state back
 *   void arch_local_irq_restore(unsigned long);
 *   void arch_local_irq_enable(void);
 *   void arch_local_irq_disable(void);
 *   bool arch_irqs_disabled(void);
 *   bool arch_irqs_were_on(unsigned long);        what arch_local_irq_save() gave back
 * Each is a compiler barrier. And for CONFIG_IRQ:
 *   void arch_device_irqs_enable(void);           this CPU takes interrupts of devices, too
 *   ARCH_TIMER_CHIP, _HWIRQ, _NAME                how /proc/interrupts names the timer's
 */
#include <asm/irqflags.h>

#endif /* ARCH_IRQ_H */
