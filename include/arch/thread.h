/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

/*
 * asm/thread.h gives struct arch_thread: what a thread that does not run keeps of its CPU, and the
 * bounds of its stack; and in line u64 arch_thread_clock(void), which is arch_ticks(), and void
 * arch_irq_self(void): this CPU takes an interrupt as soon as it lets one through. It and the calls
 * below have interrupts off but for the first two.
 */
#include <asm/thread.h>

struct thread;

/*
 * The thread begins with entry(), on the stack [start, end), when it is first switched to;
 * interrupts are off then. The lowest word of the stack becomes a mark; with DEBUG_STACK_USAGE the
 * others become zeros, where the stack is memory. end is a multiple of 16.
 */
void arch_thread_prepare(struct arch_thread *t, unsigned long start, unsigned long end,
			 void (*entry)(void));

/* Is the mark of a stack that begins at start as it was made? */
bool arch_thread_stack_is_whole(const struct arch_thread *t, unsigned long start);

/* What runs on the CPU becomes a thread: t learns the bounds of the stack, and nothing else of t is
 * read before it is switched from. */
void arch_thread_adopt(struct arch_thread *t, unsigned int cpu);

/* The stack of a thread that was prepared or adopted; end 0: it has none of the kernel's. */
void arch_thread_stack(const struct arch_thread *t, unsigned long *start, unsigned long *end);

/* from stops and to goes on, on this CPU: returns when from is switched to, on whatever CPU. No
 * register of the CPU's own goes with a thread. */
void arch_thread_switch(struct arch_thread *from, struct arch_thread *to);

/* asm/thread.h's void arch_thread_moves(t): t, which does not run, goes on on another CPU than
 * before. */

/* The same in the place of it where what their programs see differs, which asm/thread.h's
 * bool arch_user_differs(from, to) says; void arch_user_unseen(t) makes a thread a program's. With
 * CONFIG_PROCESSES alone. */
void arch_user_switch(struct thread *prev, struct thread *next);

/* The page at va, which is in the image, is never mapped again: touching it is a fault. Boot only,
 * after the kernel's tables are pages. */
void arch_guard_page(void *va);

#endif /* ARCH_THREAD_H */
