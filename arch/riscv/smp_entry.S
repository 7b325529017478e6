/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the firmware to secondary_start_kernel(), for every hart but the first.
 *
 * In: a0 hart id, a1 physical address of the hart's struct hart_start, MMU off, at the physical
 * address of secondary_entry. Nothing of the hart's own is touched before the state word says
 * that it is still waited for; who is not, stops. As on the first hart, the tables do not map
 * the place where this runs, and the fault leads on to the virtual address.
 */
#include <arch/smp.h>
#include <asm/csr.h>
#include <asm/ptrace.h>
#include <asm/sbi.h>

	.text
	.balign	4
	.globl	secondary_entry
secondary_entry:
	csrw	sie, zero
	li	t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS
	csrc	sstatus, t0
	la	t0, turned_away
	csrw	stvec, t0

	ld	t2, HS_STATE(a1)
	li	t0, CPU_STARTING
	li	t1, CPU_ALIVE
1:	lr.w.aq	t3, (t2)
	bne	t3, t0, turned_away
	sc.w.rl	t4, t1, (t2)
	bnez	t4, 1b

	ld	sp, HS_STACK_END(a1)
	ld	tp, HS_PERCPU(a1)
	ld	s1, HS_TRAP(a1)
	ld	t0, HS_ENTRY(a1)
	ld	t1, HS_SATP(a1)
	csrw	stvec, t0
	sfence.vma
	csrw	satp, t1

	/* Still here: the hart lacks the mode. Another write than the one above is not needed. */
	li	t0, CPU_UNFIT
	fence	rw, w
	sw	t0, (t2)

	.balign	4
turned_away:
	li	a7, SBI_EXT_HSM
	li	a6, SBI_HSM_HART_STOP
	ecall
1:	wfi
	j	1b

	.balign	4
	.globl	secondary_virtual
secondary_virtual:
	sfence.vma
	fence.i
	la	t0, trap_entry
	csrw	stvec, t0
	csrw	sscratch, s1
	li	t0, 1 << IRQ_S_SOFT
	csrw	sie, t0
	li	gp, 0
	li	s0, 0
	li	ra, 0
	tail	secondary_start_kernel

/*
 * spin_until_served(t1, t2) for a caller that has not prepared a call: t0 is where to go back to,
 * and all registers but t0, t1 and t2 come back as they were.
 */
.macro each_caller_saved op
	\op	ra, 0(sp)
	\op	a0, 8(sp)
	\op	a1, 16(sp)
	\op	a2, 24(sp)
	\op	a3, 32(sp)
	\op	a4, 40(sp)
	\op	a5, 48(sp)
	\op	a6, 56(sp)
	\op	a7, 64(sp)
	\op	t3, 72(sp)
	\op	t4, 80(sp)
	\op	t5, 88(sp)
	\op	t6, 96(sp)
	\op	t0, 104(sp)
.endm

	.globl	spin_wait_entry
spin_wait_entry:
	addi	sp, sp, -112
	each_caller_saved sd
	mv	a0, t1
	mv	a1, t2
	call	spin_until_served
	each_caller_saved ld
	addi	sp, sp, 112
	jr	t0
