/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The works of Tessera's bench command, done by Linux's allocators. run.sh builds this file into a
 * Linux kernel. It measures at the end of boot, prints one JSON object a line, and switches the
 * machine off. Names and keys are those of "bench -j"; what only Linux has keeps a name of its own.
 *
 * Instructions of the one hart are counted (rdinstret), with interrupts off and after a warm-up, so
 * that a run under QEMU's -icount repeats exactly. Means include the loop; single operations do not
 * include the cost of reading the counter.
 */
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>
#include <asm/csr.h>

#define WARM_UP		1000
#define PAIRS		10000ul
#define ROUNDS		100
#define BULK		100000ul
#define SAMPLES		100000ul
#define PAGE_ORDERS	11u		/* 0 .. 10 */
/* Pages that are left free when memory is cut to pieces, so that Linux itself can go on. */
#define PIECES_SPARE	1600ul

static void **objects;
static u32 *alloc_samples, *free_samples;
static struct kmem_cache *cache;
static u64 random_state, mark_arch, mark_console;

static __always_inline u64 instret(void)
{
	return csr_read(CSR_INSTRET);
}

static u64 random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

#define MEAN_ARGS(total, count) \
	(unsigned long long)((total) * 100 / (count) / 100), \
	(unsigned int)((total) * 100 / (count) % 100)

static void print_pair(const char *work, u64 total, u64 count)
{
	pr_notice("{\"work\":\"%s\",\"pair\":%llu.%02u}\n", work, MEAN_ARGS(total, count));
}

static void print_batch(const char *work, u64 alloc, u64 free, u64 count)
{
	pr_notice("{\"work\":\"%s\",\"alloc\":%llu.%02u,\"free\":%llu.%02u}\n", work,
		  MEAN_ARGS(alloc, count), MEAN_ARGS(free, count));
}

static void print_number(const char *work, const char *key, u64 value)
{
	pr_notice("{\"work\":\"%s\",\"%s\":%llu}\n", work, key, (unsigned long long)value);
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void print_single(const char *work, u32 *samples, size_t count)
{
	if (!count)
		return;
	sort(samples, count, sizeof(*samples), compare, NULL);
	pr_notice("{\"work\":\"%s\",\"min\":%u,\"p50\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}\n",
		  work, samples[0], samples[count / 2], samples[count - 1 - count / 100],
		  samples[count - 1 - count / 1000], samples[count - 1]);
}

/* One kind of work: how to take one object and how to give it back. */
#define WORK(name, take, give) \
	static noinline u64 pairs_##name(unsigned int order, unsigned long count) \
	{ \
		u64 from = instret(); \
		while (count--) { \
			void *object = take; \
			give; \
		} \
		return instret() - from; \
	} \
	static noinline u64 take_##name(unsigned int order, unsigned long count) \
	{ \
		u64 from = instret(); \
		for (unsigned long i = 0; i < count; i++) \
			objects[i] = take; \
		return instret() - from; \
	} \
	static noinline u64 give_##name(unsigned int order, unsigned long count) \
	{ \
		u64 from = instret(); \
		for (unsigned long i = 0; i < count; i++) { \
			void *object = objects[i]; \
			give; \
		} \
		return instret() - from; \
	}

static noinline void *empty_take(void)
{
	barrier();
	return NULL;
}

static noinline void empty_give(void *object)
{
	barrier();
}

WORK(nothing, empty_take(), empty_give(object))
WORK(pages, alloc_pages(GFP_KERNEL, order), __free_pages(object, order))
WORK(zeroed, alloc_pages(GFP_KERNEL | __GFP_ZERO, order), __free_pages(object, order))
WORK(kmalloc64, kmalloc(64, GFP_KERNEL), kfree(object))
WORK(kmalloc256, kmalloc(256, GFP_KERNEL), kfree(object))
WORK(cache128, kmem_cache_alloc(cache, GFP_KERNEL), kmem_cache_free(cache, object))

struct work {
	const char *name;
	u64 (*pairs)(unsigned int order, unsigned long count);
	u64 (*take)(unsigned int order, unsigned long count);
	u64 (*give)(unsigned int order, unsigned long count);
};

#define WORK_ROW(name)	{ #name, pairs_##name, take_##name, give_##name }

static const struct work pages_work = WORK_ROW(pages), zeroed_work = WORK_ROW(zeroed);
static const struct work slab_works[] = {
	{ "empty_calls", pairs_nothing, take_nothing, give_nothing },
	WORK_ROW(kmalloc64), WORK_ROW(kmalloc256), WORK_ROW(cache128),
};

/* With interrupts off Linux must not begin to reclaim: a quarter of memory stays free. */
static bool enough(unsigned int order, unsigned long count)
{
	return count << order <= global_zone_page_state(NR_FREE_PAGES) / 4 * 3;
}

/* A machine of 128 MiB has fewer pages than BULK: as many as fit. */
static unsigned long bulk_count(unsigned int order)
{
	unsigned long count = BULK;

	while (!enough(order, count))
		count /= 2;
	return count;
}

static void measure_pairs(const struct work *w, unsigned int order, const char *name)
{
	w->pairs(order, WARM_UP);
	print_pair(name, w->pairs(order, PAIRS), PAIRS);
}

static void measure_batch(const struct work *w, unsigned int order, unsigned int size,
			  const char *name)
{
	u64 alloc = 0, free = 0;

	for (int round = -3; round < ROUNDS; round++) {
		u64 a = w->take(order, size), f = w->give(order, size);

		if (round >= 0) {
			alloc += a;
			free += f;
		}
	}
	print_batch(name, alloc, free, (u64)ROUNDS * size);
}

static void keep(unsigned long count)
{
}

static void reverse(unsigned long count)
{
	for (unsigned long i = 0; i < count / 2; i++)
		swap(objects[i], objects[count - 1 - i]);
}

static void shuffle(unsigned long count)
{
	random_state = 0x9e3779b97f4a7c15ull;
	for (unsigned long i = count; i-- > 1;) {
		unsigned long j = random_next() % (i + 1);

		swap(objects[i], objects[j]);
	}
}

static const struct {
	const char *name;
	void (*rearrange)(unsigned long count);
} free_orders[] = { { "same", keep }, { "reverse", reverse }, { "random", shuffle } };

static void measure_pages(void)
{
	static const unsigned int sizes[] = { 16, 64, 512 };
	char name[64];

	for (unsigned int order = 0; order < PAGE_ORDERS; order++) {
		snprintf(name, sizeof(name), "pages order=%u pair", order);
		measure_pairs(&pages_work, order, name);
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			if (!enough(order, sizes[s]))
				continue;
			snprintf(name, sizeof(name), "pages order=%u batch=%u", order, sizes[s]);
			measure_batch(&pages_work, order, sizes[s], name);
		}
	}
	measure_pairs(&zeroed_work, 0, "pages_zeroed order=0 pair");
	for (size_t i = 0; i < ARRAY_SIZE(free_orders); i++) {
		unsigned long count = bulk_count(0);
		u64 alloc = pages_work.take(0, count), free;

		free_orders[i].rearrange(count);
		free = pages_work.give(0, count);
		snprintf(name, sizeof(name), "bulk order=0 free_order=%s rep=0",
			 free_orders[i].name);
		print_batch(name, alloc, free, count);
	}
}

