/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: who has which part of the vmalloc window.
 *
 * Structure: a row for each part, upwards from VMALLOC_START; whoever has one gives out the
 * addresses in it. What is behind the last row is free.
 *
 *	VMALLOC_START                                          VMALLOC_START + VMALLOC_SIZE
 *	| CPU stacks: a place for each CPU | free              |
 *
 * Invariants:
 * VW1 Parts touch, in the order of the rows, and lie within the window.
 *
 * Locking: none; constant.
 *
 * Configuration: NR_CPUS and STACK_SHIFT size the first part.
 */
#include <kernel/address_owner.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <mm/stack.h>
#include <mm/vm_window.h>

struct vm_part {
	unsigned long start, bytes;
	/* What lies at va; false: nothing that it has given out. */
	bool (*describe)(unsigned long va, char *buf, size_t size);
};

static const struct vm_part parts[] = {
	{ CPU_STACKS_START, CPU_STACKS_BYTES,
	  IS_ENABLED(CONFIG_SMP) ? cpu_stack_describe : NULL },
};

BUILD_ASSERT(CPU_STACKS_START == VMALLOC_START, "VW1: CPU stacks are the first part");
BUILD_ASSERT(CPU_STACKS_BYTES <= VMALLOC_SIZE, "VW1: vmalloc is too small for stacks");

bool vm_window_describe(unsigned long va, char *buf, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (va - parts[i].start < parts[i].bytes)
			return parts[i].describe(va, buf, size);
	return false;
}
ADDRESS_OWNER(vmalloc, vm_window_describe);
