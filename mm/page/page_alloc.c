/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the one way to get and give page frames, over per-CPU lists and buddy.
 *
 * Structure: three steps, each tried when the one before has nothing:
 *
 *	1  the running CPU's list of (preferred zone, order, type): pop, no lock
 *	2  for each zone of the zonelist that stays above its mark: that zone's list, refilled
 *	   under the zone's lock, or the buddy itself for orders that are not cached
 *	3  what alloc_slow.c does: the same with the marks lowered as far as the request has rights,
 *	   and beside it all that brings memory back for requests that may wait
 *
 * Freeing pushes onto the running CPU's list of the block's own zone, order and type; a full
 * list gives a batch back first.
 *
 * Invariants:
 * A1  A block is handed out only from state PG_PCP or PG_BUDDY, and becomes PG_ALLOCATED.
 * A2  A block is taken back only in state PG_ALLOCATED, with the order it was handed out with
 *     and this boot's tag in its word: a double free, a free of somebody else's page and a
 *     wrong order each stop the kernel.
 * A3  A request without rights to the reserves leaves min + lowmem_reserve pages in a zone.
 * A4  A request that may wait comes with interrupts on; in boot, before they are, none may.
 *
 * Locking: interrupts off around the per-CPU lists; zone->lock inside, for steps 2 and 3.
 *
 * Bounds: with Z zones on the zonelist and L lists of a CPU in a zone, a request fails after
 * Z(L + MAX_ORDER + 6) + 2 steps, and is met after those of a refill more; one that may wait makes
 * RECLAIM_ROUNDS + 1 rounds of reclaim beside (bounds.c).
 *
 * Configuration: the small orders and whole pageblocks are cached (mm/config.h).
 */
#include <kernel/init.h>
#include <kernel/numa.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <mm/page_owner.h>

#include "internal.h"

u32 gfp_mt_mask;					/* [c] */
gfp_t gfp_allowed_mask = ~__GFP_DIRECT_RECLAIM;		/* [c] */

void __init gfp_allow_waiting(void)
{
	if (!arch_irqs_disabled())
		gfp_allowed_mask = ~0u;
}

__noinline __cold gfp_t gfp_without_wait(gfp_t gfp)
{
	gfp &= gfp_allowed_mask;
	ASSERT(!(gfp & __GFP_DIRECT_RECLAIM),
	       "A4: a request that may wait (0x%x) comes with interrupts off", gfp);
	return gfp;
}

/* A block that comes back must be as it was handed out in these parts of its word. */
#define TAG_STATE_ORDER	(PAGE_TAG_KEPT | PAGE_FIELD_MASK(STATE) | PAGE_FIELD_MASK(ORDER))
/* Special blocks go back another way. */
#define SPECIAL_BIT	(NR_SPECIAL_TYPES > 0 ? PAGE_FIELD_MASK(SPECIAL) : 0u)

/* pcp_pop() of a list that is not empty. */
static struct page *pcp_must_pop(struct pcp_list *list)
{
	struct page *page = pcp_pop(list, PCP_FLIP);
	u32 pfn = list->pfn[list->count - !page];

	if (IS_ENABLED(CONFIG_PAGE_OWNER) && !page)
		page_owner_report(pfn);
	ASSERT(page, "A1: frame 0x%x on a per-CPU list has word 0x%x, the list 0x%x", pfn,
	       pfn_to_page(pfn)->word, list->word);
	return page;
}

/* One block from the zone's own lists. Interrupts off. */
static __always_inline struct page *zone_take_block(struct zone *zone, unsigned int order,
						    unsigned int mt, unsigned long headroom_pages)
{
	struct page *page;

	if (headroom_pages >> order == 0)
		return NULL;
	spin_lock(&zone->lock);
	page = buddy_alloc(zone, order, mt);
	spin_unlock(&zone->lock);
	if (VM_EVENTS && page)
		count_vm_events(PGALLOC + zone->idx, 1ul << order);
	return page;
}

/* One block from zone, by way of its list where the order is cached. Interrupts off. */
static struct page *zone_take(struct zone *zone, unsigned int order, unsigned int mt,
			      unsigned long headroom_pages)
{
	if (pcp_order(order)) {
		struct pcp_list *list = this_cpu_ptr(pcp_list_of(zone, order, mt));

		/* A pageblock comes to its list by being freed. */
		if (list->count || (order < PCP_SMALL_ORDERS &&
				    pcp_refill(zone, list, order, mt, headroom_pages)))
			return pcp_must_pop(list);
	}
	if (may_lend(zone, order, mt))
		return lend_page(zone);
	return zone_take_block(zone, order, mt, headroom_pages);
}

