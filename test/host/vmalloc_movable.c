/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas whose pages move, against a copy of what is in them: after each move every page has the
 * contents that it had, in a frame that nothing else has. Nobody can touch the addresses; contents
 * are read where the tables say that they are.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <mm/kernel_tables.h>
#include <mm/movable.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/vmalloc.h>

#include "mm/page/internal.h"
#include "mm/vm/internal.h"

#define RAM_BYTES	(64ul << 20)
#define AREAS		16u
#define PAGES_MOST	60ul
/* Enough for a run, wherever the CPU's list begins. */
#define PAGES_OF_RUNS	240ul
#define OPERATIONS	3000

static struct random_plan plan;
static struct rng rng;

static struct {
	char *va;
	unsigned long pages;
	u64 words[PAGES_OF_RUNS];
} areas[AREAS];

static struct audit checked(void)
{
	cpumask_t online = cpu_online_mask;
	struct audit a;

	/* No thread runs as the other CPUs, so that none of them could stand still. */
	cpu_online_mask = cpumask_of(0);
	assert_int_equal(audit_errors(&a), 0);
	cpu_online_mask = online;
	assert_int_equal(a.pages[PG_MOVABLE], vmalloc_pages());
	return a;
}

static void boot_with(unsigned int cpus)
{
	boot_ram(RAM_BYTES, cpus);
	kmem_cache_init();
	cpu_online_mask = (1ul << cpus) - 1;
}

static struct page *page_of(const char *va)
{
	struct page *page = vmalloc_to_page(va);

	assert_non_null(page);
	return page;
}

static u64 *word_of(const char *va)
{
	return page_address(page_of(va));
}

static void take(unsigned int i, unsigned long pages)
{
	areas[i].pages = pages;
	areas[i].va = vmalloc_movable(pages * PAGE_SIZE, GFP_KERNEL);
	assert_non_null(areas[i].va);
	for (unsigned long page = 0; page < pages; page++) {
		areas[i].words[page] = rng_next(&rng);
		*word_of(areas[i].va + page * PAGE_SIZE) = areas[i].words[page];
	}
}

static void check(unsigned int i)
{
	for (unsigned long page = 0; page < areas[i].pages; page++) {
		const char *va = areas[i].va + page * PAGE_SIZE;

		assert_int_equal(*word_of(va), areas[i].words[page]);
		assert_int_equal(page_state(page_of(va)), PG_MOVABLE);
	}
}

static void give(unsigned int i)
{
	check(i);
	vfree(areas[i].va);
	areas[i].va = NULL;
}

/* proves VB1, VB2 */
static void random_moves(unsigned int cpus)
{
	struct audit before;
	unsigned long moved = 0;

	boot_with(cpus);
	rng.state = plan.seed;
	memset(areas, 0, sizeof(areas));
	before = checked();
	for (u64 done = 0; done < plan.operations; done++) {
		unsigned int i = (unsigned int)rng_below(&rng, AREAS);
		struct page *page;
		char *va;

		if (!areas[i].va) {
			take(i, 1 + rng_below(&rng, PAGES_MOST));
		} else if (!rng_below(&rng, 20)) {
			give(i);
		} else {
			va = areas[i].va + rng_below(&rng, areas[i].pages) * PAGE_SIZE;
			page = page_of(va);
			assert_int_equal(migrate_page(page_to_pfn(page), GFP_KERNEL), 0);
			assert_ptr_not_equal(page_of(va), page);
			assert_int_not_equal(page_state(page), PG_MOVABLE);
			/* No mover is left. */
			assert_int_equal(vm_area_find((unsigned long)va)->moving, 0);
			assert_int_equal(vm_area_find((unsigned long)va)->fast, 0);
			check(i);
			moved++;
		}
		if (done % 100 == 0)
			checked();
	}
	assert_true(moved > plan.operations / 2);
	for (unsigned int i = 0; i < AREAS; i++)
		if (areas[i].va)
			give(i);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
	assert_int_equal(checked().pages[PG_ALLOCATED], before.pages[PG_ALLOCATED]);
}

static void random_moves_alone(void **state)
{
	(void)state;
	random_moves(1);
}

static void random_moves_with_others(void **state)
{
	(void)state;
	if (CONFIG_NR_CPUS > 1)
		random_moves(2);
}

