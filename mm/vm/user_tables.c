/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the page tables of programs.
 *
 * Structure: a root for each space, whose upper half is the kernel's (space.c), and tables below it
 * that are made when a page is first touched. A table's descriptor counts its entries; one without
 * any goes with the last, but for a few of a space that waits for its next program. What is taken
 * away is gathered, and freed once no CPU remembers it.
 *
 * Invariants:
 * UT1 A table's count is the number of its entries that are not 0.
 * UT2 resident_pages and table_pages are the entries and tables that there are.
 * UT3 What the kernel copied to a frame is fetched anew by all CPUs before an entry by which it may
 *     be executed leads there.
 * UT4 Whoever follows an entry finds what the kernel put into the page, or the table, before.
 *
 * Locking: the space's lock.
 *
 * Bounds: a call takes steps for each page that is there and for each table's span, not for each
 * address; GATHER_MOST pages are freed between two flushes.
 *
 * Configuration: PROCESSES; levels are the arch's.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/percpu.h>
#include <kernel/undo.h>
#include <mm/gfp.h>
#include <mm/user_page.h>
#include <arch/irq.h>

#include "admission.h"

#define GATHER_MOST	64u

struct gather {
	struct address_space *space;
	bool unseen;			/* no CPU has the space, nor will: nothing to forget */
	uintptr_t start, end;		/* what is to be forgotten */
	unsigned int nr;
	unsigned long leaves;		/* that were taken away */
	uintptr_t pages[GATHER_MOST];	/* addresses of descriptors, GATHERED_TABLE beside them */
};

#define GATHERED_TABLE	1ul

/* So many entries are looked at before anything is gathered. */
#define FEW_PAGES	4ul

/* Tables without an entry are all 0 when they are freed: each CPU keeps some for the next ones. */
#define SPARE_TABLES	8u
struct spare_tables {
	unsigned int nr;			/* [P] */
	struct page *pages[SPARE_TABLES];	/* [P] */
};
static DEFINE_PER_CPU(struct spare_tables, spare_tables);	/* [f] */

static u64 *table_of(u64 entry)
{
	return __va(pte_pa(entry));
}

static struct page *page_of(u64 entry)
{
	return pfn_to_page(PFN_DOWN(pte_pa(entry)));
}

static __always_inline struct page *page_of_leaf(u64 entry)
{
	return pfn_to_page(leaf_pfn(entry));
}

static struct page *become_table(struct page *page)
{
	page_become(page, PG_TABLE);
	page->table = (struct pgtable_counts){ 0, 0 };
	return page;
}

struct page *user_table_alloc(void)
{
	unsigned long flags = arch_local_irq_save();
	struct spare_tables *spare = this_cpu_ptr(&spare_tables);
	struct page *page = spare->nr ? spare->pages[--spare->nr] : NULL;

	arch_local_irq_restore(flags);
	if (page)
		return page;
	page = cleared_page_alloc();
	return page ? become_table(page) : NULL;
}

struct page *user_table_from(struct page *page)
{
	clear_page(page_address(page));
	return become_table(page);
}

void user_table_free(struct page *page)
{
	unsigned long flags = arch_local_irq_save();
	struct spare_tables *spare = this_cpu_ptr(&spare_tables);
	bool kept = spare->nr < SPARE_TABLES;

	if (kept)
		spare->pages[spare->nr++] = page;
	arch_local_irq_restore(flags);
	if (kept)
		return;
	page_become(page, PG_ALLOCATED);
	__free_pages(page, 0);
}

/* ---- the way down ---- */

static u64 *drop_empty_tables(struct address_space *s, uintptr_t va);

static __always_inline u64 *keep_leaf_table(struct address_space *s, uintptr_t va, phys_addr_t pa)
{
	s->leaf_region = 1 + va / LEAF_SPAN;
	s->leaf_table = __va(pa);
	s->leaf_page = pfn_to_page(PFN_DOWN(pa));
	return &s->leaf_table[table_index(va, 0)];
}

/* From level on, where an entry of the table at pa is empty. */
static __noinline u64 *make_tables(struct address_space *s, uintptr_t va, phys_addr_t pa,
				   unsigned int level)
{
	for (; level; level--) {
		u64 *slot = (u64 *)__va(pa) + table_index(va, level);
		struct page *new;

		/* Below a table that is made nothing is there. */
		new = space_table_alloc(s);
		if (!new)
			return drop_empty_tables(s, va);
		__atomic_store_n(slot, table_entry(page_to_phys(new)), __ATOMIC_RELEASE);
		pfn_to_page(PFN_DOWN(pa))->table.used++;
		s->table_pages++;
		pa = page_to_phys(new);
	}
	return keep_leaf_table(s, va, pa);
}

