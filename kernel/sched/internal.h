/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SCHED_INTERNAL_H
#define KERNEL_SCHED_INTERNAL_H

/* What the files of kernel/sched/ share and nobody else may include, grouped by owning file. */

#include <kernel/bitops.h>
#include <kernel/list.h>
#include <kernel/sched.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>
#include <kernel/timer.h>

/* ---- sched.c ---- */

/* The letters say what guards a field: docs/locking.md. */
struct run_queue {
	struct current_cpu now;			/* [f] first: kernel/sched.h */
	spinlock_t lock;
	u64 ready_bits;				/* [K*] bit p: ready[p] is not empty */
	struct thread *idle;			/* [c] */
	bool slice_armed;			/* [K] */
	bool turn_over;				/* [K] of the current thread */
	u32 cpu;				/* [c] */
	u32 stays;				/* [K*] cpu; while it leaves, none that there is */
	u32 naps;				/* [P] threads that sleep and are to go on here */
	struct timer slice;			/* [f] */
	cpumask_t near;				/* [c] CPUs of the same node */
	struct thread *ended;			/* [K] left this CPU for good a moment ago */
	struct thread *late;			/* [P] ready with the next switch; resched is set */
	u64 switched_at;			/* [K] when the current thread got the CPU */
	u64 offline_ticks, left_at;		/* [K] for so long it was offline; since when */
	struct list_head ready[CONFIG_NR_PRIORITIES];	/* [K] */
};

#define NO_CPU		(~0u)

static __always_inline struct run_queue *run_queue_of(unsigned int cpu)
{
	return per_cpu_ptr(&run_queue, cpu);
}

static __always_inline struct run_queue *this_run_queue(void)
{
	return this_cpu_ptr(&run_queue);
}

static inline bool is_idle_thread(const struct thread *t)
{
	return t->priority == THREAD_IDLE_PRIORITY;
}

/*
 * [K] of the old CPU. Whoever then finds the new CPU finds what was written before, too: that CPU's
 * lock, which it takes, has not been held by whoever moves the thread.
 */
static __always_inline void set_cpu_of(struct thread *t, unsigned int cpu)
{
	arch_thread_moves(&t->context);
	__atomic_store_n(&t->cpu, cpu, __ATOMIC_RELEASE);
}

/* The lock of the queue that the thread belongs to. Interrupts off. */
static __always_inline struct run_queue *lock_queue_of(struct thread *t)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct run_queue *rq = run_queue_of(cpu);

		spin_lock(&rq->lock);
		if (!IS_ENABLED(CONFIG_SMP) ||
		    likely(__atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE) == cpu))
			return rq;
		spin_unlock(&rq->lock);
	}
}

/* [K] On or off the queue of its priority. */
static __always_inline void queue_add(struct run_queue *rq, struct thread *t, bool first)
{
	unsigned long priority = t->priority;
	struct list_head *queue = &rq->ready[priority];

	/* Else its address is made twice. */
	OPTIMIZER_HIDE_VAR(queue);
	WRITE_RELAXED(rq->ready_bits, rq->ready_bits | 1ull << priority);
	if (first)
		list_add(&t->ready, queue);
	else
		list_add_tail(&t->ready, queue);
}

static __always_inline void queue_remove_from(struct run_queue *rq, struct thread *t,
					      unsigned int priority)
{
	list_del(&t->ready);
	if (list_is_only(&t->ready))
		WRITE_RELAXED(rq->ready_bits, rq->ready_bits & ~(1ull << priority));
}

/* [K] The first one of the most urgent queue; bits: rq->ready_bits. True: it was alone there. */
static __always_inline bool queue_remove_first(struct run_queue *rq, struct thread *t, u64 bits)
{
	struct list_head *prev = t->ready.prev, *next = t->ready.next;

	next->prev = prev;
	WRITE_RELAXED(prev->next, next);
	if (likely(prev == next))
		WRITE_RELAXED(rq->ready_bits, bits & (bits - 1));
	return prev == next;
}

static __always_inline void queue_remove(struct run_queue *rq, struct thread *t)
{
	queue_remove_from(rq, t, t->priority);
}

