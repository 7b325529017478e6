/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing CPUs up and down. The first CPU starts the others, all at once, and waits; later one
 * at a time comes and goes. include/arch/smp.h draws the states and says who changes them.
 *
 * A CPU owns its stack from when it finds CPU_STARTING to when it writes CPU_DEAD, and nobody
 * starts it anew before the firmware says that it has stopped: two lives of one CPU never
 * share the stack. The stack itself, once taken, stays with the CPU.
 */
#include <kernel/assert.h>
#include <kernel/cmdline.h>
#include <kernel/idle.h>
#include <kernel/init.h>
#include <kernel/irq.h>
#include <kernel/lock_order.h>
#include <kernel/math.h>
#include <kernel/numa.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/cpu.h>
#include <arch/smp.h>

#include "internal.h"

#define GO_US		2000000ull	/* for a CPU to leave */
#define VACATE_US	(IS_ENABLED(CONFIG_THREADS) ? 500000ull : 0)	/* for its threads */
#define VACATE_NAP_US	500u

extern const struct cpu_hooks __cpu_hooks_start[], __cpu_hooks_end[];

static u32 cpu_states[CONFIG_NR_CPUS];	/* [a] */
static bool can_start;			/* [c] */
static u32 hotplug_taken;		/* [a] */

static u32 cpu_state(unsigned int cpu)
{
	return __atomic_load_n(&cpu_states[cpu], __ATOMIC_ACQUIRE);
}

static void set_cpu_state(unsigned int cpu, u32 state)
{
	__atomic_store_n(&cpu_states[cpu], state, __ATOMIC_RELEASE);
}

