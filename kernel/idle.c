/* SPDX-License-Identifier: BSD-2-Clause */
/* A CPU that waits, and the one place that sets its timer. */
#include <kernel/idle.h>
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/time.h>

/* Keeps ticks from overflowing with any timebase below 18 THz. */
#define MAX_IDLE_US		1000000ul

void cpu_idle(u64 us)
{
	unsigned long flags;

	if (!timebase_hz)
		return;
	us = min(us, MAX_IDLE_US);
	if (threads_run()) {
		sched_nap(us);
		return;
	}
	/* An interrupt that is not taken ends the wait all the same, so that the timer, fired
	 * between the two calls, is not missed. */
	flags = arch_local_irq_save();
	arch_timer_program(arch_ticks() + us * timebase_hz / 1000000);
	arch_wait_for_interrupt();
	arch_timer_cancel();
	arch_local_irq_restore(flags);
}
