/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_INTERNAL_H
#define MM_PAGE_INTERNAL_H

/* What the files of mm/ share and nobody else may include, grouped by owning file. */

#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/percpu.h>
#include <mm/account.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/numa_events.h>
#include <mm/pcp.h>
#include <mm/page.h>
#include <mm/vm_event.h>

/* ---- page.c ---- */

static inline struct zone *page_zone(const struct page *page)
{
	int nid = MAX_NUMNODES > 1 ? page_nid(page) : 0;

	return &NODE_DATA(nid)->node_zones[page_zone_idx(page)];
}

static inline unsigned int zone_id(const struct zone *zone)
{
	return (unsigned int)zone->nid << PAGE_ZONE_BITS | zone->idx;
}

/* ---- zone.c ---- */

/* What a zone is; the table has a row for each of enum zone_type's names. Boot only. */
struct zone_row {
	const char *name;
	unsigned long limit_pfn;	/* one past its last possible frame */
	unsigned int reserve_ratio;	/* of what lies above it a part is kept from requests that
					 * could go there: 1/ratio; 0 is none */
	u8 idx;				/* enum zone_type */
	bool present;			/* in this configuration */
};
#define NR_ZONE_ROWS	4
extern const struct zone_row zone_rows[NR_ZONE_ROWS];

/* The zones of this configuration, ascending: row->idx is 0, 1, ... */
#define for_each_zone_row(row) \
	for ((row) = zone_rows; (row) < zone_rows + NR_ZONE_ROWS; (row)++) \
		if ((row)->present)

/* ---- sparse.c ---- */

/* FLATMEM alone has descriptors between sections; nobody else looks there. */
#define for_each_present_section(s) \
	for (s = mem_sections; s < mem_sections + mem_section_count; s++) \
		if (s->end_pfn)

/* Pages that the descriptors of a zone's frames take, of holes too where those have some. Boot. */
unsigned long zone_memmap_pages(const struct zone *zone);

/* Boot objects for descriptors, under one owner; stops when RAM is too small. */
#define MEMMAP_OWNER	"memmap"
phys_addr_t memmap_alloc(size_t bytes, size_t align, int nid);

/* ---- memmap_<model>.c ---- */

/* Makes the descriptors of all sections; what they say is not set. Boot. */
void memmap_init(void);

#include "hold.h"
#include "pageblock.h"

/* ---- buddy.c: all with zone->lock held ---- */

void buddy_zone_init(struct zone *zone);
/* Links a block whose neighbours cannot merge with it (hand-over). */
void buddy_add_new(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt);
/* Returns a block handed out as mt; merges as far as it goes. */
void buddy_free(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int mt);
/*
 * Up to want > 0 blocks of order as type mt, in ascending runs, into pfns[want-1] downwards, so
 * that a stack hands them out in rising order; their words become state. Returns how many: less
 * when the zone has no more, or HOLD_STEPS are done.
 */
unsigned int buddy_alloc_bulk(struct zone *zone, unsigned int order, unsigned int mt,
			      unsigned int want, enum page_state state, u32 *pfns);
/* One block of order as type mt, handed out; NULL when there is none. */
struct page *buddy_alloc(struct zone *zone, unsigned int order, unsigned int mt);
/* Takes nr > 0 blocks of a per-CPU list, each with the list's word, last one first. Returns how
 * many: less when so many steps are done. */
unsigned int buddy_free_bulk(struct zone *zone, unsigned int order, u32 word, const u32 *pfns,
			     unsigned int nr, long steps);
/* Cuts an allocated block into allocated blocks of order; heads are written. */
void buddy_split_allocated(struct zone *zone, unsigned long pfn, unsigned int from_order,
			   unsigned int order);

/* ---- special.c: with SPECIAL_TYPES, zone->lock held ---- */

/* Free pages of a special type, which is in this configuration. */
#define zone_nr_special(zone, mt)	((zone)->nr_free_special[(mt) - MIGRATE_PCPTYPES])

/* Returns a block that belongs to a special type, with its pageblock's counters done. Returns the
 * merges. */
unsigned long special_free(struct zone *zone, unsigned long pfn, unsigned long order,
			   unsigned long mt);
/*
 * Takes the smallest block of at least order off a special type's lists, which have one, and cuts
 * it down to at most cut_order, below a pageblock's: *got_order, to be handed out as mt. *steps
 * goes down.
 */
