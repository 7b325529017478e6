/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of accounts: some memory is promised, so that whoever takes any looks at all zones
 * for what he has to leave; credit is out when a page is asked for; and an account that is promised
 * memory takes its pages from a largest block and gives each back to the zone, where it merges.
 */
#include <mm/account.h>
#include <mm/gfp.h>
#include <arch/irq.h>

#include "bounds.h"

#define PROMISED	16ul		/* pages */
#define GFP_ONE		(GFP_NOWAIT | __GFP_NOWARN)

static struct mem_account *promised;	/* [t] */

/* The lists are empty, and memory is free in largest blocks. */
static void drive_promised(void)
{
	struct mem_account *before = account_enter(promised);

	for (unsigned long i = 0; i < PROMISED; i++) {
		u64 from = arch_instret();
		struct page *page = alloc_pages(GFP_ONE, 0);

		if (!page)
			break;
		bound_saw(PATH_PROMISED, from);
		from = arch_instret();
		__free_pages(page, 0);
		bound_saw(PATH_PROMISED_FREE, from);
		/* Nothing on the CPU's lists for the next one. */
		drain_local_pages();
	}
	account_enter(before);
}

/* An account that is entered has no credit; what another has given back lies on the CPU's list. */
static void drive_credit(void)
{
	struct mem_account *other = account_create("bound", 0, false), *before;
	struct page *page;
	u64 from;

	if (!other)
		return;
	for (unsigned long i = 0; i < PROMISED; i++) {
		page = alloc_pages(GFP_ONE, 0);
		if (page)
			__free_pages(page, 0);
		before = account_enter(other);
		from = arch_instret();
		page = alloc_pages(GFP_ONE, 0);
		if (page) {
			bound_saw(PATH_CREDIT, from);
			__free_pages(page, 0);
		}
		account_enter(before);
	}
	account_destroy(other);
}

/* What the page allocator and slabs cost others while memory is promised comes with it. */
void bound_drive_accounts(struct bench *b)
{
	unsigned long flags = arch_local_irq_save();

	drain_local_pages();
	drive_credit();
	promised = account_create("bound", 0, true);
	if (promised && account_reserve(promised, PROMISED)) {
		drive_promised();
		bound_drive_pages(b);
		bound_drive_slab();
	}
	if (promised)
		account_destroy(promised);
	arch_local_irq_restore(flags);
}
