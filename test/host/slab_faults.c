/* SPDX-License-Identifier: BSD-2-Clause */
/* Wrong uses of the slab allocator stop the machine with the rule that they break. */
#include "slab_common.h"

#include "mm/slab/internal.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 2)

static void *objects[MAX_OBJECTS];
static struct kmem_cache *cache;

static DEFINE_KMEM_CACHE(static_cache, "static", 40, 0, 0);

static int machine(void **state)
{
	(void)state;
	boot_ram(32 * MB, CPUS);
	kmem_cache_init();
	cache = kmem_cache_create("victim", 48, 0, 0, NULL);
	return cache == NULL;
}

/* Returns the head of the object's slab. */
static struct page *slab_head(const void *object)
{
	struct page *page = virt_to_page(object);

	return pfn_to_page(ALIGN_DOWN(page_to_pfn(page), 1ul << page_order(page)));
}

static void free_twice_at_once(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, objects[0]);
	assert_stops(kmem_cache_free(cache, objects[0]), "S6", "victim");
}

static void kfree_twice_at_once(void **state)
{
	void *va = kmalloc(100, GFP_KERNEL), *large;

	(void)state;
	kfree(va);
	assert_stops(kfree(va), "S6", "twice");
	machine(NULL);
	large = kmalloc(KMALLOC_CLASS_BYTES + 1, GFP_KERNEL);
	if (!large)
		skip();
	kfree(large);
	assert_stops(kfree(large), "KM2", "kfree");
}

/* The second free is noticed when the magazine goes back to the slabs. */
/* proves S6 */
static void free_twice_with_others_between(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
	if (CONFIG_SLAB_MAGAZINE < 3)
		skip();
	kmem_cache_free(cache, objects[0]);
	kmem_cache_free(cache, objects[1]);
	assert_stops(kmem_cache_free(cache, objects[0]); kmem_cache_drain_local(cache),
		     "S6", "twice");
}

static void free_twice_on_two_cpus(void **state)
{
	(void)state;
	if (CPUS < 2)
		skip();
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, objects[0]);
	kmem_cache_drain_local(cache);
	host_become_cpu(1);
	assert_stops(kmem_cache_free(cache, objects[0]); kmem_cache_drain_local(cache),
		     "S6", "victim");
}

/* proves S4, KM2 */
static void free_of_the_middle(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_stops(kmem_cache_free(cache, (char *)objects[0] + 8); kmem_cache_drain_local(cache),
		     "S4", "no object begins there");
	machine(NULL);
	objects[0] = kmalloc(KMALLOC_CLASS_BYTES + 1, GFP_KERNEL);
	if (objects[0])
		assert_stops(kfree((char *)objects[0] + 8), "KM2", "kfree");
}

static void free_to_another_cache(void **state)
{
	(void)state;
	objects[0] = kmalloc(48, GFP_KERNEL);
	assert_stops(kmem_cache_free(cache, objects[0]); kmem_cache_drain_local(cache), "S4",
		     "belongs to something else");
}

/* proves S4, KM2 */
static void free_of_what_is_not_ours(void **state)
{
	struct page *page;
	static long data;

	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_stops(__free_pages(slab_head(objects[0]), 0), "A2", "slab");
	machine(NULL);
	page = alloc_pages(GFP_KERNEL, MIN_CONST(MAX_ORDER, 1));
	assert_stops(kfree(page_address(page)), "KM2", "kmalloc did not hand out");
	machine(NULL);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_stops(kmem_cache_free(cache, page_address(page)); kmem_cache_drain_local(cache),
		     "S4", "something else");
	machine(NULL);
	assert_stops(kmem_cache_free(cache, &data); kmem_cache_drain_local(cache), "S4", "RAM");
	machine(NULL);
	assert_stops((void)!ksize(__va(0x80000000ul)), "KM2", "ksize");
	machine(NULL);
	assert_stops((void)!ksize(__va(0x7ffff000ul)), "KM2", "outside RAM");
	/* The block is kmalloc's own but for its tag. */
	machine(NULL);
	objects[0] = kmalloc(KMALLOC_CLASS_BYTES + 1, GFP_KERNEL);
	if (objects[0]) {
		virt_to_page(objects[0])->word ^= 1u << PAGE_TAG_SHIFT;
		assert_stops((void)!ksize(objects[0]), "KM2", "kmalloc did not hand out");
	}
	/* Without checks the descriptor that is not there traps. */
	if (IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) && !IS_ENABLED(CONFIG_MM_CHECK) &&
	    !IS_ENABLED(CONFIG_MM_VALIDATE))
		return;
	machine(NULL);
	assert_stops(kfree(&data), "KM2", "outside RAM");
}

