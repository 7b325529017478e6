/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the kernel's page tables after boot: where their frames come from and who may change them.
 *
 * Structure: the root that boot has filled (mm/boot/boot_tables.c), and operations for the arch's
 * walker (arch/pgtable.h) over the page allocator. Entries and levels are the arch's.
 *
 * Invariants:
 * KT1 A root entry changes in kernel_root_changed() alone: kernel_root_sum is the sum of all.
 *     Address spaces that begin with copies of them are told there.
 * KT2 A table that hangs in the root stays: no copy of a root entry leads to a frame that is
 *     somebody else's.
 * KT3 Boot's tables stay where they are, full or empty: they are reserved, not allocated.
 * KT4 A table made after boot is a page of state PG_TABLE, whose descriptor counts its entries.
 *     It is given back when it is empty; one of all may stay (PR1).
 *
 * Locking: kernel_tables_lock for the root and all tables below it, and for the areas of the
 * vmalloc window (areas.c); zone->lock is taken inside.
 *
 * Configuration: none; levels and sizes of leaves are the arch's.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/spinlock.h>
#include <mm/gfp.h>
#include <arch/smp.h>

#include "internal.h"

DEFINE_SPINLOCK(kernel_tables_lock, LOCK_KERNEL_TABLES);
static u64 kernel_root_sum;			/* [T] */

static void kernel_root_changed(struct pgtable *pt, unsigned int index, u64 old, u64 entry)
{
	(void)pt;
	(void)index;
	kernel_root_sum += entry - old;
	IF_ENABLED(CONFIG_PROCESSES, spaces_root_changed(index, entry);)
}

static phys_addr_t table_alloc(struct pgtable *pt)
{
	struct page *page = alloc_pages(GFP_NOWAIT | __GFP_ZERO | __GFP_NOWARN, 0);

	(void)pt;
	if (!page)
		return PGTABLE_NONE;
	page_become(page, PG_TABLE);
	return page_to_phys(page);
}

static void table_free(struct pgtable *pt, phys_addr_t table_pa)
{
	struct page *page = pfn_to_page(PFN_DOWN(table_pa));

	(void)pt;
	page_become(page, PG_ALLOCATED);
	__free_pages(page, 0);
}

/* KT3: a frame in the middle of a reserved block has no descriptor of its own. */
static bool table_owned(struct pgtable *pt, phys_addr_t table_pa)
{
	unsigned long head_pfn = block_head_pfn(PFN_DOWN(table_pa));

	(void)pt;
	return page_state(pfn_to_page(head_pfn)) == PG_TABLE;
}

static struct pgtable_counts *table_counts(struct pgtable *pt, phys_addr_t table_pa)
{
	(void)pt;
	return &pfn_to_page(PFN_DOWN(table_pa))->table;
}

/* Where tables come from and go to, and whether a change flushes itself. */
#define KERNEL_OPS(take, put, forget) { \
	.alloc = take, \
	.free = put, \
	.access = arch_table_access, \
	.flush = forget, \
	.owns = table_owned, \
	.counts = table_counts, \
	.root_changed = kernel_root_changed, \
}

static const struct pgtable_ops kernel_ops = KERNEL_OPS(table_alloc, table_free, arch_table_flush);

struct pgtable kernel_pgtable = { .ops = &kernel_ops };	/* [f] */

static void flush_after(struct pgtable *pt, unsigned long start, unsigned long end)
{
	(void)pt;
	(void)start;
	(void)end;
}

/* For changes that free no table: their fence comes when the lock is free again. */
static const struct pgtable_ops change_ops = KERNEL_OPS(table_alloc, table_free, flush_after);

static struct pgtable change_pgtable = { .ops = &change_ops };	/* [f] */

/* Tables are taken and cleared before the lock is, and freed behind it: it is held to fill one in,
 * or to take it out. */
