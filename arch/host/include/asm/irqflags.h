/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <host/here.h>

/*
 * A CPU is a thread. host_irqs_off says that the CPU's interrupts are off; spinlocks and per-CPU
 * code assert it. When it goes down, the thread takes the interrupts that came meanwhile
 * (arch/host/smp.c).
 */

/* A machine with one CPU is not interrupted, and has no arch/host/smp.c. */
bool host_was_interrupted(void);
/* The kernel's timers want their interrupt: only with its scheduler. */
bool host_timer_is_due(void);
void host_take_interrupt(void);

/* Another CPU may go on here, where somebody chooses (host/context.h). */
extern bool host_plays;
void host_play_point(void);

static inline void host_point(void)
{
	if (IS_ENABLED(CONFIG_SMP) && unlikely(READ_ONCE(host_plays)))
		host_play_point();
}

static inline bool host_interrupted(void)
{
	return IS_ENABLED(CONFIG_SMP) && (host_was_interrupted() || host_timer_is_due());
}

static inline unsigned long arch_local_irq_save(void)
{
	unsigned long were_on = !host_irqs_off;

	if (were_on) {
		host_point();
		if (unlikely(host_interrupted()))
			host_take_interrupt();
	}
	host_irqs_off = true;
	barrier();
	return were_on;
}

static inline void arch_local_irq_restore(unsigned long were_on)
{
	barrier();
	if (were_on)
		host_point();
	if (were_on && unlikely(host_interrupted()))
		host_take_interrupt();
	host_irqs_off = !were_on;
}

static inline void arch_local_irq_enable(void)
{
	arch_local_irq_restore(true);
}

static inline void arch_local_irq_disable(void)
{
	host_irqs_off = true;
	barrier();
}

static inline bool arch_irqs_disabled(void)
{
	return host_irqs_off;
}

static inline bool arch_irqs_were_on(unsigned long were_on)
{
	return were_on;
}

#define ARCH_TIMER_CHIP		"host"
#define ARCH_TIMER_HWIRQ	0
#define ARCH_TIMER_NAME		"timer"

/* Devices are the test's own. */
static inline void arch_device_irqs_enable(void)
{
}

#endif /* ASM_IRQFLAGS_H */
