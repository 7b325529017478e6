/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pages of programs move: whoever empties memory has their contents elsewhere.
 *
 * Structure: a page that is no file's lies at the same address in each space that sees it, and its
 * descriptor says at which (mm/user_page.h). One space alone has most pages, and is found by its
 * slot; after fork() every space is asked. The mover holds the locks of all spaces that see the
 * page, as many as its count says, so that nobody can come or go:
 *
 *	count 2, at 0x7000:   space 3: 0x7000 -> page    space 8: 0x7000 -> page    locked
 *	                      both entries are 0, and forgotten by all CPUs
 *	                      page is copied
 *	                      both lead to the copy                                 unlocked
 *
 * A program that touches the page meanwhile waits for its space's lock in the fault. Pages that one
 * space alone sees go together, as many as a run has, for one flush.
 *
 * Invariants:
 * UM1 A page with a place is seen at that address, in as many spaces as its count says.
 * UM2 While its page is copied no entry leads to it.
 *
 * Locking: spaces' locks. The first of a page is waited for a while where the caller may wait, who
 * then holds no space's lock and no other mutex that is taken under one; further ones are tried, as
 * two movers may want the same. Who has one that was tried in vain is waited for once all are let
 * go: it is out of the way when the caller tries again. kernel_tables_lock for the count of a
 * space's movers, without whom it is not freed.
 *
 * Bounds: one walk for a page that one space sees, MAX_PROCESSES for one that several do; a flush
 * for each of them; a page is copied. Of a run a walk and a copy for each page, and one flush.
 *
 * Configuration: PROCESSES and MIGRATION.
 */
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <mm/movable.h>
#include <mm/user_page.h>

#include "internal.h"
#include "spaces.h"

/* The lock's holder is urgent meanwhile, and the slowest call under it is a fork(). */
#define WAIT_US		20000u

static struct user_place place_of(const struct movable *at)
{
	return (struct user_place){ at->owner, at->part };
}

/* The entry of a space that leads to the page; NULL: there is none. */
static u64 *slot_that_leads(struct address_space *s, uintptr_t va, unsigned long pfn)
{
	u64 *slot = user_slot(s, va, false);

	return slot && *slot && leaf_is_counted(*slot) && leaf_pfn(*slot) == pfn ? slot : NULL;
}

/* ---- spaces that are held ---- */

/* Spaces that see the page, all locked, and how many they are. */
struct seen {
	struct address_space *first;
	uintptr_t va;
	unsigned long pfn;
	u32 nr;
	u32 busy_slot;			/* of one that was tried in vain; or NO_SPACE */
};

/* [T] */
static void count_mover(struct address_space *s, u32 change)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

	s->movers += change;
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
}

/* 0: it is locked now. */
static int lock_space(struct address_space *s, bool may_wait)
{
	if (mutex_trylock(&s->lock))
		return 0;
	if (mutex_owner(&s->lock) == current_thread())
		return -EBUSY;
	return may_wait && !mutex_lock_timeout(&s->lock, WAIT_US) ? 0 : -EAGAIN;
}

/* The space of the slot, which is not freed before count_mover(s, -1u); NULL: there is none. */
static struct address_space *keep_space(u32 slot)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	struct address_space *s = space_of_slot(slot);

	if (s)
		s->movers++;
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return s;
}

struct address_space *space_wait_for(u32 slot)
{
	struct address_space *s = keep_space(slot);

	if (s)
		mutex_lock(&s->lock);
	return s;
}

int space_hold(u32 slot, bool may_wait, struct address_space **s)
{
	int err = 0;

	*s = keep_space(slot);
	if (*s)
		err = lock_space(*s, may_wait);
	if (err)
		count_mover(*s, -1u);
	return err;
}

void space_let_go(struct address_space *s)
{
	mutex_unlock(&s->lock);
	count_mover(s, -1u);
}

void space_await(u32 slot)
{
	struct address_space *s;

	if (slot != NO_SPACE && !space_hold(slot, true, &s) && s)
		space_let_go(s);
}

/* The space of the slot is one that sees the page, or let go. */
static int look_at(struct seen *seen, u32 slot, bool may_wait)
{
	struct address_space *s;
	int err = space_hold(slot, may_wait, &s);

	if (err && !may_wait)
		seen->busy_slot = slot;
	if (err || !s)
		return err;
	s->moved_slot = slot_that_leads(s, seen->va, seen->pfn);
	if (!s->moved_slot) {
		space_let_go(s);
		return 0;
	}
	s->next_seen = seen->first;
	seen->first = s;
	seen->nr++;
	return 0;
}

/* A program waits for this thread in a fault: it is the first to go on. */
static void let_go_of_all(struct seen *seen)
{
	while (seen->first) {
		struct address_space *s = seen->first;

		seen->first = s->next_seen;
		space_let_go(s);
	}
}

/* 0: all who see the page are held. */
static int hold_all(struct seen *seen, u32 likely_slot, bool may_wait)
{
	const struct page *page = pfn_to_page(seen->pfn);
	int err = look_at(seen, likely_slot, may_wait);
	u32 count = __atomic_load_n(&page->private, __ATOMIC_ACQUIRE);

	if (err)
		return err;
	/* With one at least held, the page is one of programs, and its count cannot reach 0. */
	for (u32 slot = 0; slot < CONFIG_MAX_PROCESSES && seen->nr < count && !err; slot++)
		if (slot != likely_slot)
			err = look_at(seen, slot, may_wait && !seen->first);
	if (err)
		return err;
	if (!seen->nr)
		return -EAGAIN;
	return seen->nr == __atomic_load_n(&page->private, __ATOMIC_ACQUIRE) ? 0 : -EBUSY;
}

