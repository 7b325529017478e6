/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slab allocator when memory ends: it says so, undoes what it had begun, and uses single pages
 * where there are no larger blocks. Also: objects that come back while it makes a slab.
 */
#include "slab_common.h"

#include <mm/audit.h>

static void *objects[MAX_OBJECTS];
static struct kmem_cache *cache;

static int machine(void **state)
{
	(void)state;
	boot_ram_for_all(32 * MB, 1);
	kmem_cache_init();
	cache = kmem_cache_create("victim", 48, 0, 0, NULL);
	return cache == NULL;
}

/* Takes every page there is, as single pages that are linked through their first word. */
static void *take_all_pages(void)
{
	struct page *page;
	void *first = NULL;

	while ((page = alloc_pages(__GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		*(void **)page_address(page) = first;
		first = page_address(page);
	}
	return first;
}

static void *give_pages(void *first, unsigned int n)
{
	while (first && n--) {
		void *next = *(void **)first;

		__free_page(virt_to_page(first));
		first = next;
	}
	return first;
}

/* A bulk request fails at its first slab, at its second, and so on, until there is enough
 * memory. */
static void bulk_is_none_when_memory_ends(void **state)
{
	unsigned int n, pages, refused = 0;
	void *first;

	(void)state;
	for (pages = 0;; pages++) {
		machine(NULL);
		first = take_all_pages();
		first = give_pages(first, pages);
		n = (unsigned int)kmem_cache_alloc_bulk(cache, __GFP_MEMALLOC | __GFP_NOWARN,
							MAX_OBJECTS, objects);
		assert_true(n == 0 || n == MAX_OBJECTS);
		assert_int_equal(info_of(kmem_cache_name(cache)).active_objs, n);
		assert_null(slab_validate());
		kmem_cache_free_bulk(cache, n, objects);
		kmem_cache_shrink(cache);
		assert_int_equal(info_of(kmem_cache_name(cache)).num_slabs, 0);
		drain_local_pages();
		assert_int_equal(nr_free_pages(), pages);
		give_pages(first, ~0u);
		if (n)
			break;
		refused++;
	}
	assert_true(refused > 0);
}

static void want_of_memory_is_null(void **state)
{
	void *first = take_all_pages(), *keep;

	(void)state;
	assert_null(kmalloc(KMALLOC_MAX_BYTES, __GFP_NOWARN));
	assert_null(kmalloc(64, __GFP_NOWARN));
	assert_null(kzalloc(64, __GFP_NOWARN));
	assert_null(kmem_cache_alloc(cache, __GFP_NOWARN | __GFP_ZERO));
	assert_null(krealloc(NULL, 64, __GFP_NOWARN));
	/* The cache's own object may come from the slab that "victim" left an object in. */
	while (kmem_cache_create("more", 8, 0, SLAB_NO_MERGE, NULL))
		;
	first = give_pages(first, 64);
	keep = krealloc(NULL, 64, __GFP_MEMALLOC);
	assert_non_null(keep);
	kfree(keep);
	give_pages(first, ~0u);
	assert_null(slab_validate());
}

/* Every other page is free, so that only slabs of one page can be made. */
static void slabs_get_by_with_single_pages(void **state)
{
	void *taken[2] = { NULL, NULL }, *first, *next;
	struct kmem_cache *wide;
	unsigned int n = 0, k;

	(void)state;
	wide = kmem_cache_create("wide", PAGE_SIZE / 2 - 64, 0, 0, NULL);
	assert_non_null(wide);
	cache = wide;
	/* One slab of the full order is made first, so that both kinds are in use at once. */
	objects[n++] = kmem_cache_alloc(wide, GFP_KERNEL);
	assert_int_equal(page_order(virt_to_page(objects[0])), wide->order);
	first = take_all_pages();
	for (; first; first = next) {
		unsigned int odd = (unsigned int)page_to_pfn(virt_to_page(first)) & 1;

		next = *(void **)first;
		*(void **)first = taken[odd];
		taken[odd] = first;
	}
	give_pages(taken[0], ~0u);
	while (n < MAX_OBJECTS) {
		objects[n] = kmem_cache_alloc(wide, __GFP_MEMALLOC);
		assert_non_null(objects[n]);
		memset(objects[n], (int)n, PAGE_SIZE / 2 - 64);
		n++;
	}
	assert_null(slab_validate());
	assert_int_equal(page_order(virt_to_page(objects[n - 1])), wide->min_order);
	/* A page with two objects may be full enough where a refill takes no more. */
	assert_true(CONFIG_SLAB_MAX_ORDER == 0 || CONFIG_SLAB_MAGAZINE < 6 ||
		    wide->order > wide->min_order);
	for (k = 1; k < n; k++) {
		unsigned char *p = objects[k];

		assert_true(p[0] == (unsigned char)k && p[PAGE_SIZE / 2 - 65] == (unsigned char)k);
		kmem_cache_free(wide, p);
	}
	kmem_cache_free(wide, objects[0]);
	assert_int_equal(kmem_cache_destroy(wide), 0);
	give_pages(taken[1], ~0u);
}

/* ---- what comes between ---- */

static unsigned int meanwhile;		/* objects that come back while a slab is made */
static bool meanwhile_drain;

/* A constructor runs between a refill's two tries, where an interrupt could come. */
static void interrupt(void *object)
{
	(void)object;
	for (; meanwhile; meanwhile--)
		kmem_cache_free(cache, objects[meanwhile - 1]);
	if (meanwhile_drain)
		kmem_cache_drain_local(cache);
	meanwhile_drain = false;
}

/* Takes all objects of nr slabs, and leaves nothing in the magazine. */
static void take_slabs(unsigned int nr)
{
	unsigned int n;

	machine(NULL);
	cache = kmem_cache_create("between", PAGE_SIZE / 4 - 8, 0, 0, interrupt);
	for (n = 0; n < nr * cache->objects; n++)
		objects[n] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_int_equal(info_of("between").num_slabs, nr);
	assert_int_equal(this_cpu_ptr(cache->magazine)->fill, 0);
}

static void a_slab_that_is_not_needed_goes(void **state)
{
	unsigned int per_slab = 0, n;
	struct audit audit;

	(void)state;
	/* One object comes back, then as many as fill the magazine, then whole slabs. */
	for (n = 1; n == 1 || n <= 2 * per_slab; n++) {
		take_slabs(2);
		per_slab = cache->objects;
		meanwhile = n;
		meanwhile_drain = n > 1;
		assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
		assert_int_equal(meanwhile, 0);
		assert_null(slab_validate());
		assert_int_equal(info_of("between").active_objs, 2 * per_slab - n + 1);
		assert_true(info_of("between").num_slabs <= 2);
		assert_int_equal(memory_audit(&audit, NULL, NULL), 0);
		assert_int_equal(audit.pages[PG_SLAB], slab_pages(false) + slab_pages(true));
	}
}

/* A used slab comes first even if the empty one was there before it. */
static void a_used_slab_is_not_behind_an_empty_one(void **state)
{
	unsigned int n;

	(void)state;
	take_slabs(2);
	for (n = 0; n < cache->objects; n++)
		kmem_cache_free(cache, objects[n]);
	kmem_cache_drain_local(cache);
	assert_int_equal(cache->node[0].nr_empty, 1);
	kmem_cache_free(cache, objects[cache->objects]);
	kmem_cache_drain_local(cache);
	assert_null(slab_validate());
	assert_int_equal(pfn_to_page(cache->node[0].partial.first_pfn)->inuse, cache->objects - 1);
	assert_int_equal(pfn_to_page(cache->node[0].partial.last_pfn)->inuse, 0);
	/* The empty slab is used again for at least one object. */
	assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
	assert_non_null(kmem_cache_alloc(cache, GFP_KERNEL));
	assert_null(slab_validate());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bulk_is_none_when_memory_ends, machine),
		cmocka_unit_test_setup(want_of_memory_is_null, machine),
		cmocka_unit_test_setup(slabs_get_by_with_single_pages, machine),
		cmocka_unit_test_setup(a_slab_that_is_not_needed_goes, machine),
		cmocka_unit_test_setup(a_used_slab_is_not_behind_an_empty_one, machine),
	};

	return cmocka_run_group_tests_name("slab memory", tests, NULL, NULL);
}