/* The slab has room behind its last object. */
static void free_behind_the_last_object(void **state)
{
	char *behind;

	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	behind = (char *)page_address(slab_head(objects[0])) + cache->objects * cache->size;
	assert_true((unsigned long)behind % PAGE_SIZE != 0);
	assert_stops((void)!ksize(behind), "S4", "no object begins there");
	machine(NULL);
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_stops(kmem_cache_free(cache, behind); kmem_cache_drain_local(cache), "S4",
		     "no object begins there");
}

/* The slab is gone, and stale addresses lead into each of its pages. */
static void free_into_a_slab_that_is_gone(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, objects[0]);
	assert_true(kmem_cache_shrink(cache) > 0);
	assert_stops(kfree(objects[0]), "KM2", "kfree");
	if (!CONFIG_SLAB_MAX_ORDER)
		return;
	machine(NULL);
	cache = kmem_cache_create("wide", PAGE_SIZE + 8, 0, 0, NULL);
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, objects[0]);
	assert_true(kmem_cache_shrink(cache) > 0);
	assert_stops(kfree((char *)objects[0] + PAGE_SIZE), "KM2", "kfree");
}

/* Descriptors inside a block hold whatever RAM held before, even what looks like a slab's
 * descriptor. */
static void free_of_what_looks_like_a_slab(void **state)
{
	struct page *page;

	(void)state;
	if (!MAX_ORDER)
		skip();
	page = alloc_pages(GFP_KERNEL, 1);
	page[1].word = (u32)PG_SLAB << PAGE_STATE_SHIFT | 0xfffu << PAGE_TAG_SHIFT;
	assert_stops(kfree((char *)page_address(page) + PAGE_SIZE), "KM2", "kfree");
	machine(NULL);
	page = alloc_pages(GFP_KERNEL, 1);
	page[1].word = (u32)PG_SLAB << PAGE_STATE_SHIFT | 1u << PAGE_ORDER_SHIFT |
		       (u32)cache->nr << PAGE_TAG_SHIFT;
	page[1].slab_head_pfn = (u32)page_to_pfn(page);
	assert_stops(kfree((char *)page_address(page) + PAGE_SIZE); kmem_cache_drain_local(cache),
		     "S4", "something else");
}

/* proves S5 */
static void store_to_a_freed_object(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, objects[0]);
	kmem_cache_drain_local(cache);
	memset(objects[0], 0x41, 48);
	assert_string_equal(slab_validate(), "S5: a free object was written to");
	assert_stops((void)!kmem_cache_alloc(cache, GFP_KERNEL), "S5", "written to");
}

static void construct(void *object)
{
	*(char *)object = 1;
}

static void flags_that_no_cache_can_honour(void **state)
{
	(void)state;
	assert_stops((void)!kmem_cache_alloc(cache, GFP_DMA32), "victim", "zone");
	machine(NULL);
	cache = kmem_cache_create("made", 48, 0, 0, construct);
	assert_stops((void)!kmem_cache_alloc(cache, __GFP_ZERO), "made", "constructed");
	machine(NULL);
	cache = kmem_cache_create("made", 48, 0, 0, construct);
	assert_stops((void)!kmem_cache_alloc_bulk(cache, __GFP_ZERO, 2, objects), "made",
		     "constructed");
}

/* A request that finds its magazine empty is stopped, whether there is a slab or not: proves A4. */
static void waiting_with_interrupts_off(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_drain_local(cache);
	arch_local_irq_disable();
	objects[1] = kmem_cache_alloc(cache, GFP_NOWAIT);
	assert_non_null(objects[1]);
	kmem_cache_drain_local(cache);
	assert_stops((void)!kmem_cache_alloc(cache, GFP_KERNEL), "A4", "interrupts off");
}

static void use_before_boot(void **state)
{
	(void)state;
	boot_ram(32 * MB, 1);
	assert_stops((void)!kmalloc(64, GFP_KERNEL), "kmem_cache_init", "");
	boot_ram(32 * MB, 1);
	assert_stops((void)!__kmalloc(200, GFP_KERNEL), "kmem_cache_init", "");
	boot_ram(32 * MB, 1);
	assert_stops((void)!kmem_cache_alloc(&static_cache, GFP_KERNEL), "kmem_cache_init", "");
}

