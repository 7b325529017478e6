/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SHELF_H
#define TEST_HOST_SHELF_H

/*
 * An owner made up for tests of what moves pages: a shelf with places, each for a block that holds
 * a pattern of its own, so that a block which was not moved as a whole, or to the wrong place, is
 * found. Included once by each program.
 */
#include "common/boot.h"

#include <kernel/errno.h>
#include <mm/gfp.h>
#include <mm/movable.h>

#ifndef PLACES
#define PLACES		64u
#endif
#define OWNER		7u

static struct place {
	struct page *page;	/* NULL: none */
	u64 seed;		/* of its pattern */
	unsigned int order;
	bool isolated, pinned;
} shelf[PLACES];

static int refuse_copy;		/* what shelf_migrate() is to answer; 0: it copies */
static bool let_drop;
static unsigned int put_back;	/* calls */

static struct place *place_of(const struct movable *at)
{
	struct place *p = &shelf[at->part];

	if (at->owner != OWNER || at->part >= PLACES || !p->page ||
	    page_to_pfn(p->page) != at->pfn)
		return NULL;
	return p;
}

static void fill(const struct place *p)
{
	u64 *word = page_address(p->page);

	for (u64 i = 0; i < (PAGE_SIZE << p->order) / sizeof(u64); i++)
		word[i] = p->seed ^ i * 0x9e3779b97f4a7c15ull;
}

static void check_contents(const struct place *p)
{
	const u64 *word = page_address(p->page);

	for (u64 i = 0; i < (PAGE_SIZE << p->order) / sizeof(u64); i++)
		if (word[i] != (p->seed ^ i * 0x9e3779b97f4a7c15ull))
			fail_msg("place %td, word %llu was not moved", p - shelf,
				 (unsigned long long)i);
}

static bool shelf_owns(const struct movable *at)
{
	return place_of(at) != NULL;
}

static int shelf_isolate(const struct movable *at)
{
	struct place *p = place_of(at);

	if (!p)
		return -EAGAIN;
	if (p->pinned || p->isolated)
		return -EBUSY;
	p->isolated = true;
	return 0;
}

static int shelf_migrate(const struct movable *at, struct page *dst)
{
	struct place *p = place_of(at);

	assert_non_null(p);
	assert_true(p->isolated);
	assert_int_equal(page_state(dst), PG_MOVABLE);
	assert_int_equal(page_order(dst), p->order);
	assert_int_not_equal(page_to_pfn(dst), at->pfn);
	if (refuse_copy)
		return refuse_copy;
	memcpy(page_address(dst), page_address(p->page), PAGE_SIZE << p->order);
	memset(page_address(p->page), 0xee, PAGE_SIZE << p->order);
	p->page = dst;
	p->isolated = false;
	return 0;
}

static bool shelf_drop(const struct movable *at)
{
	struct place *p = place_of(at);

	assert_non_null(p);
	assert_true(p->isolated);
	if (!let_drop)
		return false;
	*p = (struct place){ .page = NULL };
	return true;
}

static void shelf_put_back(const struct movable *at)
{
	struct place *p = place_of(at);

	assert_non_null(p);
	assert_true(p->isolated);
	p->isolated = false;
	put_back++;
}

static void shelf_describe(const struct movable *at, char *buf, size_t size)
{
	snprintf(buf, size, "place %u%s", at->part, place_of(at) ? "" : ", once");
}

MOVABLE_KIND(shelf, .owns = shelf_owns, .isolate = shelf_isolate, .migrate = shelf_migrate,
	     .drop = shelf_drop, .put_back = shelf_put_back, .describe = shelf_describe);

static void clear_shelf(void)
{
	memset(shelf, 0, sizeof(shelf));
	refuse_copy = 0;
	let_drop = false;
	put_back = 0;
}

/* A block that was handed out as movable. */
static void shelve(struct page *page, u32 kind, unsigned int part, unsigned int order, u64 seed)
{
	shelf[part] = (struct place){ .page = page, .seed = seed, .order = order };
	fill(&shelf[part]);
	page_make_movable(page, kind, OWNER, part);
}

static inline bool put_on_shelf(u32 kind, unsigned int part, unsigned int order, u64 seed)
{
	struct page *page = alloc_pages(GFP_MOVABLE | __GFP_NOWARN, order);

	if (page)
		shelve(page, kind, part, order, seed);
	return page;
}

static void take_from_shelf(unsigned int part)
{
	struct place p = shelf[part];

	check_contents(&p);
	shelf[part] = (struct place){ .page = NULL };
	page_unmake_movable(p.page);
	__free_pages(p.page, p.order);
}

#endif /* TEST_HOST_SHELF_H */
