/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core of interrupts on a controller that is the test: who has which line, what nobody has, and
 * lines that come while their owner lets go, moves them, or a CPU goes, in schedules that are
 * chosen.
 */
#include <kernel/errno.h>
#include <kernel/irq.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <arch/irq.h>
#include <arch/processor.h>

#include "common/audit.h"
#include "common/play.h"
#include "kernel/irq/internal.h"

#define LINES	100u
#define CPUS	3u

static struct random_plan drawn;

/* The controller. A line that is on at two CPUs, or taken from one in the middle, is a fault. */
static bool masked[LINES];
static u32 on_at[LINES];		/* a bit for each CPU */
static bool delivering[CPUS];
static struct irq_desc *lines[LINES];

static void fake_mask(struct irq_chip *chip, unsigned int hwirq)
{
	(void)chip;
	masked[hwirq] = true;
}

static void fake_unmask(struct irq_chip *chip, unsigned int hwirq)
{
	(void)chip;
	masked[hwirq] = false;
}

static void fake_route(struct irq_chip *chip, unsigned int hwirq, unsigned int cpu, bool on)
{
	assert_true(chip->cpus >> cpu & 1);
	if (on) {
		assert_int_equal(on_at[hwirq], 0);
		on_at[hwirq] = 1u << cpu;
		return;
	}
	assert_int_equal(on_at[hwirq], 1u << cpu);
	assert_int_equal(smp_processor_id(), cpu);
	assert_false(delivering[cpu]);
	on_at[hwirq] = 0;
}

static void fake_enter(struct irq_chip *c, unsigned int cpu)
{
	assert_int_equal(smp_processor_id(), cpu);
	assert_true(c->cpus >> cpu & 1);
}

static const struct irq_chip_ops fake_ops = {
	.mask = fake_mask, .unmask = fake_unmask, .route = fake_route, .enter = fake_enter,
};
static struct irq_chip chip;

static void interrupt_here(unsigned int hwirq)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int cpu = smp_processor_id();

	if (on_at[hwirq] == 1u << cpu && !masked[hwirq]) {
		delivering[cpu] = true;
		irq_deliver(&chip, hwirq);
		delivering[cpu] = false;
	}
	arch_local_irq_restore(flags);
}

static void add_chip(void)
{
	memset(masked, 1, sizeof(masked));
	memset(on_at, 0, sizeof(on_at));
	memset(delivering, 0, sizeof(delivering));
	memset(lines, 0, sizeof(lines));
	chip = (struct irq_chip){ .name = "fake", .ops = &fake_ops, .nr_hwirqs = LINES,
				  .cpus = (1u << CPUS) - 1, .lines = lines };
	irq_chip_add(&chip);
}

static unsigned int map(unsigned int hwirq)
{
	return irq_map(&chip, hwirq);
}

/* ---- handlers ---- */

static u32 handled, threaded;		/* [a] */
static bool has_gone;

static irqreturn_t count(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	assert_false(has_gone);
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	return IRQ_HANDLED;
}

static irqreturn_t count_in_thread(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	assert_false(has_gone);
	__atomic_fetch_add(&threaded, 1, __ATOMIC_RELAXED);
	return IRQ_HANDLED;
}

static irqreturn_t deny(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	return IRQ_NONE;
}

static void expect_log(const char *sentence)
{
	if (!strstr(host_log(), sentence))
		fail_msg("no \"%s\" in: %s", sentence, host_log());
}

static void fresh(void)
{
	play_boot(1);
	add_chip();
	handled = threaded = 0;
	has_gone = false;
}

