/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks that are taken in the wrong order: each must stop the machine with a report that names
 * both. Right orders must pass. Built where CONFIG_LOCK_ORDER is on.
 */
#include <kernel/lock_order.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>

#include "slab_common.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 2)

static spinlock_t locks[NR_LOCK_CLASSES], other_zone;

static int machine(void **state)
{
	(void)state;
	boot_ram(32 * MB, CPUS);
	kmem_cache_init();
	for (unsigned int class = 1; class < NR_LOCK_CLASSES; class++)
		spin_lock_init(&locks[class], class);
	spin_lock_init(&other_zone, LOCK_ZONE);
	return 0;
}

/* Takes both locks, one after the other. */
static void take(spinlock_t *first, spinlock_t *second)
{
	arch_local_irq_disable();
	spin_lock(first);
	spin_lock(second);
}

#define assert_panics(statement, text) \
	do { \
		assert_int_equal(HOST_TRY(statement), HOST_PANIC); \
		if (!strstr(host_stop_text(), text)) \
			fail_msg("\"%s\", not \"%s\"", host_stop_text(), text); \
	} while (0)

/* ---- what is right ---- */

static void every_lock_in_order(void **state)
{
	unsigned long flags = arch_local_irq_save();

	(void)state;
	for (unsigned int class = 1; class < NR_LOCK_CLASSES; class++)
		spin_lock(&locks[class]);
	for (unsigned int class = 1; class < NR_LOCK_CLASSES; class++)
		spin_unlock(&locks[class]);
	arch_local_irq_restore(flags);
	assert_no_locks_held("the test");
}

/* Once a lock is given back, even before locks that were taken earlier, it forbids nothing any
 * more. */
static void released_out_of_turn(void **state)
{
	unsigned long flags = spin_lock_irqsave(&locks[LOCK_CACHE]);

	(void)state;
	spin_lock(&locks[LOCK_ZONE]);
	spin_unlock(&locks[LOCK_CACHE]);
	spin_lock(&locks[LOCK_LOG]);
	spin_unlock(&locks[LOCK_ZONE]);
	spin_unlock_irqrestore(&locks[LOCK_LOG], flags);
	flags = spin_lock_irqsave(&other_zone);
	spin_unlock_irqrestore(&other_zone, flags);
}

/* A lock that one CPU holds does not restrict another CPU. */
static void each_cpu_has_its_own(void **state)
{
	(void)state;
	if (CPUS < 2)
		skip();
	take(&locks[LOCK_ZONE], &locks[LOCK_LOG]);
	host_become_cpu(1);
	take(&locks[LOCK_CACHE], &locks[LOCK_CONSOLE]);
	spin_unlock(&locks[LOCK_CONSOLE]);
	spin_unlock(&locks[LOCK_CACHE]);
	host_become_cpu(0);
	spin_unlock(&locks[LOCK_LOG]);
	spin_unlock(&locks[LOCK_ZONE]);
	arch_local_irq_enable();
}

/* ---- inversions ---- */

static void wrong_way_round(void **state)
{
	(void)state;
	assert_panics(take(&locks[LOCK_LOG], &locks[LOCK_ZONE]), "takes zone->lock (0x");
	assert_non_null(strstr(host_stop_text(), "while holding log_lock (0x"));
	assert_non_null(strstr(host_stop_text(), "the order is zone->lock before log_lock"));
}

/* Takes any two locks in their order, and then the other way round. */
static void every_pair(void **state)
{
	for (unsigned int first = 1; first < NR_LOCK_CLASSES; first++) {
		for (unsigned int second = 1; second < NR_LOCK_CLASSES; second++) {
			machine(state);
			if (first < second)
				assert_int_equal(HOST_TRY(take(&locks[first], &locks[second])),
						 HOST_RAN_ON);
			else
				assert_panics(take(&locks[first], &locks[second]), "lock order: ");
		}
	}
}

/* Allocates with an empty magazine while a zone is locked: the refill takes the allocators' own
 * locks. */
