/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler, the locks that wait, works and timers on CPUs that are threads of the process, all
 * at once, while CPUs go and come. Built a second time under the thread sanitizer: what a lock, a
 * wait or a wake-up is to guard is plain data here, so that the sanitizer sees where it does not.
 *
 * Actors draw one operation after the other, partners answer each other. Each has a number of
 * operations to do: a wake-up that is lost leaves one waiting, and the watchdog says whom.
 */
#include <stdio.h>
#include <stdlib.h>

#include <kernel/idle.h>
#include <kernel/mutex.h>
#include <kernel/rwsem.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <mm/slab.h>
#include <arch/processor.h>

#include "common/audit.h"
#include "common/boot.h"
#include "common/watchdog.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 4)
#define ACTORS		16u
#define PAIRS		6u
#define LOCKS		3u
#define WORKS		4u
#define SAME		CONFIG_SHELL_PRIORITY
#define WAIT_US		20u	/* at most; some waits end by that */
#if defined(__SANITIZE_THREAD__)
#define OPERATIONS	150000
#else
#define OPERATIONS	(IS_ENABLED(CONFIG_MM_VALIDATE) ? 100000 : 400000)
#endif

/* Failures on a stack that is not cmocka's. */
#define NEED(condition) \
	do { \
		if (!(condition)) \
			watchdog_stop("not so: " #condition, __LINE__); \
	} while (0)

static struct random_plan plan;

/* ---- what actors meet at; plain fields belong to whoever holds the lock ---- */

static struct shared_lock {
	struct mutex mutex;
	u64 taken;
} locks[LOCKS];

static struct {
	struct rw_semaphore sem;
	u64 first, second;
} table;

static struct {
	struct semaphore one, many;
	u64 taken;		/* guarded by one */
	u32 inside;		/* [a] of many */
} sems;

#define MANY	3u

static struct wait_queue crowd;

static struct shared_work {
	struct work work;
	u64 queued, cancelled, run;	/* [a] */
} works[WORKS];

/* What one thread does alone; its work and timer run elsewhere, and it looks once they are over. */
struct actor {
	struct thread *thread;
	struct rng rng;
	u64 to_do;
	u64 lock_turns, sem_turns, writes;
	struct work work;
	u64 work_asked, work_run;
	struct timer timer;
	u64 timer_called;
	struct delayed_work later;
	u64 later_run;
};

static struct actor actors[ACTORS];
static u32 actors_ready;		/* [a] */

static unsigned int draw(struct actor *a, unsigned int below)
{
	return (unsigned int)rng_below(&a->rng, below);
}

static unsigned int draw_cpu(struct actor *a)
{
	return draw(a, CPUS);
}

/* ---- operations of an actor ---- */

static void op_yield(struct actor *a)
{
	(void)a;
	thread_yield();
}

static void op_sleep(struct actor *a)
{
	usleep(1 + draw(a, WAIT_US));
}

static void op_nap(struct actor *a)
{
	cpu_idle(1 + draw(a, 5));
}

/* A wake-up that nobody asked for does no harm. */
static void op_wake_any(struct actor *a)
{
	thread_wake(actors[draw(a, ACTORS)].thread);
}

static void op_wait(struct actor *a)
{
	(void)wait_on(&crowd, 1 + draw(a, WAIT_US));
}

static void op_wake_up(struct actor *a)
{
	if (draw(a, 4))
		wake_up(&crowd);
	else
		wake_up_all(&crowd);
}

static void hold(struct actor *a, struct shared_lock *l)
{
	l->taken++;
	a->lock_turns++;
	if (!draw(a, 3))
		thread_yield();
}

static void op_mutex(struct actor *a)
{
	struct shared_lock *l = &locks[draw(a, LOCKS)];

	if (!draw(a, 4)) {
		if (mutex_lock_timeout(&l->mutex, draw(a, WAIT_US)))
			return;
	} else {
		mutex_lock(&l->mutex);
	}
	hold(a, l);
	mutex_unlock(&l->mutex);
}

/* In one order, so that a priority is lent along the chain. */
static void op_mutex_chain(struct actor *a)
{
	unsigned int first = draw(a, LOCKS - 1);

	mutex_lock(&locks[first].mutex);
	mutex_lock(&locks[first + 1].mutex);
	hold(a, &locks[first + 1]);
	mutex_unlock(&locks[first + 1].mutex);
	hold(a, &locks[first]);
	mutex_unlock(&locks[first].mutex);
}

static void op_read(struct actor *a)
{
	if (!draw(a, 4)) {
		if (down_read_timeout(&table.sem, draw(a, WAIT_US)))
			return;
	} else {
		down_read(&table.sem);
	}
	NEED(table.first == table.second);
	up_read(&table.sem);
}

static void op_write(struct actor *a)
{
	if (!draw(a, 4)) {
		if (down_write_timeout(&table.sem, draw(a, WAIT_US)))
			return;
	} else {
		down_write(&table.sem);
	}
	a->writes++;
	table.first++;
	if (!draw(a, 3))
		thread_yield();
	table.second++;
	if (draw(a, 2)) {
		up_write(&table.sem);
		return;
	}
	downgrade_write(&table.sem);
	NEED(table.first == table.second);
	up_read(&table.sem);
}

static void op_semaphore(struct actor *a)
{
	if (!draw(a, 4)) {
		if (down_timeout(&sems.one, draw(a, WAIT_US)))
			return;
	} else {
		down(&sems.one);
	}
	sems.taken++;
	a->sem_turns++;
	up(&sems.one);
}

static void op_semaphore_many(struct actor *a)
{
	down(&sems.many);
	NEED(__atomic_add_fetch(&sems.inside, 1, __ATOMIC_RELAXED) <= MANY);
	if (!draw(a, 2))
		thread_yield();
	__atomic_fetch_sub(&sems.inside, 1, __ATOMIC_RELAXED);
	up(&sems.many);
}

static cpumask_t draw_cpus(struct actor *a)
{
	return 1 + draw(a, (1u << CPUS) - 1);
}

/* None of them may be online: then nothing changes. */
static void op_affinity(struct actor *a)
{
	struct actor *other = draw(a, 2) ? a : &actors[draw(a, ACTORS)];

	(void)!thread_set_affinity(other->thread, draw_cpus(a));
}

struct child {
	u64 steps, result;
	struct completion done;
};

static void be_child(void *arg)
{
	struct child *c = arg;

	for (u64 i = 0; i < c->steps; i++)
		thread_yield();
	c->result = c->steps * 3;
	thread_exit((int)c->steps + 1);
}

static void be_orphan(void *arg)
{
	struct child *c = arg;

	c->result = c->steps * 3;
	complete(&c->done);
}

static void op_child(struct actor *a)
{
	struct child c = { .steps = draw(a, 4) };
	bool joined = draw(a, 4);
	struct thread *t;

	init_completion(&c.done);
	t = thread_create(&(struct thread_params){ .name = "child", .arg = &c,
		.fn = joined ? be_child : be_orphan, .priority = SAME - 3 + draw(a, 7),
		.affinity = draw(a, 2) ? 0 : cpumask_of(0) });
	NEED(t);
	if (joined) {
		NEED(thread_join(t) == (int)c.steps + 1);
	} else {
		thread_detach(t);
		wait_for_completion(&c.done);
	}
	NEED(c.result == c.steps * 3);
}

/* ---- works and timers ---- */

static void run_own(struct work *w)
{
	container_of(w, struct actor, work)->work_run++;
}

/* On one CPU, so that it never runs twice at once. */
static void op_own_work(struct actor *a)
{
	unsigned int cpu = draw_cpu(a);

	for (unsigned int i = draw(a, 3); i < 3; i++)
		a->work_asked += queue_work_on(cpu, &a->work);
	if (!draw(a, 3))
		a->work_asked -= cancel_work_sync(&a->work);
	else
		flush_work(&a->work);
	NEED(a->work_run == a->work_asked);
}

static void run_shared(struct work *w)
{
	__atomic_fetch_add(&container_of(w, struct shared_work, work)->run, 1, __ATOMIC_RELAXED);
}

static void op_shared_work(struct actor *a)
{
	struct shared_work *s = &works[draw(a, WORKS)];

	switch (draw(a, 8)) {
	case 0:
		if (cancel_work(&s->work))
			__atomic_fetch_add(&s->cancelled, 1, __ATOMIC_RELAXED);
		return;
	case 1:
		flush_work(&s->work);
		return;
	default:
		if (draw(a, 2) ? queue_work(&s->work) : queue_work_on(draw_cpu(a), &s->work))
			__atomic_fetch_add(&s->queued, 1, __ATOMIC_RELAXED);
	}
}

static void timer_called(struct timer *t)
{
	container_of(t, struct actor, timer)->timer_called++;
}

static void op_timer(struct actor *a)
{
	u64 before = a->timer_called;
	bool waited;

	timer_add(&a->timer, ticks_in_us(draw(a, WAIT_US)));
	if (draw(a, 2))
		thread_yield();
	if (!draw(a, 3))
		usleep(draw(a, WAIT_US));
	waited = timer_cancel_sync(&a->timer);
	NEED(a->timer_called - before == !waited);
}

static void run_later(struct work *w)
{
	container_of(container_of(w, struct delayed_work, work), struct actor, later)->later_run++;
}

static void op_delayed_work(struct actor *a)
{
	u64 before = a->later_run;
	bool waited;

	queue_delayed_work(&a->later, draw(a, WAIT_US));
	if (draw(a, 2))
		usleep(draw(a, WAIT_US));
	waited = cancel_delayed_work_sync(&a->later);
	NEED(a->later_run - before == !waited);
}

static const struct {
	void (*fn)(struct actor *a);
	unsigned int weight;
} operations[] = {
	{ op_yield, 20 }, { op_sleep, 6 }, { op_nap, 1 }, { op_wake_any, 16 }, { op_wait, 10 },
	{ op_wake_up, 20 }, { op_mutex, 16 }, { op_mutex_chain, 6 }, { op_read, 12 },
	{ op_write, 5 }, { op_semaphore, 10 }, { op_semaphore_many, 8 }, { op_affinity, 3 },
	{ op_child, 3 }, { op_own_work, 8 }, { op_shared_work, 16 }, { op_timer, 10 },
	{ op_delayed_work, 6 },
};

static void act(void *arg)
{
	struct actor *a = arg;
	unsigned int all = 0;

	while (!__atomic_load_n(&actors_ready, __ATOMIC_ACQUIRE))
		usleep(5);
	for (unsigned int i = 0; i < ARRAY_SIZE(operations); i++)
		all += operations[i].weight;
	for (u64 n = 0; n < a->to_do; n++) {
		unsigned int at = draw(a, all), i = 0;

		while (at >= operations[i].weight)
			at -= operations[i++].weight;
		operations[i].fn(a);
		watchdog_note((unsigned int)(a - actors), i);
	}
}

/* ---- partners, who wait for each other without an end ---- */

static struct pair {
	struct thread *side[2];
	unsigned int nr;
	u64 to_do;
	u32 turn;			/* [a] of the pairs that block and wake */
	struct completion to[2];
	struct mutex mutex;
	struct condition change;
	u64 ball;			/* plain: whoever has the turn */
} pairs[PAIRS];

static void play_by_block(struct pair *p, unsigned int me)
{
	while (__atomic_load_n(&p->turn, __ATOMIC_ACQUIRE) % 2 != me)
		thread_block();
	p->ball++;
	__atomic_fetch_add(&p->turn, 1, __ATOMIC_RELEASE);
	thread_wake(p->side[!me]);
}

/* Nothing but the completion orders one side and the other. */
static void play_by_completion(struct pair *p, unsigned int me)
{
	wait_for_completion(&p->to[me]);
	p->ball++;
	complete(&p->to[!me]);
}

static void play_by_condition(struct pair *p, unsigned int me)
{
	mutex_lock(&p->mutex);
	while (p->ball % 2 != me)
		condition_wait(&p->change, &p->mutex, WAIT_FOREVER);
	p->ball++;
	condition_signal(&p->change);
	mutex_unlock(&p->mutex);
}

static void play(void *arg)
{
	static void (*const kinds[])(struct pair *, unsigned int) = {
		play_by_block, play_by_completion, play_by_condition,
	};
	struct pair *p = arg;
	unsigned int me;

	while (!__atomic_load_n(&actors_ready, __ATOMIC_ACQUIRE))
		usleep(5);
	me = p->side[1] == current_thread();
	for (u64 n = 0; n < p->to_do; n++) {
		kinds[p->nr % ARRAY_SIZE(kinds)](p, me);
		watchdog_note(ACTORS + 2 * p->nr + me, 0);
	}
}

/* ---- the run ---- */

static void boot(void)
{
	static const struct bank bank = { 0x80000000, 64ul << 20 };
	struct host_machine m = host_default_machine;

	m.virtual_time = m.schedules = true;
	boot_banks(&m, &bank, 1);
	boot_page_allocator(CPUS);
	kmem_cache_init();
	timers_init();
	sched_init();
	workqueues_init();
	host_start_cpus();
	assert_int_equal(num_online_cpus(), CPUS);
}

static void prepare(u64 each)
{
	for (unsigned int i = 0; i < LOCKS; i++)
		mutex_init(&locks[i].mutex);
	init_rwsem(&table.sem);
	sema_init(&sems.one, 1);
	sema_init(&sems.many, MANY);
	wait_queue_init(&crowd);
	for (unsigned int i = 0; i < WORKS; i++)
		work_init(&works[i].work, run_shared);
	for (unsigned int i = 0; i < ACTORS; i++) {
		struct actor *a = &actors[i];

		a->to_do = each;
		a->rng.state = plan.seed * (2 * i + 1) | 1;
		work_init(&a->work, run_own);
		timer_init(&a->timer, timer_called);
		delayed_work_init(&a->later, run_later);
	}
	for (unsigned int i = 0; i < PAIRS; i++) {
		pairs[i].nr = i;
		pairs[i].to_do = each;
		init_completion(&pairs[i].to[0]);
		init_completion(&pairs[i].to[1]);
		complete(&pairs[i].to[0]);
		mutex_init(&pairs[i].mutex);
		wait_queue_init(&pairs[i].change.queue);
	}
}

static struct thread *start(thread_fn fn, void *arg, unsigned int nr)
{
	struct thread *t = thread_create(&(struct thread_params){
		.name = fn == act ? "actor" : "partner", .fn = fn, .arg = arg,
		.priority = SAME - 3 + nr % 6 });

	assert_non_null(t);
	watchdog_watch(nr, t);
	return t;
}

static void start_all(void)
{
	for (unsigned int i = 0; i < ACTORS; i++)
		actors[i].thread = start(act, &actors[i], i);
	for (unsigned int i = 0; i < PAIRS; i++)
		for (unsigned int side = 0; side < 2; side++)
			pairs[i].side[side] = start(play, &pairs[i], ACTORS + 2 * i + side);
	__atomic_store_n(&actors_ready, 1, __ATOMIC_RELEASE);
}

static void validate(void *broken)
{
	const char *rule = sched_validate();

	*(const char **)broken = rule ? rule : timers_validate();
}

static void look(void)
{
	const char *broken = NULL;

	assert_int_equal(stop_machine(validate, &broken), 0);
	assert_null(broken);
}

/* A CPU may be kept by a thread that naps there. */
static unsigned long cpus_go_and_come(u64 wanted)
{
	struct rng rng = { plan.seed | 1 };
	unsigned long gone = 0;

	while (watchdog_notes() < wanted) {
		unsigned int cpu = 1 + (unsigned int)rng_below(&rng, CPUS - 1);
		int err = cpu_down(cpu);

		assert_true(!err || err == -EBUSY);
		look();
		usleep(rng_below(&rng, 100));
		if (!err) {
			gone++;
			assert_int_equal(cpu_up(cpu), 0);
		}
		usleep(200 + rng_below(&rng, 2000));
	}
	return gone;
}

static void join_all(u64 each)
{
	for (unsigned int i = 0; i < ACTORS; i++)
		assert_int_equal(thread_join(actors[i].thread), 0);
	for (unsigned int i = 0; i < PAIRS; i++) {
		assert_int_equal(thread_join(pairs[i].side[0]), 0);
		assert_int_equal(thread_join(pairs[i].side[1]), 0);
		assert_int_equal(pairs[i].ball, 2 * each);
	}
}

static void counts_add_up(void)
{
	u64 in_locks = 0, turns = 0, sem_turns = 0, writes = 0;

	for (unsigned int i = 0; i < LOCKS; i++)
		in_locks += locks[i].taken;
	for (unsigned int i = 0; i < ACTORS; i++) {
		turns += actors[i].lock_turns;
		sem_turns += actors[i].sem_turns;
		writes += actors[i].writes;
	}
	assert_int_equal(in_locks, turns);
	assert_int_equal(sems.taken, sem_turns);
	assert_int_equal(table.first, writes);
	assert_int_equal(table.second, writes);
	for (unsigned int i = 0; i < WORKS; i++) {
		flush_work(&works[i].work);
		assert_int_equal(works[i].queued, works[i].run + works[i].cancelled);
	}
}

static void all_cpus_schedule(void **state)
{
	u64 each = plan.operations / (ACTORS + 2 * PAIRS), all = each * (ACTORS + 2 * PAIRS);
	struct sched_snapshot s;
	unsigned long gone;

	(void)state;
	boot();
	prepare(each);
	watchdog_start();
	start_all();
	gone = cpus_go_and_come(all);
	join_all(each);
	look();
	counts_add_up();
	sched_snapshot(&s);
	printf("# %llu operations, %llu switches, %llu threads, %lu times a CPU went\n",
	       (unsigned long long)all, (unsigned long long)s.switches, (unsigned long long)s.made,
	       gone);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		assert_int_equal(cpu_down(cpu), 0);
	assert_int_equal(audit_errors(NULL), 0);
	watchdog_end();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cpus_schedule),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	plan = random_plan(argc, argv, OPERATIONS, 100000000);
	return cmocka_run_group_tests_name("smp_sched", tests, NULL, NULL);
}
