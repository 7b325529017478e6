/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the scheduler seen from outside: copies for ps, and whether its rules hold.
 *
 * Structure: a snapshot holds threads_lock, so that no thread goes meanwhile. The validator runs
 * while all CPUs stand still, and walks everything.
 *
 * Invariants: none of its own.
 *
 * Locking: threads_lock; the validator none.
 *
 * Configuration: none.
 */
#include <kernel/string.h>

#include "internal.h"

const char *thread_state_name(unsigned int state)
{
	static const char *const names[] = {
		[THREAD_NEW] = "new", [THREAD_READY] = "ready", [THREAD_MOVING] = "moving",
		[THREAD_RUNNING] = "running",
		[THREAD_BLOCKED] = "blocked", [THREAD_DEAD] = "dead",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

/* [N] */
static void copy_thread(struct thread *t, struct thread_snapshot *s)
{
	struct run_queue *rq = lock_queue_of(t);
	u64 now = arch_thread_clock();

	s->id = (unsigned long)t;
	strlcpy(s->name, t->name, sizeof(s->name));
	s->state = READ_ONCE(t->state);
	s->priority = READ_ONCE(t->priority);
	s->cpu = READ_ONCE(t->cpu);
	s->idle = is_idle_thread(t);
	s->bound = s->state == THREAD_READY && t->bound;
	s->affinity = t->affinity;
	s->ran_ticks = READ_ONCE(t->ran_ticks);
	s->switches = READ_ONCE(t->switches);
	s->stack_bytes = t->stack_end - t->stack_start;
	if (rq->now.current == t)
		s->ran_ticks += now - rq->switched_at;
	spin_unlock(&rq->lock);
}

bool thread_snapshot(unsigned int index, struct thread_snapshot *s)
{
	unsigned long flags = spin_lock_irqsave(&threads_lock);
	const struct list_head *at = all_threads.next;

	while (index-- && at != &all_threads)
		at = at->next;
	if (at != &all_threads)
		copy_thread(list_entry((struct list_head *)(unsigned long)at, struct thread, all),
			    s);
	spin_unlock_irqrestore(&threads_lock, flags);
	return at != &all_threads;
}

void sched_snapshot(struct sched_snapshot *s)
{
	unsigned long flags = spin_lock_irqsave(&threads_lock);
	const struct list_head *at;

	*s = (struct sched_snapshot){ .switches = switches_of_gone, .made = threads_made };
	list_for_each(at, &all_threads) {
		const struct thread *t = list_entry(at, const struct thread, all);
		unsigned int state = READ_ONCE(t->state);

		s->switches += READ_ONCE(t->switches);
		if (is_idle_thread(t))
			continue;
		s->running += state == THREAD_RUNNING;
		s->ready += state == THREAD_READY || state == THREAD_MOVING;
		s->blocked += state == THREAD_BLOCKED;
	}
	spin_unlock_irqrestore(&threads_lock, flags);
}

void sched_cpu_ticks(unsigned int cpu, u64 *online, u64 *idle)
{
	struct run_queue *rq = run_queue_of(cpu);
	unsigned long flags;
	u64 now;

	*online = *idle = 0;
	if (!rq->idle)
		return;
	flags = spin_lock_irqsave(&rq->lock);
	now = rq->left_at ? rq->left_at : arch_thread_clock();
	*idle = rq->idle->ran_ticks;
	if (rq->now.current == rq->idle && !rq->left_at)
		*idle += now - rq->switched_at;
	*online = now - sched_began_at - rq->offline_ticks;
	spin_unlock_irqrestore(&rq->lock, flags);
}

/* ---- the validator ---- */

static bool is_queued(const struct run_queue *rq, const struct thread *t)
{
	const struct list_head *at;

	list_for_each(at, &rq->ready[t->priority])
		if (at == &t->ready)
			return true;
	return false;
}

static const char *validate_thread(const struct thread *t)
{
	const struct run_queue *rq = run_queue_of(t->cpu);

	if (t->stack_start && !arch_thread_stack_is_whole(&t->context, t->stack_start))
		return "ST3: a stack was written below its end";
	if (is_idle_thread(t))
		return t->state == THREAD_BLOCKED ? "SQ4: an idle thread is blocked" : NULL;
	if ((t->state == THREAD_RUNNING) != (rq->now.current == t))
		return "SQ3: a thread runs that is not its CPU's current one, or the reverse";
	if (t->state == THREAD_READY && !is_queued(rq, t))
		return "SQ1: a thread is ready, and not on the queue of its priority and CPU";
	return NULL;
}

static const char *validate_queue(const struct run_queue *rq, unsigned int cpu, unsigned int p)
{
	const struct list_head *at;

	if (!list_empty(&rq->ready[p]) && p < rq->now.current->priority && !rq->now.resched)
		return "SQ5: a more urgent thread is ready, and nobody will look";
	if ((rq->ready_bits >> p & 1) == list_empty(&rq->ready[p]))
		return "SQ2: a queue's bit is not what the queue is";
	if (!list_empty(&rq->ready[p]) && !cpu_online(cpu))
		return "SP2: a thread is queued for a CPU that is offline";
	list_for_each(at, &rq->ready[p]) {
		const struct thread *t = list_entry(at, const struct thread, ready);

		if (at->next->prev != at || t->state != THREAD_READY || t->cpu != cpu ||
		    t->priority != p)
			return "SQ1: what is queued is not ready, or is another CPU's or priority's";
	}
	return NULL;
}

const char *sched_validate(void)
{
	const char *rule = NULL;
	const struct list_head *at;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		for (unsigned int p = 0; p < CONFIG_NR_PRIORITIES && !rule; p++)
			if (run_queue_of(cpu)->idle)
				rule = validate_queue(run_queue_of(cpu), cpu, p);
	list_for_each(at, &all_threads)
		if (!rule)
			rule = validate_thread(list_entry(at, const struct thread, all));
	return rule;
}

u64 thread_ticks(const struct thread *t)
{
	unsigned long flags = arch_local_irq_save();
	struct run_queue *rq = this_run_queue();
	u64 ticks = READ_ONCE(t->ran_ticks);

	if (rq->now.current == t)
		ticks += arch_thread_clock() - rq->switched_at;
	arch_local_irq_restore(flags);
	return ticks;
}
