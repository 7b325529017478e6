/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the hosted machine are contexts of the process. */
#include <kernel/assert.h>
#include <kernel/smp.h>
#include <arch/thread.h>
#include <host/host.h>

#define STACK_MARK	0x6b636174532e6472ul

void arch_thread_prepare(struct arch_thread *t, unsigned long start, unsigned long end,
			 void (*entry)(void))
{
	(void)start;
	(void)end;
	host_context_make(&t->context, entry);
	*host_stack_mark(t) = STACK_MARK;
}

/* The kernel's own stack has no memory in a process. */
bool arch_thread_stack_is_whole(const struct arch_thread *t, unsigned long start)
{
	(void)start;
	return !t->context.entry || *host_stack_mark(t) == STACK_MARK;
}

void arch_thread_adopt(struct arch_thread *t, unsigned int cpu)
{
	(void)t;
	(void)cpu;
}

void arch_thread_stack(const struct arch_thread *t, unsigned long *start, unsigned long *end)
{
	(void)t;
	*start = *end = 0;
}

/* A CPU must know that a thread comes from another one: it may remember nothing of the stack. */
static void note_cpu(struct arch_thread *t)
{
	unsigned int cpu = 1 + smp_processor_id();

	ASSERT(!t->last_cpu || t->last_cpu == cpu || t->moved,
	       "a thread of CPU %u goes on on CPU %u, which was not told", t->last_cpu - 1, cpu - 1);
	t->last_cpu = cpu;
	t->moved = false;
}

void arch_thread_switch(struct arch_thread *from, struct arch_thread *to)
{
	note_cpu(to);
	host_context_switch(&from->context, &to->context);
}

void arch_guard_page(void *va)
{
	(void)va;
}