static void use_after_destroy(void **state)
{
	(void)state;
	assert_int_equal(kmem_cache_destroy(cache), 0);
	assert_stops((void)!kmem_cache_alloc(cache, GFP_KERNEL), "S8", "the cache was destroyed");
}

/* Damage from before is noticed at the next free. */
static void free_into_a_damaged_slab(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	slab_head(objects[0])->inuse = 0;
	assert_stops(kmem_cache_free(cache, objects[0]); kmem_cache_drain_local(cache), "S3", "");
	machine(NULL);
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_drain_local(cache);
	cache->node[0].partial.first_pfn++;
	assert_stops(kmem_cache_free(cache, objects[0]); kmem_cache_drain_local(cache),
		     IS_ENABLED(CONFIG_MM_VALIDATE) ? "S" : "S2", "");
	machine(NULL);
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_drain_local(cache);
	slab_head(objects[0])->inuse = cache->objects;
	assert_stops((void)!kmem_cache_alloc(cache, GFP_KERNEL), "S3", "");
}

/* Only an empty slab goes back to the buddy. */
static void a_slab_in_use_is_not_given_back(void **state)
{
	(void)state;
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	assert_stops(slab_release(cache, (u32)page_to_pfn(slab_head(objects[0]))), "S3",
		     "given back");
}

/* proves S4: between two sections of a zone lies one without RAM, and an object in it is none. */
static void free_into_a_hole(void **state)
{
	const u64 section_bytes = PFN_PHYS(PAGES_PER_SECTION);
	const struct bank banks[] = { { 0x80000000, 2 * section_bytes },
				      { 0x80000000 + 3 * section_bytes, section_bytes } };
	u32 victims = PFN_NONE;
	const unsigned int order = MIN_CONST(MAX_ORDER, 8);
	struct page *page, *other = NULL;
	unsigned int tries = 0;

	(void)state;
	boot_banks(NULL, banks, 2);
	boot_page_allocator(1);
	kmem_cache_init();
	cache = kmem_cache_create("victim", PAGE_SIZE / 2, 0, 0, NULL);
	assert_non_null(cache);
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	/* The only block of that order that is left lies in another section than this object. */
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order)))
		if (pfn_to_section(page_to_pfn(page)) !=
		    pfn_to_section(PFN_DOWN(__pa(objects[0]))))
			other = page;
	assert_non_null(other);
	__free_pages(other, order);
	do {
		objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
		assert_true(objects[1] && ++tries < 100000);
	} while (pfn_to_section(PFN_DOWN(__pa(objects[1]))) ==
		 pfn_to_section(PFN_DOWN(__pa(objects[0]))));
	objects[2] = __va(0x80000000 + 2 * section_bytes + 4 * PAGE_SIZE);
	assert_stops((void)slab_put(cache, objects, 3, &victims), "S4", "is no object of cache");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(free_twice_at_once, machine),
		cmocka_unit_test_setup(kfree_twice_at_once, machine),
		cmocka_unit_test_setup(free_twice_with_others_between, machine),
		cmocka_unit_test_setup(free_twice_on_two_cpus, machine),
		cmocka_unit_test_setup(free_of_the_middle, machine),
		cmocka_unit_test_setup(free_to_another_cache, machine),
		cmocka_unit_test_setup(free_of_what_is_not_ours, machine),
		cmocka_unit_test_setup(free_behind_the_last_object, machine),
		cmocka_unit_test_setup(free_into_a_slab_that_is_gone, machine),
		cmocka_unit_test_setup(free_of_what_looks_like_a_slab, machine),
		cmocka_unit_test_setup(free_into_a_damaged_slab, machine),
		cmocka_unit_test_setup(a_slab_in_use_is_not_given_back, machine),
		cmocka_unit_test_setup(free_into_a_hole, machine),
		cmocka_unit_test_setup(store_to_a_freed_object, machine),
		cmocka_unit_test_setup(flags_that_no_cache_can_honour, machine),
		cmocka_unit_test_setup(waiting_with_interrupts_off, machine),
		cmocka_unit_test_setup(use_before_boot, machine),
		cmocka_unit_test_setup(use_after_destroy, machine),
	};

	return cmocka_run_group_tests_name("slab faults", tests, NULL, NULL);
}
