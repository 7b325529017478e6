/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: threads come and go: those of the image, those that are made, and each CPU's idle one.
 *
 * Structure: a thread that is made has its struct from a cache and its stack from the vmalloc
 * window, above a page that is never mapped. What boot runs becomes the thread "shell"; what
 * another CPU runs when it starts becomes its idle thread.
 *
 * A thread cannot free what it stands on. It leaves its CPU for good, the thread that follows it
 * says so (thread_gone()), and only then whoever joins it, or for one that is detached the next
 * thread_create() or an idle CPU, gives its memory back, the oldest first. A new thread has that of
 * the last one whose memory the same account pays for, if it can: threads of an account that come
 * one after the other take it once, however many of another account have ended before them.
 *
 * Invariants:
 * ST1 A thread's memory is freed once, and not before another thread has taken over its CPU.
 * ST2 A thread is joined or detached at most once.
 * ST3 A stack was not left: the word at its lowest address is as it was made (validated).
 *
 * Locking: threads_lock for the list of all threads and for who joins whom; rq->lock is taken
 * inside.
 *
 * Bounds: thread_create() frees at most REAP_MOST threads.
 *
 * Configuration: STACK_SHIFT, the size of a stack of which nothing is said.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/percpu.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/account.h>
#include <mm/slab.h>
#include <mm/stack.h>
#include <mm/user_page.h>
#include <arch/cpu.h>
#include <arch/irq.h>

#include "internal.h"

#define REAP_MOST	2u

DEFINE_SPINLOCK(threads_lock, LOCK_THREADS);
struct list_head all_threads = LIST_HEAD_INIT(all_threads);		/* [N] */
static struct list_head dead_threads = LIST_HEAD_INIT(dead_threads);	/* [N] the oldest first */
static struct list_head kernels_dead;					/* [N] zero: none yet */

static struct thread shell_thread = {					/* [f] */
	.name = "shell", .state = THREAD_RUNNING, .priority = CONFIG_SHELL_PRIORITY,
	.base_priority = CONFIG_SHELL_PRIORITY, .is_static = true, .affinity = cpumask_of(0),
	.held = WAITERS_INIT(shell_thread.held),
};
static DEFINE_PER_CPU(struct thread, idle_thread);			/* [f] */

u64 threads_made, switches_of_gone;	/* [N] */
u64 sched_began_at;			/* [c] */

static void list_thread(struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&threads_lock);

	threads_made++;
	list_add_tail(&t->all, &all_threads);
	spin_unlock_irqrestore(&threads_lock, flags);
}

/* At the end of the stack frame_bytes stay, above what the thread uses. */
static void prepare(struct thread *t, unsigned long start, unsigned long end, size_t frame_bytes)
{
	t->stack_start = start;
	t->stack_end = end;
	arch_thread_prepare(&t->context, start, end - frame_bytes, thread_begin);
}

/* ---- boot ---- */

static void make_idle(unsigned int cpu)
{
	struct thread *t = per_cpu_ptr(&idle_thread, cpu);

	t->name = "idle";
	t->priority = t->base_priority = THREAD_IDLE_PRIORITY;
	t->is_static = true;
	t->affinity = cpumask_of(cpu);
	t->cpu = cpu;
	run_queue_of(cpu)->idle = t;
	list_thread(t);
}

__noreturn static void idle_loop(void *unused)
{
	(void)unused;
	for (;;) {
		/* What comes between the look and the nap is pending and ends the nap. */
		arch_local_irq_disable();
		arch_wait_for_interrupt();
		arch_local_irq_enable();
		sched_idle();
	}
}