static void pins_hold(void **state)
{
	unsigned long pfn;
	char text[128];

	(void)state;
	boot_with(1);
	take(0, 3);
	pfn = page_to_pfn(page_of(areas[0].va + PAGE_SIZE));
	assert_int_equal(vm_pin(areas[0].va + 17, "the test"), 0);
	assert_int_equal(vm_pin(areas[0].va, "the test"), 0);
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), -EBUSY);
	movable_describe(pfn, text, sizeof(text));
	assert_non_null(strstr(text, "vmalloc: 0x"));
	assert_non_null(strstr(text, "page 1 of 3"));
	assert_non_null(strstr(text, "pinned by the test"));
	vm_unpin(areas[0].va);
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), -EBUSY);
	vm_unpin(areas[0].va);
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), 0);
	check(0);
	assert_int_equal(vm_pin((char *)VMALLOC_START + SZ_1G, "nobody"), -EINVAL);
	assert_int_not_equal(HOST_TRY(vm_unpin(areas[0].va)), HOST_RAN_ON);
	boot_with(1);
	take(0, 3);
	assert_int_equal(vm_pin(areas[0].va, "the test"), 0);
	assert_int_not_equal(HOST_TRY(vfree(areas[0].va)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "pinned by the test"));
}

static struct page *taken[RAM_BYTES / PAGE_SIZE];

static void no_memory_for_the_copy(void **state)
{
	unsigned long nr = 0, pfn;
	struct page *page;

	(void)state;
	boot_with(1);
	take(0, 3);
	pfn = page_to_pfn(page_of(areas[0].va));
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)))
		taken[nr++] = page;
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NOWARN, 0)))
		taken[nr++] = page;
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), -ENOMEM);
	assert_int_equal(page_to_pfn(page_of(areas[0].va)), pfn);
	check(0);
	checked();
	__free_pages(taken[--nr], 0);
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), 0);
	check(0);
	give(0);
}

static const struct movable_kind *vmalloc_kind(void)
{
	const struct movable_kind *kind = __movable_kinds_start;

	while (strcmp(kind->name, "vmalloc"))
		assert_true(++kind < __movable_kinds_end);
	return kind;
}

/* What came by while a page was on its way. */
static struct movable moving, other;

static struct movable movable_of(const char *va)
{
	const struct page *page = page_of(va);

	return (struct movable){ page_to_pfn(page), page->movable_owner, page->movable_part,
				 page_order(page), false };
}

static void others_come_by(void)
{
	host_on_flush = NULL;
	/* One mover has the page, and another may have its neighbour. */
	assert_int_equal(migrate_page(moving.pfn, GFP_NOWAIT), -EAGAIN);
	assert_int_equal(migrate_page(other.pfn, GFP_NOWAIT), 0);
	/* The owner goes: the area stays until the last mover has left, and nobody comes any
	 * more. */
	other = movable_of(areas[0].va + PAGE_SIZE);
	vfree(areas[0].va);
	assert_int_equal(vmalloc_pages(), 3);
	assert_int_equal(migrate_page(other.pfn, GFP_NOWAIT), -EAGAIN);
	/* It still owns its pages, and nobody can pin it any more. */
	assert_true(vmalloc_kind()->owns(&other));
	assert_int_equal(vm_pin(areas[0].va, "too late"), -EINVAL);
}

static void in_the_middle(void **state)
{
	(void)state;
	boot_with(1);
	take(0, 3);
	moving = movable_of(areas[0].va);
	other = movable_of(areas[0].va + PAGE_SIZE);
	host_on_flush = others_come_by;
	assert_int_equal(migrate_page(moving.pfn, GFP_KERNEL), 0);
	assert_null(host_on_flush);
	assert_int_equal(vmalloc_pages(), 0);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
	/* A descriptor may name an area that is long gone. */
	assert_int_equal(migrate_page(moving.pfn, GFP_KERNEL), -EAGAIN);
	assert_false(vmalloc_kind()->owns(&moving));
}

/* The page of the window at va, as a descriptor of that frame would say it. */
static struct movable said_of(const char *va, unsigned long pfn)
{
	u64 at = ((unsigned long)va - VMALLOC_START) >> PAGE_SHIFT;

	return (struct movable){ pfn, (u32)(at >> 32), (u32)at, 0, false };
}

