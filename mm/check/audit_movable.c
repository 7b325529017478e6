/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: audit's proof that blocks which can move belong to somebody.
 *
 * Structure: the walk asks for each block in state PG_MOVABLE whether the books of the owner that
 * its descriptor names lead to it, and adds its frames up by kind. A page of programs that has a
 * place is held against the spaces' page tables, as often as its count says.
 *
 * Invariants: checks MV1 (movable.c); this file has none of its own.
 *
 * Locking: audit's.
 *
 * Configuration: MIGRATION.
 */
#include <kernel/string.h>
#include <mm/movable.h>

#include "internal.h"

static unsigned long kind_pages[MOVABLE_KINDS_MAX];			/* [M] */

void audit_movable_begin(void)
{
	ASSERT(__movable_kinds_end - __movable_kinds_start <= (long)MOVABLE_KINDS_MAX,
	       "more kinds of movable pages than MOVABLE_KINDS_MAX");
	memset(kind_pages, 0, sizeof(kind_pages));
}

void audit_movable_add(struct walk *w, unsigned long pfn, unsigned long pages)
{
	const char *fault = movable_fault(pfn);

	if (fault)
		audit_broken_again(w, &w->unowned, "%s: frame 0x%lx", fault, pfn);
	else
		kind_pages[pfn_to_page(pfn)->movable_kind] += pages;
}

void audit_user_page(struct walk *w, unsigned long pfn)
{
	const char *fault = movable_fault(pfn);

	if (fault)
		audit_broken_again(w, &w->unowned, "%s: frame 0x%lx, of a program", fault, pfn);
}

unsigned long audit_movable_pages(u32 nr)
{
	return nr < MOVABLE_KINDS_MAX ? kind_pages[nr] : 0;
}
