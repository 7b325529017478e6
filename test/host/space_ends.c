/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Odd ends of what programs ask of their address space: regions that say nearly the same, cuts for
 * which no region is left, the heap behind other regions, copies without memory, many tables, and
 * frames that are not counted.
 */
#include "common/boot.h"
#include "common/space.h"

#include <kernel/errno.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include "mm/vm/cleared_pages.h"
#include "mm/vm/internal.h"
#include "mm/vm/spaces.h"

#define RAM_BYTES	(32ul << 20)
#define AT		0x40000000ul
#define RW		(VM_READ | VM_WRITE)
#define PAGES(n)	((n) * PAGE_SIZE)

static struct address_space *s;

/* ---- a file of kernel frames, which are not counted, and its two tables of operations ---- */

#define FILE_PAGES	8u

static struct {
	struct page *pages[FILE_PAGES];
	int users;
} file;

static struct page *frame(void *ctx, u64 index, bool make)
{
	(void)ctx, (void)make;
	user_page_get(file.pages[index]);
	return file.pages[index];
}

static struct page *frame_backwards(void *ctx, u64 index, bool make)
{
	return frame(ctx, FILE_PAGES - 1 - index, make);
}

static void get(void *ctx)
{
	(void)ctx;
	file.users++;
}

static void put(void *ctx)
{
	(void)ctx;
	file.users--;
}

static const struct backing_ops forwards = { .frame = frame, .get = get, .put = put };
static const struct backing_ops backwards = { .frame = frame_backwards, .get = get, .put = put };

static u64 *file_word(unsigned int index)
{
	return page_address(file.pages[index]);
}

static void open_file(void)
{
	file.users = 0;
	for (unsigned int i = 0; i < FILE_PAGES; i++) {
		file.pages[i] = alloc_pages(GFP_KERNEL, 0);
		assert_non_null(file.pages[i]);
		*file_word(i) = 1000 + i;
	}
}

static void close_file(void)
{
	assert_int_equal(file.users, 0);
	for (unsigned int i = 0; i < FILE_PAGES; i++) {
		assert_int_equal(page_state(file.pages[i]), PG_ALLOCATED);
		__free_pages(file.pages[i], 0);
	}
}

static long map_file(uintptr_t start, unsigned int index, unsigned int pages, u32 flags,
		     const struct backing_ops *ops)
{
	return space_map(s, &(struct map_request){
		.start = start, .bytes = PAGES(pages), .rights = RW, .flags = flags,
		.file = &file, .ops = ops, .first_index = index, .fixed = true });
}

/* ---- a space ---- */

static void begin(void)
{
	s = begin_space(RAM_BYTES);
}

static void end(void)
{
	end_space(s);
}

static long map_as(uintptr_t start, unsigned int pages, u32 rights, u32 flags)
{
	return space_map(s, &(struct map_request){
		.start = start, .bytes = PAGES(pages), .rights = rights, .flags = flags,
		.fixed = true });
}

static void map(uintptr_t start, unsigned int pages)
{
	assert_int_equal(map_as(start, pages, RW, 0), start);
}

static u64 word_of(struct address_space *of, uintptr_t va)
{
	u64 value = 0;

	assert_int_equal(space_read(of, va, &value, sizeof(value)), 0);
	return value;
}

static u64 word(uintptr_t va)
{
	return word_of(s, va);
}

static void put_word(uintptr_t va, u64 value)
{
	assert_int_equal(space_write(s, va, &value, sizeof(value)), 0);
}

/* ---- regions that say nearly the same ---- */

/* The same file and numbers that go on, but other operations. */
static void other_operations_stay_apart(void **state)
{
	(void)state;
	begin();
	open_file();
	assert_int_equal(map_file(AT, 0, 2, 0, &forwards), AT);
	assert_int_equal(map_file(AT + PAGES(2), 2, 2, 0, &backwards), AT + PAGES(2));
	assert_int_equal(s->nr_regions, 2);
	assert_int_equal(space_protect(s, AT, PAGES(4), VM_READ), 0);
	assert_int_equal(s->nr_regions, 2);
	assert_int_equal(word(AT + PAGES(1)), 1001);
	assert_int_equal(word(AT + PAGES(2)), 1005);
	end();
	close_file();
}