/* Descriptors of frames that an area of such pages never had. */
static void what_is_not_so(void **state)
{
	const struct movable_kind *kind = vmalloc_kind();
	char *fixed, *moves, text[128], expected[128];
	struct page *page;
	struct movable at;

	(void)state;
	boot_with(1);
	fixed = __vmalloc(2 * PAGE_SIZE, GFP_KERNEL);
	moves = vmalloc_movable(2 * PAGE_SIZE, GFP_KERNEL);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_true(fixed && moves && page);
	/* An area of another kind, where the frame really is. */
	at = said_of(fixed, page_to_pfn(page_of(fixed)));
	assert_false(kind->owns(&at));
	assert_int_equal(kind->move(&at, page), -EAGAIN);
	kind->describe(&at, text, sizeof(text));
	snprintf(expected, sizeof(expected), "0x%lx", (unsigned long)fixed);
	assert_string_equal(text, expected);
	/* No area at all. */
	at = said_of((char *)VMALLOC_START + SZ_1G, at.pfn);
	assert_false(kind->owns(&at));
	kind->describe(&at, text, sizeof(text));
	assert_null(strstr(text, "page"));
	/* Another frame than the one that is mapped, and the guard page. */
	at = said_of(moves, page_to_pfn(page_of(moves + PAGE_SIZE)));
	assert_false(kind->owns(&at));
	assert_int_equal(kind->move(&at, page), -EAGAIN);
	at = said_of(moves + 2 * PAGE_SIZE, at.pfn);
	assert_false(kind->owns(&at));
	/* The right one, pinned by nobody. */
	at = said_of(moves + PAGE_SIZE, at.pfn);
	assert_true(kind->owns(&at));
	kind->describe(&at, text, sizeof(text));
	snprintf(expected, sizeof(expected), "0x%lx, page 1 of 2, by ?",
		 (unsigned long)moves + PAGE_SIZE);
	assert_string_equal(text, expected);
	assert_int_not_equal(HOST_TRY(vm_unpin((char *)VMALLOC_START + SZ_1G)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "VB1: unpin of"));
}

/* ---- runs ---- */

#define RUN_MASK	(~0u >> (32 - MOVE_RUN))

static bool is_run(unsigned long pfn)
{
	for (unsigned int i = 0; i < MOVE_RUN; i++)
		if (page_state(pfn_to_page(block_head_pfn(pfn + i))) != PG_MOVABLE)
			return false;
	return true;
}

/* An area in which pages lie one behind the other; where they begin. */
static unsigned long take_run_area(void)
{
	boot_with(1);
	take(0, PAGES_OF_RUNS);
	for (unsigned long page = 0; page < PAGES_OF_RUNS; page++) {
		unsigned long pfn = page_to_pfn(page_of(areas[0].va + page * PAGE_SIZE));

		if (is_run(pfn))
			return pfn;
	}
	skip();
	return 0;
}

static char *va_of_frame(unsigned long pfn)
{
	const struct page *page = pfn_to_page(pfn);

	return (char *)VMALLOC_START +
	       (((u64)page->movable_owner << 32 | page->movable_part) << PAGE_SHIFT);
}

static u32 take_run_at(unsigned long pfn, unsigned long end_pfn, gfp_t gfp)
{
	return take_run_from_owners(page_zone(pfn_to_page(pfn)), pfn, end_pfn, gfp);
}

/* Takes a run, of which these pages are to go; they go back to nobody's. */
static void expect_run(unsigned long pfn, u32 expected)
{
	assert_int_equal(take_run_at(pfn, pfn + MOVE_RUN, GFP_KERNEL), expected);
	for (unsigned int i = 0; i < MOVE_RUN; i++) {
		struct page *page = pfn_to_page(pfn + i);

		if (!(expected >> i & 1))
			continue;
		assert_int_equal(page_state(page), PG_ALLOCATED);
		__free_pages(page, 0);
	}
}

/* A run that is away: its first frame. */
static unsigned long run_pfn;

/* All CPUs forget each page of the run before it is copied. */
static void run_is_forgotten(void)
{
	host_on_flush = NULL;
	for (unsigned int i = 0; i < MOVE_RUN; i++) {
		unsigned long va = (unsigned long)va_of_frame(run_pfn + i);

		assert_true(host_flush_start <= va && va + PAGE_SIZE <= host_flush_end);
	}
}

static void a_run_goes(void **state)
{
	unsigned long pfn = run_pfn = take_run_area();

	(void)state;
	host_on_flush = run_is_forgotten;
	expect_run(pfn, RUN_MASK);
	assert_null(host_on_flush);
	check(0);
	checked();
	/* One page is no run, and pages that are nobody's are none. */
	assert_int_equal(take_run_at(pfn, pfn + MOVE_RUN, GFP_KERNEL), 0);
	pfn = page_to_pfn(page_of(areas[0].va));
	assert_int_equal(take_run_at(pfn, pfn + 1, GFP_KERNEL), 0);
	give(0);
}

