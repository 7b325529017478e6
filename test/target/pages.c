/* SPDX-License-Identifier: BSD-2-Clause */
/* The page allocator on the machine itself: what a call returns, what is left free, and that all
 * comes back. */
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define NR_LIVE		512u
#define NR_OPERATIONS	20000u

/* ---- what must be as it was ---- */

/* Number of free blocks of each order over all zones, with nothing on this CPU's lists. */
struct blocks {
	unsigned long nr[NR_PAGE_ORDERS];
	unsigned long free_pages, pageblocks;
};

static struct blocks count_blocks(void)
{
	struct blocks b = { .free_pages = 0 };
	unsigned long pageblocks[MIGRATE_TYPES];
	struct zone_free_blocks free;
	struct zone_snapshot z;

	ktest_reclaim();
	drain_local_pages();
	unreserve_highatomic();
	for_each_populated_zone_snapshot(&z) {
		zone_free_blocks(z.nid, z.idx, &free);
		zone_pageblocks(z.nid, z.idx, pageblocks);
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
			for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
				b.nr[order] += free.nr[order][mt];
			b.pageblocks += pageblocks[mt];
		}
	}
	b.free_pages = nr_free_pages();
	return b;
}

static void say(void *ctx, const char *line)
{
	ktest_fail(ctx, __FILE__, __LINE__, "%s", line);
}

static void expect_same_blocks(struct ktest *t, const struct blocks *before)
{
	struct blocks now = count_blocks();

	KTEST_EXPECT_EQ(t, now.free_pages, before->free_pages);
	KTEST_EXPECT_EQ(t, now.pageblocks, before->pageblocks);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		KTEST_EXPECT_EQ(t, now.nr[order], before->nr[order]);
}

/* Every frame has one owner, and as many more as used are handed out than before. */
static void expect_audit(struct ktest *t, unsigned long used, unsigned long before)
{
	struct audit audit;

	memory_audit(&audit, say, t);
	KTEST_EXPECT_EQ(t, audit.pages[PG_ALLOCATED], before + used);
}

static unsigned long allocated_pages(void)
{
	struct audit audit;

	memory_audit(&audit, NULL, NULL);
	return audit.pages[PG_ALLOCATED];
}

/* Writes a word at each end of a block, which another owner would change. */
static void mark_ends(struct page *page, unsigned int order, u64 token)
{
	u64 *words = page_address(page);

	words[0] = token;
	words[(PAGE_SIZE << order) / sizeof(u64) - 1] = ~token;
}

static bool ends_are(struct page *page, unsigned int order, u64 token)
{
	const u64 *words = page_address(page);

	return words[0] == token && words[(PAGE_SIZE << order) / sizeof(u64) - 1] == ~token;
}

/* ---- cases ---- */

static void every_order(struct ktest *t)
{
	struct blocks before = count_blocks();
	unsigned long used = allocated_pages();

	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
		unsigned long pfn;

		if (!page) {
			/* A request may fail only because no block is so large. */
			KTEST_EXPECT(t, order > 0);
			continue;
		}
		pfn = page_to_pfn(page);
		KTEST_EXPECT(t, IS_ALIGNED(pfn, 1ul << order));
		KTEST_EXPECT_EQ(t, page_state(page), PG_ALLOCATED);
		KTEST_EXPECT_EQ(t, page_order(page), order);
		KTEST_EXPECT_EQ(t, block_head_pfn(pfn + (1ul << order) - 1), pfn);
		KTEST_EXPECT(t, virt_to_page(page_address(page)) == page);
		mark_ends(page, order, t->seed);
		expect_audit(t, 1ul << order, used);
		KTEST_EXPECT(t, ends_are(page, order, t->seed));
		__free_pages(page, order);
	}
	expect_same_blocks(t, &before);
}

/* Blocks are given back in an order in which no two neighbours meet before the end. */
static void blocks_merge_again(struct ktest *t)
{
	struct blocks before = count_blocks();
	static struct page *pages[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0);
		KTEST_EXPECT(t, pages[i]);
	}
	for (i = 0; i < ARRAY_SIZE(pages); i += 2)
		if (pages[i])
			__free_pages(pages[i], 0);
	drain_local_pages();
	for (i = 1; i < ARRAY_SIZE(pages); i += 2)
		if (pages[i])
			__free_pages(pages[i], 0);
	expect_same_blocks(t, &before);
}