static void only_one_has_a_line(void **state)
{
	unsigned int irq;

	(void)state;
	fresh();
	irq = map(7);
	assert_int_equal(map(7), irq);
	assert_int_equal(request_irq(irq, count, "one", NULL), 0);
	assert_int_equal(request_irq(irq, deny, "two", NULL), -EBUSY);
	expect_log("irq: two asks for interrupt 1, which one has");
	interrupt_here(7);
	assert_int_equal(handled, 1);
	assert_int_equal(irq_count_of(irq, 0), 1);
	free_irq(irq);
	assert_true(masked[7]);
	assert_int_equal(on_at[7], 0);
	assert_int_equal(request_irq(irq, NULL, "x", NULL), -EINVAL);
	assert_int_equal(request_irq(irq + 1, count, "x", NULL), -EINVAL);
	assert_int_equal(irq_let_through(irq), -EINVAL);
	assert_null(irq_validate());
	assert_int_equal(HOST_TRY(free_irq(irq)), HOST_ASSERT_FAILED);
}

/* proves IR2 */
static void what_nobody_has_is_masked_and_not_lost(void **state)
{
	unsigned long flags;
	unsigned int irq;

	(void)state;
	fresh();
	masked[9] = false;
	flags = arch_local_irq_save();
	irq_deliver(&chip, 9);
	irq_deliver(&chip, LINES + 5);
	arch_local_irq_restore(flags);
	assert_true(masked[9]);
	assert_int_equal(irq_unknown_count(), 2);
	expect_log("irq: line 9 of fake interrupts CPU 0 and nobody has asked for it: masked");
	irq = map(9);
	assert_int_equal(request_irq(irq, count, "late", NULL), 0);
	interrupt_here(9);
	assert_int_equal(handled, 1);
}

static void a_handler_that_denies_too_often(void **state)
{
	struct irq_snapshot s;
	unsigned int irq;

	(void)state;
	fresh();
	irq = map(3);
	assert_int_equal(request_irq(irq, deny, "liar", NULL), 0);
	for (unsigned int i = 0; i < 999; i++)
		interrupt_here(3);
	assert_false(masked[3]);
	interrupt_here(3);
	assert_true(masked[3]);
	expect_log("irq: the handler of interrupt 1 (liar) said 1000 times in a row that it is not its "
		   "own");
	assert_true(irq_snapshot(irq, &s) && s.nobodys && s.unhandled == 1000);
	assert_int_equal(irq_let_through(irq), 0);
	assert_false(masked[3]);
	free_irq(irq);
}

static void disabled_nests(void **state)
{
	unsigned int irq;

	(void)state;
	fresh();
	irq = map(5);
	assert_int_equal(request_irq(irq, count, "x", NULL), 0);
	disable_irq(irq);
	disable_irq(irq);
	enable_irq(irq);
	assert_true(masked[5]);
	enable_irq(irq);
	assert_false(masked[5]);
	assert_int_equal(HOST_TRY(enable_irq(irq)), HOST_ASSERT_FAILED);
}

static void numbers_end(void **state)
{
	(void)state;
	fresh();
	for (unsigned int hwirq = 1; hwirq < CONFIG_NR_IRQS; hwirq++)
		assert_int_equal(map(hwirq), hwirq);
	assert_int_equal(map(CONFIG_NR_IRQS), 0);
	expect_log("irq: no number is left for line 64 of fake: raise CONFIG_NR_IRQS, which is 64");
	assert_null(irq_validate());
}

/* ---- schedules ---- */

static u32 end;				/* [a] */

static void devices_of_a_cpu(void *hwirq)
{
	for (unsigned int i = 0; i < 4 && !__atomic_load_n(&end, __ATOMIC_ACQUIRE); i++) {
		interrupt_here((unsigned int)(unsigned long)hwirq);
		thread_yield();
	}
}

static void begin(struct thread *of[], unsigned int cpus)
{
	end = 0;
	handled = threaded = 0;
	has_gone = false;
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		of[cpu] = play_thread(devices_of_a_cpu, (void *)11ul, CONFIG_SHELL_PRIORITY,
				      cpumask_of(cpu));
}

static void finish(struct thread *of[], unsigned int cpus)
{
	__atomic_store_n(&end, 1, __ATOMIC_RELEASE);
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		thread_join(of[cpu]);
	assert_null(irq_validate());
}