static struct page *page_outside(unsigned long pfn)
{
	for (unsigned long page = 0;; page++) {
		struct page *is = vmalloc_to_page(areas[0].va + page * PAGE_SIZE);

		if (is && page_to_pfn(is) - pfn >= MOVE_RUN)
			return is;
	}
}

static void one_is_called_back(void)
{
	char *va = va_of_frame(run_pfn + 3);
	struct audit a;

	host_on_flush = NULL;
	assert_null(vmalloc_to_page(va));
	assert_int_equal(audit_errors(&a), 0);
	vm_call_back((unsigned long)va);
	assert_int_equal(page_to_pfn(page_of(va)), run_pfn + 3);
	vm_call_back((unsigned long)va);
	vm_call_back((unsigned long)areas[0].va + SZ_1G);
	*word_of(va) = areas[0].words[(va - areas[0].va) / PAGE_SIZE] = 4711;
	/* Others leave the run alone, and make none; theirs go one by one. */
	assert_int_equal(migrate_page(run_pfn, GFP_NOWAIT), -EAGAIN);
	expect_run(run_pfn + 3, 0);
	assert_int_equal(migrate_page(page_to_pfn(page_outside(run_pfn)), GFP_NOWAIT), 0);
}

/* proves VB3: who touches a page that is away has it back, and nothing is lost */
static void a_page_is_called_back(void **state)
{
	(void)state;
	run_pfn = take_run_area();
	host_on_flush = one_is_called_back;
	expect_run(run_pfn, RUN_MASK & ~8u);
	assert_null(host_on_flush);
	check(0);
	checked();
	give(0);
}

static void area_is_pinned(void)
{
	host_on_flush = NULL;
	assert_int_equal(vm_pin(areas[0].va, "the test"), 0);
	for (unsigned int i = 0; i < MOVE_RUN; i++)
		assert_int_equal(page_to_pfn(page_of(va_of_frame(run_pfn + i))), run_pfn + i);
}

static void area_is_freed(void)
{
	host_on_flush = NULL;
	vfree(areas[0].va);
	assert_int_equal(vmalloc_pages(), PAGES_OF_RUNS);
}

/* proves VB1 of runs */
static void owner_of_a_run_acts(void **state)
{
	(void)state;
	run_pfn = take_run_area();
	host_on_flush = area_is_pinned;
	expect_run(run_pfn, 0);
	check(0);
	expect_run(run_pfn, 0);
	vm_unpin(areas[0].va);
	checked();
	host_on_flush = area_is_freed;
	expect_run(run_pfn, RUN_MASK);
	assert_int_equal(vmalloc_pages(), 0);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
}

/* As many go as there are pages for their copies. */
static void few_pages_for_a_run(void **state)
{
	unsigned long pfn = take_run_area(), nr = 0;
	struct page *page;

	(void)state;
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)))
		taken[nr++] = page;
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NOWARN, 0)))
		taken[nr++] = page;
	assert_int_equal(take_run_at(pfn, pfn + MOVE_RUN, GFP_KERNEL), 0);
	while (nr % 4)
		__free_pages(taken[--nr], 0);
	for (unsigned int i = 0; i < 4; i++)
		__free_pages(taken[--nr], 0);
	assert_in_range(fls64(take_run_at(pfn, pfn + MOVE_RUN, GFP_KERNEL)), 1, 7);
	check(0);
}

static void kvmalloc_moves(void **state)
{
	void *small, *large;

	(void)state;
	boot_with(1);
	small = kvmalloc(PAGE_SIZE, GFP_KERNEL);
	large = kvmalloc(PAGE_SIZE + 1, GFP_KERNEL | __GFP_ZERO);
	assert_false(is_vmalloc_addr(small));
	assert_int_equal(vmalloc_pages(), 2);
	assert_int_equal(*word_of(large), 0);
	kvfree(small);
	kvfree(large);
	assert_int_equal(vmalloc_pages(), 0);
	checked();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_moves_alone),
		cmocka_unit_test(random_moves_with_others),
		cmocka_unit_test(pins_hold),
		cmocka_unit_test(no_memory_for_the_copy),
		cmocka_unit_test(in_the_middle),
		cmocka_unit_test(what_is_not_so),
		cmocka_unit_test(a_run_goes),
		cmocka_unit_test(a_page_is_called_back),
		cmocka_unit_test(owner_of_a_run_acts),
		cmocka_unit_test(few_pages_for_a_run),
		cmocka_unit_test(kvmalloc_moves),
	};

	plan = random_plan(argc, argv, OPERATIONS, 100 * OPERATIONS);
	return cmocka_run_group_tests_name("vmalloc_movable", tests, NULL, NULL);
}
