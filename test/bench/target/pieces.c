/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large blocks when memory is in pieces: every page is taken, every second frame is given back, and
 * a large block is asked for, which nobody can have. The pages in hand are linked through their own
 * memory, because there are as many as the machine has.
 */
#include <kernel/math.h>
#include <mm/gfp.h>
#include <arch/irq.h>

#include "internal.h"

#define PIECES_ORDER	9
#define LEFT_PAGES	1600ul		/* that the fill leaves, as the peers' does */
#define FAILURES	3
#define WHILE_PIECES	4096ul

/* Pages in hand by the last bit of their frame's number, and large blocks in hand. */
static struct piece *held[2], *large;

static void take_all_pages(void)
{
	while (nr_free_pages() > LEFT_PAGES) {
		struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0);

		if (!page)
			return;
		piece_push(&held[page_to_pfn(page) & 1], page);
	}
}

/* Gives back a list of pages; returns the instructions, those of the walk along the list
 * included. */
static u64 give_all(struct piece **list, unsigned long *count)
{
	u64 from = arch_instret();

	for (*count = 0; *list; ++*count)
		__free_pages(piece_pop(list), 0);
	return arch_instret() - from;
}

/* Takes large blocks until FAILURES requests have failed, and gives them back after that. */
static void large_blocks(struct bench *b, const char *when)
{
	u64 ok_sum = 0, ok_max = 0, failure_sum = 0, failure_max = 0, cost = bench_read_cost();
	unsigned long ok = 0, failed = 0;
	char work[BENCH_NAME];

	while (failed < FAILURES) {
		u64 from = arch_instret();
		struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, PIECES_ORDER);
		u64 spent = arch_instret() - from - cost;

		if (page) {
			piece_push(&large, page);
			ok++;
			ok_sum += spent;
			ok_max = max(ok_max, spent);
		} else {
			failed++;
			failure_sum += spent;
			failure_max = max(failure_max, spent);
		}
	}
	while (large)
		__free_pages(piece_pop(&large), PIECES_ORDER);
	if (!bench_wanted(b, work, sizeof(work), "pieces %s order=9", when))
		return;
	bench_line(b, work);
	bench_value(b, "ok", ok);
	if (ok) {
		bench_mean(b, "ok_mean", ok_sum, ok);
		bench_value(b, "ok_max", ok_max);
	}
	bench_value(b, "failed", failed);
	bench_mean(b, "failure_mean", failure_sum, failed);
	bench_value(b, "failure_max", failure_max);
	bench_end(b);
}

static void bench_freed(struct bench *b, const char *name, u64 total, unsigned long count)
{
	char work[BENCH_NAME];

	if (!bench_wanted(b, work, sizeof(work), "pieces %s", name))
		return;
	bench_line(b, work);
	bench_mean(b, "free", total, count);
	bench_value(b, "pages", count);
	bench_end(b);
}

/* Measures the hot path while lists and buddy have nothing but single pages. */
static void bench_while_fragmented(struct bench *b)
{
	u64 take = 0, give = 0, from;
	unsigned long got = 0;
	char work[BENCH_NAME];

	if (!bench_wanted(b, work, sizeof(work), "pieces order=0 while fragmented"))
		return;
	from = arch_instret();
	for (; got < WHILE_PIECES; got++) {
		bench_items[got] = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0);
		if (!bench_items[got])
			break;
	}
	take = arch_instret() - from;
	from = arch_instret();
	for (unsigned long i = 0; i < got; i++)
		__free_pages(bench_items[i], 0);
	give = arch_instret() - from;
	bench_batch(b, work, take, give, got);
}

static void in_pieces(struct bench *b)
{
	unsigned long count;
	u64 spent;

	drain_local_pages();
	large_blocks(b, "before");
	take_all_pages();
	spent = give_all(&held[1], &count);
	bench_freed(b, "free_of_every_second", spent, count);
	large_blocks(b, "every_second_frame_free");
	bench_while_fragmented(b);
	spent = give_all(&held[0], &count);
	bench_freed(b, "free_of_the_rest_with_merging", spent, count);
	large_blocks(b, "after_all_freed");
}

/* True if any of the lines is wanted: the pieces are made once for all of them. */
static bool any_wanted(struct bench *b)
{
	static const char *const names[] = {
		"before order=9", "free_of_every_second", "every_second_frame_free order=9",
		"order=0 while fragmented", "free_of_the_rest_with_merging",
		"after_all_freed order=9",
	};
	char work[BENCH_NAME];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (bench_wanted(b, work, sizeof(work), "pieces %s", names[i]))
			return true;
	return false;
}

static void bench_pieces(struct bench *b)
{
	unsigned long flags;

	if (MAX_ORDER < PIECES_ORDER || !any_wanted(b))
		return;
	if (!b->exact) {
		bench_skip(b, "pieces", BENCH_NOT_EXACT);
		return;
	}
	/* Each page is written, and would take memory of the emulator's host. */
	if (nr_free_pages() > SZ_1G / PAGE_SIZE) {
		bench_skip(b, "pieces", "done up to 1 GiB");
		return;
	}
	if (!bench_room_get(b, "pieces"))
		return;
	flags = arch_local_irq_save();
	in_pieces(b);
	arch_local_irq_restore(flags);
	bench_room_put();
}

BENCH_GROUP(pieces, bench_pieces);
