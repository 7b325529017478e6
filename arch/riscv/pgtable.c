/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables as data: building, changing and reading them, in Sv39 and Sv48 alike, in the kernel
 * and in a process.
 *
 * A hart may walk the tables at any time, and may remember what it met. So a table is whole before
 * an entry points to it, and goes back in three steps: no entry points to it, every hart has
 * forgotten that one did, it is freed. Between the first two it is a link of a chain, by its
 * first entry, which stays invalid for a hart that still comes by.
 *
 * Invariants:
 * PT1 No table is empty, but for the root, what hangs in a shared root, what ops->owns denies, and
 *     one of those that pgtable_runs.c made.
 * PT2 A change for which there is no memory changes nothing: what a split needs is taken before
 *     the first entry is written, what a mapping has made is undone, but for what stays by PT1.
 * PT3 Every entry of a root is written by write_entry(), which tells whoever shares it.
 * PT4 At any moment a hart's walk finds for each address what it was or what it will be, and when a
 *     call returns no hart remembers otherwise.
 *
 * PT5 Of a table that is counted, ops->counts says how many entries are valid, and how many not 0.
 *
 * Steps, with n leaves in the range and t tables that it touches: pgtable_map() n + 4t, and as
 * many again where it is undone; the others n + 512t, or n + t where tables are counted, and 512
 * for each split, of which a range needs at most four. The stack holds one frame for each level.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>

#include "pgtable_entry.h"

struct pte_types pte_types;	/* [c] */

/* From the largest leaf to the smallest, at either end of a range. */
#define SPLITS_MOST	(2 * LARGEST_LEAF_LEVEL)

/* One call that changes tables, or visits leaves. */
struct change {
	struct pgtable *pt;
	/* What the entry, a leaf at va, is to become. */
	u64 (*leaf)(struct change *c, unsigned long va, unsigned int level, u64 entry);
	u64 flags;			/* of pgtable_protect() */
	bool unmaps;			/* leaves tables that may be empty */
	bool tables_changed;		/* harts may remember more than leaves */
	struct pgtable_tables gone;	/* to be freed when harts have forgotten them */
	int (*fn)(const struct pgtable_leaf *leaf, void *ctx);
	void *ctx;
	int stop;			/* what fn returned */
};

/* A table on the way: the root's counts are nobody's. */
struct table {
	phys_addr_t pa;
	struct pgtable_counts *counts;	/* NULL: none are kept */
};

static inline struct table root_of(struct pgtable *pt)
{
	return (struct table){ pt->root_pa, NULL };
}

/* entry leads to a table. */
static inline struct table table_below(struct pgtable *pt, u64 entry)
{
	return (struct table){ pte_pa(entry), entry_counts(pt, entry) };
}

/* The entry for va, of a table of level, leads to another that is whole. */
static void publish_table(struct change *c, struct table table, unsigned int level,
			  unsigned long va, u64 entry)
{
	u64 *slot = &table_at(c->pt, table.pa)[table_index(va, level)];

	count_entries(table.counts, !(*slot & PTE_V), !*slot);
	write_entry(c->pt, slot, level, va, entry);
	c->tables_changed = true;
}

bool pgtable_tables_add(struct pgtable *pt, struct pgtable_tables *tables)
{
	phys_addr_t table_pa = pt->ops->alloc(pt);

	if (table_pa == PGTABLE_NONE)
		return false;
	tables_push(pt, tables, table_pa);
	return true;
}

void pgtable_tables_free(struct pgtable *pt, struct pgtable_tables *tables)
{
	while (tables->nr)
		pt->ops->free(pt, tables_pop(pt, tables));
}

/* The end of every change: harts forget, then tables go. */
static void finish(struct change *c, unsigned long va, unsigned long last)
{
	struct pgtable *pt = c->pt;

	if (c->tables_changed)
		pt->ops->flush(pt, 0, ~0ul);
	else
		pt->ops->flush(pt, va, last + 1);
	pgtable_tables_free(pt, &c->gone);
}

/* ---- the leaves of a range ---- */

static bool table_is_empty(const u64 *table)
{
	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++)
		if (table[i] & PTE_V)
			return false;
	return true;
}

