/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that an idle CPU has cleared ahead: whoever empties memory drops them, whichever CPU has
 * them, and a program's next page is zero all the same. */
#include "common/boot.h"

#include <kernel/errno.h>
#include <mm/address_space.h>
#include <mm/audit.h>
#include <mm/contig.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/movable.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/spaces.h>
#include <mm/user_page.h>

#include "mm/vm/admission.h"
#include "mm/vm/cleared_pages.h"
#include "mm/vm/spaces.h"

#define RAM_BYTES	(64ul << 20)
#define NR		4u

static void say(void *ctx, const char *line)
{
	(void)ctx;
	printf("# audit: %s\n", line);
}

static struct audit checked(void)
{
	struct audit a;

	assert_int_equal(machine_audit(&a, say, NULL), 0);
	return a;
}

static u32 kind_nr(void)
{
	const struct movable_kind *kind = __movable_kinds_start;

	while (strcmp(kind->name, "cleared"))
		assert_true(++kind < __movable_kinds_end);
	return (u32)(kind - __movable_kinds_start);
}

static unsigned int find_cleared(unsigned long *pfns)
{
	struct section_snapshot s;
	unsigned int nr = 0;

	for_each_section_snapshot(&s) {
		for (unsigned long pfn = s.start_pfn; pfn < s.end_pfn;) {
			const struct page *page = pfn_to_page(pfn);

			if (page_state(page) == PG_MOVABLE && page->movable_kind == kind_nr()) {
				assert_true(nr < NR);
				pfns[nr++] = pfn;
			}
			pfn += 1ul << page_order(page);
		}
	}
	return nr;
}

/* What boot keeps lies in the last pageblock, which nobody empties: its free pages go first. */
static void use_up_the_last_pageblock(void)
{
	unsigned long last_pfn = ALIGN_DOWN(memblock_end_of_DRAM() / PAGE_SIZE - 1,
					    pageblock_nr_pages);
	struct page *page;

	do {
		page = alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, 0);
		assert_non_null(page);
	} while (page_to_pfn(page) >= last_pfn);
}

static void begin(unsigned long *pfns)
{
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	use_up_the_last_pageblock();
	for (unsigned int i = 0; i < NR; i++)
		assert_true(user_pages_clear_one());
	assert_int_equal(find_cleared(pfns), NR);
	checked();
	assert_int_equal(audit_movable_pages(kind_nr()), NR);
}

static bool is_zero(const struct page *page)
{
	const u64 *word = page_address(page);

	for (u64 i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		if (word[i])
			return false;
	return true;
}

/* proves CZ1 */
static void dropped_without_a_copy(void **state)
{
	struct page *first = NULL, *page, *taken[NR + 1];
	unsigned long pfns[NR];
	char text[64];

	(void)state;
	begin(pfns);
	movable_describe(pfns[1], text, sizeof(text));
	assert_string_equal(text, "cleared: waits on CPU 0");
	while ((page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC, 0))) {
		*(struct page **)page_address(page) = first;
		first = page;
	}
	assert_int_equal(migrate_page(pfns[1], GFP_NOWAIT), 0);
	assert_int_equal(page_state(pfn_to_page(pfns[1])), PG_PCP);
	assert_int_equal(migrate_page(pfns[1], GFP_NOWAIT), -EAGAIN);
	for (; first; first = page) {
		page = *(struct page **)page_address(first);
		__free_pages(first, 0);
	}
	checked();
	assert_int_equal(audit_movable_pages(kind_nr()), NR - 1);
	/* The slots that are left, and then others. */
	for (unsigned int i = 0; i <= NR; i++) {
		taken[i] = user_page_alloc_at(NO_PLACE, true);
		assert_non_null(taken[i]);
		assert_true(is_zero(taken[i]));
		assert_int_equal(page_state(taken[i]), PG_USER);
		assert_int_equal(migrate_page(page_to_pfn(taken[i]), GFP_NOWAIT), -EAGAIN);
	}
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
	for (unsigned int i = 0; i <= NR; i++)
		user_page_put(taken[i]);
	checked();
}

