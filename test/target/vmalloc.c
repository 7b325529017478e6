/* SPDX-License-Identifier: BSD-2-Clause */
/* Areas of the vmalloc window on the machine itself: what is written is read, by other ways too,
 * and nothing is left behind. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/kernel_tables.h>
#include <mm/movable.h>
#include <mm/page.h>
#include <mm/snapshot.h>
#include <mm/vmalloc.h>
#include <test/ktest.h>
#include <arch/mmu.h>

static const size_t sizes[] = {
	1, PAGE_SIZE, PAGE_SIZE + 1, 64 * SZ_1K, SZ_1M + 5 * PAGE_SIZE, SZ_2M,
	4 * SZ_1M + PAGE_SIZE,
};

/* Each word says where it lies. */
static void fill(unsigned long *va, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(*va); i++)
		va[i] = (unsigned long)&va[i];
}

static bool is_filled(const unsigned long *va, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(*va); i++)
		if (va[i] != (unsigned long)&va[i])
			return false;
	return true;
}

/* A page of this test's own is seen past the caches as well. */
static void past_the_caches(struct ktest *t)
{
	unsigned long *cached = (unsigned long *)__get_free_page(GFP_KERNEL), *va;

	if (!cached)
		return;
	va = memremap_uncached(__pa(cached), PAGE_SIZE);
	KTEST_EXPECT_EQ(t, va != NULL, arch_maps_uncached());
	if (va) {
		fill(va, PAGE_SIZE);
		KTEST_EXPECT(t, is_filled(va, PAGE_SIZE));
		/* Nothing of it was in a cache before. */
		KTEST_EXPECT_EQ(t, cached[1], (unsigned long)&va[1]);
		iounmap(va);
	}
	free_page((unsigned long)cached);
}

static void what_is_written_is_read(struct ktest *t)
{
	void *areas[ARRAY_SIZE(sizes)];
	unsigned long before = vmalloc_pages();

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		areas[i] = __vmalloc(sizes[i], GFP_KERNEL | __GFP_NOWARN);
		if (areas[i])
			fill(areas[i], sizes[i]);
	}
	KTEST_ASSERT(t, areas[0]);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long end = (unsigned long)areas[i] + ALIGN_UP(sizes[i], PAGE_SIZE);

		if (!areas[i])
			continue;
		KTEST_EXPECT(t, is_filled(areas[i], sizes[i]));
		KTEST_EXPECT(t, !arch_va_mapped(end));
		KTEST_EXPECT(t, !arch_va_mapped((unsigned long)areas[i] - 1));
		vfree(areas[i]);
		KTEST_EXPECT(t, !arch_va_mapped((unsigned long)areas[i]));
	}
	KTEST_EXPECT_EQ(t, vmalloc_pages(), before);
}

static void cleared_when_asked(struct ktest *t)
{
	unsigned long *va = vzalloc(3 * PAGE_SIZE);

	KTEST_ASSERT(t, va);
	for (size_t i = 0; i < 3 * PAGE_SIZE / sizeof(*va); i++)
		KTEST_EXPECT_EQ(t, va[i], 0);
	vfree(va);
}

static void pages_are_seen_twice(struct ktest *t)
{
	struct page *page = alloc_page(GFP_KERNEL), *pages[3] = { page, page, page };
	unsigned long *va;

	KTEST_ASSERT(t, page);
	va = vmap(pages, 3, VM_KERNEL_RW);
	KTEST_ASSERT(t, va);
	va[1] = 0x1234567890abcdeful;
	KTEST_EXPECT_EQ(t, va[PAGE_SIZE / sizeof(*va) + 1], 0x1234567890abcdeful);
	KTEST_EXPECT_EQ(t, ((unsigned long *)page_address(page))[1], 0x1234567890abcdeful);
	KTEST_EXPECT(t, vmalloc_to_page(&va[2 * PAGE_SIZE / sizeof(*va)]) == page);
	vunmap(va);
	__free_page(page);
}

static void rights_change(struct ktest *t)
{
	unsigned long *va = vmalloc(SZ_2M);

	KTEST_ASSERT(t, va);
	fill(va, SZ_2M);
	KTEST_EXPECT_EQ(t, set_memory_ro((unsigned long)va + PAGE_SIZE, 3), 0);
	KTEST_EXPECT(t, is_filled(va, SZ_2M));
	KTEST_EXPECT_EQ(t, set_memory_rw((unsigned long)va + PAGE_SIZE, 3), 0);
	va[PAGE_SIZE / sizeof(*va)] = 1;
	KTEST_EXPECT_EQ(t, set_memory_ro((unsigned long)va, 513), -EINVAL);
	vfree(va);
}

#ifdef CONFIG_SMP
static void read_there(void *arg)
{
	unsigned long **area = arg;

	if (!is_filled(*area, 5 * PAGE_SIZE))
		*area = NULL;
}

