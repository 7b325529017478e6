/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_WORKQUEUE_H
#define KERNEL_WORKQUEUE_H

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/list.h>
#include <kernel/smp.h>
#include <kernel/timer.h>
#include <kernel/types.h>

/*
 * Work that somebody who may not wait leaves to a thread. Each CPU has a thread for it, "worker",
 * of the priority WORK_PRIORITY, which carries out what is queued for its CPU, one after the other
 * and in the order of coming. A work may wait and allocate as any thread does; those behind it wait
 * meanwhile. When its CPU goes offline the thread goes on elsewhere: no work is lost.
 */
struct work;
struct workqueue;
typedef void (*work_fn)(struct work *w);

struct work {
	struct list_head list;		/* [J] in its queue */
	work_fn fn;			/* [c] */
	struct workqueue *queue;	/* [J*] that it is in; NULL: it is in none */
	u64 pending;			/* [a] queued, and not yet begun */
};

#define WORK_INIT(_fn)		{ .fn = _fn }

static inline void work_init(struct work *w, work_fn fn)
{
	*w = (struct work)WORK_INIT(fn);
}

/*
 * Queues the work on this CPU, or on the one that is named. False: it was pending already, and runs
 * once. A work that is running may be queued anew; on another CPU it may then run twice at once.
 * Any context.
 */
bool queue_work(struct work *w);
bool queue_work_on(unsigned int cpu, struct work *w);

/* True: it was pending, and will not run. It may be running, or have run. Any context. */
bool cancel_work(struct work *w);

/* When they return the work neither runs nor, with cancel, is pending; its memory may go, if nobody
 * queues it again. Process context, and not in a work of the same CPU. */
void flush_work(struct work *w);
bool cancel_work_sync(struct work *w);

/* A work that is queued when so many microseconds have passed, on the CPU that asked. */
struct delayed_work {
	struct work work;		/* [f] */
	struct timer timer;		/* [f] */
};

void delayed_work_init(struct delayed_work *w, work_fn fn);
/* The delayed work is neither waiting for its time nor pending. Any context. */
void queue_delayed_work(struct delayed_work *w, u64 us);
/* As cancel_work_sync(). */
bool cancel_delayed_work_sync(struct delayed_work *w);

/*
 * What ps-like readers see of a CPU's queue: works queued since boot, and pending now. Of two
 * moments. False: no such CPU.
 */
struct workqueue_snapshot {
	u64 queued;
	u32 pending;
};
bool workqueue_snapshot(unsigned int cpu, struct workqueue_snapshot *s);

/* Boot, behind sched_init(): works of the boot CPU are carried out; other CPUs' when they start. */
void workqueues_init(void);

#endif /* KERNEL_WORKQUEUE_H */
