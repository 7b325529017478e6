/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

/*
 * Starting, stopping and interrupting the other CPUs. With CONFIG_NR_CPUS=1 nothing of this is
 * called but what the end of this file says.
 *
 * A CPU's state is one word that both sides change by compare-and-exchange alone, so that a CPU
 * that answers too late finds that nobody waits for it any more:
 *
 *	STOPPED -> STARTING -> ALIVE -> RUNNING -> LEAVING -> DEAD -> STOPPED
 *	               |         |
 *	               '-> LOST <'          the starter gave up; the CPU, if it comes, stops itself
 */
#define CPU_STOPPED	0	/* runs no kernel code and can be started */
#define CPU_STARTING	1	/* asked to start */
#define CPU_ALIVE	2	/* in its first instructions, on its stack from here on */
#define CPU_RUNNING	3	/* online */
#define CPU_LEAVING	4	/* asked to go; no longer online */
#define CPU_DEAD	5	/* has left its stack for the firmware */
#define CPU_LOST	6	/* did not answer in time */
#define CPU_UNFIT	7	/* answered that it cannot use the kernel's page tables */

#ifndef __ASSEMBLY__

#include <kernel/compiler.h>
#include <kernel/cpu.h>
#include <kernel/types.h>

/* Boot only, before the other calls. Returns false, and sets the reason, when no CPU can ever be
 * started. */
bool arch_smp_init(const char **why);

/*
 * Tells the CPU where its stacks are, which are mapped from now on; a trap that finds no room on
 * the first stack goes on to the other. To be called before the CPU's first start. The caller
 * serialises this call and the next two.
 */
struct cpu_stacks {
	unsigned long start, end;			/* [H] */
	unsigned long overflow_start, overflow_end;	/* [H] */
};
void arch_cpu_prepare(unsigned int cpu, const struct cpu_stacks *stacks);

/*
 * Lets the CPU start. It changes its state word from CPU_STARTING, which the caller has set, to
 * CPU_ALIVE before it touches its stack, makes everything right that is the CPU's own (tables,
 * traps, per-CPU offset, inter-processor interrupts enabled, interrupts off) and calls
 * secondary_start_kernel(); finding another state, it stops. Does not wait. 0, or -EIO with
 * the reason.
 */
int arch_cpu_start(unsigned int cpu, u32 *state, const char **why);

/* Has the CPU come to rest, so that it can be started again? Not while a start is under way. */
bool arch_cpu_is_stopped(unsigned int cpu);

/* Stops the running CPU, so that it can be started again. Interrupts off. */
__noreturn void arch_cpu_die(void);

/* Interrupts these CPUs: each calls smp_handle_ipi() with interrupts off, once or more often.
 * What the caller has written is visible to them then. Any context. */
void arch_send_ipi(cpumask_t cpus);

/*
 * Makes all online CPUs forget what they remember of translations of [start, end), or of code that
 * was written. Any context. These two calls exist with one CPU as well.
 */
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
/* The same on these CPUs alone. */
void flush_tlb_others(cpumask_t others, unsigned long start, unsigned long end);
void flush_icache_all(void);

#endif /* __ASSEMBLY__ */
#endif /* ARCH_SMP_H */