void __init sched_init(void)
{
	struct thread *idle = this_cpu_ptr(&idle_thread);
	unsigned long stack = stack_alloc(THREAD_STACK_DEFAULT, cpu_descs[0].nid);

	ASSERT(stack, "no memory for the stack of CPU 0's idle thread");
	run_queue_init(0, &shell_thread);
	make_idle(0);
	prepare(idle, stack, stack + THREAD_STACK_DEFAULT, 0);
	idle->state = THREAD_READY;
	idle->fn = idle_loop;
	arch_thread_adopt(&shell_thread.context, 0);
	list_thread(&shell_thread);
	sched_began_at = this_run_queue()->switched_at = arch_thread_clock();
}

void __init sched_start_threads(void)
{
	for (const struct static_thread *s = __threads_start; s < __threads_end; s++) {
		unsigned long start = (unsigned long)s->guard + PAGE_SIZE;

		arch_guard_page(s->guard);
		prepare(s->thread, start, start + s->stack_bytes, 0);
		list_thread(s->thread);
		thread_wake(s->thread);
	}
}

#if defined(CONFIG_SMP)
static int prepare_queue(unsigned int cpu)
{
	if (!run_queue_of(cpu)->idle) {
		run_queue_init(cpu, per_cpu_ptr(&idle_thread, cpu));
		make_idle(cpu);
	}
	return 0;
}

CPU_HOOKS(sched, .prepare = prepare_queue);

void sched_adopt_idle(void)
{
	struct run_queue *rq = this_run_queue();
	struct thread *t = this_cpu_ptr(&idle_thread);

	t->state = THREAD_RUNNING;
	arch_thread_adopt(&t->context, t->cpu);
	rq->now = (struct current_cpu){ .current = t };
	note_idle(rq, true);
	rq->switched_at = arch_thread_clock();
	/* A CPU that comes for the first time was offline from the beginning. */
	rq->offline_ticks += rq->switched_at - (rq->left_at ? rq->left_at : sched_began_at);
	rq->left_at = 0;
}
#endif

void sched_idle(void)
{
	pull_thread();
	reap_threads(1);
	IF_ENABLED(CONFIG_PROCESSES,
		   while (user_pages_clear_one() && !READ_ONCE(current_cpu()->resched));)
}

/* ---- threads that are made ---- */

static DEFINE_KMEM_CACHE(thread_cache, "thread", sizeof(struct thread), 0, 0);	/* [f] */

/* Those that have ended and that the account pays for, the latest first; NULL: the kernel's. [N] */
static struct list_head *dead_of(struct mem_account *payer)
{
	struct list_head *dead = &kernels_dead;

	(void)payer;
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, if (payer) dead = &payer->dead_threads;)
	if (!dead->next)
		INIT_LIST_HEAD(dead);
	return dead;
}

/* [N] */
static void del_dead(struct thread *t)
{
	list_del(&t->all);
	list_del(&t->ready);
}

/* One that has ended, whose struct and stack a new one can have; NULL: the last one has another
 * stack, or there is none that the account pays for. */
static struct thread *take_dead(size_t bytes, struct mem_account *account)
{
	struct thread *t = NULL;
	unsigned long flags;

	if (READ_ONCE(dead_threads.next) == &dead_threads)
		return NULL;
	flags = spin_lock_irqsave(&threads_lock);
	if (!list_empty(dead_of(account))) {
		t = list_first_entry(dead_of(account), struct thread, ready);
		if (t->stack_end - t->stack_start == bytes)
			del_dead(t);
		else
			t = NULL;
	}
	spin_unlock_irqrestore(&threads_lock, flags);
	return t;
}

/* With a stack, and nothing else; NULL: no memory. */
static struct thread *thread_alloc(size_t bytes, struct mem_account *account)
{
	struct thread *t = take_dead(bytes, account);

	if (t)
		return t;
	t = kmem_cache_alloc(&thread_cache, GFP_KERNEL | __GFP_NOWARN);
	if (!t)
		return NULL;
	t->stack_start = stack_alloc(bytes, -1);
	if (t->stack_start)
		return t;
	kmem_cache_free(&thread_cache, t);
	return NULL;
}

