/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loop that runs each millisecond, as one that controls a motor would, and writes down how late
 * it came. Beside it a less urgent thread takes all the memory that it can get and gives it back,
 * again and again: it must not make the loop late.
 */
#include <kernel/app.h>
#include <kernel/console.h>
#include <kernel/histogram.h>
#include <kernel/list.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/account.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/snapshot.h>
#include <arch/time.h>

#define PERIOD_US	1000u
#define ROUNDS		(CONFIG_APP_CONTROL_SECONDS * 1000000u / PERIOD_US)
#define URGENT		2		/* of the loop */
#define LATER		20		/* of the other */

/* With CONFIG_MEM_ACCOUNTS: what the loop needs is kept for it, and the other gets no more. */
MEM_ACCOUNT(control_memory, 1 << 20, 4 << 20);
MEM_ACCOUNT(hog_memory, 0, 16 << 20);

static bool loop_is_over;		/* [a] */
static u64 times_full;			/* [o] the hog's, and its joiner's */

/* Pages in hand are linked through their own first bytes. */
static void take_and_give_all(void *unused)
{
	void **first = NULL;

	(void)unused;
	while (!__atomic_load_n(&loop_is_over, __ATOMIC_RELAXED)) {
		struct page *page = nr_free_pages() > 1024 ?
				    alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0) : NULL;

		if (page) {
			void **next = page_address(page);

			*next = first;
			first = next;
			continue;
		}
		times_full++;
		while (first) {
			void **next = *first;

			__free_pages(virt_to_page(first), 0);
			first = next;
		}
	}
	while (first) {
		void **next = *first;

		__free_pages(virt_to_page(first), 0);
		first = next;
	}
}

static u64 ns_of_ticks(u64 ticks)
{
	return ticks * 1000000000ull / timebase_hz;
}

static void run_loop(struct histogram *late)
{
	u64 period = ticks_of_us(PERIOD_US), next = arch_ticks();

	for (unsigned int i = 0; i < ROUNDS; i++) {
		next += period;
		sleep_until_tick(next);
		histogram_add(late, ns_of_ticks(arch_ticks() - next));
		/* Here a controller reads its sensors and sets its outputs. */
	}
}

static void control_main(void *unused)
{
	static struct histogram late;	/* [o] of this thread */
	struct thread *hog;

	(void)unused;
	hog = thread_create(&(struct thread_params){ .name = "hog", .fn = take_and_give_all,
						     .priority = LATER,
						     .account = &hog_memory });
	if (!hog) {
		pr_err("control: no memory for the thread beside it; nothing was run\n");
		return;
	}
	run_loop(&late);
	__atomic_store_n(&loop_is_over, true, __ATOMIC_RELAXED);
	thread_join(hog);
	pr_info("control: %llu rounds of %u us, late by %llu ns at least, %llu ns on average, "
		"%llu ns at most; the hog took all memory %llu times\n",
		(unsigned long long)late.count, PERIOD_US, (unsigned long long)late.min,
		(unsigned long long)(late.sum / late.count), (unsigned long long)late.max,
		(unsigned long long)times_full);
	histogram_show(&seq_console, &late, "ns");
}

APP(control, control_main, URGENT, 8192, &control_memory);