static u32 read_cost(void)
{
	u64 from = instret();

	return (u32)(instret() - from);
}

static u32 timed_take(void **object, unsigned int order)
{
	u64 from = instret();

	*object = alloc_pages(GFP_KERNEL, order);
	return (u32)(instret() - from);
}

static u32 timed_give(void *object, unsigned int order)
{
	u64 from = instret();

	__free_pages(object, order);
	return (u32)(instret() - from);
}

static void single_fill(unsigned int order, size_t how)
{
	unsigned long most = global_zone_page_state(NR_FREE_PAGES) / 2 >> order, done = 0;
	u32 cost = read_cost();
	char name[64];

	while (done < SAMPLES) {
		unsigned long count = min3(most, BULK, SAMPLES - done);

		for (unsigned long i = 0; i < count; i++)
			alloc_samples[done + i] = timed_take(&objects[i], order) - cost;
		free_orders[how].rearrange(count);
		for (unsigned long i = 0; i < count; i++)
			free_samples[done + i] = timed_give(objects[i], order) - cost;
		done += count;
	}
	snprintf(name, sizeof(name), "single fill_%s order=%u alloc", free_orders[how].name, order);
	print_single(name, alloc_samples, done);
	snprintf(name, sizeof(name), "single fill_%s order=%u free", free_orders[how].name, order);
	print_single(name, free_samples, done);
}

/* Chooses a block at random: takes it if it is not held, gives it back if it is. */
static void single_walk(unsigned int order)
{
	unsigned long most = min(global_zone_page_state(NR_FREE_PAGES) / 2 >> order, BULK);
	unsigned long taken = 0, given = 0;
	u32 cost = read_cost();
	char name[64];

	memset(objects, 0, most * sizeof(*objects));
	random_state = 0x9e3779b97f4a7c15ull;
	while (taken + given < SAMPLES) {
		void **object = &objects[random_next() % most];

		if (*object) {
			free_samples[given++] = timed_give(*object, order) - cost;
			*object = NULL;
		} else {
			alloc_samples[taken++] = timed_take(object, order) - cost;
		}
	}
	for (unsigned long i = 0; i < most; i++)
		if (objects[i])
			__free_pages(objects[i], order);
	snprintf(name, sizeof(name), "single walk order=%u alloc", order);
	print_single(name, alloc_samples, taken);
	snprintf(name, sizeof(name), "single walk order=%u free", order);
	print_single(name, free_samples, given);
}