static bool table_stays(struct pgtable *pt, unsigned int parent_level, phys_addr_t table_pa)
{
	return level_stays(pt, parent_level - 1) ||
	       (pt->ops->owns && !pt->ops->owns(pt, table_pa));
}

/* PT1, after entries of the child were cleared. One with retired entries is retired with them. */
static void detach_if_empty(struct change *c, struct table table, unsigned int level,
			    unsigned long va, struct table child)
{
	struct pgtable *pt = c->pt;
	bool retired = child.counts && child.counts->used;
	u64 *slot;

	if (child.counts && child.counts->valid)
		return;
	/* The look at all entries comes last: boot's tables stay. */
	if (table_stays(pt, level, child.pa) ||
	    (!child.counts && !table_is_empty(table_at(pt, child.pa))))
		return;
	slot = &table_at(pt, table.pa)[table_index(va, level)];
	write_entry(pt, slot, level, va, retired ? *slot & ~PTE_V : 0);
	pt->leaf_region = 0;
	count_entries(table.counts, -1, retired ? 0 : -1);
	c->tables_changed = true;
	if (retired)
		return;
	tables_push(pt, &c->gone, child.pa);
}

/* Calls c->leaf for each leaf that the table has in [va, last]. */
static void change_range(struct change *c, struct table table, unsigned int level,
			 unsigned long va, unsigned long last)
{
	for (;;) {
		unsigned long entry_last = min(va | (LEVEL_SIZE(level) - 1), last);
		u64 *slot = &table_at(c->pt, table.pa)[table_index(va, level)];
		u64 entry = *slot, new;

		if (level && pte_is_table(entry)) {
			struct table child = table_below(c->pt, entry);

			change_range(c, child, level - 1, va, entry_last);
			if (c->unmaps)
				detach_if_empty(c, table, level, va, child);
		} else if (entry & PTE_V) {
			new = c->leaf(c, ALIGN_DOWN(va, LEVEL_SIZE(level)), level, entry);
			if (new != entry)
				write_entry(c->pt, slot, level, va, new);
			if (!new)
				count_entries(table.counts, -1, -1);
		}
		if (entry_last == last || c->stop)
			return;
		va = entry_last + 1;
	}
}

/* ---- mapping ---- */

/* The entry for va, which leads nowhere, leads to an empty table: a new one, or the retired one
 * that is there. 0: no memory. */
static u64 make_table(struct change *c, struct table table, unsigned int level, unsigned long va,
		      u64 entry)
{
	if (entry) {
		ASSERT(!(entry & PTE_LEAF), "a leaf at 0x%lx is retired, not gone", va);
		entry |= PTE_V;
	} else {
		phys_addr_t child_pa = c->pt->ops->alloc(c->pt);

		if (child_pa == PGTABLE_NONE)
			return 0;
		entry = new_table_entry(c->pt, child_pa);
	}
	publish_table(c, table, level, va, entry);
	return entry;
}

/*
 * The table of *level that holds the entry for va; those on the way are made. Where a table stays
 * that is empty (PT1), the leaf cannot be larger than its entries. False: no memory.
 */
static bool table_for(struct change *c, unsigned long va, unsigned int *level, struct table *table)
{
	struct pgtable *pt = c->pt;

	*table = root_of(pt);
	for (unsigned int l = ROOT_LEVEL;; l--) {
		u64 entry = table_at(pt, table->pa)[table_index(va, l)];

		if (l <= *level && (!l || !pte_has_table(entry))) {
			*level = l;
			return true;
		}
		ASSERT(!pte_is_leaf(entry), "a leaf of level %u already maps 0x%lx", l, va);
		if (!(entry & PTE_V)) {
			entry = make_table(c, *table, l, va, entry);
			if (!entry)
				return false;
		}
		*table = table_below(pt, entry);
	}
}

static unsigned int largest_level(unsigned long va, phys_addr_t pa, u64 bytes)
{
	unsigned int level = min_t(unsigned int, LARGEST_LEAF_LEVEL, ROOT_LEVEL);

	while (level && (!IS_ALIGNED(va | pa, LEVEL_SIZE(level)) || bytes < LEVEL_SIZE(level)))
		level--;
	return level;
}

