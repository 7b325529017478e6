/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_TIME_H
#define ARCH_TIME_H

#include <kernel/types.h>

/* Free-running ticks at timebase_hz. */
u64 arch_ticks(void);

/*
 * The running CPU's timer, set here and nowhere else: from the tick deadline on, which may be past,
 * its interrupt is pending, which ends arch_wait_for_interrupt(); whoever takes it cancels it. A
 * later deadline replaces it. Interrupts off.
 */
void arch_timer_program(u64 deadline);
/* No interrupt comes of what was programmed. Interrupts off. */
void arch_timer_cancel(void);

/* Instructions retired by this CPU; exact under QEMU -icount. */
u64 arch_instret(void);

/* The counter's reading at the kernel's first instruction; 0 where it cannot be read. */
u64 arch_entry_instret(void);

#endif /* ARCH_TIME_H */
