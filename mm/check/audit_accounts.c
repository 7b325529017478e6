/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: audit's proof that accounts are charged for what they have.
 *
 * Structure: the walk adds blocks that are handed out up by the account that their words name, a
 * slab's by that in its head; the sums are held against what accounts and CPUs have counted.
 *
 * Invariants: checks AC1, AC2 and AC3 (account.c); this file has none of its own.
 *
 * Locking: audit's.
 *
 * Configuration: MEM_ACCOUNTS.
 */
#include <kernel/string.h>

#include "internal.h"

static unsigned long account_pages[MEM_ACCOUNTS_ALL];			/* [M] */

void audit_accounts_begin(void)
{
	memset(account_pages, 0, sizeof(account_pages));
}

void audit_account_add(const struct page *page, unsigned long pages)
{
	unsigned int nr = page_state(page) == PG_SLAB ? slab_account(page)
						      : word_account(page->word);

	if (page_state(page) >= PG_ALLOCATED)
		account_pages[nr] += pages;
}

void audit_accounts_end(struct walk *w)
{
	char what[24];
	unsigned int nr;
	const char *fault = accounts_validate(account_pages, &nr, what, sizeof(what));

	if (fault)
		audit_broken(w, "%s: %s, %lu pages", fault, what, account_pages[nr]);
}

unsigned long audit_account_pages(u32 nr)
{
	return nr < MEM_ACCOUNTS_ALL ? account_pages[nr] : 0;
}