/* Leaves of level from va on, as many as fit the range and the table up to an entry that leads to
 * another; returns their bytes. A larger leaf begins with a table, so none is missed. */
static u64 fill_table(struct pgtable *pt, struct table table, unsigned int level,
		      unsigned long va, u64 entry, u64 bytes)
{
	unsigned int first = table_index(va, level);
	u64 nr = min_t(u64, bytes >> LEVEL_SHIFT(level), PTRS_PER_TABLE - first), i;
	u64 *slot = &table_at(pt, table.pa)[first];

	for (i = 0; i < nr && (!level || !pte_has_table(slot[i])); i++) {
		ASSERT(!slot[i], "0x%lx is already mapped", va);
		write_entry(pt, &slot[i], level, va, entry);
		va += LEVEL_SIZE(level);
		entry += entry_step(level);
	}
	count_entries(table.counts, (int)i, (int)i);
	return i << LEVEL_SHIFT(level);
}

static u64 cleared(struct change *c, unsigned long va, unsigned int level, u64 entry)
{
	(void)c;
	(void)va;
	(void)level;
	(void)entry;
	return 0;
}

int pgtable_map(struct pgtable *pt, unsigned long va, phys_addr_t pa, u64 bytes,
		unsigned int rights)
{
	struct change c = { .pt = pt, .leaf = cleared, .unmaps = true };
	u64 entry = pte_make(pa, checked_flags(va, rights)), done = 0;

	ASSERT(IS_ALIGNED(va | pa | bytes, PAGE_SIZE), "mapping 0x%lx to 0x%lx, 0x%lx bytes", va,
	       (unsigned long)pa, (unsigned long)bytes);
	while (done < bytes) {
		unsigned int level = largest_level(va + done, pa + done, bytes - done);
		struct table table;

		if (!table_for(&c, va + done, &level, &table)) {
			/* Up to the tables that were made for the leaf that is missing. */
			change_range(&c, root_of(pt), ROOT_LEVEL, va, va + done + PAGE_SIZE - 1);
			finish(&c, va, va + done + PAGE_SIZE - 1);
			return -ENOMEM;
		}
		done += fill_table(pt, table, level, va + done,
				   entry + (done >> PAGE_SHIFT << PTE_PFN_SHIFT), bytes - done);
	}
	if (bytes)
		finish(&c, va, va + bytes - 1);
	return 0;
}

/* ---- reading ---- */

u64 pgtable_lookup(struct pgtable *pt, unsigned long va, unsigned int *level)
{
	phys_addr_t table_pa = pt->root_pa;

	for (unsigned int l = ROOT_LEVEL;; l--) {
		u64 entry = table_at(pt, table_pa)[table_index(va, l)];

		if (!l || !pte_is_table(entry)) {
			*level = l;
			return entry;
		}
		table_pa = pte_pa(entry);
	}
}

static u64 visited(struct change *c, unsigned long va, unsigned int level, u64 entry)
{
	const struct pgtable_leaf leaf = { va, pte_pa(entry), LEVEL_SIZE(level),
					   pte_rights(entry) };

	c->stop = c->fn(&leaf, c->ctx);
	return entry;
}

int pgtable_for_each_leaf(struct pgtable *pt, unsigned long va, u64 bytes,
			  int (*fn)(const struct pgtable_leaf *leaf, void *ctx), void *ctx)
{
	struct change c = { .pt = pt, .leaf = visited, .fn = fn, .ctx = ctx };

	if (bytes)
		change_range(&c, root_of(pt), ROOT_LEVEL, va, va + bytes - 1);
	return c.stop;
}

u64 pgtable_root_sum(struct pgtable *pt)
{
	const u64 *root = table_at(pt, pt->root_pa);
	u64 sum = 0;

	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++)
		sum += root[i];
	return sum;
}

/* ---- splitting ---- */

/*
 * Tables that it takes until no leaf reaches across va, when none reaches across done any more;
 * 0 stands for no such address: nothing reaches across it.
 */
