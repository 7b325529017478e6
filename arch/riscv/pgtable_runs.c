/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way through page tables: leaves of the kernel's own areas, of 4 KiB and 2 MiB, a table
 * of them at a time. pgtable.c does the same for any range, at a price that a small area should not
 * pay.
 *
 * An entry is 0, valid, or retired: without its V bit, with all else it said. That of a page which
 * moves is without it, too, for a moment, and counts as valid: its area stays until it has arrived.
 * Who takes leaves away retires them, and with the last valid entry of a table what leads to the
 * table. Then all harts forget, which is the caller's, outside of any lock; then entries become 0,
 * and the table goes with the last one. So one fence does for leaves and tables, and the tables
 * themselves remember which frames come free by it. Between the two others may map beside it: they
 * find the retired table and make it valid again, which is no change to a hart that remembers it.
 *
 * Invariants (PT1 to PT5: pgtable.c):
 * PR1 A table that is retired has no valid entry, and one that is freed has none but 0. At most one
 *     table of pages that is empty stays: the first that became so, until it is filled again.
 * PR2 A table that is remembered is valid, as all on the way to it.
 * PR3 Whoever makes an entry 0 came behind a fence that followed its retirement, or lets one follow
 *     before it frees anything.
 *
 * Steps, with n pages and t tables of 2 MiB that the range touches: n + t(PGTABLE_LEVELS) each;
 * where the one table is that of the call before, n.
 */
#include <kernel/errno.h>
#include <kernel/math.h>

#include "pgtable_way.h"

/* The entry at the end of the way, which leads nowhere, leads to an empty table. 0: there is
 * none. */
static u64 make_table(struct pgtable *pt, struct way *way, unsigned long va, u64 entry,
		      struct pgtable_tables *spare)
{
	bool is_new = !entry;

	if (is_new) {
		if (!spare || !spare->nr)
			return 0;
		entry = new_table_entry(pt, tables_pop(pt, spare));
		way->slot = &table_at(pt, way->table_pa[way->level])[table_index(va, way->level)];
	}
	entry |= PTE_V;
	write_entry(pt, way->slot, way->level, va, entry);
	count_entries(way->counts[way->level], 1, is_new);
	return entry;
}

/* ---- the table met last ---- */

static inline unsigned long region_of(unsigned long va)
{
	return (va >> LEVEL_SHIFT(1)) + 1;
}

/* A table of pages, which no entry on its way denies, is likely to be met again. */
static inline void remember(struct pgtable *pt, const struct way *way, unsigned long va)
{
	if (way->level || !way->counts[0])
		return;
	pt->leaf_table = way->slot - table_index(va, 0);
	pt->leaf_counts = way->counts[0];
	pt->leaf_region = region_of(va);
}

static inline u64 *remembered_slot(struct pgtable *pt, unsigned long va)
{
	return &pt->leaf_table[table_index(va, 0)];
}

/*
 * The table for va, which has no valid entry, stays: one does, so that an area of a few pages that
 * comes and goes takes no table along.
 */
static inline bool table_stays(struct pgtable *pt, unsigned long va)
{
	if (!pt->empty_region)
		pt->empty_region = region_of(va);
	return pt->empty_region == region_of(va);
}

/* To the table of level: 0. -EEXIST: a lower one is there already; -ENOMEM: none is left. */
static inline int way_make(struct pgtable *pt, unsigned long va, unsigned int level,
			   struct pgtable_tables *spare)
{
	struct way found, *way = &found;

	way_begin(pt, way, va);
	while (way->level > level || (way->level && pte_has_table(*way->slot))) {
		u64 entry = *way->slot;

		ASSERT(!(entry & PTE_LEAF), "a leaf of level %u already maps 0x%lx", way->level,
		       va);
		if (!(entry & PTE_V)) {
			entry = make_table(pt, way, va, entry, spare);
			if (!entry)
				return -ENOMEM;
		}
		way_down(pt, way, va, entry);
	}
	remember(pt, way, va);
	return way->level == level ? 0 : -EEXIST;
}

/* ---- mapping ---- */

static inline unsigned int leaf_level(unsigned long va, phys_addr_t pa, u64 bytes)
{
	return bytes >= LEVEL_SIZE(1) && IS_ALIGNED(va | pa, LEVEL_SIZE(1));
}

