/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: on which CPU a thread runs.
 *
 * Structure: a thread that becomes ready goes to the CPU where it ran last if that one is idle,
 * then to an idle one of the same node, then to any idle one, and else back to where it ran. A CPU
 * that becomes idle looks at each other queue once and takes a thread that may move.
 *
 * Invariants:
 * SP1 A thread that was preempted, or is in a nap of cpu_idle(), goes on on its CPU.
 * SP2 No thread but the idle one runs on, or is queued for, a CPU that is offline.
 *
 * Locking: rq->lock of one queue at a time; idle_cpus is a hint.
 *
 * Bounds: a choice takes a few steps; pulling looks at NR_CPUS queues, and at the last thread of
 * each of NR_PRIORITIES.
 *
 * Configuration: built for more than one CPU.
 */
#include <kernel/assert.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <arch/irq.h>

#include "internal.h"

cpumask_t idle_cpus;	/* [a] */

/* Where no CPU of its affinity is online a thread runs anywhere rather than nowhere. */
static cpumask_t allowed_cpus(const struct thread *t)
{
	cpumask_t online = cpus_online();

	return t->affinity & online ? t->affinity & online : online;
}

unsigned int choose_cpu(const struct thread *t)
{
	cpumask_t allowed = allowed_cpus(t), last = cpumask_of(t->cpu);
	cpumask_t idle = t->bound ? 0 : allowed & __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED);

	if (t->bound || idle & last || (!idle && allowed & last))
		return t->cpu;
	if (!idle)
		return ctz64(allowed);
	return ctz64(idle & run_queue_of(t->cpu)->near ? idle & run_queue_of(t->cpu)->near : idle);
}

static bool may_move(const struct thread *t, unsigned int cpu)
{
	return !t->bound && t->affinity >> cpu & 1;
}

/* [K] The most urgent of the last threads of each priority that may come to this CPU; NULL. */
static struct thread *find_movable(const struct run_queue *rq, unsigned int cpu)
{
	for (u64 bits = rq->ready_bits; bits; bits &= bits - 1) {
		struct thread *t = list_last_entry(&rq->ready[ctz64(bits)], struct thread, ready);

		if (may_move(t, cpu))
			return t;
	}
	return NULL;
}

static struct thread *take_from(struct run_queue *rq, unsigned int cpu)
{
	struct thread *t = NULL;

	if (!READ_ONCE(rq->ready_bits))
		return NULL;
	spin_lock(&rq->lock);
	t = find_movable(rq, cpu);
	if (t) {
		queue_remove(rq, t);
		t->state = THREAD_MOVING;
		WRITE_ONCE(t->cpu, cpu);
	}
	spin_unlock(&rq->lock);
	return t;
}

/* Interrupts off: the thread, which is on no queue, is that CPU's. */
static void hand_over(struct thread *t, unsigned int cpu)
{
	struct run_queue *rq = run_queue_of(cpu);

	WRITE_ONCE(t->cpu, cpu);
	spin_lock(&rq->lock);
	queue_ready(rq, t, cpu);
	spin_unlock(&rq->lock);
	if (cpu == smp_processor_id())
		arch_irq_self();
}

void pull_thread(void)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int cpu = smp_processor_id(), other;
	struct thread *t = NULL;

	for_each_online_cpu(other)
		if (!t && other != cpu)
			t = take_from(run_queue_of(other), cpu);
	/* Without interrupts this CPU does not leave meanwhile. */
	if (t)
		hand_over(t, cpu_online(cpu) ? cpu : 0);
	arch_local_irq_restore(flags);
}

/* What is queued here, and may not move or is all that runs, keeps the CPU. */
static bool is_kept(const struct run_queue *rq)
{
	const struct list_head *at;

	if (rq->now.current != rq->idle || rq->naps)
		return true;
	for (unsigned int p = 0; p < CONFIG_NR_PRIORITIES; p++)
		list_for_each(at, &rq->ready[p])
			if (list_entry(at, const struct thread, ready)->bound)
				return true;
	return false;
}

bool sched_leave_cpu(unsigned int cpu)
{
	struct run_queue *rq = run_queue_of(cpu);

	if (is_kept(rq))
		return false;
	timer_cancel(&rq->slice);
	rq->slice_armed = false;
	__atomic_fetch_and(&idle_cpus, ~cpumask_of(cpu), __ATOMIC_SEQ_CST);
	while (rq->ready_bits) {
		struct thread *t = list_first_entry(&rq->ready[ctz64(rq->ready_bits)],
						    struct thread, ready);

		ASSERT(!t->bound, "SP1: %s would leave its CPU", t->name);
		queue_remove(rq, t);
		hand_over(t, 0);
	}
	return true;
}
