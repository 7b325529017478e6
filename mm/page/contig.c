/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: takes frames that lie one behind the other, and empties them first where something is
 * there that can move.
 *
 * Structure: a range is worked on in chunks, a largest block's frames at most. What is free at the
 * front of a chunk is taken off the lists, TAKE_AT_ONCE blocks in a hold of the zone's lock. The
 * rest is isolated (isolation.c), emptied page by page (evacuate.c), and taken likewise: whole
 * pageblocks get their types back in the hold in which they are taken, those at the borders of the
 * range once it is taken. Nobody else takes what is isolated, so interrupts come in between.
 *
 *	chunk	|free| lent | lent |free|   isolate, move	|      free, aside	|
 *					    take, undo		| free |  taken  | free |
 *
 * Taken frames are blocks, as large as the borders of the range let them be. A block of a pageblock
 * or more has its pageblocks' type in its word, a smaller one the ordinary type that its frames
 * would be handed out with: so it may be freed like any other.
 *
 * Invariants:
 * CR1 A range is taken whole or not at all: what was taken before a failure goes back.
 * CR2 No pageblock that a call isolated is isolated when it returns, and none is taken from that
 *     somebody else has isolated.
 *
 * Locking: zone->lock, for TAKE_AT_ONCE blocks taken, or RETYPE_STEPS looked at; none while
 * something moves.
 *
 * Bounds: a chunk is emptied at most CHUNK_TRIES times. A page that moves costs migrate_page() and
 * a step along the blocks; taking or giving back a chunk costs a step for each block that comes of
 * it, at most 2 MAX_ORDER, and MAX_ORDER splits at each border.
 *
 * Configuration: CMA.
 */
#include <kernel/errno.h>
#include <kernel/undo.h>
#include <mm/contig.h>
#include <mm/movable.h>

#include "online_mems.h"
#include "special.h"

#define CHUNK_TRIES	4	/* with other CPUs freeing and taking meanwhile */

/* Order of the largest block that begins at pfn and ends by end_pfn. */
static unsigned int piece_order(unsigned long pfn, unsigned long end_pfn)
{
	unsigned int order = pfn ? min_t(unsigned int, MAX_ORDER, ctz64(pfn)) : MAX_ORDER;

	return min_t(unsigned int, order, ilog2(end_pfn - pfn));
}

/* ---- taking what is free; zone->lock is held ---- */

/* Is all free from the head of a block on? Of a pageblock that somebody else has set aside (I1), or
 * is setting aside, nothing is. */
static bool is_free(struct zone *zone, unsigned long head_pfn, unsigned long end_pfn, bool isolated)
{
	while (head_pfn < end_pfn) {
		u32 word = READ_ONCE(pfn_to_page(head_pfn)->word);

		if (PAGE_FIELD(word, STATE) != PG_BUDDY)
			return false;
		if (!isolated && (word_mt(word) == MIGRATE_ISOLATE ||
				  (PAGE_FIELD(word, ORDER) < pageblock_order &&
				   zone_pageblock(zone, head_pfn)->mt == MIGRATE_ISOLATE)))
			return false;
		head_pfn += 1ul << PAGE_FIELD(word, ORDER);
	}
	return true;
}

static void hand_out(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt)
{
	if (order < pageblock_order) {
		struct pageblock *pb = zone_pageblock(zone, pfn);

		mt = ordinary_mt(pb->mt == MIGRATE_ISOLATE ? pb->was_mt : pb->mt);
		pageblock_hand_out(zone, pb, pfn, order, mt);
	}
	page_begin(pfn_to_page(pfn), pfn, page_word(PG_ALLOCATED, order, mt, zone_id(zone)));
	count_vm_events(PGALLOC + zone->idx, 1ul << order);
}

/* Takes the block of order at pfn, as far as it lies in the free block at head_pfn, out of that.
 * Returns where the free block ends. */
