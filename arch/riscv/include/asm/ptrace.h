/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PTRACE_H
#define ASM_PTRACE_H

/* Offsets of struct pt_regs and struct hart_trap for trap_entry.S; asserted in trap.c. */
#define PT_EPC			0
#define PT_RA			8
#define PT_SP			16
#define PT_GP			24
#define PT_TP			32
#define PT_T0			40
#define PT_STATUS		256
#define PT_CAUSE		264
#define PT_BADADDR		272
#define PT_THREAD		280
#define PT_SIZE			288	/* a multiple of 16, as the ABI wants of sp */

#define HT_T0			0
#define HT_SP			8
#define HT_STACK_FIRST		16
#define HT_STACK_END		24
#define HT_OVERFLOW_END		32
#define HT_PERCPU		40
#define HT_CALLS		48

/* What stvec has more while a program runs: the way from trap_entry to user_trap_entry. */
#define TRAP_OF_USER		28

/* In PT_CAUSE: of a system call, a cause that no trap has where instructions may have two bytes;
 * and of one that is over, or is not to be made again. */
#define CAUSE_IS_CALL		0
#define CAUSE_CALL_OVER		1

/* Offsets of struct hart_start for smp_entry.S; asserted in smp.c. */
#define HS_STATE		0
#define HS_SATP			8
#define HS_ENTRY		16
#define HS_STACK_END		24
#define HS_TRAP			32
#define HS_PERCPU		40

#ifndef __ASSEMBLY__

#include <kernel/types.h>

/* [o] All registers at a trap, in the order of their numbers; epc takes the place of x0. */
struct pt_regs {
	unsigned long epc, ra, sp, gp, tp, t0, t1, t2;
	unsigned long s0, s1, a0, a1, a2, a3, a4, a5;
	unsigned long a6, a7, s2, s3, s4, s5, s6, s7;
	unsigned long s8, s9, s10, s11, t3, t4, t5, t6;
	unsigned long status, cause, badaddr;
	unsigned long thread;			/* of a program: its struct thread */
};

/*
 * One per running hart; sscratch points to it while the kernel runs. A trap is taken on the
 * running stack if sp lies in [stack_first, stack_end], where a frame still fits, else on
 * the overflow stack.
 */
struct hart_trap {
	unsigned long t0, sp;			/* [P] scratch of trap_entry */
	unsigned long stack_first, stack_end;	/* [c] before its CPU runs, as the next */
	unsigned long overflow_end;		/* [c] */
	unsigned long percpu, calls;		/* [c] tp, and the table of system calls */
};

/* By CPU number; the boot hart's is filled in from the start. */
extern struct hart_trap hart_traps[CONFIG_NR_CPUS];

void handle_trap(struct pt_regs *regs);
/* irq: the cause without its flag. Interrupts off. */
void handle_interrupt(unsigned long irq);
/* Traps of programs (user_entry.S). Interrupts are off, and again. */
void handle_user_trap(struct pt_regs *regs);
/* A fault of the kernel in a copy for a program (user_trap.c): it goes on at regs. */
bool user_copy_faulted(struct pt_regs *regs);

/* [H] What a hart that is started reads, the MMU off; addresses are virtual but for state_pa. */
struct hart_start {
	phys_addr_t state_pa;			/* of the CPU's state word */
	unsigned long satp, entry;
	unsigned long stack_end, trap, percpu;
};

/* First instructions of every hart but the first, at their physical address, and the next. */
extern char secondary_entry[], secondary_virtual[];

/* The running hart's CPU number even when tp cannot be trusted. */
unsigned int trap_cpu(void);
/* A fault in the vmalloc window after which the instruction may be tried again. */
bool vm_fault_is_stale(const struct pt_regs *regs);

/* First and one past the last byte of the stacks of a CPU that has run. */
struct stack_bounds {
	unsigned long start, end;
};
struct stack_bounds cpu_stack(unsigned int cpu);
struct stack_bounds cpu_overflow_stack(unsigned int cpu);

/* As arch_backtrace, for the stack at sp. */
void backtrace_from(unsigned long sp, void (*fn)(unsigned long address, void *ctx), void *ctx);

/* Lines on what lies at va and on how the page tables lead there; access_fault: translation was not
 * what failed. */
void report_address(unsigned long va, bool access_fault);

/* May instructions be fetched at va: the image's text, or its init text while it is there. */
bool is_kernel_text(unsigned long va);

#endif /* __ASSEMBLY__ */
#endif /* ASM_PTRACE_H */
