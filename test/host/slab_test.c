/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What caches promise: layout, contents, bulk calls, making and ending, figures. Each case is one
 * machine with 64 MiB of RAM and three CPUs.
 */
#include "slab_common.h"

#include <kernel/errno.h>

#include "mm/slab/internal.h"

static void *objects[MAX_OBJECTS];

static DEFINE_KMEM_CACHE(static_cache, "static", 40, 0, 0);

static void cache_objects_are_where_asked(void **state)
{
	static const struct {
		size_t size, align;
		unsigned int flags;
		size_t stride;
	} rows[] = {
		{ 1, 0, 0, 8 }, { 8, 0, 0, 8 }, { 9, 0, 0, 16 }, { 24, 4, 0, 24 },
		{ 24, 16, 0, 32 }, { 24, 0, SLAB_HWCACHE_ALIGN, 32 },
		{ 1, 0, SLAB_HWCACHE_ALIGN, 8 }, { 33, 0, SLAB_HWCACHE_ALIGN, 64 },
		{ 100, 256, 0, 256 }, { 65, 0, SLAB_HWCACHE_ALIGN, 128 },
		{ 24, 128, SLAB_HWCACHE_ALIGN, 128 }, { 4096, 4096, 0, 4096 },
	};
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kmem_cache *cache = kmem_cache_create("row", rows[i].size, rows[i].align,
							     rows[i].flags | SLAB_NO_MERGE, NULL);

		assert_non_null(cache);
		assert_int_equal(kmem_cache_size(cache), rows[i].size);
		assert_int_equal(info_of("row").objsize, rows[i].stride);
		for (k = 0; k < MAX_OBJECTS; k++) {
			objects[k] = kmem_cache_alloc(cache, GFP_KERNEL);
			assert_true(IS_ALIGNED((unsigned long)objects[k],
					       min(rows[i].stride & -rows[i].stride, PAGE_SIZE)));
			memset(objects[k], (int)k, rows[i].size);
		}
		assert_int_equal(info_of("row").active_objs, MAX_OBJECTS);
		for (k = 0; k < MAX_OBJECTS; k++) {
			assert_true(all_bytes(objects[k], (unsigned char)k, rows[i].size));
			kmem_cache_free(cache, objects[k]);
		}
		assert_int_equal(info_of("row").active_objs, 0);
		assert_int_equal(kmem_cache_destroy(cache), 0);
	}
}

static void slabs_waste_little(void **state)
{
	size_t size;

	(void)state;
	for (size = 8; size <= PAGE_SIZE << CONFIG_SLAB_MAX_ORDER; size += size / 7 + 8) {
		struct kmem_cache *cache = kmem_cache_create("waste", size, 0, SLAB_NO_MERGE, NULL);
		struct slabinfo info = info_of("waste");
		unsigned long bytes = info.pagesperslab * PAGE_SIZE;

		assert_non_null(cache);
		assert_true(info.objperslab > 0 && info.objperslab * size <= bytes);
		assert_true(info.order <= CONFIG_SLAB_MAX_ORDER);
		/* At most an eighth of a slab is wasted, unless no order up to the largest wastes
		 * less. */
		if (bytes - info.objperslab * info.objsize > bytes / 8 && CONFIG_SLAB_MAX_ORDER) {
			unsigned long top = PAGE_SIZE << CONFIG_SLAB_MAX_ORDER;

			assert_true(top % info.objsize > top / 8);
		}
		assert_int_equal(kmem_cache_destroy(cache), 0);
	}
}

static unsigned int constructed;

static void construct(void *object)
{
	constructed++;
	memset(object, 0x3c, 12);
}