unsigned long special_take(struct zone *zone, unsigned int special, unsigned int order,
			   unsigned int cut_order, unsigned int mt, unsigned int *got_order,
			   long *steps);
/* buddy_free() of a block of any type. */
static inline void zone_give(struct zone *zone, unsigned long pfn, unsigned int order,
			     unsigned int mt)
{
	if (is_special(mt))
		special_free(zone, pfn, order, mt);
	else
		buddy_free(zone, pfn, order, mt);
}

/* Frames on the zone's lists of all types. zone->lock is held, or nobody changes them. */
static inline unsigned long zone_listed_pages(const struct zone *zone)
{
	unsigned long pages = zone->nr_free_pages;

	IF_ENABLED(CONFIG_SPECIAL_TYPES,
		   for (unsigned int mt = MIGRATE_PCPTYPES; mt < MIGRATE_TYPES; mt++)
			   pages += zone_nr_special(zone, mt);)
	return pages;
}

/* Free pages of all types: those that are set aside are not. A snapshot. */
static inline unsigned long zone_free_pages(const struct zone *zone)
{
	unsigned long pages = READ_ONCE(zone->nr_free_pages);

	IF_ENABLED(CONFIG_CMA, pages += READ_ONCE(zone_nr_special(zone, MIGRATE_CMA));)
	IF_ENABLED(CONFIG_HIGHATOMIC,
		   pages += READ_ONCE(zone_nr_special(zone, MIGRATE_HIGHATOMIC));)
	return pages;
}

/* ---- highatomic.c: with HIGHATOMIC; interrupts off where zones are tried ---- */

/* A request that may have what is kept: larger than a page, smaller than a pageblock, and it cannot
 * wait. */
static __always_inline bool may_have_highatomic(gfp_t gfp, unsigned int order)
{
	return IS_ENABLED(CONFIG_HIGHATOMIC) && gfp & __GFP_ATOMIC && order > 0 &&
	       order < pageblock_order;
}
/* One block from what the zones that the request may use keep; NULL when they keep none, or would
 * go below the request's mark with it: what is kept counts here. */
struct page *highatomic_take(struct zone *const *zones, unsigned int highest_zone,
			     unsigned int order, unsigned int mt, unsigned int alloc_flags);
/* Such a request was met with this block: its pageblock is kept from now on, if there is room. */
void highatomic_reserve(struct page *page);
/* Gives one pageblock that is kept to type mt, before a request fails; false when none has anything
 * free. */
bool highatomic_release(struct zone *const *zones, unsigned int highest_zone, unsigned int mt);

/* ---- isolation.c: with MEMORY_ISOLATION ---- */

/* undo_isolate_page_range() of one pageblock that is free as a whole, its zone's lock held. */
void undo_isolate_locked(struct zone *zone, unsigned long pfn);
/* Whose a block that is not free is, or what. */
const char *block_name(const struct page *page);
struct page_obstacle;
/* Fills *o; -EBUSY. */
int in_the_way(struct page_obstacle *o, unsigned long pfn, const char *what);

/* ---- lend.c: with CMA ---- */

/* May such a request have pages of CMA, and are there any? A snapshot. */
static __always_inline bool may_lend(const struct zone *zone, unsigned int order, unsigned int mt)
{
	IF_ENABLED(CONFIG_CMA,
		   if (mt == MIGRATE_MOVABLE && order == 0)
			   return READ_ONCE(zone_nr_special(zone, MIGRATE_CMA)) != 0;)
	(void)zone, (void)order, (void)mt;
	return false;
}
/* Is more of what is free in the zone CMA than not? */
bool lend_first(const struct zone *zone);
/* As buddy_alloc_bulk() of movable single pages, from CMA. zone->lock is held. */
unsigned int lend_bulk(struct zone *zone, unsigned int want, enum page_state state, u32 *pfns);
/* One page, handed out; NULL when there is none. Interrupts off. */
struct page *lend_page(struct zone *zone);

/* ---- pcp.c ---- */

/* One of a CPU's lists; per_cpu_ptr() or this_cpu_ptr() of it. pcp_order(order) holds. */
static inline struct pcp_list *pcp_list_of(const struct zone *zone, unsigned int order,
					   unsigned int mt)
{
	return pcp_list_at(order, zone_id(zone) << PAGE_MT_BITS | mt);
}