static void measure_slab(const struct work *w)
{
	static const unsigned int sizes[] = { 64, 512 };
	char name[64];

	snprintf(name, sizeof(name), "slab %s pair", w->name);
	measure_pairs(w, 0, name);
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		snprintf(name, sizeof(name), "slab %s batch=%u", w->name, sizes[s]);
		measure_batch(w, 0, sizes[s], name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(free_orders); i++) {
		u64 alloc = w->take(0, BULK), free;

		free_orders[i].rearrange(BULK);
		free = w->give(0, BULK);
		snprintf(name, sizeof(name), "slab %s bulk free_order=%s", w->name,
			 free_orders[i].name);
		print_batch(name, alloc, free, BULK);
	}
}

/*
 * Takes blocks of order 9 until three attempts have failed, and gives them back. Linux tries less
 * after each failure, so the first of these runs costs the most.
 */
static void order9_failures(const char *work)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	unsigned int failures = 0;
	u64 sum = 0, max = 0;
	unsigned long got = 0;

	while (failures < 3 && got < BULK) {
		u64 from = instret(), took;

		objects[got] = alloc_pages(gfp, 9);
		took = instret() - from;
		if (objects[got]) {
			got++;
			continue;
		}
		failures++;
		sum += took;
		max = max(max, took);
	}
	while (got)
		__free_pages(objects[--got], 9);
	if (failures)
		pr_notice("{\"work\":\"%s\",\"failed\":%u,\"failure_mean\":%llu.%02u,"
			  "\"failure_max\":%llu}\n", work, failures, MEAN_ARGS(sum, failures),
			  (unsigned long long)max);
}

/*
 * Measures order 9 where every second frame is taken. Interrupts are on, because Linux may compact.
 * The frames that are held hang on a list through their own first words: objects[] is too small for
 * them.
 */
static void measure_pieces(void)
{
	void *held = NULL, *next;

	order9_failures("pieces before order=9");
	while (global_zone_page_state(NR_FREE_PAGES) > PIECES_SPARE) {
		void *va = (void *)__get_free_page(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);

		if (!va)
			break;
		*(void **)va = held;
		held = va;
	}
	/* Odd frames go back; the even ones stay on the list. */
	for (void **link = &held; *link;) {
		void *va = *link;

		if (virt_to_pfn(va) & 1) {
			*link = *(void **)va;
			free_page((unsigned long)va);
		} else {
			link = va;
		}
	}
	order9_failures("pieces every_second_frame_free order=9");
	for (; held; held = next) {
		next = *(void **)held;
		free_page((unsigned long)held);
	}
}

/*
 * Two marks need no change to Linux: it reads command line parameters just before its boot
 * allocator learns of memory, and sets up consoles soon after its page and slab allocators. The
 * start of memory management lies between the two.
 */
static int __init mark_param(char *value)
{
	mark_arch = instret();
	return 0;
}
early_param("mmbench", mark_param);

static int __init mark_consoles(void)
{
	mark_console = instret();
	return 0;
}
console_initcall(mark_consoles);

static int __init mmbench(void)
{
	u64 now = instret();
	unsigned long flags;

	print_number("mark early_param", "instret", mark_arch);
	print_number("mark console_initcall", "instret", mark_console);
	print_number("mark late_initcall", "instret", now);
	print_number("mark allocator_ready", "instret", mark_console - mark_arch);
	print_number("memory managed", "pages", totalram_pages());
	print_number("memory descriptor", "bytes", sizeof(struct page));

	objects = vmalloc(BULK * sizeof(*objects));
	alloc_samples = vmalloc(SAMPLES * sizeof(*alloc_samples));
	free_samples = vmalloc(SAMPLES * sizeof(*free_samples));
	cache = kmem_cache_create("mmbench-128", 128, 0, 0, NULL);
	if (!objects || !alloc_samples || !free_samples || !cache) {
		pr_err("mmbench: memory is too small\n");
		kernel_power_off();
	}

	local_irq_save(flags);
	measure_pages();
	for (size_t how = 0; how < ARRAY_SIZE(free_orders); how++)
		for (unsigned int order = 0; order <= 9; order += order ? 6 : 3)
			single_fill(order, how);
	single_walk(0);
	single_walk(9);
	for (size_t w = 0; w < ARRAY_SIZE(slab_works); w++)
		measure_slab(&slab_works[w]);
	local_irq_restore(flags);
	measure_pieces();

	pr_notice("mmbench: done\n");
	kernel_power_off();
	return 0;
}
late_initcall(mmbench);

MODULE_DESCRIPTION("The patterns of Tessera's benchmark, on Linux's allocators");
MODULE_LICENSE("Dual BSD/GPL");
