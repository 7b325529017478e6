/* SPDX-License-Identifier: BSD-2-Clause */
/* A page of an account that has credit, and of one that is promised it. */
#include <mm/account.h>
#include <mm/gfp.h>
#include <arch/irq.h>

#include "internal.h"

#define GFP_BENCH	(GFP_NOWAIT | __GFP_NOWARN)
#define PROMISED	16u		/* pages */

static __always_inline void give_page(struct page *page)
{
	__free_pages(page, 0);
}

BENCH_LOOPS(account_page, alloc_pages(GFP_BENCH, 0), give_page)
static const struct bench_loops account_page = BENCH_LOOPS_ROW(account_page);

static void bench_in(struct bench *b, const char *work, bool promised)
{
	struct mem_account *account = account_create("bench", 0, promised), *before;
	unsigned long flags;

	if (!account || (promised && !account_reserve(account, PROMISED))) {
		bench_skip(b, work, "there is no account, or too little memory");
	} else {
		flags = arch_local_irq_save();
		before = account_enter(account);
		bench_run_pair(b, work, &account_page);
		account_enter(before);
		arch_local_irq_restore(flags);
	}
	if (account)
		account_destroy(account);
}

static void bench_accounts(struct bench *b)
{
	char work[BENCH_NAME];

	if (bench_wanted(b, work, sizeof(work), "account pair"))
		bench_in(b, work, false);
	if (bench_wanted(b, work, sizeof(work), "account promised_pair"))
		bench_in(b, work, true);
}

BENCH_GROUP(account, bench_accounts);
