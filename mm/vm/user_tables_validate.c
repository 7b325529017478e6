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
#include <mm/user_page.h>

#include "spaces.h"

static const struct page *page_at(phys_addr_t pa)
{
	return pfn_to_page(PFN_DOWN(pa));
}

/* Is the entry one of those that its page counts, if a file has the page, beside the file? */
static bool is_counted(u64 leaf)
{
	const struct page *page = pfn_to_page(leaf_pfn(leaf));
	bool of_file = user_page_can_move(page, page->word) && !user_page_has_address(page);

	return user_page_is_counted(page) && page->private >= (of_file ? 2 : 1);
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
			*wrong |= leaf_is_counted(table[i]) && !is_counted(table[i]);
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