/* Each stack grows by itself. */
static void two_stacks_stay_two(void **state)
{
	(void)state;
	begin();
	s->stack_limit = PAGES(64);
	assert_int_equal(map_as(AT, 4, RW, REGION_GROWS_DOWN), AT);
	assert_int_equal(map_as(AT + PAGES(4), 4, RW, REGION_GROWS_DOWN), AT + PAGES(4));
	assert_int_equal(space_protect(s, AT, PAGES(8), VM_READ), 0);
	assert_int_equal(space_protect(s, AT, PAGES(8), RW), 0);
	assert_int_equal(s->nr_regions, 2);
	assert_int_equal(space_unmap(s, AT, PAGES(4)), 0);
	put_word(AT + PAGES(3), 3);
	assert_true(space_has(s, AT + PAGES(3), PAGES(5)));
	end();
}

/* No region lies behind the wish, then one that the wish does not reach. */
static void nothing_to_replace(void **state)
{
	struct map_request m = { .start = AT, .bytes = PAGES(2), .rights = RW, .fixed = true,
				 .no_replace = true };
	struct region r;

	(void)state;
	begin();
	assert_int_equal(space_map(s, &m), AT);
	assert_int_equal(space_map(s, &m), -EEXIST);
	m.start = AT - PAGES(2);
	m.rights = VM_READ;
	assert_int_equal(space_map(s, &m), AT - PAGES(2));
	assert_int_equal(space_unmap(s, AT - PAGES(2), PAGES(2)), 0);
	assert_true(space_next_region(s, 0, &r));
	assert_int_equal(r.start, AT);
	assert_int_equal(r.end, AT + PAGES(2));
	assert_null(r.file);
	end();
}

/* ---- no region is left ---- */

/* The largest region is of eight pages, at AT, the others of three, with holes between them. */
static uintptr_t fill_regions(void)
{
	uintptr_t at = AT + PAGES(16);

	map(AT, 8);
	while (s->nr_regions < CONFIG_MAX_REGIONS) {
		map(at, 3);
		at += PAGES(4);
	}
	return at - PAGES(4);
}

static void no_region_for_a_cut(void **state)
{
	uintptr_t last;

	(void)state;
	begin();
	last = fill_regions();
	for (unsigned int i = 0; i < 8; i++)
		put_word(AT + PAGES(i), i);
	/* In front of a region: it is cut once. */
	assert_int_equal(space_protect(s, AT, PAGES(1), VM_READ), -ENOMEM);
	put_word(AT, 1);
	/* It gets shorter, with a rest behind. */
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(2), true, false, 0), -ENOMEM);
	assert_int_equal(word(AT + PAGES(3)), 3);
	/* It goes into the middle of another one. */
	assert_int_equal(space_remap(s, last, PAGES(3), PAGES(1), true, true, AT + PAGES(4)),
			 -ENOMEM);
	assert_int_equal(word(AT + PAGES(4)), 4);
	assert_true(space_has(s, last, PAGES(3)));
	assert_int_equal(s->nr_regions, CONFIG_MAX_REGIONS);
	end();
}

/* A stack that is made longer upwards is a region more. */
static void no_region_for_a_longer_stack(void **state)
{
	uintptr_t last;

	(void)state;
	begin();
	assert_int_equal(map_as(AT * 2, 2, RW, REGION_GROWS_DOWN), AT * 2);
	last = fill_regions();
	assert_int_equal(space_remap(s, AT * 2, PAGES(2), PAGES(3), false, false, 0), -ENOMEM);
	assert_false(space_has(s, AT * 2, PAGES(3)));
	assert_int_equal(space_unmap(s, last, PAGES(3)), 0);
	assert_int_equal(space_remap(s, AT * 2, PAGES(2), PAGES(3), false, false, 0), AT * 2);
	assert_true(space_has(s, AT * 2, PAGES(3)));
	end();
}

/* A part of a region grows where there is room for it, not in the middle. */
static void a_part_grows(void **state)
{
	long at;

	(void)state;
	begin();
	map(AT, 8);
	put_word(AT + PAGES(2), 2);
	assert_int_equal(space_remap(s, AT + PAGES(2), PAGES(2), PAGES(4), false, false, 0),
			 -ENOMEM);
	at = space_remap(s, AT + PAGES(2), PAGES(2), PAGES(4), true, false, 0);
	assert_int_equal(at, USER_TOP - PAGES(5));
	assert_int_equal(word((uintptr_t)at), 2);
	assert_false(space_has(s, AT + PAGES(2), PAGES(1)));
	assert_int_equal(space_unmap(s, AT + PAGES(4), PAGES(4)), 0);
	assert_true(space_has(s, (uintptr_t)at, PAGES(4)));
	end();
}

