/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs ask of their address space, call by call: places, files, heap, stack, moves,
 * refusals, and what each leaves when memory or regions run out. After each case nothing is left.
 *
 *	space_maps [seed [operations]]
 */
#include "common/boot.h"
#include "common/space.h"

#include <kernel/errno.h>
#include <kernel/math.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include "mm/vm/internal.h"

#define RAM_BYTES	(32ul << 20)
#define AT		0x40000000ul
#define RW		(VM_READ | VM_WRITE)
#define LOWEST		0x10000ul	/* of what the kernel chooses */
#define WINDOW		128u		/* pages in which places are chosen */
#define OPERATIONS	4000u
#define PAGES(n)	((n) * PAGE_SIZE)

static struct random_plan plan;
static struct address_space *s;

/* ---- a file of eight pages ---- */

#define FILE_PAGES	8u

static struct {
	struct page *pages[FILE_PAGES];
	int users;
} file;

static struct page *file_frame(void *ctx, u64 index, bool make)
{
	(void)make;
	assert_ptr_equal(ctx, &file);
	if (index >= FILE_PAGES)
		return NULL;
	user_page_get(file.pages[index]);
	return file.pages[index];
}

static void file_get(void *ctx)
{
	(void)ctx;
	file.users++;
}

static void file_put(void *ctx)
{
	(void)ctx;
	file.users--;
}

static const struct backing_ops file_ops = {
	.frame = file_frame, .get = file_get, .put = file_put,
};

static u64 *file_word(unsigned int index)
{
	return page_address(file.pages[index]);
}

static void open_file(void)
{
	file.users = 0;
	for (unsigned int i = 0; i < FILE_PAGES; i++) {
		file.pages[i] = user_page_alloc(true);
		assert_non_null(file.pages[i]);
		*file_word(i) = 1000 + i;
	}
}

