/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking other harts, through the firmware, to look here or to forget what they remember. */
#include <kernel/cpu.h>
#include <kernel/sched.h>
#include <arch/smp.h>
#include <asm/csr.h>
#include <asm/pgtable.h>
#include <asm/sbi.h>

/* The firmware takes 64 harts at a time, given by a bit each from some hart id on. */
static void for_each_hart_window(cpumask_t cpus, void (*fn)(unsigned long mask, unsigned long base,
							    const void *arg), const void *arg)
{
	while (cpus) {
		unsigned long base = 0, mask = 0, hart;
		unsigned int cpu;

		for_each_cpu(cpu, cpus) {
			hart = cpu_descs[cpu].hart_id;
			if (!mask)
				base = hart;
			if (hart - base >= 64)
				continue;
			mask |= 1ul << (hart - base);
			cpus &= ~cpumask_of(cpu);
		}
		fn(mask, base, arg);
	}
}

static void send_ipi_to(unsigned long mask, unsigned long base, const void *arg)
{
	(void)arg;
	sbi_send_ipi(mask, base);
}

void arch_send_ipi(cpumask_t cpus)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* A hart needs nobody to interrupt itself. */
	if (cpus >> smp_processor_id() & 1)
		csr_set(sip, 1ul << IRQ_S_SOFT);
	for_each_hart_window(cpus & ~cpumask_of(smp_processor_id()), send_ipi_to, NULL);
}

static void fence_vma_on(unsigned long mask, unsigned long base, const void *arg)
{
	const struct pa_range *va = arg;

	sbi_remote_sfence_vma(mask, base, va->start, va->end - va->start);
}

static void fence_i_on(unsigned long mask, unsigned long base, const void *arg)
{
	(void)arg;
	sbi_remote_fence_i(mask, base);
}

static inline cpumask_t other_cpus(void)
{
	return IS_ENABLED(CONFIG_SMP) ? cpus_online() & ~cpumask_of(smp_processor_id()) : 0;
}

static __noinline void flush_others(cpumask_t others, void (*fn)(unsigned long mask,
								 unsigned long base,
								 const void *arg), const void *arg)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for_each_hart_window(others, fn, arg);
}

void flush_tlb_others(cpumask_t others, unsigned long start, unsigned long end)
{
	const struct pa_range va = { start, end };

	flush_others(others, fence_vma_on, &va);
}

/* A thread that went to another CPU meanwhile would leave out the one that it came to. */
static __noinline void fence_vma_all(unsigned long start, unsigned long end)
{
	preempt_disable();
	local_flush_tlb_all();
	flush_tlb_others(other_cpus(), start, end);
	preempt_enable();
}

/* Nobody pays for others where there are none. */
void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	if (unlikely(other_cpus()))
		fence_vma_all(start, end);
	else
		local_flush_tlb_all();
}

static __noinline void fence_i_all(void)
{
	preempt_disable();
	__asm__ volatile("fence.i" : : : "memory");
	flush_others(other_cpus(), fence_i_on, NULL);
	preempt_enable();
}

void flush_icache_all(void)
{
	if (unlikely(other_cpus()))
		fence_i_all();
	else
		__asm__ volatile("fence.i" : : : "memory");
}
