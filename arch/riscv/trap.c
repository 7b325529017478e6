/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps in C: interrupts are served, everything else ends in a report and the machine's stop.
 */
#include <kernel/assert.h>
#include <kernel/console.h>
#include <kernel/irq.h>
#include <kernel/latency.h>
#include <kernel/lock_order.h>
#include <kernel/panic.h>
#include <kernel/power.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/symbols.h>
#include <kernel/timer.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <asm/csr.h>
#include <asm/image.h>
#include <asm/layout.h>
#include <asm/ptrace.h>

BUILD_ASSERT(sizeof(struct pt_regs) == PT_SIZE, "PT_SIZE is the size of struct pt_regs");
BUILD_ASSERT(PT_SIZE % 16 == 0, "PT_SIZE keeps sp a multiple of 16");
BUILD_ASSERT(offsetof(struct pt_regs, epc) == PT_EPC, "PT_EPC");
BUILD_ASSERT(offsetof(struct pt_regs, ra) == PT_RA, "PT_RA");
BUILD_ASSERT(offsetof(struct pt_regs, sp) == PT_SP, "PT_SP");
BUILD_ASSERT(offsetof(struct pt_regs, gp) == PT_GP, "PT_GP");
BUILD_ASSERT(offsetof(struct pt_regs, tp) == PT_TP, "PT_TP");
BUILD_ASSERT(offsetof(struct pt_regs, t0) == PT_T0, "PT_T0");
BUILD_ASSERT(offsetof(struct pt_regs, a0) == 80, "registers lie by their numbers");
BUILD_ASSERT(offsetof(struct pt_regs, t6) == 248, "registers lie by their numbers");
BUILD_ASSERT(offsetof(struct pt_regs, status) == PT_STATUS, "PT_STATUS");
BUILD_ASSERT(offsetof(struct pt_regs, cause) == PT_CAUSE, "PT_CAUSE");
BUILD_ASSERT(offsetof(struct pt_regs, badaddr) == PT_BADADDR, "PT_BADADDR");
BUILD_ASSERT(offsetof(struct hart_trap, t0) == HT_T0, "HT_T0");
BUILD_ASSERT(offsetof(struct hart_trap, sp) == HT_SP, "HT_SP");
BUILD_ASSERT(offsetof(struct hart_trap, stack_first) == HT_STACK_FIRST, "HT_STACK_FIRST");
BUILD_ASSERT(offsetof(struct hart_trap, stack_end) == HT_STACK_END, "HT_STACK_END");
BUILD_ASSERT(offsetof(struct hart_trap, overflow_end) == HT_OVERFLOW_END, "HT_OVERFLOW_END");
BUILD_ASSERT(offsetof(struct hart_trap, percpu) == HT_PERCPU, "HT_PERCPU");
BUILD_ASSERT(offsetof(struct hart_trap, calls) == HT_CALLS, "HT_CALLS");

struct hart_trap hart_traps[CONFIG_NR_CPUS] = {		/* [f] */
	[0] = {
		.stack_first = (unsigned long)boot_stack + PT_SIZE,
		.stack_end = (unsigned long)boot_stack_end,
		.overflow_end = (unsigned long)overflow_stack_end,
	},
};

/* The CPU whose trap ends the machine, its traps since, and the first: a report may trap. */
#define NOBODY	(-1)
static int fatal_cpu = NOBODY;		/* [a] */
static unsigned int fatal_traps;	/* [E] */
static struct pt_regs reported;		/* [E] */

static const char *const cause_names[] = {
	[CAUSE_INSN_MISALIGNED] = "instruction address misaligned",
	[CAUSE_INSN_ACCESS] = "instruction access fault",
	[CAUSE_ILLEGAL] = "illegal instruction",
	[CAUSE_BREAKPOINT] = "breakpoint",
	[CAUSE_LOAD_MISALIGNED] = "load address misaligned",
	[CAUSE_LOAD_ACCESS] = "load access fault",
	[CAUSE_STORE_MISALIGNED] = "store address misaligned",
	[CAUSE_STORE_ACCESS] = "store access fault",
	[CAUSE_ECALL_U] = "environment call from user mode",
	[CAUSE_ECALL_S] = "environment call from supervisor mode",
	[CAUSE_INSN_PAGE] = "instruction page fault",
	[CAUSE_LOAD_PAGE] = "load page fault",
	[CAUSE_STORE_PAGE] = "store page fault",
};

