/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other harts, by way of the firmware's HSM, which starts and stops them. What a hart needs
 * to come up lies in its struct hart_start, in the image, so that one that comes late finds it
 * whatever has become of the rest.
 */
#include <kernel/assert.h>
#include <kernel/idle.h>
#include <kernel/init.h>
#include <kernel/percpu.h>
#include <kernel/smp.h>
#include <arch/cpu.h>
#include <arch/page.h>
#include <arch/smp.h>
#include <arch/spinlock.h>
#include <asm/csr.h>
#include <asm/ptrace.h>
#include <asm/sbi.h>

BUILD_ASSERT(offsetof(struct hart_start, state_pa) == HS_STATE, "HS_STATE");
BUILD_ASSERT(offsetof(struct hart_start, satp) == HS_SATP, "HS_SATP");
BUILD_ASSERT(offsetof(struct hart_start, entry) == HS_ENTRY, "HS_ENTRY");
BUILD_ASSERT(offsetof(struct hart_start, stack_end) == HS_STACK_END, "HS_STACK_END");
BUILD_ASSERT(offsetof(struct hart_start, trap) == HS_TRAP, "HS_TRAP");
BUILD_ASSERT(offsetof(struct hart_start, percpu) == HS_PERCPU, "HS_PERCPU");

static struct hart_start hart_starts[CONFIG_NR_CPUS];	/* [H] */

void spin_until_served(arch_spinlock_t *lock, unsigned long old)
{
	unsigned int turns = 0;

	while (!ticket_is_served(lock, (u32)old))
		cpu_wait_turn(&turns);
}

bool __init arch_smp_init(const char **why)
{
	csr_set(sie, 1ul << IRQ_S_SOFT);
	if (!sbi_has(SBI_HAS_HSM))
		*why = "the firmware cannot start harts (no HSM)";
	else if (!sbi_has(SBI_HAS_IPI))
		*why = "the firmware cannot interrupt harts (no IPI)";
	else if (!sbi_has(SBI_HAS_RFENCE))
		*why = "the firmware has no remote fences (no RFENCE)";
	else
		return true;
	return false;
}

void arch_cpu_prepare(unsigned int cpu, const struct cpu_stacks *stacks)
{
	hart_traps[cpu].stack_first = stacks->start + PT_SIZE;
	hart_traps[cpu].stack_end = stacks->end;
	hart_traps[cpu].overflow_end = stacks->overflow_end;
}

static const char *start_error(long error)
{
	switch (error) {
	case SBI_ERR_INVALID_PARAM:	return "the firmware knows no such hart";
	case SBI_ERR_INVALID_ADDRESS:	return "the firmware does not let it start at the kernel";
	case SBI_ERR_ALREADY_AVAIL:	return "the firmware says that it is running already";
	case SBI_ERR_DENIED:		return "the firmware does not permit it";
	default:			return "the firmware failed to start it";
	}
}

int arch_cpu_start(unsigned int cpu, u32 *state, const char **why)
{
	struct hart_start *start = &hart_starts[cpu];
	long error;

	*start = (struct hart_start){
		.state_pa = __pa_symbol(state),
		.satp = csr_read(satp),
		.entry = (unsigned long)secondary_virtual,
		.stack_end = cpu_stack(cpu).end,
		.trap = (unsigned long)&hart_traps[cpu],
		.percpu = __per_cpu_offset[cpu],
	};
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	error = sbi_hart_start(cpu_descs[cpu].hart_id, __pa_symbol(secondary_entry),
			       __pa_symbol(start));
	if (!error)
		return 0;
	*why = start_error(error);
	return -EIO;
}

bool arch_cpu_is_stopped(unsigned int cpu)
{
	return sbi_hart_status(cpu_descs[cpu].hart_id) == SBI_HSM_STOPPED;
}

void arch_cpu_die(void)
{
	arch_local_irq_disable();
	csr_write(sie, 0);
	sbi_hart_stop();
	arch_cpu_stop();
}
