/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: walks one zone's free lists and says which rule is broken first.
 *
 * Structure: for each order and type, along the list: state, order and type in the word (B1),
 * links that agree (B6), the block in its zone (B5), its buddy not free beside it (B2, K6), its
 * pageblock's type (K5), the count (B3); then the sums (B4).
 *
 * Invariants: those of buddy.c and special.c; this file has none of its own.
 *
 * Locking: zone->lock is held, or taken by zone_validate().
 *
 * Configuration: MM_VALIDATE calls it after every operation; audit calls it on demand.
 */
#include "internal.h"

/* Two words that differ in an ordinary type at most are of blocks that merge; special types do not
 * meet (K6). */
static bool would_merge(u32 a, u32 b)
{
	return a == b || (!(a & PAGE_FIELD_MASK(SPECIAL)) && (a ^ b) < 1u << PAGE_MT_BITS);
}

/* Does a free block say another special type than its pageblock, or none? */
static bool type_is_strange(unsigned long pfn, unsigned int order, unsigned int mt)
{
	const struct pageblock *pb;

	if (NR_SPECIAL_TYPES == 0 || order >= pageblock_order)
		return false;
	pb = pfn_to_pageblock(pfn);
	return pb->mt != mt && (is_special(mt) || is_special(pb->mt)) && !pb->retyped;
}

static const char *block_fault(const struct zone *zone, unsigned long pfn, unsigned int order,
			       unsigned int mt, u32 prev_pfn)
{
	const struct page *page;
	unsigned long buddy_pfn = pfn ^ (1ul << order);

	if (!pfn_valid(pfn))
		return "B1: a list leads to a frame without a descriptor";
	page = pfn_to_page(pfn);
	if (page->word != page_word(PG_BUDDY, order, mt, zone_id(zone)))
		return "B1: a free block's word is not that of its list";
	if (page->prev_pfn != prev_pfn)
		return "B6: links of neighbours on a free list disagree";
	if (pfn & ((1ul << order) - 1))
		return "G2: a free block is not aligned to its order";
	if (pfn < zone->zone_start_pfn || pfn + (1ul << order) > zone_end_pfn(zone))
		return "B5: a free block reaches out of its zone";
	if (order < MAX_ORDER && pfn_valid(buddy_pfn) &&
	    would_merge(pfn_to_page(buddy_pfn)->word, page->word))
		return "B2: two free buddies are not merged";
	if (type_is_strange(pfn, order, mt))
		return "K5: a free block's type is not that of its special pageblock";
	return NULL;
}

static const char *list_fault(struct zone *zone, unsigned int order, unsigned int mt,
			      unsigned long *pages)
{
	const struct free_area *area = &zone->free_area[order];
	u32 pfn = area->first_pfn[mt], prev_pfn = PFN_NONE;
	unsigned long nr = 0;

	while (pfn != PFN_NONE) {
		const char *fault = block_fault(zone, pfn, order, mt, prev_pfn);

		if (fault)
			return fault;
		if (++nr > area->nr_free[mt])
			return "B3: a free list is longer than its count";
		prev_pfn = pfn;
		pfn = pfn_to_page(pfn)->next_pfn;
	}
	if (nr != area->nr_free[mt])
		return "B3: a free list is shorter than its count";
	if ((zone->free_orders[mt] >> order & 1) != (nr != 0))
		return "B3: free_orders does not say which lists are empty";
	*pages += nr << order;
	return NULL;
}

static const char *zone_fault(struct zone *zone)
{
	unsigned long pages[MIGRATE_TYPES] = { 0 }, ordinary_pages = 0;
	unsigned int order, mt;

	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		for (mt = 0; mt < MIGRATE_TYPES; mt++) {
			const char *fault = list_fault(zone, order, mt, &pages[mt]);

			if (fault)
				return fault;
		}
	}
	for (mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		ordinary_pages += pages[mt];
	if (ordinary_pages != zone->nr_free_pages)
		return "B4: nr_free_pages is not the sum of the free lists";
	IF_ENABLED(CONFIG_SPECIAL_TYPES,
		   for (mt = MIGRATE_PCPTYPES; mt < MIGRATE_TYPES; mt++)
			   if (pages[mt] != zone_nr_special(zone, mt))
				   return "B4: nr_free_special is not the sum of its type's lists";)
	return IS_ENABLED(CONFIG_COMPACTION) ? candidates_fault(zone) : NULL;
}

const char *zone_validate(struct zone *zone)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	const char *fault;

	LATENCY_HOOK(latency_excuse())
	fault = zone_fault(zone);

	spin_unlock_irqrestore(&zone->lock, flags);
	return fault;
}

void zone_must_be_valid(struct zone *zone)
{
	const char *fault = zone_fault(zone);

	ASSERT(!fault, "zone %s: %s", zone->name, fault);
}
