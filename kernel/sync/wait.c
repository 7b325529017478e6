/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: waiting for an event: queues, semaphores, completions, conditions.
 *
 * Structure: a waiter lies on its thread's stack and on its queue. Whoever wakes takes it off under
 * the queue's lock, lets go of the lock, and only then, under the lock of the thread's CPU, says
 * that it is woken and wakes the thread. So neither the waiter nor the queue is touched once the
 * thread can see the word, and both may go.
 *
 * Waiters are in the order of priorities. The first of each priority is on a second ring, so that a
 * new one finds its place in a step for each priority that waits.
 *
 * Invariants:
 * WQ1 A waiter is on its queue if and only if nobody has woken it and it has not given up.
 * WQ2 Of two that wait the more urgent is woken first, and of equals the one that came first.
 * WQ3 A semaphore with waiters is 0.
 *
 * Locking: q->lock; rq->lock is taken inside.
 *
 * Bounds: a wait begins within NR_PRIORITIES steps, a wake-up takes one.
 *
 * Configuration: THREADS.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/wait_order.h>

/* ---- waiters by priority ---- */

void waiters_init(struct waiters *ws)
{
	INIT_LIST_HEAD(&ws->all);
	INIT_LIST_HEAD(&ws->ranks);
}

/* The first waiter of the first priority that is not more urgent; NULL: all are. */
static struct waiter *rank_from(const struct waiters *ws, unsigned int priority)
{
	const struct list_head *at;

	list_for_each(at, &ws->ranks) {
		struct waiter *w = container_of((struct list_head *)(unsigned long)at,
						struct waiter, ranks);

		if (w->priority >= priority)
			return w;
	}
	return NULL;
}

static __noinline void add_among_others(struct waiters *ws, struct waiter *w)
{
	struct waiter *rank = rank_from(ws, w->priority), *next = rank;

	w->is_first = !rank || rank->priority != w->priority;
	if (w->is_first) {
		list_add_tail(&w->ranks, rank ? &rank->ranks : &ws->ranks);
	} else {
		next = rank->ranks.next == &ws->ranks ? NULL :
		       list_entry(rank->ranks.next, struct waiter, ranks);
	}
	list_add_tail(&w->all, next ? &next->all : &ws->all);
}

static __always_inline void add_alone(struct waiters *ws, struct waiter *w)
{
	w->is_first = true;
	list_insert_between(&w->ranks, &ws->ranks, &ws->ranks);
	list_insert_between(&w->all, &ws->all, &ws->all);
}

void waiters_add(struct waiters *ws, struct waiter *w)
{
	if (unlikely(!list_empty(&ws->all))) {
		add_among_others(ws, w);
		return;
	}
	add_alone(ws, w);
}

static __always_inline void take_off(struct waiters *ws, struct waiter *w)
{
	struct waiter *next = w->all.next == &ws->all ? NULL :
			      list_entry(w->all.next, struct waiter, all);

	list_del(&w->all);
	if (!w->is_first)
		return;
	if (next && next->priority == w->priority) {
		list_add(&next->ranks, &w->ranks);
		next->is_first = true;
	}
	list_del(&w->ranks);
}

void waiters_remove(struct waiters *ws, struct waiter *w)
{
	take_off(ws, w);
}

/* ---- the parts of a wait ---- */

void wait_queue_init(struct wait_queue *q)
{
	spin_lock_init(&q->lock, LOCK_WAIT);
	waiters_init(&q->waiters);
}

static __always_inline void fill_in(struct waiter *w)
{
	w->thread = current_thread();
	/* Others may lend it another one meanwhile. */
	w->priority = READ_ONCE(w->thread->priority);
	w->woken = false;
	w->queued = true;
}

static __always_inline void begin(struct wait_queue *q, struct waiter *w)
{
	fill_in(w);
	waiters_add(&q->waiters, w);
}

/* A leaf where nobody else waits. */
void wait_begin(struct wait_queue *q, struct waiter *w)
{
	fill_in(w);
	if (unlikely(!list_empty(&q->waiters.all)))
		add_among_others(&q->waiters, w);
	else
		add_alone(&q->waiters, w);
}

/* [W] is held and released. */
static __noinline void enter_among_others(struct wait_queue *q, struct waiter *w,
					  unsigned long flags)
{
	begin(q, w);
	spin_unlock_irqrestore(&q->lock, flags);
}

/* A leaf where nobody else waits. */
void wait_enter(struct wait_queue *q, struct waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	if (unlikely(!list_empty(&q->waiters.all))) {
		enter_among_others(q, w, flags);
		return;
	}
	fill_in(w);
	add_alone(&q->waiters, w);
	spin_unlock_irqrestore(&q->lock, flags);
}

/* Time is up. True: nobody has taken the waiter off the queue, and it is off now. */
static bool give_up(struct wait_queue *q, struct waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);
	bool queued = w->queued;

	if (queued)
		waiters_remove(&q->waiters, w);
	spin_unlock_irqrestore(&q->lock, flags);
	return queued;
}

static __noinline int wait_until(struct wait_queue *q, struct waiter *w, u64 us)
{
	struct wake_timer timer;

	wake_timer_start(&timer, us);
	do {
		thread_block();
	} while (!waiter_is_woken(w) && !(wake_timer_over(&timer) && give_up(q, w)));
	wake_timer_stop(&timer);
	return waiter_is_woken(w) ? 0 : -ETIMEDOUT;
}

int wait_end(struct wait_queue *q, struct waiter *w, u64 us)
{
	if (us != WAIT_FOREVER)
		return wait_until(q, w, us);
	do {
		thread_block();
	} while (unlikely(!waiter_is_woken(w)));
	return 0;
}

