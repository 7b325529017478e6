/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the hart let supervisor mode set its own timer (Sstc)? The instruction traps where the hart
 * does not know the register, or the firmware has not opened it; the trap goes on behind.
 */
#include <asm/csr.h>

	.text
	.balign	4
	.globl	sstc_probe
sstc_probe:
	la	t0, 1f
	csrrw	t1, stvec, t0
	li	a0, 0
	csrr	t2, CSR_STIMECMP
	li	a0, 1
	.balign	4
1:	csrw	stvec, t1
	ret
