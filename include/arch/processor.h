/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_PROCESSOR_H
#define ARCH_PROCESSOR_H

/*
 * asm/processor.h gives, as static inline:
 *   void arch_cpu_relax(void);     in a loop that waits for another CPU; a compiler barrier
 *   void arch_cpu_nap(void);       the same when the wait is long: for some microseconds the CPU
 *                                  does nothing, and a machine below may give it to another
 */
#include <asm/processor.h>

#define SPINS_BEFORE_NAP	256u

/* One turn of a loop that waits for another CPU; *turns is 0 at the start. */
static inline void arch_wait_turn(unsigned int *turns)
{
	if (++*turns % SPINS_BEFORE_NAP)
		arch_cpu_relax();
	else
		arch_cpu_nap();
}

#endif /* ARCH_PROCESSOR_H */
