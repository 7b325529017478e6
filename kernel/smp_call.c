/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Having functions run on other CPUs.
 *
 * Each CPU has one call for each other CPU, busy from when it is queued until it was carried out,
 * so that a call needs no memory and a queue never holds more than NR_CPUS. A queue is a stack
 * that callers push to and its owner takes as a whole.
 *
 * Whoever queues a call has read that the CPU is online with interrupts off and keeps them off
 * until it is queued; a CPU goes offline while all others stand still with interrupts on
 * before it. So no call is queued for a CPU that has looked at its queue for the last time.
 */
#include <kernel/assert.h>
#include <kernel/idle.h>
#include <kernel/lock_order.h>
#include <kernel/panic.h>
#include <kernel/percpu.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <arch/cpu.h>
#include <arch/smp.h>

#include "internal.h"

#define STOP_US		1000000ull	/* for the others to stop in a panic */
#define PARK_US		10000000ull	/* for the others to stand still */

/* While it is busy it is the CPU's that is called, else the caller's. */
struct call {
	struct call *next;		/* [o] */
	smp_call_func_t fn;		/* [o] */
	void *info;			/* [o] */
	u32 busy;			/* [a] */
};

static DEFINE_PER_CPU(struct call, calls[CONFIG_NR_CPUS]);	/* [o] */
static DEFINE_PER_CPU(struct call *, call_queue);		/* [a] */
static DEFINE_PER_CPU(struct cpu_work *, work_slot);		/* [a] */

/* [a] A CPU that sees the request stops, and sets its bit. */
static u32 stop_requested;
static cpumask_t cpus_stopped;

/* ---- the side that is called ---- */

static struct call *oldest_first(struct call *call)
{
	struct call *list = NULL;

	while (call) {
		struct call *next = call->next;

		call->next = list;
		list = call;
		call = next;
	}
	return list;
}

void smp_flush_calls(void)
{
	struct call **queue = this_cpu_ptr(&call_queue);
	struct call *call;

	call = oldest_first(__atomic_exchange_n(queue, NULL, __ATOMIC_ACQUIRE));
	while (call) {
		struct call *next = call->next;

		call->fn(call->info);
		assert_no_locks_held("a cross-call ends");
		__atomic_store_n(&call->busy, 0, __ATOMIC_RELEASE);
		call = next;
	}
}

void smp_stop_self(void)
{
	__atomic_fetch_or(&cpus_stopped, cpumask_of(smp_processor_id()), __ATOMIC_RELEASE);
	arch_cpu_stop();
}

void smp_handle_ipi(void)
{
	if (unlikely(__atomic_load_n(&stop_requested, __ATOMIC_RELAXED)))
		smp_stop_self();
	smp_flush_calls();
}

void smp_send_stop(void)
{
	cpumask_t others = cpus_online() & ~cpumask_of(smp_processor_id());
	struct deadline end = deadline_in(STOP_US);
	unsigned int turns = 0;

	__atomic_store_n(&stop_requested, 1, __ATOMIC_RELEASE);
	if (!others)
		return;
	arch_send_ipi(others);
	while (others & ~__atomic_load_n(&cpus_stopped, __ATOMIC_ACQUIRE) && !deadline_over(&end))
		cpu_wait_turn(&turns);
}

/* ---- the side that calls ---- */

