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
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <arch/irq.h>

#include "internal.h"

cpumask_t idle_cpus;	/* [a] */
cpumask_t leaving_cpus;	/* [a] go offline soon */

/* Where no CPU of its affinity is online a thread runs anywhere rather than nowhere. */
static cpumask_t allowed_cpus(const struct thread *t)
{
	cpumask_t online = cpus_online() & ~__atomic_load_n(&leaving_cpus, __ATOMIC_RELAXED);
	cpumask_t allowed = READ_ONCE(t->affinity) & online;

	return allowed ? allowed : online;
}

unsigned int choose_other_cpu(const struct thread *t)
{
	cpumask_t allowed = allowed_cpus(t), last = cpumask_of(t->cpu);
	cpumask_t idle = allowed & __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED);

	if (idle & last || (!idle && allowed & last))
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
		set_cpu_of(t, cpu);
	}
	spin_unlock(&rq->lock);
	return t;
}

/* Interrupts off: the thread, which is on no queue, is that CPU's already. */
static void hand_over(struct thread *t, unsigned int cpu)
{
	struct run_queue *rq = run_queue_of(cpu);

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

	/* Without interrupts this CPU does not leave meanwhile. */
	if (is_leaving(cpu) || !cpu_online(cpu)) {
		arch_local_irq_restore(flags);
		return;
	}
	for_each_online_cpu(other)
		if (!t && other != cpu)
			t = take_from(run_queue_of(other), cpu);
	if (t)
		hand_over(t, cpu);
	arch_local_irq_restore(flags);
}

/* ---- to other CPUs ---- */

bool is_leaving(unsigned int cpu)
{
	return __atomic_load_n(&leaving_cpus, __ATOMIC_RELAXED) >> cpu & 1;
}

/* The thread is ready on a CPU where it may not be any more. */
static bool must_move(const struct thread *t)
{
	return t->state == THREAD_READY && !t->bound && !(allowed_cpus(t) >> t->cpu & 1);
}

int thread_set_affinity(struct thread *t, cpumask_t cpus)
{
	struct thread *me = current_thread();
	unsigned long flags;
	unsigned int chosen = 0;
	struct run_queue *rq;
	bool move;

	if (!(cpus & cpus_online()))
		return -EINVAL;
	flags = arch_local_irq_save();
	rq = lock_queue_of(t);
	WRITE_ONCE(t->affinity, cpus);
	move = must_move(t);
	if (move) {
		queue_remove(rq, t);
		t->state = THREAD_MOVING;
		/* At once, or a change of its priority would come between the two locks. */
		chosen = choose_cpu(t);
		set_cpu_of(t, chosen);
	}
	spin_unlock(&rq->lock);
	if (move)
		hand_over(t, chosen);
	sched_irq_restore(flags);
	/* Who sleeps wakes up where it may be; a sleep that was over too soon was none. */
	for (u64 us = 50; t == me && !(allowed_cpus(me) >> READ_ONCE(me->cpu) & 1); us *= 2)
		usleep(us);
	return 0;
}

/* What is queued here, and may not move or is all that runs, keeps the CPU. */
static bool is_kept(const struct run_queue *rq)
{
	const struct list_head *at;

	if (rq->now.current != rq->idle || rq->naps || rq->late)
		return true;
	for (unsigned int p = 0; p < CONFIG_NR_PRIORITIES; p++)
		list_for_each(at, &rq->ready[p])
			if (list_entry(at, const struct thread, ready)->bound)
				return true;
	return false;
}

void sched_vacate_cpu(unsigned int cpu, bool leaves)
{
	struct run_queue *rq = run_queue_of(cpu);
	unsigned long flags = arch_local_irq_save();

	if (leaves)
		__atomic_fetch_or(&leaving_cpus, cpumask_of(cpu), __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&leaving_cpus, ~cpumask_of(cpu), __ATOMIC_SEQ_CST);
	/* So that who yields looks. */
	spin_lock(&rq->lock);
	WRITE_ONCE(rq->stays, leaves ? NO_CPU : cpu);
	WRITE_ONCE(rq->now.resched, true);
	spin_unlock(&rq->lock);
	arch_local_irq_restore(flags);
}

const char *sched_cpu_keeper(unsigned int cpu)
{
	const struct run_queue *rq = run_queue_of(cpu);

	return rq->now.current ? READ_ONCE(rq->now.current)->name : "nobody";
}

bool sched_leave_cpu(unsigned int cpu)
{
	struct run_queue *rq = run_queue_of(cpu);

	if (is_kept(rq))
		return false;
	timer_cancel(&rq->slice);
	rq->slice_armed = false;
	rq->left_at = arch_thread_clock();
	__atomic_fetch_and(&idle_cpus, ~cpumask_of(cpu), __ATOMIC_SEQ_CST);
	while (rq->ready_bits) {
		struct thread *t = list_first_entry(&rq->ready[ctz64(rq->ready_bits)],
						    struct thread, ready);

		ASSERT(!t->bound, "SP1: %s would leave its CPU", t->name);
		queue_remove(rq, t);
		set_cpu_of(t, 0);
		hand_over(t, 0);
	}
	return true;
}
