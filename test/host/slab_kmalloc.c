/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kmalloc promises: sizes, alignment, contents, and the limits of each. Each case is one
 * machine with 64 MiB of RAM and three CPUs.
 */
#include "slab_common.h"

#define MIN_BYTES	(1ul << CONFIG_KMALLOC_MIN_SHIFT)

/* proves KM1 */
static void classes_hold_every_size(void **state)
{
	size_t size, last = 0;

	(void)state;
	for (size = 1; size <= KMALLOC_CLASS_BYTES; size++) {
		void *va = kmalloc(size, GFP_KERNEL);
		unsigned int class = kmalloc_class(size);

		assert_non_null(va);
		assert_true(ksize(va) >= size && ksize(va) >= MIN_BYTES);
		assert_true(IS_ALIGNED((unsigned long)va, MIN_BYTES));
		if (is_power_of_2(size))
			assert_true(IS_ALIGNED((unsigned long)va, size));
		assert_int_equal(ksize(va), kmem_cache_size(&kmalloc_caches[class]));
		/* The next smaller class would be too small. */
		if (class > 0)
			assert_true(kmem_cache_size(&kmalloc_caches[class - 1]) < size);
		assert_true(ksize(va) >= last);
		last = ksize(va);
		kfree(va);
	}
	assert_int_equal(last, KMALLOC_CLASS_BYTES);
}

static void classes_have_their_names(void **state)
{
	unsigned int i;
	char name[32];

	(void)state;
	for (i = 0; i < NR_KMALLOC_CLASSES; i++) {
		unsigned int bytes = kmem_cache_size(&kmalloc_caches[i]);

		if (bytes < 1024)
			snprintf(name, sizeof(name), "kmalloc-%u", bytes);
		else
			snprintf(name, sizeof(name), "kmalloc-%uk", bytes / 1024);
		assert_string_equal(kmem_cache_name(&kmalloc_caches[i]), name);
	}
}

static void constant_sizes_take_the_same_class(void **state)
{
	void *a = kmalloc(50, GFP_KERNEL), *b = __kmalloc(50, GFP_KERNEL);
	void *c = kmalloc(96, GFP_KERNEL), *d = __kmalloc(96, GFP_KERNEL);

	(void)state;
	assert_int_equal(ksize(a), ksize(b));
	assert_int_equal(ksize(c), ksize(d));
	assert_int_equal(ksize(c), KMALLOC_HAS_96 ? 96 : max(128ul, MIN_BYTES));
	kfree(a);
	kfree(b);
	kfree(c);
	kfree(d);
}

static void beyond_the_classes_come_pages(void **state)
{
	size_t size;

	(void)state;
	for (size = KMALLOC_CLASS_BYTES + 1; size <= min(KMALLOC_MAX_BYTES, 1ul << 20);
	     size = size * 2 - 1) {
		unsigned long before = nr_free_pages();
		unsigned char *va = kmalloc(size, GFP_KERNEL);

		assert_non_null(va);
		assert_true(IS_ALIGNED((unsigned long)va, PAGE_SIZE));
		assert_int_equal(ksize(va), PAGE_SIZE << fls64((size - 1) >> PAGE_SHIFT));
		va[0] = va[size - 1] = 1;
		kfree(va);
		drain_local_pages();
		assert_true(nr_free_pages() >= before);
	}
	assert_null(kmalloc(KMALLOC_MAX_BYTES + 1, GFP_KERNEL));
	assert_null(kmalloc(~0ul, GFP_KERNEL));
}

static void nothing_is_an_address_too(void **state)
{
	(void)state;
	assert_ptr_equal(kmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_int_equal(ksize(ZERO_SIZE_PTR), 0);
	assert_int_equal(ksize(NULL), 0);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	assert_ptr_equal(kmalloc_array(0, 8, GFP_KERNEL), ZERO_SIZE_PTR);
}

/* A descriptor that says more caches than there can be leads to none of them. */
static void rows_behind_the_last(void **state)
{
	static const unsigned int rows[] = { CONFIG_SLAB_CACHES, CONFIG_SLAB_CACHES + 9 };

	(void)state;
	if (is_power_of_2(CONFIG_SLAB_CACHES))
		skip();
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		void *va = kmalloc(MIN_BYTES, GFP_KERNEL);
		struct page *page = virt_to_page(va);
		u32 word = page->word;

		page->word = (word & ~PAGE_FIELD_MASK(TAG)) | rows[i] << PAGE_TAG_SHIFT;
		assert_int_equal(HOST_TRY(kfree(va)), HOST_PANIC);
		assert_non_null(strstr(host_stop_text(), "which kmalloc did not hand out: its "
				       "frame is slab"));
		page->word = word;
		kfree(va);
	}
}

static void zeroed_when_asked(void **state)
{
	static const size_t sizes[] = { 8, 100, 1000, 4096, 20000 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *va;

		if (sizes[i] > KMALLOC_MAX_BYTES)
			continue;
		va = kmalloc(sizes[i], GFP_KERNEL);
		memset(va, 0xa5, ksize(va));
		kfree(va);
		va = kzalloc(sizes[i], GFP_KERNEL);
		assert_true(all_bytes(va, 0, ksize(va)));
		kfree(va);
	}
}

static void arrays_do_not_overflow(void **state)
{
	void *va;

	(void)state;
	assert_null(kmalloc_array(1ul << 33, 1ul << 33, GFP_KERNEL));
	assert_null(kmalloc_array(~0ul, 2, GFP_KERNEL));
	va = kmalloc_array(3, 5, GFP_KERNEL);
	assert_true(ksize(va) >= 15);
	kfree(va);
}

static void zones_are_met_with_pages(void **state)
{
	void *va = kmalloc(24, GFP_DMA32);

	(void)state;
	assert_non_null(va);
	assert_true(IS_ALIGNED((unsigned long)va, PAGE_SIZE));
	assert_int_equal(ksize(va), PAGE_SIZE);
	kfree(va);
}

static void krealloc_keeps_contents(void **state)
{
	unsigned char *va = krealloc(NULL, 20, GFP_KERNEL), *same;
	size_t usable;

	(void)state;
	usable = ksize(va);
	memset(va, 7, usable);
	same = krealloc(va, usable, GFP_KERNEL);
	assert_ptr_equal(same, va);
	va = krealloc(same, usable + 1, GFP_KERNEL);
	assert_ptr_not_equal(same, va);
	assert_true(all_bytes(va, 7, usable));
	same = krealloc(va, 3, GFP_KERNEL);
	assert_ptr_equal(same, va);
	/* A krealloc() that fails leaves the old object alone. */
	assert_null(krealloc(va, KMALLOC_MAX_BYTES + 1, GFP_KERNEL));
	assert_true(all_bytes(va, 7, usable));
	assert_ptr_equal(krealloc(va, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	va = krealloc(ZERO_SIZE_PTR, PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	assert_true(all_bytes(va, 0, PAGE_SIZE));
	kfree(va);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SLAB_CASE(classes_hold_every_size),
		SLAB_CASE(classes_have_their_names),
		SLAB_CASE(constant_sizes_take_the_same_class),
		SLAB_CASE(beyond_the_classes_come_pages),
		SLAB_CASE(nothing_is_an_address_too),
		SLAB_CASE(rows_behind_the_last),
		SLAB_CASE(zeroed_when_asked),
		SLAB_CASE(arrays_do_not_overflow),
		SLAB_CASE(zones_are_met_with_pages),
		SLAB_CASE(krealloc_keeps_contents),
	};

	return cmocka_run_group_tests_name("kmalloc", tests, NULL, NULL);
}