static const char *cause_name(unsigned long cause)
{
	const char *name = cause < ARRAY_SIZE(cause_names) ? cause_names[cause] : NULL;

	return name ? name : "unknown cause";
}

/* stval holds an address for these; for the others an instruction or nothing. */
static bool cause_has_address(unsigned long cause)
{
	return cause != CAUSE_ILLEGAL && cause != CAUSE_BREAKPOINT && cause != CAUSE_ECALL_U &&
	       cause != CAUSE_ECALL_S && cause < ARRAY_SIZE(cause_names);
}

/* Translation went well; what is at the physical address did not answer. */
static bool cause_is_access(unsigned long cause)
{
	return cause == CAUSE_INSN_ACCESS || cause == CAUSE_LOAD_ACCESS ||
	       cause == CAUSE_STORE_ACCESS;
}

static void emergency_report(const char *title, const struct pt_regs *regs)
{
	const struct {
		const char *name;
		unsigned long value;
	} words[] = {
		{ " scause ", regs->cause }, { " stval ", regs->badaddr },
		{ " sepc ", regs->epc }, { " ra ", regs->ra },
	};

	emergency_puts(title);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		emergency_puts(words[i].name);
		for (int shift = 60; shift >= 0; shift -= 4)
			emergency_putc("0123456789abcdef"[words[i].value >> shift & 15]);
	}
}

static void report_registers(const struct pt_regs *r)
{
	pr_emerg("epc : %016lx ra : %016lx sp : %016lx\n", r->epc, r->ra, r->sp);
	pr_emerg(" gp : %016lx tp : %016lx t0 : %016lx\n", r->gp, r->tp, r->t0);
	pr_emerg(" t1 : %016lx t2 : %016lx s0 : %016lx\n", r->t1, r->t2, r->s0);
	pr_emerg(" s1 : %016lx a0 : %016lx a1 : %016lx\n", r->s1, r->a0, r->a1);
	pr_emerg(" a2 : %016lx a3 : %016lx a4 : %016lx\n", r->a2, r->a3, r->a4);
	pr_emerg(" a5 : %016lx a6 : %016lx a7 : %016lx\n", r->a5, r->a6, r->a7);
	pr_emerg(" s2 : %016lx s3 : %016lx s4 : %016lx\n", r->s2, r->s3, r->s4);
	pr_emerg(" s5 : %016lx s6 : %016lx s7 : %016lx\n", r->s5, r->s6, r->s7);
	pr_emerg(" s8 : %016lx s9 : %016lx s10: %016lx\n", r->s8, r->s9, r->s10);
	pr_emerg(" s11: %016lx t3 : %016lx t4 : %016lx\n", r->s11, r->t3, r->t4);
	pr_emerg(" t5 : %016lx t6 : %016lx\n", r->t5, r->t6);
	pr_emerg("scause: %016lx stval: %016lx sepc: %016lx sstatus: %016lx\n",
		 r->cause, r->badaddr, r->epc, r->status);
}

/* ctx: what stands before the name, "? " for what a scan found. */
static void report_code_address(unsigned long va, void *ctx)
{
	unsigned long offset, size;
	const char *name = symbol_lookup(va, &offset, &size);

	if (name)
		pr_emerg(" [<%016lx>] %s%s+0x%lx/0x%lx\n", va, (const char *)ctx, name, offset,
			 size);
	else
		pr_emerg(" [<%016lx>] %s\n", va, (const char *)ctx);
}

unsigned int trap_cpu(void)
{
	return (unsigned int)((struct hart_trap *)csr_read(sscratch) - hart_traps);
}

struct stack_bounds cpu_stack(unsigned int cpu)
{
	const struct hart_trap *h = &hart_traps[cpu];

	return (struct stack_bounds){ h->stack_first - PT_SIZE, h->stack_end };
}

struct stack_bounds cpu_overflow_stack(unsigned int cpu)
{
	unsigned long end = hart_traps[cpu].overflow_end;

	return (struct stack_bounds){ end - OVERFLOW_STACK_SIZE, end };
}

