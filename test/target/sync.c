/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting on the machine itself: order, time, priorities that are lent. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <mm/audit.h>
#include <test/ktest.h>

#define SAME	CONFIG_SHELL_PRIORITY
#define TIMED_OUT ((unsigned long long)-ETIMEDOUT)
#define HERE	cpumask_of(0)

static struct thread *make(thread_fn fn, void *arg, unsigned int priority, cpumask_t cpus)
{
	return thread_create(&(struct thread_params){ .name = "sync", .fn = fn, .arg = arg,
						      .priority = priority, .affinity = cpus });
}

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void expect_sound(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
}

static struct semaphore sema;	/* [f] */
static char order[8];		/* [t] */
static unsigned int ordered;	/* [a] */

static void wait_and_note(void *arg)
{
	down(&sema);
	order[__atomic_fetch_add(&ordered, 1, __ATOMIC_RELAXED) % sizeof(order)] =
		*(const char *)arg;
}

/* proves WQ2 on the machine */
static void the_urgent_waiter_comes_first(struct ktest *t)
{
	static const char *const names[] = { "c", "a", "d", "b", "e" };
	static const unsigned int priorities[] = { 3, 1, 3, 2, 4 };
	struct thread *of[ARRAY_SIZE(names)];

	sema_init(&sema, 0);
	ordered = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++) {
		of[i] = make(wait_and_note, (void *)(unsigned long)names[i], priorities[i], HERE);
		KTEST_ASSERT(t, of[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		up(&sema);
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		thread_join(of[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		KTEST_EXPECT_EQ(t, order[i], "abcde"[i]);
}

static void waits_end_in_time(struct ktest *t)
{
	static struct completion never;
	u64 start = time_us();

	init_completion(&never);
	KTEST_EXPECT_EQ(t, wait_for_completion_timeout(&never, 3000), TIMED_OUT);
	KTEST_EXPECT(t, time_us() + 1 >= start + 3000);
	complete(&never);
	KTEST_EXPECT_EQ(t, wait_for_completion_timeout(&never, 3000), 0);
	complete_all(&never);
	wait_for_completion(&never);
	wait_for_completion(&never);
}

static DEFINE_MUTEX(outer);		/* [f] */
static DEFINE_MUTEX(inner);		/* [f] */
static struct completion go_on;		/* [f] */

static void hold_inner(void *unused)
{
	(void)unused;
	mutex_lock(&inner);
	wait_for_completion(&go_on);
	mutex_unlock(&inner);
}

static void hold_outer(void *unused)
{
	(void)unused;
	mutex_lock(&outer);
	mutex_lock(&inner);
	mutex_unlock(&inner);
	mutex_unlock(&outer);
}

static void want_outer(void *unused)
{
	(void)unused;
	mutex_lock(&outer);
	mutex_unlock(&outer);
}

/* proves MX2 on the machine */
static void a_priority_is_lent_along_a_chain(struct ktest *t)
{
	struct thread *low, *middle, *high;

	init_completion(&go_on);
	low = make(hold_inner, NULL, SAME - 1, HERE);
	middle = make(hold_outer, NULL, SAME - 2, HERE);
	KTEST_ASSERT(t, low && middle);
	KTEST_EXPECT_EQ(t, low->priority, SAME - 2);
	high = make(want_outer, NULL, SAME - 5, HERE);
	KTEST_ASSERT(t, high);
	KTEST_EXPECT_EQ(t, middle->priority, SAME - 5);
	KTEST_EXPECT_EQ(t, low->priority, SAME - 5);
	KTEST_EXPECT_EQ(t, mutex_lock_timeout(&outer, 100), TIMED_OUT);
	KTEST_EXPECT_EQ(t, low->priority, SAME - 5);
	complete(&go_on);
	thread_join(high);
	thread_join(middle);
	thread_join(low);
	KTEST_EXPECT(t, !mutex_owner(&outer) && !outer.owner && !inner.owner);
	expect_sound(t);
}

/* A lender that gives up takes its priority back. */
static void a_priority_goes_back(struct ktest *t)
{
	struct thread *low;

	init_completion(&go_on);
	low = make(hold_inner, NULL, SAME - 1, HERE);
	KTEST_ASSERT(t, low);
	KTEST_EXPECT_EQ(t, mutex_lock_timeout(&inner, 100), TIMED_OUT);
	KTEST_EXPECT_EQ(t, low->priority, SAME - 1);
	KTEST_EXPECT_EQ(t, inner.owner & MUTEX_WAITERS, 0);
	complete(&go_on);
	thread_join(low);
}

#define ADDERS	6u
#define ADDS	500u

static DEFINE_MUTEX(sum_lock);				/* [f] */
static struct condition full = CONDITION_INIT(full);	/* [f] */
static unsigned long sum;				/* [o] under sum_lock */

static void add_up(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < ADDS; i++) {
		mutex_lock(&sum_lock);
		sum++;
		if (i % 16 == 0)
			thread_yield();
		mutex_unlock(&sum_lock);
	}
	mutex_lock(&sum_lock);
	condition_broadcast(&full);
	mutex_unlock(&sum_lock);
}

static void a_mutex_loses_no_count(struct ktest *t)
{
	struct thread *of[ADDERS];

	sum = 0;
	for (unsigned int i = 0; i < ADDERS; i++) {
		of[i] = make(add_up, NULL, SAME + i % 3, 0);
		KTEST_ASSERT(t, of[i]);
	}
	mutex_lock(&sum_lock);
	while (sum < ADDERS * ADDS)
		KTEST_EXPECT_EQ(t, condition_wait(&full, &sum_lock, 20000000), 0);
	mutex_unlock(&sum_lock);
	for (unsigned int i = 0; i < ADDERS; i++)
		thread_join(of[i]);
	KTEST_EXPECT_EQ(t, sum, ADDERS * ADDS);
	KTEST_EXPECT_EQ(t, current_thread()->priority, SAME);
	expect_sound(t);
}

static const struct ktest_case sync_cases[] = {
	KTEST_CASE(the_urgent_waiter_comes_first),
	KTEST_CASE(waits_end_in_time),
	KTEST_CASE(a_priority_is_lent_along_a_chain),
	KTEST_CASE(a_priority_goes_back),
	KTEST_CASE(a_mutex_loses_no_count),
	{ }
};
KTEST_SUITE(sync, sync_cases, false);
