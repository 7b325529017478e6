/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of caches (SLAB_LIMITS): nobody has more objects than the limit says, nobody who may wait
 * has fewer, and a refusal names the cache.
 */
#include "slab_common.h"

#include <kernel/errno.h>

#include "mm/slab/internal.h"

#define LIMIT		(2u * SLAB_BATCH + 3)

static struct kmem_cache *cache;
static void *objects[MAX_OBJECTS];

static int machine(void **state)
{
	(void)state;
	boot_ram(32 * MB, SLAB_CPUS);
	kmem_cache_init();
	cache = kmem_cache_create("limited", 72, 0, SLAB_NO_MERGE, NULL);
	return cache == NULL;
}

/* The last statement of the tests that need the option. */
static int set_limit(unsigned long n)
{
	return IS_ENABLED(CONFIG_SLAB_LIMITS) ? kmem_cache_set_limit(cache, n) : -ENOSYS;
}

/* Takes as many as there are; returns how many. */
static unsigned int take_all(gfp_t gfp)
{
	unsigned int n = 0;

	while (n < MAX_OBJECTS && (objects[n] = kmem_cache_alloc(cache, gfp)))
		n++;
	return n;
}

/* proves S16 */
static void nobody_has_more(void **state)
{
	static const unsigned int limits[] = { 1, 2, SLAB_BATCH, SLAB_BATCH + 1, LIMIT };

	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_LIMITS))
		skip();
	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++) {
		machine(NULL);
		assert_int_equal(set_limit(limits[i]), 0);
		assert_int_equal(info_of("limited").limit, limits[i]);
		/* All of them, and again when one came back. */
		assert_int_equal(take_all(GFP_NOWAIT), limits[i]);
		assert_non_null(strstr(host_log(), "cache limited is at its limit of "));
		kmem_cache_free(cache, objects[0]);
		objects[0] = kmem_cache_alloc(cache, GFP_NOWAIT);
		assert_non_null(objects[0]);
		assert_null(kmem_cache_alloc(cache, GFP_NOWAIT));
		assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_NOWAIT, 1, objects), 0);
		assert_null(slab_validate());
	}
	assert_int_equal(set_limit(0), 0);
	assert_int_equal(take_all(GFP_NOWAIT), MAX_OBJECTS);
}

/* A bulk request that the limit ends gives back what it had. */
static void bulk_is_none_at_the_limit(void **state)
{
	(void)state;
	if (set_limit(LIMIT))
		skip();
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_NOWAIT, LIMIT + 1, objects), 0);
	assert_int_equal(info_of("limited").active_objs, 0);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_NOWAIT, LIMIT, objects), LIMIT);
	kmem_cache_free_bulk(cache, LIMIT, objects);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

/* A request that may not wait is refused for objects in other CPUs' magazines; one that may wait
 * gets those. */
static void who_may_wait_gets_what_others_hold(void **state)
{
	unsigned int n;

	(void)state;
	if (SLAB_CPUS < 2 || set_limit(SLAB_BATCH))
		skip();
	gfp_allow_waiting();
	host_become_cpu(1);
	n = take_all(GFP_NOWAIT);
	assert_int_equal(n, SLAB_BATCH);
	while (n--)
		kmem_cache_free(cache, objects[n]);
	host_become_cpu(0);
	assert_null(kmem_cache_alloc(cache, GFP_NOWAIT));
	/* The host has no other CPU to ask: CPU 1 drains as it would when asked. */
	host_become_cpu(1);
	kmem_cache_drain_local(cache);
	host_become_cpu(0);
	assert_int_equal(take_all(GFP_KERNEL), SLAB_BATCH);
}

static unsigned long meanwhile;

/* Runs between the two tries of a refill, where another CPU could come. */
static void another_cpu(void *object)
{
	(void)object;
	if (meanwhile)
		assert_int_equal(set_limit(meanwhile), 0);
	meanwhile = 0;
}

/* The limit is reached while a slab is made: the slab goes, and the request is refused. */
static void a_slab_that_nobody_may_use_goes(void **state)
{
	unsigned long pages;

	(void)state;
	if (set_limit(0))
		skip();
	cache = kmem_cache_create("between", PAGE_SIZE / 4 - 8, 0, 0, another_cpu);
	meanwhile = 0;
	for (unsigned int n = 0; n < cache->objects; n++)
		objects[n] = kmem_cache_alloc(cache, GFP_NOWAIT);
	pages = slab_pages(false);
	meanwhile = cache->objects;
	assert_null(kmem_cache_alloc(cache, GFP_NOWAIT));
	assert_int_equal(slab_pages(false), pages);
	assert_null(slab_validate());
	assert_non_null(strstr(host_log(), "cache between is at its limit"));
}

/* A lower limit takes no object away; requests are refused until enough objects came back. */
static void a_limit_below_what_is_in_use(void **state)
{
	(void)state;
	if (set_limit(0))
		skip();
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_NOWAIT, LIMIT, objects), LIMIT);
	kmem_cache_drain_local(cache);
	assert_int_equal(set_limit(2), 0);
	for (unsigned int n = 0; n < LIMIT; n++) {
		assert_true(n >= LIMIT - 1 || !kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN));
		kmem_cache_free(cache, objects[n]);
		kmem_cache_shrink(cache);
	}
	assert_int_equal(take_all(GFP_NOWAIT), 2);
}

static void kmalloc_has_none(void **state)
{
	(void)state;
	if (set_limit(0))
		skip();
	cache = &kmalloc_caches[0];
	assert_int_equal(set_limit(5), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_has_more, machine),
		cmocka_unit_test_setup(bulk_is_none_at_the_limit, machine),
		cmocka_unit_test_setup(who_may_wait_gets_what_others_hold, machine),
		cmocka_unit_test_setup(a_slab_that_nobody_may_use_goes, machine),
		cmocka_unit_test_setup(a_limit_below_what_is_in_use, machine),
		cmocka_unit_test_setup(kmalloc_has_none, machine),
	};

	return cmocka_run_group_tests_name("slab limit", tests, NULL, NULL);
}
