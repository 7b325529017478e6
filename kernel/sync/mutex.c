/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: mutexes, and priorities that are lent along chains of them.
 *
 * Structure: a mutex that nobody waits for is one word: its holder. A mutex with waiters is also on
 * its holder's list of such, by the priority of its first waiter, so that the holder's own priority
 * is the best of its base and the first of that list. A change goes on to whoever the holder waits
 * for, and ends where nothing changes. The mutex is handed over: between the release and the next
 * holder nobody else can take it.
 *
 * Invariants:
 * MX1 MUTEX_WAITERS is set if and only if somebody waits, once pi_lock is free.
 * MX2 A thread's priority is the most urgent of its base and of those who wait for mutexes that it
 *     holds, as far as PI_CHAIN_MAX reaches.
 * MX3 A thread does not wait for a mutex that it holds, nor for one whose holder waits for it.
 *
 * Locking: pi_lock, one for all mutexes with waiters; rq->lock is taken inside. A mutex without
 * waiters takes no lock.
 *
 * Bounds: a change of priority goes through at most PI_CHAIN_MAX threads, with at most
 * NR_PRIORITIES steps at each.
 *
 * Configuration: PI_CHAIN_MAX.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/sprintf.h>
#include <arch/irq.h>

/* Of a report; names that do not fit are cut. */
#define CYCLE_BYTES	256

static DEFINE_SPINLOCK(pi_lock, LOCK_PI);

void mutex_init_kind(struct mutex *m, const struct wait_kind *kind)
{
	(void)kind;	/* kept with CONFIG_WAIT_ORDER alone */
	WAIT_ORDER(m->kind = kind)
	m->owner = 0;
	waiters_init(&m->waiters);
}

/* ---- priorities ---- */

/* [I] What the thread's priority has to be by MX2. */
static unsigned int due_priority(const struct thread *t)
{
	const struct waiter *held = waiters_first(&t->held);

	return held && held->priority < t->base_priority ? held->priority : t->base_priority;
}

/* [I] The mutex takes its place on the list of the thread that holds it; false: as before. */
static bool rank_mutex(struct mutex *m, struct thread *owner)
{
	const struct waiter *first = waiters_first(&m->waiters);

	if (m->held.thread == owner && first && m->held.priority == first->priority)
		return false;
	if (m->held.thread)
		waiters_remove(&m->held.thread->held, &m->held);
	m->held.thread = first ? owner : NULL;
	if (!first)
		return true;
	m->held.priority = first->priority;
	waiters_add(&owner->held, &m->held);
	return true;
}

/* [I] From a thread whose list has changed along the chain of those it waits for. */
static void lend(struct thread *t)
{
	for (unsigned int links = 0; links < CONFIG_PI_CHAIN_MAX; links++) {
		struct mutex *m = t->blocked_on;
		unsigned int priority = due_priority(t);

		if (priority == t->priority)
			return;
		thread_set_priority(t, priority);
		if (!m)
			return;
		waiters_remove(&m->waiters, t->waiter);
		t->waiter->priority = (u8)priority;
		waiters_add(&m->waiters, t->waiter);
		t = mutex_owner(m);
		if (!rank_mutex(m, t))
			return;
	}
}

/* ---- taking ---- */

/* [I] The wait for m would close this cycle. */
static __noinline __cold void report_cycle(const struct mutex *m)
{
	const struct thread *t = current_thread(), *next;
	char text[CYCLE_BYTES];
	int len = 0;

	do {
		next = mutex_owner(m);
		len += scnprintf(text + len, sizeof(text) - (size_t)len, "%s%s waits for %s",
				 len ? ", " : "", t->name, next->name);
		m = next->blocked_on;
		t = next;
	} while (t != current_thread());
	ASSERT(false, "MX3: deadlock: %s", text);
}

/* [I] Would the wait never end? */
static void assert_no_cycle(const struct mutex *m)
{
	const struct thread *t = mutex_owner(m);

	for (unsigned int links = 0; links < CONFIG_PI_CHAIN_MAX && t; links++) {
		if (unlikely(t == current_thread()))
			report_cycle(m);
		t = t->blocked_on ? mutex_owner(t->blocked_on) : NULL;
	}
}

