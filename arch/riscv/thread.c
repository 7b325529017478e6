/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/string.h>
#include <arch/page.h>
#include <arch/pgtable.h>
#include <arch/thread.h>
#include <asm/csr.h>
#include <asm/mmu.h>
#include <asm/ptrace.h>

BUILD_ASSERT(offsetof(struct arch_thread, ra) == AT_RA, "AT_RA");
BUILD_ASSERT(offsetof(struct arch_thread, sp) == AT_SP, "AT_SP");
BUILD_ASSERT(offsetof(struct arch_thread, s) == AT_S0, "AT_S0");
BUILD_ASSERT(offsetof(struct arch_thread, stack_first) == AT_STACK_FIRST, "AT_STACK_FIRST");
BUILD_ASSERT(offsetof(struct arch_thread, stack_end) == AT_STACK_END, "AT_STACK_END");
BUILD_ASSERT(offsetof(struct arch_thread, moved_ra) == AT_MOVED_RA, "AT_MOVED_RA");

/* No address, and no small number. */
#define STACK_MARK	0x6b636174532e6472ul

void arch_thread_prepare(struct arch_thread *t, unsigned long start, unsigned long end,
			 void (*entry)(void))
{
	if (IS_ENABLED(CONFIG_DEBUG_STACK_USAGE))
		memset((void *)start, 0, end - start);
	*(unsigned long *)start = STACK_MARK;
	/* The rest is 0, as all of the thread is. */
	t->ra = (unsigned long)thread_start;
	t->sp = end;
	t->s[0] = (unsigned long)entry;
	t->stack_first = start + PT_SIZE;
	t->stack_end = end;
}

bool arch_thread_stack_is_whole(const struct arch_thread *t, unsigned long start)
{
	(void)t;
	return *(const unsigned long *)start == STACK_MARK;
}

void arch_thread_adopt(struct arch_thread *t, unsigned int cpu)
{
	t->stack_first = hart_traps[cpu].stack_first;
	t->stack_end = hart_traps[cpu].stack_end;
}

void arch_thread_stack(const struct arch_thread *t, unsigned long *start, unsigned long *end)
{
	*start = t->stack_first - PT_SIZE;
	*end = t->stack_end;
}

void __init arch_guard_page(void *va)
{
	int err = pgtable_unmap(&own_tables, (unsigned long)va, PAGE_SIZE);

	ASSERT(!err, "the guard page at %p stays mapped: %d", va, err);
}
