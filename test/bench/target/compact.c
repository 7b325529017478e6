/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large blocks out of memory that lies in pieces: movable pages of an owner made up here fill
 * memory, every second frame is given back, and a request that may wait asks for a pageblock.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/movable.h>

#include "bounds.h"

#define OWNER		1u
#define BLOCKS		8u
#define LEFT_PAGES	1600ul		/* that the fill leaves, as in pieces.c */

/* The frame of each page; 0: none. */
static u32 *books;
static u32 nr_books;

static bool bench_owns(const struct movable *at)
{
	return at->owner == OWNER && at->part < nr_books && books[at->part] == at->pfn;
}

static int bench_move(const struct movable *at, struct page *dst)
{
	if (!bench_owns(at))
		return -EAGAIN;
	movable_take_over(dst, pfn_to_page(at->pfn));
	copy_page(page_address(dst), __va(PFN_PHYS(at->pfn)));
	books[at->part] = (u32)page_to_pfn(dst);
	return 0;
}

static void bench_describe(const struct movable *at, char *buf, size_t size)
{
	scnprintf(buf, size, "page %u of bench", at->part);
}

MOVABLE_KIND(pieces, .owns = bench_owns, .move = bench_move, .describe = bench_describe);

static void fill(u32 room)
{
	while (nr_books < room && nr_free_pages() > LEFT_PAGES) {
		struct page *page = alloc_pages(GFP_NOWAIT | __GFP_MOVABLE | __GFP_NOWARN, 0);

		if (!page)
			return;
		books[nr_books] = (u32)page_to_pfn(page);
		page_make_movable(page, movable_kind_nr(pieces), OWNER, nr_books++);
	}
}

/* Gives back the pages whose frames are even, or all. */
static void give(bool all)
{
	for (u32 part = 0; part < nr_books; part++) {
		struct page *page = pfn_to_page(books[part]);

		if (!books[part] || (!all && books[part] & 1))
			continue;
		books[part] = 0;
		page_unmake_movable(page);
		__free_pages(page, 0);
	}
}

static void bench_blocks(struct bench *b)
{
	struct page *blocks[BLOCKS];
	const u64 cost = bench_read_cost();
	u64 sum = 0, most = 0;
	char work[BENCH_NAME];
	unsigned int nr;

	if (!bench_wanted(b, work, sizeof(work), "compact order=%d", pageblock_order))
		return;
	for (nr = 0; nr < BLOCKS; nr++) {
		u64 from = arch_instret(), spent;

		blocks[nr] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, pageblock_order);
		spent = arch_instret() - from - cost;
		if (!blocks[nr])
			break;
		sum += spent;
		most = max(most, spent);
	}
	bench_line(b, work);
	bench_mean(b, "alloc", sum, max(nr, 1u));
	bench_value(b, "max", most);
	bench_value(b, "ok", nr);
	bench_value(b, "failed", BLOCKS - nr);
	bench_end(b);
	while (nr--)
		__free_pages(blocks[nr], pageblock_order);
}

/* Memory is in pieces, with a table of the pages that move; false: there is no room for it. */
static bool begin(size_t bytes)
{
	books = alloc_pages_exact(bytes, GFP_NOWAIT | __GFP_NOWARN);
	if (!books)
		return false;
	nr_books = 0;
	fill((u32)(bytes / sizeof(u32)));
	give(false);
	drain_local_pages();
	return true;
}

static void end(size_t bytes)
{
	give(true);
	free_pages_exact(books, bytes);
	books = NULL;
	nr_books = 0;
	drain_local_pages();
}

void bound_drive_compaction(void)
{
	size_t bytes = nr_free_pages() * sizeof(u32);
	struct page *blocks[BLOCKS];
	unsigned int nr;
	u64 from;

	if (!begin(bytes))
		return;
	for (nr = 0; nr < BLOCKS; nr++) {
		from = arch_instret();
		blocks[nr] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, pageblock_order);
		bound_saw(PATH_COMPACT, from);
		if (!blocks[nr])
			break;
	}
	while (nr--)
		__free_pages(blocks[nr], pageblock_order);
	end(bytes);
}

static void bench_compaction(struct bench *b)
{
	size_t bytes = nr_free_pages() * sizeof(u32);

	if (!b->exact) {
		bench_skip(b, "compact", BENCH_NOT_EXACT);
		return;
	}
	if (!begin(bytes)) {
		bench_skip(b, "compact", "no memory for the table of pages");
		return;
	}
	bench_blocks(b);
	end(bytes);
}

BENCH_GROUP(compaction, bench_compaction);
