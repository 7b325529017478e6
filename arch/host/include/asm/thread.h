/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

#include <kernel/compiler.h>
#include <arch/time.h>
#include <host/context.h>

/* [o] */
struct arch_thread {
	struct host_context context;
	unsigned int last_cpu;		/* 1 + that of the CPU that ran it; 0: none did */
	bool moved;			/* its next one was told */
};

static inline void arch_thread_moves(struct arch_thread *t)
{
	t->moved = true;
}

static inline bool arch_user_differs(const struct arch_thread *from, const struct arch_thread *to)
{
	(void)from;
	(void)to;
	return false;
}

static inline void arch_user_unseen(struct arch_thread *t)
{
	(void)t;
}

/* The lowest word of the stack that the thread has here. */
static inline unsigned long *host_stack_mark(const struct arch_thread *t)
{
	return (unsigned long *)(unsigned long)t->context.stack;
}

static inline u64 arch_thread_clock(void)
{
	return arch_ticks();
}

/* smp.c */
void host_interrupt_self(void);

static inline void arch_irq_self(void)
{
	if (IS_ENABLED(CONFIG_SMP))
		host_interrupt_self();
}

#endif /* ASM_THREAD_H */
