/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks taken as they must not be, one crime in each boot, as in crimes.c. Each ends in a report
 * that names the locks, their order, and where they were taken. Built where CONFIG_LOCK_ORDER is
 * on.
 */
#include <kernel/lock_order.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <test/ktest.h>

static DEFINE_SPINLOCK(early_lock, LOCK_CACHE);
static DEFINE_SPINLOCK(late_lock, LOCK_LOG);
static DEFINE_SPINLOCK(other_late_lock, LOCK_LOG);
/* A lock without its static initialiser. */
static spinlock_t zeroed_lock;

static void survived(struct ktest *t)
{
	ktest_fail(t, __FILE__, __LINE__, "the crime went unnoticed");
}

static void take_both(spinlock_t *first, spinlock_t *second)
{
	unsigned long flags = spin_lock_irqsave(first);

	spin_lock(second);
	spin_unlock(second);
	spin_unlock_irqrestore(first, flags);
}

static void wrong_way_round(struct ktest *t)
{
	take_both(&early_lock, &late_lock);
	take_both(&late_lock, &early_lock);
	survived(t);
}

/* A cache with an empty magazine is asked for an object while a zone is locked: the locks are the
 * allocators' own. */
static void slab_inside_a_zone(struct ktest *t)
{
	struct kmem_cache *cache = kmem_cache_create("victim", 48, 0, 0, NULL);
	unsigned long flags;
	struct zone *zone;
	void *object;

	for_each_populated_zone(zone) {
		flags = spin_lock_irqsave(&zone->lock);
		object = kmem_cache_alloc(cache, GFP_ATOMIC);
		spin_unlock_irqrestore(&zone->lock, flags);
		kmem_cache_free(cache, object);
	}
	survived(t);
}

static void two_of_a_kind(struct ktest *t)
{
	take_both(&late_lock, &other_late_lock);
	survived(t);
}

static void the_same_twice(struct ktest *t)
{
	take_both(&late_lock, &late_lock);
	survived(t);
}

static void interrupts_on(struct ktest *t)
{
	spin_lock(&early_lock);
	survived(t);
}

static void never_initialised(struct ktest *t)
{
	take_both(&early_lock, &zeroed_lock);
	survived(t);
}

static void not_held(struct ktest *t)
{
	unsigned long flags = arch_local_irq_save();

	spin_unlock(&early_lock);
	arch_local_irq_restore(flags);
	survived(t);
}

static void nothing(void *unused)
{
	(void)unused;
}

static void waits_while_holding(struct ktest *t)
{
	unsigned long flags = spin_lock_irqsave(&early_lock);

	on_each_cpu(nothing, NULL, true);
	spin_unlock_irqrestore(&early_lock, flags);
	survived(t);
}

/* The report is of a CPU that does not run the shell. */
static void take_in_disorder(void *unused)
{
	(void)unused;
	take_both(&late_lock, &early_lock);
}

static void on_another_cpu(struct ktest *t)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu) {
			on_each_cpu(take_in_disorder, NULL, true);
			survived(t);
			return;
		}
	}
	t->skip = "one CPU is online";
}

static const struct ktest_case lock_crimes_cases[] = {
	KTEST_CASE(wrong_way_round),
	KTEST_CASE(slab_inside_a_zone),
	KTEST_CASE(two_of_a_kind),
	KTEST_CASE(the_same_twice),
	KTEST_CASE(interrupts_on),
	KTEST_CASE(never_initialised),
	KTEST_CASE(not_held),
	KTEST_CASE(waits_while_holding),
	KTEST_CASE(on_another_cpu),
	{ }
};
KTEST_SUITE(lock_crimes, lock_crimes_cases, true);
