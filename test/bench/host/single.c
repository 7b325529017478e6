/* SPDX-License-Identifier: BSD-2-Clause */
/* Measures one operation at a time, to show what is rare and how long it takes. */
#include <stdio.h>
#include <stdlib.h>

#include <kernel/math.h>
#include <mm/gfp.h>

#include "bench.h"

#define SAMPLES		100000ul

/* Reads a counter that is cheap to read and waits for what came before it. */
static __always_inline u64 ticks(void)
{
#if defined(__x86_64__)
	u32 low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
#else
	return now_ns();
#endif
}

static double ns_per_tick(void)
{
	u64 ns = now_ns(), t = ticks();

	while (now_ns() - ns < NS_PER_S / 50)
		;
	ns = now_ns() - ns;
	return (double)ns / (double)(ticks() - t);
}

static u64 read_cost(void)
{
	u64 least = ~0ull;

	for (int i = 0; i < 1000; i++) {
		u64 from = ticks();

		least = min(least, ticks() - from);
	}
	return least;
}

static void print_samples(const char *name, u64 *samples, unsigned long count, double scale)
{
	if (!wanted(name) || !count)
		return;
	qsort(samples, count, sizeof(*samples), compare_u64);
	printf("{\"work\":\"%s\",\"min\":%.1f,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
	       "\"max\":%.1f}\n", name, (double)samples[0] * scale,
	       (double)samples[count / 2] * scale, (double)samples[count * 99 / 100] * scale,
	       (double)samples[count * 999 / 1000] * scale, (double)samples[count - 1] * scale);
}

static void shuffle(void **items, unsigned long count)
{
	u64 state = 0x9e3779b97f4a7c15ull;

	for (unsigned long i = count; i-- > 1;) {
		unsigned long j;
		void *t = items[i];

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		j = state % (i + 1);
		items[i] = items[j];
		items[j] = t;
	}
}

static u64 spent_since(u64 from, u64 cost)
{
	u64 spent = ticks() - from;

	return spent > cost ? spent - cost : 0;
}

/* Fills up to half of memory and gives it back in random order, until the samples are there. */
static __always_inline void singles(unsigned int order, void **items)
{
	static u64 taken[SAMPLES], given[SAMPLES];
	unsigned long most = min(BULK, nr_free_pages() / 2 >> order), done = 0;
	u64 cost = read_cost();
	double scale = ns_per_tick();
	char name[80];

	/* The first round does not count: it touches descriptors for the first time. */
	for (int round = -1; done < SAMPLES; round++) {
		unsigned long got = min(most, SAMPLES - done);

		for (unsigned long i = 0; i < got; i++) {
			u64 from = ticks();

			items[i] = alloc_pages(GFP_KERNEL, order);
			taken[done + i] = spent_since(from, cost);
		}
		shuffle(items, got);
		for (unsigned long i = 0; i < got; i++) {
			u64 from = ticks();

			__free_pages(items[i], order);
			given[done + i] = spent_since(from, cost);
		}
		done += round < 0 ? 0 : got;
	}
	snprintf(name, sizeof(name), "host single order=%u alloc", order);
	print_samples(name, taken, done, scale);
	snprintf(name, sizeof(name), "host single order=%u free_random", order);
	print_samples(name, given, done, scale);
}

void run_singles(void **items)
{
	stay_on(0);
	if (wanted("host single order=0 alloc") || wanted("host single order=0 free_random")) {
		boot(1);
		singles(0, items);
	}
	if (wanted("host single order=9 alloc") || wanted("host single order=9 free_random")) {
		boot(1);
		singles(9, items);
	}
}
