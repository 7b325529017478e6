/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: areas of contiguous memory: who has taken what of them.
 *
 * Structure: each area has a bit for each of its frames, set while cma_alloc() has handed the frame
 * out. A call looks for the first range of clear bits with the wanted alignment, sets them, and has
 * contig.c take the frames, which are free or lent to movable pages. Where one of those does not
 * go, the bits are cleared and the next range behind it is tried.
 *
 *	area	|   taken   |  lent and free   |  taken  |      |
 *	bits	|11111111111|000000000000000000|111111111|000000|
 *
 * Invariants:
 * CM1 A frame's bit is set exactly while it is handed out, or a call is taking it.
 * CM2 A call that fails leaves bits and frames as they were.
 *
 * Locking: cma_busy, so that one call at a time isolates pageblocks and sets bits; whoever waits
 * for it does so with interrupts on. Bits are cleared atomically, in any context.
 *
 * Bounds: the bits of an area are looked through once, and at most PIN_TRIES ranges are given up
 * for a page that is pinned; the rest is contig.c's.
 *
 * Configuration: CMA.
 */
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <arch/processor.h>
#include <mm/cma.h>

#include "special.h"

#define PIN_TRIES	4

/* [a] Of each area. */
static struct {
	unsigned long *bits;		/* [a] NULL: the area has no books, and serves nobody */
	unsigned long taken;		/* [a] pages */
	unsigned long allocs, failures;	/* [a] */
} books[CMA_AREAS_MAX];

static unsigned int cma_busy;		/* [a] */

int __init cma_init(void)
{
	for (unsigned int i = 0; i < cma_area_count; i++) {
		size_t bytes = BITS_TO_LONGS(cma_areas[i].pages) * sizeof(long);

		books[i].bits = alloc_pages_exact(bytes, GFP_NOWAIT | __GFP_ZERO);
		if (!books[i].bits)
			pr_err("cma: %s cannot be used: no memory for its books\n",
			       cma_areas[i].name);
	}
	return 0;
}
initcall(cma_init);

static const struct cma_area *area_of(unsigned long pfn, unsigned int *nr)
{
	for (*nr = 0; *nr < cma_area_count; (*nr)++)
		if (pfn - cma_areas[*nr].base_pfn < cma_areas[*nr].pages)
			return &cma_areas[*nr];
	return NULL;
}

/* ---- bits ---- */

/* The bits of word w that belong to [from, to). */
static unsigned long mask_of(unsigned long w, unsigned long from, unsigned long to)
{
	unsigned long first = w * BITS_PER_LONG, mask = ~0ul;

	if (from > first)
		mask &= ~0ul << (from - first);
	if (to < first + BITS_PER_LONG)
		mask &= ~(~0ul << (to - first));
	return mask;
}

/* The first bit of [from, to) that is set, or clear; to if there is none. */
static unsigned long find_bit(const unsigned long *bits, unsigned long from, unsigned long to,
			      bool set)
{
	for (unsigned long w = from / BITS_PER_LONG; w * BITS_PER_LONG < to; w++) {
		unsigned long word = __atomic_load_n(&bits[w], __ATOMIC_ACQUIRE);

		word = (set ? word : ~word) & mask_of(w, from, to);
		if (word)
			return w * BITS_PER_LONG + ctz64(word);
	}
	return to;
}

static void flip_bits(unsigned long *bits, unsigned long from, unsigned long to)
{
	for (unsigned long w = from / BITS_PER_LONG; w * BITS_PER_LONG < to; w++)
		__atomic_fetch_xor(&bits[w], mask_of(w, from, to), __ATOMIC_RELEASE);
}

/* The first range of clear bits from *from on, aligned as frames; false when there is none. */
static bool find_range(const struct cma_area *area, const unsigned long *bits, unsigned long *from,
		       unsigned long pages, unsigned int align_order)
{
	while (*from < area->pages) {
		unsigned long at = ALIGN_UP(area->base_pfn + *from, 1ul << align_order) -
				   area->base_pfn, taken;

		if (at >= area->pages || area->pages - at < pages)
			return false;
		taken = find_bit(bits, at, at + pages, true);
		if (taken == at + pages) {
			*from = at;
			return true;
		}
		*from = find_bit(bits, taken, area->pages, false);
	}
	return false;
}

/* ---- taking ---- */