/* Interrupts off. True when the CPU must be interrupted: its queue was empty. */
static bool queue_call(struct call *call, unsigned int cpu, smp_call_func_t fn, void *info)
{
	struct call **queue = per_cpu_ptr(&call_queue, cpu);
	struct call *first = __atomic_load_n(queue, __ATOMIC_RELAXED);

	call->fn = fn;
	call->info = info;
	__atomic_store_n(&call->busy, 1, __ATOMIC_RELAXED);
	do {
		call->next = first;
	} while (!__atomic_compare_exchange_n(queue, &first, call, false, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	return !first;
}

static bool call_busy(const struct call *call)
{
	return __atomic_load_n(&call->busy, __ATOMIC_ACQUIRE);
}

/* Both ways of not coming are bugs: interrupts off for ever, or a CPU that is gone. */
static void complain(unsigned int cpu, smp_call_func_t fn, bool for_good)
{
	unsigned long offset, size;
	const char *name = symbol_lookup((unsigned long)fn, &offset, &size);

	if (for_good)
		panic("smp: CPU %u has not run %s for CPU %u in %llu s", cpu, name ? name : "a call",
		      smp_processor_id(), SMP_CALL_PANIC_US / 1000000);
	pr_warn("smp: CPU %u waits for CPU %u to run %s: its interrupts seem to stay off\n",
		smp_processor_id(), cpu, name ? name : "a call");
}

static void wait_for_call(const struct call *call, unsigned int cpu)
{
	struct deadline warn, stop;
	unsigned int turns = 0;
	bool warned = false;

	if (!call_busy(call))
		return;
	warn = deadline_in(SMP_CALL_WARN_US);
	stop = deadline_in(SMP_CALL_PANIC_US);
	while (call_busy(call)) {
		cpu_wait_turn(&turns);
		if (!warned && deadline_over(&warn)) {
			warned = true;
			complain(cpu, call->fn, false);
		}
		if (warned && deadline_over(&stop))
			complain(cpu, call->fn, true);
	}
}

/*
 * Queues the call for each of cpus that is online, and waits for nobody. Returns the CPUs that got
 * it; *left are those that have not finished an earlier call of this CPU's.
 */
static cpumask_t start_calls(cpumask_t cpus, smp_call_func_t fn, void *info, cpumask_t *left)
{
	unsigned long flags = arch_local_irq_save();
	struct call *mine = *this_cpu_ptr(&calls);
	cpumask_t called = 0, interrupt = 0;
	unsigned int cpu;

	cpus &= cpus_online() & ~cpumask_of(smp_processor_id());
	*left = 0;
	for_each_cpu(cpu, cpus) {
		if (call_busy(&mine[cpu])) {
			*left |= cpumask_of(cpu);
			continue;
		}
		called |= cpumask_of(cpu);
		if (queue_call(&mine[cpu], cpu, fn, info))
			interrupt |= cpumask_of(cpu);
	}
	if (interrupt)
		arch_send_ipi(interrupt);
	arch_local_irq_restore(flags);
	return called;
}

int smp_call_function_many(cpumask_t cpus, smp_call_func_t fn, void *info, bool wait)
{
	bool may_wait = !arch_irqs_disabled();
	struct call *mine = *this_cpu_ptr(&calls);
	cpumask_t left = cpus, called = 0;
	unsigned int cpu;

	if (wait)
		assert_no_locks_held("a cross-call waits");
	ASSERT(!wait || may_wait, "smp: a cross-call that waits, with interrupts off");
	while (left) {
		called |= start_calls(left, fn, info, &left);
		if (left && !may_wait)
			return -EBUSY;
		for_each_cpu(cpu, left)
			wait_for_call(&mine[cpu], cpu);
	}
	if (wait)
		for_each_cpu(cpu, called)
			wait_for_call(&mine[cpu], cpu);
	return 0;
}

int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *info, bool wait)
{
	if (cpu >= nr_cpus_found || !cpu_online(cpu))
		return -ENXIO;
	if (cpu == smp_processor_id()) {
		unsigned long flags = arch_local_irq_save();

		if (wait)
			assert_no_locks_held("a cross-call waits");
		fn(info);
		arch_local_irq_restore(flags);
		return 0;
	}
	return smp_call_function_many(cpumask_of(cpu), fn, info, wait);
}

void on_each_cpu(smp_call_func_t fn, void *info, bool wait)
{
	int err = smp_call_function_many(cpus_online(), fn, info, wait);
	unsigned long flags;

	ASSERT(!err, "smp: on_each_cpu with interrupts off while an earlier call is not through");
	flags = arch_local_irq_save();
	fn(info);
	arch_local_irq_restore(flags);
}

/* ---- all stand still ---- */

/*
 * One rendezvous at a time. Its number keeps a CPU that comes when the caller has given up from
 * standing still for the next one.
 */
static struct {
	u32 taken;		/* [a] somebody is the caller */
	u32 number;		/* [a] of the rendezvous that is on; 0: none */
	u32 standing;		/* [a] CPUs that stand still for it */
} parade;			/* [a] */

static void stand_still(void *info)
{
	u32 number = (u32)(unsigned long)info;
	unsigned int turns = 0;

	if (__atomic_load_n(&parade.number, __ATOMIC_ACQUIRE) != number)
		return;
	LATENCY_HOOK(latency_excuse())
	__atomic_fetch_add(&parade.standing, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&parade.number, __ATOMIC_ACQUIRE) == number) {
		cpu_wait_turn(&turns);
		/* A panic meanwhile cannot interrupt. */
		if (unlikely(__atomic_load_n(&stop_requested, __ATOMIC_RELAXED)))
			smp_stop_self();
	}
	__atomic_fetch_sub(&parade.standing, 1, __ATOMIC_RELEASE);
}

