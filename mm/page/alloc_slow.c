/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the long way of a request: no zone that it may use stays above its low mark with it.
 *
 * Structure: each step is tried when the ones before have nothing:
 *
 *	1  all zones once more, down to the low mark; what zones keep for who cannot wait
 *	2  where memory lies in pieces, a pageblock is emptied (compaction.c)
 *	3  the marks lowered as far as the request has rights; before it, where the request may
 *	   wait, and after it those who keep memory at hand give some back (reclaim.c)
 *	4  a pageblock emptied for less; pageblocks that are kept go back
 *	5  the request waits until others have given memory back, or its time is over (kswapd.c)
 *
 * Whoever comes here says so to the threads that get memory back and make large blocks; they do so
 * beside the request, and for the next ones.
 *
 * Invariants:
 * A5  A request waits in step 5 alone, for RECLAIM_WAIT_MS in all; without __GFP_DIRECT_RECLAIM,
 *     with __GFP_NORETRY, or for a block above PAGE_ALLOC_COSTLY_ORDER, never.
 *
 * Locking: interrupts off around each try, zone->lock inside; none between tries.
 *
 * Bounds: alloc_pages() has them (bounds.c). Step 5 adds at most RECLAIM_ROUNDS + 2 tries
 * for each millisecond.
 *
 * Configuration: COMPACTION, RECLAIM, HIGHATOMIC, RECLAIM_THREAD, COMPACTION_THREAD.
 */
#include <kernel/time.h>
#include <mm/compaction.h>

#include "internal.h"

static unsigned int gfp_alloc_flags(gfp_t gfp)
{
	unsigned int alloc_flags = ALLOC_WMARK_MIN;

	if (gfp & __GFP_HIGH)
		alloc_flags |= ALLOC_HIGH;
	if (gfp & __GFP_ATOMIC)
		alloc_flags |= ALLOC_HARDER;
	if (gfp & __GFP_MEMALLOC)
		alloc_flags |= ALLOC_NO_WATERMARKS;
	return alloc_flags;
}

/* What comes between the low mark, below which all zones are, and failing, for who may wait. */
static __noinline struct page *alloc_pages_reclaim(struct zone *const *zones, gfp_t gfp,
						   unsigned int order)
{
	unsigned int highest_zone = gfp_zone(gfp), mt = gfp_migratetype(gfp), rounds = 0;
	struct page *page = NULL;

	count_vm_event(ALLOCSTALL + highest_zone);
	if (reclaim_round(order, false))
		page = zones_take(zones, highest_zone, order, mt, 0);
	while (!page) {
		page = zones_take(zones, highest_zone, order, mt, gfp_alloc_flags(gfp));
		if (!page && (rounds++ == RECLAIM_ROUNDS || !reclaim_round(order, false)))
			break;
	}
	return page;
}

/* The last resort: pageblocks that zones keep for who cannot wait go back, one after the other. */
static __noinline struct page *take_what_is_kept(struct zone *const *zones, gfp_t gfp,
						 unsigned int order)
{
	unsigned int highest_zone = gfp_zone(gfp), mt = gfp_migratetype(gfp);
	struct page *page = NULL;
	bool released;

	do {
		unsigned long flags = arch_local_irq_save();

		released = highatomic_release(zones, highest_zone, mt);
		arch_local_irq_restore(flags);
		if (released)
			page = zones_take(zones, highest_zone, order, mt, gfp_alloc_flags(gfp));
	} while (released && !page);
	return page;
}

/* Above the low marks, or what zones keep for who cannot wait. */
static struct page *zones_first(struct zone *const *zones, gfp_t gfp, unsigned int order)
{
	unsigned int highest_zone = gfp_zone(gfp), mt = gfp_migratetype(gfp), alloc_flags = 0;
	struct page *page = zones_take(zones, highest_zone, order, mt, alloc_flags);
	unsigned long flags;

	if (page || !may_have_highatomic(gfp, order))
		return page;
	flags = account_begin(order, &alloc_flags);
	if (!(alloc_flags & ALLOC_REFUSED))
		page = highatomic_take(zones, highest_zone, order, mt, gfp_alloc_flags(gfp));
	account_end(flags, page, order, alloc_flags);
	return page;
}

