/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the stacks of all CPUs but the first.
 *
 * Structure: before a CPU is started for the first time it gets two areas of the vmalloc window, a
 * stack and one for when that overflows, of frames that need not lie together.
 *
 * Invariants:
 * CS1 The page below a stack is never mapped: it is the guard page of the area before it (VA1).
 * CS2 A CPU has both stacks, mapped, or nothing of them; what it has it keeps.
 *
 * Locking: none; CPUs come and go one at a time (kernel/smp.c).
 *
 * Configuration: STACK_SHIFT, their size; NR_CPUS, how many. Not built for one CPU.
 */
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>
#include <kernel/undo.h>
#include <mm/gfp.h>
#include <mm/stack.h>
#include <arch/smp.h>

#include "internal.h"

static int cpu_stack_alloc(unsigned int cpu);

static struct cpu_stacks cpu_stacks[CONFIG_NR_CPUS];	/* [H] */

static void *alloc_stack(size_t bytes, unsigned int cpu)
{
	return vm_alloc(bytes, GFP_KERNEL | __GFP_NOWARN, VM_KIND_STACK, cpu_descs[cpu].nid,
			cpu_stack_alloc);
}

static int cpu_stack_alloc(unsigned int cpu)
{
	unsigned long start, overflow_start;

	if (cpu_stacks[cpu].start)
		return 0;
	start = (unsigned long)alloc_stack(BOOT_STACK_SIZE, cpu);
	if (!start)
		return -ENOMEM;
	overflow_start = (unsigned long)alloc_stack(OVERFLOW_STACK_SIZE, cpu);
	if (!overflow_start) {
		UNDO_PATH("no overflow stack for a CPU that has the other");
		vm_free((void *)start, VM_KIND_BIT(VM_KIND_STACK));
		return -ENOMEM;
	}
	cpu_stacks[cpu] = (struct cpu_stacks){ start, start + BOOT_STACK_SIZE, overflow_start,
					       overflow_start + OVERFLOW_STACK_SIZE };
	arch_cpu_prepare(cpu, &cpu_stacks[cpu]);
	return 0;
}

CPU_HOOKS(stack, .prepare = cpu_stack_alloc);

/* Which part of [start, end), or of the page below it, va is; NULL: none. */
static const char *part_of(unsigned long va, unsigned long start, unsigned long end,
			   const char *guard, const char *stack)
{
	if (!start || va < start - STACK_GUARD_SIZE || va >= end)
		return NULL;
	return va < start ? guard : stack;
}

bool cpu_stack_describe(unsigned long va, char *buf, size_t size)
{
	for (unsigned int cpu = 1; cpu < CONFIG_NR_CPUS; cpu++) {
		const struct cpu_stacks *s = &cpu_stacks[cpu];
		const char *part = part_of(va, s->start, s->end, "guard page below the stack",
					   "stack");

		if (!part)
			part = part_of(va, s->overflow_start, s->overflow_end,
				       "guard page below the overflow stack", "overflow stack");
		if (!part)
			continue;
		scnprintf(buf, size, "%s of CPU %u", part, cpu);
		return true;
	}
	return false;
}
