/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RISCV_PGTABLE_ENTRY_H
#define RISCV_PGTABLE_ENTRY_H

/* How an entry is read and written, for the two walkers alone: pgtable.c for any range and any
 * address space, pgtable_runs.c for the small ranges of the kernel's own areas. */
#include <kernel/assert.h>
#include <asm/pgtable.h>

static inline u64 *table_at(struct pgtable *pt, phys_addr_t table_pa)
{
	return pt->ops->access(pt, table_pa);
}

/* From one leaf to the next, when what they map is in one piece. */
static inline u64 entry_step(unsigned int level)
{
	return LEVEL_SIZE(level) >> PAGE_SHIFT << PTE_PFN_SHIFT;
}

static inline void write_entry(struct pgtable *pt, u64 *slot, unsigned int level, unsigned long va,
			       u64 entry)
{
	u64 old = *slot;

	/* Whoever finds the table finds it whole. */
	if (pte_is_table(entry))
		__atomic_store_n(slot, entry, __ATOMIC_RELEASE);
	else
		WRITE_ONCE(*slot, entry);
	if (level == ROOT_LEVEL && pt->ops->root_changed)
		pt->ops->root_changed(pt, table_index(va, level), old, entry);
}

/* The counts of the table that a root's or a table's entry leads to; NULL: it has none. */
static inline struct pgtable_counts *entry_counts(struct pgtable *pt, u64 entry)
{
	return entry & PTE_COUNTED ? pt->ops->counts(pt, pte_pa(entry)) : NULL;
}

static inline void count_entries(struct pgtable_counts *counts, int valid, int used)
{
	if (!counts)
		return;
	valid += counts->valid;
	used += counts->used;
	ASSERT((unsigned int)valid <= (unsigned int)used && used <= PTRS_PER_TABLE,
	       "PT5: a table counts %d valid entries of %d in use", valid, used);
	counts->valid = (u16)valid;
	counts->used = (u16)used;
}

/* An entry that leads to a table which was just made. */
static inline u64 new_table_entry(struct pgtable *pt, phys_addr_t table_pa)
{
	if (!pt->ops->counts)
		return pte_make(table_pa, PROT_TABLE);
	*pt->ops->counts(pt, table_pa) = (struct pgtable_counts){ 0, 0 };
	return pte_make(table_pa, PROT_TABLE | PTE_COUNTED);
}

/* Does a table of this level stay when it is empty, because others have copies of what leads to
 * it? */
static inline bool level_stays(struct pgtable *pt, unsigned int level)
{
	return level == ROOT_LEVEL || (level == ROOT_LEVEL - 1 && pt->ops->root_changed);
}

/* The rights make a leaf, and none that the kernel may not have. */
static inline u64 checked_flags(unsigned long va, unsigned int rights)
{
	u64 flags = pte_flags(rights);

	ASSERT(flags & PTE_LEAF && (flags & (PTE_R | PTE_W)) != PTE_W &&
	       (flags & PTE_U || (flags & (PTE_W | PTE_X)) != (PTE_W | PTE_X)),
	       "0x%lx cannot have the rights 0x%x", va, rights);
	return flags;
}

/* ---- tables that hang nowhere ---- */

/* A CPU may still come by: the first entry, which leads on, is none that it follows. */
static inline void tables_push(struct pgtable *pt, struct pgtable_tables *tables,
			       phys_addr_t table_pa)
{
	WRITE_ONCE(*table_at(pt, table_pa), tables->first);
	tables->first = table_pa;
	tables->nr++;
}

static inline phys_addr_t tables_pop(struct pgtable *pt, struct pgtable_tables *tables)
{
	phys_addr_t table_pa = tables->first;
	u64 *table = table_at(pt, table_pa);

	tables->first = *table;
	tables->nr--;
	*table = 0;
	return table_pa;
}

#endif /* RISCV_PGTABLE_ENTRY_H */