static void allocate(struct kmem_cache *cache, struct zone *zone)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	*(void *volatile *)kmem_cache_alloc(cache, GFP_ATOMIC) = NULL;
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void slab_inside_a_zone(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("victim", 48, 0, 0, NULL);
	struct zone *zone = page_zone(virt_to_page(cache));

	(void)state;
	assert_panics(allocate(cache, zone), "takes cache->lock (0x");
	assert_non_null(strstr(host_stop_text(), "while holding zone->lock (0x"));
	assert_non_null(strstr(host_stop_text(), "the order is cache->lock before zone->lock"));
}

static void two_zones(void **state)
{
	(void)state;
	assert_panics(take(&locks[LOCK_ZONE], &other_zone), "while holding another zone->lock (0x");
}

static void the_same_twice(void **state)
{
	(void)state;
	assert_panics(take(&locks[LOCK_ZONE], &locks[LOCK_ZONE]), "which it holds already (0x");
}

/* ---- other breaches ---- */

static void interrupts_on(void **state)
{
	(void)state;
	assert_panics(spin_lock(&locks[LOCK_ZONE]), "takes zone->lock (0x");
	assert_non_null(strstr(host_stop_text(), "with interrupts on"));
}

static void unlock_with_interrupts_on(spinlock_t *lock)
{
	spin_lock_irqsave(lock);
	arch_local_irq_enable();
	spin_unlock(lock);
}

static void released_with_interrupts_on(void **state)
{
	(void)state;
	assert_panics(unlock_with_interrupts_on(&locks[LOCK_ZONE]), "releases zone->lock (0x");
	assert_non_null(strstr(host_stop_text(), "with interrupts on"));
}

static void never_initialised(void **state)
{
	spinlock_t zeroed = { .class = LOCK_NONE };

	(void)state;
	assert_panics(take(&locks[LOCK_ZONE], &zeroed), "takes a lock without spin_lock_init()");
}

static void not_held(void **state)
{
	(void)state;
	arch_local_irq_disable();
	assert_panics(spin_unlock(&locks[LOCK_ZONE]), "which this CPU does not hold");
	spin_lock(&other_zone);
	assert_panics(spin_unlock(&locks[LOCK_ZONE]), "which this CPU does not hold");
}

static void another_cpus(void **state)
{
	(void)state;
	if (CPUS < 2)
		skip();
	spin_lock_irqsave(&locks[LOCK_ZONE]);
	host_become_cpu(1);
	assert_panics(spin_unlock(&locks[LOCK_ZONE]), "which this CPU does not hold");
}

static void nothing(void *arg)
{
	(void)arg;
}

static void forget_lock(void *lock)
{
	spin_lock(lock);
}

static void waiting_while_holding(void **state)
{
	(void)state;
	spin_lock_irqsave(&locks[LOCK_CACHE]);
	if (IS_ENABLED(CONFIG_SMP)) {
		assert_panics(on_each_cpu(nothing, NULL, true),
			      "a cross-call waits while holding cache->lock (0x");
		assert_panics((void)!stop_machine(nothing, NULL),
			      "stop_machine waits while holding cache->lock (0x");
	}
	assert_panics(assert_no_locks_held("sleeping"), "sleeping while holding cache->lock (0x");
}

static void call_that_keeps_a_lock(void **state)
{
	(void)state;
	if (CPUS < 2)
		skip();
	assert_panics(on_each_cpu(forget_lock, &locks[LOCK_CACHE], true),
		      "a cross-call ends while holding cache->lock (0x");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_lock_in_order, machine),
		cmocka_unit_test_setup(released_out_of_turn, machine),
		cmocka_unit_test_setup(each_cpu_has_its_own, machine),
		cmocka_unit_test_setup(wrong_way_round, machine),
		cmocka_unit_test_setup(every_pair, machine),
		cmocka_unit_test_setup(slab_inside_a_zone, machine),
		cmocka_unit_test_setup(two_zones, machine),
		cmocka_unit_test_setup(the_same_twice, machine),
		cmocka_unit_test_setup(interrupts_on, machine),
		cmocka_unit_test_setup(released_with_interrupts_on, machine),
		cmocka_unit_test_setup(never_initialised, machine),
		cmocka_unit_test_setup(not_held, machine),
		cmocka_unit_test_setup(another_cpus, machine),
		cmocka_unit_test_setup(waiting_while_holding, machine),
		cmocka_unit_test_setup(call_that_keeps_a_lock, machine),
	};

	return cmocka_run_group_tests_name("lock_order", tests, NULL, NULL);
}