/* When free_irq() has returned no handler runs, wherever the line was. */
static void owner_lets_go(void)
{
	unsigned int irq = map(11);
	struct thread *of[CPUS];

	begin(of, 2);
	assert_int_equal(request_irq(irq, count, "x", NULL), 0);
	assert_int_equal(irq_set_affinity(irq, cpumask_of(1)), 0);
	thread_yield();
	assert_int_equal(irq_set_affinity(irq, cpumask_of(num_online_cpus() - 1)), 0);
	free_irq(irq);
	has_gone = true;
	finish(of, 2);
	irq_set_affinity(irq, ~(cpumask_t)0);
}

static void move_about(void *irq)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(irq_set_affinity((unsigned int)(unsigned long)irq,
						  cpumask_of(cpu)), 0);
}

/* Each call may find that the line is not where it was a moment ago. */
static void two_move_it(void)
{
	unsigned int irq = map(11);
	struct thread *of[CPUS], *mover;

	begin(of, CPUS);
	assert_int_equal(request_irq(irq, count, "x", NULL), 0);
	mover = play_thread(move_about, (void *)(unsigned long)irq, CONFIG_SHELL_PRIORITY,
			    cpumask_of(2));
	for (unsigned int cpu = CPUS; cpu-- > 0; )
		assert_int_equal(irq_set_affinity(irq, cpumask_of(cpu)), 0);
	thread_join(mover);
	free_irq(irq);
	has_gone = true;
	finish(of, CPUS);
	irq_set_affinity(irq, ~(cpumask_t)0);
}

/* The same with a thread that serves it. */
static void threaded_owner_lets_go(void)
{
	unsigned int irq = map(11);
	struct thread *of[CPUS];

	begin(of, 2);
	assert_int_equal(request_threaded_irq(irq, NULL, count_in_thread, "x", NULL), 0);
	assert_int_equal(irq_set_affinity(irq, cpumask_of(1)), 0);
	thread_yield();
	free_irq(irq);
	has_gone = true;
	finish(of, 2);
	irq_set_affinity(irq, ~(cpumask_t)0);
}

/* proves IR1 and IR3 */
static void it_moves_while_cpus_go(void)
{
	unsigned int irq = map(11);
	struct thread *of[CPUS];

	begin(of, 1);
	assert_int_equal(request_irq(irq, count, "x", NULL), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(irq_set_affinity(irq, cpumask_of(1 + i)), 0);
		if (!cpu_down(1 + i)) {
			assert_null(irq_validate());
			assert_true(on_at[11] != 1u << (1 + i));
			assert_int_equal(cpu_up(1 + i), 0);
		}
	}
	free_irq(irq);
	has_gone = true;
	finish(of, 1);
	irq_set_affinity(irq, ~(cpumask_t)0);
}

static const struct scenario scenarios[] = {
	{ 2, owner_lets_go }, { 3, owner_lets_go }, { 3, threaded_owner_lets_go },
	{ 3, it_moves_while_cpus_go }, { 3, two_move_it },
};

static void chosen_schedules(void **state)
{
	unsigned long runs = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		add_chip();
		chip.cpus = cpumask_of(scenarios[i].cpus) - 1;
		runs += play_all(&scenarios[i], test_is_long() ? 20 : 0);
		for (u64 n = 0; n < drawn.operations / 1000; n++)
			play_random(&scenarios[i], drawn.seed + n, 1 + (unsigned int)(n % 8));
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", runs);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_has_a_line),
		cmocka_unit_test(what_nobody_has_is_masked_and_not_lost),
		cmocka_unit_test(a_handler_that_denies_too_often),
		cmocka_unit_test(disabled_nests),
		cmocka_unit_test(numbers_end),
		cmocka_unit_test(chosen_schedules),
	};

	drawn = random_plan(argc, argv, 1000000, 20000000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