/* That of the next type, zone and order being the same. */
static inline struct pcp_list *pcp_list_after(struct pcp_list *list, unsigned int order)
{
	return (struct pcp_list *)(void *)((u32 *)(void *)list +
					   pcp_rows[pcp_row(order)].list_words);
}

/* What a CPU may hold of a zone (P3), in pages. */
static inline unsigned long pcp_pages_most(const struct zone *zone)
{
	return zone->pcp_high +
	       zone->pcp_pageblocks * MIGRATE_PCPTYPES * pageblock_nr_pages;
}

/* CPU's pages on its lists of zone. A snapshot. */
unsigned long zone_pcp_count(const struct zone *zone, unsigned int cpu);
/* Interrupts off. Fills an empty list with at most headroom pages; false when none came. */
bool pcp_refill(struct zone *zone, struct pcp_list *list, unsigned int order, unsigned int mt,
		unsigned long headroom_pages);
/* Half a batch at most, in a stretch in which all lists were looked at: a whole one would keep
 * interrupts off for too long. */
void pcp_drain_looked(struct zone *zone, struct pcp_list *list, unsigned int order,
		      unsigned int most);
/* Interrupts off. Gives at least one and at most nr_blocks of a list that is not empty back. */
void pcp_drain_list(struct zone *zone, struct pcp_list *list, unsigned int order,
		    unsigned int nr_blocks);
/* Interrupts off. Onto this CPU's list, from which a batch goes back when it is full; false when
 * it takes nothing even then. */
bool pcp_free_slow(struct zone *zone, struct page *page, unsigned int order);
/* Interrupts off. Gives one block of at least order, of whatever type, back to the zone from
 * this CPU's lists; false when they hold none. */
bool pcp_give_one(struct zone *zone, unsigned int order);
/* Blocks that a CPU may hold of a zone (P3): each is a page at least, and a pageblock is one. */
static inline unsigned int pcp_blocks_most(const struct zone *zone)
{
	return zone->pcp_high + zone->pcp_pageblocks * MIGRATE_PCPTYPES;
}

/* ---- pcp_share.c: interrupts off ---- */

/* Pages of the share that no list has. */
DECLARE_PER_CPU(u32, pcp_spare_pages[NR_PCP_INDEXES >> PAGE_MT_BITS]);

/* Do lists of this order share what they may hold? */
static __always_inline bool pcp_shares(unsigned int order)
{
	return order > 0 && order < PCP_SMALL_ORDERS;
}

/* Has a list that shares so many quarters of what it can have at most? */
static inline bool pcp_has_quarters(const struct pcp_list *list, unsigned int order, u32 quarters)
{
	return list->limit * 4 >= pcp_rows[order].most * quarters;
}

/* Blocks that a refill of the list takes at most. */
static inline unsigned int pcp_refill_blocks(const struct zone *zone, const struct pcp_list *list)
{
	return min(zone->pcp_batch, list->limit);
}

/* Blocks that a full list gives back at most: one that shares keeps a quarter, so that frees and
 * allocations by turns do not empty and fill it. */
static inline unsigned int pcp_drain_blocks(const struct zone *zone, const struct pcp_list *list,
					    unsigned int order)
{
	return min(zone->pcp_batch, list->limit - (pcp_shares(order) ? list->limit / 4 : 0));
}

/* Lets the list, which is empty or full, hold up to a batch more, if that is to be had without
 * giving anything back. */
void pcp_raise_limit(struct zone *zone, struct pcp_list *list, unsigned int order);
/* Is more of that to be had than what a call would cost? */
static inline bool pcp_may_grow(const struct zone *zone, const struct pcp_list *list,
				unsigned int order)
{
	return pcp_shares(order) && list->limit < pcp_rows[order].most &&
	       (!pcp_has_quarters(list, order, 3) ||
		*this_cpu_ptr(&pcp_spare_pages[zone_id(zone)]) >> order);
}
/* The same; the list that holds most gives a batch back where nothing else helps: then true. */
bool pcp_make_room(struct zone *zone, struct pcp_list *list, unsigned int order);
/* What the list may hold, and does not, is for others. */
void pcp_give_limit_up(struct zone *zone, struct pcp_list *list, unsigned int order);
/* All of the share is spare. Boot, or CPU stands still, or it itself calls. */
void pcp_share_reset(struct zone *zone, unsigned int cpu);