/* [I] True: the running thread has it now. Else whoever holds it comes by here when it lets go. */
static bool take_or_mark(struct mutex *m)
{
	unsigned long owner = __atomic_load_n(&m->owner, __ATOMIC_RELAXED), wanted;

	do {
		wanted = owner ? owner | MUTEX_WAITERS : (unsigned long)current_thread();
	} while (!__atomic_compare_exchange_n(&m->owner, &owner, wanted, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return !owner;
}

/* [I] */
static void clear_mark_if_last(struct mutex *m)
{
	if (!waiters_first(&m->waiters))
		__atomic_fetch_and(&m->owner, ~MUTEX_WAITERS, __ATOMIC_RELAXED);
}

static void begin_wait(struct mutex *m, struct waiter *w)
{
	struct thread *t = current_thread();

	assert_no_cycle(m);
	w->thread = t;
	w->priority = t->priority;
	w->woken = false;
	waiters_add(&m->waiters, w);
	t->blocked_on = m;
	t->waiter = w;
	rank_mutex(m, mutex_owner(m));
	lend(mutex_owner(m));
}

/* Time is up. True: nobody has handed the mutex over, nor will. */
static bool give_up(struct mutex *m, struct waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&pi_lock);
	bool woken = w->woken;
	struct thread *owner;

	if (!woken) {
		/* As long as the mark is there the holder cannot let go without pi_lock, and keep
		 * what it was lent. */
		owner = mutex_owner(m);
		waiters_remove(&m->waiters, w);
		w->thread->blocked_on = NULL;
		if (rank_mutex(m, owner))
			lend(owner);
		clear_mark_if_last(m);
	}
	spin_unlock(&pi_lock);
	sched_irq_restore(flags);
	return !woken;
}

static __noinline int wait_until(struct mutex *m, struct waiter *w, u64 us)
{
	struct wake_timer timer;

	wake_timer_start(&timer, us);
	do {
		thread_block();
	} while (!waiter_is_woken(w) && !(wake_timer_over(&timer) && give_up(m, w)));
	wake_timer_stop(&timer);
	return waiter_is_woken(w) ? 0 : -ETIMEDOUT;
}

int mutex_lock_slow(struct mutex *m, u64 us)
{
	unsigned long flags = spin_lock_irqsave(&pi_lock);
	struct waiter w;

	if (take_or_mark(m)) {
		spin_unlock_irqrestore(&pi_lock, flags);
		return 0;
	}
	begin_wait(m, &w);
	spin_unlock(&pi_lock);
	sched_irq_restore(flags);
	if (us != WAIT_FOREVER)
		return wait_until(m, &w, us);
	do {
		thread_block();
	} while (unlikely(!waiter_is_woken(&w)));
	return 0;
}

/* ---- handing over ---- */

/* [I] The mutex, which is on the running thread's list, goes to its first waiter. */
static __always_inline void hand_over(struct mutex *m, struct waiter *w)
{
	struct thread *next = w->thread;

	waiters_remove(&m->waiters, w);
	next->blocked_on = NULL;
	if (likely(list_empty(&m->waiters.all))) {
		waiters_remove(&m->held.thread->held, &m->held);
		m->held.thread = NULL;
		__atomic_store_n(&m->owner, (unsigned long)next, __ATOMIC_RELEASE);
		return;
	}
	__atomic_store_n(&m->owner, (unsigned long)next | MUTEX_WAITERS, __ATOMIC_RELEASE);
	if (rank_mutex(m, next))
		lend(next);
}

void mutex_unlock_slow(struct mutex *m)
{
	unsigned long flags = spin_lock_irqsave(&pi_lock);
	struct thread *t = current_thread();
	struct waiter *w = waiters_first(&m->waiters);

	ASSERT(mutex_owner(m) == t, "MX1: %s releases a mutex that %s holds", t->name,
	       mutex_owner(m) ? mutex_owner(m)->name : "nobody");
	if (likely(w)) {
		hand_over(m, w);
		/* It runs, and waits for nobody: a change of its priority goes no further. */
		thread_pass_on(w->thread, &w->woken, due_priority(t), &pi_lock, flags);
		return;
	}
	__atomic_store_n(&m->owner, 0, __ATOMIC_RELEASE);
	lend(t);
	spin_unlock(&pi_lock);
	sched_irq_restore(flags);
}
