/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_STACK_H
#define MM_STACK_H

#include <kernel/types.h>
#include <arch/page.h>

/*
 * Stacks of all CPUs but the first, whose are in the image. CPU 1's lie first in the vmalloc
 * window; each is mapped above a page that never is:
 *
 *	[guard][stack][guard][overflow stack]
 */
#define CPU_STACKS_START	VMALLOC_START
#define CPU_STACKS_STRIDE	(2 * STACK_GUARD_SIZE + BOOT_STACK_SIZE + OVERFLOW_STACK_SIZE)
#define CPU_STACKS_BYTES	(CPU_STACKS_STRIDE * (CONFIG_NR_CPUS - 1))

/* Says in buf which part of which CPU's stacks va is, of those of CPUs that were found; false
 * where it is none. Any context. */
bool cpu_stack_describe(unsigned long va, char *buf, size_t size);

#endif /* MM_STACK_H */