static bool all_stand(u32 count)
{
	struct deadline end = deadline_in(PARK_US);
	unsigned int turns = 0;

	while (__atomic_load_n(&parade.standing, __ATOMIC_ACQUIRE) != count) {
		cpu_wait_turn(&turns);
		if (deadline_over(&end))
			return false;
	}
	return true;
}

int stop_machine(void (*fn)(void *arg), void *arg)
{
	static u32 last_number;		/* [M] */
	unsigned int turns = 0;
	u32 number, count, got;
	unsigned long flags;
	cpumask_t others;
	bool all;

	assert_no_locks_held("stop_machine waits");
	ASSERT(!arch_irqs_disabled(), "smp: stop_machine with interrupts off");
	while (__atomic_exchange_n(&parade.taken, 1, __ATOMIC_ACQUIRE))
		cpu_wait_turn(&turns);
	number = ++last_number ? last_number : ++last_number;
	others = cpus_online() & ~cpumask_of(smp_processor_id());
	count = cpumask_weight(others);
	__atomic_store_n(&parade.number, number, __ATOMIC_RELEASE);
	smp_call_function_many(others, stand_still, (void *)(unsigned long)number, false);
	all = all_stand(count);
	if (all) {
		flags = arch_local_irq_save();
		LATENCY_HOOK(latency_excuse())
		fn(arg);
		arch_local_irq_restore(flags);
	}
	got = __atomic_load_n(&parade.standing, __ATOMIC_ACQUIRE);
	__atomic_store_n(&parade.number, 0, __ATOMIC_RELEASE);
	while (__atomic_load_n(&parade.standing, __ATOMIC_ACQUIRE))
		cpu_wait_turn(&turns);
	__atomic_store_n(&parade.taken, 0, __ATOMIC_RELEASE);
	if (!all)
		pr_warn("smp: %u of %u CPUs did not stand still within %llu s\n", count - got, count,
			PARK_US / 1000000);
	return all ? 0 : -ETIMEDOUT;
}

/* ---- long work ---- */

int cpu_work_start(unsigned int cpu, struct cpu_work *work)
{
	unsigned long flags = arch_local_irq_save();
	struct cpu_work *none = NULL;
	int err = -ENXIO;

	work->done = 0;
	if (cpu < nr_cpus_found && cpu_online(cpu) && cpu != smp_processor_id() && cpu != 0) {
		err = __atomic_compare_exchange_n(per_cpu_ptr(&work_slot, cpu), &none, work, false,
						  __ATOMIC_RELEASE, __ATOMIC_RELAXED) ? 0 : -EBUSY;
		if (!err && long_work_has_threads())
			long_work_wake(cpu);
		else if (!err)
			arch_send_ipi(cpumask_of(cpu));
	}
	arch_local_irq_restore(flags);
	return err;
}

bool cpu_has_work(unsigned int cpu)
{
	return __atomic_load_n(per_cpu_ptr(&work_slot, cpu), __ATOMIC_ACQUIRE);
}

void cpu_do_work(void)
{
	struct cpu_work **slot = this_cpu_ptr(&work_slot);
	struct cpu_work *work = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

	work->fn(work->arg);
	__atomic_store_n(slot, NULL, __ATOMIC_RELEASE);
	__atomic_store_n(&work->done, 1, __ATOMIC_RELEASE);
}

void cpu_work_wait(const struct cpu_work *work)
{
	unsigned int turns = 0;

	assert_no_locks_held("waiting for another CPU's work");
	ASSERT(!arch_irqs_disabled(), "smp: waiting for another CPU with interrupts off");
	while (!cpu_work_done(work))
		cpu_wait_turn(&turns);
}