static bool all_zero(const u64 *words, size_t bytes)
{
	size_t nr = bytes / sizeof(*words);

	while (nr && words[nr - 1] == 0)
		nr--;
	return nr == 0;
}

/* The page that comes is most likely the one that was just made dirty. */
static void zeroed(struct ktest *t)
{
	for (unsigned int order = 0; order <= MIN_CONST(MAX_ORDER, 4); order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);

		KTEST_ASSERT(t, page);
		memset(page_address(page), 0xff, PAGE_SIZE << order);
		__free_pages(page, order);
		page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
		KTEST_ASSERT(t, page);
		KTEST_EXPECT(t, all_zero(page_address(page), PAGE_SIZE << order));
		__free_pages(page, order);
	}
}

static void exact(struct ktest *t)
{
	struct blocks before = count_blocks();
	unsigned long used = allocated_pages();

	for (unsigned long pages = 1; pages <= MIN_CONST(33ul, 1ul << MAX_ORDER); pages++) {
		size_t bytes = pages * PAGE_SIZE - pages % 7;
		char *va = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);

		KTEST_ASSERT(t, va);
		memset(va, (int)pages, pages * PAGE_SIZE);
		expect_audit(t, pages, used);
		KTEST_EXPECT(t, va[0] == (char)pages && va[bytes - 1] == (char)pages);
		free_pages_exact(va, bytes);
	}
	KTEST_EXPECT(t, !alloc_pages_exact(0, GFP_KERNEL));
	expect_same_blocks(t, &before);
}

static void impossible_requests_fail(struct ktest *t)
{
	struct blocks before = count_blocks();

	KTEST_EXPECT(t, !alloc_pages(__GFP_NOWARN, MAX_ORDER + 1));
	KTEST_EXPECT(t, !alloc_pages(__GFP_NOWARN, 32));
	KTEST_EXPECT(t, !alloc_pages(__GFP_NOWARN, ~0u));
	KTEST_EXPECT(t, !alloc_pages_exact((PAGE_SIZE << MAX_ORDER) + 1, __GFP_NOWARN));
	KTEST_EXPECT(t, !alloc_pages_exact(~(size_t)0, __GFP_NOWARN));
	expect_same_blocks(t, &before);
}

/* ---- all there is: a chain of blocks, each of which says what the next one is ---- */

struct link {
	struct link *next;
	unsigned int order;
};

/* Takes the largest blocks first, until gfp can have no page any more. */
static struct link *take_all(gfp_t gfp, struct link *chain)
{
	for (unsigned int order = MAX_ORDER + 1; order-- > 0;) {
		struct page *page;

		while ((page = alloc_pages(gfp | __GFP_NOWARN, order))) {
			struct link *link = page_address(page);

			*link = (struct link){ .next = chain, .order = order };
			chain = link;
		}
	}
	return chain;
}

static void give_all(struct link *chain)
{
	while (chain) {
		struct link *next = chain->next;

		free_pages((unsigned long)chain, chain->order);
		chain = next;
	}
}

/* Free pages of each zone, with nothing on this CPU's lists. */
static unsigned long zone_free_before[MAX_NUMNODES * MAX_NR_ZONES];

static void note_zones(void)
{
	unsigned int nr = 0;
	struct zone_snapshot z;

	drain_local_pages();
	for_each_populated_zone_snapshot(&z)
		zone_free_before[nr++] = z.free_pages;
}

/* Requests with such rights have taken all that they can have; the marks keep the rest. */
static void expect_marks(struct ktest *t, bool halved, bool lowered)
{
	unsigned int nr = 0;
	struct zone_snapshot z;

	for_each_populated_zone_snapshot(&z) {
		unsigned long mark = z.watermark[WMARK_MIN], before = zone_free_before[nr++];

		if (z.idx > ZONE_NORMAL)
			continue;
		mark -= halved ? mark / 2 : 0;
		mark -= lowered ? mark / 4 : 0;
		mark += z.protection[ZONE_NORMAL];
		/* A zone that began below its mark keeps what it had. */
		KTEST_EXPECT_EQ(t, z.free_pages, min(mark, before));
	}
}

