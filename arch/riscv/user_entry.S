/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a program to the kernel and back: a part of trap_entry.S, since one bit pattern of stvec
 * tells its entry and this one apart. While a program runs, stvec leads here and sscratch to the
 * hart's struct hart_trap; the registers go to the frame above the thread's stack.
 *
 * A trap is a call: what a callee preserves (s0 to s11, and gp, which the kernel never uses) stays
 * where it is, and goes to the frame only where somebody looks at it or changes it.
 */
#include <kernel/errno.h>
#include <asm/csr.h>
#include <asm/ptrace.h>
#include <asm/syscalls.h>
#include <asm/user.h>

.macro each_caller_saved op
	\op	ra, PT_RA(sp)
	\op	t1, 48(sp)
	\op	t2, 56(sp)
	\op	a1, 88(sp)
	\op	a2, 96(sp)
	\op	a3, 104(sp)
	\op	a4, 112(sp)
	\op	a5, 120(sp)
	\op	a6, 128(sp)
	\op	a7, 136(sp)
	\op	t3, 224(sp)
	\op	t4, 232(sp)
	\op	t5, 240(sp)
	\op	t6, 248(sp)
.endm

.macro each_callee_saved op
	\op	gp, PT_GP(sp)
	\op	s0, 64(sp)
	\op	s1, 72(sp)
	\op	s2, 144(sp)
	\op	s3, 152(sp)
	\op	s4, 160(sp)
	\op	s5, 168(sp)
	\op	s6, 176(sp)
	\op	s7, 184(sp)
	\op	s8, 192(sp)
	\op	s9, 200(sp)
	\op	s10, 208(sp)
	\op	s11, 216(sp)
.endm

/* From tp = struct hart_trap and sp = the frame, t0 saved: registers to the frame, a0, tp stay. */
.macro enter_kernel
	ld	t0, HT_SP(tp)
	sd	t0, PT_SP(sp)
	csrrw	t0, sscratch, tp
	sd	t0, PT_TP(sp)
	csrci	stvec, TRAP_OF_USER
	each_caller_saved sd
.endm

	.globl	user_trap_entry
user_trap_entry:
	csrrw	tp, sscratch, tp
	sd	sp, HT_SP(tp)
	ld	sp, HT_STACK_END(tp)
	sd	t0, PT_T0(sp)
	csrr	t0, scause
	addi	t0, t0, -CAUSE_ECALL_U
	bnez	t0, other_trap
	li	t0, NR_SYSCALLS
	bgeu	a7, t0, unknown_call
	enter_kernel
	ld	t3, HT_CALLS(tp)
	ld	tp, HT_PERCPU(tp)
	csrr	t1, sepc
	csrr	t2, sstatus
	addi	t1, t1, 4
	sd	t1, PT_EPC(sp)
	sd	t2, PT_STATUS(sp)
	/* Of a call PT_BADADDR is a0 as it was, should the call be made again. */
	sd	a0, PT_BADADDR(sp)
	csrsi	sstatus, SSTATUS_SIE
	slli	t0, a7, 3
	add	t3, t3, t0
	ld	t3, (t3)
	jalr	t3
	csrci	sstatus, SSTATUS_SIE
	ld	t0, PT_THREAD(sp)
	lbu	t0, THREAD_INTERRUPTED(t0)
	bnez	t0, call_has_work
to_user:
	csrsi	stvec, TRAP_OF_USER
	ld	t0, PT_STATUS(sp)
	csrw	sstatus, t0
	ld	t0, PT_EPC(sp)
	csrw	sepc, t0
	each_caller_saved ld
	ld	t0, PT_T0(sp)
	ld	tp, PT_TP(sp)
	ld	sp, PT_SP(sp)
	sret

call_has_work:
	sd	zero, PT_CAUSE(sp)
	j	user_has_work

/* A number behind the table: counted, and nothing else is touched. */
unknown_call:
	lla	t0, unknown_calls
	li	a0, 1
	amoadd.d zero, a0, (t0)
	csrr	t0, sepc
	addi	t0, t0, 4
	csrw	sepc, t0
	li	a0, -ENOSYS
	ld	t0, PT_T0(sp)
	ld	sp, HT_SP(tp)
	csrrw	tp, sscratch, tp
	sret

other_trap:
	enter_kernel
	ld	tp, HT_PERCPU(tp)
	csrr	t0, scause
	csrr	t1, sepc
	csrr	t2, sstatus
	sd	t0, PT_CAUSE(sp)
	csrr	t0, stval
	sd	t1, PT_EPC(sp)
	sd	t2, PT_STATUS(sp)
	sd	t0, PT_BADADDR(sp)
	sd	a0, 80(sp)
	mv	a0, sp
	call	handle_user_trap
	/* Interrupts are off. */
	ld	t0, PT_THREAD(sp)
	ld	a0, 80(sp)
	lbu	t0, THREAD_INTERRUPTED(t0)
	beqz	t0, to_user
user_has_work:
	sd	a0, 80(sp)
	each_callee_saved sd
	/* Which changes none of them: handlers begin with all that a callee preserves. */
1:	mv	a0, sp
	call	user_work
	ld	a0, 80(sp)
	j	to_user
/* Interrupts are off, and the frame has all registers. */
all_to_user:
	each_callee_saved ld
	ld	t0, PT_THREAD(sp)
	ld	a0, 80(sp)
	lbu	t0, THREAD_INTERRUPTED(t0)
	beqz	t0, to_user
	j	1b

/* Calls that look at all registers of the program. */
.macro whole_frame name
	.globl	sys_\name\()_frame
sys_\name\()_frame:
	each_callee_saved sd
	tail	sys_\name
.endm
	whole_frame clone

/* ... and calls that change them. */
.macro change_frame name
	.globl	sys_\name\()_frame
sys_\name\()_frame:
	each_callee_saved sd
	sd	zero, PT_CAUSE(sp)
	call	sys_\name
	csrci	sstatus, SSTATUS_SIE
	sd	a0, 80(sp)
	j	all_to_user
.endm
	change_frame execve
	change_frame rt_sigreturn

/* arch_enter_user(): the first way of a thread to its program. */
	.globl	arch_enter_user
arch_enter_user:
	csrci	sstatus, SSTATUS_SIE
	csrr	t0, sscratch
	ld	sp, HT_STACK_END(t0)
	lla	t0, run_queue
	add	t0, t0, tp
	ld	t0, (t0)
	sd	t0, PT_THREAD(sp)
	j	all_to_user