/* ---- pcp_setup.c ---- */

/* What CPUs may hold of the zone. Boot, or all other CPUs stand still. */
void pcp_setup_zone(struct zone *zone);
/* Sets the limits of all CPUs' lists from that. Boot. */
void pcp_set_limits(struct zone *zone);
/* The same for one CPU, whose lists are empty: it itself may, with interrupts off, or anybody while
 * it is offline. */
void pcp_set_cpu_limits(struct zone *zone, unsigned int cpu);
/* Where its inline paths begin. As above. */
void pcp_set_homes(unsigned int cpu);

/* ---- watermark.c ---- */

/* Managed pages as they will be after boot: what is computed from them once holds for good. */
static inline unsigned long zone_pages_to_manage(const struct zone *zone)
{
	return zone->managed_pages + zone->init_pages;
}

/* Rights of a request against the marks. */
#define ALLOC_WMARK_MIN		0x1u	/* down to min; without it, to low */
#define ALLOC_HIGH		0x2u
#define ALLOC_HARDER		0x4u
#define ALLOC_NO_WATERMARKS	0x8u
#define ALLOC_PROMISED		0x10u	/* within what its account is promised: any free page */
#define ALLOC_REFUSED		0x20u	/* beyond its account's limit */

/* Pages that a request leaves in zone; highest_zone is the last zone that it may use. */
static __always_inline unsigned long zone_mark(const struct zone *zone, unsigned int highest_zone,
					       unsigned int alloc_flags)
{
	unsigned long mark = zone->watermark[alloc_flags & ALLOC_WMARK_MIN ? WMARK_MIN
									   : WMARK_LOW];

	if (alloc_flags & (ALLOC_NO_WATERMARKS |
			   (IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? ALLOC_PROMISED : 0)))
		return 0;
	if (alloc_flags & ALLOC_HIGH)
		mark -= mark / 2;
	if (alloc_flags & ALLOC_HARDER)
		mark -= mark / 4;
	return mark + zone->lowmem_reserve[highest_zone];
}

/* Pages that it may take from there. */
static __always_inline unsigned long zone_headroom(const struct zone *zone,
						   unsigned int highest_zone,
						   unsigned int alloc_flags)
{
	unsigned long mark = zone_mark(zone, highest_zone, alloc_flags);
	unsigned long free_pages = READ_ONCE(zone->nr_free_pages);

	return free_pages > mark ? free_pages - mark : 0;
}

#include "account.h"

/* ---- zonelist.c ---- */

/* All nodes' lists, from the zones that have RAM now. Boot, or all other CPUs stand still. */
void rebuild_zonelists(void);

static __always_inline enum zone_type gfp_zone(gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return ZONE_DMA;
	if (gfp & __GFP_DMA32)
		return ZONE_DMA32;
	if (gfp & __GFP_MOVABLE)
		return ZONE_MOVABLE;
	return ZONE_NORMAL;
}

/* ---- page_alloc.c ---- */

/* The types that flags can ask for, as bits, with grouping by mobility; 0 without it. */
extern u32 gfp_mt_mask;

static __always_inline unsigned int gfp_migratetype(gfp_t gfp)
{
	unsigned int mt = (gfp >> GFP_MOVABLE_SHIFT) & gfp_mt_mask;

	/* Both flags together are no type's number. */
	return likely(mt < MIGRATE_PCPTYPES) ? mt : mt & MIGRATE_MOVABLE;
}

/* The flags of a request that may wait, with interrupts off: they lose that right in boot, and stop
 * the kernel after it. */
gfp_t gfp_without_wait(gfp_t gfp);

/* Where a request leaves the inline path: its flags, as far as they count here. */
static __always_inline gfp_t gfp_in_context(gfp_t gfp)
{
	if (unlikely(gfp & __GFP_DIRECT_RECLAIM && arch_irqs_disabled()))
		return gfp_without_wait(gfp);
	return gfp;
}

/* One block from the first zone, beginning with *z, that has one for such a request, charged to the
 * account. Any context. */
struct page *zones_take(struct zone *const *z, unsigned int highest_zone, unsigned int order,
			unsigned int mt, unsigned int alloc_flags);

