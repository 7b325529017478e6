/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: threads become ready, and get other priorities.
 *
 * Structure: a thread that is woken goes to the queue of the CPU that place.c chooses. Most often
 * that is this CPU, whose lock is held already: that way is a leaf, which keeps no register, and
 * whatever else there is to do is a call that it ends with. Where this CPU is to preempt its
 * thread, the lock of its queue is not let go between.
 *
 * Invariants: those of sched.c.
 *
 * Locking: rq->lock; never two of them.
 *
 * Bounds: each call here takes a number of steps that depends on nothing.
 *
 * Configuration: NR_PRIORITIES.
 */
#include <kernel/smp.h>
#include <arch/irq.h>
#include <arch/smp.h>

#include "internal.h"

/* ---- on its queue ---- */

/* [K] Who becomes ready, to its queue. True: its CPU is to look for its next thread. */
static __always_inline bool add_ready(struct run_queue *rq, struct thread *t)
{
	unsigned long current_priority = rq->now.current->priority, priority = t->priority;

	t->state = THREAD_READY;
	queue_add(rq, t, false);
	/* For an equal the CPU looks as well: it sets its timer for turns. */
	return priority < current_priority || (priority == current_priority && !rq->slice_armed);
}

static void preempt_for(struct run_queue *rq, unsigned int cpu)
{
	WRITE_ONCE(rq->now.resched, true);
	if (IS_ENABLED(CONFIG_SMP) && cpu != smp_processor_id())
		arch_send_ipi(cpumask_of(cpu));
}

void queue_ready(struct run_queue *rq, struct thread *t, unsigned int cpu)
{
	if (add_ready(rq, t))
		preempt_for(rq, cpu);
}

static __always_inline bool is_asleep(const struct thread *t)
{
	return t->state == THREAD_BLOCKED || t->state == THREAD_NEW;
}

/* [K] of its old CPU is held; returns with that of the new one. */
static struct run_queue *wake_up(struct run_queue *rq, struct thread *t)
{
	unsigned int chosen;

	if (!is_asleep(t)) {
		t->wake_pending = true;
		return rq;
	}
	chosen = choose_cpu(t);
	if (IS_ENABLED(CONFIG_SMP) && chosen != t->cpu) {
		/* Keeps others away from it between the two locks. */
		t->state = THREAD_MOVING;
		set_cpu_of(t, chosen);
		spin_unlock(&rq->lock);
		rq = run_queue_of(chosen);
		spin_lock(&rq->lock);
	}
	queue_ready(rq, t, chosen);
	return rq;
}

/* ---- and the lock released ---- */

/* [K] of any CPU is held and released; flags: interrupts of the caller. */
static __noinline long release_and_look(struct run_queue *rq, unsigned long flags)
{
	struct run_queue *here = this_run_queue();

	if (READ_ONCE(here->now.resched) && !here->now.in_interrupt && !here->now.preempt_off) {
		if (here == rq && arch_irqs_were_on(flags)) {
			preempt_locked(rq);
			arch_local_irq_restore(flags);
			return 1;
		}
		/* When the caller has interrupts on again, or has released his lock. */
		arch_irq_self();
	}
	spin_unlock(&rq->lock);
	arch_local_irq_restore(flags);
	return 1;
}

static __noinline long wake_elsewhere(struct run_queue *rq, struct thread *t, unsigned long flags)
{
	return release_and_look(wake_up(rq, t), flags);
}

/* [K] of this CPU, cpu, which is the thread's and stays, is held and released; flags: as above. */
static __always_inline long wake_here(struct run_queue *rq, struct thread *t, unsigned int cpu,
				      unsigned long flags)
{
	if (unlikely(!is_asleep(t)) || (!stays_here(t, cpu) && !stays_on_cpu(t)))
		return wake_elsewhere(rq, t, flags);
	if (add_ready(rq, t))
		WRITE_ONCE(rq->now.resched, true);
	if (unlikely(rq->now.resched))
		return release_and_look(rq, flags);
	spin_unlock(&rq->lock);
	arch_local_irq_restore(flags);
	return 1;
}

/* [K] is held and released; flags: interrupts of the caller. */
static __always_inline void wake_and_release(struct run_queue *rq, struct thread *t,
					     unsigned long flags)
{
	if (!IS_ENABLED(CONFIG_SMP) ||
	    (likely(rq == this_run_queue()) && likely(rq->cpu == rq->stays)))
		wake_here(rq, t, rq->cpu, flags);
	else
		wake_elsewhere(rq, t, flags);
}

