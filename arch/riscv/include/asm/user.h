/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_USER_H
#define ASM_USER_H

/* What a frame needs above it at the end of a thread's stack: nothing. */
#define USER_FRAME_BYTES	PT_SIZE

/* Offset of struct thread for user_entry.S; asserted in user.c. */
#define THREAD_INTERRUPTED	160

#ifndef __ASSEMBLY__

#include <kernel/cpu.h>
#include <kernel/types.h>
#include <asm/csr.h>
#include <asm/ptrace.h>

/* F and D registers and fcsr of a thread that does not run, or has not used them. */
struct arch_user {
	u64 fp[32];			/* [o] */
	u64 fcsr;			/* [o] */
	u32 fp_cpu;			/* [o] where they were loaded or saved last */
	bool fp_used;			/* [o] else it has none, or all 0 */
	bool fp_kept;			/* [o] not all 0: fp is what they were last */
};

/* A word, with its sign, which is known to lie below USER_TOP; USER_FAULT, which is no word. */
#define USER_FAULT		((long)SSTATUS_SUM << 20)
static __always_inline long user_peek(uintptr_t word)
{
	long value;

	__asm__ volatile("slli	%0, %1, 20\n"
			 "	csrs	sstatus, %1\n"
			 "1:	lw	%0, (%2)\n"
			 "2:	csrc	sstatus, %1\n"
			 "	.pushsection .exception_table, \"a\"\n"
			 "	.balign	8\n"
			 "	.dword	1b, 2b, 2b\n"
			 "	.popsection"
			 : "=&r"(value) : "r"((unsigned long)SSTATUS_SUM), "r"(word) : "memory");
	return value;
}

/* What a CPU loads to see an address space, and where that was loaded. */
struct arch_space {
	u64 satp;			/* [c] */
	u32 asid;			/* [c] 0: the hart has no such numbers left */
	u64 ran;			/* [a] CPUs that may remember translations */
	u64 fetched;			/* [a] CPUs that have seen all instructions written */
};

#endif /* __ASSEMBLY__ */
#endif /* ASM_USER_H */