static long map_file(uintptr_t start, unsigned int index, unsigned int pages, u32 rights, u32 flags)
{
	return space_map(s, &(struct map_request){
		.start = start, .bytes = PAGES(pages), .rights = rights, .flags = flags,
		.file = &file, .ops = &file_ops, .first_index = index, .fixed = true });
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

static long map(uintptr_t start, size_t bytes, u32 rights)
{
	return space_map(s, &(struct map_request){
		.start = start, .bytes = bytes, .rights = rights, .fixed = true });
}

static long map_somewhere(uintptr_t wish, size_t bytes)
{
	return space_map(s, &(struct map_request){ .start = wish, .bytes = bytes, .rights = RW });
}

static u64 word(uintptr_t va)
{
	u64 value = 0;

	assert_int_equal(space_read(s, va, &value, sizeof(value)), 0);
	return value;
}

static void put_word(uintptr_t va, u64 value)
{
	assert_int_equal(space_write(s, va, &value, sizeof(value)), 0);
}

/* ---- cases ---- */

static void requests_that_make_no_sense(void **state)
{
	u64 at;

	(void)state;
	begin();
	assert_int_equal(map(AT, 0, RW), -EINVAL);
	assert_int_equal(map(AT, ~0ul, RW), -ENOMEM);
	assert_int_equal(map(AT, USER_TOP + PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(map(AT + 1, PAGE_SIZE, RW), -EINVAL);
	assert_int_equal(map(USER_TOP, PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(map(USER_TOP - PAGE_SIZE, PAGES(2), RW), -ENOMEM);
	assert_int_equal(map(AT, PAGES(4), RW), AT);
	assert_int_equal(space_map(s, &(struct map_request){ .start = AT + PAGES(3),
		.bytes = PAGE_SIZE, .rights = RW, .fixed = true, .no_replace = true }), -EEXIST);
	assert_int_equal(space_map(s, &(struct map_request){ .start = AT + PAGES(4),
		.bytes = PAGE_SIZE, .rights = RW, .fixed = true, .no_replace = true }),
		AT + PAGES(4));
	assert_int_equal(space_unmap(s, AT + 1, PAGE_SIZE), -EINVAL);
	assert_int_equal(space_unmap(s, AT, 0), -EINVAL);
	assert_int_equal(space_unmap(s, USER_TOP, PAGE_SIZE), -EINVAL);
	assert_int_equal(space_unmap(s, AT + PAGES(9), PAGE_SIZE), 0);
	assert_int_equal(space_protect(s, AT + 1, PAGE_SIZE, RW), -EINVAL);
	assert_int_equal(space_protect(s, AT, 0, RW), 0);
	assert_int_equal(space_protect(s, USER_TOP, PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(space_protect(s, AT + PAGES(3), PAGES(3), RW), -ENOMEM);
	assert_int_equal(space_discard(s, AT, 0), 0);
	assert_int_equal(space_discard(s, AT + 1, PAGE_SIZE), -EINVAL);
	assert_int_equal(space_discard(s, USER_TOP, PAGE_SIZE), -ENOMEM);
	assert_int_equal(space_discard(s, AT + PAGES(4), PAGES(2)), -ENOMEM);
	assert_false(space_has(s, AT + 1, PAGE_SIZE));
	assert_true(space_has(s, AT, PAGES(5)));
	assert_false(space_has(s, AT, PAGES(6)));
	assert_int_equal(space_read(s, USER_TOP, &at, 8), -EFAULT);
	assert_int_equal(space_write(s, USER_TOP, &at, 8), -EFAULT);
	assert_int_equal(space_read(s, AT + PAGE_SIZE - 4, &at, 8), -EFAULT);
	assert_int_equal(space_write(s, AT + PAGE_SIZE - 4, &at, 8), -EFAULT);
	assert_int_equal(space_read(s, AT + PAGES(5), &at, 8), -EFAULT);
	assert_int_equal(space_fault(s, AT, VM_EXEC), -EACCES);
	s->size_limit = PAGES(6);
	assert_int_equal(map_somewhere(0, PAGES(2)), -ENOMEM);
	assert_true(map_somewhere(0, PAGES(1)) > 0);
	end();
}

/* The highest room, against a map of pages. */
static void random_places(void **state)
{
	struct rng rng = { plan.seed };
	bool used[WINDOW] = { false };

	(void)state;
	begin();
	s->mmap_top = LOWEST + PAGES(WINDOW);
	for (u64 i = 0; i < plan.operations; i++) {
		unsigned int pages = 1 + rng_below(&rng, 12), run = 0, first = WINDOW;

		if (rng_below(&rng, 2)) {
			unsigned int from = rng_below(&rng, WINDOW - pages);

			assert_int_equal(space_unmap(s, LOWEST + PAGES(from), PAGES(pages)), 0);
			memset(&used[from], 0, pages);
			continue;
		}
		while (first && run < pages)
			run = used[--first] ? 0 : run + 1;
		assert_int_equal(space_map(s, &(struct map_request){ .bytes = PAGES(pages),
			.rights = rng_below(&rng, 2) ? RW : VM_READ }),
			run < pages ? -ENOMEM : (long)(LOWEST + PAGES(first)));
		if (run == pages)
			memset(&used[first], 1, pages);
		check_spaces();
	}
	end();
}

static void wishes(void **state)
{
	uintptr_t top;

	(void)state;
	begin();
	top = s->mmap_top;
	assert_int_equal(map_somewhere(AT + 5, PAGES(2)), AT);
	assert_int_equal(map_somewhere(AT + PAGES(1), PAGES(2)), top - PAGES(2));
	assert_int_equal(map_somewhere(LOWEST - PAGE_SIZE, PAGES(1)), top - PAGES(3));
	assert_int_equal(map_somewhere(LOWEST, PAGES(1)), LOWEST);
	assert_int_equal(map_somewhere(USER_TOP - PAGE_SIZE, PAGES(2)), top - PAGES(5));
	assert_int_equal(map(0, PAGES(1), VM_READ), 0);
	/* Those that say the same are one region. */
	assert_int_equal(s->nr_regions, 4);
	end();
}

static void a_private_file(void **state)
{
	(void)state;
	begin();
	open_file();
	assert_int_equal(map_file(AT, 2, 7, RW, 0), AT);
	assert_int_equal(file.users, 1);
	assert_int_equal(word(AT), 1002);
	assert_int_equal(space_fault(s, AT, VM_READ), 0);
	put_word(AT, 7);
	put_word(AT + PAGES(1), 8);
	assert_int_equal(word(AT), 7);
	assert_int_equal(word(AT + PAGES(1)), 8);
	assert_int_equal(*file_word(2), 1002);
	assert_int_equal(*file_word(3), 1003);
	/* Behind the file's end. */
	assert_int_equal(space_fault(s, AT + PAGES(6), VM_READ), -ENXIO);
	/* A hole makes two regions of one, each with its part; a mapping that fills the hole makes
	 * one of them again. */
	assert_int_equal(space_unmap(s, AT + PAGES(3), PAGES(1)), 0);
	assert_int_equal(file.users, 2);
	assert_int_equal(word(AT + PAGES(4)), 1006);
	assert_int_equal(map_file(AT + PAGES(3), 0, 1, RW, 0), AT + PAGES(3));
	assert_int_equal(file.users, 3);
	assert_int_equal(word(AT + PAGES(3)), 1000);
	assert_int_equal(map_file(AT + PAGES(3), 5, 1, RW, 0), AT + PAGES(3));
	assert_int_equal(file.users, 1);
	assert_int_equal(s->nr_regions, 1);
	assert_int_equal(word(AT + PAGES(3)), 1005);
	/* In front of it, and what does not follow on. */
	assert_int_equal(map_file(AT - PAGES(1), 1, 1, RW, 0), AT - PAGES(1));
	assert_int_equal(s->nr_regions, 1);
	assert_int_equal(word(AT - PAGES(1)), 1001);
	assert_int_equal(map_file(AT - PAGES(2), 1, 1, RW, 0), AT - PAGES(2));
	assert_int_equal(s->nr_regions, 2);
	assert_int_equal(map(AT - PAGES(3), PAGES(1), RW), AT - PAGES(3));
	assert_int_equal(s->nr_regions, 3);
	/* What is discarded is the file's again. */
	assert_int_equal(space_discard(s, AT, PAGES(1)), 0);
	assert_int_equal(word(AT), 1002);
	assert_int_equal(space_protect(s, AT, PAGES(1), VM_READ | VM_EXEC), 0);
	assert_int_equal(space_discard(s, AT, PAGES(1)), 0);
	assert_int_equal(space_fault(s, AT, VM_EXEC), 0);
	end();
	assert_int_equal(file.users, 0);
}

static void a_shared_file(void **state)
{
	struct address_space *parent, *child;
	struct region r;

	(void)state;
	begin();
	open_file();
	assert_int_equal(map_file(AT, 0, 4, VM_READ, REGION_SHARED), AT);
	assert_int_equal(map_file(AT + PAGES(4), 4, 4, VM_READ, REGION_SHARED | REGION_MAY_WRITE),
			 AT + PAGES(4));
	assert_int_equal(s->nr_regions, 2);
	assert_int_equal(word(AT), 1000);
	assert_int_equal(word(AT + PAGES(5)), 1005);
	assert_int_equal(space_protect(s, AT, PAGES(8), RW), -EACCES);
	assert_int_equal(space_protect(s, AT, PAGES(4), VM_READ | VM_EXEC), 0);
	assert_int_equal(space_protect(s, AT + PAGES(4), PAGES(4), RW), 0);
	put_word(AT + PAGES(4), 4);
	put_word(AT + PAGES(5), 5);
	assert_int_equal(*file_word(4), 4);
	assert_int_equal(*file_word(5), 5);
	parent = s;
	child = space_fork(s);
	assert_non_null(child);
	assert_int_equal(file.users, 4);
	s = child;
	put_word(AT + PAGES(5), 55);
	s = parent;
	assert_int_equal(word(AT + PAGES(5)), 55);
	/* A reader of the list of regions has a count of its own. */
	assert_true(space_next_region(s, AT + PAGES(2), &r));
	assert_int_equal(r.start, AT);
	assert_int_equal(r.end, AT + PAGES(4));
	assert_int_equal(file.users, 5);
	r.ops->put(r.file);
	assert_true(space_next_region(s, r.end, &r));
	assert_int_equal(r.first_index, 4);
	r.ops->put(r.file);
	assert_false(space_next_region(s, r.end, &r));
	space_get(child);
	space_put(child);
	space_put(child);
	end();
	assert_int_equal(file.users, 0);
}

static void a_stack_grows(void **state)
{
	(void)state;
	begin();
	s->stack_limit = PAGES(600);
	assert_int_equal(space_map(s, &(struct map_request){ .start = AT, .bytes = PAGES(4),
		.rights = RW, .flags = REGION_GROWS_DOWN, .fixed = true }), AT);
	put_word(AT - PAGES(1), 1);
	put_word(AT - PAGES(100), 2);
	assert_true(space_has(s, AT - PAGES(100), PAGES(104)));
	assert_int_equal(s->nr_regions, 1);
	assert_int_equal(space_fault(s, AT - PAGES(597), VM_WRITE), -EFAULT);
	/* The heap ends so near to the region above it that the two could meet. */
	assert_int_equal(map(AT - PAGES(500), PAGE_SIZE, RW), AT - PAGES(500));
	assert_int_equal(space_fault(s, AT - PAGES(499 - 255), VM_WRITE), -EFAULT);
	assert_int_equal(space_fault(s, AT - PAGES(499 - 256), VM_WRITE), 0);
	assert_int_equal(space_fault(s, AT - PAGES(501), VM_WRITE), -EFAULT);
	assert_int_equal(space_fault(s, AT + PAGES(4), VM_WRITE), -EFAULT);
	/* What lies on a stack's end is no part of it. */
	assert_int_equal(space_map(s, &(struct map_request){ .start = AT + PAGES(4),
		.bytes = PAGES(4), .rights = RW, .flags = REGION_GROWS_DOWN, .fixed = true }),
		AT + PAGES(4));
	assert_int_equal(s->nr_regions, 3);
	end();
}

static void the_heap(void **state)
{
	(void)state;
	begin();
	s->heap_start = s->heap_end = AT + 100;
	assert_int_equal(space_brk(s, 0), AT + 100);
	assert_int_equal(space_brk(s, AT + 200), AT + 200);
	assert_int_equal(space_brk(s, AT + PAGES(5)), AT + PAGES(5));
	put_word(AT + PAGES(4), 4);
	assert_int_equal(space_brk(s, AT + PAGES(8)), AT + PAGES(8));
	assert_int_equal(s->nr_regions, 1);
	assert_int_equal(word(AT + PAGES(4)), 4);
	assert_int_equal(space_brk(s, AT + PAGES(4) + 1), AT + PAGES(4) + 1);
	assert_int_equal(word(AT + PAGES(4)), 4);
	assert_int_equal(space_fault(s, AT + PAGES(5), VM_READ), -EFAULT);
	assert_int_equal(space_brk(s, AT + 100), AT + 100);
	assert_int_equal(space_brk(s, AT + PAGES(5)), AT + PAGES(5));
	assert_int_equal(word(AT + PAGES(4)), 0);
	/* Refusals leave it as it is. */
	assert_int_equal(space_brk(s, USER_TOP), AT + PAGES(5));
	assert_int_equal(map(AT + PAGES(7), PAGE_SIZE, VM_READ), AT + PAGES(7));
	assert_int_equal(space_brk(s, AT + PAGES(8)), AT + PAGES(5));
	assert_int_equal(space_brk(s, AT + PAGES(7)), AT + PAGES(7));
	s->heap_limit = PAGES(7);
	assert_int_equal(space_unmap(s, AT + PAGES(7), PAGE_SIZE), 0);
	assert_int_equal(space_brk(s, AT + PAGES(8)), AT + PAGES(7));
	s->heap_limit = ~0ull;
	s->size_limit = PAGES(8);
	assert_int_equal(space_brk(s, AT + PAGES(20)), AT + PAGES(7));
	end();
}

static long remap(uintptr_t old, unsigned int pages, unsigned int to_pages)
{
	return space_remap(s, old, PAGES(pages), PAGES(to_pages), true, false, 0);
}

static void moves_that_make_no_sense(void **state)
{
	(void)state;
	begin();
	assert_int_equal(map(AT, PAGES(4), RW), AT);
	assert_int_equal(remap(AT + 1, 1, 2), -EINVAL);
	assert_int_equal(remap(AT, 4, 0), -EINVAL);
	assert_int_equal(space_remap(s, AT, PAGES(4), USER_TOP + 1, true, false, 0), -EINVAL);
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(4), false, true, AT * 2), -EINVAL);
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(4), true, true, AT * 2 + 1), -EINVAL);
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(4), true, true, AT + PAGES(3)),
			 -EINVAL);
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(4), true, true, AT - PAGES(3)),
			 -EINVAL);
	assert_int_equal(remap(AT + PAGES(9), 1, 2), -EFAULT);
	assert_int_equal(remap(AT - PAGES(1), 1, 2), -EFAULT);
	assert_int_equal(remap(AT + PAGES(2), 3, 4), -EFAULT);
	s->size_limit = PAGES(4);
	assert_int_equal(remap(AT, 4, 5), -ENOMEM);
	s->size_limit = ~0ull;
	s->mmap_top = LOWEST + PAGES(2);
	assert_int_equal(remap(AT, 4, 5), -ENOMEM);
	end();
}