/* 0: every table that the range needs is there. */
static inline int make_tables(struct pgtable *pt, unsigned long va, phys_addr_t pa, u64 left,
			      struct pgtable_tables *spare)
{
	while (left) {
		u64 piece = min(left, LEVEL_SIZE(1) - (va & (LEVEL_SIZE(1) - 1)));
		unsigned int level = leaf_level(va, pa, left);
		bool known = !level && pt->leaf_region == region_of(va);
		int err = known ? 0 : way_make(pt, va, level, spare);

		if (err)
			return err;
		va += piece;
		pa += piece;
		left -= piece;
	}
	return 0;
}

/* Where leaves of pages for va go, or one of 2 MiB where *level is 1 and none for pages is
 * there. */
static __noinline u64 *slot_by_way(struct pgtable *pt, unsigned long va, unsigned int *level,
				   struct pgtable_counts **counts)
{
	struct way way;

	way_begin(pt, &way, va);
	while (way.level > *level || (way.level && pte_has_table(*way.slot)))
		way_down(pt, &way, va, *way.slot);
	remember(pt, &way, va);
	*level = way.level;
	*counts = way.counts[way.level];
	return way.slot;
}

/* Leaves of one piece, in one table, which is there. Returns their bytes. */
static inline u64 fill(struct pgtable *pt, unsigned long va, phys_addr_t pa, u64 bytes, u64 flags)
{
	unsigned int level = 0;
	struct pgtable_counts *counts = pt->leaf_counts;
	u64 entry = pte_make(pa, flags), step, nr;
	u64 *slot, *end;

	if (likely(pt->leaf_region == region_of(va))) {
		slot = remembered_slot(pt, va);
	} else {
		level = leaf_level(va, pa, bytes);
		slot = slot_by_way(pt, va, &level, &counts);
	}
	nr = min(bytes >> LEVEL_SHIFT(level), (u64)PTRS_PER_TABLE - table_index(va, level));
	step = entry_step(level);
	for (end = slot + nr; slot < end; slot++, entry += step) {
		ASSERT(!*slot, "0x%lx is already mapped, beside 0x%lx", va, (unsigned long)pa);
		WRITE_ONCE(*slot, entry);
	}
	count_entries(counts, (int)nr, (int)nr);
	if (pt->empty_region == region_of(va))
		pt->empty_region = 0;
	return nr << LEVEL_SHIFT(level);
}

static __noinline int map_runs(struct pgtable *pt, unsigned long va, const struct pgtable_run *runs,
			       unsigned int nr, u64 flags, struct pgtable_tables *spare)
{
	unsigned long at = va;

	for (unsigned int i = 0; i < nr; at += runs[i++].bytes) {
		int err = make_tables(pt, at, runs[i].pa, runs[i].bytes, spare);

		if (err)
			return err;
	}
	for (unsigned int i = 0; i < nr; i++) {
		phys_addr_t pa = runs[i].pa;
		u64 left = runs[i].bytes;

		while (left) {
			u64 done = fill(pt, va, pa, left, flags);

			va += done;
			pa += done;
			left -= done;
		}
	}
	return 0;
}

/* A page in the table met last. */
static inline void map_page(struct pgtable *pt, unsigned long va, u64 entry)
{
	u64 *slot = remembered_slot(pt, va);

	ASSERT(!*slot, "0x%lx is already mapped", va);
	WRITE_ONCE(*slot, entry);
	count_entries(pt->leaf_counts, 1, 1);
	if (pt->empty_region == region_of(va))
		pt->empty_region = 0;
}

int pgtable_map_runs(struct pgtable *pt, unsigned long va, const struct pgtable_run *runs,
		     unsigned int nr, unsigned int rights, struct pgtable_tables *spare)
{
	u64 flags = checked_flags(va, rights);

	if (nr == 1 && runs->bytes == PAGE_SIZE && likely(pt->leaf_region == region_of(va))) {
		map_page(pt, va, pte_make(runs->pa, flags));
		return 0;
	}
	return map_runs(pt, va, runs, nr, flags, spare);
}

/* ---- taking away ---- */

/* Where the table of pages, or the entry above it, that va is in ends, or the range. */
static inline unsigned long region_end(unsigned long va, unsigned long end)
{
	return min(va | (LEVEL_SIZE(1) - 1), end - 1) + 1;
}