static unsigned long carve(struct zone *zone, unsigned long head_pfn, unsigned long pfn,
			   unsigned int order)
{
	struct page *head = pfn_to_page(head_pfn);
	unsigned int from_order = page_order(head), mt = page_migratetype(head);
	unsigned long end_pfn = head_pfn + (1ul << from_order);
	u32 word = (u32)free_word(zone, from_order) | mt_bits(mt);

	must_be_on_list(head, word);
	list_unlink(zone, &zone->free_area[from_order], head, from_order, mt);
	if (from_order >= pageblock_order && order < pageblock_order)
		pageblock_begin_pieces(zone_pageblock(zone, pfn), mt);
	while (from_order > order) {
		unsigned long bit = 1ul << --from_order, rest_pfn = head_pfn | (~pfn & bit);

		head_pfn |= pfn & bit;
		word -= 1u << PAGE_ORDER_SHIFT;
		list_push(zone, &zone->free_area[from_order], pfn_to_page(rest_pfn), rest_pfn, word,
			  from_order, mt);
	}
	hand_out(zone, head_pfn, from_order, mt);
	count_free(zone, mt, -(1l << from_order));
	return end_pfn;
}

/* [A] May the free block be taken, by this thread's account too? It is charged in the hold of the
 * lock that it is taken in, so that AC2 holds and no limit is passed, whoever takes meanwhile. */
static int may_take(struct zone *zone, unsigned long head_pfn, unsigned long pages, bool isolated)
{
	/* What is isolated has been taken from what accounts are promised already. */
	if (!isolated && !is_special(page_migratetype(pfn_to_page(head_pfn))) &&
	    !account_spares(zone, pages))
		return -EAGAIN;
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && !account_charge_range(pages))
		return -ENOMEM;
	return 0;
}

/* Takes the block of order at start_pfn if all of it is free; pageblocks in it that the caller
 * isolated get their types back first. -EAGAIN: it is not, or others are promised it. -ENOMEM: the
 * account is at its limit. */
static int claim_block(struct zone *zone, unsigned long start_pfn, unsigned int order,
		       bool isolated)
{
	unsigned long head_pfn = block_head_pfn(start_pfn), pfn = start_pfn;
	unsigned long end_pfn = start_pfn + (1ul << order);
	int err = -EAGAIN;

	if (is_free(zone, head_pfn, end_pfn, isolated))
		err = may_take(zone, head_pfn, end_pfn - start_pfn, isolated);
	if (err)
		return err;
	for (; isolated && pfn + pageblock_nr_pages <= end_pfn; pfn += pageblock_nr_pages)
		undo_isolate_locked(zone, pfn);
	if (pfn != start_pfn)
		head_pfn = block_head_pfn(start_pfn);
	while (head_pfn < end_pfn)
		head_pfn = carve(zone, head_pfn, start_pfn, order);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_mark_range(start_pfn, end_pfn);
	return 0;
}

/* One hold: takes blocks of [*pfn, end_pfn) as far as they are free, TAKE_AT_ONCE at most, and
 * moves *pfn to where they end. */
static int take_some(struct zone *zone, unsigned long *pfn, unsigned long end_pfn, bool isolated)
{
	unsigned long flags = account_lock();
	int err = 0;

	spin_lock(&zone->lock);
	for (unsigned int i = 0; i < TAKE_AT_ONCE && *pfn < end_pfn && !err; i++) {
		unsigned int order = piece_order(*pfn, end_pfn);

		err = claim_block(zone, *pfn, order, isolated);
		if (!err)
			*pfn += 1ul << order;
	}
	VALIDATE(zone_must_be_valid(zone));
	spin_unlock(&zone->lock);
	account_unlock(flags);
	return err;
}

/* The same, hold after hold, up to what is not free. */
static int take_free(struct zone *zone, unsigned long *pfn, unsigned long end_pfn, bool isolated)
{
	int err = 0;

	while (*pfn < end_pfn && !err)
		err = take_some(zone, pfn, end_pfn, isolated);
	return err;
}

/* Of pageblocks that were isolated for [start_pfn, end_pfn) those which were not taken whole get
 * their types back: the range was taken up to taken_pfn. */