static struct thread *make_thread(const struct thread_params *params, size_t bytes)
{
	struct mem_account *account = NULL;
	unsigned long stack;
	struct thread *t;

	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   if (current_account() != &kernel_account) account = current_account();)
	t = thread_alloc(bytes, account);
	if (!t)
		return NULL;
	stack = t->stack_start;
	*t = (struct thread){
		.name = params->name, .fn = params->fn, .arg = params->arg,
		.priority = (u8)params->priority, .base_priority = (u8)params->priority,
		.affinity = params->affinity ? params->affinity : ~(cpumask_t)0,
		.account = account,
	};
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, t->payer = account;)
	INIT_LIST_HEAD(&t->held.all);
	INIT_LIST_HEAD(&t->held.ranks);
	t->cpu = choose_cpu(t);
	prepare(t, stack, stack + bytes, params->frame_bytes);
	if (params->frame_bytes)
		memcpy((void *)(t->stack_end - params->frame_bytes), params->frame,
		       params->frame_bytes);
	IF_ENABLED(CONFIG_PROCESSES,
		   t->user = params->user;
		   if (t->user)
			arch_user_unseen(&t->context);)
	return t;
}

struct thread *thread_create(const struct thread_params *params)
{
	size_t bytes = THREAD_STACK_BYTES(params->stack_bytes ? params->stack_bytes :
					  THREAD_STACK_DEFAULT);
	struct mem_account *before = NULL;
	struct thread *t;

	ASSERT(params->priority < CONFIG_NR_PRIORITIES, "thread %s: priority %u of %u",
	       params->name, params->priority, CONFIG_NR_PRIORITIES);
	if (params->account)
		before = account_enter(params->account);
	t = make_thread(params, bytes);
	if (before)
		account_enter(before);
	reap_threads(REAP_MOST);
	if (!t)
		return NULL;
	if (params->made)
		*params->made = t;
	list_thread(t);
	thread_wake(t);
	return t;
}

static void free_thread(struct thread *t)
{
	if (t->is_static)
		return;
	stack_free(t->stack_start);
	kmem_cache_free(&thread_cache, t);
}

/* [N] */
static void give_back(struct thread *t)
{
	struct mem_account *payer = NULL;

	if (t->is_static)
		return;
	list_add_tail(&t->all, &dead_threads);
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, payer = t->payer;)
	list_add(&t->ready, dead_of(payer));
}

void thread_gone(struct thread *t)
{
	spin_lock(&threads_lock);
	list_del(&t->all);
	switches_of_gone += t->switches;
	t->gone = true;
	if (t->detached)
		give_back(t);
	else if (t->joiner)
		thread_wake(t->joiner);
	spin_unlock(&threads_lock);
}

int thread_join(struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&threads_lock);
	int result;

	ASSERT(!t->joiner && !t->detached, "ST2: a second join, or a join of a detached thread");
	t->joiner = current_thread();
	while (!t->gone) {
		spin_unlock_irqrestore(&threads_lock, flags);
		thread_block();
		flags = spin_lock_irqsave(&threads_lock);
	}
	spin_unlock_irqrestore(&threads_lock, flags);
	result = t->result;
	free_thread(t);
	return result;
}

void thread_detach(struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&threads_lock);

	ASSERT(!t->joiner && !t->detached, "ST2: detach of a thread that is joined or detached");
	t->detached = true;
	if (t->gone)
		give_back(t);
	spin_unlock_irqrestore(&threads_lock, flags);
}

void reap_threads(unsigned int most)
{
	while (most-- && READ_ONCE(dead_threads.next) != &dead_threads) {
		unsigned long flags = spin_lock_irqsave(&threads_lock);
		struct thread *t = NULL;

		if (!list_empty(&dead_threads)) {
			t = list_first_entry(&dead_threads, struct thread, all);
			del_dead(t);
		}
		spin_unlock_irqrestore(&threads_lock, flags);
		if (t)
			free_thread(t);
	}
}
