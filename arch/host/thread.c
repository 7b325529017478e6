/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the hosted machine are contexts of the process. */
#include <kernel/compiler.h>
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

void arch_thread_switch(struct arch_thread *from, struct arch_thread *to)
{
	host_context_switch(&from->context, &to->context);
}

void arch_guard_page(void *va)
{
	(void)va;
}
