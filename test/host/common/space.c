/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include "audit.h"
#include "boot.h"

#include <mm/address_space.h>
#include <mm/slab.h>
#include <mm/spaces.h>
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
