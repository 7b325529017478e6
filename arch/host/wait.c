/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs that are threads and have nothing to do, in virtual time. While one works, time goes on with
 * the looks at the clock; when all wait, the last one takes the clock to the first deadline. A CPU
 * that waits sleeps in the system, so that those that work have the processors.
 *
 * What is here is the machine: it makes no order between CPUs that the kernel could lean on, and
 * the thread sanitizer must not believe that it does.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <kernel/cpu.h>
#include <arch/irq.h>
#include <host/here.h>
#include <host/host.h>

/* The system's numbers for a process's own words: the header of them is a kernel's, as ours are. */
#define FUTEX_WAIT_PRIVATE	128
#define FUTEX_WAKE_PRIVATE	129

#define LOOKS		50	/* before the thread sleeps, so that a quick answer finds it */
#define NAP_NS		100000	/* and looks again */

struct waiting_cpu {
	u32 waits;
	u64 deadline;
};

static struct waiting_cpu waiting[CONFIG_NR_CPUS];	/* [a] */

HOST_UNSEEN void host_wait_reset(void)
{
	for (unsigned int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++)
		waiting[cpu] = (struct waiting_cpu){ .deadline = HOST_TIMER_OFF };
}

static HOST_UNSEEN void end_nap(unsigned int cpu)
{
	if (__atomic_exchange_n(&waiting[cpu].waits, 0, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &waiting[cpu].waits, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

HOST_UNSEEN void host_wake_cpu(unsigned int cpu)
{
	end_nap(cpu);
}

/* The first deadline, if all CPUs wait; else HOST_TIMER_OFF. */
static HOST_UNSEEN u64 common_deadline(void)
{
	u64 first = HOST_TIMER_OFF;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		u64 deadline = __atomic_load_n(&waiting[cpu].deadline, __ATOMIC_SEQ_CST);

		if (!host_cpu_is_alive(cpu))
			continue;
		if (!__atomic_load_n(&waiting[cpu].waits, __ATOMIC_SEQ_CST) ||
		    host_cpu_interrupted(cpu))
			return HOST_TIMER_OFF;
		if (deadline < first)
			first = deadline;
	}
	return first;
}

static HOST_UNSEEN void advance_all(u64 deadline)
{
	unsigned int cpu;

	host_advance_to(deadline);
	for_each_possible_cpu(cpu)
		if (__atomic_load_n(&waiting[cpu].deadline, __ATOMIC_SEQ_CST) <= deadline)
			end_nap(cpu);
}

static HOST_UNSEEN void nap(struct waiting_cpu *w)
{
	const struct timespec most = { .tv_nsec = NAP_NS };

	/* Time goes on also where the others work without a look at the clock. */
	if (syscall(SYS_futex, &w->waits, FUTEX_WAIT_PRIVATE, 1, &most, NULL, 0) &&
	    errno == ETIMEDOUT)
		host_advance_to(host_virtual_ticks() + NAP_NS);
}

/* Interrupts off, as arch_wait_for_interrupt(). */
HOST_UNSEEN void host_wait(void)
{
	struct waiting_cpu *w = &waiting[host_cpu];
	unsigned int looks = 0;

	__atomic_store_n(&w->deadline, host_timer_deadline, __ATOMIC_SEQ_CST);
	for (;;) {
		u64 deadline;

		__atomic_store_n(&w->waits, 1, __ATOMIC_SEQ_CST);
		if (host_interrupted())
			break;
		deadline = common_deadline();
		if (deadline != HOST_TIMER_OFF)
			advance_all(deadline);
		else if (++looks > LOOKS)
			nap(w);
	}
	__atomic_store_n(&w->waits, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&w->deadline, HOST_TIMER_OFF, __ATOMIC_SEQ_CST);
}
