/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * First instructions of the VisionFive 2 twin, in flash and in M-mode. They put the shared
 * memory of a PCI device at 0x40000000, right below the machine's RAM, so that RAM begins
 * where the board's does, and enter the firmware there. Hart 0 never leaves this file: the
 * board's hart 0 has no MMU and no business with a kernel.
 *
 * Given when this is assembled: DTB, where the device tree lies; BOOT_HART, the hart that the
 * firmware is to start on, which is also the kernel's; -1 for whichever comes first.
 */

#define RAM		0x40000000
#define NEXT		0x40200000	/* where the firmware finds the kernel */
#define ECAM_SLOT1	0x30008000	/* configuration space of bus 0, slot 1 */
#define PCI_COMMAND	0x04
#define PCI_BAR2	0x18
#define MTIME		0x0200bff8	/* counts at 10 MHz */
#define HEAD_START	5000000		/* 500 ms: a hart may stand still for tens of them */
#define SCRATCH		0x80000000	/* zero at reset; the kernel's RAM later */

	.option norvc
	.globl	_start
_start:
	csrw	mie, zero
	csrr	a0, mhartid
	beqz	a0, park
	li	t2, SCRATCH
	li	t1, 1
	amoadd.w t1, t1, (t2)
	bnez	t1, wait

	/* The first hart maps the device: 64-bit BAR, prefetchable, memory decoding on. */
	li	t0, ECAM_SLOT1
	li	t1, RAM | 0xc
	sw	t1, PCI_BAR2(t0)
	sw	zero, PCI_BAR2 + 4(t0)
	li	t1, 2
	sh	t1, PCI_COMMAND(t0)
	fence	iorw, iorw
	li	t1, 1
	sw	t1, 4(t2)
wait:
	lw	t1, 4(t2)
	beqz	t1, wait
	fence.i

	/* The firmware starts on the hart that arrives first: the others let it go ahead. */
	li	t0, BOOT_HART
	bltz	t0, enter
	beq	a0, t0, first
	li	t0, MTIME
after:
	lw	t1, 8(t2)
	beqz	t1, after
	ld	t1, 0(t0)
	li	t3, HEAD_START
	add	t1, t1, t3
late:
	ld	t3, 0(t0)
	bltu	t3, t1, late
	j	enter
first:
	li	t1, 1
	sw	t1, 8(t2)
enter:
	li	a1, DTB
	la	a2, dynamic_info
	li	t0, RAM
	jr	t0
park:
	wfi
	j	park

	/* What OpenSBI's fw_dynamic wants: magic, version, next address, mode S, options. */
	.balign 8
dynamic_info:
	.dword	0x4942534f, 2, NEXT, 1, 0, BOOT_HART