/* ---- wake-ups ---- */

/* Of another CPU, or on its way from one to another. */
static __noinline long wake_from_afar(struct thread *t, bool *woken, unsigned long flags)
{
	struct run_queue *rq = lock_queue_of(t);

	if (woken)
		__atomic_store_n(woken, true, __ATOMIC_RELEASE);
	return wake_elsewhere(rq, t, flags);
}

void thread_wake(struct thread *t)
{
	unsigned long flags = arch_local_irq_save();

	wake_and_release(lock_queue_of(t), t, flags);
}

/* The queue that is locked most often needs no look-up. */
long thread_wake_restore(struct thread *t, bool *woken, unsigned long flags)
{
	struct run_queue *rq = this_run_queue();
	unsigned int cpu;

	spin_lock(&rq->lock);
	cpu = IS_ENABLED(CONFIG_SMP) ? __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE) : rq->stays;
	if (unlikely(cpu != rq->stays)) {
		spin_unlock(&rq->lock);
		return wake_from_afar(t, woken, flags);
	}
	__atomic_store_n(woken, true, __ATOMIC_RELEASE);
	return wake_here(rq, t, cpu, flags);
}

void thread_wake_later(struct thread *t)
{
	spin_unlock(&wake_up(lock_queue_of(t), t)->lock);
}

void thread_wake_waiter(struct thread *t, bool *woken)
{
	struct run_queue *rq = lock_queue_of(t);

	__atomic_store_n(woken, true, __ATOMIC_RELEASE);
	spin_unlock(&wake_up(rq, t)->lock);
}

/* Another one comes late already, or its CPU looks at once. */
static __noinline bool wake_and_look(struct thread *t, unsigned long flags)
{
	if (this_run_queue()->late != t)
		thread_wake_later(t);
	sched_irq_restore(flags);
	return true;
}

bool thread_wake_here(struct thread *t, unsigned long flags)
{
	struct run_queue *rq = this_run_queue();
	bool may_be_late = !rq->late && READ_ONCE(t->cpu) == rq->cpu;

	if (likely(may_be_late)) {
		rq->late = t;
		WRITE_ONCE(rq->now.resched, true);
		/* An interrupt, or whoever has preemption off, looks at its end. One load may take
		 * both, and resched with them, which others write. */
		if (READ_RELAXED(rq->now.in_interrupt) || READ_RELAXED(rq->now.preempt_off)) {
			arch_local_irq_restore(flags);
			return true;
		}
		if (!arch_irqs_were_on(flags)) {
			arch_irq_self();
			return true;
		}
	}
	return wake_and_look(t, flags);
}

/* ---- priorities ---- */

/* [K] of this CPU: its current thread's. */
static __always_inline void set_own_priority(struct run_queue *rq, unsigned int priority)
{
	WRITE_RELAXED(rq->now.current->priority, (u8)priority);
	if (rq->ready_bits && most_urgent(rq->ready_bits) < priority)
		WRITE_ONCE(rq->now.resched, true);
}

void thread_set_priority(struct thread *t, unsigned int priority)
{
	struct run_queue *rq = lock_queue_of(t);
	bool queued = t->state == THREAD_READY;

	if (queued)
		queue_remove(rq, t);
	WRITE_RELAXED(t->priority, (u8)priority);
	if (queued)
		queue_ready(rq, t, t->cpu);
	else if (t->state == THREAD_RUNNING && rq->ready_bits &&
		 most_urgent(rq->ready_bits) < priority)
		preempt_for(rq, t->cpu);
	spin_unlock(&rq->lock);
}

void thread_pass_on(struct thread *t, bool *woken, unsigned int priority, spinlock_t *held,
		    unsigned long flags)
{
	struct run_queue *here = this_run_queue(), *rq = lock_queue_of(t);
	struct thread *me = here->now.current;

	if (unlikely(me->priority != priority)) {
		if (likely(rq == here)) {
			set_own_priority(rq, priority);
		} else {
			spin_unlock(&rq->lock);
			thread_set_priority(me, priority);
			rq = lock_queue_of(t);
		}
	}
	__atomic_store_n(woken, true, __ATOMIC_RELEASE);
	spin_unlock(held);
	wake_and_release(rq, t, flags);
}
