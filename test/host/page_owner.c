/* SPDX-License-Identifier: BSD-2-Clause */
/* Each block has a record of who asked for it, which goes with its contents when those move. */
#include "shelf_machine.h"

#include <kernel/cpu.h>
#include <mm/memblock.h>
#include <mm/page_owner.h>
#include <arch/mmu.h>

#include "mm/page/internal.h"

static char lines[4][128];
static unsigned int nr_lines;

static void keep_line(void *ctx, const char *line)
{
	(void)ctx;
	assert_true(nr_lines < ARRAY_SIZE(lines));
	snprintf(lines[nr_lines++], sizeof(lines[0]), "%s", line);
}

/* Is this half of an address that of code in this file's function? */
static bool is_near(u32 half, void (*function)(void **state))
{
	return half - (u32)(unsigned long)function < 4096;
}

/* proves PO1 */
static void blocks_have_records(void **state)
{
	const struct page_owner *o;
	struct page *page;

	(void)state;
	boot();
	page = alloc_pages(GFP_KERNEL, 3);
	o = page_owner_of(page_to_pfn(page));
	assert_non_null(o);
	assert_true(is_near(o->stack[0], blocks_have_records));
	assert_int_equal(o->order, 3);
	assert_int_equal(o->cpu, smp_processor_id());
	assert_int_equal(o->freed_by, 0);
	assert_int_not_equal(o->time_us, 0);
	nr_lines = 0;
	page_owner_describe(page_to_pfn(page), keep_line, NULL);
	assert_int_equal(nr_lines, 1);
	assert_non_null(strstr(lines[0], "order 3, allocated by "));
	__free_pages(page, 3);
	assert_true(is_near(o->freed_by, blocks_have_records));
	nr_lines = 0;
	page_owner_describe(page_to_pfn(page), keep_line, NULL);
	assert_int_equal(nr_lines, 2);
	assert_non_null(strstr(lines[1], "given back by "));
	/* The next one to have it is another. */
	assert_ptr_equal(alloc_pages_node(0, GFP_KERNEL, 3), page);
	assert_int_equal(o->freed_by, 0);
	__free_pages(page, 3);
	assert_null(page_owner_of(0));
	assert_null(page_owner_of(~0ul));
}

/* Nobody but the owner of what is in a block asked for it, wherever it has moved. */
static void records_move(void **state)
{
	struct page_owner before;

	(void)state;
	boot();
	assert_true(put_on_shelf(movable_kind_nr(shelf), 0, 0, 1));
	before = *page_owner_of(page_to_pfn(shelf[0].page));
	assert_int_equal(migrate_page(page_to_pfn(shelf[0].page), GFP_KERNEL), 0);
	assert_memory_equal(page_owner_of(page_to_pfn(shelf[0].page)), &before, sizeof(before));
	take_from_shelf(0);
}

/* The records are memory of an owner's, as audit has it. */
static void records_are_owned(void **state)
{
	unsigned long pages = 0, owned = 0;
	const struct mem_section *s;

	(void)state;
	boot();
	for_each_present_section(s)
		pages += DIV_ROUND_UP((s->end_pfn - s->start_pfn) * sizeof(struct page_owner),
				      PAGE_SIZE);
	checked();
	for (u32 nr = 0; nr < mem_owner_count(); nr++)
		if (!strcmp(mem_owner_name(nr), PAGE_OWNER_NAME))
			owned += audit_owner_pages(nr);
	assert_int_equal(owned, pages);
}

/* The place mm/page/page_owner.c:page_owner_init: descriptors have found room, records have not. */
static void no_room_for_records(void **state)
{
	const struct bank bank = { 2ul << 30, RAM_BYTES };
	enum host_stop how;

	(void)state;
	boot_banks(NULL, &bank, 1);
	memblock_reserve(bank.base, RAM_BYTES / 2);
	memblock_reserve(bank.base + RAM_BYTES / 2 + 500 * SZ_1K, RAM_BYTES / 2 - 500 * SZ_1K);
	how = HOST_TRY(boot_run(arch_paging_init, free_area_init));
	assert_int_equal(how, HOST_BOOT_FAILED);
	assert_non_null(strstr(host_stop_text(), "No room for the page owners: 768 KiB"));
	assert_non_null(strstr(host_stop_text(), "switch off CONFIG_PAGE_OWNER"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_have_records),
		cmocka_unit_test(records_move),
		cmocka_unit_test(records_are_owned),
		cmocka_unit_test(no_room_for_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
