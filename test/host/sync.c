/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes, semaphores and conditions on CPUs whose steps are chosen. After each run priorities are
 * the threads' own again, and nothing waits.
 */
#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/wait.h>

#include "common/audit.h"
#include "common/play.h"

#define SAME	CONFIG_SHELL_PRIORITY

static struct random_plan drawn;

/* ---- scenarios ---- */

static struct mutex outer, inner;
static bool inside;
static u32 laps;			/* [a] */

static void expect_alone(void)
{
	assert_false(inside);
	inside = true;
	/* Others come by here. */
	arch_local_irq_restore(arch_local_irq_save());
	inside = false;
	__atomic_fetch_add(&laps, 1, __ATOMIC_RELAXED);
}

static void lock_inner(void *unused)
{
	(void)unused;
	mutex_lock(&inner);
	expect_alone();
	mutex_unlock(&inner);
	assert_int_equal(current_thread()->priority, current_thread()->base_priority);
}

static void lock_both(void *unused)
{
	(void)unused;
	mutex_lock(&outer);
	mutex_lock(&inner);
	expect_alone();
	mutex_unlock(&inner);
	mutex_unlock(&outer);
	assert_int_equal(current_thread()->priority, current_thread()->base_priority);
}

static void lock_outer_in_time(void *us)
{
	if (!mutex_lock_timeout(&outer, (unsigned long)us))
		mutex_unlock(&outer);
	__atomic_fetch_add(&laps, 1, __ATOMIC_RELAXED);
	assert_int_equal(current_thread()->priority, current_thread()->base_priority);
}

/* proves MX1 and MX2: chains, time that is up, and hand-over */
static void chains(void)
{
	struct thread *of[4];

	laps = 0;
	of[0] = play_thread(lock_inner, NULL, SAME + 1, 0);
	of[1] = play_thread(lock_both, NULL, SAME, 0);
	of[2] = play_thread(lock_outer_in_time, NULL, SAME - 1, 0);
	of[3] = play_thread(lock_inner, NULL, SAME - 2, 0);
	for (unsigned int i = 0; i < 4; i++)
		thread_join(of[i]);
	assert_int_equal(laps, 4);
	assert_int_equal(outer.owner | inner.owner, 0);
	assert_null(waiters_first(&inner.waiters));
}

static struct semaphore items;
static struct completion end;
static u32 eaten;			/* [a] */

static void eat(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < 2; i++) {
		down(&items);
		__atomic_fetch_add(&eaten, 1, __ATOMIC_RELAXED);
	}
	complete(&end);
}

static void eat_in_time(void *unused)
{
	(void)unused;
	if (!down_timeout(&items, 0))
		up(&items);
	complete(&end);
}

/* proves WQ1 and WQ3: what is put in is taken once, also where time is up meanwhile */
static void feeding(void)
{
	struct thread *of[3];

	eaten = 0;
	init_completion(&end);
	sema_init(&items, 0);
	of[0] = play_thread(eat, NULL, SAME + 1, 0);
	of[1] = play_thread(eat_in_time, NULL, SAME - 1, 0);
	of[2] = play_thread(eat, NULL, SAME, 0);
	for (unsigned int i = 0; i < 4; i++)
		up(&items);
	for (unsigned int i = 0; i < 3; i++)
		wait_for_completion(&end);
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
	assert_int_equal(eaten, 4);
	assert_int_equal(items.count, 0);
}

static struct condition changed;
static unsigned int level;

static void wait_for_level(void *wanted)
{
	mutex_lock(&inner);
	while (level < (unsigned long)wanted)
		assert_int_equal(condition_wait(&changed, &inner, WAIT_FOREVER), 0);
	mutex_unlock(&inner);
	__atomic_fetch_add(&laps, 1, __ATOMIC_RELAXED);
}

static void conditions(void)
{
	struct thread *of[2];

	laps = level = 0;
	wait_queue_init(&changed.queue);
	of[0] = play_thread(wait_for_level, (void *)1, SAME, 0);
	of[1] = play_thread(wait_for_level, (void *)2, SAME - 1, 0);
	for (unsigned int i = 0; i < 2; i++) {
		mutex_lock(&inner);
		level++;
		condition_broadcast(&changed);
		mutex_unlock(&inner);
	}
	thread_join(of[0]);
	thread_join(of[1]);
	assert_int_equal(laps, 2);
}

static struct semaphore go;

/* Holds the mutex while it waits for something else. */
static void hold_and_wait(void *unused)
{
	(void)unused;
	mutex_lock(&inner);
	down(&go);
	expect_alone();
	mutex_unlock(&inner);
	assert_int_equal(current_thread()->priority, current_thread()->base_priority);
}

static void let_go(void *unused)
{
	(void)unused;
	up(&go);
}

/* A priority is lent to a thread that another CPU is just waking, and that moves. proves MX2 */
static void lent_on_the_way(void)
{
	struct thread *of[4];

	laps = 0;
	sema_init(&go, 0);
	of[0] = play_thread(hold_and_wait, NULL, SAME + 2, 0);
	of[1] = play_thread(lock_inner, NULL, SAME - 2, 0);
	of[2] = play_thread(let_go, NULL, SAME - 1, 0);
	of[3] = play_thread(lock_inner, NULL, SAME + 1, 0);
	for (unsigned int i = 0; i < 4; i++)
		thread_join(of[i]);
	assert_int_equal(laps, 3);
	assert_int_equal(inner.owner, 0);
}

