/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of waiting: threads of all priorities wait on one queue, a priority is lent along
 * the longest chain there is, and all sleepers of an interrupt wake up at the same tick. The
 * threads belong to different accounts, so that a switch changes what a CPU has of both.
 */
#include <kernel/math.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/thread_bounds.h>
#include <kernel/time.h>
#include <kernel/workqueue.h>
#include <mm/account.h>
#include <mm/slab.h>
#include <arch/irq.h>

#include "bounds.h"

#define ROUNDS		20u
#define LEAST		(CONFIG_NR_PRIORITIES - 1u)
#define MINE		CONFIG_SHELL_PRIORITY
#define CHAIN		CONFIG_PI_CHAIN_MAX
#define SLOT_TIMERS	4000u
/* The timer of turns may be one of an interrupt. */
#define SLEEPERS	(TIMERS_AT_ONCE - 1)

static u64 worst[NR_THREAD_PATHS];	/* [t] */
static u64 stamp;			/* [t] where the path that is measured began */
static u64 read_cost;			/* [t] */
static struct mem_account *other_account;	/* [t] */

static void saw(enum thread_path path, u64 from)
{
	u64 took = arch_instret() - from;

	worst[path] = max(worst[path], took > read_cost ? took - read_cost : 0);
}

static struct thread *thread_here(thread_fn fn, void *arg, unsigned int priority)
{
	return thread_create(&(struct thread_params){
		.name = "bound", .fn = fn, .arg = arg, .priority = priority,
		.account = other_account, .affinity = cpumask_of(smp_processor_id()),
	});
}

static void join_all(struct thread **threads, unsigned int nr)
{
	while (nr--)
		if (threads[nr])
			thread_join(threads[nr]);
}

/* ---- switches and wake-ups ---- */

static bool over;			/* [t] */

static void switch_back(void *arg)
{
	(void)arg;
	while (!READ_ONCE(over)) {
		saw(THREAD_SWITCH, stamp);
		stamp = arch_instret();
		thread_yield();
	}
}

static void drive_switches(void)
{
	struct thread *other;

	over = false;
	other = thread_here(switch_back, NULL, MINE);
	for (unsigned int i = 0; other && i < ROUNDS; i++) {
		stamp = arch_instret();
		thread_yield();
		/* The first turn of all begins the other thread. */
		if (i)
			saw(THREAD_SWITCH, stamp);
	}
	WRITE_ONCE(over, true);
	join_all(&other, 1);
}

static void block_again(void *arg)
{
	(void)arg;
	while (!READ_ONCE(over))
		thread_block();
}

/* Of a less urgent thread, and of an equal, for which the timer of turns is set. */
static void drive_wakes(unsigned int priority)
{
	struct thread *other;

	over = false;
	other = thread_here(block_again, NULL, priority);
	for (unsigned int i = 0; other && i < ROUNDS; i++) {
		msleep(1);
		stamp = arch_instret();
		thread_wake(other);
		saw(THREAD_WAKE, stamp);
	}
	WRITE_ONCE(over, true);
	if (other)
		thread_wake(other);
	join_all(&other, 1);
}

/* ---- queues ---- */

static struct wait_queue crowd = WAIT_QUEUE_INIT(crowd);	/* [f] */

static void wait_in_crowd(void *arg)
{
	(void)arg;
	wait_on(&crowd, WAIT_FOREVER);
}

static void wait_as_last(void *arg)
{
	(void)arg;
	stamp = arch_instret();
	wait_on(&crowd, WAIT_FOREVER);
}

static void see_wait(void *arg)
{
	(void)arg;
	saw(THREAD_WAIT, stamp);
}

/* One of each priority waits, two of the most urgent, and the least urgent one comes last. */
static void drive_crowd(void)
{
	struct thread *threads[CONFIG_NR_PRIORITIES + 2] = { NULL };
	unsigned int nr = 0, waiting;

	threads[nr++] = thread_here(wait_in_crowd, NULL, 0);
	for (unsigned int priority = 0; priority < LEAST; priority++)
		threads[nr++] = thread_here(wait_in_crowd, NULL, priority);
	/* They run one after the other when this one sleeps. */
	msleep(2);
	threads[nr++] = thread_here(wait_as_last, NULL, LEAST);
	threads[nr++] = thread_here(see_wait, NULL, LEAST);
	msleep(2);
	preempt_disable();
	for (waiting = 0; waiting < nr; waiting++) {
		stamp = arch_instret();
		wake_up(&crowd);
		saw(THREAD_WAKE_UP, stamp);
	}
	preempt_enable();
	join_all(threads, nr);
}

