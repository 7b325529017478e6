/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs that share: one allocates, the next one frees. They stand in a circle. From each a lane
 * leads to the next, a ring with one writer and one reader:
 *
 * 	CPU 0 -- lane 0 --> CPU 1 -- lane 1 --> ... --> CPU 0
 *
 * So a CPU's own frees never fill the list that it allocates from, and each block passes the zone's
 * lock, or the cache's, both ways. The figures are for one allocation with hand-over and free: the
 * instructions of all CPUs together, waits included, and the time that passed. With -icount, where
 * one CPU runs at a time, only the first means something; without it only the second.
 */
#include <kernel/idle.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <mm/gfp.h>
#include <mm/slab.h>

#include "internal.h"

#define NS_PER_S	1000000000ull
#define CPUS_MOST	8u
#define LANE_ITEMS	MIN_CONST(1024ul, BENCH_BULK / CPUS_MOST)	/* a power of two */
#define TURN_ITEMS	64ul
#define ITEMS_EACH	(320 * TURN_ITEMS)	/* that each CPU allocates */

BUILD_ASSERT(LANE_ITEMS >= TURN_ITEMS, "a turn's items fit into a lane");

/* The counts never go back. Each is written by one CPU, on a line of its own. */
struct lane {
	void **items;
	unsigned long put __aligned(64);
	unsigned long got __aligned(64);
} __aligned(64);

struct runner {
	struct cpu_work work;
	bool started;
	struct lane *out, *in;
};

static struct lane lanes[CPUS_MOST];
static struct runner runners[CPUS_MOST];
/* A CPU got no memory: the others must not wait for it. */
static bool failed;

static __always_inline void *take_page(void)
{
	return alloc_page(GFP_KERNEL | __GFP_NOWARN);
}

static __always_inline void give_page(void *page)
{
	__free_page(page);
}

static __always_inline void *take_object(void)
{
	return kmalloc(64, GFP_KERNEL | __GFP_NOWARN);
}

static __always_inline void give_object(void *object)
{
	kfree(object);
}

static __always_inline unsigned long room_in(const struct lane *out)
{
	return LANE_ITEMS - (out->put - __atomic_load_n(&out->got, __ATOMIC_ACQUIRE));
}

static __always_inline bool put_turn(struct lane *out, void *(*take)(void))
{
	for (unsigned long i = 0; i < TURN_ITEMS; i++) {
		void *item = take();

		if (!item)
			return false;
		out->items[out->put % LANE_ITEMS] = item;
		__atomic_store_n(&out->put, out->put + 1, __ATOMIC_RELEASE);
	}
	return true;
}

/* Frees all that is in the lane now; returns its number. */
static __always_inline unsigned long get_all(struct lane *in, void (*give)(void *item))
{
	unsigned long from = in->got, end = __atomic_load_n(&in->put, __ATOMIC_ACQUIRE);

	while (in->got != end) {
		give(in->items[in->got % LANE_ITEMS]);
		__atomic_store_n(&in->got, in->got + 1, __ATOMIC_RELEASE);
	}
	return end - from;
}

/* Runs until all that this CPU allocates has gone out, and all that comes to it was freed. */
static __always_inline void go_round(struct runner *r, void *(*take)(void),
				     void (*give)(void *item))
{
	while (!READ_ONCE(failed) && (r->out->put < ITEMS_EACH || r->in->got < ITEMS_EACH)) {
		bool idle = get_all(r->in, give) == 0;

		if (r->out->put < ITEMS_EACH && room_in(r->out) >= TURN_ITEMS) {
			idle = false;
			if (!put_turn(r->out, take))
				WRITE_ONCE(failed, true);
		}
		if (idle)
			cpu_nap();
	}
}

static void run_pages(void *arg)
{
	go_round(arg, take_page, give_page);
}

static void run_objects(void *arg)
{
	go_round(arg, take_object, give_object);
}

static const struct {
	const char *name;
	void (*run)(void *arg);
	void (*give)(void *item);	/* frees what a failure leaves in the lanes */
} kinds[] = {
	{ "order=0", run_pages, give_page }, { "kmalloc64", run_objects, give_object },
};

struct spent {
	u64 instret, ticks;
};

/* Runs the circle of the first nr online CPUs, of which this CPU is one; false when memory was
 * short. */
static bool run_on(unsigned int nr, size_t kind, struct spent *spent)
{
	struct spent from = { arch_instret(), arch_ticks() };
	unsigned int cpu, n, other;

	failed = false;
	for (n = 0; n < nr; n++) {
		lanes[n] = (struct lane){ .items = bench_items + n * LANE_ITEMS };
		runners[n] = (struct runner){ .work.fn = kinds[kind].run, .work.arg = &runners[n],
					      .out = &lanes[n], .in = &lanes[(n + nr - 1) % nr] };
	}
	n = 0;
	for_each_online_cpu(cpu) {
		if (cpu == smp_processor_id() || n + 1 >= nr)
			continue;
		n++;
		if (cpu_work_start(cpu, &runners[n].work))
			WRITE_ONCE(failed, true);
		else
			runners[n].started = true;
	}
	kinds[kind].run(&runners[0]);
	for (other = 1; other < nr; other++)
		while (runners[other].started && !cpu_work_done(&runners[other].work))
			cpu_nap();
	spent->instret = arch_instret() - from.instret;
	spent->ticks = arch_ticks() - from.ticks;
	for (n = 0; n < nr; n++)
		get_all(&lanes[n], kinds[kind].give);
	return !failed;
}

static void bench_circle(struct bench *b, const char *work, unsigned int nr, size_t kind)
{
	struct spent spent;

	if (!bench_room_get(b, work))
		return;
	if (run_on(nr, kind, &spent)) {
		bench_line(b, work);
		bench_mean(b, "pair", spent.instret, nr * ITEMS_EACH);
		if (timebase_hz)
			bench_mean(b, "ns", spent.ticks * (NS_PER_S / timebase_hz),
				   nr * ITEMS_EACH);
		bench_end(b);
	} else {
		bench_skip(b, work, "memory is too small");
	}
	bench_room_put();
}

static void bench_smp(struct bench *b)
{
	static const unsigned int circles[] = { 1, 2, 4, CPUS_MOST };
	char work[BENCH_NAME];

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (size_t i = 0; i < ARRAY_SIZE(circles); i++) {
			unsigned int nr = circles[i];

			if (!bench_wanted(b, work, sizeof(work), "smp harts=%u %s here, free there",
					  nr, kinds[kind].name))
				continue;
			if (nr > num_online_cpus()) {
				bench_skip(b, work, "too few CPUs are online");
				continue;
			}
			bench_circle(b, work, nr, kind);
		}
	}
}

BENCH_GROUP(smp, bench_smp);
