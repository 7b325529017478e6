/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers against a model: random deadlines near and far, cancelled and added again, on a clock that
 * is moved by hand. And sleeping threads on CPUs whose steps are chosen.
 */
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/processor.h>
#include <arch/time.h>

#include "common/audit.h"
#include "common/play.h"

#define TIMERS	200u

static struct random_plan drawn;

static struct modelled {
	struct timer timer;
	bool pending, was_past;
	u64 deadline;
} model[TIMERS];

static u64 last_deadline;
static bool expired_wrong;

static void expire(struct timer *t)
{
	struct modelled *m = container_of(t, struct modelled, timer);

	expired_wrong |= !m->pending || t->deadline != m->deadline ||
			 m->deadline > host_virtual_ticks() ||
			 (m->deadline < last_deadline && !m->was_past);
	m->pending = false;
	if (!m->was_past)
		last_deadline = m->deadline;
}

/* From a tick to beyond all levels: each number of bits comes as often. */
static u64 some_ticks(struct rng *rng)
{
	return rng_next(rng) >> (8 + rng_below(rng, 55));
}

static u64 first_deadline(void)
{
	u64 first = TIMER_NEVER;

	for (unsigned int i = 0; i < TIMERS; i++)
		if (model[i].pending && model[i].deadline < first)
			first = model[i].deadline;
	return first;
}

static void add_or_cancel(struct rng *rng)
{
	struct modelled *m = &model[rng_below(rng, TIMERS)];

	if (m->pending) {
		assert_true(timer_cancel(&m->timer));
		m->pending = false;
		return;
	}
	assert_false(timer_cancel(&m->timer));
	m->deadline = host_virtual_ticks() + some_ticks(rng);
	m->pending = true;
	timer_add(&m->timer, m->deadline);
	/* The timer is due at once, before or behind other timers that are due. */
	m->was_past = m->deadline <= host_virtual_ticks();
}

/* Time goes on, to the first deadline, before it or far behind; all that is due is called. */
static void let_time_pass(struct rng *rng)
{
	u64 first = first_deadline(), now = host_virtual_ticks();

	if (first != TIMER_NEVER && rng_below(rng, 2))
		host_advance_to(first);
	else
		host_advance_to(now + some_ticks(rng) % (1ull << 34));
	last_deadline = 0;
	for (unsigned int turns = 0; host_timer_deadline <= host_virtual_ticks(); turns++) {
		unsigned long flags = arch_local_irq_save();

		assert_true(turns < 100 * TIMERS);
		arch_timer_cancel();
		timer_interrupt();
		arch_local_irq_restore(flags);
	}
	assert_false(expired_wrong);
	first = first_deadline();
	assert_true(first > host_virtual_ticks() || first == TIMER_NEVER);
	assert_true(host_timer_deadline <= first);
}

/* proves TI1, TI2 and TI3 */
static void random_use(void **state)
{
	struct host_machine m = host_default_machine;
	struct rng rng = { drawn.seed | 1 };

	(void)state;
	m.virtual_time = true;
	host_reset(&m);
	timebase_hz = HOST_TICKS_PER_S;
	timers_init();
	memset(model, 0, sizeof(model));
	for (unsigned int i = 0; i < TIMERS; i++)
		timer_init(&model[i].timer, expire);
	for (u64 n = 0; n < drawn.operations; n++) {
		if (rng_below(&rng, 4))
			add_or_cancel(&rng);
		else
			let_time_pass(&rng);
		if (n % 64 == 0)
			assert_null(timers_validate());
	}
	assert_null(timers_validate());
}

/* ---- sleeping threads ---- */

static u32 slept;		/* [a] */

static void sleep_some(void *arg)
{
	for (unsigned int i = 0; i < 3; i++)
		usleep(1 + (unsigned long)arg * i);
	__atomic_fetch_add(&slept, 1, __ATOMIC_RELAXED);
}

static void sleepers(void)
{
	struct thread *of[3];

	slept = 0;
	for (unsigned long i = 0; i < 3; i++)
		of[i] = play_thread(sleep_some, (void *)(i + 1),
				    CONFIG_SHELL_PRIORITY - 1 + (unsigned int)i, 0);
	usleep(2);
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
	assert_int_equal(slept, 3);
}

/* A CPU goes while threads sleep on it: the timers of that CPU go to another one. */
static void sleepers_and_hotplug(void)
{
	struct thread *of[3];

	slept = 0;
	for (unsigned long i = 0; i < 3; i++)
		of[i] = play_thread(sleep_some, (void *)(5 * (i + 1)),
				    CONFIG_SHELL_PRIORITY - 1, 0);
	if (!cpu_down(1))
		assert_int_equal(cpu_up(1), 0);
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
	assert_int_equal(slept, 3);
}

static u32 fired;		/* [a] */

static void fire(struct timer *t)
{
	(void)t;
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
}

static void cancel_it(void *arg)
{
	/* What matters is the moment in which the timer is off its list and not called yet. */
	while (timer_pending(arg) && arch_ticks())
		arch_cpu_relax();
	if (timer_cancel_sync(arg))
		__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
	/* The timer's memory may go now. */
	memset(arg, 0x5a, sizeof(struct timer));
}

/* A timer that is due meets its cancelling on another CPU: one of them wins. */
static void expiry_and_cancel(void)
{
	static struct timer t;
	struct thread *canceller;

	fired = 0;
	timer_init(&t, fire);
	timer_add(&t, ticks_in_us(1));
	canceller = play_thread(cancel_it, &t, CONFIG_SHELL_PRIORITY - 1, 0);
	usleep(30);
	thread_join(canceller);
	assert_int_equal(fired, 1);
}

static const struct scenario scenarios[] = {
	{ 2, sleepers }, { 3, sleepers }, { 3, expiry_and_cancel }, { 3, sleepers_and_hotplug },
};

static void chosen_schedules(void **state)
{
	unsigned long runs = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		runs += play_all(&scenarios[i], test_is_long() ? 100 : 2);
		assert_int_equal(audit_errors(NULL), 0);
		for (u64 n = 0; n < drawn.operations / 1000; n++)
			play_random(&scenarios[i], drawn.seed + n, 1 + (unsigned int)(n % 8));
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", runs);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_use),
		cmocka_unit_test(chosen_schedules),
	};

	drawn = random_plan(argc, argv, 300000, 30000000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