static void undo_rest(unsigned long start_pfn, unsigned long taken_pfn, unsigned long end_pfn)
{
	unsigned long pfn = ALIGN_DOWN(start_pfn, pageblock_nr_pages);

	for (; pfn < end_pfn; pfn += pageblock_nr_pages)
		if (pfn < start_pfn || pfn + pageblock_nr_pages > taken_pfn)
			undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
}

/* ---- emptying ---- */

/* 0: it is free, or can move. -EAGAIN: who asked for a movable page is about to make it one. */
static int may_go(const struct page *page, u32 word)
{
	switch ((enum page_state)PAGE_FIELD(word, STATE)) {
	case PG_BUDDY:
	case PG_PCP:
	case PG_MOVABLE:
		return 0;
	case PG_ALLOCATED:
		return word_mt(word) == MIGRATE_MOVABLE ? -EAGAIN : -EBUSY;
	default:
		return user_page_can_move(page, word) ? 0 : -EBUSY;
	}
}

static int look_until_clear(struct zone *zone, unsigned long pfn, unsigned long end_pfn, gfp_t gfp,
			    struct page_obstacle *o)
{
	unsigned int tries = 0;
	int err;

	do {
		/* What is in the way, before anything moves, as far as that can be seen. */
		err = look_over(zone, pfn, end_pfn, may_go, o);
	} while (err == -EAGAIN && gfp & __GFP_DIRECT_RECLAIM &&
		 tries < EVACUATE_TRIES_WAITING && wait_for_owner(tries++));
	return err == -EAGAIN ? -EBUSY : err;
}

/* Takes [*pfn, end_pfn), in a largest block, and moves *pfn up to where it was taken, also on
 * failure. */
static int take_or_empty(struct zone *zone, unsigned long *pfn, unsigned long end_pfn, gfp_t gfp,
			 struct page_obstacle *o)
{
	int err = take_free(zone, pfn, end_pfn, false);

	for (unsigned int tries = 0; err == -EAGAIN && tries < CHUNK_TRIES; tries++) {
		unsigned long start_pfn = *pfn;
		unsigned long from_pfn = ALIGN_DOWN(start_pfn, pageblock_nr_pages);
		unsigned long to_pfn = ALIGN_UP(end_pfn, pageblock_nr_pages);

		err = look_until_clear(zone, start_pfn, end_pfn, gfp, o);
		if (!err)
			err = start_isolate_page_range(from_pfn, to_pfn, o);
		if (err)
			return err;
		err = evacuate_range(start_pfn, end_pfn, gfp, o);
		if (err) {
			UNDO_PATH("a pageblock of the range cannot be emptied");
			undo_isolate_page_range(from_pfn, to_pfn);
			return err;
		}
		err = take_free(zone, pfn, end_pfn, true);
		undo_rest(start_pfn, *pfn, end_pfn);
	}
	if (err == -EAGAIN)
		return in_the_way(o, *pfn, "taken again and again by others");
	if (err)
		in_the_way(o, *pfn, "the account is at its limit");
	return err;
}

/* ---- ranges ---- */

static int claim_range(unsigned long start_pfn, unsigned long end_pfn, gfp_t gfp,
		       struct page_obstacle *o)
{
	unsigned long pfn, next_pfn, taken_pfn;

	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && !account_has_room(gfp, end_pfn - start_pfn)) {
		in_the_way(o, start_pfn, "the account is at its limit");
		return -ENOMEM;
	}
	for (pfn = start_pfn; pfn < end_pfn; pfn = next_pfn) {
		unsigned long first_pfn = ALIGN_DOWN(pfn, pageblock_nr_pages);
		struct zone *zone = NULL;
		int err = -EINVAL;

		taken_pfn = pfn;
		next_pfn = min(ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES, end_pfn);
		if (pfn_valid(pfn) && (WHOLE_GRANULES || (pfn_valid(first_pfn) &&
							  pfn_valid(next_pfn - 1))))
			zone = zone_of_pageblock(first_pfn);
		if (zone)
			err = take_or_empty(zone, &taken_pfn, next_pfn, gfp, o);
		else
			in_the_way(o, pfn, "no RAM");
		if (err) {
			UNDO_PATH("a part of the range cannot be had");
			free_contig_range(start_pfn, taken_pfn - start_pfn);
			return err;
		}
	}
	return 0;
}

