/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/cpu.h>
#include <kernel/list.h>
#include <kernel/types.h>
#include <kernel/wait_order.h>
#include <arch/page.h>
#include <arch/thread.h>

/*
 * Threads: each a function with a stack of its own. Priorities are fixed, 0 is the most urgent, and
 * the most urgent thread that is ready runs; those of one priority run in turn. A thread that
 * becomes ready preempts a less urgent one at once.
 *
 * Process context means: a thread, interrupts on, no spinlock held, preemption on.
 */
enum thread_state {
	THREAD_NEW,			/* has never been ready */
	THREAD_READY,			/* on a queue */
	THREAD_MOVING,			/* on its way to a queue, in the hands of one CPU */
	THREAD_RUNNING,			/* a CPU's current one */
	THREAD_BLOCKED,			/* until thread_wake() */
	THREAD_DEAD,			/* has ended, and may still be on its stack */
};

#define THREAD_IDLE_PRIORITY	CONFIG_NR_PRIORITIES

typedef void (*thread_fn)(void *arg);

struct mem_account;
struct mutex;
struct user_thread;
struct waiter;

/* Those who wait, by priority: kernel/wait.h. */
struct waiters {
	struct list_head all, ranks;	/* [o] the guard of what they wait for */
};

#define WAITERS_INIT(name) \
	{ LIST_HEAD_INIT((name).all), LIST_HEAD_INIT((name).ranks) }

/* The letters say what guards a field: docs/locking.md. */
struct thread {
	struct arch_thread context;	/* [K] first: a switch finds it without an addition */
	IF_ENABLED(CONFIG_PROCESSES,
		   struct user_thread *user;	/* [o] NULL: the kernel's own (process/process.h) */
		   bool interrupted;)		/* [a] to leave waits that can be left, and to look
						 * before going back to the program */
	struct list_head ready;		/* [K] place in a queue of its CPU; [N] among the dead that
					 * its payer pays for */
	u8 state;			/* [K*] enum thread_state */
	u8 priority;			/* [K*] that counts */
	u8 base_priority;		/* [c] its own, without what others lend it */
	bool wake_pending;		/* [K] a wake-up that came before the thread blocked */
	bool bound;			/* [K] goes on where it is: preempted, or in a nap */
	bool is_static;			/* [c] struct and stack are in the image */
	bool gone;			/* [N] off its stack for good */
	bool detached;			/* [N] nobody will join it */
	bool reclaims;			/* [o] asks others for memory (mm/page/reclaim.c) */
	u32 cpu;			/* [K*] where it runs, is queued, or ran last */
	int result;			/* [o] of thread_exit() */
	cpumask_t affinity;		/* [K*] CPUs that it may run on */
	u64 turn_at;			/* [K] when its turn began, see slice.c */
	u64 ran_ticks;			/* [K*] CPU time up to the last switch */
	u64 switches;			/* [K*] times that it got a CPU */
	const char *name;		/* [c] */
	thread_fn fn;			/* [c] */
	void *arg;			/* [c] */
	unsigned long stack_start, stack_end;	/* [c] */
	struct waiters held;		/* [I] mutexes that it holds and others wait for */
	struct mutex *blocked_on;	/* [I] */
	struct waiter *waiter;		/* [I] of that */
	IF_ENABLED(CONFIG_WAIT_ORDER, struct wait_held waits;)	/* [o] locks that wait */
	struct list_head all;		/* [N] of all threads, or of the dead */
	struct thread *joiner;		/* [N] waits in thread_join() */
	struct mem_account *account;	/* [K] who pays for what it takes; NULL: the kernel's */
	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   struct mem_account *payer;)	/* [c] who pays for its stack; NULL: the kernel's */
};

/*
 * Threads of the image: THREAD_DEFINE(name, fn, arg, priority, stack bytes) at file level. Boot
 * makes them ready behind the init calls, in link order. Each costs its stack, in whole pages, and
 * a guard page of the image, which the plan counts. Their struct is name.
 */
struct static_thread {			/* scripts/target-image.py reads it for the plan */
	struct thread *thread;
	void *guard;
	unsigned long stack_bytes;
	const char *name;
	const struct mem_account *account;
	unsigned long priority;
};
extern const struct static_thread __threads_start[], __threads_end[];

#define THREAD_DEFINE(_name, _fn, _arg, _priority, _stack) \
	THREAD_DEFINE_IN(_name, _fn, _arg, _priority, _stack, NULL)
