/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the firmware to start_kernel().
 *
 * In: a0 hart id, a1 physical address of the device tree, MMU off, pc anywhere in memory as long
 * as _start is a multiple of 2 MiB. Up to virtual_start every address is relative to the pc and
 * therefore physical; nothing before early_map() may rely on bss. From virtual_start on the image
 * runs at its link address, each part with its final rights.
 */
#include <asm/csr.h>
#include <asm/layout.h>
#include <asm/ptrace.h>
#include <asm/sbi.h>

	.section .head.text, "ax"
	.globl	_start
_start:
	/* RISC-V boot image header, 64 bytes, which firmware and boot loaders read. */
	.option	push
	.option	norvc
	.option	norelax
	j	physical_start
	nop
	.option	pop
	.dword	KERNEL_ALIGN		/* text_offset: room for the firmware below */
	.dword	__image_size		/* with bss */
	.dword	0			/* flags: little endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\005"
	.word	0			/* no PE header */

physical_start:
	csrw	sie, zero
	li	t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS
	csrc	sstatus, t0
	la	t0, physical_trap
	csrw	stvec, t0

	/* Where boot's instructions are counted from. A hart whose firmware forbids it traps,
	 * and goes on behind. */
	la	t1, 1f
	csrw	stvec, t1
	li	s3, 0
	csrr	s3, instret
	.balign	4
1:	csrw	stvec, t0

	/* Firmware without HSM starts every hart here; the first one boots. */
	la	t0, boot_lottery
	li	t1, 1
	amoadd.w.aq t1, t1, (t0)
	bnez	t1, not_the_first

	mv	s0, a0
	mv	s1, a1

	/* A mode that may read this register has no firmware below it, and no stvec. */
	la	t0, 1f
	csrw	stvec, t0
	csrr	t0, mhartid
	j	machine_mode
	.balign	4
1:	la	t0, physical_trap
	csrw	stvec, t0

	la	s2, _start
	slli	t0, s2, 64 - 21
	la	a0, text_misaligned
	bnez	t0, stop_with_text

	/* Does the tree [s1, s1 + totalsize) meet the image [s2, t1)? It would be overwritten. */
	la	t1, _end
	bgeu	s1, t1, 1f
	la	a0, text_overlap
	bgeu	s1, s2, stop_with_text
	lbu	t2, 0(s1)		/* d0 0d fe ed; without it C says what is wrong */
	li	t3, 0xd0
	bne	t2, t3, 1f
	lbu	t2, 4(s1)		/* totalsize, big endian */
	lbu	t3, 5(s1)
	lbu	t4, 6(s1)
	lbu	t5, 7(s1)
	slli	t2, t2, 24
	slli	t3, t3, 16
	slli	t4, t4, 8
	add	t2, t2, t3
	add	t4, t4, t5
	add	t2, t2, t4
	add	t2, t2, s1
	bgtu	t2, s2, stop_with_text
1:
	la	t0, __bss_start
	la	t1, __bss_stop
2:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 2b

	la	sp, boot_stack_end
	mv	a0, s0
	mv	a1, s1
	mv	a2, s3
	call	early_map

	/*
	 * The new tables do not map the place where this runs: the fetch after the write to satp
	 * faults, and the fault's vector is the next instruction at its virtual address.
	 */
	la	t0, virtual_start
	sub	t0, t0, s2
	li	t1, KERNEL_LINK_ADDR
	add	t0, t0, t1
	csrw	stvec, t0
	sfence.vma
	csrw	satp, a0

	/* Still here: the hart has ignored the write, as it does with a mode that it lacks. */
	la	a0, text_mode
	j	stop_with_text

	.balign	4
virtual_start:
	sfence.vma
	la	sp, boot_stack_end
	la	t0, trap_entry
	csrw	stvec, t0
	la	t0, hart_traps
	csrw	sscratch, t0
	li	tp, 0			/* per-CPU offset of the boot hart until its area is made */
	li	gp, 0
	li	s0, 0
	li	ra, 0
	tail	start_kernel

	/*
	 * OpenSBI 1.1 marks a hart as to be started before it notes where: one that is awake may
	 * come here instead. It stops, and whoever waits for it starts it once more.
	 */
