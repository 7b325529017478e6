/* SPDX-License-Identifier: BSD-2-Clause */
/* Each block has a record of who asked for it, which goes with its contents when those move. */
#include "shelf_machine.h"

#include <kernel/cpu.h>
#include <mm/memblock.h>
#include <mm/page_owner.h>
#include <arch/mmu.h>

#include "mm/page/internal.h"

static char lines[PAGE_OWNER_FRAMES + 2][128];
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
	char said[64];

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
	snprintf(said, sizeof(said), "order 3, allocated by 0x%lx on CPU 0",
		 (unsigned long)(long)(s32)o->stack[0]);
	assert_non_null(strstr(lines[0], said));
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
	/* There is no such frame; and boot has the first one, for which nobody has asked. */
	nr_lines = 0;
	page_owner_describe(0, keep_line, NULL);
	assert_non_null(page_owner_of(PFN_DOWN(2ul << 30)));
	page_owner_describe(PFN_DOWN(2ul << 30), keep_line, NULL);
	assert_int_equal(nr_lines, 0);
}

/* A process has no stack that could be walked, so that the record gets one here. */
static void callers_of_the_caller_are_told(void **state)
{
	struct page_owner *o;
	struct page *page;

	(void)state;
	boot();
	page = alloc_pages(GFP_KERNEL, 0);
	o = (struct page_owner *)(unsigned long)page_owner_of(page_to_pfn(page));
	o->stack[1] = 0x1234;
	nr_lines = 0;
	page_owner_describe(page_to_pfn(page), keep_line, NULL);
	assert_int_equal(nr_lines, 2);
	assert_string_equal(lines[1], "  from 0x1234");
	/* A record has room for so many, and no more are told. */
	for (unsigned int i = 1; i < PAGE_OWNER_FRAMES; i++)
		o->stack[i] = 0x1000 + i;
	nr_lines = 0;
	page_owner_describe(page_to_pfn(page), keep_line, NULL);
	assert_int_equal(nr_lines, PAGE_OWNER_FRAMES);
	__free_pages(page, 0);
}

static u32 caller;

/* The allocator's own function, its caller, and more of those than a record has room for. */
static void long_stack(void (*fn)(unsigned long address, void *ctx), void *ctx)
{
	fn(0x1234, ctx);
	fn((unsigned long)(long)(s32)caller, ctx);
	for (unsigned int i = 0; i < 2 * PAGE_OWNER_FRAMES; i++)
		fn(0x5000 + i, ctx);
}

/* A stack in which the caller is not seen. */
static void other_stack(void (*fn)(unsigned long address, void *ctx), void *ctx)
{
	fn(0x1234, ctx);
}

static void stacks_begin_with_the_caller(void **state)
{
	static void (*const stacks[])(void (*)(unsigned long, void *), void *) = {
		NULL, long_stack, other_stack,
	};

	(void)state;
	boot();
	for (unsigned int i = 0; i < ARRAY_SIZE(stacks); i++) {
		const struct page_owner *o;
		struct page *page;

		host_backtrace = stacks[i];
		page = alloc_pages(GFP_KERNEL, 2);
		host_backtrace = NULL;
		o = page_owner_of(page_to_pfn(page));
		caller = i ? caller : o->stack[0];
		assert_int_equal(o->stack[0], caller);
		for (unsigned int k = 1; k < PAGE_OWNER_FRAMES; k++)
			assert_int_equal(o->stack[k], i == 1 ? 0x5000 + k - 1 : 0);
		__free_pages(page, 2);
	}
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

/* Audit counts the records' memory under an owner of its own. */
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

/* Audit says who has what is handed out. */
static void audit_names_callers(void **state)
{
	struct audit_caller c;
	struct page *page[2];
	unsigned long all, mine = 0;
	unsigned int place = 0;

	(void)state;
	boot();
	for (unsigned int i = 0; i < 2; i++)
		page[i] = alloc_pages(GFP_KERNEL, 2);
	all = checked().pages[PG_ALLOCATED];
	while (audit_caller_next(&place, &c)) {
		all -= c.pages;
		if (is_near((u32)c.address, audit_names_callers))
			mine += c.pages;
	}
	assert_int_equal(all, 0);
	assert_int_equal(mine, 8);
	for (unsigned int i = 0; i < 2; i++)
		__free_pages(page[i], 2);
	place = 0;
	checked();
	while (audit_caller_next(&place, &c))
		assert_false(is_near((u32)c.address, audit_names_callers));
}

/* Callers that have no row of their own share one, which is nobody's. */
static void callers_without_a_row(void **state)
{
	enum { CALLERS = AUDIT_CALLERS + 8 };
	struct page *pages[CALLERS];
	struct audit_caller c;
	unsigned int place = 0, rows = 0;

	(void)state;
	boot();
	for (unsigned int i = 0; i < CALLERS; i++) {
		pages[i] = alloc_pages(GFP_KERNEL, 0);
		((struct page_owner *)(unsigned long)page_owner_of(page_to_pfn(pages[i])))
			->stack[0] = 0x1000 * (i + 1);
	}
	checked();
	for (; audit_caller_next(&place, &c); rows++)
		assert_true(rows == AUDIT_CALLERS ? !c.address && c.pages >= 8 : c.address != 0);
	assert_int_equal(rows, AUDIT_CALLERS + 1);
	for (unsigned int i = 0; i < CALLERS; i++)
		__free_pages(pages[i], 0);
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
		cmocka_unit_test(callers_of_the_caller_are_told),
		cmocka_unit_test(stacks_begin_with_the_caller),
		cmocka_unit_test(records_move),
		cmocka_unit_test(records_are_owned),
		cmocka_unit_test(audit_names_callers),
		cmocka_unit_test(callers_without_a_row),
		cmocka_unit_test(no_room_for_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
