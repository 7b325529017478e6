/* SPDX-License-Identifier: BSD-2-Clause */
/* The slab allocator on the machine itself: its promises, random use, want of memory, and no page
 * lost. */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define NR_OBJECTS	256u
#define NR_OPERATIONS	20000u

static void *objects[NR_OBJECTS];
static u32 sizes[NR_OBJECTS];

static DEFINE_KMEM_CACHE(test_cache, "test", 40, 0, 0);

static bool all_bytes(const void *va, u8 value, size_t n)
{
	const u8 *p = va;

	while (n && *p == value) {
		p++;
		n--;
	}
	return n == 0;
}

static u32 next_random(struct ktest *t)
{
	t->seed = t->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(t->seed >> 33);
}

static void expect_sound(struct ktest *t)
{
	const char *broken = slab_validate();
	struct audit audit;

	if (broken)
		ktest_fail(t, __FILE__, __LINE__, "%s", broken);
	KTEST_EXPECT_EQ(t, memory_audit(&audit, NULL, NULL), 0);
	KTEST_EXPECT_EQ(t, audit.pages[PG_SLAB], slab_pages(false) + slab_pages(true));
}

static void kmalloc_classes(struct ktest *t)
{
	size_t size;

	for (size = 1; size <= KMALLOC_CLASS_BYTES; size += 1 + size / 16) {
		void *va = kmalloc(size, GFP_KERNEL);

		KTEST_ASSERT(t, va);
		KTEST_EXPECT(t, ksize(va) >= size);
		KTEST_EXPECT(t, IS_ALIGNED((unsigned long)va, 1ul << CONFIG_KMALLOC_MIN_SHIFT));
		if (is_power_of_2(size))
			KTEST_EXPECT(t, IS_ALIGNED((unsigned long)va, size));
		KTEST_EXPECT_EQ(t, ksize(va), kmalloc_caches[kmalloc_class(size)].object_size);
		memset(va, 0xa5, ksize(va));
		kfree(va);
		va = kzalloc(size, GFP_KERNEL);
		KTEST_ASSERT(t, va);
		KTEST_EXPECT(t, all_bytes(va, 0, ksize(va)));
		kfree(va);
	}
}

/* Constant and other sizes use the same magazine. */
static void kmalloc_constant(struct ktest *t)
{
	void *a = kmalloc(64, GFP_KERNEL), *b;

	KTEST_ASSERT(t, a);
	kfree(a);
	b = __kmalloc(64, GFP_KERNEL);
	KTEST_EXPECT(t, a == b);
	kfree(b);
}

