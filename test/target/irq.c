/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts on the machine itself: the device is its clock, whose alarm comes when it is told. */
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/irq.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wall.h>
#include <drivers/device.h>
#include <drivers/rtc.h>
#include <mm/audit.h>
#include <test/ktest.h>

static u32 alarms, last_cpu;	/* [a] */

static void note_alarm(void *unused)
{
	(void)unused;
	__atomic_store_n(&last_cpu, smp_processor_id(), __ATOMIC_RELAXED);
	__atomic_fetch_add(&alarms, 1, __ATOMIC_RELEASE);
}

static bool came(u32 nr)
{
	struct deadline end = deadline_in(2000000);

	while (__atomic_load_n(&alarms, __ATOMIC_ACQUIRE) != nr)
		if (deadline_over(&end))
			return false;
		else
			cpu_nap();
	return true;
}

/* The number of the clock's interrupt; 0: this machine has none. */
static unsigned int clock_irq(struct ktest *t)
{
	struct rtc *rtc = rtc_get();
	struct irq_snapshot s;

	for (unsigned int irq = 1; rtc && irq_snapshot(irq, &s); irq++)
		if (s.name && !strcmp(s.name, rtc->name))
			return irq;
	t->skip = "this machine has no clock with an interrupt";
	return 0;
}

static void alarm_now(void)
{
	rtc_get()->set_alarm(rtc_get(), 0, note_alarm, NULL);
}

static void an_alarm_interrupts_once(struct ktest *t)
{
	unsigned int irq = clock_irq(t);
	u64 before = 0, after = 0;
	unsigned int cpu;

	if (!irq)
		return;
	alarms = 0;
	for_each_possible_cpu(cpu)
		before += irq_count_of(irq, cpu);
	for (u32 i = 1; i <= 100; i++) {
		alarm_now();
		KTEST_ASSERT(t, came(i));
	}
	for_each_possible_cpu(cpu)
		after += irq_count_of(irq, cpu);
	KTEST_EXPECT_EQ(t, after - before, 100);
}

static void an_alarm_keeps_its_time(struct ktest *t)
{
	struct rtc *rtc = rtc_get();
	u64 start = time_us();

	if (!clock_irq(t))
		return;
	alarms = 0;
	rtc->set_alarm(rtc, rtc->read_ns(rtc) + 20000000, note_alarm, NULL);
	KTEST_EXPECT(t, came(1));
	KTEST_EXPECT(t, time_us() - start >= 19000);
}

static void it_goes_where_it_is_sent(struct ktest *t)
{
	unsigned int irq = clock_irq(t), cpu;
	struct irq_snapshot s;

	if (!irq)
		return;
	alarms = 0;
	for_each_online_cpu(cpu) {
		u32 nr = alarms;

		KTEST_ASSERT(t, !irq_set_affinity(irq, cpumask_of(cpu)));
		alarm_now();
		KTEST_ASSERT(t, came(nr + 1));
		KTEST_EXPECT_EQ(t, last_cpu, cpu);
	}
	KTEST_EXPECT_EQ(t, irq_set_affinity(irq, 0), -EINVAL);
	KTEST_EXPECT_EQ(t, irq_set_affinity(irq, ~(cpumask_t)0), 0);
	KTEST_EXPECT(t, irq_snapshot(irq, &s) && !s.cpu);
	KTEST_EXPECT_EQ(t, irq_set_affinity(CONFIG_NR_IRQS, 1), -EINVAL);
}

static void disabled_waits_for_enabled(struct ktest *t)
{
	unsigned int irq = clock_irq(t);

	if (!irq)
		return;
	alarms = 0;
	disable_irq(irq);
	disable_irq(irq);
	alarm_now();
	usleep(2000);
	enable_irq(irq);
	usleep(2000);
	KTEST_EXPECT_EQ(t, __atomic_load_n(&alarms, __ATOMIC_RELAXED), 0);
	enable_irq(irq);
	KTEST_EXPECT(t, came(1));
}

/* ---- the line in the test's own hands ---- */

static struct device *take_clock(struct ktest *t, unsigned int *irq)
{
	struct device *dev = rtc_get() ? device_find(rtc_get()->name) : NULL;

	*irq = clock_irq(t);
	return *irq && !device_unbind(dev) ? dev : NULL;
}

static void give_clock_back(struct ktest *t, struct device *dev)
{
	KTEST_EXPECT_EQ(t, device_bind(dev), 0);
	KTEST_EXPECT(t, rtc_get() != NULL);
}

static irqreturn_t not_mine(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	return IRQ_NONE;
}

static void two_cannot_have_it(struct ktest *t)
{
	unsigned int irq = clock_irq(t);

	if (!irq)
		return;
	KTEST_EXPECT_EQ(t, request_irq(irq, not_mine, "a test", NULL), -EBUSY);
	KTEST_EXPECT_EQ(t, request_threaded_irq(irq, not_mine, not_mine, "a test", NULL), -EBUSY);
	KTEST_EXPECT_EQ(t, request_irq(0, not_mine, "a test", NULL), -EINVAL);
	KTEST_EXPECT_EQ(t, request_irq(CONFIG_NR_IRQS, not_mine, "a test", NULL), -EINVAL);
}

/* A driver that lets go and comes back a hundred times leaves nothing behind. */
static void it_comes_back_after_it_was_let_go(struct ktest *t)
{
	unsigned int irq;
	struct device *dev;

	for (unsigned int i = 0; i < 100; i++) {
		dev = take_clock(t, &irq);
		if (!dev)
			return;
		give_clock_back(t, dev);
	}
	alarms = 0;
	alarm_now();
	KTEST_EXPECT(t, came(1));
}

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void the_machine_is_sound(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
}

static void the_calendar_knows_its_days(struct ktest *t)
{
	static const struct {
		u64 seconds;
		struct date d;
	} rows[] = {
		{ 0, { 1970, 1, 1, 0, 0, 0, 4 } },
		{ 951782399, { 2000, 2, 28, 23, 59, 59, 1 } },
		{ 951782400, { 2000, 2, 29, 0, 0, 0, 2 } },
		{ 951868800, { 2000, 3, 1, 0, 0, 0, 3 } },
		{ 1709164800, { 2024, 2, 29, 0, 0, 0, 4 } },
		{ 1735689599, { 2024, 12, 31, 23, 59, 59, 2 } },
		{ 4107542400, { 2100, 3, 1, 0, 0, 0, 1 } },
		{ 253402300799, { 9999, 12, 31, 23, 59, 59, 5 } },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct date d = date_of(rows[i].seconds);

		KTEST_EXPECT(t, !memcmp(&d, &rows[i].d, sizeof(d)));
	}
}

static const struct ktest_case cases[] = {
	KTEST_CASE(an_alarm_interrupts_once),
	KTEST_CASE(an_alarm_keeps_its_time),
	KTEST_CASE(it_goes_where_it_is_sent),
	KTEST_CASE(disabled_waits_for_enabled),
	KTEST_CASE(two_cannot_have_it),
	KTEST_CASE(it_comes_back_after_it_was_let_go),
	KTEST_CASE(the_machine_is_sound),
	KTEST_CASE(the_calendar_knows_its_days),
	{ .name = NULL },
};
KTEST_SUITE(irq, cases, false);