static void constructed_objects_stay_so(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("ctor", 12, 0, 0, construct);
	unsigned int k, made;

	(void)state;
	constructed = 0;
	for (k = 0; k < MAX_OBJECTS; k++) {
		objects[k] = kmem_cache_alloc(cache, GFP_KERNEL);
		assert_true(all_bytes(objects[k], 0x3c, 12));
	}
	made = constructed;
	assert_int_equal(made, info_of("ctor").num_objs);
	kmem_cache_free_bulk(cache, MAX_OBJECTS, objects);
	kmem_cache_drain_local(cache);
	for (k = 0; k < 8; k++) {
		objects[k] = kmem_cache_alloc(cache, GFP_KERNEL);
		assert_true(all_bytes(objects[k], 0x3c, 12));
	}
	assert_true(constructed == made || info_of("ctor").num_objs < made);
	kmem_cache_free_bulk(cache, 8, objects);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void what_cannot_be_made_is_null(void **state)
{
	size_t top = PAGE_SIZE << CONFIG_SLAB_MAX_ORDER;

	(void)state;
	assert_null(kmem_cache_create("none", 0, 0, 0, NULL));
	assert_null(kmem_cache_create("large", top + 1, 0, 0, NULL));
	assert_null(kmem_cache_create("huge", ~0ul, 0, 0, NULL));
	assert_null(kmem_cache_create("crooked", 8, 24, 0, NULL));
	assert_null(kmem_cache_create("far", 8, 2 * top, 0, NULL));
	assert_null(kmem_cache_create("full", top, 0, 0, construct));
	assert_int_equal(HOST_TRY((void)!kmem_cache_create("none", 0, 0, SLAB_PANIC, NULL)),
			 HOST_PANIC);
	assert_string_equal(host_stop_text(), "slab: cache none of objects of 0 bytes, aligned to 0, "
			    "cannot be made: no slab of CONFIG_SLAB_MAX_ORDER holds such an object");
	/* No cache kept its row or its own object. */
	assert_int_equal(info_of("kmem_cache").active_objs, 0);
}

static void nothing_is_left_for_a_descriptor(void **state)
{
	struct kmem_cache *own = NULL;

	(void)state;
	for (unsigned int row = 0; row < CONFIG_SLAB_CACHES && !own; row++)
		if (kmem_caches[row] && !strcmp(kmem_caches[row]->name, "kmem_cache"))
			own = kmem_caches[row];
	while (alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 0))
		;
	while (kmem_cache_alloc(own, GFP_ATOMIC | __GFP_NOWARN))
		;
	assert_null(kmem_cache_create("more", 16, 0, 0, NULL));
	assert_int_equal(HOST_TRY((void)!kmem_cache_create("more", 16, 0, SLAB_PANIC, NULL)),
			 HOST_PANIC);
	assert_string_equal(host_stop_text(), "slab: cache more of objects of 16 bytes, aligned to "
			    "0, cannot be made: no memory is left for its descriptor");
}

static void rows_run_out_and_come_back(void **state)
{
	static struct kmem_cache *made[CONFIG_SLAB_CACHES];
	unsigned int n = 0, i;

	(void)state;
	while (n < CONFIG_SLAB_CACHES) {
		made[n] = kmem_cache_create("many", 16, 0, SLAB_NO_MERGE, NULL);
		if (!made[n])
			break;
		n++;
	}
	assert_true(n > 0 && n < CONFIG_SLAB_CACHES - NR_KMALLOC_CLASSES);
	assert_non_null(strstr(host_log(), "CONFIG_SLAB_CACHES"));
	assert_int_equal(HOST_TRY((void)!kmem_cache_create("more", 16, 0,
							   SLAB_PANIC | SLAB_NO_MERGE, NULL)),
			 HOST_PANIC);
	assert_string_equal(host_stop_text(), "slab: cache more of objects of 16 bytes, aligned to "
			    "0, cannot be made: all rows of CONFIG_SLAB_CACHES are taken");
	assert_int_equal(kmem_cache_destroy(made[n / 2]), 0);
	made[n / 2] = kmem_cache_create("again", 32, 0, SLAB_NO_MERGE, NULL);
	assert_non_null(made[n / 2]);
	for (i = 0; i < n; i++)
		assert_int_equal(kmem_cache_destroy(made[i]), 0);
	assert_int_equal(info_of("kmem_cache").active_objs, 0);
}

static void busy_caches_stay(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("busy", 48, 0, 0, NULL);

	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_int_equal(kmem_cache_destroy(cache), -EBUSY);
	assert_non_null(strstr(host_log(), "cache busy still has 2 objects"));
	kmem_cache_free_bulk(cache, 2, objects);
	assert_int_equal(kmem_cache_destroy(cache), 0);
	assert_int_equal(info_of("busy").objsize, 0);
	assert_int_equal(kmem_cache_destroy(NULL), 0);
	assert_int_equal(kmem_cache_destroy(&kmalloc_caches[0]), -EINVAL);
	assert_int_equal(kmem_cache_destroy(&static_cache), -EINVAL);
}

static void static_caches_are_there(void **state)
{
	void *va = kmem_cache_alloc(&static_cache, GFP_KERNEL | __GFP_ZERO);

	(void)state;
	assert_true(all_bytes(va, 0, 40));
	assert_int_equal(ksize(va), 40);
	assert_int_equal(info_of("static").active_objs, 1);
	kmem_cache_free(&static_cache, va);
	assert_int_equal(info_of("static").active_objs, 0);
	kmem_cache_free(&static_cache, NULL);
	assert_int_equal(info_of("static").active_objs, 0);
}

