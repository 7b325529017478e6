/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a CPU's queue before its first thread, its naps, and what reports say of it.
 *
 * Structure: none of its own; sched.c has the queues.
 *
 * Invariants: none of its own.
 *
 * Locking: none; a CPU's own, or before others see it.
 *
 * Configuration: NR_PRIORITIES.
 */
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <arch/irq.h>

#include "internal.h"

/* ---- waiting where no thread may block ---- */

void sched_nap(u64 us)
{
	struct current_cpu *now = current_cpu();
	struct run_queue *rq = this_run_queue();

	/* One load may take all three, and resched with them, which others write. */
	if (READ_RELAXED(now->in_interrupt) || READ_RELAXED(now->preempt_off) ||
	    READ_RELAXED(now->idle) || arch_irqs_disabled()) {
		timer_nap(us);
		return;
	}
	/* What calls may be in the middle of what belongs to this CPU. */
	rq->naps++;
	now->current->bound = true;
	usleep(us);
	now->current->bound = false;
	rq->naps--;
}

/* ---- before the first thread ---- */

void run_queue_init(unsigned int cpu, struct thread *first)
{
	struct run_queue *rq = run_queue_of(cpu);

	spin_lock_init(&rq->lock, LOCK_RUN_QUEUE);
	timer_init(&rq->slice, slice_over);
	rq->cpu = rq->stays = cpu;
	rq->now.current = first;
	for (unsigned int p = 0; p < CONFIG_NR_PRIORITIES; p++)
		INIT_LIST_HEAD(&rq->ready[p]);
	for (unsigned int other = 0; other < nr_cpus_found; other++)
		if (cpu_descs[other].nid == cpu_descs[cpu].nid)
			rq->near |= cpumask_of(other);
}

void show_current_thread(void)
{
	const struct thread *t = current_thread();

	if (t)
		pr_emerg("Thread: %s, priority %u\n", t->name, t->priority);
}
