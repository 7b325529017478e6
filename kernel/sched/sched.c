/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which thread runs, and the way from one to the next.
 *
 * Structure: each CPU has a queue for each priority and a bit for each queue that is not empty, so
 * that the most urgent thread is one count of trailing zeros away. The thread that runs is on no
 * queue. When no bit is set the CPU's idle thread runs, which is on none ever.
 *
 * A thread that yields or blocks leaves its CPU of its own will, and may go on elsewhere. One that
 * is preempted may be in the middle of what belongs to its CPU: it goes on where it is.
 *
 * The queue's lock is taken by the thread that stops and released by the one that goes on, so that
 * whoever holds it sees no thread that is half on its stack.
 *
 * Invariants:
 * SQ1 A thread is READY if and only if it is on exactly one queue, that of its priority and CPU;
 *     idle threads are on none.
 * SQ2 A queue's bit is set if and only if the queue is not empty.
 * SQ3 The current thread of a CPU, and no other one, is RUNNING there.
 * SQ4 Nobody blocks or yields in an interrupt, with preemption off or holding a spinlock; idle
 *     threads do neither.
 * SQ5 While a thread is ready that is more urgent than its CPU's current one, resched is set.
 *
 * Locking: rq->lock, for the queue and for each thread that belongs to it; never two of them.
 *
 * Bounds: each call here takes a number of steps that depends on nothing.
 *
 * Configuration: NR_PRIORITIES.
 */
#include <kernel/assert.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <mm/account_fast.h>
#include <arch/irq.h>
#include <arch/smp.h>

#include "internal.h"

DEFINE_PER_CPU(struct run_queue, run_queue);	/* [f] */

BUILD_ASSERT(offsetof(struct run_queue, now) == 0, "current_cpu() is the beginning of run_queue");
BUILD_ASSERT(CONFIG_NR_PRIORITIES <= 64, "NR_PRIORITIES: a bit of ready_bits for each");

/* For a thread that lets go of a CPU that goes offline: so long that it does sleep. */
#define YIELD_AWAY_US	100u

/* ---- queues ---- */

struct run_queue *lock_queue_of(struct thread *t)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct run_queue *rq = run_queue_of(cpu);

		spin_lock(&rq->lock);
		if (!IS_ENABLED(CONFIG_SMP) || likely(t->cpu == cpu))
			return rq;
		spin_unlock(&rq->lock);
	}
}

void queue_add(struct run_queue *rq, struct thread *t, bool first)
{
	unsigned int priority = t->priority;

	rq->ready_bits |= 1ull << priority;
	if (first)
		list_add(&t->ready, &rq->ready[priority]);
	else
		list_add_tail(&t->ready, &rq->ready[priority]);
}

static __always_inline void remove_from(struct run_queue *rq, struct thread *t,
					unsigned int priority)
{
	list_del(&t->ready);
	if (list_is_only(&t->ready))
		rq->ready_bits &= ~(1ull << priority);
}

void queue_remove(struct run_queue *rq, struct thread *t)
{
	remove_from(rq, t, t->priority);
}

static __always_inline unsigned int most_urgent(u64 bits)
{
	return CONFIG_NR_PRIORITIES <= 32 ? ctz32((u32)bits) : ctz64(bits);
}

static __always_inline struct thread *take_next(struct run_queue *rq)
{
	unsigned int priority;
	struct thread *t;

	if (unlikely(!rq->ready_bits)) {
		note_idle(rq, true);
		return rq->idle;
	}
	priority = most_urgent(rq->ready_bits);
	t = list_first_entry(&rq->ready[priority], struct thread, ready);
	remove_from(rq, t, priority);
	if (unlikely(rq->now.idle))
		note_idle(rq, false);
	return t;
}

/* ---- from one thread to the next ---- */

/*
 * The current thread has its new state. Its next instruction, when it runs again, is the return
 * from here; finish_switch() follows in whatever goes on. A leaf, so that only the switch itself
 * keeps registers.
 */
static __always_inline void switch_to(struct run_queue *rq, struct thread *prev,
				      struct thread *next)
{
	u64 now;

	next->state = THREAD_RUNNING;
	now = arch_thread_clock();
	if (likely(!next->bound) || !next->turn_at)
		next->turn_at = now;
	prev->ran_ticks += now - rq->switched_at;
	rq->switched_at = now;
	next->switches++;
	rq->now.current = next;
	IF_ENABLED(CONFIG_PROCESSES, if (prev->user || next->user) arch_user_switch(prev, next);)
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		prev->account = account_switch(next->account);
	arch_thread_switch(&prev->context, &next->context);
}

/* The rare way on for the two below, which stay leaves. */
static __noinline __cold void begin_turns(struct run_queue *rq, struct thread *prev,
					  struct thread *next)
{
	slice_begin(rq);
	if (next == prev)
		next->state = THREAD_RUNNING;
	else
		switch_to(rq, prev, next);
}

static __always_inline bool turns_wanted(const struct run_queue *rq, const struct thread *next)
{
	return !list_is_only(&next->ready) && !rq->slice_armed;
}

