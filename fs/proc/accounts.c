/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/sprintf.h>
#include <mm/account.h>
#include <mm/snapshot.h>
#include <fs/view.h>

static void accounts_show(struct seq_file *m)
{
	struct account_snapshot s;
	unsigned int nr;

	seq_puts(m, "account                  nr guaranteed/K    limit/K     used/K     peak/K    refused"
		    "     slab/K  vmalloc/K   stacks/K   tables/K\n");
	for_each_account_snapshot(nr, &s) {
		char limit[16] = "-";

		if (s.limit)
			scnprintf(limit, sizeof(limit), "%lu", pages_to_kb(s.limit));
		seq_printf(m, "%-23s %3u %12lu %10s %10lu %10lu %10lu", s.name, s.nr,
			   pages_to_kb(s.guaranteed), limit, pages_to_kb(s.used),
			   pages_to_kb(s.peak), s.refused);
		for (unsigned int kind = 0; kind < NR_ACCOUNT_KINDS; kind++)
			seq_printf(m, " %10lu", pages_to_kb(s.kinds[kind]));
		seq_puts(m, s.dying ? "  goes\n" : "\n");
	}
	seq_printf(m, "can still be promised: %luK\n", pages_to_kb(account_reservable()));
}

VIEW(accounts, accounts_show);
