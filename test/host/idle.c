/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting in virtual time: a wait is exact to the microsecond and takes no real time. */
#include "common/boot.h"

#include <time.h>

#include <kernel/idle.h>
#include <kernel/time.h>
#include <arch/irq.h>
#include <arch/time.h>

/* Looks at the clock may add so much. */
#define LOOKS_US	2

static int fresh(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.virtual_time = true;
	host_reset(&m);
	timebase_hz = HOST_TICKS_PER_S;
	return 0;
}

static u64 idle_takes(u64 us)
{
	u64 start = time_us();

	cpu_idle(us);
	assert_true(host_timer_deadline == HOST_TIMER_OFF);
	return time_us() - start;
}

static void expect_about(u64 us, u64 expected)
{
	assert_in_range(us, expected, expected + LOOKS_US);
}

static void idle_lasts_as_asked(void **state)
{
	(void)state;
	for (u64 us = 0; us <= 1000000; us += us / 2 + 1)
		expect_about(idle_takes(us), us);
}

static void idle_lasts_a_second_at_most(void **state)
{
	(void)state;
	expect_about(idle_takes(1000001), 1000000);
	expect_about(idle_takes(~0ull), 1000000);
}

static void nobody_sleeps(void **state)
{
	struct timespec start, end;
	u64 start_us = time_us();

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned int i = 0; i < 1000; i++)
		cpu_idle(1000000);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(time_us() - start_us >= 1000 * 1000000ull);
	assert_true(end.tv_sec - start.tv_sec < 100);
}

static void nothing_to_wake_up_by(void **state)
{
	(void)state;
	timebase_hz = 0;
	cpu_idle(1000000);
	cpu_nap();
	timebase_hz = HOST_TICKS_PER_S;
	assert_true(host_timer_deadline == HOST_TIMER_OFF);
	assert_true(time_us() < 1000);
}

static void a_turn_naps_now_and_then(void **state)
{
	unsigned int turns = 0;
	u64 start = time_us();

	(void)state;
	while (turns < SPINS_BEFORE_NAP - 1)
		cpu_wait_turn(&turns);
	expect_about(time_us() - start, 0);
	cpu_wait_turn(&turns);
	expect_about(time_us() - start, 20);
}

static void a_bounded_wait_ends(void **state)
{
	struct deadline by_turns = deadline_in(1000000), by_looks;
	unsigned int turns = 0;
	u64 start = time_us();

	(void)state;
	while (!deadline_over(&by_turns))
		cpu_wait_turn(&turns);
	assert_in_range(time_us() - start, 999990, 1000100);
	by_looks = deadline_in(1000);
	while (!deadline_over(&by_looks))
		;
	assert_in_range(time_us() - start, 1000990, 1001200);
}

static void interrupts_are_as_before(void **state)
{
	unsigned long flags;

	(void)state;
	cpu_idle(10);
	assert_false(arch_irqs_disabled());
	flags = arch_local_irq_save();
	cpu_idle(10);
	cpu_nap();
	assert_true(arch_irqs_disabled());
	arch_local_irq_restore(flags);
}

/* Without virtual_time a wait takes real time. */
static void real_time_passes(void **state)
{
	u64 start;

	(void)state;
	host_reset(NULL);
	timebase_hz = HOST_TICKS_PER_S;
	start = time_us();
	cpu_idle(20000);
	assert_true(time_us() - start >= 20000);
}

#define CASE(test)	cmocka_unit_test_setup(test, fresh)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(idle_lasts_as_asked),
		CASE(idle_lasts_a_second_at_most),
		CASE(nobody_sleeps),
		CASE(nothing_to_wake_up_by),
		CASE(a_turn_naps_now_and_then),
		CASE(a_bounded_wait_ends),
		CASE(interrupts_are_as_before),
		CASE(real_time_passes),
	};

	return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
