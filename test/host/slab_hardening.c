/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free lists that nobody can lead astray: SLAB_FREELIST_HARDENED and SLAB_FREELIST_RANDOM, each of
 * which is off in some configuration of the tests; and the numbers that they are made of.
 */
#include "slab_common.h"

#include <kernel/random.h>

#include "mm/slab/internal.h"

static struct kmem_cache *cache;
static void *objects[1024];

static int machine(void **state)
{
	(void)state;
	boot_ram(32 * MB, 1);
	kmem_cache_init();
	cache = kmem_cache_create("victim", 64, 0, 0, NULL);
	return cache == NULL;
}

/* The word that leads from object to that with index next, for who knows the address alone. */
static u64 forged(const void *object, unsigned int next)
{
	return (u64)(unsigned long)object << 16 | next;
}

/* A free object's link is overwritten with what a reader of the source would write: S5. */
static void a_forged_link_stops_the_machine(void **state)
{
	unsigned long last;

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, objects[1]);
	kmem_cache_drain_local(cache);
	/* To the last object of the slab, which is free. */
	last = cache->objects - 1;
	assert_true(last > 3);
	*(u64 *)objects[1] = forged(objects[1], (unsigned int)last);
	if (!IS_ENABLED(CONFIG_SLAB_FREELIST_HARDENED))
		skip();
	assert_string_equal(slab_validate(), "S5: a free object was written to");
	assert_stops((void)!kmem_cache_alloc(cache, GFP_KERNEL), "S5", "victim");
}

static void each_cache_has_its_own_secret(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_SLAB_FREELIST_HARDENED))
		skip();
	for (unsigned int i = 1; i < NR_KMALLOC_CLASSES; i++)
		assert_true(link_guard(&kmalloc_caches[i], objects) !=
			    link_guard(&kmalloc_caches[i - 1], objects));
}

/* How many of a new slab's objects come right behind the one before. */
static unsigned int neighbours(void)
{
	unsigned int n = cache->objects, together = 0;

	assert_true(n <= ARRAY_SIZE(objects));
	for (unsigned int i = 0; i < n; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		together += i && ((char *)objects[i] == (char *)objects[i - 1] + 64 ||
				  (char *)objects[i] == (char *)objects[i - 1] - 64);
	}
	assert_int_equal(cache->node[0].nr_slabs, 1);
	return together;
}

/* A slab gives each object once, in the model's order; with SLAB_FREELIST_RANDOM that order has no
 * runs. */
static void a_new_slab_is_shuffled(void **state)
{
	unsigned int together = neighbours(), n = cache->objects;
	bool seen[1024] = { false };

	(void)state;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int index;

		slab_of(cache, objects[i], &index);
		assert_false(seen[index]);
		seen[index] = true;
	}
	/* Two in n are neighbours by chance. */
	if (IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM))
		assert_true(together < n / 4);
	else
		assert_true(together >= n - n / SLAB_BATCH - 1);
	kmem_cache_free_bulk(cache, n, objects);
	assert_null(slab_validate());
}

/* Also where a slab has one object, or two. */
static void small_slabs_are_shuffled(void **state)
{
	(void)state;
	for (size_t size = PAGE_SIZE; size >= PAGE_SIZE / 2; size /= 2) {
		cache = kmem_cache_create("few", size, 0, 0, NULL);
		for (unsigned int i = 0; i < 20; i++) {
			objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			assert_non_null(objects[i]);
			memset(objects[i], (int)i, size);
			kmem_cache_drain_local(cache);
		}
		for (unsigned int i = 0; i < 20; i++) {
			assert_true(all_bytes(objects[i], (unsigned char)i, size));
			kmem_cache_free(cache, objects[i]);
		}
		assert_null(slab_validate());
		assert_int_equal(kmem_cache_destroy(cache), 0);
	}
}

/* A vector of the paper's reference: key 00 01 .. 0f, message 00 .. 07. */
static void numbers_are_siphash(void **state)
{
	const u64 key[2] = { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull };

	(void)state;
	if (IS_ENABLED(CONFIG_RANDOM)) {
		assert_true(siphash_u64(key, 0x0706050403020100ull) == 0x93f5f5799a932462ull);
		assert_true(get_random_u64() != get_random_u64());
	} else {
		skip();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_forged_link_stops_the_machine, machine),
		cmocka_unit_test_setup(each_cache_has_its_own_secret, machine),
		cmocka_unit_test_setup(a_new_slab_is_shuffled, machine),
		cmocka_unit_test_setup(small_slabs_are_shuffled, machine),
		cmocka_unit_test_setup(numbers_are_siphash, machine),
	};

	return cmocka_run_group_tests_name("slab hardening", tests, NULL, NULL);
}
