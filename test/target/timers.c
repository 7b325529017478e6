/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers, sleeping threads and turns on the machine itself. */
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/audit.h>
#include <test/ktest.h>
#include <arch/irq.h>
#include <arch/processor.h>
#include <arch/time.h>

#define TIMERS	64u

static struct noted {
	struct timer timer;
	u64 called_at;
	unsigned int calls;
} noted[TIMERS];		/* [t] */
static u64 last_deadline;	/* [t] */
static unsigned int out_of_order, calls;	/* [t] */

static void note(struct timer *t)
{
	struct noted *n = container_of(t, struct noted, timer);

	n->called_at = arch_ticks();
	n->calls++;
	out_of_order += t->deadline < last_deadline;
	last_deadline = t->deadline;
	WRITE_ONCE(calls, calls + 1);
}

static void begin(void)
{
	last_deadline = out_of_order = calls = 0;
	for (unsigned int i = 0; i < TIMERS; i++) {
		noted[i] = (struct noted){ .calls = 0 };
		timer_init(&noted[i].timer, note);
	}
}

static u64 draw(u64 *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* proves TI3 on the machine */
static void timers_come_in_order(struct ktest *t)
{
	u64 seed = t->seed, start = arch_ticks();
	unsigned long flags;

	begin();
	flags = arch_local_irq_save();
	for (unsigned int i = 0; i < TIMERS; i++)
		timer_add(&noted[i].timer, start + draw(&seed) % ticks_of_us(20000));
	arch_local_irq_restore(flags);
	while (READ_ONCE(calls) < TIMERS && arch_ticks() < start + ticks_of_us(2000000))
		usleep(100);
	KTEST_EXPECT_EQ(t, calls, TIMERS);
	KTEST_EXPECT_EQ(t, out_of_order, 0);
	for (unsigned int i = 0; i < TIMERS; i++) {
		KTEST_EXPECT_EQ(t, noted[i].calls, 1);
		KTEST_EXPECT(t, noted[i].called_at >= noted[i].timer.deadline);
	}
}

static void a_cancelled_timer_does_not_come(struct ktest *t)
{
	begin();
	for (unsigned int i = 0; i < TIMERS; i++)
		timer_add(&noted[i].timer, ticks_in_us(2000 + i));
	for (unsigned int i = 0; i < TIMERS; i += 2)
		KTEST_EXPECT(t, timer_cancel(&noted[i].timer));
	KTEST_EXPECT(t, !timer_cancel(&noted[0].timer));
	msleep(10);
	for (unsigned int i = 0; i < TIMERS; i++)
		KTEST_EXPECT_EQ(t, noted[i].calls, i % 2);
}

static void sleeps_last_as_long_as_asked(struct ktest *t)
{
	static const unsigned int us[] = { 1, 20, 100, 1000, 12345, 100000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(us); i++) {
		u64 start = time_us(), took;

		usleep(us[i]);
		took = time_us() - start;
		KTEST_EXPECT(t, took + 1 >= us[i]);
		/* A simulated machine may stand still, though not for so long. */
		KTEST_EXPECT(t, took < us[i] + 2000000);
	}
}

struct worker {
	u64 rounds;
	u32 stop;
};

static void be_busy(void *arg)
{
	struct worker *w = arg;

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED))
		__atomic_store_n(&w->rounds, w->rounds + 1, __ATOMIC_RELAXED);
}

/* No worker lets go of the CPU, and this thread is no more urgent than a worker. proves SL1 */
static void equals_that_do_not_yield_take_turns(struct ktest *t)
{
	struct worker w[3] = { { 0 } };
	struct thread *of[3];

	for (unsigned int i = 0; i < 3; i++) {
		of[i] = thread_create(&(struct thread_params){
			.name = "busy", .fn = be_busy, .arg = &w[i],
			.priority = CONFIG_SHELL_PRIORITY, .affinity = cpumask_of(0) });
		KTEST_ASSERT(t, of[i]);
	}
	usleep(10 * CONFIG_SLICE_US);
	for (unsigned int i = 0; i < 3; i++)
		__atomic_store_n(&w[i].stop, 1, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < 3; i++) {
		thread_join(of[i]);
		KTEST_EXPECT(t, w[i].rounds > 0);
	}
}

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void sleep_a_lot(void *arg)
{
	u64 seed = (u64)(unsigned long)arg;

	for (unsigned int i = 0; i < 100; i++)
		usleep(draw(&seed) % 500);
}

static void many_sleepers_on_all_cpus(struct ktest *t)
{
	struct thread *of[12];
	struct audit a;

	for (unsigned long i = 0; i < ARRAY_SIZE(of); i++) {
		of[i] = thread_create(&(struct thread_params){
			.name = "sleeper", .fn = sleep_a_lot, .arg = (void *)(t->seed + i),
			.priority = 8 * (unsigned int)(i % 2) + 8 });
		KTEST_ASSERT(t, of[i]);
	}
	for (unsigned int i = 0; i < 10; i++)
		KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		thread_join(of[i]);
	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
}

static const struct ktest_case timer_cases[] = {
	KTEST_CASE(timers_come_in_order),
	KTEST_CASE(a_cancelled_timer_does_not_come),
	KTEST_CASE(sleeps_last_as_long_as_asked),
	KTEST_CASE(equals_that_do_not_yield_take_turns),
	KTEST_CASE(many_sleepers_on_all_cpus),
	{ }
};
KTEST_SUITE(timers, timer_cases, false);
