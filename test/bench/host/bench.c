/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocators at the speed of this machine: the kernel's own mm/ in a process, with a thread for
 * each CPU, which is bound to a processor of its own. Prints one JSON object a line; times are
 * nanoseconds for an operation, with two threads the mean of both.
 *
 * usage: bench [part of the names of works]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/slab.h>
#include <arch/mmu.h>
#include <host/host.h>

#include "bench.h"

#define RAM_START	0x80000000ull
#define RAM_BYTES	(8ull << 30)
#define THREADS_MOST	2
/*
 * A work goes on for BUDGET_NS in stretches, and its time is that of the median stretch, so that
 * stretches in which the thread lost its processor do not count. With two threads a stretch counts
 * only if the other thread came forward, too; on a busy machine that may take up to PATIENCE_NS. A
 * stretch is long enough to have its share of refills and drains.
 */
#define BUDGET_NS	100000000ull
#define PATIENCE_NS	500000000ull
#define STRETCHES_LEAST	5
#define STRETCHES_MOST	8192
#define STRETCH_PAIRS	5000ul
#define BATCH		64ul
#define STRETCH_BATCHES	64ul

/* A CPU's thread; padded, so that no two threads write to one line of the cache. */
struct worker {
	pthread_t thread;
	unsigned int cpu;
	const struct work *work;
	void **items;
	u64 *stretches[2];		/* ns of each: pairs; or allocs, frees */
	unsigned long count;		/* of the stretches */
	double first, second;		/* ns an operation: pair; or alloc, free */
	const struct worker *other;
	unsigned long other_done;	/* as it was last seen */
	unsigned long done __aligned(128);	/* stretches, also those that do not count */
} __aligned(128);

/* Does the work once and leaves the times in the worker. */
struct work {
	const char *name;
	bool batch;			/* has alloc and free, not pair */
	void (*run)(struct worker *w);
};

static struct worker workers[THREADS_MOST];
static pthread_barrier_t start_line;
static const char *pattern = "";
static cpu_set_t processors;		/* that this process may use */

u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NS_PER_S + (u64)t.tv_nsec;
}

/* ---- the machine ---- */

u64 boot(unsigned int cpus)
{
	const struct image_layout *image;
	u64 from;

	host_reset(NULL);
	memblock_add(RAM_START, RAM_BYTES);
	image = arch_image_layout();
	memblock_reserve_owner(image->start, image->end - image->start, "kernel image");
	host_set_cpus(cpus);
	arch_paging_init();
	from = now_ns();
	boot_run(sparse_init, setup_per_cpu_pageset);
	from = now_ns() - from;
	kmem_cache_init();
	return from;
}

void stay_on(unsigned int n)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	for (int p = 0; p < CPU_SETSIZE; p++)
		if (CPU_ISSET(p, &processors) && !n--)
			CPU_SET(p, &only);
	if (sched_setaffinity(0, sizeof(only), &only))
		abort();
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	stay_on(w->cpu);
	host_become_cpu(w->cpu);
	w->work->run(w);
	return NULL;
}

/* ---- the works: each warms up, waits for the others, then counts ---- */

static u64 start(void)
{
	pthread_barrier_wait(&start_line);
	return now_ns();
}

int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static double median(u64 *values, unsigned long count)
{
	if (!count)
		return 0;
	qsort(values, count, sizeof(*values), compare_u64);
	return (double)values[count / 2];
}

/* Is there to be another stretch? Counts the last one, if it is to count. */
static bool goes_on(struct worker *w, u64 from)
{
	u64 spent = now_ns() - from;

	if (w->done) {
		unsigned long other_done = w->other ? READ_ONCE(w->other->done) : 0;

		w->count += !w->other || other_done != w->other_done;
		w->other_done = other_done;
	}
	WRITE_ONCE(w->done, w->done + 1);
	return w->count < STRETCHES_MOST &&
	       spent < (w->count < STRETCHES_LEAST ? PATIENCE_NS : BUDGET_NS);
}

#define WORKS(name, take, give_one) \
	static __noinline u64 pairs_##name(unsigned long count) \
	{ \
		u64 from = now_ns(); \
		while (count--) \
			give_one(take); \
		return now_ns() - from; \
	} \
	static void pair_##name(struct worker *w) \
	{ \
		u64 from; \
		pairs_##name(STRETCH_PAIRS); \
		from = start(); \
		while (goes_on(w, from)) \
			w->stretches[0][w->count] = pairs_##name(STRETCH_PAIRS); \
		w->first = median(w->stretches[0], w->count) / STRETCH_PAIRS; \
	} \
	static __noinline u64 take_##name(void **items, unsigned long count) \
	{ \
		u64 from = now_ns(); \
		for (unsigned long i = 0; i < count; i++) \
			items[i] = take; \
		return now_ns() - from; \
	} \
	static __noinline u64 give_##name(void **items, unsigned long count) \
	{ \
		u64 from = now_ns(); \
		for (unsigned long i = 0; i < count; i++) \
			give_one(items[i]); \
		return now_ns() - from; \
	} \
	static void rounds_##name(struct worker *w, unsigned long count, unsigned long rounds) \
	{ \
		u64 from; \
		take_##name(w->items, count); \
		give_##name(w->items, count); \
		from = start(); \
		while (goes_on(w, from)) { \
			u64 took = 0, gave = 0; \
			for (unsigned long r = 0; r < rounds; r++) { \
				took += take_##name(w->items, count); \
				gave += give_##name(w->items, count); \
			} \
			w->stretches[0][w->count] = took; \
			w->stretches[1][w->count] = gave; \
		} \
		w->first = median(w->stretches[0], w->count) / (double)(rounds * count); \
		w->second = median(w->stretches[1], w->count) / (double)(rounds * count); \
	} \
	static void batch_##name(struct worker *w) \
	{ \
		rounds_##name(w, BATCH, STRETCH_BATCHES); \
	}