__noinline u64 *user_slot_walk(struct address_space *s, uintptr_t va, bool make)
{
	phys_addr_t pa = s->root_pa;

#pragma GCC unroll 4
	for (unsigned int level = ROOT_LEVEL; level; level--) {
		u64 entry = ((u64 *)__va(pa))[table_index(va, level)];

		if (!entry)
			return make ? make_tables(s, va, pa, level) : NULL;
		pa = pte_pa(entry);
	}
	return keep_leaf_table(s, va, pa);
}

/* ---- taking away ---- */

static void gather_begin(struct gather *g, struct address_space *s, bool unseen)
{
	g->space = s;
	g->unseen = unseen;
	g->start = ~0ul;
	g->end = 0;
	g->nr = 0;
	g->leaves = 0;
}

/* As many as there is room for: the pages that nobody else has go to their zone together. */
static __noinline void put_full(struct gather *g)
{
	struct page *free[GATHER_MOST], **next = free;

	memory_fence(__ATOMIC_RELEASE);
	for (uintptr_t *at = g->pages, *end = at + GATHER_MOST; at < end; at++) {
		struct page *page = (struct page *)*at;

		if (unlikely(*at & GATHERED_TABLE))
			space_table_free(g->space, (struct page *)(*at & ~GATHERED_TABLE));
		else if (user_page_put_is_last(page))
			*next++ = page;
	}
	free_single_pages(free, (unsigned int)(next - free));
}

static void put_few(struct gather *g)
{
	for (uintptr_t *at = g->pages, *end = at + g->nr; at < end; at++) {
		if (unlikely(*at & GATHERED_TABLE))
			space_table_free(g->space, (struct page *)(*at & ~GATHERED_TABLE));
		else
			user_page_put_counted((struct page *)*at);
	}
}

static void gather_end(struct gather *g)
{
	if (g->start < g->end && !g->unseen)
		arch_space_flush(&g->space->arch, g->start, g->end);
	if (g->nr == GATHER_MOST)
		put_full(g);
	else
		put_few(g);
	g->start = ~0ul;
	g->end = 0;
	g->nr = 0;
}

static __always_inline void gather_add(struct gather *g, uintptr_t page)
{
	g->pages[g->nr++] = page;
	if (unlikely(g->nr == GATHER_MOST))
		gather_end(g);
}

static __always_inline void gather_span(struct gather *g, uintptr_t start, uintptr_t end)
{
	g->start = min(g->start, start);
	g->end = max(g->end, end);
}

/* Entries of [va, end) in a leaf table. */
static void unmap_leaves(struct gather *g, u64 *slot, struct page *page, uintptr_t va,
			 uintptr_t end)
{
	unsigned int used = page->table.used, before = used, flushed = used;
	uintptr_t *next = &g->pages[g->nr], *last_page = &g->pages[GATHER_MOST];

	for (u64 *last = slot + ((end - va) >> PAGE_SHIFT); slot < last && used; slot++) {
		u64 entry = *slot;

		if (!entry)
			continue;
		WRITE_ONCE(*slot, 0);
		used--;
		if (unlikely(!leaf_is_counted(entry)))
			continue;
		*next++ = (uintptr_t)page_of_leaf(entry);
		if (likely(next < last_page))
			continue;
		gather_span(g, va, end);
		g->nr = GATHER_MOST;
		gather_end(g);
		next = g->pages;
		flushed = used;
	}
	g->nr = (unsigned int)(next - g->pages);
	if (used != flushed)
		gather_span(g, va, end);
	page->table.used = (u16)used;
	g->leaves += before - used;
}

/* The entry is empty afterwards: 1, or 0: it was before. */
static __always_inline unsigned int drop_leaf(u64 *slot)
{
	u64 entry = *slot;

	if (likely(leaf_is_counted(entry)))
		user_page_put_released(page_of_leaf(entry));
	else if (!entry)
		return 1;
	WRITE_ONCE(*slot, 0);
	return 0;
}

/* The same as unmap_leaves() where nobody is to forget anything. */
static unsigned long drop_leaves(u64 *slot, struct page *page, unsigned int pages)
{
	const u64 *last = slot + pages, *groups = last - pages % 4;
	unsigned int empty = 0;

	memory_fence(__ATOMIC_RELEASE);
	for (; slot < groups; slot += 4) {
		if (four_are_empty(slot)) {
			empty += 4;
			continue;
		}
		empty += drop_leaf(slot);
		empty += drop_leaf(slot + 1);
		empty += drop_leaf(slot + 2);
		empty += drop_leaf(slot + 3);
	}
	for (; slot < last; slot++)
		empty += drop_leaf(slot);
	page->table.used = (u16)(page->table.used - (pages - empty));
	return pages - empty;
}

static __always_inline void take_leaves(struct gather *g, u64 *slot, struct page *page,
					uintptr_t va, uintptr_t end)
{
	if (!page->table.used)
		return;
	if (g->unseen)
		g->leaves += drop_leaves(slot, page, (unsigned int)((end - va) >> PAGE_SHIFT));
	else
		unmap_leaves(g, slot, page, va, end);
}

