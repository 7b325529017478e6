/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Register tp holds the running CPU's per-CPU offset and nothing else; the kernel is built
 * without thread-local storage. head.S sets it to 0, and traps leave it alone.
 */
register unsigned long percpu_tp __asm__("tp");

static __always_inline unsigned long arch_percpu_offset(void)
{
	return percpu_tp;
}

/* An assignment to the register variable would be undone at the function's end by clang, which
 * takes tp for a register that the callee preserves. */
static __always_inline void arch_set_percpu_offset(unsigned long offset)
{
	__asm__ volatile("mv tp, %0" : : "r"(offset) : "memory");
}

static inline size_t arch_percpu_bytes(void)
{
	extern char __per_cpu_start[], __per_cpu_end[];

	return (size_t)(__per_cpu_end - __per_cpu_start);
}

#endif /* ASM_PERCPU_H */
