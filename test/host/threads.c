/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler on CPUs whose steps are chosen: every preemption of small cases, pairs of them, and
 * random ones. After each run the scheduler's rules hold and nothing is left.
 */
#include <kernel/idle.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/timer.h>
#include <mm/account.h>
#include <mm/snapshot.h>

#include "common/audit.h"
#include "common/play.h"

#define SAME	CONFIG_SHELL_PRIORITY

/* ---- scenarios ---- */

static u32 turn, started;	/* [a] */
static struct thread *pair[2];

static void take_turns(void *arg)
{
	unsigned int me = (unsigned int)(unsigned long)arg;

	for (unsigned int i = 0; i < 3; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) % 2 != me ||
		       !__atomic_load_n(&started, __ATOMIC_ACQUIRE))
			thread_block();
		__atomic_fetch_add(&turn, 1, __ATOMIC_RELEASE);
		if (i < 2 || !me)
			thread_wake(pair[!me]);
	}
}

/* Each waits for the other's wake-up: one that is lost leaves both waiting. */
static void ping_pong(void)
{
	turn = started = 0;
	pair[1] = play_thread(take_turns, (void *)1, SAME, 0);
	pair[0] = play_thread(take_turns, (void *)0, SAME + 1, 0);
	__atomic_store_n(&started, 1, __ATOMIC_RELEASE);
	thread_wake(pair[0]);
	thread_join(pair[0]);
	thread_join(pair[1]);
	assert_int_equal(turn, 6);
}

static u32 ended;		/* [a] */
static u32 woken;		/* [a] */

static void sleep_a_lot(void *arg)
{
	(void)arg;
	while (__atomic_load_n(&woken, __ATOMIC_ACQUIRE) < 4)
		thread_block();
}

static void wake_it(void *arg)
{
	for (unsigned int i = 0; i < 2; i++) {
		__atomic_fetch_add(&woken, 1, __ATOMIC_RELEASE);
		thread_wake(arg);
	}
}

/* Several wake one that may run anywhere. */
static void wakers(void)
{
	struct thread *sleeper, *a, *b;

	woken = 0;
	sleeper = play_thread(sleep_a_lot, NULL, SAME - 1, 0);
	a = play_thread(wake_it, sleeper, SAME, 0);
	b = play_thread(wake_it, sleeper, SAME + 1, 0);
	thread_join(a);
	thread_join(b);
	thread_join(sleeper);
}

static void end(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
}

/* Ends meet joins and detaches. */
static void ends(void)
{
	struct thread *a, *b, *c;

	ended = 0;
	a = play_thread(end, NULL, SAME, 0);
	b = play_thread(end, NULL, SAME + 1, 0);
	c = play_thread(end, NULL, SAME - 1, 0);
	thread_detach(b);
	thread_join(a);
	thread_join(c);
	while (__atomic_load_n(&ended, __ATOMIC_RELAXED) < 3)
		thread_join(play_thread(end, NULL, CONFIG_NR_PRIORITIES - 1, cpumask_of(0)));
	assert_true(ended >= 3);
}

static void yield_a_lot(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 4; i++)
		thread_yield();
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
}

static void validate(void *unused)
{
	(void)unused;
	assert_null(sched_validate());
}

/* Threads are pulled by CPUs that become idle and woken on others, while a CPU goes and comes. */
static void hotplug(void)
{
	struct thread *of[3], *sleeper, *waker;

	ended = woken = 0;
	sleeper = play_thread(sleep_a_lot, NULL, SAME - 1, ~cpumask_of(0));
	for (unsigned int i = 0; i < 3; i++)
		of[i] = play_thread(yield_a_lot, NULL, SAME + i % 2, 0);
	waker = play_thread(wake_it, sleeper, SAME - 2, cpumask_of(2));
	if (!cpu_down(1)) {
		assert_int_equal(stop_machine(validate, NULL), 0);
		assert_int_equal(cpu_up(1), 0);
	}
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
	thread_join(waker);
	woken = 4;
	thread_wake(sleeper);
	thread_join(sleeper);
	assert_int_equal(ended, 3);
}

static void yield_and_note(void *seen)
{
	for (unsigned int i = 0; i < 3; i++)
		thread_yield();
	__atomic_store_n((u32 *)seen, current_thread()->cpu + 1, __ATOMIC_RELEASE);
}

