/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads on this CPU: from one to another, and from nothing to the end of one. A figure is one
 * way: what both threads of a pair do is halved.
 */
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <arch/irq.h>

#include "internal.h"

#define ROUNDS		2000u

/* [t] The other thread of a pair, and what it does each time that it is let. */
struct pair {
	struct thread *main, *other;
	void (*step)(struct pair *p);
	bool end;
};

static struct completion to_main = COMPLETION_INIT(to_main);	/* [t] */
static struct completion to_other = COMPLETION_INIT(to_other);	/* [t] */

static void other_main(void *arg)
{
	struct pair *p = arg;

	while (!READ_ONCE(p->end))
		p->step(p);
}

static struct thread *thread_here(const char *name, thread_fn fn, void *arg, unsigned int priority)
{
	return thread_create(&(struct thread_params){
		.name = name, .fn = fn, .arg = arg, .priority = priority,
		.affinity = cpumask_of(smp_processor_id()),
	});
}

/* Both ways together take main one step; the longest is a half of the longest both. */
static void bench_steps(struct bench *b, struct pair *p, const char *work,
			void (*main_step)(struct pair *p))
{
	u64 total, most = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 start = arch_instret(), took;

		main_step(p);
		took = arch_instret() - start;
		if (i >= BENCH_WARM_UPS && took > most)
			most = took;
	}
	total = arch_instret();
	for (unsigned int i = 0; i < ROUNDS; i++)
		main_step(p);
	total = arch_instret() - total;
	bench_mean_max(b, work, total, 2ull * ROUNDS, most / 2);
}

static void run_pair(struct bench *b, const char *work, void (*other_step)(struct pair *p),
		     void (*main_step)(struct pair *p), unsigned int priority)
{
	struct pair p = { .main = current_thread(), .step = other_step };

	p.other = thread_here("bench", other_main, &p, priority);
	if (!p.other) {
		bench_skip(b, work, "no memory");
		return;
	}
	thread_yield();
	bench_steps(b, &p, work, main_step);
	WRITE_ONCE(p.end, true);
	thread_wake(p.other);
	complete(&to_other);
	thread_join(p.other);
}

static void yield_step(struct pair *p)
{
	(void)p;
	thread_yield();
}

static void wake_main(struct pair *p)
{
	thread_block();
	thread_wake(p->main);
}

static void wake_other(struct pair *p)
{
	thread_wake(p->other);
	thread_block();
}

static void complete_main(struct pair *p)
{
	wait_for_completion(&to_other);
	if (!READ_ONCE(p->end))
		complete(&to_main);
}

static void complete_other(struct pair *p)
{
	(void)p;
	complete(&to_other);
	wait_for_completion(&to_main);
}

/*
 * The mutex goes to whoever waits, with the priority lent and given back: the whole round, and from
 * the holder's unlock to the waiter's first instruction with the mutex.
 */
static DEFINE_MUTEX(contended);		/* [f] */
static struct {
	u64 from, sum, most, count;
} handover;				/* [t] */

static void pass_back(struct pair *p)
{
	u64 took;

	(void)p;
	mutex_lock(&contended);
	took = arch_instret() - handover.from;
	/* The first rounds find nobody who holds it. */
	if (++handover.count > BENCH_WARM_UPS) {
		handover.sum += took;
		handover.most = max(handover.most, took);
	}
	mutex_unlock(&contended);
	thread_block();
}

/* The other, more urgent one comes to wait, and gets the mutex. */
static void pass_on(struct pair *p)
{
	mutex_lock(&contended);
	thread_wake(p->other);
	handover.from = arch_instret();
	mutex_unlock(&contended);
}