int alloc_contig_range(unsigned long start_pfn, unsigned long end_pfn, gfp_t gfp,
		       struct page_obstacle *o)
{
	int err;

	get_online_mems();
	err = claim_range(start_pfn, end_pfn, gfp, o);
	put_online_mems();
	return err;
}

/* A block that reaches beyond [pfn, end_pfn) is cut first: the rest stays with its owner. Returns
 * the order of the block at pfn. */
static unsigned int cut_to(struct zone *zone, unsigned long pfn, unsigned long end_pfn)
{
	unsigned long head_pfn = block_head_pfn(pfn);
	struct page *head = pfn_to_page(head_pfn);
	unsigned int order = page_order(head);

	ASSERT(page_state(head) == PG_ALLOCATED,
	       "CR1: frame 0x%lx of a range that was taken is %s", pfn,
	       page_state_name(page_state(head)));
	while (head_pfn < pfn || head_pfn + (1ul << order) > end_pfn) {
		buddy_split_allocated(zone, head_pfn, order, order - 1);
		order--;
		head_pfn += pfn & 1ul << order;
	}
	return order;
}

void free_contig_range(unsigned long start_pfn, unsigned long pages)
{
	unsigned long end_pfn = start_pfn + pages, pfn = start_pfn;

	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);
		struct zone *zone = page_zone(pfn_to_page(block_head_pfn(pfn)));
		unsigned long flags = spin_lock_irqsave(&zone->lock);
		unsigned int order = cut_to(zone, pfn, end_pfn);
		struct mem_account *account = NULL;

		IF_ENABLED(CONFIG_MEM_ACCOUNTS, account = account_take_off(page);)
		zone_give(zone, pfn, order, page_migratetype(page));
		count_vm_events(PGFREE, 1ul << order);
		VALIDATE(zone_must_be_valid(zone));
		spin_unlock(&zone->lock);
		if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
			account_credit(account, 1ul << order);
		arch_local_irq_restore(flags);
		pfn += 1ul << order;
	}
}

/* Could the pageblock be emptied, as its counters have it? A snapshot. */
static bool looks_movable(unsigned long pfn)
{
	const struct page *head;
	const struct pageblock *pb;

	if (!pfn_valid(pfn) || !pfn_valid(pfn + pageblock_nr_pages - 1))
		return false;
	head = pfn_to_page(pageblock_head_pfn(pfn));
	if (page_order(head) >= pageblock_order)
		return page_state(head) == PG_BUDDY && !is_special(page_migratetype(head));
	pb = pfn_to_pageblock(pfn);
	return !is_special(pb->mt) && pb->free_pages + pb->movable_pages == pageblock_nr_pages;
}

static struct page *take_in_zone(const struct zone *zone, unsigned long pages, gfp_t gfp)
{
	unsigned long pfn = ALIGN_UP(zone->zone_start_pfn, pageblock_nr_pages), start_pfn = pfn;
	struct page_obstacle o;

	for (; pfn < zone_end_pfn(zone); pfn += pageblock_nr_pages) {
		if (!looks_movable(pfn)) {
			start_pfn = pfn + pageblock_nr_pages;
			continue;
		}
		if (pfn + pageblock_nr_pages - start_pfn < pages)
			continue;
		if (!claim_range(start_pfn, start_pfn + pages, gfp, &o))
			return pfn_to_page(start_pfn);
		start_pfn = pfn + pageblock_nr_pages;
	}
	return NULL;
}

struct page *alloc_contig_pages(unsigned long pages, gfp_t gfp)
{
	struct zone *const *z = NODE_DATA(numa_node_id())->zonelist.zones;
	struct page *page = NULL;

	get_online_mems();
	for (; *z && !page && pages; z++)
		if ((*z)->idx <= gfp_zone(gfp))
			page = take_in_zone(*z, pages, gfp);
	put_online_mems();
	return page;
}