/* Gives a block that is handed out to its zone, past the CPU's lists, where nobody gets it who does
 * not ask the zone. Any context. */
void free_pages_to_zone(struct page *page);
/* The same for one that nobody was given. */
void add_pages_to_zone(struct page *page);

/* ---- alloc_slow.c ---- */

/* The request that the short ways could not meet; NULL, and it is said. */
struct page *alloc_pages_slow(int nid, gfp_t gfp, unsigned int order);

/* Gives pages of one word, [pfn, end_pfn) of one pageblock, back likewise: those that lie so that
 * they can be larger blocks go as such. Any context. */
void free_run_to_zone(struct zone *zone, unsigned long pfn, unsigned long end_pfn);

/* ---- movable.c ---- */

/* As migrate_page(), but that the block is not freed: it is the caller's then, handed out. */
int take_from_owner(unsigned long pfn, gfp_t gfp) __must_check;
/* The same for pages from pfn on, as far as they go together, at most MOVE_RUN: a bit for each that
 * was taken, from pfn on. */
u32 take_run_from_owners(struct zone *zone, unsigned long pfn, unsigned long end_pfn,
			 gfp_t gfp) __must_check;

/* ---- reclaim.c, where IS_ENABLED(CONFIG_RECLAIM) ---- */

/* Rounds that a request makes at most before it fails. */
#define RECLAIM_ROUNDS	16

/* May who asks so wait for others to give memory back? */
bool reclaim_may_start(gfp_t gfp);
/* One scan of each shrinker; false when nothing came and nobody has anything. order: of the block
 * that is wanted. by_thread: not for a request that waits for it. Interrupts on. */
bool reclaim_round(unsigned int order, bool by_thread);

/* ---- kswapd.c: with RECLAIM_THREAD ---- */

/* Blocks of a larger order seldom come of what others give back: nobody waits for them. */
#define PAGE_ALLOC_COSTLY_ORDER	3

/* Boot: a thread for each online node. */
int kswapds_start(void);
/* A request found every zone up to this one below its low mark: the node's thread goes to work. Any
 * context. */
void kswapd_wake(int nid, unsigned int highest_zone);
/* May a request wait for the node's thread, and can it? */
bool kswapd_may_wait(int nid, gfp_t gfp, unsigned int order);
/* Until there is memory again, which others may be faster to take, or time_us() has come so far:
 * then false. Process context, no lock held. */
bool kswapd_wait(int nid, u64 until_us);

/* ---- kcompactd.c: with COMPACTION_THREAD ---- */

/* Boot: a thread for each online node. */
int kcompactds_start(void);
/* A request for such a block found none above the low marks. Any context. */
void kcompactd_wake(int nid, unsigned int order);

/* ---- numa_events.c: with NUMA alone ---- */

/* What a CPU has counted at a zone: requests met from it, and those that it was preferred for. */
struct numa_counts {
	u64 hit, miss, foreign;		/* [P*] */
};
DECLARE_PER_CPU(struct numa_counts, numa_counts[MAX_NUMNODES][MAX_NR_ZONES]);

/* Interrupts off. A request was met from zone, not by the inline path. */
static __always_inline void numa_count(const struct zone *preferred, const struct zone *zone)
{
	struct numa_counts *of = this_cpu_ptr(&numa_counts[zone->nid][zone->idx]);
	u64 *foreign;

	if (likely(zone->nid == preferred->nid)) {
		WRITE_ONCE(of->hit, of->hit + 1);
		return;
	}
	foreign = &this_cpu_ptr(&numa_counts[preferred->nid][preferred->idx])->foreign;
	WRITE_ONCE(of->miss, of->miss + 1);
	WRITE_ONCE(*foreign, *foreign + 1);
}

/* Of all CPUs. A snapshot. */
unsigned long zone_numa_count(const struct zone *zone, enum numa_event event);

/* ---- validate.c ---- */

/* Stops the kernel with the first broken rule of the zone's lists. zone->lock is held. */
void zone_must_be_valid(struct zone *zone);

/* ---- show_mem.c ---- */

/* waited: RECLAIM_WAIT_MS, and nobody gave memory back. */
void warn_alloc_failed(gfp_t gfp, unsigned int order, bool waited);

#endif /* MM_PAGE_INTERNAL_H */
