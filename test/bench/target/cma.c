/* SPDX-License-Identifier: BSD-2-Clause */
/* Contiguous memory: from an area that is free, and from one that is lent page by page. */
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/cma.h>
#include <mm/gfp.h>
#include <mm/movable.h>

#include "internal.h"

/* bench_items[part] is the page of a part; a part is one page that moves. */
static bool bench_owns(const struct movable *at)
{
	return at->part < BENCH_BULK && bench_items[at->part] == pfn_to_page(at->pfn);
}

static int bench_move(const struct movable *at, struct page *dst)
{
	movable_take_over(dst, pfn_to_page(at->pfn));
	copy_page(page_address(dst), page_address(pfn_to_page(at->pfn)));
	bench_items[at->part] = dst;
	return 0;
}

static void bench_describe(const struct movable *at, char *buf, size_t size)
{
	(void)at;
	strlcpy(buf, "a benchmark's page", size);
}

MOVABLE_KIND(bench, .owns = bench_owns, .move = bench_move, .describe = bench_describe);

/* All of the area that is free becomes pages that move; other pages go back. Returns how many. */
static unsigned long lend_all(void)
{
	const struct cma_area *area = &cma_areas[0];
	struct piece *others = NULL;
	struct page *page;
	unsigned long nr = 0;

	while (nr < BENCH_BULK && (page = alloc_page(GFP_MOVABLE | __GFP_NOWARN))) {
		if (page_to_pfn(page) - area->base_pfn >= area->pages) {
			piece_push(&others, page);
			continue;
		}
		bench_items[nr] = page;
		page_make_movable(page, movable_kind_nr(bench), 0, (u32)nr++);
	}
	while (others)
		__free_page(piece_pop(&others));
	drain_local_pages();
	return nr;
}

static void take_back(unsigned long nr)
{
	while (nr-- > 0) {
		struct page *page = bench_items[nr];

		page_unmake_movable(page);
		__free_page(page);
	}
	drain_local_pages();
}

static void run(struct bench *b, const char *work, unsigned long pages, unsigned int rounds,
		bool lent)
{
	u64 alloc = 0, free = 0, cost = bench_read_cost(), from;
	struct page_obstacle o;

	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long nr = lent ? lend_all() : 0;
		struct page *page;

		from = arch_instret();
		page = cma_alloc_from(0, pages, 0, &o);
		alloc += arch_instret() - from - cost;
		if (!page) {
			take_back(nr);
			bench_skip(b, work, o.what);
			return;
		}
		from = arch_instret();
		cma_release(page, pages);
		free += arch_instret() - from - cost;
		take_back(nr);
	}
	bench_batch(b, work, alloc, free, rounds);
}

static void bench_cma(struct bench *b)
{
	static const struct {
		unsigned long pages;
		unsigned int rounds;
		bool lent;
	} works[] = {
		{ 1, 10, false }, { 1024, 10, false }, { 1, 10, true }, { 1024, 4, true },
		{ 16384, 1, true },
	};
	char work[BENCH_NAME];

	if (!bench_room_get(b, "cma_alloc"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		if (!bench_wanted(b, work, sizeof(work), "cma_alloc pages=%lu state=%s",
				  works[i].pages, works[i].lent ? "lent" : "free"))
			continue;
		if (!cma_area_count || cma_areas[0].pages < works[i].pages)
			bench_skip(b, work, "no area: cma=128M makes one");
		else
			run(b, work, works[i].pages, works[i].rounds, works[i].lent);
	}
	bench_room_put();
}

BENCH_GROUP(cma, bench_cma);