not_the_first:
	li	a7, SBI_EXT_HSM
	li	a6, SBI_HSM_HART_STOP
	ecall
	.balign	4
park:
	wfi
	j	park

machine_mode:
	la	t0, park
	csrw	mtvec, t0
	la	sp, boot_stack_end
	mv	a0, s1
	la	a1, text_machine_mode
	call	early_stop
	j	park

	/* A trap while addresses are physical: no table, no stack, only the firmware's console. */
	.balign	4
physical_trap:
	la	a0, text_trap
	jal	put_text
	csrr	s3, scause
	jal	put_hex
	csrr	s3, sepc
	jal	put_hex
	csrr	s3, stval
	jal	put_hex
	la	a0, text_newline
stop_with_text:
	jal	put_text
	/* Status 2, if this machine can tell one and the tree is any good. */
	la	t0, shut_down
	csrw	stvec, t0
	la	sp, boot_stack_end
	mv	a0, s1
	li	a1, 0
	call	early_stop

	.balign	4
shut_down:
	li	a7, SBI_EXT_SRST	/* shut down, for reason of a system failure */
	li	a6, 0
	li	a0, 0
	li	a1, 1
	ecall
	li	a7, SBI_LEGACY_SHUTDOWN
	ecall
	j	park

	/* Text at a0. Uses a0-a7, t0-t2. */
put_text:
	mv	t0, a0
1:	lbu	a0, (t0)
	beqz	a0, 2f
	li	a7, SBI_LEGACY_PUTCHAR
	ecall
	addi	t0, t0, 1
	j	1b
2:	ret

	/* A space and s3 in 16 digits. */
put_hex:
	li	t0, 60
	li	a0, ' '
1:	li	a7, SBI_LEGACY_PUTCHAR
	ecall
	bltz	t0, 2f
	srl	a0, s3, t0
	andi	a0, a0, 15
	addi	t0, t0, -4
	li	t1, 10
	addi	a0, a0, '0'
	addi	t1, t1, '0'
	bltu	a0, t1, 1b
	addi	a0, a0, 'a' - '0' - 10
	j	1b
2:	ret

	.section .rodata.head, "a"
text_misaligned:
	.ascii	"Tessera: the image was loaded at an address that is not a multiple of 2 MiB; "
	.asciz	"load it at RAM base + 0x200000. Stopped.\n"
text_overlap:
	.ascii	"Tessera: the device tree lies inside the memory of the kernel image (which "
	.asciz	"includes its bss); load it elsewhere. Stopped.\n"
text_machine_mode:
	.ascii	"Tessera: this is machine mode, and the kernel needs firmware below it: start it "
	.asciz	"through OpenSBI (QEMU: by -kernel, without -bios). Stopped.\n"
text_mode:
	.ascii	"Tessera: this hart has no ", MMU_MODE_NAME, " translation", MMU_MODE_MISSING
	.asciz	". Stopped.\n"
text_trap:
	.ascii	"Tessera: a trap before the MMU was on; is the device tree's address (a1) right? "
	.asciz	"scause sepc stval:"
text_newline:
	.asciz	"\n"

	.section .data.head, "aw"
	.balign	4
boot_lottery:
	.word	0

	/* See asm/layout.h. The guards are whole pages that early_map() leaves out. */
	.section .bss..page_aligned, "aw", @nobits
	.globl	boot_stack_guard, boot_stack, boot_stack_end
	.globl	overflow_stack_guard, overflow_stack, overflow_stack_end
	.balign	STACK_GUARD_SIZE
boot_stack_guard:
	.zero	STACK_GUARD_SIZE
boot_stack:
	.zero	BOOT_STACK_SIZE
boot_stack_end:
overflow_stack_guard:
	.zero	STACK_GUARD_SIZE
overflow_stack:
	.zero	OVERFLOW_STACK_SIZE
overflow_stack_end:
