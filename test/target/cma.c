/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An area of contiguous memory is lent to pages that move, page by page, and taken back while the
 * other CPUs write to some of them. Skipped where the machine has no area.
 */
#include <kernel/smp.h>
#include <mm/audit.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/gfp.h>
#include <mm/vmalloc.h>
#include <test/ktest.h>

#define CHUNK_BYTES	(256 * PAGE_SIZE)
#define CHUNKS_MOST	1024u
#define PART_PAGES	1024ul
#define ROUNDS		2
#define PAGES_WRITTEN	8u
/* Blocks that are left to the kernel while all else is taken: it makes page tables meanwhile. */
#define BLOCKS_LEFT	4u

static u64 *chunks[CHUNKS_MOST];		/* [o] */
static unsigned int nr_chunks;			/* [o] */

/* ---- writers ---- */

/* [o] A CPU that counts in a word of its own in each page, up and up. */
static struct writer {
	struct cpu_work work;
	u64 *words;
	u64 rounds;
	bool lost, started;
} writers[CONFIG_NR_CPUS];
static u32 stop;				/* [a] */

static volatile u64 *word_in(const struct writer *w, unsigned int page)
{
	return w->words + page * PAGE_SIZE / sizeof(u64);
}

static void count_in_pages(void *arg)
{
	struct writer *w = arg;

	do {
		for (unsigned int i = 0; i < PAGES_WRITTEN; i++) {
			w->lost |= *word_in(w, i) != w->rounds;
			*word_in(w, i) = w->rounds + 1;
		}
		w->rounds++;
	} while (!__atomic_load_n(&stop, __ATOMIC_RELAXED));
}

static void start_writers(u64 *va)
{
	unsigned int cpu;

	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	for_each_cpu(cpu, cpus_online() & ~cpumask_of(smp_processor_id())) {
		struct writer *w = &writers[cpu];

		*w = (struct writer){ .work = { .fn = count_in_pages, .arg = w },
				      .words = va + cpu };
		for (unsigned int i = 0; i < PAGES_WRITTEN; i++)
			*word_in(w, i) = 0;
		w->started = !cpu_work_start(cpu, &w->work);
	}
}

static void stop_writers(struct ktest *t)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (unsigned int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		struct writer *w = &writers[cpu];

		if (!w->started)
			continue;
		cpu_work_wait(&w->work);
		w->started = false;
		KTEST_EXPECT(t, !w->lost && w->rounds);
		for (unsigned int i = 0; i < PAGES_WRITTEN; i++)
			KTEST_EXPECT_EQ(t, *word_in(w, i), w->rounds);
	}
}

/* ---- what is lent ---- */

/* All blocks that the kernel can have but some, chained through their first words. */
static struct page *take_blocks(void)
{
	struct page *first = NULL, *page;

	while ((page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, MAX_ORDER))) {
		*(struct page **)page_address(page) = first;
		first = page;
	}
	return first;
}

static struct page *give_blocks(struct page *first, unsigned int most)
{
	while (first && most--) {
		struct page *page = first;

		first = *(struct page **)page_address(page);
		__free_pages(page, MAX_ORDER);
	}
	return first;
}

/* Each page says which it is, in its first and its last word. */
static void mark(u64 *chunk, u64 token)
{
	for (size_t at = 0; at < CHUNK_BYTES / sizeof(u64); at += PAGE_SIZE / sizeof(u64)) {
		chunk[at] = token + at;
		chunk[at + PAGE_SIZE / sizeof(u64) - 1] = ~(token + at);
	}
}

static bool is_marked(const u64 *chunk, u64 token)
{
	for (size_t at = 0; at < CHUNK_BYTES / sizeof(u64); at += PAGE_SIZE / sizeof(u64))
		if (chunk[at] != token + at ||
		    chunk[at + PAGE_SIZE / sizeof(u64) - 1] != ~(token + at))
			return false;
	return true;
}

/* Movable memory until nearly all of the area is lent; whatever else is free is taken meanwhile. */
static void lend(const struct ktest *t, unsigned int nr)
{
	struct page *blocks = give_blocks(take_blocks(), BLOCKS_LEFT);

	for (nr_chunks = 0; nr_chunks < CHUNKS_MOST; nr_chunks++) {
		u64 *chunk;

		if (cma_usage(nr).free_pages < cma_areas[nr].pages / 16)
			break;
		chunk = vmalloc_movable(CHUNK_BYTES, GFP_KERNEL | __GFP_NOWARN);
		if (!chunk)
			break;
		mark(chunk, t->seed + nr_chunks);
		chunks[nr_chunks] = chunk;
	}
	give_blocks(blocks, ~0u);
}

static void give_chunks(struct ktest *t)
{
	unsigned int lost = 0;

	/* The first one is the writers'. */
	for (unsigned int i = 0; i < nr_chunks; i++) {
		lost += i && !is_marked(chunks[i], t->seed + i);
		vfree(chunks[i]);
	}
	KTEST_EXPECT_EQ(t, lost, 0);
	nr_chunks = 0;
}

