/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_MUTEX_H
#define KERNEL_MUTEX_H

#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/wait_order.h>

/* Without threads nobody can wait. */
#if defined(CONFIG_THREADS)

/*
 * A lock that waits. Its holder is a thread, which has the priority of the most urgent one that
 * waits for it, as have those for whom the holder waits, up to PI_CHAIN_MAX of them. It is handed
 * over in the order of priorities. Process context.
 */
struct mutex {
	unsigned long owner;		/* [a] the thread; MUTEX_WAITERS: the slow way out */
	struct waiters waiters;		/* [I] */
	struct waiter held;		/* [I] on the holder's list, while somebody waits */
	IF_ENABLED(CONFIG_WAIT_ORDER, const struct wait_kind *kind;)	/* [c] */
};

#define MUTEX_WAITERS		1ul
#define MUTEX_INIT(name) \
	{ .waiters = WAITERS_INIT((name).waiters), WAIT_KIND_INIT(#name) }
#define DEFINE_MUTEX(name)	struct mutex name = MUTEX_INIT(name)

/* All locks that one place makes are of one kind (kernel/wait_order.h). */
#define mutex_init(m) \
	do { \
		static const struct wait_kind __kind = { #m }; \
		\
		mutex_init_kind(m, &__kind); \
	} while (0)
void mutex_init_kind(struct mutex *m, const struct wait_kind *kind);
int mutex_lock_slow(struct mutex *m, u64 us);
void mutex_unlock_slow(struct mutex *m);

static __always_inline struct thread *mutex_owner(const struct mutex *m)
{
	return (struct thread *)(__atomic_load_n(&m->owner, __ATOMIC_RELAXED) & ~MUTEX_WAITERS);
}

static __always_inline bool __mutex_trylock(struct mutex *m)
{
	unsigned long none = 0;

	return __atomic_compare_exchange_n(&m->owner, &none, (unsigned long)current_thread(), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static __always_inline bool mutex_trylock(struct mutex *m)
{
	bool taken = __mutex_trylock(m);

	WAIT_ORDER(if (taken) wait_order_taken(m, m->kind))
	return taken;
}

static __always_inline void mutex_lock(struct mutex *m)
{
	WAIT_ORDER(wait_order_take(m, m->kind))
	if (unlikely(!__mutex_trylock(m)))
		(void)mutex_lock_slow(m, WAIT_FOREVER);
}

/* 0, or -ETIMEDOUT. */
static inline __must_check int mutex_lock_timeout(struct mutex *m, u64 us)
{
	int err;

	WAIT_ORDER(wait_order_take(m, m->kind))
	err = __mutex_trylock(m) ? 0 : mutex_lock_slow(m, us);
	WAIT_ORDER(if (err) wait_order_release(m))
	return err;
}

static __always_inline void mutex_unlock(struct mutex *m)
{
	unsigned long me = (unsigned long)current_thread();

	WAIT_ORDER(wait_order_release(m))
	if (unlikely(!__atomic_compare_exchange_n(&m->owner, &me, 0, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED)))
		mutex_unlock_slow(m);
}

/*
 * A condition of what a mutex guards. condition_wait() releases the mutex, waits for a signal, and
 * takes the mutex again whatever came; the condition is to be looked at anew. 0, or -ETIMEDOUT.
 */
struct condition {
	struct wait_queue queue;	/* [f] */
};

#define CONDITION_INIT(name)	{ WAIT_QUEUE_INIT((name).queue) }
int condition_wait(struct condition *c, struct mutex *m, u64 us);
void condition_signal(struct condition *c);
void condition_broadcast(struct condition *c);

#endif /* CONFIG_THREADS */
#endif /* KERNEL_MUTEX_H */
