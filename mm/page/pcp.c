/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: per-CPU page lists: each CPU keeps a few free blocks of each zone, order and type at
 * hand, so that most allocations and frees take no lock.
 *
 * Structure: a list is a stack of frame numbers in an array (a magazine), not a chain through
 * descriptors. alloc_pages() and __free_pages() pop and push; this file fills an empty list
 * and makes room in a full one, a batch under one hold of the zone's lock.
 *
 *	list of (order, node, zone, type):  | word | count | limit | pfn 0 | pfn 1 | ... |
 *
 * A block's word ends in the index of its list, so that freeing needs no look at the zone; the
 * list's own word is that of every block on it, so that one comparison checks all that must
 * be true of a block that is pushed or popped.
 *
 * Of the pages a CPU may hold in a zone (zone->pcp_high) order 0 has one half, split evenly among
 * the types, and the lists of the small orders above it share the other (pcp_share.c). So the sum
 * never passes pcp_high, without a counter of its own on the hot path. Where the zone is large
 * enough (zone->pcp_pageblocks) a whole pageblock of each type may lie beside them: one that was
 * freed is the next to be handed out.
 *
 * Invariants:
 * P1  count <= limit <= PCP_LIST_MAX(row of the order).
 * P2  Every block on a list has state PG_PCP, the list's order and type, and lies in its zone.
 * P3  Sum over lists of limit << order, and the share's pages that no list has, are at most
 *     pcp_pages_most(zone): pcp_high for the small orders, and pcp_pageblocks pageblocks of each
 *     type.
 * P4  The lists of a CPU that is not online are empty.
 *
 * Locking: a CPU's lists are touched by that CPU alone, with interrupts off; zone->lock is
 * taken inside. Lists of another CPU are read as a snapshot by reports only.
 *
 * Bounds: a refill takes at most pcp_batch blocks, a drain gives back at most pcp_batch; they end
 * once they have done HOLD_STEPS and DRAIN_STEPS, or DRAIN_STEPS_FOUND where each of the zone's
 * lists was looked at before (hold.h). In steps, with B blocks of a batch and L lists: refill
 * HOLD_STEPS + 2B + L + MAX_ORDER + 6, drain DRAIN_STEPS + B + MAX_ORDER + 2; a free that finds its
 * list full drains it, or looks at each list twice and drains half a batch of one in
 * DRAIN_STEPS_LOOKED; if that makes no room the block goes to the zone, in a stretch of its own
 * (bounds.c). free_single_pages() marks at most BULK_MOST frames for a hold that drains.
 *
 * Configuration: PCP_HIGH sizes the arrays; PCP_BATCH bounds the time with the lock held.
 */
#include <kernel/cpu.h>
#include <kernel/smp.h>
#include <mm/gfp.h>

#include "internal.h"

DEFINE_PER_CPU(u32, pcp_words[NR_PCP_INDEXES * PCP_WORDS]);			/* [P*] */
#ifdef CONFIG_MEM_ACCOUNTS
DEFINE_PER_CPU(struct account_area, account_area);				/* [f] */
#else
DEFINE_PER_CPU(struct pcp_home, pcp_home[NR_PCP_ORDERS][PCP_HOME_FLAGS + 1]);	/* [P*] */
#endif

#define PCP_ROW(row) \
	{ \
		.order = (row) < PCP_SMALL_ORDERS ? (row) : pageblock_order, \
		.first_word = NR_PCP_INDEXES * PCP_ROW_##row##_FIRST, \
		.list_words = PCP_LIST_WORDS(row), \
		.most = PCP_LIST_MAX(row), \
	},
const struct pcp_row pcp_rows[NR_PCP_ROWS] = { PCP_ROWS(PCP_ROW) };

/* The same from CMA. */
static bool refill_with_lent(struct zone *zone, struct pcp_list *list)
{
	unsigned int want = pcp_refill_blocks(zone, list), got = 0;

	if (want) {
		spin_lock(&zone->lock);
		got = lend_bulk(zone, want, PG_PCP, list->pfn);
		spin_unlock(&zone->lock);
	}
	pcp_set_count(list, got);
	count_vm_events(PCP_REFILLED, got);
	return got != 0;
}

