/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_IDLE_H
#define KERNEL_IDLE_H

#include <kernel/types.h>
#include <arch/processor.h>

/*
 * The running CPU does nothing until an interrupt is pending or us microseconds have passed, at
 * most a second. An interrupt that ends the wait is taken afterwards, if interrupts are on. Returns
 * at once where no clock could wake the CPU. Any context.
 */
void cpu_idle(u64 us);

#define NAP_US			20ul
#define SPINS_BEFORE_NAP	256u

/*
 * For a wait that is long already. A simulated CPU is a thread, and with more threads than
 * processors a CPU that spins keeps the CPU that it waits for from running. Any context.
 */
static inline void cpu_nap(void)
{
	cpu_idle(NAP_US);
}

/* One turn of a loop that waits for another CPU; *turns is 0 before the first. */
static inline void cpu_wait_turn(unsigned int *turns)
{
	if (++*turns % SPINS_BEFORE_NAP)
		arch_cpu_relax();
	else
		cpu_nap();
}

#endif /* KERNEL_IDLE_H */