/* ---- mutexes ---- */

static struct chain {
	struct mutex links[CHAIN];
	struct completion go;
	u64 unlocked_at;
	bool gave_up;
} *chain;				/* [t] */

/* The last link waits for the word to let go; each other holds its link and waits for the next. */
static void hold_link(void *arg)
{
	unsigned long i = (unsigned long)arg;

	mutex_lock(&chain->links[i]);
	if (i + 1 < CHAIN) {
		mutex_lock(&chain->links[i + 1]);
		saw(THREAD_HAND_OVER, chain->unlocked_at);
		mutex_unlock(&chain->links[i + 1]);
	} else {
		wait_for_completion(&chain->go);
	}
	chain->unlocked_at = arch_instret();
	mutex_unlock(&chain->links[i]);
}

/* The most urgent thread comes to the other end of the chain, in vain and then until it has it. */
static void come_to_chain(void *arg)
{
	(void)arg;
	stamp = arch_instret();
	if (!mutex_lock_timeout(&chain->links[0], 2000))
		mutex_unlock(&chain->links[0]);
	else
		saw(THREAD_MUTEX_GIVE_UP, stamp);
	WRITE_ONCE(chain->gave_up, true);
	thread_block();
	stamp = arch_instret();
	mutex_lock(&chain->links[0]);
	saw(THREAD_HAND_OVER, chain->unlocked_at);
	mutex_unlock(&chain->links[0]);
}

static void drive_chain(void)
{
	struct thread *holders[CHAIN] = { NULL }, *urgent;

	chain = kzalloc(sizeof(*chain), GFP_KERNEL | __GFP_NOWARN);
	if (!chain)
		return;
	init_completion(&chain->go);
	for (unsigned int i = 0; i < CHAIN; i++)
		mutex_init(&chain->links[i]);
	for (unsigned int i = CHAIN; i-- > 0; msleep(1))
		holders[i] = thread_here(hold_link, (void *)(unsigned long)i, LEAST);
	/* Preempts this one at once, as the shell is less urgent. */
	urgent = thread_here(come_to_chain, NULL, 0);
	while (urgent && !READ_ONCE(chain->gave_up))
		stamp = arch_instret();
	if (urgent) {
		thread_wake(urgent);
		saw(THREAD_MUTEX_WAIT, stamp);
	}
	complete(&chain->go);
	join_all(holders, CHAIN);
	join_all(&urgent, 1);
	kfree(chain);
}

/* ---- timers ---- */

static u64 sleepers_tick;		/* [t] */

static void sleep_with_others(void *arg)
{
	sleep_until_tick(READ_ONCE(sleepers_tick));
	/* The most urgent one, whose timer comes last; the switch to it is counted. */
	if (arg) {
		saw(THREAD_TIMERS, stamp);
		saw(THREAD_ON_TIME, stamp);
	}
}

static void wait_for_tick(u64 tick)
{
	while (arch_ticks() <= tick)
		barrier();
}

static void drive_sleepers(void)
{
	struct thread *threads[SLEEPERS] = { NULL };
	unsigned long flags;

	/* They lie at one tick, and have moved there before it: the slot of 64 ticks opens. */
	sleepers_tick = ALIGN_DOWN(ticks_in_us(20000), 64) + 63;
	for (unsigned int i = 0; i < SLEEPERS; i++) {
		/* Those that lie at one tick are called in the order of adding, the last first. */
		threads[i] = thread_here(sleep_with_others, i ? NULL : &sleepers_tick,
					 i ? 1 + i % (MINE - 1) : 0);
	}
	wait_for_tick(sleepers_tick - 24);
	flags = arch_local_irq_save();
	wait_for_tick(sleepers_tick);
	stamp = arch_instret();
	arch_local_irq_restore(flags);
	join_all(threads, SLEEPERS);
}

static void do_nothing(struct timer *t)
{
	(void)t;
}

