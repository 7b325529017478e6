/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: counts the entries of a program's page tables anew.
 *
 * Structure: all tables below the program's half of a root.
 *
 * Invariants: none of its own; UT1 and UT2 of user_tables.c are compared with what is found.
 *
 * Locking: nobody changes the space.
 *
 * Configuration: PROCESSES.
 */
#include <mm/page.h>

#include "spaces.h"

static const struct page *page_at(phys_addr_t pa)
{
	return pfn_to_page(PFN_DOWN(pa));
}

static unsigned long count_level(u64 *table, const struct page *page, unsigned int level,
				 unsigned int entries, unsigned long *tables, bool *wrong)
{
	unsigned long leaves = 0;
	unsigned int used = 0;

	for (unsigned int i = 0; i < entries; i++) {
		if (!table[i])
			continue;
		used++;
		if (!level) {
			leaves++;
			continue;
		}
		++*tables;
		leaves += count_level(__va(pte_pa(table[i])), page_at(pte_pa(table[i])), level - 1,
				      PTRS_PER_TABLE, tables, wrong);
	}
	if (used != page->table.used)
		*wrong = true;
	return leaves;
}

unsigned long user_tables_count(const struct address_space *s, unsigned long *tables)
{
	bool wrong = false;
	unsigned long leaves;

	*tables = 1;
	leaves = count_level(__va(s->root_pa), page_at(s->root_pa), ROOT_LEVEL,
			     PTRS_PER_TABLE / 2, tables, &wrong);
	return wrong ? ~0ul : leaves;
}
