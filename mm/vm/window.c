/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: says what lies at an address of the vmalloc window, for reports.
 *
 * Structure: a CPU's stack is said to be that; all else is an area (areas.c). Another CPU may have
 * been stopped in the middle of a change to those.
 *
 * Invariants: none of its own.
 *
 * Locking: none: for a machine that stops.
 *
 * Configuration: none.
 */
#include <kernel/address_owner.h>
#include <kernel/compiler.h>
#include <mm/stack.h>
#include <mm/vm_window.h>

#include "internal.h"

bool vm_window_describe(unsigned long va, char *buf, size_t size)
{
	return (IS_ENABLED(CONFIG_SMP) && cpu_stack_describe(va, buf, size)) ||
	       vm_area_describe(va, buf, size);
}
ADDRESS_OWNER(vmalloc, vm_window_describe);