#define PAGE_WORKS(n) \
	static __always_inline void give_order_##n##_page(struct page *page) \
	{ \
		__free_pages(page, n); \
	} \
	WORKS(order_##n, alloc_pages(GFP_KERNEL, n), give_order_##n##_page)

PAGE_WORKS(0)
PAGE_WORKS(1)
PAGE_WORKS(3)
PAGE_WORKS(9)
WORKS(kmalloc64, kmalloc(64, GFP_KERNEL), kfree)

static void bulk_order_0(struct worker *w)
{
	rounds_order_0(w, BULK, 1);
}

static const struct work works[] = {
	{ "order=0 pair", false, pair_order_0 },
	{ "order=0 batch=64 free_order=same", true, batch_order_0 },
	{ "order=1 pair", false, pair_order_1 },
	{ "order=1 batch=64 free_order=same", true, batch_order_1 },
	{ "order=3 pair", false, pair_order_3 },
	{ "order=3 batch=64 free_order=same", true, batch_order_3 },
	{ "order=9 pair", false, pair_order_9 },
	{ "order=9 batch=64 free_order=same", true, batch_order_9 },
	{ "order=0 batch=100000 free_order=same", true, bulk_order_0 },
	{ "kmalloc64 pair", false, pair_kmalloc64 },
	{ "kmalloc64 batch=64", true, batch_kmalloc64 },
};

bool wanted(const char *name)
{
	return strstr(name, pattern) != NULL;
}

static void start_worker(unsigned int i, const struct work *work, unsigned int threads)
{
	struct worker *w = &workers[i];

	w->cpu = i;
	w->work = work;
	w->count = w->done = w->other_done = 0;
	w->first = w->second = 0;
	w->other = threads > 1 ? &workers[!i] : NULL;
	if (pthread_create(&w->thread, NULL, worker_main, w))
		abort();
}

static void run_work(const struct work *work, unsigned int threads)
{
	double first = 0, second = 0;
	bool together = true;
	char name[80];

	snprintf(name, sizeof(name), "host threads=%u %s", threads, work->name);
	if (!wanted(name))
		return;
	if (threads > CONFIG_NR_CPUS || threads > (unsigned int)CPU_COUNT(&processors)) {
		printf("{\"work\":\"%s\",\"skipped\":\"too few CPUs\"}\n", name);
		return;
	}
	boot(threads);
	pthread_barrier_init(&start_line, NULL, threads);
	for (unsigned int i = 0; i < threads; i++)
		start_worker(i, work, threads);
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		first += workers[i].first / threads;
		second += workers[i].second / threads;
		together = together && workers[i].count;
	}
	pthread_barrier_destroy(&start_line);
	if (!together)
		printf("{\"work\":\"%s\",\"skipped\":\"the CPUs are busy\"}\n", name);
	else if (work->batch)
		printf("{\"work\":\"%s\",\"alloc\":%.2f,\"free\":%.2f}\n", name, first, second);
	else
		printf("{\"work\":\"%s\",\"pair\":%.2f}\n", name, first);
}

/* Returns memory for one thread, touched once. */
static void *room(size_t bytes)
{
	size_t whole = ALIGN_UP(bytes, PAGE_SIZE);
	void *p = aligned_alloc(PAGE_SIZE, whole);

	if (!p)
		abort();
	return memset(p, 0, whole);
}

int main(int argc, char **argv)
{
	char name[80];

	if (argc > 2) {
		fprintf(stderr, "usage: bench [part of the names of works]\n");
		return 2;
	}
	if (argc > 1)
		pattern = argv[1];
	if (sched_getaffinity(0, sizeof(processors), &processors))
		abort();
	for (unsigned int i = 0; i < THREADS_MOST; i++) {
		workers[i].items = room(BULK * sizeof(void *));
		workers[i].stretches[0] = room(STRETCHES_MOST * sizeof(u64));
		workers[i].stretches[1] = room(STRETCHES_MOST * sizeof(u64));
	}
	snprintf(name, sizeof(name), "host init %llu frames",
		 (unsigned long long)(RAM_BYTES / PAGE_SIZE));
	if (wanted(name))
		printf("{\"work\":\"%s\",\"init\":%llu.0}\n", name, (unsigned long long)boot(1));
	for (unsigned int threads = 1; threads <= THREADS_MOST; threads++)
		for (size_t i = 0; i < ARRAY_SIZE(works); i++)
			run_work(&works[i], threads);
	run_singles(workers[0].items);
	return 0;
}
