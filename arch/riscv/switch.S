/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From one thread to another, interrupts off. tp stays: it is the CPU's. The bounds of the stack
 * go to the hart's struct hart_trap, by which traps tell a stack that has room.
 */
#include <asm/ptrace.h>
#include <asm/thread.h>

.macro each_saved op, base
	\op	ra, AT_RA(\base)
	\op	sp, AT_SP(\base)
	\op	s0, AT_S0 + 0(\base)
	\op	s1, AT_S0 + 8(\base)
	\op	s2, AT_S0 + 16(\base)
	\op	s3, AT_S0 + 24(\base)
	\op	s4, AT_S0 + 32(\base)
	\op	s5, AT_S0 + 40(\base)
	\op	s6, AT_S0 + 48(\base)
	\op	s7, AT_S0 + 56(\base)
	\op	s8, AT_S0 + 64(\base)
	\op	s9, AT_S0 + 72(\base)
	\op	s10, AT_S0 + 80(\base)
	\op	s11, AT_S0 + 88(\base)
#ifdef CONFIG_PROCESSES
	\op	gp, AT_GP(\base)
#endif
.endm

	.text
	.balign	4
	.globl	arch_thread_switch
arch_thread_switch:
	each_saved sd, a0
	csrr	t0, sscratch
	ld	t1, AT_STACK_FIRST(a1)
	ld	t2, AT_STACK_END(a1)
	sd	t1, HT_STACK_FIRST(t0)
	sd	t2, HT_STACK_END(t0)
	each_saved ld, a1
	ret

	/*
	 * The return address of a thread that is switched to for the first time. Nobody told this
	 * hart when the stack was mapped, and a trap could not save its registers there.
	 */
	.balign	4
	.globl	thread_start
thread_start:
	sfence.vma
	li	ra, 0
	jr	s0

	/* The same of one that comes from another hart; a1 is its context. */
	.balign	4
	.globl	thread_moved
thread_moved:
	sfence.vma
	ld	ra, AT_MOVED_RA(a1)
	ret