static void the_last_freed_comes_first(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("lifo", 64, 0, 0, NULL);
	unsigned int k;

	(void)state;
	for (k = 0; k < MAX_OBJECTS; k++)
		objects[k] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free_bulk(cache, MAX_OBJECTS, objects);
	/* Whatever the magazine gave back meanwhile, it kept these objects. */
	for (k = MAX_OBJECTS; k-- > MAX_OBJECTS - (CONFIG_SLAB_MAGAZINE + 1) / 2;)
		assert_ptr_equal(kmem_cache_alloc(cache, GFP_KERNEL), objects[k]);
	for (k++; k < MAX_OBJECTS; k++)
		kmem_cache_free(cache, objects[k]);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void bulk_is_all(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("bulk", 200, 0, 0, NULL);
	unsigned int i, k;

	(void)state;
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 0, objects), 0);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, MAX_OBJECTS, objects),
			 MAX_OBJECTS);
	assert_int_equal(info_of("bulk").active_objs, MAX_OBJECTS);
	for (i = 0; i < MAX_OBJECTS; i++) {
		memset(objects[i], 0xee, 200);
		for (k = 0; k < i; k++)
			assert_ptr_not_equal(objects[i], objects[k]);
	}
	kmem_cache_free_bulk(cache, MAX_OBJECTS, objects);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ZERO, 5, objects), 5);
	for (i = 0; i < 5; i++)
		assert_true(all_bytes(objects[i], 0, 200));
	/* The cache said nothing of reclaiming, so that its pages are of the type that stays. */
	assert_int_equal(page_migratetype(virt_to_page(objects[0])), gfp_migratetype(GFP_KERNEL));
	kmem_cache_free_bulk(cache, 5, objects);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void shrink_gives_pages_back(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("shrink", 512, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	unsigned long free_before, unreclaimable = slab_pages(false);
	struct slabinfo info;

	(void)state;
	drain_local_pages();
	free_before = nr_free_pages();
	assert_int_equal(slab_pages(true), 0);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, MAX_OBJECTS, objects),
			 MAX_OBJECTS);
	info = info_of("shrink");
	assert_int_equal(slab_pages(true), info.num_slabs * info.pagesperslab);
	assert_int_equal(slab_pages(false), unreclaimable);
	assert_true(info.num_objs >= info.active_objs);
	assert_int_equal(page_migratetype(virt_to_page(objects[0])),
			 gfp_migratetype(__GFP_RECLAIMABLE));
	kmem_cache_free_bulk(cache, MAX_OBJECTS, objects);
	/* Objects in the magazine and the depot keep slabs; of the empty ones one is kept. */
	kmem_cache_drain_local(cache);
	info = info_of("shrink");
	assert_true(info.num_slabs == 1 || IS_ENABLED(CONFIG_SLAB_DEPOT));
	assert_int_equal(info.active_objs, 0);
	assert_int_equal(kmem_cache_shrink(cache), info.num_slabs * info.pagesperslab);
	assert_int_equal(slab_pages(true), 0);
	assert_int_equal(kmem_cache_shrink(cache), 0);
	drain_local_pages();
	assert_int_equal(nr_free_pages(), free_before);
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

static void cpus_hold_their_own(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("cpus", 64, 0, 0, NULL);

	(void)state;
	if (SLAB_CPUS < 2) {
		assert_int_equal(kmem_cache_destroy(cache), 0);
		skip();
	}
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	host_become_cpu(1);
	kmem_cache_free(cache, objects[0]);
	host_become_cpu(0);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_true(CONFIG_SLAB_MAGAZINE == 1 || objects[1] != objects[0]);
	assert_int_equal(info_of("cpus").active_objs, 1);
	kmem_cache_free(cache, objects[1]);
	/* The destroy asks other CPUs for what they hold. */
	assert_int_equal(kmem_cache_destroy(cache), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SLAB_CASE(cache_objects_are_where_asked),
		SLAB_CASE(slabs_waste_little),
		SLAB_CASE(constructed_objects_stay_so),
		SLAB_CASE(what_cannot_be_made_is_null),
		SLAB_CASE(nothing_is_left_for_a_descriptor),
		SLAB_CASE(rows_run_out_and_come_back),
		SLAB_CASE(busy_caches_stay),
		SLAB_CASE(static_caches_are_there),
		SLAB_CASE(the_last_freed_comes_first),
		SLAB_CASE(bulk_is_all),
		SLAB_CASE(shrink_gives_pages_back),
		SLAB_CASE(cpus_hold_their_own),
	};

	return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
