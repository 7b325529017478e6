/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of F and D, which the kernel itself never touches: it is assembled for harts
 * without, so loads and stores are numbers here.
 */
#include <asm/csr.h>

#define A0	10
#define FCSR	0x003

/* fld f<n>, 8n(a0) and fsd f<n>, 8n(a0). */
#define ALL	0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,\
		30,31
.macro each_fld
	.irp	n, ALL
	.4byte	(8 * \n) << 20 | A0 << 15 | 3 << 12 | \n << 7 | 0x07
	.endr
.endm
.macro each_fsd
	.irp	n, ALL
	.4byte	((8 * \n) >> 5) << 25 | \n << 20 | A0 << 15 | 3 << 12 | ((8 * \n) & 31) << 7 | 0x27
	.endr
.endm

	.text
	.balign	4
	.globl	fp_save
fp_save:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	each_fsd
	csrr	t1, FCSR
	sd	t1, 256(a0)
	csrc	sstatus, t0
	ret

	.globl	fp_load
fp_load:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	each_fld
	ld	t1, 256(a0)
	csrw	FCSR, t1
	csrc	sstatus, t0
	ret