/* The entry that leads to the last table on the way, one up. */
static u64 *slot_above(struct pgtable *pt, struct way *way, unsigned long va)
{
	way->level++;
	return &table_at(pt, way->table_pa[way->level])[table_index(va, way->level)];
}

/* The last table on the way has no valid entry any more: it is retired, and so on. */
static __noinline bool retire_tables(struct pgtable *pt, unsigned long va)
{
	struct way way;
	bool any = false;

	way_find(pt, &way, va);
	while (!level_stays(pt, way.level) && way.counts[way.level] &&
	       !way.counts[way.level]->valid) {
		u64 *slot = slot_above(pt, &way, va);

		if (!(*slot & PTE_V))
			break;
		WRITE_ONCE(*slot, *slot & ~PTE_V);
		count_entries(way.counts[way.level], -1, 0);
		any = true;
	}
	pt->leaf_region = 0;
	return any;
}

static __noinline u64 *slot_by_search(struct pgtable *pt, unsigned long va, unsigned int *level,
				      struct pgtable_counts **counts)
{
	struct way way;

	way_find(pt, &way, va);
	*level = way.level;
	*counts = way.counts[way.level];
	return way.slot;
}

/* Where the way to va ends, in a table that may be retired. */
static inline u64 *slot_there(struct pgtable *pt, unsigned long va, unsigned int *level,
			      struct pgtable_counts **counts)
{
	if (unlikely(pt->leaf_region != region_of(va)))
		return slot_by_search(pt, va, level, counts);
	*level = 0;
	*counts = pt->leaf_counts;
	return remembered_slot(pt, va);
}

unsigned long pgtable_retire(struct pgtable *pt, unsigned long va, unsigned long end,
			     unsigned int leaves, bool *tables)
{
	struct pgtable_counts *counts;
	unsigned int level;
	u64 *slot = slot_there(pt, va, &level, &counts);
	int nr = 0;

	/* High up so many entries reach beyond the last address. */
	end = va + min(region_end(va, end) - va, (unsigned long)leaves << LEVEL_SHIFT(level));
	for (u64 *last = slot + ((end - 1 - va) >> LEVEL_SHIFT(level)); slot <= last; slot++) {
		if (!(*slot & PTE_V))
			continue;
		WRITE_ONCE(*slot, *slot & ~PTE_V);
		nr++;
	}
	count_entries(counts, -nr, 0);
	if (counts && !counts->valid && (level || !table_stays(pt, va)))
		*tables |= retire_tables(pt, va);
	return end;
}

/*
 * Tables on the way without an entry go to the harvest. One that is valid once more, behind the
 * fence, goes with whoever made it so: either he fills it, or he retires it.
 */
static __noinline void take_tables(struct pgtable *pt, unsigned long va,
				   struct pgtable_harvest *h)
{
	struct way way;

	way_find(pt, &way, va);
	while (!level_stays(pt, way.level) && way.counts[way.level] &&
	       !way.counts[way.level]->used) {
		phys_addr_t table_pa = way.table_pa[way.level];
		u64 *slot = slot_above(pt, &way, va);

		if (h->fenced && *slot & PTE_V)
			break;
		count_entries(way.counts[way.level], -(int)(*slot & PTE_V), -1);
		WRITE_ONCE(*slot, 0);
		tables_push(pt, &h->tables, table_pa);
		pt->leaf_region = 0;
	}
}

static inline phys_addr_t run_end(const struct pgtable_run *run)
{
	return run->pa + run->bytes;
}

/*
 * Clears entries from slot on, and notes what was mapped, as long as there is room; neighbours in
 * physical memory are one piece. Returns the slot where it stopped.
 */
static inline u64 *reap_slots(u64 *slot, u64 *last, unsigned int level, struct pgtable_harvest *h,
			      struct pgtable_counts *counts)
{
	int valid = 0, used = 0;

	while (slot <= last) {
		u64 *first = slot, entry = *slot;
		int nr;

		if (!entry) {
			slot++;
			continue;
		}
		if (h->run && !(h->nr && run_end(&h->run[h->nr - 1]) == pte_pa(entry))) {
			if (h->nr == h->room)
				break;
			h->run[h->nr++] = (struct pgtable_run){ pte_pa(entry), 0 };
		}
		do {
			WRITE_ONCE(*slot++, 0);
			entry += entry_step(level);
		} while (slot <= last && *slot == entry);
		nr = (int)(slot - first);
		valid += entry & PTE_V ? nr : 0;
		used += nr;
		if (h->run)
			h->run[h->nr - 1].bytes += (u64)nr << LEVEL_SHIFT(level);
	}
	count_entries(counts, -valid, -used);
	return slot;
}