static __always_inline struct page *count_if_met(struct page *page, const struct zone *preferred,
						 const struct zone *zone)
{
	if (IS_ENABLED(CONFIG_NUMA) && page)
		numa_count(preferred, zone);
	return page;
}

/* A try with interrupts off, and what the account said to it. */
struct stretch {
	unsigned long irq_flags;
	unsigned int alloc_flags;
};

static inline struct stretch stretch_begin(unsigned int order, unsigned int alloc_flags)
{
	struct stretch s = { .alloc_flags = alloc_flags };

	s.irq_flags = account_begin(order, &s.alloc_flags);
	return s;
}

static inline struct page *try_zone(struct zone *zone, unsigned int highest_zone,
				    unsigned int order, unsigned int mt, unsigned int alloc_flags)
{
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && alloc_flags & ALLOC_REFUSED)
		return NULL;
	return zone_take(zone, order, mt, headroom_of(zone, highest_zone, order, alloc_flags));
}

/*
 * A stretch for each zone, and one more behind a block that the CPU's lists give back. Accounts'
 * promises are kept by all zones together, so that with them zones in which there is nothing are
 * one stretch: what others take in between would be missed.
 */
struct page *zones_take(struct zone *const *z, unsigned int highest_zone, unsigned int order,
			unsigned int mt, unsigned int alloc_flags)
{
	struct stretch s = stretch_begin(order, alloc_flags);
	const struct zone *preferred = NULL;
	struct page *page = NULL;

	for (; *z && !page; z++) {
		bool given = false;

		if ((*z)->idx > highest_zone)
			continue;
		if (!preferred)
			preferred = *z;
		page = try_zone(*z, highest_zone, order, mt, s.alloc_flags);
		/* What this CPU holds as another type, or in larger blocks, counts too. */
		if (!page && alloc_flags & ALLOC_WMARK_MIN)
			given = pcp_give_one(*z, order);
		if (!page && (given || !IS_ENABLED(CONFIG_MEM_ACCOUNTS))) {
			account_end(s.irq_flags, NULL, order, s.alloc_flags);
			s = stretch_begin(order, alloc_flags);
		}
		if (given)
			page = try_zone(*z, highest_zone, order, mt, s.alloc_flags);
		count_if_met(page, preferred, *z);
	}
	account_end(s.irq_flags, page, order, s.alloc_flags);
	return page;
}

/* The first zone that may serve the request. With interrupts on the list may change while it is
 * read: a zone that has left the list is empty. */
static __always_inline struct zone *first_zone(int nid, unsigned int highest_zone)
{
	struct zone *const *z = NODE_DATA(nid)->zonelist.zones;
	struct zone *zone;

	while ((zone = READ_ONCE(*z)) && zone->idx > highest_zone)
		z++;
	return zone;
}

/*
 * Takes a block of an order that is not refilled from the first zone, if that stays above its low
 * mark. With accounts this CPU's list may have one, which its credit was too small for.
 */
static __always_inline struct page *alloc_block_fast(int nid, gfp_t gfp, unsigned int order)
{
	unsigned int highest_zone = gfp_zone(gfp);
	struct zone *zone = first_zone(nid, highest_zone);
	unsigned int alloc_flags = 0;
	struct page *page = NULL;
	unsigned long flags;

	if (unlikely(!zone))
		return NULL;
	flags = account_begin(order, &alloc_flags);
	if (!(alloc_flags & ALLOC_REFUSED)) {
		unsigned int mt = gfp_migratetype(gfp);
		unsigned long pages = headroom_of(zone, highest_zone, order, alloc_flags);

		page = IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? zone_take(zone, order, mt, pages) :
							 zone_take_block(zone, order, mt, pages);
	}
	count_if_met(page, zone, zone);
	account_end(flags, page, order, alloc_flags);
	return page;
}

/* While zones change the CPU's inline paths may begin at the list of another one. */
static __always_inline bool is_list_of(const struct zone *zone, const struct pcp_list *list)
{
	return !IS_ENABLED(CONFIG_MEMORY_HOTPLUG) ||
	       (list->word & PCP_INDEX_MASK) >> PAGE_MT_BITS == zone_id(zone);
}

/* Takes a block of a small order. This CPU's list for the nearest zone has none, and is refilled
 * first. */