static void bench_handover(struct bench *b)
{
	char work[BENCH_NAME];
	bool wanted = bench_wanted(b, work, sizeof(work), "lock mutex_contended") ||
		      bench_wanted(b, work, sizeof(work), "lock mutex_handover");

	if (!wanted)
		return;
	handover.sum = handover.most = handover.count = 0;
	run_pair(b, "lock mutex_contended", pass_back, pass_on, CONFIG_SHELL_PRIORITY - 1);
	if (bench_wanted(b, work, sizeof(work), "lock mutex_handover") &&
	    handover.count > BENCH_WARM_UPS)
		bench_mean_max(b, work, handover.sum, handover.count - BENCH_WARM_UPS,
			       handover.most);
}

static DEFINE_MUTEX(free_mutex);	/* [f] */

static void bench_lock(struct bench *b, const char *work, unsigned int which)
{
	static DEFINE_SPINLOCK(lock, LOCK_STRESS_BOX);
	unsigned long flags = arch_local_irq_save();
	u64 total = arch_instret();

	if (which == 2)
		arch_local_irq_restore(flags);
	for (unsigned int i = 0; i < BENCH_PAIRS; i++) {
		unsigned long inner;

		switch (which) {
		case 0:
			spin_lock(&lock);
			spin_unlock(&lock);
			break;
		case 1:
			inner = spin_lock_irqsave(&lock);
			spin_unlock_irqrestore(&lock, inner);
			break;
		default:
			mutex_lock(&free_mutex);
			mutex_unlock(&free_mutex);
		}
	}
	total = arch_instret() - total;
	arch_local_irq_restore(flags);
	bench_pair(b, work, total, BENCH_PAIRS);
}

static void nothing(void *arg)
{
	*(bool *)arg = true;
}

/* The other thread is less urgent, and runs when this one waits for its end. */
static bool create_once(u64 *create, u64 *all)
{
	bool ran = false;
	u64 start = arch_instret();
	struct thread *t = thread_here("bench", nothing, &ran, CONFIG_SHELL_PRIORITY);

	*create = arch_instret() - start;
	if (!t)
		return false;
	thread_join(t);
	*all = arch_instret() - start;
	return ran;
}

static void bench_create(struct bench *b)
{
	u64 create, all, creates = 0, alls = 0, most_create = 0, most_all = 0;
	char work[BENCH_NAME];

	for (unsigned int i = 0; i < ROUNDS + BENCH_WARM_UPS; i++) {
		if (!create_once(&create, &all)) {
			bench_skip(b, "thread create", "no memory");
			return;
		}
		if (i < BENCH_WARM_UPS)
			continue;
		creates += create;
		alls += all;
		most_create = max(most_create, create);
		most_all = max(most_all, all);
	}
	if (bench_wanted(b, work, sizeof(work), "thread create"))
		bench_mean_max(b, work, creates, ROUNDS, most_create);
	if (bench_wanted(b, work, sizeof(work), "thread create_end"))
		bench_mean_max(b, work, alls, ROUNDS, most_all);
}

static void bench_threads(struct bench *b)
{
	char work[BENCH_NAME];

	if (bench_wanted(b, work, sizeof(work), "thread yield"))
		run_pair(b, work, yield_step, yield_step, CONFIG_SHELL_PRIORITY);
	if (bench_wanted(b, work, sizeof(work), "thread wake"))
		run_pair(b, work, wake_main, wake_other, CONFIG_SHELL_PRIORITY);
	init_completion(&to_main);
	init_completion(&to_other);
	if (bench_wanted(b, work, sizeof(work), "thread completion"))
		run_pair(b, work, complete_main, complete_other, CONFIG_SHELL_PRIORITY);
	if (bench_wanted(b, work, sizeof(work), "lock spin"))
		bench_lock(b, work, 0);
	if (bench_wanted(b, work, sizeof(work), "lock spin_irqsave"))
		bench_lock(b, work, 1);
	if (bench_wanted(b, work, sizeof(work), "lock mutex"))
		bench_lock(b, work, 2);
	bench_handover(b);
	if (bench_wanted(b, work, sizeof(work), "thread create") ||
	    bench_wanted(b, work, sizeof(work), "thread create_end"))
		bench_create(b);
}

BENCH_GROUP(threads, bench_threads);