static void moves(void **state)
{
	uintptr_t top, at;

	(void)state;
	begin();
	open_file();
	top = s->mmap_top;
	assert_int_equal(map(AT, PAGES(8), RW), AT);
	for (unsigned int i = 0; i < 8; i += 2)
		put_word(AT + PAGES(i), i);
	assert_int_equal(remap(AT, 8, 8), AT);
	assert_int_equal(remap(AT, 8, 6), AT);
	assert_false(space_has(s, AT + PAGES(6), PAGE_SIZE));
	assert_int_equal(remap(AT, 6, 9), AT);
	assert_int_equal(word(AT + PAGES(6)), 0);
	assert_int_equal(map(AT + PAGES(9), PAGE_SIZE, VM_READ), AT + PAGES(9));
	assert_int_equal(space_remap(s, AT, PAGES(9), PAGES(10), false, false, 0), -ENOMEM);
	at = top - PAGES(10);
	assert_int_equal(remap(AT, 9, 10), at);
	assert_false(space_has(s, AT, PAGE_SIZE));
	assert_int_equal(word(at + PAGES(4)), 4);
	assert_int_equal(word(at + PAGES(1)), 0);
	/* Over what is there, and a part of a region. */
	assert_int_equal(space_remap(s, at + PAGES(2), PAGES(4), PAGES(3), true, true,
				     AT + PAGES(8)), AT + PAGES(8));
	assert_int_equal(word(AT + PAGES(8)), 2);
	assert_int_equal(word(AT + PAGES(10)), 4);
	assert_true(space_has(s, AT + PAGES(8), PAGES(3)));
	assert_false(space_has(s, at + PAGES(2), PAGE_SIZE));
	assert_true(space_has(s, at + PAGES(6), PAGES(4)));
	/* A file goes along. */
	assert_int_equal(map_file(AT * 2, 1, 4, RW, 0), AT * 2);
	put_word(AT * 2 + PAGES(2), 33);
	assert_int_equal(space_remap(s, AT * 2 + PAGES(1), PAGES(3), PAGES(3), true, true, AT * 3),
			 AT * 3);
	assert_int_equal(word(AT * 3), 1002);
	assert_int_equal(word(AT * 3 + PAGES(1)), 33);
	assert_int_equal(word(AT * 2), 1001);
	assert_int_equal(remap(AT * 3, 3, 5), AT * 3);
	assert_int_equal(word(AT * 3 + PAGES(4)), 1006);
	assert_int_equal(file.users, 2);
	end();
	assert_int_equal(file.users, 0);
}

