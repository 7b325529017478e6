/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/time.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/time.h>
#include <asm/csr.h>
#include <asm/image.h>
#include <asm/sbi.h>

/* Longest nap; keeps ticks from overflowing with any timebase below 18 THz. */
#define MAX_IDLE_US		1000000ul
#define NAP_US			20ul

u64 arch_ticks(void)
{
	return csr_read(time);
}

u64 arch_instret(void)
{
	return csr_read(instret);
}

u64 __init arch_entry_instret(void)
{
	return entry_instret;
}

/*
 * A simulated hart is a thread, and when there are more of them than processors, spinning keeps
 * the very one from running that is waited for.
 */
void arch_cpu_nap(void)
{
	unsigned long flags;

	if (!timebase_hz)
		return;
	flags = arch_local_irq_save();
	sbi_set_timer(arch_ticks() + NAP_US * timebase_hz / 1000000);
	csr_set(sie, 1ul << IRQ_S_TIMER);
	wait_for_interrupt();
	csr_clear(sie, 1ul << IRQ_S_TIMER);
	arch_local_irq_restore(flags);
}

void arch_idle(u64 us)
{
	unsigned long flags;

	/* Without a clock there is nothing to wake up by. */
	if (!timebase_hz)
		return;
	/*
	 * wfi returns for an interrupt that is enabled in sie, even while sstatus keeps it from
	 * being taken: so the timer cannot fire between the two.
	 */
	flags = arch_local_irq_save();
	sbi_set_timer(arch_ticks() + min(us, MAX_IDLE_US) * timebase_hz / 1000000);
	csr_set(sie, 1ul << IRQ_S_TIMER);
	wait_for_interrupt();
	csr_clear(sie, 1ul << IRQ_S_TIMER);
	arch_local_irq_restore(flags);
}