static void kmalloc_edges(struct ktest *t)
{
	void *va;

	KTEST_EXPECT(t, kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
	KTEST_EXPECT(t, !kmalloc(KMALLOC_MAX_BYTES + 1, GFP_KERNEL));
	KTEST_EXPECT(t, !kmalloc_array(~0ul, 2, GFP_KERNEL));
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
	va = krealloc(NULL, 10, GFP_KERNEL);
	KTEST_ASSERT(t, va);
	memset(va, 9, 10);
	va = krealloc(va, 600, GFP_KERNEL);
	KTEST_ASSERT(t, va);
	KTEST_EXPECT(t, all_bytes(va, 9, 10));
	KTEST_EXPECT(t, krealloc(va, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	va = kmalloc(min(KMALLOC_MAX_BYTES, 3 * PAGE_SIZE), GFP_KERNEL);
	KTEST_ASSERT(t, va);
	KTEST_EXPECT(t, IS_ALIGNED((unsigned long)va, PAGE_SIZE));
	kfree(va);
}

static void static_cache(struct ktest *t)
{
	void *va = kmem_cache_alloc(&test_cache, GFP_KERNEL | __GFP_ZERO);

	KTEST_ASSERT(t, va);
	KTEST_EXPECT_EQ(t, ksize(va), 40);
	KTEST_EXPECT(t, all_bytes(va, 0, 40));
	kmem_cache_free(&test_cache, va);
	KTEST_EXPECT_EQ(t, kmem_cache_destroy(&test_cache), -EINVAL);
}

static void construct(void *object)
{
	memset(object, 0x3c, 20);
}

static void cache_life(struct ktest *t)
{
	struct kmem_cache *cache = kmem_cache_create("life", 20, 0, SLAB_RECLAIM_ACCOUNT,
						     construct);
	unsigned long pages = slab_pages(true);
	unsigned int i;

	KTEST_ASSERT(t, cache);
	KTEST_EXPECT_EQ(t, kmem_cache_alloc_bulk(cache, GFP_KERNEL, NR_OBJECTS, objects),
			NR_OBJECTS);
	KTEST_EXPECT(t, slab_pages(true) > pages);
	for (i = 0; i < NR_OBJECTS; i++)
		KTEST_EXPECT(t, all_bytes(objects[i], 0x3c, 20));
	expect_sound(t);
	kmem_cache_free(cache, objects[0]);
	KTEST_EXPECT_EQ(t, kmem_cache_destroy(cache), -EBUSY);
	kmem_cache_free_bulk(cache, NR_OBJECTS - 1, objects + 1);
	KTEST_EXPECT_EQ(t, kmem_cache_destroy(cache), 0);
	KTEST_EXPECT_EQ(t, slab_pages(true), pages);
}

/* Every live object holds its own number in each byte. */
static void random_use(struct ktest *t)
{
	unsigned int i, n;

	memset(objects, 0, sizeof(objects));
	for (n = 0; n < NR_OPERATIONS; n++) {
		i = next_random(t) % NR_OBJECTS;
		if (objects[i]) {
			KTEST_ASSERT(t, all_bytes(objects[i], (u8)i, sizes[i]));
			kfree(objects[i]);
			objects[i] = NULL;
			continue;
		}
		sizes[i] = 1 + (next_random(t) % 8 ? next_random(t) % 512 :
						     next_random(t) % (2 * PAGE_SIZE));
		objects[i] = kmalloc(min_t(size_t, sizes[i], KMALLOC_MAX_BYTES), __GFP_NOWARN);
		sizes[i] = (u32)min_t(size_t, sizes[i], KMALLOC_MAX_BYTES);
		if (objects[i])
			memset(objects[i], (int)(u8)i, sizes[i]);
	}
	expect_sound(t);
	for (i = 0; i < NR_OBJECTS; i++) {
		if (objects[i])
			KTEST_EXPECT(t, all_bytes(objects[i], (u8)i, sizes[i]));
		kfree(objects[i]);
	}
}

static unsigned long free_after_shrink(void)
{
	unsigned int i;

	for (i = 0; i < NR_KMALLOC_CLASSES; i++)
		kmem_cache_shrink(&kmalloc_caches[i]);
	ktest_reclaim();
	drain_local_pages();
	return nr_free_pages();
}

/* Takes all there is, the largest sizes first, and gives it back: the same pages are free as
 * before. */
static void want_of_memory(struct ktest *t)
{
	unsigned long before = free_after_shrink(), taken = 0;
	void *first = NULL, *va;
	size_t size;

	for (size = KMALLOC_MAX_BYTES; size >= sizeof(void *); size /= 2) {
		while ((va = __kmalloc(size, __GFP_NOWARN))) {
			*(void **)va = first;
			first = va;
			taken++;
		}
	}
	KTEST_EXPECT(t, taken > 0);
	expect_sound(t);
	while (first) {
		va = first;
		first = *(void **)va;
		kfree(va);
	}
	expect_sound(t);
	KTEST_EXPECT_EQ(t, free_after_shrink(), before);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(kmalloc_classes),
	KTEST_CASE(kmalloc_constant),
	KTEST_CASE(kmalloc_edges),
	KTEST_CASE(static_cache),
	KTEST_CASE(cache_life),
	KTEST_CASE(random_use),
	KTEST_CASE(want_of_memory),
	{ .name = NULL },
};

KTEST_SUITE(slab, cases, false);
