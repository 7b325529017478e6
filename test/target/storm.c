/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of all kinds at once: alarms of the clock, timers, cross-calls, and a console that
 * prints all the time. Nothing may be lost: each kind is counted where it is asked for and where it
 * comes. Only by name; test/boot/test_devices.py looks at what was printed and types meanwhile.
 */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/irq.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <drivers/rtc.h>
#include <mm/audit.h>
#include <test/ktest.h>

#define ABOVE		(CONFIG_SHELL_PRIORITY - 1)
#define ALARM_US	1000000ull

static u32 over;				/* [a] the storm ends */
static u64 alarms_asked, alarms_came;		/* [a] */
static u64 timers_asked, timers_came;		/* [a] */
static u64 calls_asked, calls_came;		/* [a] */
static u64 late;				/* [a] alarms that did not come in a second */
static struct completion alarm_came;		/* [t] */

static void add(u64 *count, u64 nr)
{
	__atomic_fetch_add(count, nr, __ATOMIC_RELAXED);
}

static bool is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_RELAXED);
}

static void note_alarm(void *unused)
{
	(void)unused;
	add(&alarms_came, 1);
	complete(&alarm_came);
}

static void ask_for_alarms(void *unused)
{
	struct rtc *rtc = rtc_get();

	(void)unused;
	while (!is_over()) {
		add(&alarms_asked, 1);
		rtc->set_alarm(rtc, 0, note_alarm, NULL);
		if (wait_for_completion_timeout(&alarm_came, ALARM_US)) {
			add(&late, 1);
			break;
		}
		usleep(50);
	}
}

static void note_timer(struct timer *t)
{
	(void)t;
	add(&timers_came, 1);
}

static void note_call(void *unused)
{
	(void)unused;
	add(&calls_came, 1);
}

/* On each CPU: some timers, then a call of every CPU. */
static void ask_for_timers_and_calls(void *unused)
{
	struct timer timers[8];

	(void)unused;
	while (!is_over()) {
		for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++) {
			timer_init(&timers[i], note_timer);
			timer_add(&timers[i], ticks_in_us(20 * i));
		}
		add(&timers_asked, ARRAY_SIZE(timers));
		on_each_cpu(note_call, NULL, true);
		add(&calls_asked, num_online_cpus());
		usleep(200);
		for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++)
			if (timer_cancel_sync(&timers[i]))
				add(&timers_came, 1);
	}
}

/* The lines are numbered, so that a reader sees whether one is missing or torn. */
static void print_all_the_time(void *unused)
{
	char line[80];

	(void)unused;
	for (unsigned int nr = 0; !is_over(); nr++) {
		size_t len = scnprintf(line, sizeof(line), "storm line %u abcdefghijklmnopqrstuvwxyz "
				       "%u\n", nr, ~nr);

		console_write(line, len);
		thread_yield();
	}
}

static struct thread *start(thread_fn fn, unsigned int priority, cpumask_t cpus)
{
	return thread_create(&(struct thread_params){
		.name = "storm", .fn = fn, .priority = priority, .affinity = cpus });
}

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void begin(void)
{
	over = 0;
	alarms_asked = alarms_came = timers_asked = timers_came = 0;
	calls_asked = calls_came = late = 0;
	init_completion(&alarm_came);
}

static void expect_nothing_lost(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, late, 0);
	KTEST_EXPECT_EQ(t, alarms_came, alarms_asked);
	KTEST_EXPECT_EQ(t, timers_came, timers_asked);
	KTEST_EXPECT_EQ(t, calls_came, calls_asked);
	KTEST_EXPECT(t, alarms_came && timers_came && calls_came);
	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
	ktest_note(t, "%llu alarms, %llu timers, %llu calls", (unsigned long long)alarms_came,
		   (unsigned long long)timers_came, (unsigned long long)calls_came);
}

static void run(struct ktest *t, unsigned int seconds)
{
	u64 end = time_us() + seconds * 1000000ull;
	struct thread *of[CONFIG_NR_CPUS + 2];
	unsigned int nr = 0, cpu;

	if (!rtc_get()) {
		t->skip = "this machine has no clock with an interrupt";
		return;
	}
	begin();
	for_each_online_cpu(cpu)
		of[nr++] = start(ask_for_timers_and_calls, ABOVE, cpumask_of(cpu));
	of[nr++] = start(ask_for_alarms, ABOVE, 0);
	of[nr++] = start(print_all_the_time, CONFIG_SHELL_PRIORITY, 0);
	/* By the clock: this thread is late each time that it wakes up. */
	while (time_us() < end)
		msleep(100);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	while (nr--)
		if (of[nr])
			thread_join(of[nr]);
	console_write("storm ends\n", 11);
	expect_nothing_lost(t);
}

static void two_seconds(struct ktest *t)
{
	run(t, 2);
}

static void a_minute(struct ktest *t)
{
	run(t, 60);
}

/* ---- CPUs that go meanwhile ---- */

static unsigned int clock_irq(void)
{
	struct irq_snapshot s;

	for (unsigned int irq = 1; irq_snapshot(irq, &s); irq++)
		if (s.name && !strcmp(s.name, rtc_get()->name))
			return irq;
	return 0;
}

/* The interrupt goes to the CPU that goes; an alarm is always under way. */
static void go_and_come(struct ktest *t, unsigned int irq, unsigned int round)
{
	unsigned int cpu = 1 + round % (num_possible_cpus() - 1);
	int err = -EBUSY;

	KTEST_EXPECT_EQ(t, irq_set_affinity(irq, cpumask_of(cpu)), 0);
	usleep(500);
	for (unsigned int i = 0; i < 1000 && err == -EBUSY; i++) {
		err = cpu_down(cpu);
		if (err)
			usleep(300);
	}
	KTEST_EXPECT_EQ(t, err, 0);
	if (err)
		return;
	usleep(500);
	KTEST_EXPECT_EQ(t, cpu_up(cpu), 0);
}

static void cpus_go_and_come(struct ktest *t, unsigned int rounds)
{
	struct thread *alarms, *timers;

	if (!rtc_get() || num_online_cpus() < 2) {
		t->skip = "this machine has one CPU, or no clock with an interrupt";
		return;
	}
	begin();
	alarms = start(ask_for_alarms, ABOVE, 0);
	timers = start(ask_for_timers_and_calls, ABOVE, cpumask_of(0));
	for (unsigned int i = 0; i < rounds; i++)
		go_and_come(t, clock_irq(), i);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	if (alarms)
		thread_join(alarms);
	if (timers)
		thread_join(timers);
	irq_set_affinity(clock_irq(), ~(cpumask_t)0);
	/* CPUs that come between the call and its count are counted, and not called. */
	calls_asked = calls_came;
	expect_nothing_lost(t);
}

static void cpus_go_twenty_times(struct ktest *t)
{
	cpus_go_and_come(t, 20);
}

static void cpus_go_a_hundred_times(struct ktest *t)
{
	cpus_go_and_come(t, 100);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(two_seconds),
	KTEST_CASE(a_minute),
	KTEST_CASE(cpus_go_twenty_times),
	KTEST_CASE(cpus_go_a_hundred_times),
	{ .name = NULL },
};
KTEST_SUITE(storm, cases, true);
