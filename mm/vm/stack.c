/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the stacks of all CPUs but the first.
 *
 * Structure: each CPU has its place in the vmalloc window (mm/stack.h) and takes pages for it
 * before it is started for the first time. The linear map shows the same frames without a gap, so
 * nobody has a pointer to a stack from there.
 *
 * Invariants:
 * CS1 The page below a stack is never mapped.
 * CS2 A CPU has both stacks, mapped, or nothing of them; what it has it keeps.
 *
 * Locking: none; CPUs come and go one at a time (kernel/smp.c).
 *
 * Configuration: STACK_SHIFT, their size; NR_CPUS, their places. Not built for one CPU.
 */
#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>
#include <mm/gfp.h>
#include <mm/kernel_tables.h>
#include <mm/stack.h>
#include <arch/smp.h>

#define STACK_ORDER		(CONFIG_STACK_SHIFT - PAGE_SHIFT)
#define OVERFLOW_ORDER		1

BUILD_ASSERT(BOOT_STACK_SIZE == PAGE_SIZE << STACK_ORDER, "STACK_ORDER");
BUILD_ASSERT(OVERFLOW_STACK_SIZE == PAGE_SIZE << OVERFLOW_ORDER, "OVERFLOW_ORDER");

static cpumask_t cpus_with_stacks;		/* [H] */

static struct cpu_stacks stacks_of(unsigned int cpu)
{
	unsigned long start = CPU_STACKS_START + (cpu - 1) * CPU_STACKS_STRIDE + STACK_GUARD_SIZE;
	unsigned long overflow_start = start + BOOT_STACK_SIZE + STACK_GUARD_SIZE;

	return (struct cpu_stacks){ start, start + BOOT_STACK_SIZE, overflow_start,
				    overflow_start + OVERFLOW_STACK_SIZE };
}

static void free_stack(struct page *page, unsigned int order)
{
	page_become(page, PG_ALLOCATED);
	__free_pages(page, order);
}

/* Pages of the node, mapped at va; NULL when there are none, or none for the tables. */
static struct page *map_stack(unsigned long va, unsigned int order, int nid)
{
	struct page *page = alloc_pages_node(nid, GFP_KERNEL | __GFP_NOWARN, order);

	if (!page)
		return NULL;
	page_become(page, PG_STACK);
	if (!kernel_map(va, page_to_phys(page), PAGE_SIZE << order, VM_KERNEL_RW))
		return page;
	free_stack(page, order);
	return NULL;
}

static void unmap_stack(unsigned long va, struct page *page, unsigned int order)
{
	/* The stack's leaves map nothing else: none is split, which could need memory. */
	int err = kernel_unmap(va, PAGE_SIZE << order);

	ASSERT(!err, "CS2: the stack at 0x%lx stays mapped: %d", va, err);
	free_stack(page, order);
}

static int cpu_stack_alloc(unsigned int cpu)
{
	struct cpu_stacks stacks = stacks_of(cpu);
	int nid = cpu_descs[cpu].nid;
	struct page *stack;

	if (cpus_with_stacks & cpumask_of(cpu))
		return 0;
	stack = map_stack(stacks.start, STACK_ORDER, nid);
	if (!stack)
		return -ENOMEM;
	if (!map_stack(stacks.overflow_start, OVERFLOW_ORDER, nid)) {
		unmap_stack(stacks.start, stack, STACK_ORDER);
		return -ENOMEM;
	}
	cpus_with_stacks |= cpumask_of(cpu);
	arch_cpu_prepare(cpu, &stacks);
	return 0;
}

CPU_HOOKS(stack, .prepare = cpu_stack_alloc);

bool cpu_stack_describe(unsigned long va, char *buf, size_t size)
{
	unsigned long offset = va - CPU_STACKS_START, at = offset % CPU_STACKS_STRIDE;
	unsigned long cpu = offset / CPU_STACKS_STRIDE + 1;
	const char *part = "overflow stack";

	if (va < CPU_STACKS_START || cpu >= nr_cpus_found)
		return false;
	if (at < STACK_GUARD_SIZE)
		part = "guard page below the stack";
	else if (at < STACK_GUARD_SIZE + BOOT_STACK_SIZE)
		part = "stack";
	else if (at < 2 * STACK_GUARD_SIZE + BOOT_STACK_SIZE)
		part = "guard page below the overflow stack";
	scnprintf(buf, size, "%s of CPU %lu", part, cpu);
	return true;
}