static __always_inline struct page *alloc_refill_fast(int nid, gfp_t gfp, unsigned int order)
{
	unsigned int highest_zone = gfp_zone(gfp), mt = gfp_migratetype(gfp), alloc_flags = 0;
	struct zone *zone = first_zone(nid, highest_zone);
	struct page *page = NULL;
	struct pcp_list *list;
	unsigned long flags;

	if (unlikely(!zone))
		return NULL;
	flags = account_begin(order, &alloc_flags);
	list = this_cpu_ptr(pcp_home_at(order, gfp & PCP_HOME_FLAGS))->list;
	if (!(alloc_flags & ALLOC_REFUSED) &&
	    (list->count ||
	     (is_list_of(zone, list) &&
	      pcp_refill(zone, list, order, mt,
			 headroom_of(zone, highest_zone, order, alloc_flags)))))
		page = count_if_met(pcp_must_pop(list), zone, zone);
	account_end(flags, page, order, alloc_flags);
	return page;
}

struct page *alloc_pages_missed(gfp_t gfp, unsigned int order)
{
	struct page *page;

	gfp = gfp_in_context(gfp);
	page = alloc_refill_fast(numa_node_id(), gfp, order);
	return likely(page) ? page : alloc_pages_slow(numa_node_id(), gfp, order);
}

/* What is left to do for flags that few requests have. */
static __always_inline struct page *finish(struct page *page, gfp_t gfp, unsigned int order)
{
	if (likely(!(gfp & (__GFP_ZERO | (IS_ENABLED(CONFIG_HIGHATOMIC) ? __GFP_ATOMIC : 0)))))
		return page;
	if (may_have_highatomic(gfp, order) && page)
		highatomic_reserve(page);
	if (gfp & __GFP_ZERO && page)
		memset(page_address(page), 0, PAGE_SIZE << order);
	return page;
}

struct page *__alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	/* The fast ways take from the nearest zone, which may be another node's. */
	if (!IS_ENABLED(CONFIG_NUMA) || !(gfp & __GFP_THISNODE)) {
		if (pcp_order(order))
			page = alloc_pages_fast(gfp, order);
		if (!page && order < PCP_SMALL_ORDERS)
			page = alloc_refill_fast(numa_node_id(), gfp_in_context(gfp), order);
		else if (!page && order <= MAX_ORDER)
			page = alloc_block_fast(numa_node_id(), gfp, order);
	}
	if (unlikely(!page))
		page = alloc_pages_slow(numa_node_id(), gfp, order);
	page_owner_set(page, order, __builtin_return_address(0));
	return finish(page, gfp, order);
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page;

	ASSERT(nid >= 0 && nid < MAX_NUMNODES && node_online(nid),
	       "there is no node %d", nid);
	page = alloc_pages_slow(nid, gfp, order);
	page_owner_set(page, order, __builtin_return_address(0));
	return finish(page, gfp, order);
}

/* The frame of a descriptor, even of one that means nothing, by the descriptor's address; ~0 where
 * no descriptor is. */
static __noinline __cold unsigned long suspect_pfn(const struct page *page)
{
	const struct mem_section *s;

	for_each_present_section(s) {
		const struct page *first = pfn_to_page(s->start_pfn);

		if (page >= first && page < first + (s->end_pfn - s->start_pfn))
			return s->start_pfn + (unsigned long)(page - first);
	}
	return ~0ul;
}

static __noinline __noreturn void bad_free(const struct page *page, unsigned int order)
{
	unsigned long pfn = suspect_pfn(page);

	page_owner_report(pfn);
	if ((page->word ^ page_tag) & PAGE_TAG_KEPT &&
	    page_state(page) != PG_SLAB)
		panic("A2: free of frame 0x%lx, order %u: no block begins there", pfn, order);
	panic("A2: free of frame 0x%lx as order %u: it is %s, order %u", pfn, order,
	      page_state_name(page_state(page)), page_order(page));
}

static __always_inline void zone_free_block(struct zone *zone, struct page *page,
					    unsigned int order)
{
	spin_lock(&zone->lock);
	buddy_free(zone, page_to_pfn(page), order, PAGE_FIELD(page->word, MT));
	VALIDATE(zone_must_be_valid(zone));
	spin_unlock(&zone->lock);
	count_vm_events(PGFREE, 1ul << order);
}

