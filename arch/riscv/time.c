/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/init.h>
#include <arch/irq.h>
#include <arch/time.h>
#include <asm/csr.h>
#include <asm/image.h>
#include <asm/sbi.h>

u64 arch_ticks(void)
{
	return csr_read(time);
}

/* Timers are set often with threads, and the firmware takes hundreds of instructions for one. */
#if defined(CONFIG_THREADS)
static bool sstc_usable;	/* [c] */

static int __init sstc_init(void)
{
	unsigned long flags = arch_local_irq_save();

	sstc_usable = sstc_probe();
	arch_local_irq_restore(flags);
	return 0;
}

initcall(sstc_init);
#else
#define sstc_usable	false
#endif

/* The firmware's timer goes on once it has fired: sie says whether anybody wants to know. */
void arch_timer_program(u64 deadline)
{
	if (IS_ENABLED(CONFIG_THREADS) && likely(sstc_usable))
		csr_write(CSR_STIMECMP, deadline);
	else
		sbi_set_timer(deadline);
	csr_set(sie, 1ul << IRQ_S_TIMER);
}

void arch_timer_cancel(void)
{
	csr_clear(sie, 1ul << IRQ_S_TIMER);
}

u64 arch_instret(void)
{
	return csr_read(instret);
}

u64 __init arch_entry_instret(void)
{
	return entry_instret;
}
