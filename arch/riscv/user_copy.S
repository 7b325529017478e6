/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies from and to a program's memory: nothing else has SUM set. Each may fault at any load or
 * store; a row of the exception table says where it goes on then.
 */
#include <asm/csr.h>

.macro may_fault start, end, fixup
	.section .exception_table, "a"
	.balign	8
	.dword	\start, \end, \fixup
	.text
.endm

	.text
/* user_copy(a0 to, a1 from, a2 bytes): how many were not copied. */
	.balign	4
	.globl	user_copy
user_copy:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
copy_first:
	or	t0, a0, a1
	andi	t0, t0, 7
	bnez	t0, copy_bytes
	li	t1, 64
	bltu	a2, t1, copy_words
copy_blocks:
	ld	t2, 0(a1)
	ld	t3, 8(a1)
	ld	t4, 16(a1)
	ld	t5, 24(a1)
	ld	a3, 32(a1)
	ld	a4, 40(a1)
	ld	a5, 48(a1)
	ld	a6, 56(a1)
	sd	t2, 0(a0)
	sd	t3, 8(a0)
	sd	t4, 16(a0)
	sd	t5, 24(a0)
	sd	a3, 32(a0)
	sd	a4, 40(a0)
	sd	a5, 48(a0)
	sd	a6, 56(a0)
	addi	a1, a1, 64
	addi	a0, a0, 64
	addi	a2, a2, -64
	bgeu	a2, t1, copy_blocks
copy_words:
	li	t1, 16
	bltu	a2, t1, 2f
1:	ld	t2, 0(a1)
	ld	t3, 8(a1)
	sd	t2, 0(a0)
	sd	t3, 8(a0)
	addi	a1, a1, 16
	addi	a0, a0, 16
	addi	a2, a2, -16
	bgeu	a2, t1, 1b
2:	li	t1, 8
	bltu	a2, t1, copy_bytes
	ld	t2, (a1)
	sd	t2, (a0)
	addi	a1, a1, 8
	addi	a0, a0, 8
	addi	a2, a2, -8
copy_bytes:
	beqz	a2, copy_done
1:	lbu	t2, (a1)
	sb	t2, (a0)
	addi	a1, a1, 1
	addi	a0, a0, 1
	addi	a2, a2, -1
	bnez	a2, 1b
copy_done:
	csrc	sstatus, t6
	mv	a0, a2
	ret
	may_fault copy_first, copy_done, copy_done

/* user_clear(a0 to, a1 bytes): how many were not cleared. */
	.globl	user_clear
user_clear:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
clear_first:
	li	t1, 8
1:	bltu	a1, t1, clear_bytes
	andi	t0, a0, 7
	beqz	t0, clear_words
	sb	zero, (a0)
	addi	a0, a0, 1
	addi	a1, a1, -1
	j	1b
clear_words:
	sd	zero, (a0)
	addi	a0, a0, 8
	addi	a1, a1, -8
	bgeu	a1, t1, clear_words
clear_bytes:
	beqz	a1, clear_done
1:	sb	zero, (a0)
	addi	a0, a0, 1
	addi	a1, a1, -1
	bnez	a1, 1b
clear_done:
	csrc	sstatus, t6
	mv	a0, a1
	ret
	may_fault clear_first, clear_done, clear_done

/* clear_page(a0 page): a multiple of PAGE_SIZE, of the kernel's. */
	.globl	clear_page
clear_page:
	li	t0, 4096
	add	t0, t0, a0
1:	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,\
		30,31
	sd	zero, 8 * \n(a0)
	.endr
	addi	a0, a0, 256
	bltu	a0, t0, 1b
	ret

/* user_string(a0 to, a1 from, a2 most): the length without the end; -1: a fault; most: no end. */
	.globl	user_string
user_string:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	mv	t1, a0
string_first:
	beqz	a2, string_done
	lbu	t2, (a1)
	sb	t2, (a0)
	beqz	t2, string_done
	addi	a1, a1, 1
	addi	a0, a0, 1
	addi	a2, a2, -1
	j	string_first
string_done:
	csrc	sstatus, t6
	sub	a0, a0, t1
	ret
string_fault:
	li	t6, SSTATUS_SUM
	csrc	sstatus, t6
	li	a0, -1
	ret
	may_fault string_first, string_done, string_fault

/* user_load_u32(a0 to, a1 word): 0, or -1 for a fault. */
	.globl	user_load_u32
user_load_u32:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
load_first:
	lw	t0, (a1)
load_done:
	csrc	sstatus, t6
	sw	t0, (a0)
	li	a0, 0
	ret
	may_fault load_first, load_done, string_fault

/* user_compare_exchange(a0 word, a1 old, a2 new, a3 where the value goes): 0, or -1 for a fault. */
	.globl	user_compare_exchange
user_compare_exchange:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
exchange_first:
1:	lr.w.aqrl t0, (a0)
	bne	t0, a1, 2f
	sc.w.rl	t1, a2, (a0)
	bnez	t1, 1b
2:
exchange_done:
	csrc	sstatus, t6
	sw	t0, (a3)
	li	a0, 0
	ret
	may_fault exchange_first, exchange_done, string_fault