/* Affinity changes while the thread is ready, runs, or waits. */
static void affinity(void)
{
	struct thread *a, *sleeper;
	u32 seen = 0;

	woken = 0;
	a = play_thread(yield_and_note, &seen, SAME, 0);
	sleeper = play_thread(sleep_a_lot, NULL, SAME + 1, 0);
	assert_int_equal(thread_set_affinity(sleeper, cpumask_of(1)), 0);
	assert_int_equal(thread_set_affinity(a, cpumask_of(0)), 0);
	assert_int_equal(thread_set_affinity(current_thread(), cpumask_of(1)), 0);
	assert_int_equal(smp_processor_id(), 1);
	assert_int_equal(thread_set_affinity(current_thread(), cpumask_of(0)), 0);
	assert_int_equal(smp_processor_id(), 0);
	woken = 4;
	thread_wake(sleeper);
	thread_join(a);
	thread_join(sleeper);
	assert_true(seen);
}

/* A thread that naps keeps its CPU, even if that CPU is busy when the nap ends and another is
 * idle. */
static void nap_here(void *seen)
{
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int cpu = smp_processor_id();

		cpu_idle(20);
		assert_int_equal(smp_processor_id(), cpu);
	}
	__atomic_store_n((u32 *)seen, 1, __ATOMIC_RELEASE);
}

static void be_busy(void *seen)
{
	while (!__atomic_load_n((u32 *)seen, __ATOMIC_ACQUIRE)) {
		arch_cpu_relax();
		usleep(3);
		for (unsigned int i = 0; i < 8; i++)
			thread_yield();
	}
}

/* proves SP1 */
static void naps(void)
{
	struct thread *of[3];
	u32 seen = 0;

	of[0] = play_thread(be_busy, &seen, SAME - 1, cpumask_of(1));
	of[1] = play_thread(nap_here, &seen, SAME, cpumask_of(0) | cpumask_of(1));
	of[2] = play_thread(be_busy, &seen, SAME - 1, cpumask_of(0));
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
}

static const struct scenario scenarios[] = {
	{ 2, naps }, { 2, affinity }, { 3, affinity }, { 2, ping_pong }, { 2, ends },
	{ 3, ping_pong }, { 3, ends }, { 3, hotplug }, { 2, wakers }, { 3, wakers },
};

/* ---- tests ---- */

/* proves SQ1, SQ2, SQ3, SQ4, SQ5 and SP1 */
static void every_single_preemption(void **state)
{
	unsigned long runs = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		runs += play_all(&scenarios[i], test_is_long() ? 200 : 12);
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", runs);
}

static struct random_plan drawn;

/* proves SQ1, ST1, ST2 and SP2 */
static void random_schedules(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		for (u64 n = 0; n < drawn.operations; n++) {
			play_random(&scenarios[i], drawn.seed + n, 1 + (unsigned int)(n % 8));
			if (n % 16 == 0)
				assert_int_equal(audit_errors(NULL), 0);
		}
		assert_int_equal(audit_errors(NULL), 0);
	}
}

/* proves ST3 */
static void a_written_end_of_stack_is_found(void **state)
{
	struct thread *t;
	unsigned long *word;

	(void)state;
	play_boot(2);
	t = play_thread(end, NULL, CONFIG_NR_PRIORITIES - 1, cpumask_of(0));
	word = host_stack_mark(&t->context);
	assert_int_equal(audit_errors(NULL), 0);
	++*word;
	assert_string_equal(sched_validate(), "ST3: a stack was written below its end");
	--*word;
	thread_join(t);
	assert_int_equal(audit_errors(NULL), 0);
}

MEM_ACCOUNT(lean, 0, 0);

static void make_detached(unsigned int priority, struct mem_account *account)
{
	thread_detach(thread_create(&(struct thread_params){
		.name = "short", .fn = end, .priority = priority, .affinity = cpumask_of(0),
		.account = account,
	}));
}

/* However many of others have ended before. */
static void an_account_pays_for_one_stack_at_a_time(void **state)
{
	long one, most = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		skip();
	lean = (struct mem_account){ .name = "lean" };
	play_boot(1);
	make_detached(SAME - 1, &lean);
	one = lean.kinds[ACCOUNT_STACK];
	assert_true(one > 0);
	for (unsigned int i = 0; i < 24; i++)
		make_detached(SAME + 1, NULL);
	thread_join(play_thread(end, NULL, CONFIG_NR_PRIORITIES - 1, cpumask_of(0)));
	for (unsigned int i = 0; i < 8; i++) {
		make_detached(SAME - 1, &lean);
		most = max(most, lean.kinds[ACCOUNT_STACK]);
	}
	assert_int_equal(most, one);
	assert_int_equal(audit_errors(NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_single_preemption),
		cmocka_unit_test(random_schedules),
		cmocka_unit_test(a_written_end_of_stack_is_found),
		cmocka_unit_test(an_account_pays_for_one_stack_at_a_time),
	};

	drawn = random_plan(argc, argv, 1000, 100000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
