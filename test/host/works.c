/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work queues and locks of readers and writers on CPUs whose steps are chosen. After each run
 * nothing is pending, nobody waits, and priorities are the threads' own.
 */
#include <kernel/errno.h>
#include <kernel/rwsem.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/workqueue.h>

#include "common/audit.h"
#include "common/play.h"

#define SAME	CONFIG_SHELL_PRIORITY

static struct random_plan drawn;

/* ---- work queues ---- */

static u32 runs, wanted;		/* [a] */
static struct work one, two;
static bool in_one;

static void run_one(struct work *w)
{
	assert_ptr_equal(w, &one);
	assert_false(in_one);
	in_one = true;
	arch_local_irq_restore(arch_local_irq_save());
	in_one = false;
	__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
}

static void run_two(struct work *w)
{
	(void)w;
	__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
}

static void queue_some(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 2; i++) {
		if (queue_work_on(0, &one))
			__atomic_fetch_add(&wanted, 1, __ATOMIC_RELAXED);
		if (queue_work_on(i % num_online_cpus(), &two))
			__atomic_fetch_add(&wanted, 1, __ATOMIC_RELAXED);
	}
}

static void cancel_some(void *arg)
{
	(void)arg;
	if (cancel_work_sync(&one))
		__atomic_fetch_sub(&wanted, 1, __ATOMIC_RELAXED);
	if (cancel_work(&two))
		__atomic_fetch_sub(&wanted, 1, __ATOMIC_RELAXED);
}

/* proves WK1, WK2 and WK3: each success is one run, or one cancelled */
static void works(void)
{
	struct thread *of[3];

	runs = wanted = 0;
	work_init(&one, run_one);
	work_init(&two, run_two);
	of[0] = play_thread(queue_some, NULL, SAME, 0);
	of[1] = play_thread(cancel_some, NULL, SAME - 1, 0);
	of[2] = play_thread(queue_some, NULL, SAME + 1, 0);
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
	flush_work(&one);
	flush_work(&two);
	for (unsigned int cpu = 0; cpu < num_online_cpus(); cpu++) {
		struct workqueue_snapshot s;

		assert_true(workqueue_snapshot(cpu, &s));
		assert_int_equal(s.pending, 0);
	}
	/* The second work may have run on two CPUs at once: both are waited for. */
	assert_int_equal(runs, wanted);
}

/* A work is flushed while its CPU goes and comes. */
static void works_and_hotplug(void)
{
	runs = wanted = 0;
	work_init(&one, run_one);
	assert_true(queue_work_on(1, &one));
	if (!cpu_down(1)) {
		flush_work(&one);
		assert_true(queue_work_on(1, &one));
		flush_work(&one);
		assert_int_equal(runs, 2);
		assert_int_equal(cpu_up(1), 0);
	}
	flush_work(&one);
}

/* proves WK2: once cancel_work_sync() is back the work does not run, and will not */
static void cancelled_while_it_runs(void)
{
	bool was_pending;

	runs = 0;
	work_init(&one, run_one);
	assert_true(queue_work_on(1, &one));
	was_pending = cancel_work_sync(&one);
	assert_false(in_one);
	assert_int_equal(runs, !was_pending);
}

static u32 told, heard;			/* [a] */

static void hear(struct work *w)
{
	(void)w;
	__atomic_store_n(&heard, __atomic_load_n(&told, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

static void queue_there(void *arg)
{
	(void)arg;
	(void)queue_work_on(1, &one);
}

/* proves WK2: who queues in vain, because another CPU is just queueing, waits for that run */
static void flushed_while_it_is_queued(void)
{
	struct thread *other;

	told = heard = 0;
	work_init(&one, hear);
	other = play_thread(queue_there, NULL, SAME - 1, cpumask_of(1));
	__atomic_store_n(&told, 1, __ATOMIC_RELEASE);
	(void)queue_work_on(0, &one);
	flush_work(&one);
	assert_int_equal(__atomic_load_n(&heard, __ATOMIC_ACQUIRE), 1);
	thread_join(other);
	flush_work(&one);
}

/* ---- readers and writers ---- */

static struct rw_semaphore lock;
static u32 readers_in, writers_in;	/* [a] */

static void come_by(void)
{
	arch_local_irq_restore(arch_local_irq_save());
}

static void read_twice(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 2; i++) {
		down_read(&lock);
		__atomic_fetch_add(&readers_in, 1, __ATOMIC_RELAXED);
		come_by();
		assert_int_equal(writers_in, 0);
		__atomic_fetch_sub(&readers_in, 1, __ATOMIC_RELAXED);
		up_read(&lock);
	}
	assert_int_equal(current_thread()->priority, current_thread()->base_priority);
}

static void write_in(void)
{
	assert_int_equal(__atomic_fetch_add(&writers_in, 1, __ATOMIC_RELAXED), 0);
	come_by();
	assert_int_equal(readers_in, 0);
	__atomic_fetch_sub(&writers_in, 1, __ATOMIC_RELAXED);
}

static void write_once(void *arg)
{
	(void)arg;
	down_write(&lock);
	write_in();
	up_write(&lock);
	assert_int_equal(current_thread()->priority, current_thread()->base_priority);
}

static void write_in_time(void *us)
{
	if (down_write_timeout(&lock, (unsigned long)us))
		return;
	write_in();
	downgrade_write(&lock);
	come_by();
	up_read(&lock);
}

/* proves RW1, RW2 and RW3 */
static void readers_and_writers(void)
{
	struct thread *of[4];

	init_rwsem(&lock);
	of[0] = play_thread(read_twice, NULL, SAME + 1, 0);
	of[1] = play_thread(write_once, NULL, SAME, 0);
	of[2] = play_thread(read_twice, NULL, SAME - 1, 0);
	of[3] = play_thread(write_in_time, (void *)0, SAME - 2, 0);
	for (unsigned int i = 0; i < 4; i++)
		thread_join(of[i]);
	assert_int_equal(lock.readers, 0);
	assert_int_equal(lock.left.count, 0);
	assert_int_equal(lock.writer.owner, 0);
}

static const struct scenario scenarios[] = {
	{ 1, works }, { 2, works }, { 2, works_and_hotplug }, { 2, cancelled_while_it_runs },
	{ 2, flushed_while_it_is_queued },
	{ 2, readers_and_writers },
	{ 3, readers_and_writers },
};

static void chosen_schedules(void **state)
{
	unsigned long all = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		all += play_all(&scenarios[i], test_is_long() ? 100 : 2);
		assert_int_equal(audit_errors(NULL), 0);
		for (u64 n = 0; n < drawn.operations; n++)
			play_random(&scenarios[i], drawn.seed + n, 1 + (unsigned int)(n % 8));
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", all);
}

static void delayed_runs(struct work *w)
{
	(void)w;
	runs++;
}

static void a_delayed_work_waits_for_its_time(void **state)
{
	struct delayed_work w;

	(void)state;
	play_boot(1);
	runs = 0;
	delayed_work_init(&w, delayed_runs);
	queue_delayed_work(&w, 500);
	usleep(100);
	assert_int_equal(runs, 0);
	usleep(1000);
	assert_int_equal(runs, 1);
	queue_delayed_work(&w, 500);
	assert_true(cancel_delayed_work_sync(&w));
	usleep(1000);
	assert_int_equal(runs, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_schedules),
		cmocka_unit_test(a_delayed_work_waits_for_its_time),
	};

	drawn = random_plan(argc, argv, 300, 30000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
