/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: address spaces come and go.
 *
 * Structure: a root table whose lower half is the program's and whose upper half has the kernel's
 * entries. They are the same in every space: kernel_tables.c tells when one changes. A slot is a
 * small number that no other space has, until no CPU remembers a page of it; the arch tells
 * translations apart by it. A few that have ended stay among all, for the next ones: without
 * regions and entries, but with tables where the next program is likely to need them.
 *
 * Invariants:
 * AS1 The upper half of each root is that of the kernel's root.
 * AS2 A space that waits has no region, no entry, and KEPT_TABLES tables beside its root at most.
 *
 * Locking: kernel_tables_lock for the list of spaces, the slots, and upper halves of roots.
 *
 * Configuration: MAX_PROCESSES, how many there are.
 */
#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <arch/pgtable.h>

#include "internal.h"
#include "admission.h"

/* So many that ended wait for the next ones, with their root and their slot. */
#define SPARE_SPACES	2u

/* [f] both */
static DEFINE_KMEM_CACHE(space_cache, "address_space", sizeof(struct address_space), 0, 0);
static DEFINE_KMEM_CACHE(region_cache, "region", sizeof(struct region), 0, 0);

static struct list_head all_spaces = LIST_HEAD_INIT(all_spaces);		/* [T] */
static unsigned long slots[DIV_ROUND_UP(CONFIG_MAX_PROCESSES, 64)];		/* [T] */
IF_ENABLED(CONFIG_MIGRATION, static struct address_space *by_slot[CONFIG_MAX_PROCESSES];) /* [T] */
static struct address_space *spare_spaces[SPARE_SPACES];			/* [T] */
static unsigned int nr_spare;							/* [T] */

struct region *region_alloc(void)
{
	return kmem_cache_alloc(&region_cache, GFP_KERNEL | __GFP_NOWARN);
}

void region_free(struct region *r)
{
	if (r->file)
		r->ops->put(r->file);
	kmem_cache_free(&region_cache, r);
}

/* [T] */
static int take_slot(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(slots); i++) {
		unsigned int bit;

		if (slots[i] == ~0ul)
			continue;
		bit = ctz64(~slots[i]);
		if (i * 64 + bit >= CONFIG_MAX_PROCESSES)
			return -EAGAIN;
		slots[i] |= 1ul << bit;
		return (int)(i * 64 + bit);
	}
	return -EAGAIN;
}

/* The space is one of all, and its root has the kernel's half. */
static int join(struct address_space *s)
{
	u64 *root = __va(s->root_pa), *kernel = __va(arch_kernel_root());
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	int slot = take_slot();

	if (slot >= 0) {
		memcpy(&root[PTRS_PER_TABLE / 2], &kernel[PTRS_PER_TABLE / 2],
		       PTRS_PER_TABLE / 2 * sizeof(u64));
		list_add_tail(&s->all, &all_spaces);
		IF_ENABLED(CONFIG_MIGRATION, by_slot[slot] = s;)
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return slot;
}

/* NULL: there is none. */
static struct address_space *take_spare(void)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	struct address_space *s = nr_spare ? spare_spaces[--nr_spare] : NULL;

	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return s;
}

/* The space, which is empty, stays for the next one, or is none of all any more: then false. */
static bool keep_or_leave(struct address_space *s)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	bool kept = nr_spare < SPARE_SPACES;

	if (kept) {
		spare_spaces[nr_spare++] = s;
	} else {
		list_del(&s->all);
		slots[s->slot / 64] &= ~(1ul << s->slot % 64);
		IF_ENABLED(CONFIG_MIGRATION, by_slot[s->slot] = NULL;)
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return kept;
}

void spaces_root_changed(unsigned int index, u64 entry)
{
	struct list_head *at;

	list_for_each(at, &all_spaces) {
		struct address_space *s = list_entry(at, struct address_space, all);

		WRITE_ONCE(((u64 *)__va(s->root_pa))[index], entry);
	}
}

#ifdef CONFIG_MIGRATION
struct address_space *space_of_slot(u32 slot)
{
	return slot < CONFIG_MAX_PROCESSES ? by_slot[slot] : NULL;
}

bool space_is_there(u32 slot)
{
	return READ_ONCE(by_slot[slot]) != NULL;
}
#endif

/* One with a root and a slot. */
static struct address_space *make_space(void)
{
	struct address_space *s = kmem_cache_zalloc(&space_cache, GFP_KERNEL | __GFP_NOWARN);
	struct page *root;
	int slot;

	if (!s)
		return NULL;
	root = user_table_alloc();
	if (root) {
		s->root_pa = page_to_phys(root);
		s->table_pages = 1;
		mutex_init(&s->lock);
		INIT_LIST_HEAD(&s->regions);
		slot = join(s);
		if (slot >= 0) {
			s->slot = (u32)slot;
			return s;
		}
		UNDO_PATH("there are MAX_PROCESSES spaces");
		user_table_free(root);
	} else {
		UNDO_PATH("no root for a space");
	}
	kmem_cache_free(&space_cache, s);
	return NULL;
}

struct address_space *space_create(void)
{
	struct address_space *s = take_spare();