/* Clears entries of one region; returns where it stopped. */
static inline unsigned long reap_region(struct pgtable *pt, unsigned long va, unsigned long end,
					struct pgtable_harvest *h)
{
	struct pgtable_counts *counts;
	unsigned int level;
	u64 *slot = slot_there(pt, va, &level, &counts), *stop;
	u64 slots = ((end - 1 - va) >> LEVEL_SHIFT(level)) + 1;

	stop = reap_slots(slot, slot + min(slots, (u64)h->leaves) - 1, level, h, counts);
	if (counts && !counts->used && (level || !table_stays(pt, va)))
		take_tables(pt, va, h);
	h->leaves -= min(h->leaves, (unsigned int)(stop - slot));
	/* Where a table is missing, a top entry may lead over the end of the addresses. */
	return va + min((u64)(stop - slot) << LEVEL_SHIFT(level), (u64)(end - va));
}

unsigned long pgtable_reap(struct pgtable *pt, unsigned long va, unsigned long end,
			   struct pgtable_harvest *h)
{
	unsigned long start = va;

	h->nr = 0;
	h->tables = (struct pgtable_tables){ 0, 0 };
	while (va < end && h->leaves) {
		unsigned long stop = region_end(va, end);

		va = reap_region(pt, va, stop, h);
		if (va < stop)
			break;
	}
	if (!h->fenced)
		pt->ops->flush(pt, h->tables.nr ? 0 : start, h->tables.nr ? ~0ul : va);
	return va;
}

phys_addr_t pgtable_reap_page(struct pgtable *pt, unsigned long va)
{
	struct pgtable_counts *counts = pt->leaf_counts;
	u64 *slot = remembered_slot(pt, va), entry;

	if (unlikely(pt->leaf_region != region_of(va)) ||
	    unlikely(counts->used <= 1 && !table_stays(pt, va)))
		return PGTABLE_NONE;
	entry = *slot;
	WRITE_ONCE(*slot, 0);
	count_entries(counts, -1, -1);
	return pte_pa(entry);
}

/* False when the entry is no leaf to pa with that one of the two bits. */
static inline bool turn_slot(u64 *slot, phys_addr_t pa, u64 bit, u64 change)
{
	/* What the page holds was there before its leaf: the next mover copies it. */
	u64 entry = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

	if (!(entry & PTE_LEAF) ||
	    (entry ^ pte_make(pa, bit)) & (PTE_PFN_MASK | PTE_V | PTE_MOVES))
		return false;
	/* The copy is there before anybody finds it. */
	__atomic_store_n(slot, entry ^ change, __ATOMIC_RELEASE);
	return true;
}

static __noinline u64 *page_slot_by_way(struct pgtable *pt, u64 va)
{
	struct pgtable_counts *counts;
	unsigned int level;
	u64 *slot = slot_by_search(pt, va, &level, &counts);

	return level ? NULL : slot;
}

/* The entry for the page at va; NULL: there is no table of such. */
static inline u64 *page_slot(struct pgtable *pt, u64 va)
{
	if (unlikely(pt->leaf_region != region_of(va)))
		return page_slot_by_way(pt, va);
	return remembered_slot(pt, va);
}

u64 *pgtable_begin_move(struct pgtable *pt, unsigned long va, phys_addr_t pa)
{
	u64 *slot = page_slot(pt, va);

	return slot && turn_slot(slot, pa, PTE_V, PTE_V | PTE_MOVES) ? slot : NULL;
}

bool pgtable_end_move(u64 *leaf, phys_addr_t pa, phys_addr_t new_pa)
{
	return turn_slot(leaf, pa, PTE_MOVES, pte_make(pa ^ new_pa, PTE_V | PTE_MOVES));
}

bool pgtable_page_is(struct pgtable *pt, unsigned long va, phys_addr_t pa)
{
	u64 *slot = page_slot(pt, va);

	return slot && turn_slot(slot, pa, PTE_V, 0);
}
