/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pages of files move, and those of memory that is shared without one, whoever has them
 * mapped.
 *
 * Structure: the descriptor of such a page says who holds it and under which number; what its
 * holder points to is true (mm/page_holder.h). The page's count is one for the holder, one for each
 * entry of a page table, and one for each reader or writer who has it for a moment. Entries are
 * found by regions: one of the holder's that has the number has the page at one address.
 *
 *	count 3:   holder --5--> page     space 2: region, its page 5     space 7: likewise
 *	           all spaces with such an entry are locked; the entries lead nowhere, and say still
 *	           where they led
 *	           under the holder's lock, if the count is 1 + entries: the page is copied, and the
 *	           holder points to the copy. Otherwise somebody has it, and nothing has changed
 *	           the entries lead to where the page is now
 *
 * A page that is cut off its file has no place any more; programs that see it lose it (Linux's
 * SIGBUS when they touch it), as it would stay where it is.
 *
 * Invariants:
 * MF1 A page whose descriptor names a holder is the one that the holder has under that number, but
 *     while the holder is busy; and no more entries lead to it than its count says.
 * MF2 While its page is copied no entry leads to it, and nobody has it but the mover.
 *
 * Locking: page_holders_lock: a place is taken away under it, before its holder goes, so that the
 * holder that a descriptor names is there as long as the lock is held; a mover makes it busy
 * meanwhile. Spaces' locks, as in user_move.c. The holder's lock for the copy.
 *
 * Bounds: nothing is looked for when nobody maps the page. Otherwise MAX_PROCESSES spaces are
 * locked one after the other, and three times every region of those that see the page is looked at;
 * a flush for each entry, and a page copied with interrupts off.
 *
 * Configuration: PROCESSES and MIGRATION.
 */
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/sprintf.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/page_holder.h>

#include "internal.h"
#include "spaces.h"

static DEFINE_SPINLOCK(page_holders_lock, LOCK_PAGE_HOLDERS);

/* ---- places ---- */

/*
 * owner: USER_PAGE_OF_FILE | upper bits of the holder's address; part: five lower ones | the
 * number. The address is that of a word.
 */
#define NUMBER_BITS	27
#define ADDRESS_SHIFT	3
#define LOWER_BITS	(32 - NUMBER_BITS)
#define UPPER_MOST	((1u << 31) - 1)
#define LOWER_MASK	((1u << LOWER_BITS) - 1)

static struct user_place place_in(const struct page_holder *h, u64 index)
{
	u64 address = __pa(h) >> ADDRESS_SHIFT, upper = address >> LOWER_BITS;

	/* With all of its bits set the owner would be that of NO_PLACE. */
	if (index >> NUMBER_BITS || upper >= UPPER_MOST)
		return NO_PLACE;
	return (struct user_place){
		.owner = USER_PAGE_OF_FILE | (u32)upper,
		.part = (u32)(address & LOWER_MASK) << NUMBER_BITS | (u32)index,
	};
}

static u64 number_of(const struct movable *at)
{
	return at->part & ((1u << NUMBER_BITS) - 1);
}

/* NULL: no holder can be there. */
static struct page_holder *holder_of(const struct movable *at)
{
	u64 address = (u64)(at->owner & ~USER_PAGE_OF_FILE) << LOWER_BITS | at->part >> NUMBER_BITS;
	phys_addr_t pa = address << ADDRESS_SHIFT;

	if (!pfn_valid(PFN_DOWN(pa)) || page_state(pfn_to_page(PFN_DOWN(pa))) != PG_SLAB)
		return NULL;
	return __va(pa);
}

void page_holder_end(struct page_holder *h)
{
	while (__atomic_load_n(&h->busy, __ATOMIC_ACQUIRE))
		cpu_nap();
}

struct page *page_holder_alloc(struct page_holder *h, u64 index)
{
	return user_page_alloc_at(place_in(h, index), true);
}

/* Whoever empties memory waits for a page that is nobody's in a moment. */
void page_holder_drop(struct page *page)
{
	unsigned long flags;
	bool last;

	if (!user_page_is_counted(page))
		return;
	flags = spin_lock_irqsave(&page_holders_lock);
	last = user_page_counts_one(page);
	if (last)
		user_page_flip(page);
	else
		user_page_set_place(page, NO_PLACE);
	spin_unlock_irqrestore(&page_holders_lock, flags);
	if (last)
		__free_pages(page, 0);
	else
		user_page_put_counted(page);
}

