/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that wait for memory, beside those who give it back and the threads of a node, on CPUs
 * whose steps are chosen: nobody waits for ever, nobody who could go on fails, nothing is lost.
 */
#define PLACES		16384u
#include "shelf.h"

#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <mm/account.h>
#include <mm/compaction.h>
#include <mm/reclaim.h>
#include <mm/slab.h>
#include <mm/vm_event.h>

#include "mm/page/internal.h"

#include "common/audit.h"
#include "common/play.h"

#define SAME	CONFIG_SHELL_PRIORITY
#define WAIT_US	(RECLAIM_WAIT_MS * 1000ull)
#define QUIET	(GFP_NOWAIT | __GFP_NOWARN)
#define PATIENT	(GFP_KERNEL | __GFP_NOWARN)

static struct random_plan drawn;

struct block {
	struct page *page;
	unsigned int order;
};
static struct block taken[4096];
static unsigned int nr_taken;

/* Takes all memory, the largest blocks first: few steps. */
static void fill_memory(void)
{
	unsigned int order = MAX_ORDER;

	nr_taken = 0;
	while (nr_taken < ARRAY_SIZE(taken)) {
		struct page *page = alloc_pages(QUIET | __GFP_MEMALLOC, order);

		if (page) {
			taken[nr_taken].page = page;
			taken[nr_taken++].order = order;
		} else if (!order--) {
			return;
		}
	}
	fail();
}

static void empty_memory(void)
{
	while (nr_taken--)
		__free_pages(taken[nr_taken].page, taken[nr_taken].order);
}

/* ---- waiters ---- */

static struct page *got[3];
static struct completion full;	/* memory is */

static void want_one(void *page)
{
	wait_for_completion(&full);
	*(struct page **)page = alloc_pages(PATIENT, 0);
}

/* One block comes back, on whichever CPU this thread runs. */
static void give(void *unused)
{
	(void)unused;
	wait_for_completion(&full);
	usleep(100);
	__free_pages(taken[nr_taken].page, taken[nr_taken].order);
}

/* More than the marks ask for comes back, all at once: all who wait get theirs. */
static void all_go_on(void)
{
	struct thread *of[4];
	struct block first;
	u64 began_us;

	init_completion(&full);
	for (unsigned int i = 0; i < 3; i++) {
		got[i] = NULL;
		of[i] = play_thread(want_one, &got[i], SAME + 1 - i, 0);
	}
	of[3] = play_thread(give, NULL, SAME, 0);
	fill_memory();
	/* The first block is a large one. */
	first = taken[0];
	taken[0] = taken[--nr_taken];
	taken[nr_taken] = first;
	began_us = time_us();
	complete_all(&full);
	for (unsigned int i = 0; i < 4; i++)
		thread_join(of[i]);
	for (unsigned int i = 0; i < 3; i++) {
		assert_non_null(got[i]);
		__free_pages(got[i], 0);
	}
	assert_true(time_us() - began_us < WAIT_US);
	empty_memory();
}

/* ---- what lies on other CPUs' lists ---- */

#define PIECES	512u
/* So many pages below the min mark, and above it in the end. */
#define BELOW	64u
#define ABOVE	8u
static struct page *pieces[PIECES];
static unsigned int nr_given, nr_missing;
static struct completion half;	/* of the pieces has been given */

static void give_up_to(unsigned int nr)
{
	while (nr_given < nr)
		__free_pages(pieces[nr_given++], 0);
}

/* On one CPU: blocks up to some pages below the mark, and half of what is missing in single pages,
 * which stay on this CPU's lists. */
static void give_first_half(void *unused)
{
	const struct zone *zone = page_zone(pieces[0]);

	(void)unused;
	wait_for_completion(&full);
	usleep(100);
	while (READ_ONCE(zone->nr_free_pages) + (1ul << taken[nr_taken - 1].order) + BELOW <=
	       zone->watermark[WMARK_MIN]) {
		nr_taken--;
		__free_pages(taken[nr_taken].page, taken[nr_taken].order);
	}
	nr_missing = (unsigned int)(zone->watermark[WMARK_MIN] + ABOVE - zone->nr_free_pages);
	assert_true(nr_missing <= PIECES);
	give_up_to(nr_missing / 2);
	complete(&half);
}

static void give_second_half(void *unused)
{
	(void)unused;
	wait_for_completion(&half);
	give_up_to(nr_missing);
}

/* Neither half is enough: the thread has the lists of all CPUs given back. */
static void lists_are_given_back(void)
{
	struct thread *of[3];
	u64 began_us;

	init_completion(&full);
	init_completion(&half);
	got[0] = NULL;
	nr_given = 0;
	for (unsigned int i = 0; i < PIECES; i++) {
		pieces[i] = alloc_pages(QUIET, 0);
		assert_non_null(pieces[i]);
	}
	of[0] = play_thread(want_one, &got[0], SAME + 1, 1);
	of[1] = play_thread(give_first_half, NULL, SAME, 2);
	of[2] = play_thread(give_second_half, NULL, SAME, 4);
	fill_memory();
	began_us = time_us();
	complete_all(&full);
	for (unsigned int i = 0; i < 3; i++)
		thread_join(of[i]);
	assert_non_null(got[0]);
	assert_true(time_us() - began_us < WAIT_US);
	__free_pages(got[0], 0);
	give_up_to(PIECES);
	empty_memory();
}

