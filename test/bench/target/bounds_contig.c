/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of contiguous memory: a range is full of single pages that move, and elsewhere only
 * single pages are free.
 */
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/contig.h>
#include <mm/gfp.h>
#include <mm/movable.h>

#include "bounds.h"

#define CUTS	4		/* of which each gives half of its pages for room */
#define RETYPED	5		/* pages that are retyped in one hold */
#define RANGE	MIN_CONST(MM_BOUND_PAGES, CUT_PAGES)

/* Taken for as long as the adversary works. */
static struct range_room {
	struct cut source, room[CUTS];
	u32 frames[RANGE];	/* of each page that moves */
} *r;

static bool range_owns(const struct movable *at)
{
	return at->part < RANGE && r->frames[at->part] == at->pfn;
}

static int range_isolate(const struct movable *at)
{
	(void)at;
	return 0;
}

static int range_migrate(const struct movable *at, struct page *dst)
{
	copy_page(page_address(dst), page_address(pfn_to_page(at->pfn)));
	r->frames[at->part] = (u32)page_to_pfn(dst);
	return 0;
}

static void range_put_back(const struct movable *at)
{
	(void)at;
}

static void range_describe(const struct movable *at, char *buf, size_t size)
{
	(void)at;
	strlcpy(buf, "the adversary's page", size);
}

MOVABLE_KIND(range, .owns = range_owns, .isolate = range_isolate, .migrate = range_migrate,
	     .put_back = range_put_back, .describe = range_describe);

/* Takes a range and gives it back. */
static void take(unsigned long pfn, unsigned long pages, enum mm_path path)
{
	struct page_obstacle o;
	u64 from = arch_instret();

	if (alloc_contig_range(pfn, pfn + pages, GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC, &o))
		return;
	bound_saw(path, from);
	from = arch_instret();
	free_contig_range(pfn, pages);
	bound_saw(PATH_CONTIG_RELEASE, from);
}

/* The first pages of source move; the other pages of source stay in hand. */
static void drive_lent(void)
{
	unsigned long first_pfn = page_to_pfn(r->source.page);

	for (unsigned int i = 0; i < RANGE; i++) {
		r->frames[i] = (u32)(first_pfn + i);
		page_make_movable(r->source.page + i, movable_kind_nr(range), 0, i);
		r->source.taken[i / 64] &= ~(1ull << i % 64);
	}
	take(first_pfn, RANGE, PATH_CONTIG);
	for (unsigned int i = 0; i < RANGE; i++) {
		page_unmake_movable(pfn_to_page(r->frames[i]));
		__free_page(pfn_to_page(r->frames[i]));
	}
	drain_local_pages();
}

/* The range is a free block without its ends: the block has to be cut at both. And some blocks of
 * it that one hold takes, at each place. */
static void drive_free(void)
{
	struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, MAX_ORDER);
	unsigned long pfn = page ? page_to_pfn(page) : 0;

	if (!page || CUT_PAGES < 64)
		return;
	__free_pages(page, MAX_ORDER);
	drain_local_pages();
	take(pfn + 1, MIN_CONST(CUT_PAGES, RANGE + 2) - 2, PATH_CONTIG_FREE);
	for (unsigned long i = 1; i + 4 < CUT_PAGES; i += 2)
		take(pfn + i, 4, PATH_CONTIG_HOLD);
}

/* Free pages of the last pageblock, which does not move, each between two that are not, come back
 * from Isolate: as many as one hold is enough for. */
static void drive_retype(void)
{
	unsigned long first = CUT_PAGES - min(CUT_PAGES, pageblock_nr_pages);
	unsigned long pfn = page_to_pfn(r->source.page) + first;
	struct page_obstacle o;
	u64 from;

	for (unsigned long i = 0; i < RETYPED && 2 * i + 1 < pageblock_nr_pages; i++) {
		bound_give(&r->source, first + 2 * i + 1);
		drain_local_pages();
		if (start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o))
			return;
		from = arch_instret();
		undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
		bound_saw(PATH_RETYPE, from);
	}
}

void bound_drive_contig(void)
{
	unsigned int nr = 0;

	if (MAX_ORDER > CUT_ORDER_MOST)
		return;
	r = alloc_pages_exact(sizeof(*r), GFP_KERNEL | __GFP_NOWARN | __GFP_ZERO);
	if (!r)
		return;
	drive_free();
	bound_take_all();
	if (bound_cut(&r->source)) {
		while (nr < CUTS && bound_cut(&r->room[nr]))
			nr++;
		for (unsigned int c = 0; c < nr; c++)
			for (unsigned long i = 0; i < CUT_PAGES; i += 2)
				bound_give(&r->room[c], i);
		drain_local_pages();
		if (nr == CUTS) {
			drive_lent();
			drive_retype();
		}
		for (unsigned long i = 0; i < CUT_PAGES; i++) {
			bound_give(&r->source, i);
			for (unsigned int c = 0; c < nr; c++)
				bound_give(&r->room[c], i);
		}
	}
	bound_give_rest();
	free_pages_exact(r, sizeof(*r));
}