/* [W] is held and released: a wait from its beginning to its end. */
static __always_inline int wait_and_unlock(struct wait_queue *q, u64 us, unsigned long flags)
{
	struct waiter w;

	begin(q, &w);
	if (us != WAIT_FOREVER) {
		spin_unlock_irqrestore(&q->lock, flags);
		return wait_until(q, &w, us);
	}
	spin_unlock(&q->lock);
	thread_block_restore(flags);
	while (unlikely(!waiter_is_woken(&w)))
		thread_block();
	return 0;
}

/* [W] is held and released; flags: interrupts of the caller. */
static __always_inline void wake_and_unlock(struct wait_queue *q, struct waiter *w,
					    unsigned long flags)
{
	struct thread *t = w->thread;

	take_off(&q->waiters, w);
	w->queued = false;
	spin_unlock(&q->lock);
	thread_wake_restore(t, &w->woken, flags);
}

/* [W] is held and released: all who wait now are woken, in their order. */
static void wake_all_and_unlock(struct wait_queue *q)
{
	struct waiters all;
	struct waiter *w;

	waiters_init(&all);
	while ((w = waiters_first(&q->waiters))) {
		waiters_remove(&q->waiters, w);
		w->queued = false;
		list_add_tail(&w->all, &all.all);
	}
	spin_unlock(&q->lock);
	/* Nobody looks at the ring but this CPU; each waiter is there until it is woken. */
	while ((w = waiters_first(&all))) {
		list_del(&w->all);
		thread_wake_waiter(w->thread, &w->woken);
	}
}

/* ---- queues ---- */

int wait_on(struct wait_queue *q, u64 us)
{
	may_wait("wait_on()");
	return wait_and_unlock(q, us, spin_lock_irqsave(&q->lock));
}

void wake_up(struct wait_queue *q)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);
	struct waiter *w = waiters_first(&q->waiters);

	if (w)
		wake_and_unlock(q, w, flags);
	else
		spin_unlock_irqrestore(&q->lock, flags);
}

/* Nearly always one waits, and leaves its queue empty. */
void wake_from_first(struct wait_queue *q, struct waiter *first, unsigned long flags)
{
	struct thread *t = first->thread;

	if (unlikely(!list_is_only(&first->all))) {
		wake_all_and_unlock(q);
		sched_irq_restore(flags);
		return;
	}
	INIT_LIST_HEAD(&q->waiters.all);
	INIT_LIST_HEAD(&q->waiters.ranks);
	first->queued = false;
	spin_unlock(&q->lock);
	thread_wake_restore(t, &first->woken, flags);
}

void wake_up_all(struct wait_queue *q)
{
	wake_up_all_restore(q, spin_lock_irqsave(&q->lock));
}

/* ---- semaphores and completions ---- */

void sema_init(struct semaphore *s, u32 count)
{
	wait_queue_init(&s->queue);
	s->count = count;
}

/* A completion that is complete for good is taken from without end. */
#define FOR_GOOD	(~0u)

/* [W] */
static __always_inline bool take_one(struct semaphore *s)
{
	if (!s->count)
		return false;
	if (likely(s->count != FOR_GOOD))
		s->count--;
	return true;
}

bool down_trylock(struct semaphore *s)
{
	unsigned long flags = spin_lock_irqsave(&s->queue.lock);
	bool taken = take_one(s);

	spin_unlock_irqrestore(&s->queue.lock, flags);
	return taken;
}

static __always_inline int take_or_wait(struct semaphore *s, u64 us)
{
	unsigned long flags;

	may_wait("a semaphore is taken");
	flags = spin_lock_irqsave(&s->queue.lock);
	if (!take_one(s))
		return wait_and_unlock(&s->queue, us, flags);
	spin_unlock_irqrestore(&s->queue.lock, flags);
	return 0;
}

int down_timeout(struct semaphore *s, u64 us)
{
	return take_or_wait(s, us);
}

void down(struct semaphore *s)
{
	(void)take_or_wait(s, WAIT_FOREVER);
}

void up(struct semaphore *s)
{
	unsigned long flags = spin_lock_irqsave(&s->queue.lock);
	struct waiter *w = waiters_first(&s->queue.waiters);

	/* Who is woken has got the one that would be counted. */
	if (likely(w)) {
		wake_and_unlock(&s->queue, w, flags);
		return;
	}
	if (s->count != FOR_GOOD) {
		ASSERT(s->count < FOR_GOOD - 1, "WQ3: a semaphore overflows");
		s->count++;
	}
	spin_unlock_irqrestore(&s->queue.lock, flags);
}

void init_completion(struct completion *c)
{
	sema_init(&c->done, 0);
}

void complete(struct completion *c)
{
	up(&c->done);
}

void complete_all(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->done.queue.lock);

	c->done.count = FOR_GOOD;
	wake_all_and_unlock(&c->done.queue);
	sched_irq_restore(flags);
}

void wait_for_completion(struct completion *c)
{
	down(&c->done);
}

int wait_for_completion_timeout(struct completion *c, u64 us)
{
	return down_timeout(&c->done, us);
}

/* ---- conditions ---- */

int condition_wait(struct condition *c, struct mutex *m, u64 us)
{
	unsigned long flags;
	struct waiter w;
	int err;

	may_wait("condition_wait()");
	flags = spin_lock_irqsave(&c->queue.lock);
	/* From here on a signal counts, although the mutex is still held. */
	wait_begin(&c->queue, &w);
	spin_unlock_irqrestore(&c->queue.lock, flags);
	mutex_unlock(m);
	err = wait_end(&c->queue, &w, us);
	mutex_lock(m);
	return err;
}

void condition_signal(struct condition *c)
{
	wake_up(&c->queue);
}

void condition_broadcast(struct condition *c)
{
	wake_up_all(&c->queue);
}