/* Nobody gives any: proves A5 */
static void time_is_over(void)
{
	static bool silent;
	u64 began_us;

	fill_memory();
	began_us = time_us();
	host_log_clear();
	assert_null(alloc_pages(GFP_KERNEL, 0));
	/* The first failures are told in full. */
	assert_true(silent || strstr(host_log(), " ms and nobody gave memory back"));
	silent = true;
	assert_in_range(time_us() - began_us, WAIT_US, WAIT_US + 2000);
	began_us = time_us();
	assert_null(alloc_pages(QUIET, 0));
	assert_null(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 0));
	assert_null(alloc_pages(PATIENT | __GFP_NORETRY, 0));
	assert_null(alloc_pages(PATIENT, PAGE_ALLOC_COSTLY_ORDER + 1));
	assert_in_range(time_us() - began_us, 0, 2000);
	empty_memory();
}

/* What slabs keep without need is soon there for those who cannot wait. */
static void slabs_give_back(void)
{
	static void *objects[1024];
	unsigned long stolen, direct;
	struct page *page;

	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = kmalloc(1024, GFP_KERNEL);
		assert_non_null(objects[i]);
	}
	fill_memory();
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		kfree(objects[i]);
	/* The thread of the node is told. */
	stolen = vm_event_sum(PGSTEAL_KSWAPD);
	direct = vm_event_sum(PGSTEAL_DIRECT);
	assert_null(alloc_pages(QUIET, 0));
	msleep(50);
	assert_true(!IS_ENABLED(CONFIG_VM_EVENT_COUNTERS) || vm_event_sum(PGSTEAL_KSWAPD) > stolen);
	assert_int_equal(vm_event_sum(PGSTEAL_DIRECT), direct);
	page = alloc_pages(QUIET | __GFP_MEMALLOC, 0);
	assert_non_null(page);
	__free_pages(page, 0);
	empty_memory();
}

static const struct scenario scenarios[] = {
	{ 1, time_is_over }, { 1, all_go_on }, { 2, all_go_on }, { 3, all_go_on },
	{ 3, lists_are_given_back }, { 1, slabs_give_back },
};

static void chosen_schedules(void **state)
{
	unsigned long all = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM_THREAD))
		skip();
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		assert_int_equal(kswapds_start(), 0);
		if (test_is_long())
			all += play_all(&scenarios[i], 0);
		all += drawn.operations;
		for (u64 n = 0; n < drawn.operations; n++)
			play_random(&scenarios[i], drawn.seed + n, 1 + (unsigned int)(n % 16));
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", all);
}

/* ---- how much the thread takes ---- */

static struct page *stock;		/* what this test's shrinker has */
static unsigned long stocked;
static bool open;			/* does it say so? */
static bool lies;			/* it says that it has much, and that it gives it */

static unsigned long stock_count(void)
{
	if (lies)
		return RECLAIM_BATCH;
	return open ? stocked : 0;
}

static unsigned long stock_scan(unsigned long nr_pages)
{
	unsigned long gave = 0;

	if (lies)
		return nr_pages;
	for (; stock && gave < nr_pages; gave++, stocked--) {
		struct page *page = stock;

		stock = *(struct page **)page_address(page);
		__free_page(page);
	}
	return gave;
}

SHRINKER(stock, "stock", stock_count, stock_scan);

/* Above the high mark of the zone that was asked for the rest stays where it is of use. */
static void the_thread_stops_at_the_high_mark(void **state)
{
	const struct zone *zone;
	struct page *page;
	unsigned long all, free;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM_THREAD))
		skip();
	play_boot(1);
	assert_int_equal(kswapds_start(), 0);
	for (; (page = alloc_pages(QUIET, 0)); stocked++) {
		*(struct page **)page_address(page) = stock;
		stock = page;
	}
	zone = page_zone(stock);
	all = stocked;
	free = zone->nr_free_pages;
	open = true;
	assert_null(alloc_pages(QUIET, 0));
	msleep(100);
	assert_true(zone->nr_free_pages > zone->watermark[WMARK_HIGH]);
	assert_in_range(all - stocked, 1, zone->watermark[WMARK_HIGH] - free + zone->pcp_high +
			RECLAIM_BATCH);
	while (stock)
		(void)stock_scan(RECLAIM_BATCH);
	open = false;
	assert_int_equal(audit_errors(NULL), 0);
}