/* ---- the heap ---- */

/* The last fault was elsewhere. */
static void the_heap_goes_on(void **state)
{
	(void)state;
	begin();
	s->heap_start = s->heap_end = AT;
	assert_int_equal(space_brk(s, AT + PAGES(2)), AT + PAGES(2));
	map(AT * 2, 1);
	put_word(AT * 2, 7);
	put_word(AT + PAGES(1), 1);
	put_word(AT * 2, 8);
	assert_int_equal(space_brk(s, AT + PAGES(4)), AT + PAGES(4));
	assert_int_equal(s->nr_regions, 2);
	assert_int_equal(word(AT + PAGES(1)), 1);
	/* mremap() made it longer, so that brk() cuts it, and no region is left. */
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(8), false, false, 0), AT);
	for (uintptr_t at = AT * 3; s->nr_regions < CONFIG_MAX_REGIONS; at += PAGES(2))
		map(at, 1);
	assert_int_equal(space_brk(s, AT + PAGES(2)), AT + PAGES(4));
	assert_true(space_has(s, AT, PAGES(8)));
	/* Nor is one for a heap that begins anew. */
	s->heap_start = s->heap_end = AT * 2 + PAGES(8);
	assert_int_equal(space_brk(s, s->heap_start + PAGES(1)), s->heap_start);
	end();
}

/* ---- memory ---- */

static struct page *held[RAM_BYTES >> PAGE_SHIFT];
static unsigned int nr_held;

static void hold_all(void)
{
	struct page *page;

	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0)))
		held[nr_held++] = page;
}

static void release(unsigned int pages)
{
	while (nr_held && pages--)
		__free_page(held[--nr_held]);
}

/* Roots get the only page, until the cache of spaces needs one. */
static void no_memory_for_spaces(void **state)
{
	static struct address_space *made[512];
	unsigned int nr = 0, refused = 0;

	(void)state;
	begin();
	while (!refused && nr < ARRAY_SIZE(made)) {
		hold_all();
		assert_null(space_create());
		release(1);
		made[nr] = space_create();
		if (made[nr])
			nr++;
		else
			refused++;
	}
	assert_int_equal(refused, 1);
	while (nr)
		space_put(made[--nr]);
	release(~0u);
	end();
}

/* A page that two spaces see goes to another address of one of them, which gets no copy of it. */
static void a_move_without_memory_for_a_copy(void **state)
{
	struct address_space *child;
	struct page *page;

	(void)state;
	begin();
	map(AT, 1);
	map(AT + PAGES(16), 1);
	put_word(AT, 11);
	put_word(AT + PAGES(16), 1);
	page = pfn_to_page(leaf_pfn(*user_slot(s, AT, false)));
	child = space_fork(s);
	assert_non_null(child);
	hold_all();
	assert_int_equal(space_remap(s, AT, PAGES(1), PAGES(1), true, true, AT + PAGES(8)),
			 AT + PAGES(8));
	assert_int_equal(leaf_pfn(*user_slot(s, AT + PAGES(8), false)), page_to_pfn(page));
	assert_int_equal(word(AT + PAGES(8)), 11);
	assert_int_equal(word_of(child, AT), 11);
	assert_int_equal(page->private, 2);
	assert_int_equal(user_page_can_move(page, page->word), false);
	release(~0u);
	put_word(AT + PAGES(8), 12);
	assert_int_equal(word_of(child, AT), 11);
	space_put(child);
	end();
}

/* More pages than are given back together go from one space, and are the other one's. */
static void shared_pages_stay(void **state)
{
	struct address_space *child;

	(void)state;
	begin();
	map(AT, 200);
	for (unsigned int i = 0; i < 200; i++)
		put_word(AT + PAGES(i), 500 + i);
	child = space_fork(s);
	assert_non_null(child);
	assert_int_equal(space_unmap(s, AT, PAGES(200)), 0);
	assert_int_equal(s->resident_pages, 0);
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(word_of(child, AT + PAGES(i)), 500 + i);
	space_put(child);
	end();
}

/* A page in each of many tables: tables are what fills the list of what goes. */
static void many_tables_go(void **state)
{
	(void)state;
	begin();
	assert_int_equal(map_as(AT, 100 * PTRS_PER_TABLE, RW, 0), AT);
	for (unsigned int i = 0; i < 100; i++)
		put_word(AT + i * LEVEL_SIZE(1), i);
	assert_true(s->table_pages > 100);
	assert_int_equal(space_unmap(s, AT, 100 * LEVEL_SIZE(1)), 0);
	assert_int_equal(s->resident_pages, 0);
	assert_int_equal(s->table_pages, 1);
	end();
}