/* What one CPU maps every other may use at once, and what takes its place afterwards. */
static void other_cpus_see_it(struct ktest *t)
{
	for (int round = 0; round < 20; round++) {
		unsigned long *va = vmalloc(5 * PAGE_SIZE);
		void *seen = va;

		KTEST_ASSERT(t, va);
		fill(va, 5 * PAGE_SIZE);
		on_each_cpu(read_there, &seen, true);
		KTEST_EXPECT(t, seen == va);
		vfree(va);
	}
}
#endif

#ifdef CONFIG_MIGRATION
#define MOVING_PAGES	8u
#define MOVES		400u

static void pages_move(struct ktest *t)
{
	unsigned long *va = vmalloc_movable(MOVING_PAGES * PAGE_SIZE, GFP_KERNEL);

	KTEST_ASSERT(t, va);
	fill(va, MOVING_PAGES * PAGE_SIZE);
	for (unsigned int i = 0; i < MOVING_PAGES; i++) {
		unsigned long *page_va = va + i * PAGE_SIZE / sizeof(*va);
		struct page *page = vmalloc_to_page(page_va);

		KTEST_EXPECT_EQ(t, migrate_page(page_to_pfn(page), GFP_KERNEL), 0);
		KTEST_EXPECT(t, vmalloc_to_page(page_va) != page);
	}
	KTEST_EXPECT(t, is_filled(va, MOVING_PAGES * PAGE_SIZE));
	KTEST_EXPECT_EQ(t, vm_pin(va, "the test"), 0);
	KTEST_EXPECT_EQ(t, migrate_page(page_to_pfn(vmalloc_to_page(va)), GFP_KERNEL), -EBUSY);
	vm_unpin(va);
	kvfree(va);
}
#endif

#if defined(CONFIG_MIGRATION) && defined(CONFIG_SMP)
/* A CPU that counts in a word of its own in each page, up and up. */
struct writer {
	struct cpu_work work;
	u64 *words;
	u64 rounds;
	bool lost;
	bool *stop;
};
static struct writer writers[CONFIG_NR_CPUS];

static void count_in_pages(void *arg)
{
	struct writer *w = arg;

	do {
		for (unsigned int i = 0; i < MOVING_PAGES; i++) {
			volatile u64 *word = w->words + i * PAGE_SIZE / sizeof(u64);

			if (*word != w->rounds)
				w->lost = true;
			*word = w->rounds + 1;
		}
		w->rounds++;
	} while (!READ_ONCE(*w->stop));
}

/* Each word is where it was, with the last value that its CPU wrote, whatever moves beneath it. */
static void pages_move_under_writers(struct ktest *t)
{
	u64 *va = vmalloc_movable(MOVING_PAGES * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	unsigned int cpu, moved = 0;
	bool stop = false;

	KTEST_ASSERT(t, va);
	for_each_cpu(cpu, cpus_online() & ~cpumask_of(0)) {
		writers[cpu] = (struct writer){
			.work = { .fn = count_in_pages, .arg = &writers[cpu] },
			.words = va + cpu, .stop = &stop,
		};
		KTEST_EXPECT_EQ(t, cpu_work_start(cpu, &writers[cpu].work), 0);
	}
	for (unsigned int i = 0; i < MOVES; i++) {
		char *page_va = (char *)va + i % MOVING_PAGES * PAGE_SIZE;
		struct page *page = vmalloc_to_page(page_va);

		moved += !migrate_page(page_to_pfn(page), GFP_KERNEL);
	}
	WRITE_ONCE(stop, true);
	KTEST_EXPECT_EQ(t, moved, MOVES);
	for_each_cpu(cpu, cpus_online() & ~cpumask_of(0)) {
		cpu_work_wait(&writers[cpu].work);
		KTEST_EXPECT(t, !writers[cpu].lost);
		for (unsigned int i = 0; i < MOVING_PAGES; i++)
			KTEST_EXPECT_EQ(t, va[i * PAGE_SIZE / sizeof(*va) + cpu],
					writers[cpu].rounds);
	}
	kvfree(va);
}
#endif

static void say(void *ctx, const char *line)
{
	ktest_fail(ctx, __FILE__, __LINE__, "%s", line);
}

static void nothing_is_left(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say, t), 0);
}

static const struct ktest_case vmalloc_cases[] = {
	KTEST_CASE(what_is_written_is_read),
	KTEST_CASE(past_the_caches),
	KTEST_CASE(cleared_when_asked),
	KTEST_CASE(pages_are_seen_twice),
	KTEST_CASE(rights_change),
	IF_ENABLED(CONFIG_SMP, KTEST_CASE(other_cpus_see_it),)
	IF_ENABLED(CONFIG_MIGRATION, KTEST_CASE(pages_move),
		   IF_ENABLED(CONFIG_SMP, KTEST_CASE(pages_move_under_writers),))
	KTEST_CASE(nothing_is_left),
	{ }
};
KTEST_SUITE(vmalloc, vmalloc_cases, false);