/* The thread works for what is promised to others as if it were taken, and a request is met. */
static void what_is_promised_is_not_there(void **state)
{
	struct mem_account *a;
	unsigned long all;
	struct page *page;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM_THREAD) || !IS_ENABLED(CONFIG_MEM_ACCOUNTS)) {
		skip();
		return;		/* what follows is left out, of which nothing is linked */
	}
	play_boot(1);
	assert_int_equal(kswapds_start(), 0);
	a = account_create("promised", 0, true);
	assert_non_null(a);
	stocked = 0;
	for (; (page = alloc_pages(QUIET, 0)); stocked++) {
		*(struct page **)page_address(page) = stock;
		stock = page;
		if (stocked == 4 * PIECES)
			assert_true(account_reserve(a, account_reservable()));
	}
	all = stocked;
	assert_true(page_zone(stock)->nr_free_pages > page_zone(stock)->watermark[WMARK_HIGH]);
	open = true;
	assert_null(alloc_pages(QUIET, 0));
	msleep(100);
	assert_in_range(stocked, 1, all - 1);
	page = alloc_pages(QUIET, 0);
	assert_non_null(page);
	__free_page(page);
	account_destroy(a);
	while (stock)
		(void)stock_scan(RECLAIM_BATCH);
	open = false;
	assert_int_equal(audit_errors(NULL), 0);
}

/* Whoever says that he gives and does not is not asked without end. */
static void the_thread_rests(void **state)
{
	unsigned long runs;

	(void)state;
	if (!IS_ENABLED(CONFIG_RECLAIM_THREAD) || !IS_ENABLED(CONFIG_VM_EVENT_COUNTERS))
		skip();
	play_boot(1);
	/* Nobody waits where there is no thread. */
	fill_memory();
	runs = time_us();
	assert_null(alloc_pages(PATIENT, 0));
	assert_in_range(time_us() - runs, 0, 2000);
	empty_memory();
	assert_int_equal(kswapds_start(), 0);
	assert_false(kswapd_wait(0, time_us()));
	fill_memory();
	/* The thread has found nothing, and rests. */
	msleep(20);
	lies = true;
	runs = vm_event_sum(PAGEOUTRUN);
	assert_null(alloc_pages(QUIET, 0));
	msleep(5);
	runs = vm_event_sum(PAGEOUTRUN) - runs;
	assert_in_range(runs, RECLAIM_ROUNDS, RECLAIM_ROUNDS + 1);
	lies = false;
	empty_memory();
	assert_int_equal(audit_errors(NULL), 0);
}

/* ---- large blocks ---- */

/* A request that may not wait fails, and the next one finds what the thread has made. proves KC1 */
static void pieces_are_put_together(void **state)
{
	unsigned long done, stalls, nr = 0;
	struct page *page;

	(void)state;
	if (!IS_ENABLED(CONFIG_COMPACTION_THREAD)) {
		skip();
		return;		/* what follows is left out, of which nothing is linked */
	}
	play_boot(2);
	clear_shelf();
	assert_int_equal(kcompactds_start(), 0);
	stalls = vm_event_sum(COMPACTSTALL);
	while (nr < PLACES && put_on_shelf(movable_kind_nr(shelf), (unsigned int)nr, 0, nr + 1))
		nr++;
	for (unsigned int part = 0; part < nr; part += 2)
		take_from_shelf(part);
	done = compact_counts().success;
	assert_null(alloc_pages(QUIET, pageblock_order));
	msleep(20);
	assert_int_equal(compact_counts().success, done + 1);
	/* No request has waited for it. */
	assert_int_equal(vm_event_sum(COMPACTSTALL), stalls);
	page = alloc_pages(QUIET, pageblock_order);
	assert_non_null(page);
	/* A smaller block is free: the threads have nothing to do. */
	__free_pages(page, pageblock_order);
	kcompactd_wake(0, pageblock_order);
	msleep(20);
	assert_int_equal(compact_counts().success, done + 1);
	for (unsigned int part = 1; part < nr; part += 2) {
		check_contents(&shelf[part]);
		take_from_shelf(part);
	}
	assert_int_equal(audit_errors(NULL), 0);
}

/* Boot goes on without the threads. */
static void no_memory_for_the_threads(void **state)
{
	(void)state;
	play_boot(1);
	fill_memory();
	assert_int_equal(kswapds_start(), -ENOMEM);
	assert_non_null(strstr(host_log(), "kswapd0: no memory for its stack, requests do its work"));
	if (IS_ENABLED(CONFIG_COMPACTION_THREAD))
		assert_int_equal(kcompactds_start(), -ENOMEM);
	assert_null(alloc_pages(PATIENT, 0));
	empty_memory();
	assert_int_equal(audit_errors(NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_schedules),
		cmocka_unit_test(the_thread_stops_at_the_high_mark),
		cmocka_unit_test(what_is_promised_is_not_there),
		cmocka_unit_test(the_thread_rests),
		cmocka_unit_test(pieces_are_put_together),
		cmocka_unit_test(no_memory_for_the_threads),
	};

	drawn = random_plan(argc, argv, 20, 400);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
