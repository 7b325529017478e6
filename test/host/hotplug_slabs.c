/* SPDX-License-Identifier: BSD-2-Clause */
/* A section of one of the kernel's zones goes offline although slabs lie in it, once nobody uses
 * them: slabs do not move, but those that are kept for nobody are given back first. */
#include "pages_map.h"

#include <kernel/errno.h>
#include <mm/memory_hotplug.h>
#include <mm/slab.h>

#define SECTION_PFN	((GB(2) + MB(16)) / FRAME)

static const struct map with_a_section = {
	.banks = { { GB(2), MB(64) } }, .cmdline = "memhp=16M@0x81000000",
};

static bool in_section(const void *object)
{
	return page_to_pfn(virt_to_page(object)) - SECTION_PFN < PAGES_PER_SECTION;
}

static void idle_slabs_go(void **state)
{
	static void *objects[1 << 15];
	struct page_obstacle o = { 0 };
	struct kmem_cache *cache;
	unsigned int nr = 0;

	(void)state;
	map_boot(&with_a_section);
	kmem_cache_init();
	assert_int_equal(online_pages(SECTION_PFN), 0);
	cache = kmem_cache_create("idle", PAGE_SIZE / 2, 0, 0, NULL);
	assert_non_null(cache);
	do {
		assert_true(nr < ARRAY_SIZE(objects));
		objects[nr] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
		assert_non_null(objects[nr]);
	} while (!in_section(objects[nr++]));
	/* As long as one object is in use its slab stays. */
	assert_int_equal(offline_pages(SECTION_PFN, 1, &o), -EBUSY);
	assert_string_equal(o.what, "slab");
	while (nr)
		kmem_cache_free(cache, objects[--nr]);
	assert_int_equal(offline_pages(SECTION_PFN, 1, &o), 0);
	assert_false(pfn_valid(SECTION_PFN));
	assert_int_equal(kmem_cache_destroy(cache), 0);
	map_audit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_slabs_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