static unsigned int tables_to_split(struct pgtable *pt, unsigned long va, unsigned long done)
{
	unsigned int level, need = 0;

	if (!pte_is_leaf(pgtable_lookup(pt, va, &level)))
		return 0;
	for (; !IS_ALIGNED(va, LEVEL_SIZE(level)); level--)
		need += IS_ALIGNED(done, LEVEL_SIZE(level)) || (va ^ done) >> LEVEL_SHIFT(level);
	return need;
}

/* Interrupts may be off: four at a time. */
static void fill(u64 *table, u64 entry, u64 step)
{
	for (unsigned int i = 0; i < PTRS_PER_TABLE; i += 4, entry += 4 * step) {
		table[i] = entry;
		table[i + 1] = entry + step;
		table[i + 2] = entry + 2 * step;
		table[i + 3] = entry + 3 * step;
	}
}

/* Splits with the tables of the stock, the last first. */
static void split_at(struct change *c, unsigned long va, const phys_addr_t *stock,
		     unsigned int *left)
{
	for (;;) {
		struct table table = root_of(c->pt);
		unsigned int level = ROOT_LEVEL;
		u64 entry, to_child, *child;

		while (entry = table_at(c->pt, table.pa)[table_index(va, level)],
		       level && pte_is_table(entry)) {
			table = table_below(c->pt, entry);
			level--;
		}
		if (!pte_is_leaf(entry) || IS_ALIGNED(va, LEVEL_SIZE(level)))
			return;
		to_child = new_table_entry(c->pt, stock[--*left]);
		count_entries(entry_counts(c->pt, to_child), PTRS_PER_TABLE, PTRS_PER_TABLE);
		child = table_at(c->pt, pte_pa(to_child));
		fill(child, entry, entry_step(level - 1));
		publish_table(c, table, level, va, to_child);
	}
}

/* No leaf reaches across va or end. False: no memory, and nothing was done. */
static bool split_ends(struct change *c, unsigned long va, unsigned long end)
{
	unsigned int need = tables_to_split(c->pt, va, 0) + tables_to_split(c->pt, end, va);
	struct pgtable *pt = c->pt;
	phys_addr_t stock[SPLITS_MOST];
	unsigned int have;

	for (have = 0; have < need; have++) {
		stock[have] = pt->ops->alloc(pt);
		if (stock[have] != PGTABLE_NONE)
			continue;
		while (have)
			pt->ops->free(pt, stock[--have]);
		return false;
	}
	split_at(c, va, stock, &have);
	split_at(c, end, stock, &have);
	ASSERT(!have, "%u tables too many for a split at 0x%lx and 0x%lx", have, va, end);
	return true;
}

int pgtable_split(struct pgtable *pt, unsigned long va)
{
	struct change c = { .pt = pt };

	if (!split_ends(&c, va, va))
		return -ENOMEM;
	if (c.tables_changed)
		finish(&c, va, va);
	return 0;
}

/* ---- changing what is mapped ---- */

static int change_leaves(struct change *c, unsigned long va, u64 bytes)
{
	ASSERT(IS_ALIGNED(va | bytes, PAGE_SIZE), "changing 0x%lx, 0x%lx bytes", va,
	       (unsigned long)bytes);
	if (!bytes)
		return 0;
	if (!split_ends(c, va, va + bytes))
		return -ENOMEM;
	change_range(c, root_of(c->pt), ROOT_LEVEL, va, va + bytes - 1);
	finish(c, va, va + bytes - 1);
	return 0;
}

static u64 with_flags(struct change *c, unsigned long va, unsigned int level, u64 entry)
{
	(void)va;
	(void)level;
	return pte_make(pte_pa(entry), c->flags);
}

int pgtable_protect(struct pgtable *pt, unsigned long va, u64 bytes, unsigned int rights)
{
	struct change c = { .pt = pt, .leaf = with_flags,
			    .flags = checked_flags(va, rights) };

	return change_leaves(&c, va, bytes);
}

int pgtable_unmap(struct pgtable *pt, unsigned long va, u64 bytes)
{
	struct change c = { .pt = pt, .leaf = cleared, .unmaps = true };

	return change_leaves(&c, va, bytes);
}
