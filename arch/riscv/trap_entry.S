/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every trap of the kernel, interrupts included: registers to a struct pt_regs, handle_trap(),
 * registers back. While the kernel runs, sscratch points to the hart's struct hart_trap; it is
 * the one thing trusted here, for sp may be the very thing that is wrong.
 */
#include <asm/csr.h>
#include <asm/ptrace.h>

/* Registers by the offset of their number; x0, sp (x2), tp (x4) and t0 (x5) go their own way. */
.macro each_register op
	\op	x1, PT_RA(sp)
	\op	x3, PT_GP(sp)
	\op	x6, 48(sp)
	\op	x7, 56(sp)
	\op	x8, 64(sp)
	\op	x9, 72(sp)
	\op	x10, 80(sp)
	\op	x11, 88(sp)
	\op	x12, 96(sp)
	\op	x13, 104(sp)
	\op	x14, 112(sp)
	\op	x15, 120(sp)
	\op	x16, 128(sp)
	\op	x17, 136(sp)
	\op	x18, 144(sp)
	\op	x19, 152(sp)
	\op	x20, 160(sp)
	\op	x21, 168(sp)
	\op	x22, 176(sp)
	\op	x23, 184(sp)
	\op	x24, 192(sp)
	\op	x25, 200(sp)
	\op	x26, 208(sp)
	\op	x27, 216(sp)
	\op	x28, 224(sp)
	\op	x29, 232(sp)
	\op	x30, 240(sp)
	\op	x31, 248(sp)
.endm

	.text
/* Behind seven instructions lies user_trap_entry, so that TRAP_OF_USER tells the two apart. */
	.balign	32
	.globl	trap_entry
trap_entry:
	.option	push
	.option	norvc
	csrrw	tp, sscratch, tp
	sd	t0, HT_T0(tp)
	ld	t0, HT_STACK_FIRST(tp)
	bltu	sp, t0, no_room
	ld	t0, HT_STACK_END(tp)
	bgeu	t0, sp, save_registers
	j	no_room
	.option	pop
#ifdef CONFIG_PROCESSES
#include "user_entry.S"
#endif

no_room:
	sd	sp, HT_SP(tp)
	ld	sp, HT_OVERFLOW_END(tp)
	addi	sp, sp, -PT_SIZE
	ld	t0, HT_SP(tp)
	j	1f
save_registers:
	addi	sp, sp, -PT_SIZE
	addi	t0, sp, PT_SIZE
1:	sd	t0, PT_SP(sp)
	ld	t0, HT_T0(tp)
	sd	t0, PT_T0(sp)
	csrrw	tp, sscratch, tp
	sd	tp, PT_TP(sp)
	each_register sd

	csrr	t0, sepc
	sd	t0, PT_EPC(sp)
	csrr	t0, sstatus
	sd	t0, PT_STATUS(sp)
	csrr	t0, scause
	sd	t0, PT_CAUSE(sp)
	csrr	t0, stval
	sd	t0, PT_BADADDR(sp)

	mv	a0, sp
	call	handle_trap

	ld	t0, PT_STATUS(sp)
	csrw	sstatus, t0
	ld	t0, PT_EPC(sp)
	csrw	sepc, t0
	/* tp stays: it is the CPU's, and the thread may have waited, and go on on another one. */
	each_register ld
	ld	t0, PT_T0(sp)
	ld	sp, PT_SP(sp)
	sret
