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
 * was queued before, and looks at NR_CPUS queues.
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
#include <arch/processor.h>

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

/* [J] Whoever queues it from here on is seen by the work, and whoever did in vain before, too. */
static void dequeue(struct workqueue *works, struct work *w)
{
	list_del(&w->list);
	WRITE_ONCE(w->queue, NULL);
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

/* Returns with the lock of the queue that the work is in; NULL: it is in none. Interrupts off. */
static struct workqueue *lock_queue_of_work(const struct work *w)
{
	for (;;) {
		struct workqueue *works = READ_ONCE(w->queue);

		if (works) {
			spin_lock(&works->lock);
			/* It comes to this queue and leaves it under this lock alone. */
			if (!IS_ENABLED(CONFIG_SMP) || READ_ONCE(w->queue) == works)
				return works;
			spin_unlock(&works->lock);
		} else if (!__atomic_load_n(&w->pending, __ATOMIC_ACQUIRE)) {
			return NULL;
		}
		/* Another CPU is in the middle of queueing it, with interrupts off. */
		arch_cpu_relax();
	}
}

bool cancel_work(struct work *w)
{
	unsigned long flags = arch_local_irq_save();
	struct workqueue *works = lock_queue_of_work(w);

	if (works) {
		dequeue(works, w);
		spin_unlock(&works->lock);
	}
	arch_local_irq_restore(flags);
	return works;
}

struct barrier_work {
	struct work work;		/* [f] */
	struct completion done;		/* [f] */
};

static void reach_barrier(struct work *w)
{
	complete(&container_of(w, struct barrier_work, work)->done);
}

/* [J] is held and released, if works is not NULL: waits for what the queue has now. */
static void wait_behind(struct workqueue *works, unsigned long flags)
{
	struct barrier_work b = { .work = { .fn = reach_barrier, .pending = 1 } };

	if (!works) {
		arch_local_irq_restore(flags);
		return;
	}
	ASSERT(current_thread() != works->thread, "WK2: a work waits for its own queue");
	init_completion(&b.done);
	(void)enqueue(works, &b.work);
	spin_unlock(&works->lock);
	thread_wake_later(works->thread);
	sched_irq_restore(flags);
	wait_for_completion(&b.done);
}

/* Returns with the lock of that CPU's queue if the work is running there, else NULL. Interrupts
 * off. */
static struct workqueue *lock_if_running(unsigned int cpu, const struct work *w)
{
	struct workqueue *works = per_cpu_ptr(&workqueue, cpu);

	if (!READ_ONCE(works->thread))
		return NULL;
	spin_lock(&works->lock);
	if (works->running == w)
		return works;
	spin_unlock(&works->lock);
	return NULL;
}

/* A work that was queued anew elsewhere while it ran is in one queue and runs for another. */
void flush_work(struct work *w)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int cpu;

	wait_behind(lock_queue_of_work(w), flags);
	for_each_possible_cpu(cpu) {
		flags = arch_local_irq_save();
		wait_behind(lock_if_running(cpu, w), flags);
	}
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

	if (!threads_run() || works->thread)
		return 0;
	if (!works->list.next) {
		spin_lock_init(&works->lock, LOCK_WORK);
		INIT_LIST_HEAD(&works->list);
	}
	WRITE_ONCE(works->thread, thread_create(&(struct thread_params){
		.name = "worker", .fn = worker, .arg = works,
		.priority = CONFIG_WORK_PRIORITY, .affinity = cpumask_of(cpu) }));
	return works->thread ? 0 : -ENOMEM;
}

CPU_HOOKS(worker, .prepare = prepare_worker);

void __init workqueues_init(void)
{
	int err = prepare_worker(0);

	ASSERT(!err, "no memory for the thread of CPU 0's works");
}