/* As many timers as there may be lie in one slot, which opens; then they move, 16 at a time. */
static void drive_slot(void)
{
	struct timer *timers = kzalloc(SLOT_TIMERS * sizeof(*timers), GFP_KERNEL | __GFP_NOWARN);
	struct timers_snapshot before, after;
	unsigned long flags;
	u64 tick, entry;

	if (!timers)
		return;
	flags = arch_local_irq_save();
	timer_init(&timers[0], do_nothing);
	timer_add(&timers[0], 0);
	entry = arch_instret();
	arch_local_irq_restore(flags);
	entry = arch_instret() - entry;
	flags = arch_local_irq_save();
	tick = ALIGN_DOWN(arch_ticks(), 1ull << 18) + (2ull << 18);
	for (unsigned int i = 0; i < SLOT_TIMERS; i++) {
		timer_init(&timers[i], do_nothing);
		timer_add(&timers[i], tick + i * 64);
	}
	wait_for_tick(tick + 64ull * SLOT_TIMERS);
	do {
		timers_snapshot(smp_processor_id(), &before);
		stamp = arch_instret();
		timer_interrupt();
		saw(THREAD_TIMERS, stamp - entry);
		timers_snapshot(smp_processor_id(), &after);
	} while (after.called + after.moved > before.called + before.moved);
	arch_local_irq_restore(flags);
	for (unsigned int i = 0; i < SLOT_TIMERS; i++)
		timer_cancel_sync(&timers[i]);
	kfree(timers);
}

/* ---- work ---- */

#ifdef CONFIG_WORKQUEUE
static void begin_work(struct work *w)
{
	(void)w;
	saw(THREAD_WORK_RUN, stamp);
}

static void drive_works(void)
{
	struct work w = WORK_INIT(begin_work);

	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 took;

		preempt_disable();
		stamp = arch_instret();
		/* The way for any CPU is the longer one. */
		if (i % 2)
			queue_work_on(smp_processor_id(), &w);
		else
			queue_work(&w);
		took = arch_instret() - stamp;
		saw(THREAD_WORK_QUEUE, arch_instret() - took);
		/* The way to its first instruction goes on from here. */
		stamp = arch_instret() - took;
		preempt_enable();
		flush_work(&w);
	}
}
#else
static void drive_works(void)
{
}
#endif

/* ---- all ---- */

static void drive(void)
{
	read_cost = bench_read_cost();
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, other_account = account_create("bench", 0, false);)
	drive_switches();
	drive_wakes(MINE);
	drive_wakes(MINE + 1);
	drive_crowd();
	drive_chain();
	if (timebase_hz) {
		drive_sleepers();
		drive_slot();
	}
	drive_works();
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, if (other_account) account_destroy(other_account);)
	other_account = NULL;
}

static bool any_wanted(struct bench *b, const struct thread_bound *bounds)
{
	char work[BENCH_NAME];

	for (int i = 0; i < NR_THREAD_PATHS; i++)
		if (bounds[i].instructions && i != THREAD_IRQS_OFF &&
		    bench_wanted(b, work, sizeof(work), "bound %s", bounds[i].path))
			return true;
	return false;
}

static void print_bound(struct bench *b, const struct thread_bound *bound, u64 most)
{
	char work[BENCH_NAME];

	if (!bench_wanted(b, work, sizeof(work), "bound %s", bound->path))
		return;
	if (!most) {
		bench_skip(b, work, b->exact ? "nothing drives it here" : BENCH_NOT_EXACT);
		return;
	}
	bench_line(b, work);
	bench_value(b, "max", most);
	bench_value(b, "bound", bound->instructions);
	bench_value(b, "over", most > bound->instructions);
	bench_end(b);
}

void bound_threads(struct bench *b, unsigned long irqs_off)
{
	const struct thread_bounds_of of = {
		.priorities = CONFIG_NR_PRIORITIES, .chain = CHAIN,
		.works = IS_ENABLED(CONFIG_WORKQUEUE), .irqs_off = irqs_off,
	};
	struct thread_bound bounds[NR_THREAD_PATHS];

	thread_bounds(&of, bounds);
	if (!any_wanted(b, bounds))
		return;
	if (b->exact)
		drive();
	for (int i = 0; i < NR_THREAD_PATHS; i++)
		/* The row of memory's paths is the longest of their own. */
		if (bounds[i].instructions && i != THREAD_IRQS_OFF)
			print_bound(b, &bounds[i], worst[i]);
}