bool pcp_refill(struct zone *zone, struct pcp_list *list, unsigned int order, unsigned int mt,
		unsigned long headroom_pages)
{
	unsigned int want = 0, got;

	if (headroom_pages >> order) {
		if (pcp_shares(order) && !pcp_has_quarters(list, order, 2))
			pcp_raise_limit(zone, list, order);
		want = pcp_refill_blocks(zone, list);
		want = min_t(unsigned long, want, headroom_pages >> order);
	}
	if (unlikely(may_lend(zone, order, mt)) && (!want || lend_first(zone)))
		return refill_with_lent(zone, list);
	if (!want)
		return false;
	spin_lock(&zone->lock);
	got = buddy_alloc_bulk(zone, order, mt, want, PG_PCP, list->pfn);
	spin_unlock(&zone->lock);
	if (unlikely(got < want)) {
		unsigned int i;

		/* The blocks lie at the top end of the room that was asked for. */
		for (i = 0; i < got; i++)
			list->pfn[i] = list->pfn[want - got + i];
	}
	pcp_set_count(list, got);
	count_vm_events(PCP_REFILLED, (unsigned long)got << order);
	return got != 0;
}

static __always_inline void give_blocks(struct zone *zone, struct pcp_list *list,
					unsigned int order, unsigned int nr, long steps)
{
	spin_lock(&zone->lock);
	nr = buddy_free_bulk(zone, order, list->word, list->pfn + list->count - nr, nr, steps);
	spin_unlock(&zone->lock);
	pcp_set_count(list, list->count - nr);
	count_vm_events(PCP_REFILLED, -((unsigned long)nr << order));
}

void pcp_drain_list(struct zone *zone, struct pcp_list *list, unsigned int order,
		    unsigned int nr_blocks)
{
	give_blocks(zone, list, order, min_t(u32, nr_blocks, list->count), DRAIN_STEPS_FOUND);
}

void pcp_drain_looked(struct zone *zone, struct pcp_list *list, unsigned int order,
		      unsigned int most)
{
	u32 nr = min((zone->pcp_batch + 1) / 2, (u32)list->count);

	give_blocks(zone, list, order, min(nr, most), DRAIN_STEPS_LOOKED);
}

/* Pushes a block that is handed out; where the list is full, room is made first. */
static __always_inline bool push_slow(struct zone *zone, struct pcp_list *list, struct page *page,
				      unsigned int order)
{
	if (list->count == list->limit && pcp_may_grow(zone, list, order)) {
		if (!pcp_make_room(zone, list, order) && list->limit &&
		    list->count == list->limit)
			pcp_drain_looked(zone, list, order, pcp_drain_blocks(zone, list, order));
	} else if (list->limit && list->count == list->limit) {
		give_blocks(zone, list, order, pcp_drain_blocks(zone, list, order), DRAIN_STEPS);
	}
	return pcp_push(list, page, page->word, PCP_FLIP);
}

bool pcp_free_slow(struct zone *zone, struct page *page, unsigned int order)
{
	return push_slow(zone, this_cpu_ptr(pcp_list_at(order, page->word & PCP_INDEX_MASK)), page,
			 order);
}

void free_pages_missed(struct page *page, unsigned int order)
{
	unsigned long flags = arch_local_irq_save();
	u32 word = page->word;
	struct pcp_list *list = this_cpu_ptr(pcp_list_at(order, word & PCP_INDEX_MASK));
	bool pushed = (word ^ PCP_FLIP) == list->word &&
		      push_slow(page_zone(page), list, page, order);

	arch_local_irq_restore(flags);
	if (unlikely(!pushed))
		free_pages_slow(page, order);
}

/* ---- many at once ---- */

/* So many frames that begin at a multiple of as many merge into one block. */
#define BULK_PAGES	32u
#define BULK_MOST	(BULK_PAGES + BULK_PAGES / 4)

/*
 * Frames at the front that the list would take are marked as if they lay on it, and their numbers
 * written down. Returns how many; they end where a block of BULK_PAGES does.
 */
static unsigned int mark_bulk(struct page *const *pages, unsigned int nr, u32 word, u32 flip,
			      u32 *pfns)
{
	unsigned int most = BULK_PAGES - page_to_pfn(pages[0]) % BULK_PAGES;
	struct page *const *next = pages, *const *end;

	if (most < BULK_PAGES / 4)
		most += BULK_PAGES;
	for (end = pages + min(nr, most); next < end; next++) {
		struct page *page = *next;

		if (unlikely(page->word != (word ^ flip)))
			break;
		WRITE_ONCE(page->word, word);
		*pfns++ = (u32)page_to_pfn(page);
	}
	return (unsigned int)(next - pages);
}

/* One hold of the zone's lock, interrupts off. Returns how many frames it took note of, the first
 * *left of which are to be freed one by one: the hold was over. */
