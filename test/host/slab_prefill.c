/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects put by for one caller: what was promised is given whatever happens to memory and wherever
 * the caller goes, and a promise that cannot be made takes nothing.
 */
#include "slab_common.h"

#include <kernel/errno.h>

#include "mm/slab/internal.h"

/* More objects than magazine and depot hold together, and than two pages hold. */
#define NR		(DEPOT_OBJECTS + 2u * CONFIG_SLAB_MAGAZINE + 250u)

static struct kmem_cache *cache;
static void *objects[NR];

static void construct(void *object)
{
	memset(object, 0x3c, 40);
}

/* Sets up a case: a machine with a cache. */
static int machine(void **state)
{
	(void)state;
	boot_ram(32 * MB, SLAB_CPUS);
	kmem_cache_init();
	cache = kmem_cache_create("victim", 40, 0, 0, NULL);
	return cache == NULL;
}

static void take_all_memory(void)
{
	while (kmem_cache_alloc(cache, __GFP_MEMALLOC | __GFP_NOWARN) ||
	       alloc_pages(__GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
}

/* Everybody takes what there is, other CPUs drain, and the caller moves: proves S15. */
static void promised_objects_are_given(void **state)
{
	struct kmem_prefill p;

	(void)state;
	assert_int_equal(kmem_cache_prefill(&p, cache, NR, GFP_KERNEL), 0);
	assert_int_equal(p.nr, NR);
	assert_int_equal(info_of("victim").active_objs, NR);
	kmem_cache_shrink(cache);
	take_all_memory();
	for (unsigned int i = 0; i < NR; i++) {
		host_become_cpu(i % SLAB_CPUS);
		if (i % 3 == 0)
			arch_local_irq_disable();
		objects[i] = kmem_cache_alloc_prefilled(&p);
		assert_non_null(objects[i]);
		memset(objects[i], (int)i, 40);
		if (i % 3 == 0)
			arch_local_irq_enable();
	}
	assert_int_equal(p.nr, 0);
	/* No two of them are one. */
	for (unsigned int i = 0; i < NR; i++)
		assert_true(all_bytes(objects[i], (unsigned char)i, 40));
	host_become_cpu(0);
	for (unsigned int i = 0; i < NR; i++)
		kmem_cache_free(cache, objects[i]);
	assert_null(slab_validate());
}

/* With less and less memory, down to none, a promise is made whole or not at all. */
static void a_promise_that_cannot_be_made_takes_nothing(void **state)
{
	unsigned long refused = 0, in_use;
	struct kmem_prefill p;
	struct page *page;
	void *first = NULL;

	(void)state;
	while ((page = alloc_pages(__GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		*(void **)page_address(page) = first;
		first = page_address(page);
	}
	do {
		in_use = info_of("victim").active_objs;
		if (kmem_cache_prefill(&p, cache, NR, __GFP_MEMALLOC | __GFP_NOWARN)) {
			refused++;
			assert_int_equal(p.nr, 0);
			assert_null(p.first);
			assert_int_equal(info_of("victim").active_objs, in_use);
			assert_null(slab_validate());
			page = virt_to_page(first);
			first = *(void **)first;
			__free_page(page);
		}
	} while (!p.nr);
	/* A page holds fewer than NR, so that taking began and was undone. */
	assert_true(refused > 1);
	kmem_cache_return_prefilled(&p);
	assert_int_equal(info_of("victim").active_objs, 0);
}

static void what_is_left_goes_back(void **state)
{
	struct kmem_prefill p;

	(void)state;
	assert_int_equal(kmem_cache_prefill(&p, cache, 0, GFP_KERNEL), 0);
	kmem_cache_return_prefilled(&p);
	assert_int_equal(kmem_cache_prefill(&p, cache, 9, GFP_KERNEL | __GFP_ZERO), 0);
	objects[0] = kmem_cache_alloc_prefilled(&p);
	assert_true(all_bytes(objects[0], 0, 40));
	kmem_cache_free(cache, objects[0]);
	kmem_cache_return_prefilled(&p);
	kmem_cache_return_prefilled(&p);
	assert_int_equal(info_of("victim").active_objs, 0);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void constructed_objects_come_so(void **state)
{
	struct kmem_cache *made = kmem_cache_create("made", 40, 0, 0, construct);
	struct kmem_prefill p;

	(void)state;
	assert_int_equal(kmem_cache_prefill(&p, made, 7, GFP_KERNEL), 0);
	assert_int_equal(kmem_cache_destroy(made), -EBUSY);
	while (p.nr) {
		objects[p.nr - 1] = kmem_cache_alloc_prefilled(&p);
		assert_true(all_bytes(objects[p.nr], 0x3c, 40));
	}
	kmem_cache_free_bulk(made, 7, objects);
	assert_int_equal(kmem_cache_destroy(made), 0);
}

static void crimes_stop_the_machine(void **state)
{
	struct kmem_prefill p;

	(void)state;
	assert_int_equal(kmem_cache_prefill(&p, cache, 1, GFP_KERNEL), 0);
	objects[0] = kmem_cache_alloc_prefilled(&p);
	assert_stops((void)!kmem_cache_alloc_prefilled(&p), "victim", "more objects");
	for (unsigned int n = 1; n <= 2; n++) {
		machine(NULL);
		assert_int_equal(kmem_cache_prefill(&p, cache, n, GFP_KERNEL), 0);
		memset(p.first, 0x41, 8);
		assert_stops((void)!kmem_cache_alloc_prefilled(&p), "S15", "victim");
	}
	machine(NULL);
	cache = kmem_cache_create("made", 40, 0, 0, construct);
	assert_stops((void)!kmem_cache_prefill(&p, cache, 1, GFP_KERNEL | __GFP_ZERO), "made",
		     "constructed");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(promised_objects_are_given, machine),
		cmocka_unit_test_setup(a_promise_that_cannot_be_made_takes_nothing, machine),
		cmocka_unit_test_setup(what_is_left_goes_back, machine),
		cmocka_unit_test_setup(constructed_objects_come_so, machine),
		cmocka_unit_test_setup(crimes_stop_the_machine, machine),
	};

	return cmocka_run_group_tests_name("slab prefill", tests, NULL, NULL);
}
