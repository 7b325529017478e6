/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: work that is left to threads.
 *
 * Structure: each CPU has a queue, a ring in the order of coming, and a thread that takes the first
 * one, says which it runs, and runs it without a lock. To wait for a work is to queue another one
 * behind it and to wait for that.
 *
 * Invariants:
 * WK1 A work is on exactly one queue while it is pending, and on none otherwise.
 * WK2 Works of one CPU are carried out in the order of coming, each once for each time that it was
 *     queued with success.
 * WK3 While a queue is not empty its thread is awake.
 *
 * Locking: works->lock of a queue; rq->lock is taken inside.
 *
 * Bounds: each call takes a number of steps that depends on nothing; flush_work() waits for what
 * was queued before.
 *
 * Configuration: WORKQUEUE, WORK_PRIORITY.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/percpu.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <arch/irq.h>

struct workqueue {
	spinlock_t lock;
	struct list_head list;		/* [J] */
	struct work *running;		/* [J] */
	struct thread *thread;		/* [H] whose queue it is */
	u64 queued, gone;		/* [J] since boot: came in, and went out */
};

static DEFINE_PER_CPU(struct workqueue, workqueue);	/* [f] */

/* ---- queues ---- */

/* [J] True: the queue was empty. */
static __always_inline bool enqueue(struct workqueue *works, struct work *w)
{
	WRITE_ONCE(w->queue, works);
	list_add_tail(&w->list, &works->list);
	works->queued++;
	return w->list.prev == &works->list;
}

static bool is_listed(const struct work *w)
{
	return w->list.next;
}

/* [J] Whoever queues it from here on is seen by the work, and whoever did in vain before, too. */
static void dequeue(struct workqueue *works, struct work *w)
{
	list_del(&w->list);
	w->list.next = NULL;
	works->gone++;
	__atomic_exchange_n(&w->pending, 0, __ATOMIC_ACQ_REL);
}

/* ---- the side that works ---- */

static struct work *take_work(struct workqueue *works)
{
	unsigned long flags = spin_lock_irqsave(&works->lock);
	struct work *w = NULL;

	if (!list_empty(&works->list)) {
		w = list_first_entry(&works->list, struct work, list);
		dequeue(works, w);
	}
	works->running = w;
	spin_unlock_irqrestore(&works->lock, flags);
	return w;
}

static void worker(void *arg)
{
	struct workqueue *works = arg;

	for (;;) {
		struct work *w = take_work(works);

		if (w)
			w->fn(w);
		else
			thread_block();
	}
}

/* ---- the side that asks ---- */

/* False: it was pending already. */
static __always_inline bool queue_on(struct workqueue *works, struct work *w, unsigned long flags,
				     bool (*wake)(struct thread *t, unsigned long flags))
{
	bool first;

	if (unlikely(__atomic_exchange_n(&w->pending, 1, __ATOMIC_ACQ_REL))) {
		arch_local_irq_restore(flags);
		return false;
	}
	spin_lock(&works->lock);
	first = enqueue(works, w);
	spin_unlock(&works->lock);
	/* Whoever found the queue empty wakes for all who come before the thread looks. */
	if (likely(first))
		return wake(works->thread, flags);
	arch_local_irq_restore(flags);
	return true;
}

/* A CPU that has never been online may have no thread yet. */
static bool wake_there(struct thread *t, unsigned long flags)
{
	if (t)
		thread_wake_later(t);
	sched_irq_restore(flags);
	return true;
}

bool queue_work_on(unsigned int cpu, struct work *w)
{
	return queue_on(per_cpu_ptr(&workqueue, cpu), w, arch_local_irq_save(), wake_there);
}

bool queue_work(struct work *w)
{
	unsigned long flags = arch_local_irq_save();

	return queue_on(this_cpu_ptr(&workqueue), w, flags, thread_wake_here);
}

/* Returns with the lock of the queue that the work is in, or was; NULL: it never was. Interrupts
 * off. */
static struct workqueue *lock_queue_of_work(const struct work *w)
{
	struct workqueue *works;

	while ((works = READ_ONCE(w->queue))) {
		spin_lock(&works->lock);
		if (!IS_ENABLED(CONFIG_SMP) || w->queue == works)
			return works;
		spin_unlock(&works->lock);
	}
	return NULL;
}

bool cancel_work(struct work *w)
{
	unsigned long flags = arch_local_irq_save();
	struct workqueue *works = lock_queue_of_work(w);
	bool was_pending = works && is_listed(w);

	if (was_pending)
		dequeue(works, w);
	if (works)
		spin_unlock(&works->lock);
	arch_local_irq_restore(flags);
	return was_pending;
}

struct barrier_work {
	struct work work;		/* [f] */
	struct completion done;		/* [f] */
};

static void reach_barrier(struct work *w)
{
	complete(&container_of(w, struct barrier_work, work)->done);
}

void flush_work(struct work *w)
{
	struct barrier_work b = { .work = { .fn = reach_barrier, .pending = 1 } };
	unsigned long flags = arch_local_irq_save();
	struct workqueue *works = lock_queue_of_work(w);
	bool busy = works && (is_listed(w) || works->running == w);

	init_completion(&b.done);
	if (busy) {
		ASSERT(current_thread() != works->thread, "WK2: a work waits for its own queue");
		(void)enqueue(works, &b.work);
	}
	if (works)
		spin_unlock(&works->lock);
	if (busy)
		thread_wake_later(works->thread);
	sched_irq_restore(flags);
	if (busy)
		wait_for_completion(&b.done);
}

bool cancel_work_sync(struct work *w)
{
	bool was_pending = cancel_work(w);

	flush_work(w);
	return was_pending;
}

/* ---- later ---- */

static void time_has_come(struct timer *t)
{
	queue_work(&container_of(t, struct delayed_work, timer)->work);
}

void delayed_work_init(struct delayed_work *w, work_fn fn)
{
	work_init(&w->work, fn);
	timer_init(&w->timer, time_has_come);
}

void queue_delayed_work(struct delayed_work *w, u64 us)
{
	timer_add(&w->timer, ticks_in_us(us));
}

bool cancel_delayed_work_sync(struct delayed_work *w)
{
	bool waited = timer_cancel_sync(&w->timer);

	return cancel_work_sync(&w->work) || waited;
}

bool workqueue_snapshot(unsigned int cpu, struct workqueue_snapshot *s)
{
	const struct workqueue *works;

	if (cpu >= nr_cpus_found)
		return false;
	works = per_cpu_ptr(&workqueue, cpu);
	*s = (struct workqueue_snapshot){ .queued = READ_ONCE(works->queued) };
	s->pending = (u32)(s->queued - READ_ONCE(works->gone));
	return true;
}

/* ---- threads ---- */

/* A CPU has its thread for good, also while it is offline. */
static int prepare_worker(unsigned int cpu)
{
	struct workqueue *works = per_cpu_ptr(&workqueue, cpu);

	if (!threads_run())
		return 0;
	if (!works->list.next) {
		spin_lock_init(&works->lock, LOCK_WORK);
		INIT_LIST_HEAD(&works->list);
	}
	if (!works->thread)
		works->thread = thread_create(&(struct thread_params){
			.name = "worker", .fn = worker, .arg = works,
			.priority = CONFIG_WORK_PRIORITY, .affinity = cpumask_of(cpu) });
	return works->thread ? 0 : -ENOMEM;
}

CPU_HOOKS(worker, .prepare = prepare_worker);

void __init workqueues_init(void)
{
	int err = prepare_worker(0);

	ASSERT(!err, "no memory for the thread of CPU 0's works");
}