static bool stack_overflowed(const struct pt_regs *regs, const struct stack_bounds *stack)
{
	return regs->sp < stack->start + PT_SIZE && regs->sp >= stack->start - STACK_GUARD_SIZE;
}

__noreturn static void report_and_stop(const struct pt_regs *regs)
{
	unsigned int cpu = trap_cpu();
	struct stack_bounds stack = cpu_stack(cpu);
	bool overflow = stack_overflowed(regs, &stack);

	panic_begin();
	if (overflow)
		pr_emerg("Kernel stack overflow: sp %016lx left CPU %u's stack %016lx - %016lx\n",
			 regs->sp, cpu, stack.start, stack.end);
	pr_emerg("Unhandled trap: %s, address or instruction %016lx\n", cause_name(regs->cause),
		 regs->badaddr);
	pr_emerg("CPU: %u\n", cpu);
	show_current_thread();
	show_locks_held();
	report_registers(regs);
	if (cause_has_address(regs->cause))
		report_address(regs->badaddr, cause_is_access(regs->cause));

	pr_emerg("Call Trace: (\"?\" marks what was found by scanning the stack)\n");
	report_code_address(regs->epc, (void *)"");
	report_code_address(regs->ra, (void *)"ra ");
	backtrace_from(overflow ? stack.start : regs->sp, report_code_address,
		       (void *)"? ");
	pr_emerg("---[ end of trap report ]---\n");
	power_exit(1);
}

void handle_interrupt(unsigned long irq)
{
	switch (irq) {
	case IRQ_S_TIMER:
		/* Without threads it is there to end a wait, which it has done. */
		arch_timer_cancel();
		if (IS_ENABLED(CONFIG_THREADS))
			timer_interrupt();
		break;
	case IRQ_S_EXT:
		if (!IS_ENABLED(CONFIG_IRQ) || !irq_interrupt())
			csr_clear(sie, 1ul << IRQ_S_EXT);
		break;
	case IRQ_S_SOFT:
		csr_clear(sip, 1ul << IRQ_S_SOFT);
		if (IS_ENABLED(CONFIG_IRQ))
			irq_count_ipi();
		if (IS_ENABLED(CONFIG_SMP))
			smp_handle_ipi();
		break;
	default:
		/* No driver asked for it: it stays off instead of coming for ever. */
		csr_clear(sie, 1ul << irq);
		break;
	}
}

/* Apart from interrupts, which save no more registers than they need. */
static __noinline void handle_exception(struct pt_regs *regs)
{
	int cpu, former = NOBODY;

	if (IS_ENABLED(CONFIG_VMALLOC) && vm_fault_is_stale(regs))
		return;
	if (IS_ENABLED(CONFIG_PROCESSES) && user_copy_faulted(regs))
		return;
	/* One report is enough: who comes second on another CPU has nothing to add. */
	cpu = (int)trap_cpu();
	if (!__atomic_compare_exchange_n(&fatal_cpu, &former, cpu, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE) &&
	    IS_ENABLED(CONFIG_SMP) && former != cpu && !panic_is_mine())
		smp_stop_self();
	/* Memory may be in any state: only the firmware's console and constant text. */
	if (fatal_traps++) {
		if (fatal_traps == 2) {
			emergency_report("\nTrap inside a trap report:", regs);
			emergency_report("\nThe first one was:", &reported);
		}
		emergency_puts("\nStopped.\n");
		power_exit(1);
	}
	reported = *regs;
	report_and_stop(regs);
}

void handle_trap(struct pt_regs *regs)
{
	if (!(regs->cause & CAUSE_IRQ_FLAG)) {
		handle_exception(regs);
		return;
	}
	LATENCY_HOOK(latency_begin_anew(LATENCY_IRQS_OFF))
	/* It may have come into a copy for a program, and another thread may go on behind it. */
	if (IS_ENABLED(CONFIG_PROCESSES))
		csr_clear(sstatus, SSTATUS_SUM);
	sched_irq_enter();
	handle_interrupt(regs->cause & ~CAUSE_IRQ_FLAG);
	sched_irq_exit();
	LATENCY_HOOK(latency_end(LATENCY_IRQS_OFF))
}
