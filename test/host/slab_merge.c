/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches that are alike are one (SLAB_MERGE), as long as any of them is there; and those that are
 * not, or do not want to, are not.
 */
#include "slab_common.h"

#include <kernel/errno.h>

#include "mm/slab/internal.h"

static struct kmem_cache *first, *second;

static DEFINE_KMEM_CACHE(static_cache, "static", 520, 0, 0);

static int machine(void **state)
{
	(void)state;
	boot_ram(32 * MB, SLAB_CPUS);
	kmem_cache_init();
	first = kmem_cache_create("first", 72, 0, 0, NULL);
	return first == NULL;
}

static void construct(void *object)
{
	memset(object, 0x3c, 8);
}

/* proves S17 */
static void caches_that_are_alike_are_one(void **state)
{
	char *object;

	(void)state;
	second = kmem_cache_create("second", 65, 8, 0, NULL);
	if (!IS_ENABLED(CONFIG_SLAB_MERGE)) {
		assert_ptr_not_equal(first, second);
		skip();
	}
	assert_ptr_equal(first, second);
	assert_int_equal(info_of("first").merged, 1);
	assert_int_equal(info_of("second").num_objs, 0);
	object = kmem_cache_zalloc(second, GFP_KERNEL);
	assert_true(all_bytes(object, 0, 72));
	/* The first of them goes, and the objects of the other stay. */
	assert_int_equal(kmem_cache_destroy(first), 0);
	assert_int_equal(info_of("first").merged, 0);
	assert_int_equal(kmem_cache_destroy(second), -EBUSY);
	/* It may serve again, and does. */
	assert_ptr_equal(kmem_cache_create("third", 72, 0, 0, NULL), second);
	assert_int_equal(kmem_cache_destroy(second), 0);
	kmem_cache_free(second, object);
	assert_int_equal(kmem_cache_destroy(second), 0);
	assert_null(kmem_caches[second->nr]);
	assert_null(slab_validate());
}

/* A larger object of the same stride: its bytes are cleared, too. */
static void the_largest_is_cleared(void **state)
{
	char *object;

	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_MERGE))
		skip();
	first = kmem_cache_create("small", 81, 0, 0, NULL);
	second = kmem_cache_create("large", 88, 0, 0, NULL);
	assert_ptr_equal(first, second);
	object = kmem_cache_alloc(second, GFP_KERNEL);
	memset(object, 0x55, 88);
	kmem_cache_free(second, object);
	assert_ptr_equal(kmem_cache_zalloc(second, GFP_KERNEL), object);
	assert_true(all_bytes(object, 0, 88));
}

static void others_stay_apart(void **state)
{
	static const struct {
		size_t size, align;
		unsigned int flags;
		void (*ctor)(void *);
	} rows[] = {
		{ 73, 0, 0, NULL }, { 64, 0, SLAB_NO_MERGE, NULL }, { 72, 16, 0, NULL },
		{ 72, 0, SLAB_RECLAIM_ACCOUNT, NULL }, { 72, 0, SLAB_NO_MERGE, NULL },
		{ 64, 0, 0, construct }, { sizeof(struct kmem_cache), 0, 0, NULL },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		second = kmem_cache_create("other", rows[i].size, rows[i].align, rows[i].flags,
					   rows[i].ctor);
		assert_non_null(second);
		assert_string_equal(kmem_cache_name(second),
				    second->nr < NR_KMALLOC_CLASSES ? second->name : "other");
		assert_ptr_not_equal(first, second);
		assert_int_equal(kmem_cache_destroy(second), 0);
	}
}

/* The classes of kmalloc have other users, too, and never end. */
static void what_boot_made_may_serve(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_MERGE))
		skip();
	second = kmem_cache_create("like-kmalloc", 1024, 8, 0, NULL);
	assert_ptr_equal(second, &kmalloc_caches[kmalloc_class(1024)]);
	assert_int_equal(kmem_cache_destroy(second), 0);
	assert_int_equal(kmem_cache_destroy(second), -EINVAL);
	assert_ptr_equal(kmem_cache_create("again", 1024, 8, 0, NULL), second);
	assert_int_equal(kmem_cache_destroy(second), 0);
	second = kmem_cache_create("like-static", 520, 0, 0, NULL);
	assert_ptr_equal(second, &static_cache);
	assert_int_equal(kmem_cache_destroy(second), 0);
	assert_int_equal(kmem_cache_destroy(&static_cache), -EINVAL);
}

/* Whoever has a limit is alone. */
static void limits_keep_apart(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_MERGE) || !IS_ENABLED(CONFIG_SLAB_LIMITS))
		skip();
	if (IS_ENABLED(CONFIG_SLAB_LIMITS)) {
		second = kmem_cache_create("second", 72, 0, 0, NULL);
		assert_int_equal(kmem_cache_set_limit(first, 3), -EBUSY);
		assert_int_equal(kmem_cache_destroy(second), 0);
		assert_int_equal(kmem_cache_set_limit(first, 3), 0);
		assert_ptr_not_equal(kmem_cache_create("second", 72, 0, 0, NULL), first);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(caches_that_are_alike_are_one, machine),
		cmocka_unit_test_setup(the_largest_is_cleared, machine),
		cmocka_unit_test_setup(others_stay_apart, machine),
		cmocka_unit_test_setup(what_boot_made_may_serve, machine),
		cmocka_unit_test_setup(limits_keep_apart, machine),
	};

	return cmocka_run_group_tests_name("slab merge", tests, NULL, NULL);
}
