/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pages of a program go to other addresses of the same space: mremap.
 *
 * Structure: first each table there is made, then entries go one after the other, and what is left
 * is taken away.
 *
 * Invariants: those of user_tables.c.
 *
 * Locking: the space's lock.
 *
 * Bounds: a step for each page of the old addresses, and a page copied for each that others see.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/user_page.h>

#include "admission.h"

/* The next address from va on, below end, that has an entry; its slot, or NULL. */
static u64 *next_slot(struct address_space *s, uintptr_t *va, uintptr_t end)
{
	while (*va < end) {
		u64 *slot = user_slot(s, *va, false);

		if (!slot) {
			*va = (*va & ~(LEAF_SPAN - 1)) + LEAF_SPAN;
			continue;
		}
		do {
			if (*slot)
				return slot;
			slot++;
			*va += PAGE_SIZE;
		} while (*va < end && *va % LEAF_SPAN);
	}
	return NULL;
}

/*
 * The leaf that leads from va to what entry leads to, with a count of its own. All who see a page
 * see it at one address: where others see this one, the space gets a copy. If there is no memory
 * for that, the page has no place any more, until one space has it alone.
 */
static u64 leaf_elsewhere(struct address_space *s, u64 entry, uintptr_t va)
{
	struct page *page = pfn_to_page(leaf_pfn(entry)), *copy;
	bool last = user_page_is_last(page);

	if (user_page_has_address(page)) {
		copy = last ? NULL : space_page_alloc(s, va, false);
		if (copy) {
			copy_page(page_address(copy), page_address(page));
			if (leaf_is_executable(entry))
				arch_space_wrote_code(&s->arch);
			return leaf_of_page(entry, page_to_phys(copy));
		}
		user_page_set_place(page, last ? user_place(s->slot, va) : NO_PLACE);
	}
	user_page_get_counted(page);
	return entry;
}

int user_tables_move(struct address_space *s, uintptr_t from, uintptr_t to, size_t bytes)
{
	uintptr_t va = from;
	u64 *slot, *copy;

	/* Tables first: afterwards nothing can fail. */
	while ((slot = next_slot(s, &va, from + bytes))) {
		if (!user_slot(s, to + (va - from), true))
			return -ENOMEM;
		va += PAGE_SIZE;
	}
	va = from;
	while ((slot = next_slot(s, &va, from + bytes))) {
		u64 entry = *slot;

		if (leaf_is_counted(entry))
			entry = leaf_elsewhere(s, entry, to + (va - from));
		copy = user_slot(s, to + (va - from), true);
		ASSERT(copy, "UT1: a table that was made is gone");
		user_slot_fill(s, copy, entry);
		va += PAGE_SIZE;
	}
	user_tables_unmap(s, from, from + bytes);
	return 0;
}
