/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs of the hosted machine: each is a thread, or has none. A thread looks for interrupts where a
 * CPU would take them: when it switches them on, and while it waits. A CPU without a thread is
 * played by the thread that interrupts it, so that tests with a single thread can have several
 * CPUs.
 */
#include <pthread.h>

#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <host/context.h>
#include <host/host.h>

struct cpu_thread {
	u32 interrupted;
	u32 has_thread;
	u32 *state;
};

/* Lives longer than a machine, as threads do. */
static struct cpu_thread host_cpus[CONFIG_NR_CPUS];

/* The CPU that the thread is while it does not play another; the first thread is CPU 0. */
static __thread unsigned int thread_cpu;

bool host_cpu_interrupted(unsigned int cpu)
{
	return __atomic_load_n(&host_cpus[cpu].interrupted, __ATOMIC_RELAXED);
}

bool host_cpu_is_alive(unsigned int cpu)
{
	return !cpu || __atomic_load_n(&host_cpus[cpu].has_thread, __ATOMIC_RELAXED);
}

bool host_was_interrupted(void)
{
	return __atomic_load_n(&host_cpus[host_cpu].interrupted, __ATOMIC_RELAXED);
}

bool host_timer_is_due(void)
{
	return IS_ENABLED(CONFIG_THREADS) && (host_is_played() || host_machine.schedules) &&
	       host_timer_deadline <= host_virtual_ticks();
}

void host_take_interrupt(void)
{
	host_irqs_off = true;
	sched_irq_enter();
	if (__atomic_exchange_n(&host_cpus[host_cpu].interrupted, 0, __ATOMIC_ACQUIRE))
		smp_handle_ipi();
	if (IS_ENABLED(CONFIG_THREADS) && host_timer_is_due()) {
		arch_timer_cancel();
		timer_interrupt();
	}
	sched_irq_exit();
	host_irqs_off = false;
}

void host_interrupt_self(void)
{
	__atomic_store_n(&host_cpus[host_cpu].interrupted, 1, __ATOMIC_RELEASE);
}

bool arch_smp_init(const char **why)
{
	(void)why;
	return true;
}

/* The system gives each thread its stack. */
void arch_cpu_prepare(unsigned int cpu, const struct cpu_stacks *stacks)
{
	(void)cpu;
	(void)stacks;
}

static void cpu_enter(struct cpu_thread *h)
{
	u32 waited_for = CPU_STARTING;

	host_irqs_off = true;
	if (!__atomic_compare_exchange_n(h->state, &waited_for, CPU_ALIVE, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		arch_cpu_die();
	thread_cpu = (unsigned int)(h - host_cpus);
	host_become_cpu(thread_cpu);
	secondary_start_kernel();
}

static void *cpu_main(void *arg)
{
	cpu_enter(arg);
	return NULL;
}

static void played_main(void)
{
	cpu_enter(&host_cpus[host_cpu]);
}

int arch_cpu_start(unsigned int cpu, u32 *state, const char **why)
{
	struct cpu_thread *h = &host_cpus[cpu];
	pthread_t thread;

	h->state = state;
	__atomic_store_n(&h->has_thread, 1, __ATOMIC_RELEASE);
	if (host_is_played()) {
		host_play_cpu(cpu, played_main);
		return 0;
	}
	if (!pthread_create(&thread, NULL, cpu_main, h)) {
		pthread_detach(thread);
		return 0;
	}
	__atomic_store_n(&h->has_thread, 0, __ATOMIC_RELEASE);
	*why = "no thread for it";
	return -EIO;
}

bool arch_cpu_is_stopped(unsigned int cpu)
{
	return !__atomic_load_n(&host_cpus[cpu].has_thread, __ATOMIC_ACQUIRE);
}

void arch_cpu_die(void)
{
	__atomic_store_n(&host_cpus[host_cpu].interrupted, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&host_cpus[host_cpu].has_thread, 0, __ATOMIC_RELEASE);
	if (host_is_played())
		host_play_end_cpu();
	pthread_exit(NULL);
}

unsigned long host_calls_played;

/* The caller plays a CPU that has no thread. */
static void play(unsigned int cpu)
{
	unsigned int own_cpu = host_cpu;
	bool were_off = host_irqs_off;

	host_calls_played++;
	host_become_cpu(cpu);
	host_irqs_off = true;
	smp_handle_ipi();
	host_irqs_off = were_off;
	host_become_cpu(own_cpu);
}

static void interrupt(unsigned int cpu)
{
	__atomic_store_n(&host_cpus[cpu].interrupted, 1, __ATOMIC_RELEASE);
	if (host_machine.schedules)
		host_wake_cpu(cpu);
}

void arch_send_ipi(cpumask_t cpus)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		unsigned int own = host_is_played() ? host_cpu : thread_cpu;

		if (cpu == own || (cpu && arch_cpu_is_stopped(cpu)))
			play(cpu);
		else
			interrupt(cpu);
	}
}

void host_start_cpus(void)
{
	timebase_hz = HOST_TICKS_PER_S;
	cpu_online_mask = cpumask_of(0);
	smp_init();
}
