/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_IDLE_H
#define KERNEL_IDLE_H

#include <kernel/types.h>
#include <arch/processor.h>

/*
 * The running CPU does nothing until an interrupt is there or us microseconds have passed, at most
 * a second. An interrupt that ends it is taken afterwards, if interrupts are on. Comes back at
 * once where there is no clock to wake up by. Any context.
 */
void cpu_idle(u64 us);

#define NAP_US			20ul
#define SPINS_BEFORE_NAP	256u

/*
 * In a wait that is long already. A simulated CPU is a thread, and when there are more of them than
 * processors, spinning keeps the very one from running that is waited for. Any context.
 */
static inline void cpu_nap(void)
{
	cpu_idle(NAP_US);
}

/* One turn of a loop that waits for another CPU; *turns is 0 at the start. */
static inline void cpu_wait_turn(unsigned int *turns)
{
	if (++*turns % SPINS_BEFORE_NAP)
		arch_cpu_relax();
	else
		cpu_nap();
}

#endif /* KERNEL_IDLE_H */
