/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator: pairs, batches, bulk and single operations. Orders are constants in the
 * loops, as they are in callers.
 */
#include <kernel/bench.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <arch/irq.h>
#include <arch/time.h>

#define WARM_UP		1000
#define PAIRS		10000
#define ROUNDS		100
#define BULK		100000ul
#define SAMPLES		100000ul

static struct page **blocks;
static u32 *samples;
static u64 random_state;

static u64 random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static __always_inline u64 pairs(unsigned int order, unsigned long count)
{
	u64 from = arch_instret();

	while (count--)
		__free_pages(alloc_pages(GFP_KERNEL, order), order);
	return arch_instret() - from;
}

static __always_inline u64 take(unsigned int order, unsigned long count)
{
	u64 from = arch_instret();

	for (unsigned long i = 0; i < count; i++)
		blocks[i] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
	return arch_instret() - from;
}

static __always_inline u64 give(unsigned int order, unsigned long count)
{
	u64 from = arch_instret();

	for (unsigned long i = 0; i < count; i++)
		__free_pages(blocks[i], order);
	return arch_instret() - from;
}

#define PER_ORDER(n) \
	static __noinline u64 pairs_##n(unsigned long count) { return pairs(n, count); } \
	static __noinline u64 take_##n(unsigned long count) { return take(n, count); } \
	static __noinline u64 give_##n(unsigned long count) { return give(n, count); }
#define ORDER_ROW(n)	{ pairs_##n, take_##n, give_##n }

PER_ORDER(0) PER_ORDER(1) PER_ORDER(2) PER_ORDER(3) PER_ORDER(4) PER_ORDER(5)
PER_ORDER(6) PER_ORDER(7) PER_ORDER(8) PER_ORDER(9) PER_ORDER(10)

static const struct {
	u64 (*pairs)(unsigned long count);
	u64 (*take)(unsigned long count);
	u64 (*give)(unsigned long count);
} by_order[] = {
	ORDER_ROW(0), ORDER_ROW(1), ORDER_ROW(2), ORDER_ROW(3), ORDER_ROW(4), ORDER_ROW(5),
	ORDER_ROW(6), ORDER_ROW(7), ORDER_ROW(8), ORDER_ROW(9), ORDER_ROW(10),
};

#define ORDERS	MIN_CONST(ARRAY_SIZE(by_order), NR_PAGE_ORDERS)

/* Blocks of order that leave the zones a quarter of their pages. */
static bool enough(unsigned int order, unsigned long count)
{
	return count << order <= nr_free_pages() / 4 * 3;
}

static void bench_pairs(struct bench *b)
{
	char work[64];

	for (unsigned int order = 0; order < ORDERS; order++) {
		if (!bench_wanted(b, work, sizeof(work), "pages order=%u pair", order))
			continue;
		if (!enough(order, 2)) {
			bench_skip(b, work, "memory is too small");
			continue;
		}
		by_order[order].pairs(WARM_UP);
		bench_pair(b, work, by_order[order].pairs(PAIRS), PAIRS);
	}
}

static void bench_batches(struct bench *b)
{
	static const unsigned int sizes[] = { 16, 64, 512 };
	char work[64];

	for (unsigned int order = 0; order < ORDERS; order++) {
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			u64 alloc = 0, free = 0;

			if (!bench_wanted(b, work, sizeof(work), "pages order=%u batch=%u", order,
					  sizes[s]))
				continue;
			if (!enough(order, sizes[s])) {
				bench_skip(b, work, "memory is too small");
				continue;
			}
			for (int round = -3; round < ROUNDS; round++) {
				u64 a = by_order[order].take(sizes[s]);
				u64 f = by_order[order].give(sizes[s]);

				if (round >= 0) {
					alloc += a;
					free += f;
				}
			}
			bench_batch(b, work, alloc, free, (u64)ROUNDS * sizes[s]);
		}
	}
}

static void reverse(unsigned long count)
{
	for (unsigned long i = 0; i < count / 2; i++) {
		struct page *t = blocks[i];

		blocks[i] = blocks[count - 1 - i];
		blocks[count - 1 - i] = t;
	}
}

static void shuffle(unsigned long count)
{
	random_state = 0x9e3779b97f4a7c15ull;
	for (unsigned long i = count; i-- > 1;) {
		unsigned long j = random_next() % (i + 1);
		struct page *t = blocks[i];

		blocks[i] = blocks[j];
		blocks[j] = t;
	}
}

static void no_change(unsigned long count)
{
	(void)count;
}

static const struct {
	const char *name;
	void (*rearrange)(unsigned long count);
} free_orders[] = {
	{ "same", no_change }, { "reverse", reverse }, { "random", shuffle },
};