/* The same, and what it takes is charged to that account (mm/account.h); NULL: the kernel's. */
#define THREAD_DEFINE_IN(_name, _fn, _arg, _priority, _stack, _account) \
	BUILD_ASSERT((_priority) >= 0 && (_priority) < CONFIG_NR_PRIORITIES, \
		     "the priority of " #_name " is below CONFIG_NR_PRIORITIES"); \
	static char _name##_stack[PAGE_SIZE + THREAD_STACK_BYTES(_stack)] \
		__aligned(PAGE_SIZE) __section(".bss..page_aligned"); \
	static struct thread _name = { \
		.name = #_name, .fn = _fn, .arg = _arg, .priority = _priority, \
		.base_priority = _priority, .is_static = true, .affinity = ~(cpumask_t)0, \
		.held = WAITERS_INIT(_name.held), .account = _account, \
	}; \
	static const struct static_thread __thread_##_name __used __section(".threads") \
		__aligned(8) = { &_name, _name##_stack, THREAD_STACK_BYTES(_stack), #_name, \
				 _account, _priority }

#define THREAD_STACK_BYTES(bytes)	(((bytes) + PAGE_SIZE - 1) & PAGE_MASK)
#define THREAD_STACK_DEFAULT		(1ul << CONFIG_STACK_SHIFT)

/*
 * A new thread, which is ready and may have run when this returns. NULL: no memory. name is kept,
 * not copied. stack_bytes 0: 2^STACK_SHIFT. affinity 0: any CPU. Process context. It is the
 * caller's to join or to detach, once.
 */
struct thread_params {
	const char *name;
	thread_fn fn;
	void *arg;
	unsigned int priority;
	size_t stack_bytes;
	cpumask_t affinity;
	/* What stays at the end of the stack, and what the thread has in user: of a program. */
	const void *frame;
	size_t frame_bytes;
	struct user_thread *user;
	struct thread **made;		/* NULL, or gets the thread before it runs */
	struct mem_account *account;	/* mm/account.h; NULL: the caller's */
};
struct thread *thread_create(const struct thread_params *params) __must_check;

/* Ends the running thread; returning from its function does the same, with 0. */
__noreturn void thread_exit(int result);

/* Waits until the thread has ended, frees it, and returns its result. Process context. */
int thread_join(struct thread *t);
/* The thread's memory goes when it ends, without a join. Any context. */
void thread_detach(struct thread *t);

/*
 * The two halves of every wait. thread_block() waits until somebody calls thread_wake() for the
 * running thread, and returns at once when a call came since its last return. What is waited for is
 * looked at again by the caller, since wake-ups may be for an earlier wait. thread_wake(): any
 * context; the struct is there until it returns.
 */
void thread_block(void);
void thread_wake(struct thread *t);

/* Others of the same priority run first. Process context. */
void thread_yield(void);

/*
 * The CPUs that the thread may be on, from now on. The running thread is on one of them when this
 * returns; one that is ready moves at once, one that runs or was preempted, when it waits next.
 * -EINVAL: none of them is online, nothing is changed. Process context; the struct is there until
 * this returns.
 */
int thread_set_affinity(struct thread *t, cpumask_t cpus) __must_check;

/* CPU time of a thread, up to now if it is the running one. Any context. */
u64 thread_ticks(const struct thread *t);

/* A word for a state: "ready". */
const char *thread_state_name(unsigned int state);

/*
 * What ps prints of one thread, of one moment.
 * Threads come in the order of their making: index 0, 1, ... until false. Any context.
 */
struct thread_snapshot {
	char name[24];
	unsigned long id;		/* another than that of any thread that is there */
	unsigned int state, priority, cpu;
	bool idle, bound;		/* bound: ready, and goes on where it is */
	cpumask_t affinity;
	u64 ran_ticks, switches;
	unsigned long stack_bytes;
};
bool thread_snapshot(unsigned int index, struct thread_snapshot *s);

/*
 * The most that the thread has used of its stack since it was made, in bytes; 0: not known, or the
 * thread is gone. Reads the stack in short parts. Process context, CONFIG_DEBUG_STACK_USAGE.
 */
unsigned long thread_stack_used(unsigned int index);

/* All CPUs together, of one moment for each; what runs is counted up to now. */
struct sched_snapshot {
	u64 switches, made;		/* since boot */
	unsigned int running, ready, blocked;
};
void sched_snapshot(struct sched_snapshot *s);

/* Ticks for which the CPU was online, and of them those with nothing to do. */
void sched_cpu_ticks(unsigned int cpu, u64 *online, u64 *idle);

#endif /* KERNEL_THREAD_H */