static void unmap_level(struct gather *g, u64 *table, struct page *page, unsigned int level,
			uintptr_t start, uintptr_t end)
{
	uintptr_t next;

	for (uintptr_t va = start; va < end && page->table.used; va = next) {
		uintptr_t base = va & ~(LEVEL_SIZE(level) - 1);
		u64 *slot = &table[table_index(va, level)], entry = *slot;
		struct page *below;

		next = min(end, base + LEVEL_SIZE(level));
		if (!entry)
			continue;
		below = page_of(entry);
		if (level == 1)
			take_leaves(g, &table_of(entry)[table_index(va, 0)], below, va, next);
		else
			unmap_level(g, table_of(entry), below, level - 1, va, next);
		if (below->table.used)
			continue;
		WRITE_ONCE(*slot, 0);
		page->table.used--;
		g->space->table_pages--;
		/* All of its span, so that no CPU remembers the table. */
		gather_span(g, base, base + LEVEL_SIZE(level));
		gather_add(g, (uintptr_t)below | GATHERED_TABLE);
	}
}

static void unmap_all_levels(struct gather *g, uintptr_t start, uintptr_t end)
{
	struct address_space *s = g->space;

	s->leaf_region = 0;
	unmap_level(g, __va(s->root_pa), pfn_to_page(PFN_DOWN(s->root_pa)), ROOT_LEVEL, start,
		    end);
}

/* There was memory for a table on the way to va, and none for the leaf table below it. */
static u64 *drop_empty_tables(struct address_space *s, uintptr_t va)
{
	struct gather g;

	UNDO_PATH("no table below one that was just made");
	gather_begin(&g, s, true);
	unmap_all_levels(&g, va & ~(LEAF_SPAN - 1), va | (LEAF_SPAN - 1));
	gather_end(&g);
	return NULL;
}

/* All in one table, which has others. True: done. */
static bool unmap_in_leaf(struct gather *g, uintptr_t start, uintptr_t end)
{
	struct address_space *s = g->space;
	u64 *slot;

	if (start / LEAF_SPAN != (end - 1) / LEAF_SPAN)
		return false;
	slot = user_slot(s, start, false);
	if (!slot)
		return true;
	take_leaves(g, slot, s->leaf_page, start, end);
	return s->leaf_page->table.used;
}

/* Are all of these entries, of the table met last, empty? Looks at few. */
static __always_inline bool is_untouched(const struct address_space *s, uintptr_t start,
					 uintptr_t end)
{
	const u64 *slot = &s->leaf_table[table_index(start, 0)];

	if (s->leaf_region != 1 + start / LEAF_SPAN || end - start > FEW_PAGES * PAGE_SIZE ||
	    s->leaf_region != 1 + (end - 1) / LEAF_SPAN)
		return false;
	for (; start < end; start += PAGE_SIZE, slot++)
		if (*slot)
			return false;
	return true;
}

void user_tables_unmap(struct address_space *s, uintptr_t start, uintptr_t end)
{
	struct gather g;

	if (is_untouched(s, start, end))
		return;
	gather_begin(&g, s, false);
	if (!unmap_in_leaf(&g, start, end))
		unmap_all_levels(&g, start, end);
	gather_end(&g);
	s->resident_pages -= g.leaves;
}

/* All regions of a dead space; tables that are left without entries stay. */
static void empty_tables(struct gather *g)
{
	struct address_space *s = g->space;
	struct region *next;

	for (struct region *r = region_first(s); r; r = next) {
		uintptr_t start = r->start, end, stop;

		next = region_run(s, r, false, &end);
		for (; start < end; start = stop) {
			u64 *slot = user_slot(s, start, false);

			stop = min(end, (start & ~(LEAF_SPAN - 1)) + LEAF_SPAN);
			if (slot)
				take_leaves(g, slot, s->leaf_page, start, stop);
		}
	}
}

/* The same; tables go. */
static void drop_tables(struct gather *g)
{
	struct address_space *s = g->space;
	struct region *next;

	for (struct region *r = region_first(s); r; r = next) {
		uintptr_t start = r->start, end;

		next = region_run(s, r, false, &end);
		if (!unmap_in_leaf(g, start, end))
			unmap_all_levels(g, start, end);
	}
	/* An earlier program's, which this one never met. */
	if (s->table_pages > 1)
		unmap_all_levels(g, 0, USER_TOP);
}

void user_tables_unmap_dead(struct address_space *s, bool keep)
{
	struct gather g;

	gather_begin(&g, s, true);
	/* The tables of a program with a guarantee are part of it. */
	if (keep && s->table_pages <= 1 + KEPT_TABLES && !is_admitted(s))
		empty_tables(&g);
	else
		drop_tables(&g);
	gather_end(&g);
	s->resident_pages -= g.leaves;
}

void user_tables_drop_kept(struct address_space *s)
{
	struct gather g;

	gather_begin(&g, s, true);
	unmap_all_levels(&g, 0, USER_TOP);
	gather_end(&g);
}
