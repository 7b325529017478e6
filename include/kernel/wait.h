/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <kernel/compiler.h>
#include <kernel/list.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>
#include <kernel/timer.h>

/*
 * Threads that wait for an event. Whoever waits is woken by priority, and in the order of coming
 * among equals; the priority is that of the moment at which the wait began. Waiting: process
 * context. Waking: any context. Waits take microseconds, or WAIT_FOREVER.
 */
#define WAIT_FOREVER	(~0ull)

/*
 * [o] One that waits, on the stack of its thread; and what a mutex is to the thread that holds it.
 * While it is on a ring, the ring's guard is that of all fields.
 */
struct waiter {
	struct list_head all;
	struct list_head ranks;		/* of the first waiters of each priority */
	struct thread *thread;
	u8 priority;
	bool is_first;			/* of its priority: it is on ranks */
	bool queued;			/* nobody has taken it off its queue */
	bool woken;			/* [K*] it got what it waited for; nobody touches it then */
};

/* Waiters by priority: adding takes a step for each priority that waits, taking the first, one. */
void waiters_init(struct waiters *ws);
void waiters_add(struct waiters *ws, struct waiter *w);
void waiters_remove(struct waiters *ws, struct waiter *w);
static inline struct waiter *waiters_first(const struct waiters *ws)
{
	return list_empty(&ws->all) ? NULL : list_first_entry(&ws->all, struct waiter, all);
}

struct wait_queue {
	spinlock_t lock;
	struct waiters waiters;		/* [W] */
};

#define WAIT_QUEUE_INIT(name)	{ SPINLOCK_INIT(LOCK_WAIT), WAITERS_INIT((name).waiters) }
void wait_queue_init(struct wait_queue *q);

/*
 * The parts that all waits are made of. wait_begin() has q->lock held; wait_enter(), which does the
 * same, and wait_end() have it not. The latter returns 0 when somebody has woken the waiter,
 * -ETIMEDOUT when that did not come in time, and the waiter is on no queue then.
 */
void wait_begin(struct wait_queue *q, struct waiter *w);
void wait_enter(struct wait_queue *q, struct waiter *w);
int wait_end(struct wait_queue *q, struct waiter *w, u64 us);

static __always_inline bool waiter_is_woken(const struct waiter *w)
{
	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

/* Waits for any wake_up(); wake_up_all() ends the waits of all who wait now. */
int wait_on(struct wait_queue *q, u64 us);
void wake_up(struct wait_queue *q);
void wake_up_all(struct wait_queue *q);
/* The same with q->lock held, which is released; flags: interrupts of the caller. */
void wake_from_first(struct wait_queue *q, struct waiter *first, unsigned long flags);
static __always_inline void wake_up_all_restore(struct wait_queue *q, unsigned long flags)
{
	if (list_empty(&q->waiters.all))
		spin_unlock_irqrestore(&q->lock, flags);
	else
		wake_from_first(q, list_first_entry(&q->waiters.all, struct waiter, all), flags);
}

/* A number that is never below 0: down() takes one, or waits for up(). */
struct semaphore {
	struct wait_queue queue;	/* [f] */
	u32 count;			/* [W] */
};

#define SEMAPHORE_INIT(name, n)	{ WAIT_QUEUE_INIT((name).queue), n }
void sema_init(struct semaphore *s, u32 count);
void down(struct semaphore *s);
int down_timeout(struct semaphore *s, u64 us) __must_check;
bool down_trylock(struct semaphore *s) __must_check;
void up(struct semaphore *s);

/* An event that comes, and lets one waiter go for each complete(), or all for good. When a wait has
 * returned the completion may go. */
struct completion {
	struct semaphore done;		/* [f] */
};

#define COMPLETION_INIT(name)	{ SEMAPHORE_INIT((name).done, 0) }
void init_completion(struct completion *c);
void complete(struct completion *c);
void complete_all(struct completion *c);
void wait_for_completion(struct completion *c);
int wait_for_completion_timeout(struct completion *c, u64 us) __must_check;

#endif /* KERNEL_WAIT_H */
