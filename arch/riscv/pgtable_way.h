/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PGTABLE_WAY_H
#define PGTABLE_WAY_H

/* How pgtable_runs.c walks to an entry, and knows the tables that it came by. */

#include "pgtable_entry.h"

/* The tables on the way to an address, down to the one whose entry ends the way. */
struct way {
	phys_addr_t table_pa[PGTABLE_LEVELS];
	struct pgtable_counts *counts[PGTABLE_LEVELS];
	unsigned int level;
	u64 *slot;			/* good until the next look at a table */
};

static inline void way_begin(struct pgtable *pt, struct way *way, unsigned long va)
{
	way->level = ROOT_LEVEL;
	way->table_pa[ROOT_LEVEL] = pt->root_pa;
	way->counts[ROOT_LEVEL] = NULL;
	way->slot = &table_at(pt, pt->root_pa)[table_index(va, ROOT_LEVEL)];
}

/* entry, at the end of the way, leads to a table. */
static inline void way_down(struct pgtable *pt, struct way *way, unsigned long va, u64 entry)
{
	way->level--;
	way->table_pa[way->level] = pte_pa(entry);
	way->counts[way->level] = entry_counts(pt, entry);
	way->slot = &table_at(pt, pte_pa(entry))[table_index(va, way->level)];
}

/* To the last table there is, retired ones included. */
static inline void way_find(struct pgtable *pt, struct way *way, unsigned long va)
{
	way_begin(pt, way, va);
	while (way->level && pte_has_table(*way->slot))
		way_down(pt, way, va, *way->slot);
}

#endif /* PGTABLE_WAY_H */
