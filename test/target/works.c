/* SPDX-License-Identifier: BSD-2-Clause */
/* Works that are left to threads, and locks of readers and writers, on the machine itself. */
#include <kernel/errno.h>
#include <kernel/rwsem.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/workqueue.h>
#include <test/ktest.h>
#include <arch/irq.h>

#define HERE	cpumask_of(smp_processor_id())

static struct counted {
	struct work work;
	struct delayed_work later;
	struct completion done;
	u32 runs, cpu;			/* [a] */
} counted;				/* [t] */

static void count(struct work *w)
{
	struct counted *c = container_of(w, struct counted, work);

	__atomic_store_n(&c->cpu, smp_processor_id(), __ATOMIC_RELAXED);
	__atomic_fetch_add(&c->runs, 1, __ATOMIC_RELAXED);
	complete(&c->done);
}

static void begin(void)
{
	counted.runs = 0;
	init_completion(&counted.done);
	work_init(&counted.work, count);
}

/* proves WK1 and WK2 on the machine */
static void a_work_runs_once(struct ktest *t)
{
	unsigned long flags = arch_local_irq_save();

	begin();
	KTEST_EXPECT(t, queue_work(&counted.work));
	KTEST_EXPECT(t, !queue_work(&counted.work));
	arch_local_irq_restore(flags);
	flush_work(&counted.work);
	KTEST_EXPECT_EQ(t, counted.runs, 1);
	KTEST_EXPECT(t, !cancel_work_sync(&counted.work));
	flags = arch_local_irq_save();
	KTEST_EXPECT(t, queue_work(&counted.work));
	KTEST_EXPECT(t, cancel_work(&counted.work));
	arch_local_irq_restore(flags);
	flush_work(&counted.work);
	KTEST_EXPECT_EQ(t, counted.runs, 1);
}

static void each_cpu_has_its_works(struct ktest *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct workqueue_snapshot s;

		begin();
		KTEST_EXPECT(t, queue_work_on(cpu, &counted.work));
		KTEST_EXPECT_EQ(t, wait_for_completion_timeout(&counted.done, 20000000), 0);
		flush_work(&counted.work);
		KTEST_EXPECT_EQ(t, counted.cpu, cpu);
		KTEST_EXPECT(t, workqueue_snapshot(cpu, &s) && s.queued && !s.pending);
	}
}

static void count_later(struct work *w)
{
	count(&container_of(w, struct counted, later.work)->work);
}

static void a_delayed_work_comes_later(struct ktest *t)
{
	u64 start = time_us();

	begin();
	delayed_work_init(&counted.later, count_later);
	queue_delayed_work(&counted.later, 3000);
	KTEST_EXPECT_EQ(t, wait_for_completion_timeout(&counted.done, 20000000), 0);
	KTEST_EXPECT(t, time_us() + 1 >= start + 3000);
	queue_delayed_work(&counted.later, 60000000);
	KTEST_EXPECT(t, cancel_delayed_work_sync(&counted.later));
	KTEST_EXPECT(t, !cancel_delayed_work_sync(&counted.later));
	KTEST_EXPECT_EQ(t, counted.runs, 1);
}

static DECLARE_RWSEM(lock);		/* [f] */
static u32 inside, writers, rounds;	/* [a] */

static void read_and_write(void *arg)
{
	for (unsigned long i = (unsigned long)arg; i < 300; i++) {
		if (i % 5) {
			down_read(&lock);
			__atomic_fetch_add(&inside, 1, __ATOMIC_RELAXED);
			if (__atomic_load_n(&writers, __ATOMIC_RELAXED))
				return;
			if (i % 7 == 0)
				thread_yield();
			__atomic_fetch_sub(&inside, 1, __ATOMIC_RELAXED);
			up_read(&lock);
		} else {
			down_write(&lock);
			if (__atomic_fetch_add(&writers, 1, __ATOMIC_RELAXED) ||
			    __atomic_load_n(&inside, __ATOMIC_RELAXED))
				return;
			__atomic_fetch_sub(&writers, 1, __ATOMIC_RELAXED);
			up_write(&lock);
		}
		__atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
	}
}

/* proves RW1 on the machine */
static void a_writer_is_alone(struct ktest *t)
{
	struct thread *of[6];

	rounds = 0;
	for (unsigned long i = 0; i < ARRAY_SIZE(of); i++) {
		of[i] = thread_create(&(struct thread_params){
			.name = "rwsem", .fn = read_and_write, .arg = (void *)i,
			.priority = CONFIG_SHELL_PRIORITY - 1 + (unsigned int)i % 3 });
		KTEST_ASSERT(t, of[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		thread_join(of[i]);
	KTEST_EXPECT_EQ(t, rounds, 6 * 300 - 15);
	KTEST_EXPECT_EQ(t, lock.readers, 0);
}

static void hold_to_read(void *done)
{
	down_read(&lock);
	wait_for_completion(done);
	up_read(&lock);
}

static void time_is_up_for_a_writer(struct ktest *t)
{
	struct completion done;
	struct thread *reader;

	init_completion(&done);
	reader = thread_create(&(struct thread_params){
		.name = "reader", .fn = hold_to_read, .arg = &done,
		.priority = CONFIG_SHELL_PRIORITY - 1, .affinity = HERE });
	KTEST_ASSERT(t, reader);
	KTEST_EXPECT(t, !down_write_trylock(&lock));
	KTEST_EXPECT_EQ(t, down_write_timeout(&lock, 200), (unsigned long long)-ETIMEDOUT);
	KTEST_EXPECT(t, down_read_trylock(&lock));
	up_read(&lock);
	complete(&done);
	thread_join(reader);
	KTEST_EXPECT_EQ(t, down_write_timeout(&lock, 200), 0);
	downgrade_write(&lock);
	KTEST_EXPECT(t, down_read_trylock(&lock));
	up_read(&lock);
	up_read(&lock);
}

static const struct ktest_case work_cases[] = {
	KTEST_CASE(a_work_runs_once),
	KTEST_CASE(each_cpu_has_its_works),
	KTEST_CASE(a_delayed_work_comes_later),
	KTEST_CASE(a_writer_is_alone),
	KTEST_CASE(time_is_up_for_a_writer),
	{ }
};
KTEST_SUITE(works, work_cases, false);