static void marks_hold(struct ktest *t)
{
	struct blocks before = count_blocks();
	struct link *chain;

	note_zones();
	/* Nobody waits: memory that others give back would not be free afterwards as before. */
	chain = take_all(GFP_NOWAIT, NULL);
	expect_marks(t, false, false);
	chain = take_all(__GFP_HIGH, chain);
	expect_marks(t, true, false);
	chain = take_all(GFP_ATOMIC, chain);
	expect_marks(t, true, true);
	give_all(chain);
	expect_same_blocks(t, &before);
	memory_audit(&(struct audit){ .errors = 0 }, say, t);
}

/* A request whose type has empty lists is served from another type's, and K4 holds. */
static void types_fall_back(struct ktest *t)
{
	static const gfp_t flags[] = { GFP_NOWAIT, GFP_MOVABLE, __GFP_RECLAIMABLE };
	struct blocks before = count_blocks();
	struct page *pages[ARRAY_SIZE(flags)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct link *rest = take_all(flags[i] | __GFP_MEMALLOC, NULL), **at = &rest, *one;

		/* Requests of any type may have the page: it is not in ZONE_MOVABLE. */
		while (*at && page_zone_idx(virt_to_page(*at)) > ZONE_NORMAL)
			at = &(*at)->next;
		one = *at;
		KTEST_ASSERT(t, one);
		*at = one->next;
		free_pages((unsigned long)one, one->order);
		drain_local_pages();
		/* The page is of another type, and it is the only one there is. */
		pages[i] = alloc_pages(flags[(i + 1) % ARRAY_SIZE(flags)] | __GFP_MEMALLOC |
				       __GFP_NOWARN, 0);
		KTEST_EXPECT(t, pages[i]);
		if (pages[i])
			__free_pages(pages[i], 0);
		give_all(rest);
		expect_same_blocks(t, &before);
	}
	memory_audit(&(struct audit){ .errors = 0 }, say, t);
}

/* ---- random use ---- */

struct live {
	struct page *page;
	unsigned int order;
	u64 token;
};

static struct live live[NR_LIVE];

static u64 next_random(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 24;
}

static void allocate(struct ktest *t, struct live *l, u64 *state)
{
	static const gfp_t types[] = { GFP_NOWAIT, GFP_MOVABLE, __GFP_RECLAIMABLE, GFP_ATOMIC };
	u64 random = next_random(state);

	l->order = random % 8 < 6 ? random % 8 / 2 : (unsigned int)(random >> 8) % (MAX_ORDER + 1);
	if (l->order > MAX_ORDER)
		l->order = 0;
	l->page = alloc_pages(types[random >> 16 & 3] | __GFP_NOWARN, l->order);
	if (!l->page)
		return;
	l->token = random;
	KTEST_EXPECT_EQ(t, page_order(l->page), l->order);
	KTEST_EXPECT_EQ(t, block_head_pfn(page_to_pfn(l->page)), page_to_pfn(l->page));
	mark_ends(l->page, l->order, l->token);
}

static void release(struct ktest *t, struct live *l)
{
	KTEST_EXPECT(t, ends_are(l->page, l->order, l->token));
	__free_pages(l->page, l->order);
	l->page = NULL;
}

static void random_use(struct ktest *t)
{
	struct blocks before = count_blocks();
	unsigned long used = allocated_pages(), pages = 0;
	u64 state = t->seed;
	unsigned int i, nr;

	for (i = 0; i < NR_OPERATIONS && !t->failures; i++) {
		nr = (unsigned int)next_random(&state) % NR_LIVE;
		if (live[nr].page)
			release(t, &live[nr]);
		else
			allocate(t, &live[nr], &state);
	}
	for (nr = 0; nr < NR_LIVE; nr++)
		pages += live[nr].page ? 1ul << live[nr].order : 0;
	expect_audit(t, pages, used);
	for (nr = 0; nr < NR_LIVE; nr++)
		if (live[nr].page)
			release(t, &live[nr]);
	expect_same_blocks(t, &before);
	expect_audit(t, 0, used);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(every_order),
	KTEST_CASE(blocks_merge_again),
	KTEST_CASE(zeroed),
	KTEST_CASE(exact),
	KTEST_CASE(impossible_requests_fail),
	KTEST_CASE(marks_hold),
	KTEST_CASE(types_fall_back),
	KTEST_CASE(random_use),
	{ .name = NULL },
};
KTEST_SUITE(pages, cases, false);
