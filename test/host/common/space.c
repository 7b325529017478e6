/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include "audit.h"
#include "boot.h"

#include <mm/address_space.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

struct address_space *new_space(void)
{
	struct address_space *made = space_create();

	assert_non_null(made);
	made->mmap_top = USER_TOP - PAGE_SIZE;
	return made;
}

struct address_space *begin_space(u64 ram_bytes)
{
	boot_ram(ram_bytes, 1);
	kmem_cache_init();
	return new_space();
}

struct page *one_page;

static struct page *one_page_frame(void *file, u64 index, bool make)
{
	(void)file, (void)index, (void)make;
	user_page_get(one_page);
	return one_page;
}

static void count_none(void *file)
{
	(void)file;
}

static const struct backing_ops one_page_ops = {
	.frame = one_page_frame, .get = count_none, .put = count_none,
};

void open_one_page(void)
{
	one_page = user_page_alloc(true);
	assert_non_null(one_page);
}

void close_one_page(void)
{
	user_page_put(one_page);
}

void map_page_at(struct address_space *s, unsigned long va, u32 rights, u32 flags, bool of_file)
{
	struct map_request m = {
		.start = va, .bytes = PAGE_SIZE, .rights = rights, .flags = flags, .fixed = true,
	};

	if (of_file) {
		m.file = &one_page;
		m.ops = &one_page_ops;
	}
	assert_int_equal(space_map(s, &m), va);
}

void check_spaces(void)
{
	const char *broken = spaces_validate();

	if (broken)
		fail_msg("%s", broken);
}

void end_space(struct address_space *s)
{
	check_spaces();
	space_put(s);
	check_spaces();
	assert_int_equal(audit_errors(NULL), 0);
}