/* Whoever was woken elsewhere meanwhile has seen what it was to be woken for. */
static void wake_late(struct run_queue *rq)
{
	struct thread *t = rq->late;

	rq->late = NULL;
	if (t->cpu != rq->idle->cpu)
		return;
	if (t->state == THREAD_BLOCKED) {
		t->state = THREAD_READY;
		queue_add(rq, t, false);
	} else {
		t->wake_pending = true;
	}
}

static __always_inline void switch_to_next(struct run_queue *rq)
{
	struct thread *prev = rq->now.current, *next = take_next(rq);
	rq->now.resched = false;
	if (unlikely(turns_wanted(rq, next)))
		begin_turns(rq, prev, next);
	else if (unlikely(next == prev))
		next->state = THREAD_RUNNING;
	else
		switch_to(rq, prev, next);
}

static __noinline __cold void switch_with_late(struct run_queue *rq)
{
	wake_late(rq);
	switch_to_next(rq);
}

static __noinline void switch_away(struct run_queue *rq)
{
	if (unlikely(rq->late))
		switch_with_late(rq);
	else
		switch_to_next(rq);
}

/* By SQ5 nobody more urgent waits; the first of the current thread's own priority is next. */
static __noinline void take_turns(struct run_queue *rq)
{
	struct thread *prev = rq->now.current, *next;
	struct list_head *queue = &rq->ready[prev->priority];

	if (list_empty(queue))
		return;
	next = list_first_entry(queue, struct thread, ready);
	list_del(&next->ready);
	list_add_tail(&prev->ready, queue);
	prev->state = THREAD_READY;
	if (unlikely(!rq->slice_armed))
		begin_turns(rq, prev, next);
	else
		switch_to(rq, prev, next);
}

/* The CPU may be another one than before. */
static __always_inline void finish_switch(void)
{
	struct run_queue *rq = this_run_queue();
	struct thread *ended = rq->ended;

	if (unlikely(ended))
		rq->ended = NULL;
	spin_unlock(&rq->lock);
	if (unlikely(ended))
		thread_gone(ended);
}

void thread_begin(void)
{
	struct thread *t;

	finish_switch();
	t = current_thread();
	arch_local_irq_enable();
	t->fn(t->arg);
	thread_exit(0);
}

static __always_inline void assert_may_wait(const struct current_cpu *now, const char *what)
{
	ASSERT(!now->preempt_off && !now->in_interrupt && !now->idle,
	       "SQ4: %s in an interrupt, with preemption off or in an idle thread", what);
	assert_no_locks_held(what);
	CHECK(cpu_online(smp_processor_id()), "SP2: %s on a CPU that is offline", what);
}

void thread_yield(void)
{
	unsigned long flags = arch_local_irq_save();
	struct run_queue *rq = this_run_queue();

	assert_may_wait(&rq->now, "a thread yields");
	spin_lock(&rq->lock);
	if (likely(!rq->now.resched)) {
		take_turns(rq);
	} else if (unlikely(is_leaving(rq->idle->cpu)) && !rq->now.current->bound) {
		spin_unlock(&rq->lock);
		arch_local_irq_restore(flags);
		/* Who sleeps wakes up elsewhere. */
		usleep(YIELD_AWAY_US);
		return;
	} else {
		rq->now.current->state = THREAD_READY;
		queue_add(rq, rq->now.current, false);
		switch_away(rq);
	}
	finish_switch();
	arch_local_irq_restore(flags);
}

void thread_block(void)
{
	unsigned long flags = arch_local_irq_save();
	struct run_queue *rq = this_run_queue();
	struct thread *t = rq->now.current;

	assert_may_wait(&rq->now, "a thread blocks");
	spin_lock(&rq->lock);
	if (t->wake_pending) {
		t->wake_pending = false;
	} else {
		t->state = THREAD_BLOCKED;
		switch_away(rq);
	}
	finish_switch();
	arch_local_irq_restore(flags);
}

void thread_exit(int result)
{
	struct run_queue *rq;

	arch_local_irq_disable();
	rq = this_run_queue();
	assert_may_wait(&rq->now, "a thread ends");
	spin_lock(&rq->lock);
	rq->now.current->result = result;
	rq->now.current->state = THREAD_DEAD;
	rq->ended = rq->now.current;
	switch_away(rq);
	panic("a thread that has ended runs again");
}

/* [K] The current thread goes to the head of its queue, unless its turn is over. */
static void preempt(struct run_queue *rq)
{
	struct thread *t = rq->now.current;
	bool was_bound = t->bound;

	t->state = THREAD_READY;
	if (!is_idle_thread(t)) {
		t->bound = true;
		queue_add(rq, t, !rq->turn_over);
	}
	rq->turn_over = false;
	switch_away(rq);
	finish_switch();
	t->bound = was_bound;
}

