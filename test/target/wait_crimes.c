/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits where nobody may wait, and locks that wait taken the wrong way round: one crime in each
 * boot, as in lock_crimes.c. Nothing has to be waited for. Built where CONFIG_WAIT_ORDER is on.
 */
#include <kernel/mutex.h>
#include <kernel/rwsem.h>
#include <kernel/spinlock.h>
#include <kernel/timer.h>
#include <arch/time.h>
#include <test/ktest.h>

static DEFINE_SPINLOCK(early_lock, LOCK_CACHE);
static DEFINE_MUTEX(first);		/* [f] */
static DEFINE_MUTEX(second);		/* [f] */
static DECLARE_RWSEM(third);		/* [f] */
static struct semaphore plenty = SEMAPHORE_INIT(plenty, 9);	/* [f] */

static void survived(struct ktest *t)
{
	ktest_fail(t, __FILE__, __LINE__, "the crime went unnoticed");
}

static void mutex_under_a_spinlock(struct ktest *t)
{
	unsigned long flags = spin_lock_irqsave(&early_lock);

	mutex_lock(&first);
	mutex_unlock(&first);
	spin_unlock_irqrestore(&early_lock, flags);
	survived(t);
}

static void semaphore_with_interrupts_off(struct ktest *t)
{
	unsigned long flags = arch_local_irq_save();

	down(&plenty);
	arch_local_irq_restore(flags);
	survived(t);
}

static void reader_with_preemption_off(struct ktest *t)
{
	preempt_disable();
	down_read(&third);
	up_read(&third);
	preempt_enable();
	survived(t);
}

static void lock_it(struct timer *timer)
{
	(void)timer;
	mutex_lock(&first);
}

static void mutex_in_an_interrupt(struct ktest *t)
{
	static struct timer timer = { .fn = lock_it };	/* [f] */

	timer_add(&timer, arch_ticks());
	msleep(20);
	survived(t);
}

static void two_the_wrong_way_round(struct ktest *t)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	survived(t);
}

/* Each of the three steps is harmless by itself. */
static void a_ring_of_three(struct ktest *t)
{
	mutex_lock(&first);
	down_write(&third);
	up_write(&third);
	mutex_unlock(&first);
	down_read(&third);
	mutex_lock(&second);
	mutex_unlock(&second);
	up_read(&third);
	mutex_lock(&second);
	mutex_lock(&first);
	survived(t);
}

static const struct ktest_case wait_crimes_cases[] = {
	KTEST_CASE(mutex_under_a_spinlock),
	KTEST_CASE(semaphore_with_interrupts_off),
	KTEST_CASE(reader_with_preemption_off),
	KTEST_CASE(mutex_in_an_interrupt),
	KTEST_CASE(two_the_wrong_way_round),
	KTEST_CASE(a_ring_of_three),
	{ }
};
KTEST_SUITE(wait_crimes, wait_crimes_cases, true);