/*
 * The request was refused although a zone is far enough above its mark: memory lies in pieces. What
 * the CPUs hold goes back first, which may do; then a pageblock is emptied.
 */
static __noinline struct page *alloc_by_compaction(struct zone *const *zones,
						   unsigned int highest_zone, unsigned int order,
						   unsigned int mt, unsigned int alloc_flags)
{
	struct page *page = NULL;
	bool drained = false;

	for (struct zone *const *z = zones; *z && !page; z++) {
		if ((*z)->idx > highest_zone ||
		    zone_headroom(*z, highest_zone, alloc_flags) >> order == 0)
			continue;
		if (!drained) {
			drain_all_pages();
			drained = true;
			page = zones_take(zones, highest_zone, order, mt, alloc_flags);
		}
		if (!page && compact_zone(*z, false))
			page = zones_take(zones, highest_zone, order, mt, alloc_flags);
	}
	return page;
}

/*
 * Others give memory back, each time that there is some the request tries again. True in *waited:
 * its time is over.
 */
static __noinline struct page *alloc_by_waiting(int nid, struct zone *const *zones, gfp_t gfp,
						unsigned int order, bool *waited)
{
	unsigned int highest_zone = gfp_zone(gfp), mt = gfp_migratetype(gfp);
	u64 until_us = time_us() + RECLAIM_WAIT_MS * 1000ull;
	struct page *page = NULL;

	while (!page && !*waited) {
		*waited = !kswapd_wait(nid, until_us);
		page = zones_take(zones, highest_zone, order, mt, gfp_alloc_flags(gfp));
	}
	return page;
}

/* Nothing is above the low marks: who works for those that come is told. */
static void wake_node_threads(int nid, unsigned int highest_zone, unsigned int order)
{
	(void)nid, (void)highest_zone, (void)order;
	IF_ENABLED(CONFIG_RECLAIM_THREAD, kswapd_wake(nid, highest_zone);)
	IF_ENABLED(CONFIG_COMPACTION_THREAD, if (order) kcompactd_wake(nid, order);)
}

struct page *alloc_pages_slow(int nid, gfp_t gfp, unsigned int order)
{
	unsigned int highest_zone = gfp_zone(gfp), mt = gfp_migratetype(gfp);
	struct zone *const *zones = gfp & __GFP_THISNODE ? NODE_DATA(nid)->own_zones
							 : NODE_DATA(nid)->zonelist.zones;
	bool compact = IS_ENABLED(CONFIG_COMPACTION) && order && order <= pageblock_order;
	struct page *page = NULL;
	bool waited = false;

	gfp = gfp_in_context(gfp);
	compact = compact && gfp & __GFP_DIRECT_RECLAIM;
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && order <= MAX_ORDER &&
	    !account_has_room(gfp, 1ul << order))
		return NULL;
	if (order <= MAX_ORDER) {
		page = zones_first(zones, gfp, order);
		if (!page)
			wake_node_threads(nid, highest_zone, order);
		if (!page && compact)
			page = alloc_by_compaction(zones, highest_zone, order, mt, 0);
		if (!page && IS_ENABLED(CONFIG_RECLAIM) && reclaim_may_start(gfp))
			page = alloc_pages_reclaim(zones, gfp, order);
		else if (!page)
			page = zones_take(zones, highest_zone, order, mt, gfp_alloc_flags(gfp));
		if (!page && compact)
			page = alloc_by_compaction(zones, highest_zone, order, mt,
						   gfp_alloc_flags(gfp));
		if (IS_ENABLED(CONFIG_HIGHATOMIC) && !page)
			page = take_what_is_kept(zones, gfp, order);
		if (IS_ENABLED(CONFIG_RECLAIM_THREAD) && !page && kswapd_may_wait(nid, gfp, order))
			page = alloc_by_waiting(nid, zones, gfp, order, &waited);
	}
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && !page)
		account_promise_ends(gfp, order);
	if (!page && !(gfp & __GFP_NOWARN))
		warn_alloc_failed(gfp, order, waited);
	return page;
}
