/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Return addresses by scanning the stack: a word counts that points into the kernel's text right
 * behind an instruction that calls. That needs no frame pointers and survives a damaged
 * stack, at the price of stale words that look the same.
 */
#include <kernel/math.h>
#include <kernel/types.h>
#include <arch/cpu.h>
#include <asm/image.h>
#include <asm/ptrace.h>

#define MAX_ADDRESSES		32

#define INSN_C_JALR_MASK	0xf07f
#define INSN_C_JALR		0x9002	/* rs1 in bits 7-11, not 0 */
#define INSN_C_RS1_MASK		0x0f80
#define INSN_RD_OPCODE_MASK	0xfff
#define INSN_JAL_RA		0x0ef
#define INSN_JALR_RA		0x0e7

bool is_kernel_text(unsigned long va)
{
	if (va >= (unsigned long)_text && va < (unsigned long)_etext)
		return true;
	return !init_memory_gone && va >= (unsigned long)__init_begin &&
	       va < (unsigned long)__init_text_end;
}

/* Instructions are read by halves: they are aligned to 2 bytes only. */
static bool follows_call(unsigned long va)
{
	const u16 *code = (const u16 *)va;
	u16 last;

	if (va & 1 || !is_kernel_text(va - 4) || !is_kernel_text(va - 2))
		return false;
	last = code[-1];
	if ((last & INSN_C_JALR_MASK) == INSN_C_JALR && (last & INSN_C_RS1_MASK))
		return true;
	return (code[-2] & INSN_RD_OPCODE_MASK) == INSN_JAL_RA ||
	       (code[-2] & INSN_RD_OPCODE_MASK) == INSN_JALR_RA;
}

/* A walk up the stack at sp may read [sp, result); 0 when sp is on no known stack. */
static unsigned long stack_end_of(unsigned long sp)
{
	struct stack_bounds stack = cpu_stack(trap_cpu());

	if (sp >= stack.start && sp < stack.end)
		return stack.end;
	stack = cpu_overflow_stack(trap_cpu());
	return sp >= stack.start && sp < stack.end ? stack.end : 0;
}

void backtrace_from(unsigned long sp, void (*fn)(unsigned long address, void *ctx), void *ctx)
{
	unsigned long end = stack_end_of(sp), former = 0;
	unsigned int found = 0;

	sp = ALIGN_UP(sp, sizeof(long));
	for (; sp < end && found < MAX_ADDRESSES; sp += sizeof(long)) {
		unsigned long word = *(const unsigned long *)sp;

		/* What recursion leaves behind counts once. */
		if (word == former || !follows_call(word))
			continue;
		fn(word, ctx);
		former = word;
		found++;
	}
}

void arch_backtrace(void (*fn)(unsigned long address, void *ctx), void *ctx)
{
	backtrace_from((unsigned long)__builtin_frame_address(0), fn, ctx);
}