/* A range that somebody takes. */
static void a_range_with_cleared_pages(void **state)
{
	unsigned long pfns[NR];
	struct page_obstacle o;

	(void)state;
	begin(pfns);
	for (unsigned int i = 0; i < NR; i++) {
		assert_int_equal(alloc_contig_range(pfns[i], pfns[i] + 1, GFP_NOWAIT, &o), 0);
		assert_int_equal(page_state(pfn_to_page(pfns[i])), PG_ALLOCATED);
	}
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
	for (unsigned int i = 0; i < NR; i++)
		free_contig_range(pfns[i], 1);
	assert_true(is_zero(user_page_alloc(true)));
}

/* A slot that leads elsewhere than the descriptor says is found, and nobody takes such a page. */
static void what_is_not_true(void **state)
{
	unsigned long pfns[NR];
	struct page *page;

	(void)state;
	begin(pfns);
	page = pfn_to_page(pfns[0]);
	page->movable_part ^= 1;
	assert_non_null(movable_fault(pfns[0]));
	assert_int_equal(migrate_page(pfns[0], GFP_NOWAIT), -EAGAIN);
	page->movable_part = 1000;
	assert_non_null(movable_fault(pfns[0]));
	assert_int_equal(migrate_page(pfns[0], GFP_NOWAIT), -EAGAIN);
	page->movable_part = 0;
	page->movable_owner = 1000;
	assert_non_null(movable_fault(pfns[0]));
}

/* What stays lies among pages that stay; a program's own page moves. */
static void each_from_its_own_stack(void **state)
{
	const struct cleared_pages *pool = this_cpu_ptr(&cleared_pages);
	unsigned long pfns[NR];
	struct page *page;

	(void)state;
	begin(pfns);
	while (user_pages_clear_one())
		;
	assert_int_equal(pool->nr[0], CLEARED_MOVABLE);
	assert_int_equal(pool->nr[1], CLEARED_FIXED);
	page = cleared_page_alloc();
	assert_true(is_zero(page));
	assert_int_equal(page_migratetype(page), MIGRATE_UNMOVABLE);
	assert_int_equal(pool->nr[0], CLEARED_MOVABLE);
	assert_int_equal(pool->nr[1], CLEARED_FIXED - 1);
	__free_pages(page, 0);
	page = user_page_alloc_at(NO_PLACE, true);
	assert_int_equal(page_migratetype(page), MIGRATE_MOVABLE);
	assert_int_equal(pool->nr[0], CLEARED_MOVABLE - 1);
	user_page_put(page);
	checked();
}

#ifdef CONFIG_ADMISSION

/* A guarantee changes nothing of it. */
static void admitted_from_those_that_move(void **state)
{
	const struct cleared_pages *pool = this_cpu_ptr(&cleared_pages);
	struct address_space *s;
	unsigned long missing;
	struct page *page;

	(void)state;
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	s = space_create();
	assert_non_null(s);
	assert_true(space_admit(s, admission_create("tested", 60, &missing), 50, "test"));
	while (user_pages_clear_one())
		;
	page = admitted_page_alloc(s, NO_PLACE, true);
	assert_non_null(page);
	assert_int_equal(page_migratetype(page), MIGRATE_MOVABLE);
	assert_int_equal(pool->nr[0], CLEARED_MOVABLE - 1);
	assert_int_equal(pool->nr[1], CLEARED_FIXED);
	user_page_put(page);
	space_put(s);
	checked();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropped_without_a_copy),
		cmocka_unit_test(a_range_with_cleared_pages),
		cmocka_unit_test(what_is_not_true),
		cmocka_unit_test(each_from_its_own_stack),
		IF_ENABLED(CONFIG_ADMISSION, cmocka_unit_test(admitted_from_those_that_move),)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