static bool change_cpu_state(unsigned int cpu, u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&cpu_states[cpu], &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

const char *cpu_state_name(unsigned int cpu)
{
	if (cpu_online(cpu))
		return "online";
	return cpu_state(cpu) == CPU_STOPPED ? "offline" : "lost";
}

/* ---- the CPU that comes ---- */

/* Last instructions before the firmware takes the CPU. It is not online: no call comes. */
__noreturn static void leave(void)
{
	unsigned int cpu = smp_processor_id();

	arch_local_irq_disable();
	smp_flush_calls();
	for (const struct cpu_hooks *h = __cpu_hooks_start; h < __cpu_hooks_end; h++)
		if (h->leave)
			h->leave();
	set_cpu_state(cpu, CPU_DEAD);
	arch_cpu_die();
}

__noreturn static void secondary_idle(void)
{
	unsigned int cpu = smp_processor_id();

	for (;;) {
		bool work;

		/* What comes between the look and the nap is pending and ends the nap. */
		arch_local_irq_disable();
		work = !long_work_has_threads() && cpu_has_work(cpu);
		if (!work && cpu_state(cpu) == CPU_LEAVING)
			leave();
		if (!work)
			arch_wait_for_interrupt();
		arch_local_irq_enable();
		if (work)
			cpu_do_work();
		sched_idle();
		assert_no_locks_held("a CPU is idle");
	}
}

void secondary_start_kernel(void)
{
	unsigned int cpu = smp_processor_id();

	if (!change_cpu_state(cpu, CPU_ALIVE, CPU_RUNNING))
		arch_cpu_die();
	sched_adopt_idle();
	if (IS_ENABLED(CONFIG_IRQ))
		irq_cpu_enter();
	__atomic_fetch_or(&cpu_online_mask, cpumask_of(cpu), __ATOMIC_ACQ_REL);
	secondary_idle();
}

/* ---- the CPU that starts it ---- */

static int prepare(unsigned int cpu)
{
	for (const struct cpu_hooks *h = __cpu_hooks_start; h < __cpu_hooks_end; h++) {
		int err = h->prepare ? h->prepare(cpu) : 0;

		if (err)
			return err;
	}
	return 0;
}

static int tell_to_start(unsigned int cpu)
{
	const char *why = "";
	int err = arch_cpu_start(cpu, &cpu_states[cpu], &why);

	if (err) {
		set_cpu_state(cpu, CPU_STOPPED);
		pr_warn("smp: CPU %u (hart id %lu) stays offline: %s\n", cpu,
			cpu_descs[cpu].hart_id, why);
	}
	return err;
}

/* 0, or the error of cpu_up(), in the log where the machine is to blame. */
static int ask_to_start(unsigned int cpu)
{
	int err;

	if (cpu_state(cpu) != CPU_STOPPED) {
		if (!arch_cpu_is_stopped(cpu))
			return -EBUSY;
		set_cpu_state(cpu, CPU_STOPPED);
	}
	err = prepare(cpu);
	if (err) {
		pr_warn("smp: no memory for the stack of CPU %u: it stays offline\n", cpu);
		return err;
	}
	set_cpu_state(cpu, CPU_STARTING);
	return tell_to_start(cpu);
}

/* One sentence, and the CPU is turned away should it still come. */
static int await_start(unsigned int cpu, struct deadline *end)
{
	unsigned int turns = 0;

	while (!cpu_online(cpu)) {
		u32 state = cpu_state(cpu);

		if (state == CPU_UNFIT) {
			pr_warn("smp: CPU %u (hart id %lu) cannot use the kernel's page tables: it "
				"stays offline\n", cpu, cpu_descs[cpu].hart_id);
			return -EIO;
		}
		cpu_wait_turn(&turns);
		/* The firmware may send it astray, and it stops where it has no business. */
		if (turns % SPINS_BEFORE_NAP == 0 && state == CPU_STARTING &&
		    arch_cpu_is_stopped(cpu) && tell_to_start(cpu))
			return -EIO;
		/* Once it is RUNNING the rest is a few instructions. */
		if (!deadline_over(end) || state == CPU_RUNNING ||
		    !change_cpu_state(cpu, state, CPU_LOST))
			continue;
		pr_warn("smp: CPU %u (hart id %lu) did not answer within %u ms: it stays offline\n",
			cpu, cpu_descs[cpu].hart_id, SMP_START_US / 1000);
		return -ETIMEDOUT;
	}
	return 0;
}

/* maxcpus= counts the boot CPU; 0 means the same as 1. */
static unsigned int __init cpus_to_start(void)
{
	static const struct number_wanted wanted __initconst = { 0, ~0ull, "a number of CPUs" };
	u64 most;

	if (!cmdline_get_number("maxcpus", &wanted, &most))
		return nr_cpus_found;
	return (unsigned int)clamp(most, (u64)1, (u64)nr_cpus_found);
}

static unsigned int __init count_nodes(void)
{
	unsigned int nodes = 0;
	int nid;

	for_each_online_node(nid)
		nodes++;
	return nodes;
}

void __init smp_init(void)
{
	unsigned int wanted = cpus_to_start(), nodes = count_nodes(), online, cpu;
	cpumask_t asked = 0;
	struct deadline end;
	const char *why = "";

	cpu_states[0] = CPU_RUNNING;
	can_start = arch_smp_init(&why);
	arch_local_irq_enable();
	if (!can_start && wanted > 1)
		pr_warn("smp: the boot CPU stays the only one: %s\n", why);
	if (!can_start || wanted == 1)
		return;
	pr_info("smp: Bringing up secondary CPUs ...\n");
	for (cpu = 1; cpu < wanted; cpu++) {
		if (!ask_to_start(cpu))
			asked |= cpumask_of(cpu);
	}
	end = deadline_in(SMP_START_US);
	for_each_cpu(cpu, asked) {
		/* As long as they come, one after the other, there is time. */
		if (!await_start(cpu, &end))
			end = deadline_in(SMP_START_US);
	}
	online = num_online_cpus();
	pr_info("smp: Brought up %u node%s, %u CPU%s\n", nodes, nodes == 1 ? "" : "s", online,
		online == 1 ? "" : "s");
}

/* Takes the turn for a CPU's coming or going. Others wait for it, within the bounds above. */
static void hotplug_begin(void)
{
	unsigned int turns = 0;

	assert_no_locks_held("a CPU comes or goes");
	ASSERT(!arch_irqs_disabled() && smp_processor_id() == 0,
	       "smp: CPUs come and go at the boot CPU's bidding alone, interrupts on");
	while (__atomic_exchange_n(&hotplug_taken, 1, __ATOMIC_ACQUIRE))
		cpu_wait_turn(&turns);
	for (const struct cpu_hooks *h = __cpu_hooks_start; h < __cpu_hooks_end; h++)
		if (h->begin)
			h->begin();
}

static int hotplug_end(int err)
{
	for (const struct cpu_hooks *h = __cpu_hooks_start; h < __cpu_hooks_end; h++)
		if (h->end)
			h->end();
	__atomic_store_n(&hotplug_taken, 0, __ATOMIC_RELEASE);
	return err;
}

int cpu_up(unsigned int cpu)
{
	struct deadline end;
	int err;

	if (cpu >= nr_cpus_found)
		return -ENXIO;
	hotplug_begin();
	if (cpu_online(cpu))
		return hotplug_end(-EEXIST);
	err = can_start ? ask_to_start(cpu) : -EIO;
	if (!err) {
		end = deadline_in(SMP_START_US);
		err = await_start(cpu, &end);
	}
	return hotplug_end(err);
}

static void take_offline(void *arg)
{
	unsigned int cpu = *(unsigned int *)arg;

	/* Until now others could give the CPU work: with work it stays online. */
	if (cpu_has_work(cpu) || !sched_leave_cpu(cpu))
		return;
	if (IS_ENABLED(CONFIG_THREADS))
		timers_leave_cpu(cpu);
	set_cpu_state(cpu, CPU_LEAVING);
	__atomic_fetch_and(&cpu_online_mask, ~cpumask_of(cpu), __ATOMIC_ACQ_REL);
}

/* Threads that run there go elsewhere when they wait or yield next; for that there is some time. */
static int leave_when_free(unsigned int cpu)
{
	struct deadline end = deadline_in(VACATE_US);
	int err;

	for (;;) {
		sched_vacate_cpu(cpu, true);
		err = stop_machine(take_offline, &cpu);
		if (err || !cpu_online(cpu) || cpu_has_work(cpu) || deadline_over(&end))
			break;
		cpu_idle(VACATE_NAP_US);
	}
	if (!err && cpu_online(cpu)) {
		err = -EBUSY;
		if (!cpu_has_work(cpu))
			pr_info("smp: CPU %u stays online: thread %s keeps it\n", cpu,
				sched_cpu_keeper(cpu));
	}
	sched_vacate_cpu(cpu, false);
	return err;
}

static bool await_stop(unsigned int cpu)
{
	struct deadline end = deadline_in(GO_US);
	unsigned int turns = 0;

	while (cpu_state(cpu) != CPU_DEAD || !arch_cpu_is_stopped(cpu)) {
		cpu_wait_turn(&turns);
		if (deadline_over(&end))
			return false;
	}
	return true;
}

int cpu_down(unsigned int cpu)
{
	int err;

	if (cpu >= nr_cpus_found || !cpu_online(cpu))
		return -ENXIO;
	if (cpu == 0)
		return -EPERM;
	hotplug_begin();
	err = leave_when_free(cpu);
	if (err)
		return hotplug_end(err);
	arch_send_ipi(cpumask_of(cpu));
	if (!await_stop(cpu)) {
		pr_warn("smp: CPU %u (hart id %lu) does not stop\n", cpu, cpu_descs[cpu].hart_id);
		return hotplug_end(-ETIMEDOUT);
	}
	set_cpu_state(cpu, CPU_STOPPED);
	return hotplug_end(0);
}