/* The holder that the descriptor names, which does not go before page_holder_changed(). */
static struct page_holder *keep_holder(const struct movable *at)
{
	const struct page *page = pfn_to_page(at->pfn);
	unsigned long flags = spin_lock_irqsave(&page_holders_lock);
	u32 word = __atomic_load_n(&page->word, __ATOMIC_ACQUIRE);
	struct page_holder *h = NULL;

	if (PAGE_FIELD(word, STATE) == PG_USER && READ_ONCE(page->movable_owner) == at->owner &&
	    READ_ONCE(page->movable_part) == at->part && READ_ONCE(page->word) == word)
		h = holder_of(at);
	if (h)
		page_holder_change(h);
	spin_unlock_irqrestore(&page_holders_lock, flags);
	return h;
}

/* ---- entries ---- */

struct sought {
	struct page_holder *holder;
	u64 index;
	unsigned long pfn;
	struct address_space *first;	/* spaces that see the page, all locked */
	u32 entries;
	u32 busy_slot;			/* of one that was tried in vain; or NO_SPACE */
};

static u64 pages_of(const struct region *r)
{
	return (r->end - r->start) >> PAGE_SHIFT;
}

static bool is_of(const struct region *r, const struct page_holder *h)
{
	return r->file && r->ops->holder && r->ops->holder(r->file) == h;
}

/* The entry of the region that leads to the page, which is at *va; NULL: there is none. */
static u64 *entry_in(struct address_space *s, const struct region *r, const struct sought *p,
		     uintptr_t *va)
{
	u64 page = p->index - r->first_index;
	u64 *slot;

	if (page >= pages_of(r) || !is_of(r, p->holder))
		return NULL;
	*va = r->start + (page << PAGE_SHIFT);
	slot = user_slot(s, *va, false);
	return slot && *slot && leaf_is_counted(*slot) && leaf_pfn(*slot) == p->pfn ? slot : NULL;
}

static u32 count_entries(struct address_space *s, const struct sought *p)
{
	struct list_head *at;
	uintptr_t va;
	u32 entries = 0;

	list_for_each(at, &s->regions)
		entries += entry_in(s, list_entry(at, struct region, order), p, &va) != NULL;
	return entries;
}

/* MF2 */
static void take_entries(struct address_space *s, const struct sought *p)
{
	struct list_head *at;
	uintptr_t va;

	list_for_each(at, &s->regions) {
		u64 *slot = entry_in(s, list_entry(at, struct region, order), p, &va);

		if (!slot)
			continue;
		WRITE_ONCE(*slot, leaf_away(*slot));
		arch_space_flush(&s->arch, va, va + PAGE_SIZE);
	}
}

static void lead_to(struct address_space *s, const struct sought *p, const struct page *page)
{
	struct list_head *at;
	uintptr_t va;

	list_for_each(at, &s->regions) {
		u64 *slot = entry_in(s, list_entry(at, struct region, order), p, &va);
		u64 leaf;

		if (!slot)
			continue;
		leaf = leaf_back(leaf_of_page(*slot, page_to_phys(page)));
		if (leaf_is_executable(leaf))
			arch_space_wrote_code(&s->arch);
		user_slot_lead(slot, leaf);
	}
}

/* ---- spaces that are held ---- */

static int look_at(struct sought *p, u32 slot, bool may_wait)
{
	struct address_space *s;
	int err = space_hold(slot, may_wait, &s);
	u32 entries;

	if (err && !may_wait)
		p->busy_slot = slot;
	if (err || !s)
		return err;
	entries = count_entries(s, p);
	if (!entries) {
		space_let_go(s);
		return 0;
	}
	s->next_seen = p->first;
	p->first = s;
	p->entries += entries;
	return 0;
}

/* Of all but the holder's: whoever has the page for a moment is counted, too. */
static u32 others_count(const struct sought *p)
{
	return __atomic_load_n(&pfn_to_page(p->pfn)->private, __ATOMIC_ACQUIRE) - 1;
}

