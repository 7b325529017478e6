/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_TIME_H
#define ARCH_TIME_H

#include <kernel/types.h>

/* Free-running ticks at timebase_hz. */
u64 arch_ticks(void);

/*
 * Sets the running CPU's timer, which nothing else sets. From the tick deadline on, which may be
 * past, the timer's interrupt is pending and ends arch_wait_for_interrupt(); the handler of the
 * interrupt cancels the timer. A later deadline replaces an earlier one. Interrupts off.
 */
void arch_timer_program(u64 deadline);
/* Cancels the timer: no interrupt comes of the deadline that was set. Interrupts off. */
void arch_timer_cancel(void);

/* Returns the instructions that this CPU has retired; exact under QEMU -icount. */
u64 arch_instret(void);

/* Returns the counter's reading at the kernel's first instruction; 0 where it cannot be read. */
u64 arch_entry_instret(void);

#endif /* ARCH_TIME_H */