static const struct scenario scenarios[] = {
	{ 3, lent_on_the_way }, { 4, lent_on_the_way },
	{ 2, chains }, { 3, chains }, { 2, feeding }, { 3, feeding }, { 2, conditions },
	{ 3, conditions },
};

static void chosen_schedules(void **state)
{
	unsigned long runs = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		mutex_init(&outer);
		mutex_init(&inner);
		runs += play_all(&scenarios[i], test_is_long() ? 100 : 4);
		assert_int_equal(audit_errors(NULL), 0);
		for (u64 n = 0; n < drawn.operations; n++)
			play_random(&scenarios[i], drawn.seed + n, 1 + (unsigned int)(n % 8));
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", runs);
}

/* ---- waiters by priority, against a model ---- */

#define WAITERS	24u

/* proves WQ2 */
static void waiters_in_order(void **state)
{
	struct waiter w[WAITERS] = { { .priority = 0 } };
	struct rng rng = { drawn.seed | 1 };
	u64 came[WAITERS] = { 0 };
	struct waiters ws;

	(void)state;
	waiters_init(&ws);
	for (u64 n = 1; n < 100 * drawn.operations; n++) {
		unsigned int i = (unsigned int)rng_below(&rng, WAITERS), best = WAITERS;

		if (came[i]) {
			waiters_remove(&ws, &w[i]);
			came[i] = 0;
		} else {
			w[i].priority = (u8)rng_below(&rng, 5);
			waiters_add(&ws, &w[i]);
			came[i] = n;
		}
		for (unsigned int j = 0; j < WAITERS; j++)
			if (came[j] && (best == WAITERS || w[j].priority < w[best].priority ||
					(w[j].priority == w[best].priority &&
					 came[j] < came[best])))
				best = j;
		assert_ptr_equal(waiters_first(&ws), best == WAITERS ? NULL : &w[best]);
	}
}

static struct completion go_on;

static void hold_inner(void *unused)
{
	(void)unused;
	mutex_lock(&inner);
	wait_for_completion(&go_on);
	mutex_unlock(&inner);
}

/* proves MX2: along a chain, from one who joins it late, and back when time is up */
static void lent_and_given_back(void **state)
{
	struct thread *low, *middle, *high;

	(void)state;
	play_boot(1);
	mutex_init(&outer);
	mutex_init(&inner);
	init_completion(&go_on);
	low = play_thread(hold_inner, NULL, SAME - 1, 0);
	middle = play_thread(lock_both, NULL, SAME - 2, 0);
	assert_int_equal(low->priority, SAME - 2);
	high = play_thread(lock_outer_in_time, (void *)50, SAME - 5, 0);
	assert_int_equal(middle->priority, SAME - 5);
	assert_int_equal(low->priority, SAME - 5);
	usleep(100);
	assert_int_equal(middle->priority, SAME - 2);
	assert_int_equal(low->priority, SAME - 2);
	assert_int_equal(outer.owner & MUTEX_WAITERS, 0);
	complete(&go_on);
	thread_join(low);
	thread_join(middle);
	thread_join(high);
	assert_int_equal(outer.owner | inner.owner, 0);
}

/* proves MX3 */
static void waiting_for_oneself_is_named(void **state)
{
	(void)state;
	play_boot(1);
	mutex_init(&outer);
	mutex_lock(&outer);
	assert_int_equal(HOST_TRY(mutex_lock(&outer)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "MX3: deadlock: shell waits for shell"));
}

static void take_inner_then_outer(void *unused)
{
	(void)unused;
	mutex_lock(&inner);
	mutex_lock(&outer);
}

/* proves MX3: each thread of the cycle is named, in turn */
static void a_cycle_is_named(void **state)
{
	struct thread *t;

	(void)state;
	play_boot(1);
	mutex_init(&outer);
	mutex_init(&inner);
	mutex_lock(&outer);
	t = play_thread(take_inner_then_outer, NULL, SAME - 1, 0);
	assert_ptr_equal(t->blocked_on, &outer);
	if (IS_ENABLED(CONFIG_WAIT_ORDER)) {
		/* Nobody has to wait for that. */
		assert_int_equal(HOST_TRY(mutex_lock(&inner)), HOST_PANIC);
		assert_non_null(strstr(host_stop_text(), "WO2: deadlock: shell takes &inner ("));
		return;
	}
	assert_int_equal(HOST_TRY(mutex_lock(&inner)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "MX3: deadlock: shell waits for test, test waits "
			       "for shell"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_schedules),
		cmocka_unit_test(waiters_in_order),
		cmocka_unit_test(lent_and_given_back),
		cmocka_unit_test(waiting_for_oneself_is_named),
		cmocka_unit_test(a_cycle_is_named),
	};

	drawn = random_plan(argc, argv, 500, 50000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