/* 0: all who see the page are held. */
static int hold_all(struct sought *p, bool may_wait)
{
	int err = 0;

	for (u32 slot = 0; slot < CONFIG_MAX_PROCESSES && p->entries < others_count(p) && !err;
	     slot++)
		if (space_is_there(slot))
			err = look_at(p, slot, may_wait && !p->first);
	return !err && p->entries != others_count(p) ? -EAGAIN : err;
}

static void let_go_of_all(struct sought *p)
{
	while (p->first) {
		struct address_space *s = p->first;

		p->first = s->next_seen;
		space_let_go(s);
	}
}

/* ---- for who empties memory ---- */

/* dst is what src was, and src the mover's; or somebody has src. */
static int change(const struct sought *p, struct page *dst, struct page *src)
{
	unsigned long flags = spin_lock_irqsave(&p->holder->lock);
	void **slot = p->holder->slot(p->holder, p->index);
	bool alone = slot && *slot == src && others_count(p) == p->entries;

	if (alone) {
		movable_take_over(dst, src);
		copy_page(page_address(dst), page_address(src));
		dst->private = src->private;
		user_page_set_place(dst, place_in(p->holder, p->index));
		user_page_flip(dst);
		user_page_flip(src);
		*slot = dst;
	}
	spin_unlock_irqrestore(&p->holder->lock, flags);
	return alone ? 0 : -EAGAIN;
}

static int file_move(const struct movable *at, struct page *dst)
{
	struct sought p = {
		.holder = keep_holder(at), .index = number_of(at), .pfn = at->pfn,
		.busy_slot = NO_SPACE,
	};
	struct page *src = pfn_to_page(at->pfn);
	struct address_space *s;
	int err;

	if (!p.holder)
		return -EAGAIN;
	err = hold_all(&p, at->may_wait);
	if (!err) {
		for (s = p.first; s; s = s->next_seen)
			take_entries(s, &p);
		err = change(&p, dst, src);
		for (s = p.first; s; s = s->next_seen)
			lead_to(s, &p, err ? src : dst);
	}
	let_go_of_all(&p);
	page_holder_changed(p.holder);
	if (at->may_wait)
		space_await(p.busy_slot);
	return err;
}

/* ---- for who cuts files ---- */

static void unmap_from(struct address_space *s, const struct page_holder *h, u64 index)
{
	struct list_head *at;

	list_for_each(at, &s->regions) {
		const struct region *r = list_entry(at, struct region, order);
		u64 first = index > r->first_index ? index - r->first_index : 0;

		if (first < pages_of(r) && is_of(r, h))
			user_tables_unmap(s, r->start + (first << PAGE_SHIFT), r->end);
	}
}

/* Whoever has such a page in hand for an entry has the lock of its space. */
void page_holder_unmap(const struct page_holder *h, u64 index)
{
	for (u32 slot = 0; slot < CONFIG_MAX_PROCESSES; slot++) {
		struct address_space *s = space_is_there(slot) ? space_wait_for(slot) : NULL;

		if (!s)
			continue;
		unmap_from(s, h, index);
		space_let_go(s);
	}
}

/* ---- for the audit and for sentences ---- */

/* All CPUs stand still. Who stands still with a space's lock may be in the middle of a change. */
static bool entries_fit(const struct sought *p)
{
	u32 found = 0;

	for (u32 slot = 0; slot < CONFIG_MAX_PROCESSES && others_count(p); slot++) {
		struct address_space *s = space_of_slot(slot);

		if (s && mutex_owner(&s->lock))
			return true;
		found += s ? count_entries(s, p) : 0;
	}
	return found <= others_count(p);
}

static bool file_owns(const struct movable *at)
{
	struct sought p = { .holder = holder_of(at), .index = number_of(at), .pfn = at->pfn };
	void **slot;

	if (!p.holder)
		return false;
	if (p.holder->busy)
		return true;
	slot = p.holder->slot(p.holder, p.index);
	return slot && *slot == pfn_to_page(at->pfn) && entries_fit(&p);
}

static void file_describe(const struct movable *at, char *buf, size_t size)
{
	scnprintf(buf, size, "page %llu of the file at 0x%lx, which %u have",
		  (unsigned long long)number_of(at), (unsigned long)holder_of(at),
		  READ_ONCE(pfn_to_page(at->pfn)->private));
}

MOVABLE_KIND(file, .owns = file_owns, .move = file_move, .describe = file_describe,
	     .own_state = true, .of_files = true);