/* Pages of a region go, and none of the region that begins where it ends. */
static void neighbours_stay(void **state)
{
	(void)state;
	begin();
	assert_int_equal(map(AT, PAGES(8), RW), AT);
	for (unsigned int i = 0; i < 8; i++)
		put_word(AT + PAGES(i), 100 + i);
	assert_int_equal(space_remap(s, AT, PAGES(3), PAGES(5), true, true, AT * 2), AT * 2);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(word((i < 3 ? AT * 2 : AT) + PAGES(i)), 100 + i);
	end();
}

/* Each call fails once for want of a region. The call may have cut regions, and has changed nothing
 * else. */
static void no_more_regions(void **state)
{
	long at = 0;
	uintptr_t last = AT;

	(void)state;
	begin();
	open_file();
	assert_int_equal(map(AT, PAGES(8), RW), AT);
	for (unsigned int i = 1; i < CONFIG_MAX_REGIONS; i++) {
		last = AT + PAGES(16 + 2 * i);
		assert_int_equal(map(last, PAGE_SIZE, i % 2 ? RW : VM_READ), last);
	}
	assert_int_equal(s->nr_regions, CONFIG_MAX_REGIONS);
	assert_int_equal(map(AT - PAGES(4), PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(space_unmap(s, AT + PAGES(2), PAGE_SIZE), -ENOMEM);
	assert_int_equal(space_protect(s, AT + PAGES(2), PAGE_SIZE, VM_READ), -ENOMEM);
	assert_int_equal(map(AT + PAGES(2), PAGE_SIZE, VM_READ), -ENOMEM);
	at = space_remap(s, AT + PAGES(2), PAGE_SIZE, PAGE_SIZE, true, true, AT * 2);
	assert_int_equal(at, -ENOMEM);
	assert_true(space_has(s, AT, PAGES(8)));
	s->heap_start = s->heap_end = AT * 2;
	assert_int_equal(space_brk(s, AT * 2 + 1), AT * 2);
	/* What joins a neighbour needs none. */
	assert_int_equal(map(AT + PAGES(8), PAGE_SIZE, RW), AT + PAGES(8));
	assert_int_equal(map(AT - PAGES(1), PAGE_SIZE, RW), AT - PAGES(1));
	assert_int_equal(map(AT, PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(space_unmap(s, last, PAGE_SIZE), 0);
	/* One is left, and a piece that goes needs two. */
	put_word(AT + PAGES(2), 7);
	at = space_remap(s, AT + PAGES(2), PAGE_SIZE, PAGE_SIZE, true, true, AT * 2);
	assert_int_equal(at, -ENOMEM);
	assert_int_equal(word(AT + PAGES(2)), 7);
	assert_false(space_has(s, AT * 2, PAGE_SIZE));
	assert_int_equal(space_protect(s, AT + PAGES(2), PAGE_SIZE, VM_READ), -ENOMEM);
	end();
}

static struct page *held[RAM_BYTES >> PAGE_SHIFT];
static unsigned int nr_held;

static void hold_all(void)
{
	nr_held = 0;
	for (;;) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0);

		if (!page)
			break;
		held[nr_held++] = page;
	}
}

static void release_all(void)
{
	while (nr_held)
		__free_page(held[--nr_held]);
}

static void no_memory_for_tables_and_regions(void)
{
	unsigned int made = 0;

	assert_int_equal(map(AT * 3, PAGES(4), RW), AT * 3);
	assert_int_equal(space_fault(s, AT * 3, VM_READ), -ENOMEM);
	assert_int_equal(remap(AT, 4, 4), AT);
	assert_int_equal(space_remap(s, AT, PAGES(4), PAGES(4), true, true, AT * 4), -ENOMEM);
	assert_true(space_has(s, AT, PAGES(4)));
	assert_int_equal(word(AT), 0);
	assert_false(user_pages_clear_one());
	assert_null(user_page_alloc(false));
	assert_null(space_fork(s));
	assert_null(space_create());
	/* Regions are made of what slabs have left, then no more. */
	while (made < CONFIG_MAX_REGIONS / 2 &&
	       map(AT * 5 + PAGES(2 * made), PAGE_SIZE, RW) > 0)
		made++;
	assert_true(made < CONFIG_MAX_REGIONS / 2);
	assert_int_equal(space_unmap(s, AT + PAGES(1), PAGE_SIZE), -ENOMEM);
	check_spaces();
}

static void no_more_memory(void **state)
{
	struct address_space *other = NULL;
	u64 value = 1;

	(void)state;
	begin();
	open_file();
	assert_int_equal(map(AT, PAGES(4), RW), AT);
	assert_int_equal(map_file(AT * 2, 0, 4, RW, 0), AT * 2);
	assert_int_equal(word(AT), 0);
	assert_int_equal(word(AT * 2), 1000);
	hold_all();
	assert_int_equal(space_fault(s, AT + PAGES(1), VM_WRITE), -ENOMEM);
	assert_int_equal(space_fault(s, AT, VM_WRITE), -ENOMEM);
	assert_int_equal(space_write(s, AT, &value, sizeof(value)), -ENOMEM);
	assert_int_equal(space_fault(s, AT * 2, VM_WRITE), -ENOMEM);
	assert_int_equal(space_fault(s, AT * 2 + PAGES(1), VM_WRITE), -ENOMEM);
	assert_int_equal(space_fault(s, AT * 2 + PAGES(1), VM_READ), 0);
	no_memory_for_tables_and_regions();
	/* A fork that gets ever farther. */
	for (unsigned int some = 0; !other && some < 64; some++) {
		for (unsigned int i = 0; i < some && nr_held; i++)
			__free_page(held[--nr_held]);
		other = space_fork(s);
		check_spaces();
	}
	assert_non_null(other);
	space_put(other);
	release_all();
	put_word(AT, 5);
	assert_int_equal(word(AT), 5);
	end();
	assert_int_equal(file.users, 0);
}

static void pages_cleared_ahead(void **state)
{
	unsigned int ahead = 0;

	(void)state;
	begin();
	while (user_pages_clear_one())
		ahead++;
	assert_true(ahead > 0 && ahead < 1000);
	assert_int_equal(map(AT, PAGES(64), RW), AT);
	for (unsigned int i = 0; i < 64; i++) {
		assert_int_equal(word(AT + PAGES(i) + 8), 0);
		put_word(AT + PAGES(i), i);
		assert_int_equal(word(AT + PAGES(i) + 8), 0);
	}
	assert_true(user_pages_clear_one());
	end();
}

static void too_many_spaces(void **state)
{
	static struct address_space *spaces[CONFIG_MAX_PROCESSES];
	unsigned int nr = 0;

	(void)state;
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	while (nr < CONFIG_MAX_PROCESSES && (spaces[nr] = space_create()))
		nr++;
	assert_int_equal(nr, CONFIG_MAX_PROCESSES);
	assert_null(space_create());
	space_put(spaces[3]);
	s = spaces[3] = space_create();
	assert_non_null(s);
	assert_null(space_fork(s));
	while (nr)
		space_put(spaces[--nr]);
	check_spaces();
}

/* proves AS1, UT1, UT2 */
static void damage_is_seen(void **state)
{
	u64 *root, *kernel = __va(arch_kernel_root()), saved;
	unsigned int last = PTRS_PER_TABLE - 1;
	struct region *first;

	(void)state;
	begin();
	root = __va(s->root_pa);
	saved = kernel[last];
	spaces_root_changed(last, 0x1234);
	assert_int_equal(root[last], 0x1234);
	assert_string_equal(spaces_validate(), "AS1: a program's root has another kernel half");
	spaces_root_changed(last, saved);
	check_spaces();
	assert_int_equal(map(AT, PAGES(2), RW), AT);
	assert_int_equal(map(AT + PAGES(4), PAGES(2), RW), AT + PAGES(4));
	assert_int_equal(map(AT + PAGES(8), PAGES(2), RW), AT + PAGES(8));
	put_word(AT, 1);
	s->resident_pages++;
	assert_string_equal(spaces_validate(),
			    "UT1, UT2: a space has other pages or tables than are counted");
	s->resident_pages--;
	s->table_pages--;
	assert_string_equal(spaces_validate(),
			    "UT1, UT2: a space has other pages or tables than are counted");
	s->table_pages++;
	s->nr_regions++;
	assert_string_equal(spaces_validate(), "RG1: the list has other regions than are counted");
	s->nr_regions--;
	first = list_first_entry(&s->regions, struct region, order);
	first->end += PAGES(3);
	assert_string_equal(spaces_validate(), "RG1: the list of regions is not in order");
	first->end = first->start;
	assert_string_equal(spaces_validate(), "RG1: the list of regions is not in order");
	first->end = first->start + PAGES(2);
	end();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_make_no_sense),
		cmocka_unit_test(random_places),
		cmocka_unit_test(wishes),
		cmocka_unit_test(a_private_file),
		cmocka_unit_test(a_shared_file),
		cmocka_unit_test(a_stack_grows),
		cmocka_unit_test(the_heap),
		cmocka_unit_test(moves_that_make_no_sense),
		cmocka_unit_test(moves),
		cmocka_unit_test(neighbours_stay),
		cmocka_unit_test(no_more_regions),
		cmocka_unit_test(no_more_memory),
		cmocka_unit_test(pages_cleared_ahead),
		cmocka_unit_test(too_many_spaces),
		cmocka_unit_test(damage_is_seen),
	};

	plan = random_plan(argc, argv, OPERATIONS, 100000);
	return cmocka_run_group_tests_name("space_maps", tests, NULL, NULL);
}
