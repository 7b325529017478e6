/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <kernel/compiler.h>

/*
 * Register tp holds the running CPU's per-CPU offset and nothing else; the kernel is built
 * without thread-local storage. head.S sets it to 0, and traps leave it alone.
 */
register unsigned long percpu_tp __asm__("tp");

static __always_inline unsigned long arch_percpu_offset(void)
{
	return percpu_tp;
}

static __always_inline void arch_set_percpu_offset(unsigned long offset)
{
	percpu_tp = offset;
	barrier();
}

#endif /* ASM_PERCPU_H */