/* As many as fit: 128 MiB has fewer pages than BULK. */
static unsigned long bulk_count(unsigned int order)
{
	unsigned long count = BULK;

	while (!enough(order, count))
		count /= 2;
	return count;
}

static void bench_bulk(struct bench *b)
{
	char work[64];

	for (size_t i = 0; i < ARRAY_SIZE(free_orders); i++) {
		unsigned long count = bulk_count(0);
		u64 alloc, free;

		if (!bench_wanted(b, work, sizeof(work), "bulk order=0 free_order=%s rep=0",
				  free_orders[i].name))
			continue;
		alloc = by_order[0].take(count);
		free_orders[i].rearrange(count);
		free = by_order[0].give(count);
		bench_batch(b, work, alloc, free, count);
	}
}

/* Cost of reading the counter twice, which is not the work's. */
static u32 read_cost(void)
{
	u64 from = arch_instret();

	return (u32)(arch_instret() - from);
}

static void single_fill(struct bench *b, unsigned int order, size_t how)
{
	u32 *free_samples = samples + SAMPLES;
	unsigned long count = min(bulk_count(order), SAMPLES / (order ? 2 : 1)), got;
	u32 cost = read_cost();
	char work[64];

	for (got = 0; got < count; got++) {
		u64 from = arch_instret();

		blocks[got] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
		samples[got] = (u32)(arch_instret() - from) - cost;
		if (!blocks[got])
			break;
	}
	free_orders[how].rearrange(got);
	for (unsigned long i = 0; i < got; i++) {
		u64 from = arch_instret();

		__free_pages(blocks[i], order);
		free_samples[i] = (u32)(arch_instret() - from) - cost;
	}
	if (bench_wanted(b, work, sizeof(work), "single fill_%s order=%u alloc",
			 free_orders[how].name, order))
		bench_single(b, work, samples, got);
	if (bench_wanted(b, work, sizeof(work), "single fill_%s order=%u free",
			 free_orders[how].name, order))
		bench_single(b, work, free_samples, got);
}

static void bench_singles(struct bench *b)
{
	static const unsigned int orders[] = { 0, 3, 9 };
	char work[64];

	for (size_t o = 0; o < ARRAY_SIZE(orders) && orders[o] < NR_PAGE_ORDERS; o++)
		for (size_t how = 0; how < ARRAY_SIZE(free_orders); how++)
			if (bench_wanted(b, work, sizeof(work), "single fill_%s order=%u alloc",
					 free_orders[how].name, orders[o]) ||
			    bench_wanted(b, work, sizeof(work), "single fill_%s order=%u free",
					 free_orders[how].name, orders[o]))
				single_fill(b, orders[o], how);
}

/* Every second frame of a zone taken: an order-9 block is not to be had. */
static void bench_pieces(struct bench *b)
{
	unsigned long count = bulk_count(0), kept = 0, flags_count = 0;
	u64 failing = 0;
	char work[64];

	if (MAX_ORDER < 9 || !bench_wanted(b, work, sizeof(work), "pieces order=9 failure"))
		return;
	count = min(nr_free_pages(), BULK);
	for (unsigned long i = 0; i < count; i++) {
		blocks[i] = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_MEMALLOC, 0);
		if (!blocks[i]) {
			count = i;
			break;
		}
	}
	for (unsigned long i = 0; i < count; i++) {
		if (page_to_pfn(blocks[i]) & 1)
			__free_page(blocks[i]);
		else
			blocks[kept++] = blocks[i];
	}
	for (int i = 0; i < 3; i++) {
		u64 from = arch_instret();
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 9);

		failing = max(failing, arch_instret() - from);
		flags_count += page != NULL;
		if (page)
			__free_pages(page, 9);
	}
	while (kept)
		__free_page(blocks[--kept]);
	if (flags_count)
		bench_skip(b, work, "order 9 was to be had: more memory than the pieces cover");
	else
		bench_number(b, work, "max", failing);
}

static void bench_pages(struct bench *b)
{
	const size_t bytes = BULK * sizeof(*blocks), sample_bytes = 2 * SAMPLES * sizeof(*samples);
	unsigned long flags;

	blocks = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);
	samples = alloc_pages_exact(sample_bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!blocks || !samples) {
		bench_skip(b, "pages", "memory is too small");
	} else {
		flags = arch_local_irq_save();
		bench_pairs(b);
		bench_batches(b);
		bench_bulk(b);
		bench_singles(b);
		bench_pieces(b);
		arch_local_irq_restore(flags);
	}
	if (blocks)
		free_pages_exact(blocks, bytes);
	if (samples)
		free_pages_exact(samples, sample_bytes);
}

BENCH_GROUP(pages, bench_pages);
