/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread of the process plays all CPUs, and somebody else chooses which one goes on: a run is
 * then what was chosen, and can be had again. A CPU that is not played is a context, and what the
 * process keeps for a CPU.
 */
#include <kernel/compiler.h>
#include <kernel/cpu.h>
#include <arch/irq.h>
#include <arch/time.h>
#include <host/context.h>
#include <host/host.h>

struct played_cpu {
	struct host_context context;
	void (*entry)(void);
	bool irqs_off, alive, waits;
	u64 timer_deadline;
};

static struct played_cpu played[CONFIG_NR_CPUS];
static host_choose_t chooser;

unsigned long host_points;

void host_play(host_choose_t choose)
{
	for (unsigned int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++)
		played[cpu] = (struct played_cpu){ .timer_deadline = HOST_TIMER_OFF };
	played[0].alive = true;
	chooser = choose;
	host_plays = true;
	host_points = 0;
}

static u64 deadline_of(unsigned int cpu)
{
	return cpu == host_cpu ? host_timer_deadline : played[cpu].timer_deadline;
}

/* CPUs that can go on. */
static unsigned long able_cpus(void)
{
	unsigned long able = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (played[cpu].alive && (!played[cpu].waits || host_cpu_interrupted(cpu) ||
					  deadline_of(cpu) <= host_virtual_ticks()))
			able |= 1ul << cpu;
	return able;
}

/* When all wait, time goes on to the first deadline. */
static unsigned long await_able(void)
{
	unsigned long able = able_cpus();
	u64 first = HOST_TIMER_OFF;
	unsigned int cpu;

	if (able)
		return able;
	for_each_possible_cpu(cpu)
		if (played[cpu].alive && deadline_of(cpu) < first)
			first = deadline_of(cpu);
	if (first == HOST_TIMER_OFF)
		host_stop(HOST_PANIC, "stuck: every CPU waits, and no timer is set");
	host_advance_to(first);
	return able_cpus();
}

static void resume(unsigned int cpu)
{
	host_irqs_off = played[cpu].irqs_off;
	host_timer_deadline = played[cpu].timer_deadline;
	host_become_cpu(cpu);
}

static void go_on_with(unsigned int next)
{
	unsigned int cpu = host_cpu;

	if (next == cpu)
		return;
	played[cpu].irqs_off = host_irqs_off;
	played[cpu].timer_deadline = host_timer_deadline;
	resume(next);
	host_context_switch(&played[cpu].context, &played[next].context);
}

static void point(bool forced)
{
	unsigned long able = await_able();

	host_points++;
	if (forced && able & ~(1ul << host_cpu))
		able &= ~(1ul << host_cpu);
	go_on_with(able & (able - 1) ? chooser(able, host_cpu, forced) :
		   (unsigned int)__builtin_ctzl(able));
}

void host_play_point(void)
{
	point(false);
}

void host_play_spin(void)
{
	point(true);
}

void host_play_wait(void)
{
	played[host_cpu].waits = true;
	point(false);
	played[host_cpu].waits = false;
}

static void cpu_begin(void)
{
	played[host_cpu].entry();
}

void host_play_cpu(unsigned int cpu, void (*entry)(void))
{
	played[cpu] = (struct played_cpu){ .entry = entry, .irqs_off = true, .alive = true,
					   .timer_deadline = HOST_TIMER_OFF };
	host_context_make(&played[cpu].context, cpu_begin);
}

void host_play_end_cpu(void)
{
	played[host_cpu].alive = false;
	point(false);
}