static void begin_call(void)
{
	while (__atomic_exchange_n(&cma_busy, 1, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

static void end_call(void)
{
	__atomic_store_n(&cma_busy, 0, __ATOMIC_RELEASE);
}

/* 0 with *from where the frames are; -ENOSPC: no range is left. */
static int take_range(unsigned int nr, unsigned long *from, unsigned long pages,
		      unsigned int align_order, struct page_obstacle *o)
{
	const struct cma_area *area = &cma_areas[nr];
	unsigned long *bits = books[nr].bits;
	int err = -ENOSPC;

	for (unsigned int tries = 0; tries < PIN_TRIES; tries++) {
		unsigned long pfn;

		if (!find_range(area, bits, from, pages, align_order))
			return err;
		pfn = area->base_pfn + *from;
		flip_bits(bits, *from, *from + pages);
		err = alloc_contig_range(pfn, pfn + pages, GFP_KERNEL | __GFP_NOWARN, o);
		if (!err)
			return 0;
		UNDO_PATH("the range of an area cannot be had");
		flip_bits(bits, *from, *from + pages);
		if (err != -EBUSY)
			return err;
		/* The next range begins behind what does not go. */
		*from = max(o->pfn, pfn) + 1 - area->base_pfn;
	}
	return err;
}

struct page *cma_alloc_from(unsigned int nr, unsigned long pages, unsigned int align_order,
			    struct page_obstacle *o)
{
	unsigned long from = 0;
	int err;

	o->what[0] = 0;
	if (nr >= cma_area_count || !books[nr].bits || !pages || align_order > MAX_ORDER + 9)
		return NULL;
	begin_call();
	err = take_range(nr, &from, pages, align_order, o);
	end_call();
	if (err) {
		if (err == -ENOSPC)
			in_the_way(o, cma_areas[nr].base_pfn, "no range is left");
		else if (err == -ENOMEM)
			in_the_way(o, o->pfn, CMA_NO_ROOM);
		__atomic_fetch_add(&books[nr].failures, 1, __ATOMIC_RELAXED);
		count_vm_event(CMA_ALLOC_FAIL);
		return NULL;
	}
	__atomic_fetch_add(&books[nr].allocs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&books[nr].taken, pages, __ATOMIC_RELAXED);
	count_vm_event(CMA_ALLOC_SUCCESS);
	return pfn_to_page(cma_areas[nr].base_pfn + from);
}

struct page *cma_alloc(unsigned long pages, unsigned int align_order)
{
	struct page_obstacle o = { .what = "there is no such area" };
	struct page *page;
	unsigned int nr = 0;

	while (nr < cma_area_count && !cma_areas[nr].is_default)
		nr++;
	page = nr < cma_area_count ? cma_alloc_from(nr, pages, align_order, &o) : NULL;
	if (!page)
		pr_err("cma: cma_alloc: %s: alloc failed, req-size: %lu pages: %s\n",
		       nr < cma_area_count ? cma_areas[nr].name : CMA_DEFAULT_NAME, pages,
		       o.what);
	return page;
}

bool cma_release(const struct page *page, unsigned long pages)
{
	unsigned long pfn = page_to_pfn(page), at;
	const struct cma_area *area;
	unsigned int nr;

	area = area_of(pfn, &nr);
	if (!area)
		return false;
	at = pfn - area->base_pfn;
	if (!pages || area->pages - at < pages || !books[nr].bits ||
	    find_bit(books[nr].bits, at, at + pages, false) != at + pages)
		return false;
	free_contig_range(pfn, pages);
	flip_bits(books[nr].bits, at, at + pages);
	__atomic_fetch_sub(&books[nr].taken, pages, __ATOMIC_RELAXED);
	return true;
}

/* ---- figures ---- */

static unsigned long free_of_pageblock(unsigned long pfn)
{
	struct zone *zone = zone_of_pageblock(pfn);
	unsigned long flags = spin_lock_irqsave(&zone->lock), pages;
	const struct page *head = pfn_to_page(pageblock_head_pfn(pfn));

	if (page_order(head) >= pageblock_order)
		pages = page_state(head) == PG_BUDDY ? pageblock_nr_pages : 0;
	else
		pages = zone_pageblock(zone, pfn)->free_pages;
	spin_unlock_irqrestore(&zone->lock, flags);
	return pages;
}

struct cma_usage cma_usage(unsigned int nr)
{
	const struct cma_area *area = &cma_areas[nr];
	struct cma_usage u = {
		.taken_pages = __atomic_load_n(&books[nr].taken, __ATOMIC_RELAXED),
		.allocs = __atomic_load_n(&books[nr].allocs, __ATOMIC_RELAXED),
		.failures = __atomic_load_n(&books[nr].failures, __ATOMIC_RELAXED),
	};

	for (unsigned long at = 0; at < area->pages; at += pageblock_nr_pages)
		u.free_pages += free_of_pageblock(area->base_pfn + at);
	return u;
}

unsigned long total_cma_pages(void)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < cma_area_count; i++)
		pages += cma_areas[i].pages;
	return pages;
}