/* Free memory is above what idle CPUs leave, and below what requests may have. */
static void no_page_to_clear(void **state)
{
	struct page *first = NULL;
	const gfp_t gfp = GFP_NOWAIT | __GFP_MOVABLE | __GFP_NOWARN;
	unsigned long before;

	(void)state;
	boot_ram(4ul << 30, 1);
	kmem_cache_init();
	s = new_space();
	for (unsigned int order = MAX_ORDER + 1; order--;)
		for (struct page *page; (page = alloc_pages(gfp, order));) {
			page->next_pfn = first ? (u32)page_to_pfn(first) : PFN_NONE;
			first = page;
		}
	before = nr_free_pages();
	assert_true(before >= CLEARED_RESERVE);
	assert_false(user_pages_clear_one());
	assert_int_equal(nr_free_pages(), before);
	while (first) {
		struct page *page = first;

		first = page->next_pfn == PFN_NONE ? NULL : pfn_to_page(page->next_pfn);
		__free_pages(page, page_order(page));
	}
	assert_true(user_pages_clear_one());
	end();
}

/* ---- frames that are not counted ---- */

static void frames_that_are_nobodys(void **state)
{
	struct address_space *child;

	(void)state;
	begin();
	open_file();
	assert_int_equal(map_file(AT, 0, 4, REGION_SHARED | REGION_MAY_WRITE, &forwards), AT);
	assert_int_equal(map_file(AT + PAGES(8), 0, 4, 0, &forwards), AT + PAGES(8));
	put_word(AT + PAGES(1), 1);
	assert_int_equal(*file_word(1), 1);
	assert_int_equal(word(AT + PAGES(9)), 1);
	put_word(AT + PAGES(9), 9);
	assert_int_equal(*file_word(1), 1);
	child = space_fork(s);
	assert_non_null(child);
	assert_int_equal(word_of(child, AT + PAGES(1)), 1);
	assert_int_equal(word_of(child, AT + PAGES(9)), 9);
	space_put(child);
	/* A count is a counted page's: nothing is written here. */
	file.pages[2]->private = 77;
	user_page_get(file.pages[2]);
	user_page_put(file.pages[2]);
	assert_int_equal(file.pages[2]->private, 77);
	assert_false(user_page_is_last(file.pages[2]));
	file.pages[2]->private = 1;
	assert_false(user_page_is_last(file.pages[2]));
	assert_int_equal(word(AT + PAGES(2)), 1002);
	end();
	close_file();
}

/* proves RG4 */
static void the_known_room_is_wrong(void **state)
{
	static struct region nobodys;
	struct region *room;

	(void)state;
	begin();
	/* The top is taken: room is in front of that. */
	map(s->mmap_top - PAGES(1), 1);
	assert_int_equal(space_map(s, &(struct map_request){ .bytes = PAGES(2) }),
			 s->mmap_top - PAGES(3));
	check_spaces();
	room = s->room;
	assert_non_null(room);
	s->room = &nobodys;
	assert_string_equal(spaces_validate(), "RG4: there is room above where it was found last");
	s->room = room;
	s->room_high += PAGES(4);
	s->room_bytes = PAGES(4);
	assert_string_equal(spaces_validate(), "RG4: there is room above where it was found last");
	s->room_bytes = PAGES(5);
	check_spaces();
	s->room_high -= PAGES(4);
	end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_operations_stay_apart),
		cmocka_unit_test(two_stacks_stay_two),
		cmocka_unit_test(nothing_to_replace),
		cmocka_unit_test(no_region_for_a_cut),
		cmocka_unit_test(no_region_for_a_longer_stack),
		cmocka_unit_test(a_part_grows),
		cmocka_unit_test(the_heap_goes_on),
		cmocka_unit_test(no_memory_for_spaces),
		cmocka_unit_test(a_move_without_memory_for_a_copy),
		cmocka_unit_test(shared_pages_stay),
		cmocka_unit_test(many_tables_go),
		cmocka_unit_test(no_page_to_clear),
		cmocka_unit_test(frames_that_are_nobodys),
		cmocka_unit_test(the_known_room_is_wrong),
	};

	return cmocka_run_group_tests_name("space_ends", tests, NULL, NULL);
}