	if (!s)
		s = make_space();
	if (!s)
		return NULL;
	s->users = 1;
	s->has_shared = false;
	s->stack_limit = s->size_limit = s->heap_limit = ~0ull;
	arch_space_init(&s->arch, s->root_pa, s->slot);
	return s;
}

void space_get(struct address_space *s)
{
	__atomic_fetch_add(&s->users, 1, __ATOMIC_RELAXED);
}

/* They hold its lock for a moment, and find nothing. */
static void wait_for_movers(const struct address_space *s)
{
	IF_ENABLED(CONFIG_MIGRATION,
		   while (__atomic_load_n(&s->movers, __ATOMIC_ACQUIRE)) cpu_nap();)
	(void)s;
}

static void free_regions(struct address_space *s)
{
	struct region *next;

	for (struct region *r = region_first(s); r; r = next) {
		next = region_next(s, r);
		region_free(r);
	}
	INIT_LIST_HEAD(&s->regions);
}

/* As make_space() has made it, but for the tables that it keeps. */
static void make_empty(struct address_space *s)
{
	/* A guess: another space may be faster. */
	bool keep = READ_ONCE(nr_spare) < SPARE_SPACES;

	/* Whoever validates looks at a space that nobody changes. */
	mutex_lock(&s->lock);
	user_tables_unmap_dead(s, keep);
	ASSERT(!s->resident_pages && s->table_pages <= (keep ? 1 + KEPT_TABLES : 1),
	       "UT2: %lu pages, %lu tables are left", s->resident_pages, s->table_pages);
	free_regions(s);
	admit_end(s);
	s->root = s->last = s->room = NULL;
	s->nr_regions = 0;
	s->mapped_pages = s->peak_pages = s->faults = 0;
	s->heap_start = s->heap_end = s->mmap_top = 0;
	mutex_unlock(&s->lock);
	arch_space_fini(&s->arch);
}

void space_put(struct address_space *s)
{
	if (__atomic_fetch_sub(&s->users, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	make_empty(s);
	if (keep_or_leave(s))
		return;
	wait_for_movers(s);
	user_tables_drop_kept(s);
	memset((u64 *)__va(s->root_pa) + PTRS_PER_TABLE / 2, 0, PTRS_PER_TABLE / 2 * sizeof(u64));
	user_table_free(pfn_to_page(PFN_DOWN(s->root_pa)));
	kmem_cache_free(&space_cache, s);
}

/* ---- a copy ---- */

struct address_space *space_fork(struct address_space *s)
{
	struct address_space *copy = space_create();
	int err;

	if (!copy)
		return NULL;
	mutex_lock(&s->lock);
	mutex_lock(&copy->lock);
	copy->heap_start = s->heap_start;
	copy->heap_end = s->heap_end;
	copy->mmap_top = s->mmap_top;
	copy->stack_top = s->stack_top;
	copy->stack_limit = s->stack_limit;
	copy->size_limit = s->size_limit;
	copy->heap_limit = s->heap_limit;
	copy->has_shared = s->has_shared;
	err = admit_fork(s, copy);
	if (!err)
		err = regions_copy(s, copy);
	if (!err)
		err = user_tables_share(s, copy);
	copy->peak_pages = copy->resident_pages;
	admit_settle(copy);
	arch_space_flush(&s->arch, 0, ~0ul);
	mutex_unlock(&copy->lock);
	mutex_unlock(&s->lock);
	if (!err)
		return copy;
	UNDO_PATH("no memory for a copy of a space");
	space_put(copy);
	return NULL;
}

bool space_next_region(struct address_space *s, uintptr_t va, struct region *copy)
{
	struct region *r;

	mutex_lock(&s->lock);
	r = region_after(s, va);
	if (r) {
		*copy = *r;
		if (r->file)
			r->ops->get(r->file);
	}
	mutex_unlock(&s->lock);
	return r != NULL;
}

/* ---- validation ---- */

const char *spaces_validate(void)
{
	const u64 *kernel = __va(arch_kernel_root());
	struct list_head *at;
	unsigned long tables;

	for (unsigned int i = 0; i < nr_spare; i++) {
		const struct address_space *s = spare_spaces[i];

		if (s->nr_regions || s->resident_pages || s->table_pages > 1 + KEPT_TABLES)
			return "AS2: a space that waits is not empty";
	}
	list_for_each(at, &all_spaces) {
		struct address_space *s = list_entry(at, struct address_space, all);
		const u64 *root = __va(s->root_pa);
		const char *broken;

		if (memcmp(&root[PTRS_PER_TABLE / 2], &kernel[PTRS_PER_TABLE / 2],
			   PTRS_PER_TABLE / 2 * sizeof(u64)))
			return "AS1: a program's root has another kernel half";
		/* Who stands still with the lock may be in the middle of a change. */
		if (mutex_owner(&s->lock))
			continue;
		broken = regions_validate(s);
		if (broken)
			return broken;
		if (user_tables_count(s, &tables) != s->resident_pages ||
		    tables != s->table_pages)
			return "UT1, UT2: a space has other pages or tables than are counted";
	}
	return NULL;
}