/* [K] is held and released; flags: interrupts of the caller. */
static __always_inline void release_and_preempt(struct run_queue *rq, unsigned long flags)
{
	struct current_cpu *now = &this_run_queue()->now;

	if (likely(!now->resched || now->in_interrupt || now->preempt_off)) {
		spin_unlock(&rq->lock);
	} else if (arch_irqs_were_on(flags) && (!IS_ENABLED(CONFIG_SMP) || now == &rq->now)) {
		preempt(rq);
	} else {
		/* When the caller has interrupts on again, or has released his lock. */
		spin_unlock(&rq->lock);
		arch_irq_self();
	}
	arch_local_irq_restore(flags);
}

static void preempt_for(struct run_queue *rq, unsigned int cpu)
{
	WRITE_ONCE(rq->now.resched, true);
	if (IS_ENABLED(CONFIG_SMP) && cpu != smp_processor_id())
		arch_send_ipi(cpumask_of(cpu));
}

void queue_ready(struct run_queue *rq, struct thread *t, unsigned int cpu)
{
	unsigned int current_priority = rq->now.current->priority;

	t->state = THREAD_READY;
	queue_add(rq, t, false);
	/* For an equal the CPU looks as well: it sets its timer for turns. */
	if (t->priority < current_priority ||
	    (t->priority == current_priority && !rq->slice_armed))
		preempt_for(rq, cpu);
}

/* [K] of its old CPU is held; returns with that of the new one. */
static __always_inline struct run_queue *wake_up(struct run_queue *rq, struct thread *t)
{
	unsigned int cpu = t->cpu, chosen = choose_cpu(t);

	if (IS_ENABLED(CONFIG_SMP) && chosen != cpu) {
		/* Keeps others away from it between the two locks. */
		t->state = THREAD_MOVING;
		WRITE_ONCE(t->cpu, chosen);
		spin_unlock(&rq->lock);
		rq = run_queue_of(chosen);
		spin_lock(&rq->lock);
	}
	queue_ready(rq, t, chosen);
	return rq;
}

void thread_wake(struct thread *t)
{
	unsigned long flags = arch_local_irq_save();
	struct run_queue *rq = lock_queue_of(t);

	if (likely(t->state == THREAD_BLOCKED || t->state == THREAD_NEW))
		rq = wake_up(rq, t);
	else
		t->wake_pending = true;
	release_and_preempt(rq, flags);
}

void thread_wake_later(struct thread *t)
{
	struct run_queue *rq = lock_queue_of(t);

	if (likely(t->state == THREAD_BLOCKED))
		rq = wake_up(rq, t);
	else
		t->wake_pending = true;
	spin_unlock(&rq->lock);
}

void thread_wake_waiter(struct thread *t, bool *woken)
{
	struct run_queue *rq = lock_queue_of(t);

	__atomic_store_n(woken, true, __ATOMIC_RELEASE);
	if (likely(t->state == THREAD_BLOCKED))
		rq = wake_up(rq, t);
	else
		t->wake_pending = true;
	spin_unlock(&rq->lock);
}

void thread_wake_here(struct thread *t)
{
	struct run_queue *rq = this_run_queue();

	if (unlikely(rq->late == t))
		return;
	if (unlikely(rq->late || READ_ONCE(t->cpu) != smp_processor_id())) {
		thread_wake_later(t);
		return;
	}
	rq->late = t;
	WRITE_ONCE(rq->now.resched, true);
}

void thread_set_priority(struct thread *t, unsigned int priority)
{
	struct run_queue *rq = lock_queue_of(t);
	bool queued = t->state == THREAD_READY;

	if (queued)
		queue_remove(rq, t);
	t->priority = (u8)priority;
	if (queued)
		queue_ready(rq, t, t->cpu);
	else if (t->state == THREAD_RUNNING && rq->ready_bits &&
		 most_urgent(rq->ready_bits) < priority)
		preempt_for(rq, t->cpu);
	spin_unlock(&rq->lock);
}

/* ---- preemption ---- */

/* Interrupts off. */
static void preempt_here(void)
{
	struct run_queue *rq = this_run_queue();

	spin_lock(&rq->lock);
	preempt(rq);
}

void sched_irq_exit(void)
{
	struct current_cpu *now = current_cpu();

	now->in_interrupt = false;
	account_irq_exit();
	if (unlikely(now->resched) && !now->preempt_off)
		preempt_here();
}

void sched_irq_restore(unsigned long flags)
{
	struct current_cpu *now = current_cpu();

	if (unlikely(now->resched) && !now->in_interrupt && !now->preempt_off) {
		if (arch_irqs_were_on(flags))
			preempt_here();
		else
			arch_irq_self();
	}
	arch_local_irq_restore(flags);
}

void preempt_enable(void)
{
	struct current_cpu *now = current_cpu();

	barrier();
	ASSERT(now->preempt_off, "preemption is enabled more often than it was disabled");
	if (IS_ENABLED(CONFIG_LATENCY_TRACE) && now->preempt_off == 1)
		latency_end(LATENCY_PREEMPT_OFF);
	if (--now->preempt_off || likely(!READ_ONCE(now->resched)) || now->in_interrupt)
		return;
	if (arch_irqs_disabled()) {
		arch_irq_self();
		return;
	}
	arch_local_irq_disable();
	if (now->resched)
		preempt_here();
	arch_local_irq_enable();
}
