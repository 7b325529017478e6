/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait for memory, and the threads that get it back and make large blocks. */
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/audit.h>
#include <mm/config.h>
#include <mm/gfp.h>
#include <mm/reclaim.h>
#include <mm/vm_event.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define QUIET		(GFP_NOWAIT | __GFP_NOWARN)
#define PATIENT		(GFP_KERNEL | __GFP_NOWARN)
#define WAIT_US		(RECLAIM_WAIT_MS * 1000ull)
/* Others may have the CPUs meanwhile. */
#define LATE		20

/* Blocks in hand, linked through their first words. */
struct pile {
	struct pile *next;
	unsigned int order;
};

/* Takes what there is, the largest blocks first. */
static void fill(struct pile **to, gfp_t gfp, unsigned int order)
{
	for (;;) {
		struct page *page = alloc_pages(gfp, order);
		struct pile *p;

		if (!page && !order--)
			return;
		if (!page)
			continue;
		p = page_address(page);
		*p = (struct pile){ *to, order };
		*to = p;
	}
}

/* What others keep at hand, too. */
static void fill_to_the_last(struct pile **to)
{
	fill(to, PATIENT | __GFP_NORETRY, MAX_ORDER);
	fill(to, QUIET | __GFP_MEMALLOC, MAX_ORDER);
}

/* Gives the first block back; returns its pages. */
static unsigned long give(struct pile **from)
{
	struct pile *p = *from;
	unsigned int order = p->order;

	*from = p->next;
	__free_pages(virt_to_page(p), order);
	return 1ul << order;
}

static void give_all(struct pile **from)
{
	while (*from)
		give(from);
}

/* Pages below which some zone is not well off. */
static unsigned long high_marks(void)
{
	unsigned long pages = 0;
	struct zone_snapshot z;

	for_each_populated_zone_snapshot(&z)
		pages += z.watermark[WMARK_HIGH] + z.protection[MAX_NR_ZONES - 1];
	return pages;
}

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void expect_sound(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
}

/* ---- waiting ---- */

static struct pile *all;	/* [t] whose turn it is says filled */
static bool filled;		/* [a] */

/* A part of the time passes before any memory is free. */
static void give_some_soon(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&filled, __ATOMIC_ACQUIRE))
		usleep(100);
	usleep(WAIT_US / 4);
	for (unsigned long pages = 0; pages < 2 * high_marks() && all; )
		pages += give(&all);
}

/* proves KS1 */
static void a_waiter_goes_on(struct ktest *t)
{
	struct thread *giver = thread_create(&(struct thread_params){
		.name = "giver", .fn = give_some_soon, .priority = 1 });
	u64 began_us, waits = vm_event_sum(PGSCAN_DIRECT_THROTTLE);
	struct page *page;

	KTEST_ASSERT(t, giver);
	fill_to_the_last(&all);
	began_us = time_us();
	__atomic_store_n(&filled, true, __ATOMIC_RELEASE);
	page = alloc_page(PATIENT);
	KTEST_EXPECT(t, page && time_us() - began_us >= WAIT_US / 4);
	KTEST_EXPECT(t, time_us() - began_us < WAIT_US * LATE);
	if (VM_EVENTS)
		KTEST_EXPECT(t, vm_event_sum(PGSCAN_DIRECT_THROTTLE) > waits);
	thread_join(giver);
	filled = false;
	if (page)
		__free_page(page);
	give_all(&all);
	expect_sound(t);
}

/* proves A5 */
static void its_time_is_over(struct ktest *t)
{
	u64 began_us, took_us;

	fill_to_the_last(&all);
	began_us = time_us();
	/* With its line. */
	KTEST_EXPECT(t, !alloc_page(GFP_KERNEL));
	took_us = time_us() - began_us;
	KTEST_EXPECT(t, took_us >= WAIT_US && took_us < WAIT_US * LATE);
	give_all(&all);
	expect_sound(t);
}

static void some_never_wait(struct ktest *t)
{
	u64 waits, began_us;

	fill_to_the_last(&all);
	waits = vm_event_sum(PGSCAN_DIRECT_THROTTLE);
	began_us = time_us();
	KTEST_EXPECT(t, !alloc_page(QUIET));
	KTEST_EXPECT(t, !alloc_page(GFP_ATOMIC | __GFP_NOWARN));
	KTEST_EXPECT(t, !alloc_page(PATIENT | __GFP_NORETRY));
	KTEST_EXPECT(t, !alloc_pages(PATIENT, MAX_ORDER));
	preempt_disable();
	KTEST_EXPECT(t, !alloc_page(PATIENT));
	preempt_enable();
	KTEST_EXPECT_EQ(t, vm_event_sum(PGSCAN_DIRECT_THROTTLE), waits);
	KTEST_EXPECT(t, time_us() - began_us < WAIT_US * LATE);
	give_all(&all);
}

/* ---- the thread that reclaims ---- */

static struct pile *hoard;	/* [a] the whole of it at once */
static unsigned long hoarded;	/* [a] */

static unsigned long hoard_count(void)
{
	return __atomic_load_n(&hoarded, __ATOMIC_RELAXED);
}

static unsigned long hoard_scan(unsigned long nr_pages)
{
	struct pile *mine = __atomic_exchange_n(&hoard, NULL, __ATOMIC_ACQ_REL);
	unsigned long given = 0;

	while (mine && given < nr_pages)
		given += give(&mine);
	if (mine)
		__atomic_store_n(&hoard, mine, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&hoarded, given, __ATOMIC_RELAXED);
	return given;
}

SHRINKER(test_hoard, "test hoard", hoard_count, hoard_scan);

static bool above_high(void)
{
	struct zone_snapshot z;

	for_each_populated_zone_snapshot(&z)
		if (z.free_pages > z.watermark[WMARK_HIGH] + z.protection[ZONE_NORMAL])
			return true;
	return false;
}

/* A request that may not wait is enough to wake it, and it goes on up to the high mark by itself.
 * proves KS2, NT1 */
static void works_up_to_the_high_mark(struct ktest *t)
{
	u64 began_us, direct = vm_event_sum(PGSTEAL_DIRECT);
	unsigned long nr = 0, back = 0;
	struct pile *mine = NULL;
	struct pile *p;

	/* Takes and gives back small blocks, several times as much as lies between the marks. */
	fill(&all, QUIET, MAX_ORDER);
	while (all && back < 4 * high_marks())
		back += give(&all);
	fill(&mine, QUIET, 2);
	for (p = mine; p; p = p->next)
		nr += 1ul << p->order;
	__atomic_store_n(&hoarded, nr, __ATOMIC_RELAXED);
	__atomic_store_n(&hoard, mine, __ATOMIC_RELEASE);
	began_us = time_us();
	KTEST_EXPECT(t, !alloc_pages(QUIET, MAX_ORDER));
	while (!above_high() && time_us() - began_us < 2000000)
		msleep(1);
	KTEST_EXPECT(t, above_high());
	KTEST_EXPECT_EQ(t, vm_event_sum(PGSTEAL_DIRECT), direct);
	/* It stops there. */
	msleep(20);
	KTEST_EXPECT(t, hoard_count() > nr / 2);
	while (hoard_count())
		hoard_scan(~0ul);
	give_all(&all);
	expect_sound(t);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(a_waiter_goes_on),
	KTEST_CASE(its_time_is_over),
	KTEST_CASE(some_never_wait),
	KTEST_CASE(works_up_to_the_high_mark),
	{ .name = NULL },
};
KTEST_SUITE(waiting, cases, false);