/* Interrupts off. */
static inline void give_to_zone(struct page *page)
{
	struct zone *zone = page_zone(page);

	spin_lock(&zone->lock);
	zone_give(zone, page_to_pfn(page), page_order(page), page_migratetype(page));
	VALIDATE(zone_must_be_valid(zone));
	spin_unlock(&zone->lock);
}

void free_pages_to_zone(struct page *page)
{
	unsigned long pages = 1ul << page_order(page);
	unsigned long flags = arch_local_irq_save();
	struct mem_account *account = NULL;

	count_vm_events(PGFREE, pages);
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, account = account_take_off(page);)
	give_to_zone(page);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_credit(account, pages);
	arch_local_irq_restore(flags);
}

/* Order of the largest block, less than a pageblock, that begins at pfn and ends by end_pfn. */
static unsigned int order_in_run(unsigned long pfn, unsigned long end_pfn)
{
	unsigned int order = min_t(unsigned int, ctz64(pfn), ilog2(end_pfn - pfn));

	return PAGEBLOCKS_KEPT ? min_t(unsigned int, order, pageblock_order - 1u) : 0;
}

/* Of the joined blocks only the first stays a head: a second free of another one is seen. */
static void give_as_one(struct zone *zone, unsigned long pfn, unsigned int order)
{
	unsigned int mt = page_migratetype(pfn_to_page(pfn));

	for (unsigned long i = 1; i < 1ul << order; i++)
		WRITE_ONCE(pfn_to_page(pfn + i)->word, PG_TAIL);
	zone_give(zone, pfn, order, mt);
}

void free_run_to_zone(struct zone *zone, unsigned long pfn, unsigned long end_pfn)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock), pages = end_pfn - pfn;
	struct mem_account *account = NULL;
	unsigned int order;

	count_vm_events(PGFREE, pages);
	/* All frames of the run have one word, and so one account. */
	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   for (unsigned long i = 0; i < pages; i++)
			   account = account_take_off(pfn_to_page(pfn + i));)
	for (; pfn < end_pfn; pfn += 1ul << order) {
		order = order_in_run(pfn, end_pfn);
		give_as_one(zone, pfn, order);
	}
	VALIDATE(zone_must_be_valid(zone));
	spin_unlock(&zone->lock);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_credit(account, pages);
	arch_local_irq_restore(flags);
}

void add_pages_to_zone(struct page *page)
{
	unsigned long flags = arch_local_irq_save();

	give_to_zone(page);
	arch_local_irq_restore(flags);
}

void free_pages_slow(struct page *page, unsigned int order)
{
	u32 odd = page->word ^ page_word(PG_ALLOCATED, order, 0, 0);
	struct mem_account *account = NULL;
	struct zone *zone;
	unsigned long flags;

	CHECK(pfn_valid(suspect_pfn(page)) &&
	      block_head_pfn(suspect_pfn(page)) == suspect_pfn(page),
	      "A2: frame 0x%lx is not the head of a block", suspect_pfn(page));
	/* In a word an order beyond MAX_ORDER may reach into the state's bits. */
	if (unlikely(order > MAX_ORDER || odd & (TAG_STATE_ORDER | SPECIAL_BIT))) {
		if (order > MAX_ORDER || odd & TAG_STATE_ORDER)
			bad_free(page, order);
		/* A block of a pageblock or more: it belongs on no CPU's list. */
		free_pages_to_zone(page);
		return;
	}
	zone = page_zone(page);
	flags = arch_local_irq_save();
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, account = account_take_off(page);)
	/* Where the list of pageblocks is full, this one goes to the zone: no other makes room. */
	if (order >= PCP_SMALL_ORDERS ||
	    (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && account_keeps(account))) {
		zone_free_block(zone, page, order);
	} else if (!pcp_free_slow(zone, page, order)) {
		/* Looks at lists, and a list that was drained, are one stretch. */
		arch_local_irq_restore(flags);
		flags = arch_local_irq_save();
		zone_free_block(zone, page, order);
	}
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_credit(account, 1ul << order);
	arch_local_irq_restore(flags);
}

void free_pages_any(struct page *page, unsigned int order)
{
	const void *caller = __builtin_return_address(0);

	/* A second free of the block reports the record of the first free. */
	if (IS_ENABLED(CONFIG_PAGE_OWNER) && page_state(page) == PG_ALLOCATED)
		page_owner_free(page, caller);
	if (!PAGES_INLINE || !pcp_order(order) || unlikely(!free_pages_fast(page, order)))
		free_pages_rest(page, order);
}

unsigned long nr_free_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		pages += zone_free_pages(zone);
	return pages;
}
