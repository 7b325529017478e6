/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

/* Offsets of struct arch_thread for switch.S; asserted in thread.c. */
#define AT_RA			0
#define AT_SP			8
#define AT_S0			16
#define AT_STACK_FIRST		112
#define AT_STACK_END		120
#define AT_MOVED_RA		128
#define AT_GP			136	/* with CONFIG_PROCESSES */

#ifndef __ASSEMBLY__

#include <asm/csr.h>

/* [K] A switch is a call: what a callee preserves is all there is to keep. */
struct arch_thread {
	unsigned long ra, sp;
	unsigned long s[12];
	unsigned long stack_first, stack_end;	/* as in struct hart_trap */
	unsigned long moved_ra;		/* what ra was, where it is thread_moved */
	IF_ENABLED(CONFIG_PROCESSES,
		   unsigned long gp;	/* of its program */
		   unsigned long view;)	/* what its program sees: user.c */
};

#ifdef CONFIG_PROCESSES
/* Is there anything of programs to do on the way from one thread to the other? */
static __always_inline bool arch_user_differs(const struct arch_thread *from,
					      const struct arch_thread *to)
{
	return from->view != to->view;
}

/* Nobody has looked what its program is to see: so it is another one's than any other thread's. */
static __always_inline void arch_user_unseen(struct arch_thread *t)
{
	t->view = (unsigned long)t;
}
#endif

/* First instructions of a new thread: s0 is its entry. And of one that another hart ran before. */
extern char thread_start[], thread_moved[];

/*
 * The thread goes on on another hart, which may remember that nothing was mapped where its stack is
 * now: it forgets that first, for a trap needs the stack. A new thread's hart does so anyway.
 */
static __always_inline void arch_thread_moves(struct arch_thread *t)
{
	if (t->ra == (unsigned long)thread_start || t->ra == (unsigned long)thread_moved)
		return;
	t->moved_ra = t->ra;
	t->ra = (unsigned long)thread_moved;
}

static __always_inline u64 arch_thread_clock(void)
{
	return csr_read(time);
}

/* The bit of sip that another hart's interrupt sets, too. */
static __always_inline void arch_irq_self(void)
{
	csr_set(sip, 1ul << IRQ_S_SOFT);
}

#endif /* __ASSEMBLY__ */
#endif /* ASM_THREAD_H */