/* ---- cases ---- */

static void say(void *ctx, const char *line)
{
	ktest_fail(ctx, __FILE__, __LINE__, "audit: %s", line);
}

static void take_back(struct ktest *t, unsigned int nr, unsigned long pages)
{
	struct page_obstacle o = { 0 };
	struct page *page;

	start_writers(chunks[0]);
	page = cma_alloc_from(nr, pages, 0, &o);
	stop_writers(t);
	if (!page) {
		ktest_fail(t, __FILE__, __LINE__, "frame 0x%lx: %s", o.pfn, o.what);
		return;
	}
	KTEST_EXPECT(t, cma_release(page, pages));
}

static void lend_and_take_back(struct ktest *t, unsigned long pages_most)
{
	unsigned long pages, lent;
	struct audit a;

	if (!cma_area_count) {
		t->skip = "no area: cma=64M makes one";
		return;
	}
	pages = min(pages_most, cma_areas[0].pages);
	for (unsigned int round = 0; round < ROUNDS && !t->failures; round++) {
		lend(t, 0);
		lent = cma_areas[0].pages - cma_usage(0).free_pages;
		KTEST_EXPECT(t, nr_chunks && lent > cma_areas[0].pages / 2);
		if (nr_chunks)
			take_back(t, 0, pages);
		give_chunks(t);
	}
	drain_all_pages();
	KTEST_EXPECT_EQ(t, cma_usage(0).taken_pages, 0);
	KTEST_EXPECT_EQ(t, machine_audit(&a, say, t), 0);
}

/* proves CM2, VB2 */
static void a_part_is_taken_back(struct ktest *t)
{
	lend_and_take_back(t, PART_PAGES);
}

/* Of the largest block that there is, all but its first and last page. */
static void take_the_middle(struct ktest *t)
{
	unsigned long pfn, next_pfn;
	unsigned int order = MAX_ORDER;
	struct page_obstacle o;
	struct page *block;

	while (!(block = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order)) && order)
		order--;
	KTEST_EXPECT(t, block);
	if (!block)
		return;
	pfn = page_to_pfn(block) + 1;
	next_pfn = pfn + (1ul << order) - 2;
	__free_pages(block, order);
	drain_all_pages();
	if (order && !alloc_contig_range(pfn, next_pfn, GFP_KERNEL, &o))
		free_contig_range(pfn, next_pfn - pfn);
}

/* Memory in pieces: pageblocks in which every second page is free are set aside and given back, and
 * a range is taken that begins and ends anywhere. CONFIG_LATENCY_TRACE sees whether that is done a
 * hold at a time. proves I2, K9 */
static void pieces_are_set_aside(struct ktest *t)
{
	unsigned long pfn, last_pfn = 0, asides = 0, pages;
	struct page *odd = NULL, *even = NULL, *page, *block;
	struct page_obstacle o;
	struct audit a;

	drain_all_pages();
	pages = nr_free_pages();
	for (unsigned int i = 0; i < min(4 * pageblock_nr_pages, pages / 2); i++) {
		struct page **list = i % 2 ? &odd : &even;

		page = alloc_pages(GFP_MOVABLE | __GFP_NOWARN, 0);
		if (!page)
			break;
		*(struct page **)page_address(page) = *list;
		*list = page;
	}
	for (; even; even = block) {
		block = *(struct page **)page_address(even);
		__free_pages(even, 0);
	}
	drain_all_pages();
	for (page = odd; page; page = *(struct page **)page_address(page)) {
		pfn = ALIGN_DOWN(page_to_pfn(page), pageblock_nr_pages);
		if (pfn == last_pfn)
			continue;
		last_pfn = pfn;
		if (start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o))
			continue;
		undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
		asides++;
	}
	/* Where there are few pageblocks, each may hold what does not move. */
	KTEST_EXPECT(t, asides || pages < 8 * pageblock_nr_pages);
	for (; odd; odd = block) {
		block = *(struct page **)page_address(odd);
		__free_pages(odd, 0);
	}
	take_the_middle(t);
	drain_all_pages();
	/* A block that was not to be had may have made caches give pages back. */
	KTEST_EXPECT(t, nr_free_pages() >= pages);
	KTEST_EXPECT_EQ(t, machine_audit(&a, say, t), 0);
}

static const struct ktest_case cma_cases[] = {
	KTEST_CASE(a_part_is_taken_back),
	KTEST_CASE(pieces_are_set_aside),
	{ }
};
KTEST_SUITE(cma, cma_cases, false);

/* The same of a whole area: its pages, and a fence on all CPUs for each run of them, take long.
 * proves CM2, VB2 */
static void all_of_it_is_taken_back(struct ktest *t)
{
	lend_and_take_back(t, ~0ul);
}

static const struct ktest_case whole_cases[] = {
	KTEST_CASE(all_of_it_is_taken_back),
	{ }
};
KTEST_SUITE(cma_whole, whole_cases, true);
