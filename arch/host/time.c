/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock and each CPU's timer. Time is the process's own, or virtual if the machine says so. In
 * virtual time nobody sleeps: a wait for the timer takes the clock to the deadline, and each look
 * at the clock takes it a little further, so that a loop that only looks comes to an end, too.
 */
#include <time.h>

#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/time.h>
#include <host/context.h>
#include <host/host.h>

#define LOOK_TICKS	100
#define SLEEP_NS	50000	/* between two looks for interrupts */

static u64 virtual_ticks;

void host_time_reset(void)
{
	virtual_ticks = 0;
	host_timer_deadline = HOST_TIMER_OFF;
}

u64 host_virtual_ticks(void)
{
	return READ_ONCE(virtual_ticks);
}

/* Several CPUs may do so at once; no clock goes back. */
void host_advance_to(u64 ticks)
{
	u64 now = READ_ONCE(virtual_ticks);

	while (now < ticks)
		if (__atomic_compare_exchange_n(&virtual_ticks, &now, ticks, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			break;
}

u64 arch_ticks(void)
{
	struct timespec now;

	if (host_machine.virtual_time)
		return __atomic_add_fetch(&virtual_ticks, LOOK_TICKS, __ATOMIC_RELAXED);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * HOST_TICKS_PER_S + (u64)now.tv_nsec;
}

/* A process cannot count its instructions without asking the system, so that time takes their
 * place. */
u64 arch_instret(void)
{
	return arch_ticks();
}

u64 arch_entry_instret(void)
{
	return 0;
}

void arch_timer_program(u64 deadline)
{
	host_timer_deadline = deadline;
}

void arch_timer_cancel(void)
{
	host_timer_deadline = HOST_TIMER_OFF;
}

static bool timer_is_due(void)
{
	return host_timer_deadline != HOST_TIMER_OFF && arch_ticks() >= host_timer_deadline;
}

/* usleep() is the kernel's own, which makes a thread sleep. */
void arch_wait_for_interrupt(void)
{
	const struct timespec nap = { .tv_nsec = SLEEP_NS };

	if (host_is_played()) {
		host_play_wait();
		return;
	}
	if (IS_ENABLED(CONFIG_SMP) && host_machine.schedules) {
		host_wait();
		return;
	}
	while (!host_interrupted() && !timer_is_due()) {
		if (host_machine.virtual_time && host_timer_deadline != HOST_TIMER_OFF)
			host_advance_to(host_timer_deadline);
		else
			nanosleep(&nap, NULL);
	}
}
