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

/* ---- from one thread to the next ---- */

/* The most urgent thread that is ready, or the idle one. Most often all who are ready are of the
 * priority of prev, who makes way, and who may be the idle one. *others: of its priority, that
 * stay. */
static __always_inline struct thread *take_next(struct run_queue *rq, const struct thread *prev,
						bool may_be_idle, bool *others)
{
	unsigned long priority = prev->priority;
	u64 bits = rq->ready_bits;
	struct thread *t;

	if (unlikely(bits != 1ull << priority % 64)) {
		if (unlikely(!bits)) {
			*others = false;
			note_idle(rq, true);
			return rq->idle;
		}
		priority = most_urgent(bits);
	}
	t = list_first_entry(&rq->ready[priority], struct thread, ready);
	*others = !queue_remove_first(rq, t, bits);
	if (may_be_idle && unlikely(rq->now.idle))
		note_idle(rq, false);
	return t;
}

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
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		prev->account = account_switch(next->account);
	IF_ENABLED(CONFIG_PROCESSES,
		   if (unlikely(arch_user_differs(&prev->context, &next->context))) {
			arch_user_switch(prev, next);
			return;
		   })
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

/* Whoever was woken elsewhere meanwhile has seen what it was to be woken for. */
static void wake_late(struct run_queue *rq)
{
	struct thread *t = rq->late;

	rq->late = NULL;
	/* As lock_queue_of() reads it: who is moving here is not found blocked any more. */
	if (__atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE) != rq->cpu)
		return;
	if (t->state == THREAD_BLOCKED) {
		t->state = THREAD_READY;
		queue_add(rq, t, false);
	} else {
		t->wake_pending = true;
	}
}

static __noinline void switch_away(struct run_queue *rq)
{
	struct thread *prev = rq->now.current, *next;
	bool others;

	if (unlikely(rq->late))
		wake_late(rq);
	next = take_next(rq, prev, true, &others);
	rq->now.resched = false;
	if (unlikely(others && !rq->slice_armed))
		begin_turns(rq, prev, next);
	else if (unlikely(next == prev))
		next->state = THREAD_RUNNING;
	else
		switch_to(rq, prev, next);
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

static __always_inline void assert_process_context(const struct current_cpu *now, const char *what)
{
	/* One load may take all three, and resched with them, which others write. */
	ASSERT(!READ_RELAXED(now->preempt_off) && !READ_RELAXED(now->in_interrupt) &&
	       !READ_RELAXED(now->idle),
	       "SQ4: %s in an interrupt, with preemption off or in an idle thread", what);
}

static __always_inline void assert_unlocked(const char *what)
{
	assert_no_locks_held(what);
	CHECK(cpu_online(smp_processor_id()), "SP2: %s on a CPU that is offline", what);
}

static __always_inline void assert_may_wait(const struct current_cpu *now, const char *what)
{
	assert_process_context(now, what);
	assert_unlocked(what);
}

void thread_yield(void)
{
	unsigned long flags = arch_local_irq_save();
	struct run_queue *rq = this_run_queue();

	assert_may_wait(&rq->now, "a thread yields");
	spin_lock(&rq->lock);
	if (likely(!rq->now.resched)) {
		take_turns(rq);
	} else if (unlikely(is_leaving(rq->cpu)) && !rq->now.current->bound) {
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

/* [K] is held. Somebody is late, or woke the thread before, or it may not block. */
static __noinline void block_after_all(struct run_queue *rq)
{
	struct thread *t = rq->now.current;

	assert_process_context(&rq->now, "a thread blocks");
	if (t->wake_pending) {
		t->wake_pending = false;
		return;
	}
	t->state = THREAD_BLOCKED;
	switch_away(rq);
}

/* [K] of this CPU: process context, and nobody is late, for whom resched would be set. */
static __always_inline bool is_plain(const struct current_cpu *now)
{
	typedef u64 __attribute__((may_alias)) word;

	BUILD_ASSERT(sizeof(*now) == offsetof(struct current_cpu, preempt_off) + sizeof(word),
		     "one load takes all that keeps a thread from blocking at once");
	return !*(const word *)(const void *)&now->preempt_off;
}

void thread_block_restore(unsigned long flags)
{
	struct run_queue *rq = this_run_queue();
	struct thread *t = rq->now.current, *next;
	bool others;

	assert_unlocked("a thread blocks");
	spin_lock(&rq->lock);
	if (unlikely(!is_plain(&rq->now)) || unlikely(t->wake_pending)) {
		block_after_all(rq);
	} else {
		t->state = THREAD_BLOCKED;
		next = take_next(rq, t, false, &others);
		if (unlikely(others && !rq->slice_armed))
			begin_turns(rq, t, next);
		else
			switch_to(rq, t, next);
	}
	finish_switch();
	arch_local_irq_restore(flags);
}

void thread_block(void)
{
	thread_block_restore(arch_local_irq_save());
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

/* ---- preemption ---- */

/* The current thread goes to the head of its queue, unless its turn is over. */
void preempt_locked(struct run_queue *rq)
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

/* Interrupts off. */
static void preempt_here(void)
{
	struct run_queue *rq = this_run_queue();

	spin_lock(&rq->lock);
	preempt_locked(rq);
}

void sched_irq_exit(void)
{
	struct current_cpu *now = current_cpu();

	now->in_interrupt = false;
	account_irq_exit();
	if (unlikely(READ_ONCE(now->resched)) && !now->preempt_off)
		preempt_here();
}

void sched_irq_restore(unsigned long flags)
{
	struct current_cpu *now = current_cpu();

	if (unlikely(READ_ONCE(now->resched)) && !now->in_interrupt && !now->preempt_off) {
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
	if (READ_ONCE(now->resched))
		preempt_here();
	arch_local_irq_enable();
}
