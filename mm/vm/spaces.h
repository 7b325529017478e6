/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VM_SPACES_H
#define MM_VM_SPACES_H

/* What the files of address spaces share and nobody else may include, grouped by owning file. The
 * space's lock is held in each call. */

#include <mm/address_space.h>
#include <mm/page.h>
#include <arch/user_table.h>

/* ---- regions.c ---- */

/* The region that va is in, or the first above it. */
struct region *region_after(struct address_space *s, uintptr_t va);
static __always_inline struct region *region_next(struct address_space *s, struct region *r)
{
	struct list_head *at = r->order.next;

	return at == &s->regions ? NULL : list_entry(at, struct region, order);
}

static __always_inline struct region *region_previous(struct address_space *s, struct region *r)
{
	struct list_head *at = r->order.prev;

	return at == &s->regions ? NULL : list_entry(at, struct region, order);
}

static __always_inline struct region *region_last(struct address_space *s)
{
	return list_empty(&s->regions) ? NULL :
					 list_entry(s->regions.prev, struct region, order);
}

static __always_inline struct region *region_first(struct address_space *s)
{
	return list_empty(&s->regions) ? NULL :
					 list_entry(s->regions.next, struct region, order);
}

/* So little between two regions is looked at with them: a walk takes longer. */
#define RUN_HOLE	(16 * PAGE_SIZE)

/* The first region, or NULL, behind those from r on that lie close together, up to *end; alike:
 * all are shared, or none is. */
static __always_inline struct region *region_run(struct address_space *s, struct region *r,
						 bool alike, uintptr_t *end)
{
	struct region *last;

	do {
		last = r;
		r = region_next(s, r);
	} while (r && r->start - last->end <= RUN_HOLE &&
		 !(alike && (r->flags ^ last->flags) & REGION_SHARED));
	*end = last->end;
	return r;
}

/* How many bytes are free in front of it. */
static __always_inline uintptr_t region_hole_before(const struct address_space *s,
							const struct region *r)
{
	const struct list_head *before = r->order.prev;

	return before == &s->regions ? r->start :
	       r->start - container_of((struct list_head *)(unsigned long)before, struct region,
				       order)->end;
}

/* In front of next, the first region above it; NULL: there is none. */
void region_insert(struct address_space *s, struct region *r, struct region *next);
void region_remove(struct address_space *s, struct region *r);
/* Another span, between the same neighbours. */
void region_resize(struct address_space *s, struct region *r, uintptr_t start, uintptr_t end);
/* r ends where upper begins, which is above it. */
void region_cut(struct address_space *s, struct region *r, struct region *upper);
/* r reaches to the end of the one behind it, which is none any more. */
void region_absorb(struct address_space *s, struct region *r, struct region *next);
/* All to a space that has none; after -ENOMEM some stand on its list. */
int regions_copy(const struct address_space *from, struct address_space *to) __must_check;
const char *regions_validate(const struct address_space *s);

/* ---- region_room.c ---- */

/* The highest room in [low, high); 0: none. */
uintptr_t region_room(struct address_space *s, uintptr_t low, uintptr_t high, size_t bytes);
/* r goes or becomes smaller: behind it is more room than before. */
static __always_inline void region_room_widens(struct address_space *s, const struct region *r)
{
	if (s->room && r->start >= s->room->start)
		s->room = NULL;
}
bool region_room_is_valid(const struct address_space *s);

/* ---- user_tables.c, user_tables_entries.c ---- */

/* What one table of entries serves. */
#define LEAF_SPAN	LEVEL_SIZE(1)

/* The entry of the page at va; NULL: no table, or with make no memory for one. */
u64 *user_slot_walk(struct address_space *s, uintptr_t va, bool make);
static __always_inline u64 *user_slot(struct address_space *s, uintptr_t va, bool make)
{
	if (likely(s->leaf_region == 1 + va / LEAF_SPAN))
		return &s->leaf_table[table_index(va, 0)];
	return user_slot_walk(s, va, make);
}

/* So many tables, beside the root, stay with a space that waits for the next program: two ways
 * down, and one more below the second, where a stack and what is mapped lie apart. With ASLR it
 * would lie elsewhere. */
#define KEPT_TABLES	(IS_ENABLED(CONFIG_ASLR) ? 0u : 2u * ROOT_LEVEL + 1)

/* Of many tables most entries are empty: four are seen to be so at once. */
static __always_inline bool four_are_empty(const u64 *slot)
{
	return !slot[0] && !(slot[1] | slot[2] | slot[3]);
}

/* Other CPUs follow the entry without a lock: what the page holds was there before (UT4). */
static __always_inline void user_slot_lead(u64 *slot, u64 entry)
{
	__atomic_store_n(slot, entry, __ATOMIC_RELEASE);
}

/* Writes an entry where there was none, or in the place of one. */
static __always_inline void user_slot_fill(struct address_space *s, u64 *slot, u64 entry)
{
	if (!*slot) {
		s->leaf_page->table.used++;
		s->resident_pages++;
		if (s->resident_pages > s->peak_pages)
			s->peak_pages = s->resident_pages;
	}
	user_slot_lead(slot, entry);
}

/* Takes all entries of [start, end) away, and tables that are left without any. */
void user_tables_unmap(struct address_space *s, uintptr_t start, uintptr_t end);
/* Takes all entries of a space away that no CPU will see again. keep: a few tables stay, empty, for
 * the next program, which is likely to have its regions there. */
void user_tables_unmap_dead(struct address_space *s, bool keep);
/* Those that stayed. */
void user_tables_drop_kept(struct address_space *s);
/* Every entry of [start, end) gets these rights; none is writable that was not, unless its page is
 * the space's alone. */
void user_tables_protect(struct address_space *s, uintptr_t start, uintptr_t end, u32 rights,
			 bool shared);
/* All entries go to the other space too, which has none; read-only on both sides unless their
 * region is shared. */
int user_tables_share(struct address_space *from, struct address_space *to) __must_check;
/* Entries go to another place of the same space. */
int user_tables_move(struct address_space *s, uintptr_t from, uintptr_t to,
		     size_t bytes) __must_check;
struct page *user_table_alloc(void) __must_check;
/* The same of a page that the caller has. */
struct page *user_table_from(struct page *page);
void user_table_free(struct page *page);
/* Entries and pages of a space, counted anew. */
unsigned long user_tables_count(const struct address_space *s, unsigned long *tables);

/* ---- space.c ---- */

/* Filled with anything. */
struct region *region_alloc(void) __must_check;
/* Its file, too. */
void region_free(struct region *r);
/* [T] With MIGRATION. NULL: none has it. */
struct address_space *space_of_slot(u32 slot);

/* Can one have it? A guess, without a lock. */
bool space_is_there(u32 slot);

/* ---- user_move.c ---- */

/* 0: *s is locked now, or NULL where the slot is empty. It is not freed before space_let_go(). It
 * is waited for a while where the caller may wait: -EAGAIN; -EBUSY: the lock is the caller's. */
int space_hold(u32 slot, bool may_wait, struct address_space **s) __must_check;
void space_let_go(struct address_space *s);
#define NO_SPACE	(~0u)
/* For who holds no space: whoever has the space of the slot has let it go since, or keeps it for
 * longer than space_hold() waits. NO_SPACE: nothing. */
void space_await(u32 slot);
/* The same, however long it takes; NULL: the slot is empty. */
struct address_space *space_wait_for(u32 slot);

#endif /* MM_VM_SPACES_H */
