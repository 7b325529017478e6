/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: entries of programs' page tables that are copied, at fork, or get other rights.
 *
 * Structure: for fork regions that lie close together are one run, whose entries are copied table
 * by table; tables of the copy are made where there is an entry.
 *
 * Invariants: UT1 and UT2 of user_tables.c.
 *
 * Locking: the locks of the spaces.
 *
 * Bounds: steps for each page that is there and for each table's span.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <mm/user_page.h>

#include "spaces.h"

/* ---- fork ---- */

/* The entry is in both tables afterwards: 0, or 1: there is none. */
static __always_inline unsigned int copy_leaf(u64 *from, u64 *to, bool shared)
{
	u64 entry = shared ? *from : leaf_read_only(*from);

	if (likely(leaf_is_counted(entry)))
		user_page_get_counted(pfn_to_page(leaf_pfn(entry)));
	else if (!entry)
		return 1;
	*to = entry;
	if (!shared)
		WRITE_ONCE(*from, entry);
	return 0;
}

/* Entries of one leaf table to another one's: how many there are. */
static __always_inline unsigned int copy_leaves(u64 *from, u64 *to, unsigned int pages, bool shared)
{
	const u64 *end = from + pages, *groups = end - pages % 4;
	unsigned int empty = 0;

	for (; from < groups; from += 4, to += 4) {
		if (four_are_empty(from)) {
			empty += 4;
			continue;
		}
		empty += copy_leaf(from, to, shared);
		empty += copy_leaf(from + 1, to + 1, shared);
		empty += copy_leaf(from + 2, to + 2, shared);
		empty += copy_leaf(from + 3, to + 3, shared);
	}
	for (; from < end; from++, to++)
		empty += copy_leaf(from, to, shared);
	return pages - empty;
}

/* The same of one table, from where there is something. */
static int share_in_leaf(struct address_space *from, struct address_space *to, uintptr_t start,
			 uintptr_t end, bool shared)
{
	u64 *slot = user_slot(from, start, false), *last, *copy;
	unsigned int copied, pages;

	if (!slot)
		return 0;
	last = slot + ((end - start) >> PAGE_SHIFT);
	for (; last - slot >= 4 && four_are_empty(slot); slot += 4)
		start += 4 * PAGE_SIZE;
	for (; slot < last && !*slot; slot++)
		start += PAGE_SIZE;
	if (slot == last)
		return 0;
	copy = user_slot(to, start, true);
	if (!copy)
		return -ENOMEM;
	pages = (unsigned int)(last - slot);
	copied = shared ? copy_leaves(slot, copy, pages, true) :
			  copy_leaves(slot, copy, pages, false);
	to->leaf_page->table.used = (u16)(to->leaf_page->table.used + copied);
	to->resident_pages += copied;
	return 0;
}

int user_tables_share(struct address_space *from, struct address_space *to)
{
	struct region *next;
	int err = 0;

	for (struct region *r = region_first(from); r && !err; r = next) {
		bool shared = r->flags & REGION_SHARED;
		uintptr_t start = r->start, end, stop;

		next = region_run(from, r, true, &end);
		for (; !err && start < end; start = stop) {
			stop = min(end, (start & ~(LEAF_SPAN - 1)) + LEAF_SPAN);
			err = share_in_leaf(from, to, start, stop, shared);
		}
	}
	return err;
}

/* ---- mprotect ---- */

/* True: one has changed. */
static bool protect_leaves(u64 *slot, const u64 *last, u32 rights, bool shared)
{
	bool changed = false;

	for (; slot < last; slot++) {
		u64 was = *slot, entry;

		if (!was)
			continue;
		entry = leaf_with_rights(was, rights);
		if (!shared && rights & VM_WRITE &&
		    !(leaf_is_counted(entry) &&
		      user_page_counts_one(pfn_to_page(leaf_pfn(entry)))))
			entry = leaf_read_only(entry);
		changed |= entry != was;
		WRITE_ONCE(*slot, entry);
	}
	return changed;
}

void user_tables_protect(struct address_space *s, uintptr_t start, uintptr_t end, u32 rights,
			 bool shared)
{
	bool changed = false;
	uintptr_t next;

	for (uintptr_t va = start; va < end; va = next) {
		u64 *slot = user_slot(s, va, false);

		next = min(end, (va & ~(LEAF_SPAN - 1)) + LEAF_SPAN);
		if (slot)
			changed |= protect_leaves(slot, slot + ((next - va) >> PAGE_SHIFT), rights,
						  shared);
	}
	if (changed)
		arch_space_flush(&s->arch, start, end);
}