/* ---- for who empties memory ---- */

/* UM2 */
static void take_entries(const struct seen *seen)
{
	for (struct address_space *s = seen->first; s; s = s->next_seen) {
		s->moved_leaf = *s->moved_slot;
		WRITE_ONCE(*s->moved_slot, 0);
		arch_space_flush(&s->arch, seen->va, seen->va + PAGE_SIZE);
	}
}

static void lead_to(const struct seen *seen, const struct page *dst)
{
	for (struct address_space *s = seen->first; s; s = s->next_seen) {
		u64 leaf = leaf_of_page(s->moved_leaf, page_to_phys(dst));

		if (leaf_is_executable(leaf))
			arch_space_wrote_code(&s->arch);
		user_slot_lead(s->moved_slot, leaf);
	}
}

/* dst is what src was, and src the mover's. */
static void change_places(struct page *dst, struct page *src, struct user_place place)
{
	movable_take_over(dst, src);
	dst->private = src->private;
	user_page_set_place(dst, place);
	user_page_flip(dst);
	user_page_flip(src);
}

static int user_move(const struct movable *at, struct page *dst)
{
	struct user_place place = place_of(at);
	struct seen seen = {
		.va = user_place_va(place), .pfn = at->pfn, .busy_slot = NO_SPACE,
	};
	struct page *src = pfn_to_page(at->pfn);
	int err = hold_all(&seen, user_place_slot(place), at->may_wait);

	if (!err) {
		take_entries(&seen);
		copy_page(page_address(dst), page_address(src));
		change_places(dst, src, place);
		lead_to(&seen, dst);
	}
	let_go_of_all(&seen);
	if (at->may_wait)
		space_await(seen.busy_slot);
	return err;
}

/* ---- runs ---- */

/* Pages that the space alone sees, and that no entry leads to. */
struct away {
	struct address_space *space;
	u64 *slot[MOVE_RUN], leaf[MOVE_RUN];
	u32 gone;			/* a bit for each */
};

/* UM2 */
static void send_away(struct away *a, const struct movable_run *run, u32 space_slot)
{
	uintptr_t start = ~0ul, end = 0;

	for (unsigned int i = 0; i < run->nr; i++) {
		struct user_place place = { run->owner[i], run->part[i] };
		uintptr_t va = user_place_va(place);
		u64 *slot;

		if (user_place_slot(place) != space_slot)
			continue;
		slot = slot_that_leads(a->space, va, run->pfn + i);
		if (!slot || __atomic_load_n(&pfn_to_page(run->pfn + i)->private,
					     __ATOMIC_ACQUIRE) != 1)
			continue;
		a->slot[i] = slot;
		a->leaf[i] = *slot;
		WRITE_ONCE(*slot, 0);
		a->gone |= 1u << i;
		start = min(start, va);
		end = max(end, va + PAGE_SIZE);
	}
	if (a->gone)
		arch_space_flush(&a->space->arch, start, end);
}

static void copy_away(struct away *a, const struct movable_run *run)
{
	bool code = false;

	for (unsigned int i = 0; i < run->nr; i++) {
		struct page *dst = run->dst[i], *src = pfn_to_page(run->pfn + i);

		if (!(a->gone >> i & 1))
			continue;
		copy_page(page_address(dst), page_address(src));
		change_places(dst, src, (struct user_place){ run->owner[i], run->part[i] });
		a->leaf[i] = leaf_of_page(a->leaf[i], page_to_phys(dst));
		code |= leaf_is_executable(a->leaf[i]);
	}
	if (code)
		arch_space_wrote_code(&a->space->arch);
	for (unsigned int i = 0; i < run->nr; i++)
		if (a->gone >> i & 1)
			user_slot_lead(a->slot[i], a->leaf[i]);
}

/* Those that are seen by the first one's space alone, for one flush. */
static u32 user_move_run(const struct movable_run *run)
{
	u32 space_slot = user_place_slot((struct user_place){ run->owner[0], run->part[0] });
	struct away a = { .gone = 0 };

	if (space_hold(space_slot, run->may_wait, &a.space) || !a.space)
		return 0;
	send_away(&a, run, space_slot);
	copy_away(&a, run);
	space_let_go(a.space);
	return a.gone;
}

/* ---- for the audit and for sentences ---- */

/* All CPUs stand still. Who stands still with a space's lock may be in the middle of a change. */
static bool user_owns(const struct movable *at)
{
	u32 count = pfn_to_page(at->pfn)->private, found = 0;
	u32 likely_slot = user_place_slot(place_of(at));
	uintptr_t va = user_place_va(place_of(at));

	for (u32 i = 0; i <= CONFIG_MAX_PROCESSES && found < count; i++) {
		u32 slot = i ? i - 1 : likely_slot;
		struct address_space *s = i && slot == likely_slot ? NULL : space_of_slot(slot);

		if (s && mutex_owner(&s->lock))
			return true;
		found += s && slot_that_leads(s, va, at->pfn);
	}
	return found == count;
}

static void user_describe(const struct movable *at, char *buf, size_t size)
{
	scnprintf(buf, size, "at 0x%lx of address space %u, seen by %u", user_place_va(place_of(at)),
		  user_place_slot(place_of(at)), READ_ONCE(pfn_to_page(at->pfn)->private));
}

MOVABLE_KIND(user, .owns = user_owns, .move = user_move, .move_run = user_move_run,
	     .describe = user_describe, .own_state = true);
