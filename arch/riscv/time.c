/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/init.h>
#include <arch/time.h>
#include <asm/csr.h>
#include <asm/image.h>
#include <asm/sbi.h>

u64 arch_ticks(void)
{
	return csr_read(time);
}

/* The firmware's timer goes on once it has fired: sie says whether anybody wants to know. */
void arch_timer_program(u64 deadline)
{
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