static unsigned int bulk_to_lists(struct page *const *pages, unsigned int nr, unsigned int *left)
{
	const struct pcp_list *list = this_cpu_ptr(pcp_list_at(0, pages[0]->word & PCP_INDEX_MASK));
	struct zone *zone = page_zone(pages[0]);
	struct account_here *here = account_here_now();
	/* The zone looks at the one before the first (buddy.c). */
	u32 pfns[1 + BULK_MOST], flip = account_flip(here), word = list->word;
	unsigned int marked = mark_bulk(pages, nr, word, flip, pfns + 1), freed;

	if (!marked)
		return 0;
	pfns[0] = PFN_NONE;
	spin_lock(&zone->lock);
	freed = buddy_free_bulk(zone, 0, word, pfns + 1, marked, DRAIN_STEPS);
	spin_unlock(&zone->lock);
	count_vm_events(PCP_REFILLED, -(unsigned long)freed);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_set_credit(here, here->credit + (long)freed);
	*left = marked - freed;
	for (unsigned int i = 0; i < *left; i++)
		WRITE_ONCE(pages[i]->word, word ^ flip);
	return marked;
}

void free_single_pages(struct page *const *pages, unsigned int nr)
{
	while (nr) {
		unsigned int seen = 0, left = 1;

		if (PAGES_INLINE) {
			unsigned long flags = arch_local_irq_save();

			seen = bulk_to_lists(pages, nr, &left);
			arch_local_irq_restore(flags);
		}
		/* One that the list would not take, or tiers that look at each one. */
		if (!seen)
			seen = left = 1;
		for (unsigned int i = 0; i < left; i++)
			__free_pages(pages[i], 0);
		pages += seen;
		nr -= seen;
	}
}

bool pcp_give_one(struct zone *zone, unsigned int order)
{
	unsigned int mt;

	if (!pcp_order(order))
		order = pcp_order_after(order);
	for (; order < NR_PAGE_ORDERS; order = pcp_order_after(order)) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = this_cpu_ptr(pcp_list_of(zone, order, mt));

			if (!list->count)
				continue;
			pcp_drain_list(zone, list, order, 1);
			return true;
		}
	}
	return false;
}

/* The first list that is not empty gives a batch back; false when there is none. */
static bool drain_zone_step(struct zone *zone)
{
	unsigned long flags = arch_local_irq_save();
	unsigned int order, mt;

	for_each_pcp_order(order) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = this_cpu_ptr(pcp_list_of(zone, order, mt));

			if (pcp_shares(order))
				pcp_give_limit_up(zone, list, order);
			if (!list->count)
				continue;
			pcp_drain_list(zone, list, order, zone->pcp_batch);
			arch_local_irq_restore(flags);
			return true;
		}
	}
	arch_local_irq_restore(flags);
	return false;
}

bool drain_pages_step(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (drain_zone_step(zone))
			return true;
	return false;
}

void drain_local_pages(void)
{
	while (drain_pages_step())
		;
}

struct zone_drain {
	struct zone *zone;
	bool more;
};

static void drain_here(void *info)
{
	struct zone_drain *drain = info;

	if (drain_zone_step(drain->zone))
		WRITE_ONCE(drain->more, true);
}

/* So many steps empty a CPU's lists of the zone, whatever they hold: each ends with its list, or
 * gives back as many blocks as DRAIN_STEPS_FOUND are enough for, or a batch. */
static unsigned int drain_steps_most(const struct zone *zone)
{
	const u32 hold_blocks = DIV_ROUND_UP(DRAIN_STEPS_FOUND, MAX_ORDER + STEPS_OF_FREE);
	u32 blocks = pcp_blocks_most(zone), a_hold = min(hold_blocks, zone->pcp_batch);

	return min(blocks, (u32)(NR_PCP_ORDERS * MIGRATE_PCPTYPES) + blocks / a_hold) + 1;
}

/*
 * A step on each CPU at a time: none has its interrupts off for a whole drain, or for the lists of
 * all zones. CPUs that go on freeing fill their lists again, and are not drained for ever.
 */
void drain_all_pages(void)
{
	struct zone_drain drain;

	for_each_populated_zone(drain.zone) {
		unsigned int steps = drain_steps_most(drain.zone);

		do {
			WRITE_ONCE(drain.more, false);
			on_each_cpu(drain_here, &drain, true);
		} while (READ_ONCE(drain.more) && --steps > 0);
	}
}

unsigned long zone_pcp_count(const struct zone *zone, unsigned int cpu)
{
	unsigned int order, mt;
	unsigned long pages = 0;

	for_each_pcp_order(order)
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			pages += (unsigned long)pcp_count_once(
				per_cpu_ptr(pcp_list_of(zone, order, mt), cpu)) << order;
	return pages;
}
