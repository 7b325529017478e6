/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks of all CPUs but the first, whose are in the image. Each is mapped in the vmalloc
 * window above a page that is never mapped; asm/layout.h says where. The linear map shows the
 * same frames without a gap, so nobody has a pointer to a stack from there.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <mm/gfp.h>
#include <arch/smp.h>
#include <asm/csr.h>
#include <asm/layout.h>
#include <asm/pgtable.h>
#include <asm/ptrace.h>

#define STACK_ORDER		(CONFIG_STACK_SHIFT - PAGE_SHIFT)
#define OVERFLOW_ORDER		1

BUILD_ASSERT(OVERFLOW_STACK_SIZE == PAGE_SIZE << OVERFLOW_ORDER, "OVERFLOW_ORDER");
BUILD_ASSERT(CPU_STACKS_STRIDE * CONFIG_NR_CPUS <= VMALLOC_SIZE, "vmalloc is too small for stacks");

/* The first byte of a CPU's place: the guard page below its stack. */
static unsigned long place_of(unsigned int cpu)
{
	return CPU_STACKS_START + (cpu - 1) * CPU_STACKS_STRIDE;
}

/* Makes the tables above the 4 KiB entry for va, from pages; false when there are none. */
static bool make_tables(unsigned long va)
{
	phys_addr_t table_pa = kernel_root_pa();

	for (unsigned int level = ROOT_LEVEL; level > 0; level--) {
		u64 *entry = &pgtable_access(table_pa)[table_index(va, level)];

		if (!(*entry & PTE_V)) {
			struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, 0);

			if (!page)
				return false;
			page_become(page, PG_TABLE);
			/* Cleared before another hart's walk can find it. */
			__atomic_store_n(entry, pte_make(page_to_phys(page), PROT_TABLE),
					 __ATOMIC_RELEASE);
		}
		table_pa = pte_pa(*entry);
	}
	return true;
}

/* The tables are there. Returns the end of what is mapped. */
static unsigned long map_stack(unsigned long va, struct page *page, unsigned int order)
{
	page_become(page, PG_STACK);
	pgtable_map(kernel_root_pa(), va, page_to_phys(page), PAGE_SIZE << order, PROT_RW);
	return va + (PAGE_SIZE << order);
}

int cpu_stack_alloc(unsigned int cpu)
{
	unsigned long place = place_of(cpu), end = place + CPU_STACKS_STRIDE, va;
	struct hart_trap *trap = &hart_traps[cpu];
	struct page *stack, *overflow;
	int nid = cpu_descs[cpu].nid;

	if (trap->stack_end)
		return 0;
	for (va = place; va < end; va = ALIGN_DOWN(va, LEVEL_SIZE(1)) + LEVEL_SIZE(1))
		if (!make_tables(va))
			return -ENOMEM;
	stack = alloc_pages_node(nid, GFP_KERNEL | __GFP_NOWARN, STACK_ORDER);
	overflow = alloc_pages_node(nid, GFP_KERNEL | __GFP_NOWARN, OVERFLOW_ORDER);
	if (!stack || !overflow) {
		if (stack)
			__free_pages(stack, STACK_ORDER);
		if (overflow)
			__free_pages(overflow, OVERFLOW_ORDER);
		return -ENOMEM;
	}
	va = map_stack(place + STACK_GUARD_SIZE, stack, STACK_ORDER);
	trap->stack_first = place + STACK_GUARD_SIZE + PT_SIZE;
	trap->stack_end = va;
	trap->overflow_end = map_stack(va + STACK_GUARD_SIZE, overflow, OVERFLOW_ORDER);
	flush_tlb_kernel_range(place, end);
	return 0;
}

unsigned int cpu_of_stack(unsigned long va, const char **part)
{
	unsigned long offset = va - CPU_STACKS_START, at = offset % CPU_STACKS_STRIDE;
	unsigned long cpu = offset / CPU_STACKS_STRIDE + 1;

	if (va < CPU_STACKS_START || cpu >= nr_cpus_found)
		return 0;
	if (at < STACK_GUARD_SIZE)
		*part = "guard page below the stack";
	else if (at < STACK_GUARD_SIZE + BOOT_STACK_SIZE)
		*part = "stack";
	else if (at < 2 * STACK_GUARD_SIZE + BOOT_STACK_SIZE)
		*part = "guard page below the overflow stack";
	else
		*part = "overflow stack";
	return (unsigned int)cpu;
}