#define SPARES_MOST	8u
/* [o] of whoever splits, maps or unmaps */
struct spares {
	phys_addr_t pa[SPARES_MOST];
	unsigned int nr;
};
static struct spares *spares;			/* [T] of whoever holds the lock */

static phys_addr_t spare_take(struct pgtable *pt)
{
	(void)pt;
	return spares->nr ? spares->pa[--spares->nr] : PGTABLE_NONE;
}

static void spare_put(struct pgtable *pt, phys_addr_t table_pa)
{
	(void)pt;
	ASSERT(spares->nr < SPARES_MOST, "more tables at a time than there are levels");
	spares->pa[spares->nr++] = table_pa;
}

static const struct pgtable_ops split_ops = KERNEL_OPS(spare_take, spare_put, flush_after);

static struct pgtable split_pgtable = { .ops = &split_ops };	/* [f] */

/* For mapping and unmapping: a fence comes before a table is a spare. */
static const struct pgtable_ops map_ops = KERNEL_OPS(spare_take, spare_put, arch_table_flush);

static struct pgtable map_pgtable = { .ops = &map_ops };	/* [f] */

void __init kernel_tables_init(void)
{
	change_pgtable.root_pa = arch_kernel_root();
	split_pgtable.root_pa = arch_kernel_root();
	map_pgtable.root_pa = arch_kernel_root();
	kernel_pgtable.root_pa = arch_kernel_root();
	kernel_root_sum = pgtable_root_sum(&kernel_pgtable);
}

/* One more, if that helps; false: there is none. */
static bool spare_more(struct spares *own)
{
	phys_addr_t table_pa = own->nr < SPARES_MOST / 2 ? table_alloc(NULL) : PGTABLE_NONE;

	if (table_pa == PGTABLE_NONE)
		return false;
	own->pa[own->nr++] = table_pa;
	return true;
}

struct change {
	unsigned long va;
	phys_addr_t pa;
	u64 bytes;
	unsigned int rights;
};

/* Most often no table is missing; each round of fn, which has the lock, brings one more. */
static int with_spares(int (*fn)(const struct change *c), const struct change *c)
{
	struct spares own = { .nr = 0 };
	int err;

	do {
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

		spares = &own;
		err = fn(c);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
	} while (err == -ENOMEM && spare_more(&own));
	while (own.nr)
		table_free(NULL, own.pa[--own.nr]);
	return err;
}

/* [T] The short way forgets its table, which may go. */
static int map_here(const struct change *c)
{
	kernel_pgtable.leaf_region = 0;
	return pgtable_map(&map_pgtable, c->va, c->pa, c->bytes, c->rights);
}

static int unmap_here(const struct change *c)
{
	kernel_pgtable.leaf_region = 0;
	return pgtable_unmap(&map_pgtable, c->va, c->bytes);
}

static int split_here(const struct change *c)
{
	return pgtable_split(&split_pgtable, c->va);
}

int kernel_map(unsigned long va, phys_addr_t pa, u64 bytes, unsigned int rights)
{
	return with_spares(map_here, &(struct change){ va, pa, bytes, rights });
}

int kernel_unmap(unsigned long va, u64 bytes)
{
	return with_spares(unmap_here, &(struct change){ .va = va, .bytes = bytes });
}

int kernel_split(unsigned long va, unsigned long end)
{
	int err = with_spares(split_here, &(struct change){ .va = va });

	if (!err)
		err = with_spares(split_here, &(struct change){ .va = end });
	flush_tlb_kernel_range(0, ~0ul);
	return err;
}

int kernel_protect(unsigned long va, u64 bytes, unsigned int rights)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	int err = pgtable_protect(&change_pgtable, va, bytes, rights);

	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	/* Leaves may have been split, too. */
	flush_tlb_kernel_range(0, ~0ul);
	return err;
}

const char *kernel_tables_validate(void)
{
	if (pgtable_root_sum(&kernel_pgtable) != kernel_root_sum)
		return "KT1: an entry of the kernel's root is not what its owner wrote";
	return NULL;
}
