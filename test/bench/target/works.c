/* SPDX-License-Identifier: BSD-2-Clause */
/* Work that is left to a thread: to queue it, and from there to its first instruction. */
#include <kernel/rwsem.h>
#include <kernel/sched.h>
#include <kernel/workqueue.h>
#include <arch/irq.h>

#include "internal.h"

#define ROUNDS		2000u

static u64 began_at;		/* [t] */

static void note_begin(struct work *w)
{
	(void)w;
	began_at = arch_instret();
}

/* With interrupts off the thread, which is more urgent, waits until they are on. */
static void bench_works(struct bench *b)
{
	u64 queues = 0, runs = 0, most_queue = 0, most_run = 0;
	struct work w = WORK_INIT(note_begin);
	char name[BENCH_NAME];

	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned long flags = arch_local_irq_save();
		u64 start = arch_instret(), queued;

		queue_work(&w);
		queued = arch_instret() - start;
		arch_local_irq_restore(flags);
		flush_work(&w);
		queues += queued;
		most_queue = max(most_queue, queued);
	}
	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 start = arch_instret();

		queue_work(&w);
		flush_work(&w);
		runs += began_at - start;
		most_run = max(most_run, began_at - start);
	}
	if (bench_wanted(b, name, sizeof(name), "work queue"))
		bench_mean_max(b, name, queues, ROUNDS, most_queue);
	if (bench_wanted(b, name, sizeof(name), "work run"))
		bench_mean_max(b, name, runs, ROUNDS, most_run);
}

static DECLARE_RWSEM(free_lock);	/* [f] */

static void bench_rwsem(struct bench *b)
{
	char name[BENCH_NAME];
	u64 start;

	if (bench_wanted(b, name, sizeof(name), "lock rwsem_read")) {
		start = arch_instret();
		for (unsigned int i = 0; i < BENCH_PAIRS; i++) {
			down_read(&free_lock);
			up_read(&free_lock);
		}
		bench_pair(b, name, arch_instret() - start, BENCH_PAIRS);
	}
	if (bench_wanted(b, name, sizeof(name), "lock rwsem_write")) {
		start = arch_instret();
		for (unsigned int i = 0; i < BENCH_PAIRS; i++) {
			down_write(&free_lock);
			up_write(&free_lock);
		}
		bench_pair(b, name, arch_instret() - start, BENCH_PAIRS);
	}
}

static void bench_left_work(struct bench *b)
{
	char name[BENCH_NAME];

	if (bench_wanted(b, name, sizeof(name), "work queue") ||
	    bench_wanted(b, name, sizeof(name), "work run"))
		bench_works(b);
	bench_rwsem(b);
}

BENCH_GROUP(works, bench_left_work);