static __always_inline unsigned int most_urgent(u64 bits)
{
	return CONFIG_NR_PRIORITIES <= 32 ? ctz32((u32)bits) : ctz64(bits);
}

/* [K] of this CPU, whose current thread is to be preempted, is held and released. Interrupts
 * off. */
void preempt_locked(struct run_queue *rq);
/* Is the first thing that a new thread calls. */
void thread_begin(void);
/* For a CPU before its first thread. */
void run_queue_init(unsigned int cpu, struct thread *first);

/* ---- wake.c ---- */

/* [K] Gives the thread, which is on no queue, to this one; its CPU looks at it soon. */
void queue_ready(struct run_queue *rq, struct thread *t, unsigned int cpu);

/* ---- slice.c ---- */

/* [K] Others of the current thread's priority are ready: its turn is to end. */
void slice_begin(struct run_queue *rq);
/* The timer of that. */
void slice_over(struct timer *timer);

/* ---- place.c ---- */

#if defined(CONFIG_SMP)
/* CPUs whose idle thread runs. */
extern cpumask_t idle_cpus, leaving_cpus;
unsigned int choose_other_cpu(const struct thread *t);
/* Is a thread that becomes ready to run where it ran last? Interrupts off. */
static __always_inline bool stays_on_cpu(const struct thread *t)
{
	cpumask_t last = cpumask_of(t->cpu);
	cpumask_t idle = t->affinity & __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED);
	cpumask_t may = t->affinity & ~__atomic_load_n(&leaving_cpus, __ATOMIC_RELAXED);

	return likely(t->bound || ((!idle || idle & last) && may & cpus_online() & last));
}
/* The same of one that ran on this CPU last, which stays; false: not known. */
static __always_inline bool stays_here(const struct thread *t, unsigned int cpu)
{
	return likely(!__atomic_load_n(&idle_cpus, __ATOMIC_RELAXED)) &&
	       likely(t->affinity >> cpu & 1);
}
/* The CPU on which it is to run. Interrupts off. */
static __always_inline unsigned int choose_cpu(const struct thread *t)
{
	return stays_on_cpu(t) ? t->cpu : choose_other_cpu(t);
}
static __always_inline void mark_idle(const struct run_queue *rq, bool idle)
{
	if (idle)
		__atomic_fetch_or(&idle_cpus, cpumask_of(rq->cpu), __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&idle_cpus, ~cpumask_of(rq->cpu), __ATOMIC_RELAXED);
}
/* Does the CPU go offline soon? Threads that let go of it go elsewhere. */
bool is_leaving(unsigned int cpu);
/* An idle CPU looks at each other queue once for a thread that may come over. */
void pull_thread(void);
#else
static inline bool stays_on_cpu(const struct thread *t)
{
	(void)t;
	return true;
}
static inline bool stays_here(const struct thread *t, unsigned int cpu)
{
	(void)t;
	(void)cpu;
	return true;
}
static inline unsigned int choose_cpu(const struct thread *t)
{
	(void)t;
	return 0;
}
static inline void mark_idle(const struct run_queue *rq, bool idle)
{
	(void)rq;
	(void)idle;
}
static inline void pull_thread(void)
{
}
static inline bool is_leaving(unsigned int cpu)
{
	(void)cpu;
	return false;
}
#endif

/* [K] The CPU's idle thread runs from now on, or no longer. */
static __always_inline void note_idle(struct run_queue *rq, bool idle)
{
	rq->now.idle = idle;
	mark_idle(rq, idle);
}

/* ---- thread.c ---- */

/* [N] Threads made since boot, and the switches to those that are gone. */
extern u64 threads_made, switches_of_gone;
extern u64 sched_began_at;		/* [c] the tick from which on threads run */

/* All threads, the image's first; threads_lock guards it. */
extern struct list_head all_threads;
extern spinlock_t threads_lock;
/* The thread, which has ended, is off its stack. Interrupts off, no lock held. */
void thread_gone(struct thread *t);
/* Frees at most so many of the threads that have ended and whom nobody joins. Process context. */
void reap_threads(unsigned int most);

#endif /* KERNEL_SCHED_INTERNAL_H */
