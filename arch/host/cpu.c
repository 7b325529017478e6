/* SPDX-License-Identifier: BSD-2-Clause */
/* The rest of the arch contract: what a processor does. */
#include <sched.h>

#include <asm/spinlock.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <host/context.h>
#include <host/host.h>
#include <host/target.h>

#define SPINS_A_YIELD	32

unsigned long arch_boot_hart(void)
{
	return host_machine.boot_hart;
}

phys_addr_t arch_load_address(void)
{
	return host_machine.kernel_pa;
}

bool arch_cpu_usable(int fdt_node, const char **why)
{
	const struct host_target *target = host_machine.target;

	/* The hosted machine itself can use any hart. */
	return !target || target->cpu_usable(fdt_node, why);
}

/* The thread that is waited for mostly runs on a processor of its own, and sometimes does not
 * run. */
void host_cpu_yield(void)
{
	static __thread unsigned int waits;

	if (host_is_played()) {
		host_play_spin();
		return;
	}
	if (++waits % SPINS_A_YIELD == 0)
		sched_yield();
#if defined(__x86_64__) || defined(__i386__)
	else
		__builtin_ia32_pause();
#endif
}

void arch_cpu_stop(void)
{
	host_stop(HOST_POWERED_OFF, "CPU stopped");
}

void arch_early_init(void)
{
}

void (*host_backtrace)(void (*fn)(unsigned long address, void *ctx), void *ctx);	/* [f] */

/* The debugger and the sanitizers show the stack better than this could. */
void arch_backtrace(void (*fn)(unsigned long address, void *ctx), void *ctx)
{
	if (host_backtrace)
		host_backtrace(fn, ctx);
}

void arch_report_firmware(void)
{
}
