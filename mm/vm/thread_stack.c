/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: stacks of threads.
 *
 * Structure: each is an area of the vmalloc window, as a CPU's stack is.
 *
 * Invariants: VA1 of areas.c leaves the page below a stack unmapped.
 *
 * Locking: none of its own.
 *
 * Configuration: THREADS.
 */
#include <mm/gfp.h>
#include <mm/stack.h>

#include "internal.h"

unsigned long stack_alloc(size_t bytes, int nid)
{
	return (unsigned long)vm_alloc(bytes, GFP_KERNEL | __GFP_NOWARN, VM_KIND_STACK, nid,
				       stack_alloc);
}

void stack_free(unsigned long start)
{
	vm_free((const void *)start, VM_KIND_BIT(VM_KIND_STACK));
}
