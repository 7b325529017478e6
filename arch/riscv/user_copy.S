/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies from and to a program's memory: nothing else has SUM set. Each may fault at any load or
 * store; a row of the exception table says where it goes on then.
 */
#include <kernel/errno.h>
#include <asm/csr.h>
#include <asm/layout.h>

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
	add	a2, a2, a0
string_first:
	/* Four at a time, as long as there is room for four. */
	addi	t3, a2, -3
	bgeu	a0, t3, 2f
1:	lbu	t2, 0(a1)
	sb	t2, 0(a0)
	beqz	t2, string_done
	lbu	t2, 1(a1)
	sb	t2, 1(a0)
	beqz	t2, string_1
	lbu	t2, 2(a1)
	sb	t2, 2(a0)
	beqz	t2, string_2
	lbu	t2, 3(a1)
	sb	t2, 3(a0)
	beqz	t2, string_3
	addi	a1, a1, 4
	addi	a0, a0, 4
	bltu	a0, t3, 1b
2:	beq	a0, a2, string_done
	lbu	t2, (a1)
	addi	a1, a1, 1
	sb	t2, (a0)
	beqz	t2, string_done
	addi	a0, a0, 1
	j	2b
string_3:
	addi	a0, a0, 1
string_2:
	addi	a0, a0, 1
string_1:
	addi	a0, a0, 1
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

/* user_store_pair(a0 first, a1 second, a2 to): 0 or -EFAULT. */
	.globl	user_store_pair
user_store_pair:
	addi	t0, a2, 15
	or	t0, t0, a2
	srli	t0, t0, VA_BITS - 1
	bnez	t0, pair_by_copy
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
pair_first:
	sd	a0, 0(a2)
	sd	a1, 8(a2)
pair_done:
	csrc	sstatus, t6
	li	a0, 0
	ret
/* Not there, or no multiple of 8 on a hart that wants one. */
pair_fault:
	li	t6, SSTATUS_SUM
	csrc	sstatus, t6
pair_by_copy:
	addi	sp, sp, -32
	sd	ra, 24(sp)
	sd	a0, 0(sp)
	sd	a1, 8(sp)
	mv	a0, a2
	mv	a1, sp
	li	a2, 16
	call	copy_to_user
	beqz	a0, 1f
	li	a0, -EFAULT
1:	ld	ra, 24(sp)
	addi	sp, sp, 32
	ret
	may_fault pair_first, pair_done, pair_fault

/*
 * user_store_frame(a0 at, a1 registers, a2 words): a signal's frame (process/signal_frame.c). 0 or
 * -EFAULT.
 */
#define FRAME_CONTEXT	128
#define FRAME_PC	304
#define FRAME_REGS_END	(FRAME_PC + 256)
	.globl	user_store_frame
user_store_frame:
	addi	t0, a0, FRAME_REGS_END
	or	t0, t0, a0
	srli	t0, t0, VA_BITS - 1
	bnez	t0, frame_refused
	ld	t0, 0(a2)
	ld	t1, 8(a2)
	ld	t2, 16(a2)
	ld	a3, 24(a2)
	ld	a4, 32(a2)
	ld	a5, 40(a2)
	ld	a6, 48(a2)
	ld	a7, 56(a2)
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
frame_first:
	sd	t0, 0(a0)
	sd	t1, 8(a0)
	sd	t2, 16(a0)
	sd	a3, FRAME_CONTEXT(a0)
	sd	zero, FRAME_CONTEXT + 8(a0)
	sd	a4, FRAME_CONTEXT + 16(a0)
	sd	a5, FRAME_CONTEXT + 24(a0)
	sd	a6, FRAME_CONTEXT + 32(a0)
	sd	a7, FRAME_CONTEXT + 40(a0)
	.irp	n, 0,4,8,12,16,20,24,28
	ld	t0, 8 * \n(a1)
	ld	t1, 8 * \n + 8(a1)
	ld	t2, 8 * \n + 16(a1)
	ld	t3, 8 * \n + 24(a1)
	sd	t0, FRAME_PC + 8 * \n(a0)
	sd	t1, FRAME_PC + 8 * \n + 8(a0)
	sd	t2, FRAME_PC + 8 * \n + 16(a0)
	sd	t3, FRAME_PC + 8 * \n + 24(a0)
	.endr
frame_done:
	csrc	sstatus, t6
	li	a0, 0
	ret
frame_fault:
	li	t6, SSTATUS_SUM
	csrc	sstatus, t6
frame_refused:
	li	a0, -EFAULT
	ret
	may_fault frame_first, frame_done, frame_fault

/* user_load_frame(a0 at, a1 registers, a2 words): the same back, all words but the first three. */
	.globl	user_load_frame
user_load_frame:
	addi	t0, a0, FRAME_REGS_END
	or	t0, t0, a0
	srli	t0, t0, VA_BITS - 1
	andi	t1, a0, 7
	or	t0, t0, t1
	bnez	t0, frame_refused
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
load_frame_first:
	ld	a3, FRAME_CONTEXT(a0)
	ld	a4, FRAME_CONTEXT + 16(a0)
	ld	a5, FRAME_CONTEXT + 24(a0)
	ld	a6, FRAME_CONTEXT + 32(a0)
	ld	a7, FRAME_CONTEXT + 40(a0)
	sd	a3, 24(a2)
	sd	a4, 32(a2)
	sd	a5, 40(a2)
	sd	a6, 48(a2)
	sd	a7, 56(a2)
	.irp	n, 0,4,8,12,16,20,24,28
	ld	t0, FRAME_PC + 8 * \n(a0)
	ld	t1, FRAME_PC + 8 * \n + 8(a0)
	ld	t2, FRAME_PC + 8 * \n + 16(a0)
	ld	t3, FRAME_PC + 8 * \n + 24(a0)
	sd	t0, 8 * \n(a1)
	sd	t1, 8 * \n + 8(a1)
	sd	t2, 8 * \n + 16(a1)
	sd	t3, 8 * \n + 24(a1)
	.endr
load_frame_done:
	csrc	sstatus, t6
	li	a0, 0
	ret
	may_fault load_frame_first, load_frame_done, frame_fault

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
