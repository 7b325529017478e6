/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/compiler.h>
#include <kernel/latency.h>
#include <kernel/types.h>

/* What the rest of the kernel knows of the scheduler, with CONFIG_THREADS or without. */
#if defined(CONFIG_THREADS)

#include <kernel/spinlock.h>
#include <kernel/thread.h>
#include <mm/account_fast.h>

/* First in struct run_queue: what reading costs is an add and a load. */
struct current_cpu {
	struct thread *current;		/* [K*] */
	u32 preempt_off;		/* [P] of the running thread: how often preemption is off */
	bool in_interrupt;		/* [P] */
	bool idle;			/* [P] the running thread is the idle one */
	bool resched;			/* [K*] a more urgent thread is ready */
	bool none;			/* [c] fills the word, so that one load takes all */
};
DECLARE_PER_CPU(struct run_queue, run_queue);

static __always_inline struct current_cpu *current_cpu(void)
{
	return (struct current_cpu *)(void *)this_cpu_ptr(&run_queue);
}

/* The running thread; in an interrupt the one that it came into. NULL before sched_init(). */
static __always_inline struct thread *current_thread(void)
{
	return current_cpu()->current;
}

static __always_inline bool threads_run(void)
{
	return current_thread() != NULL;
}

/* Boot: what runs becomes a thread, and the CPU gets an idle one. */
void sched_init(void);
/* Boot: the image's threads are ready. */
void sched_start_threads(void);

/* The arch calls these around each interrupt, interrupts off: on the way out a thread may be
 * preempted. */
static __always_inline void sched_irq_enter(void)
{
	current_cpu()->in_interrupt = true;
	account_irq_enter();
}
void sched_irq_exit(void);

/* Between the two the running thread keeps its CPU. They nest. */
static __always_inline void preempt_disable(void)
{
	if (IS_ENABLED(CONFIG_LATENCY_TRACE) && !current_cpu()->preempt_off)
		latency_begin(LATENCY_PREEMPT_OFF);
	current_cpu()->preempt_off++;
	barrier();
}
void preempt_enable(void);

/* cpu_idle(): the running thread sleeps, and goes on where it is; the CPU waits where no thread may
 * block. */
void sched_nap(u64 us);

/* thread_wake() with interrupts off, for whoever calls sched_irq_restore() afterwards and holds no
 * lock then: there the more urgent thread runs. */
void thread_wake_later(struct thread *t);
/* The same, and sets *woken when nothing of the thread's is touched any more but under rq->lock. */
void thread_wake_waiter(struct thread *t, bool *woken);
/* The same, with sched_irq_restore() in it. 1, for callers that end with it. */
long thread_wake_restore(struct thread *t, bool *woken, unsigned long flags);
/* The same, and the running thread's priority is another one from now on. The lock, which orders
 * who lends priorities, is released when both are done, and before a more urgent thread runs. */
void thread_pass_on(struct thread *t, bool *woken, unsigned int priority, spinlock_t *held,
		    unsigned long flags);
/* thread_block() with interrupts off; flags: those of the caller. */
void thread_block_restore(unsigned long flags);
/*
 * The same for a thread whose only CPU this is: it becomes ready when the CPU looks for its next
 * thread, which is soon. True, for callers that end with it.
 */
bool thread_wake_here(struct thread *t, unsigned long flags);
void sched_irq_restore(unsigned long flags);
/* Another priority than its base one, and back. Interrupts off, as above. */
void thread_set_priority(struct thread *t, unsigned int priority);

/* An idle CPU, each time that it has looked around, interrupts on. */
void sched_idle(void);

/* The CPU's context of boot, whose stack goes on as that of the CPU's idle thread. */
void sched_adopt_idle(void);

/* All CPUs stand still: may this one go? Then its threads have gone to others. */
bool sched_leave_cpu(unsigned int cpu) __must_check;

/* The CPU is to go offline, or is not after all: threads that wait or yield there go elsewhere. */
void sched_vacate_cpu(unsigned int cpu, bool leaves);
/* The name of the thread that runs there; of a moment that is gone. */
const char *sched_cpu_keeper(unsigned int cpu);

/* Adds a line to a report: which thread it was. */
void show_current_thread(void);

/* NULL, or a rule of the scheduler's that is broken. All CPUs stand still. */
const char *sched_validate(void);

#else /* !CONFIG_THREADS */

static inline void sched_irq_enter(void)
{
}

static inline void sched_irq_exit(void)
{
}

static inline void preempt_disable(void)
{
}

static inline void preempt_enable(void)
{
}

static inline bool threads_run(void)
{
	return false;
}

static inline void sched_nap(u64 us)
{
	(void)us;
}

static inline void sched_idle(void)
{
}

static inline void sched_adopt_idle(void)
{
}

static inline void sched_vacate_cpu(unsigned int cpu, bool leaves)
{
	(void)cpu;
	(void)leaves;
}

static inline const char *sched_cpu_keeper(unsigned int cpu)
{
	(void)cpu;
	return "";
}

static inline bool sched_leave_cpu(unsigned int cpu)
{
	(void)cpu;
	return true;
}

static inline void show_current_thread(void)
{
}

static inline const char *sched_validate(void)
{
	return NULL;
}

#endif /* CONFIG_THREADS */
#endif /* KERNEL_SCHED_H */
