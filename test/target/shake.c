/* SPDX-License-Identifier: BSD-2-Clause */
/* shake=SECONDS: a thread beside the board's programs takes each area of contiguous memory whole,
 * again and again, so that whatever was lent of it has to move; then it says how often. */
#include <kernel/app.h>
#include <kernel/cmdline.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/cma.h>

#define PRIORITY	4		/* before programs, whose pages it takes */
#define PAUSE_US	3000u

static struct {
	unsigned long taken, not, lent_pages;
	struct page_obstacle first;	/* that was in the way */
} shaken;				/* [o] the thread's */

static void shake_area(unsigned int nr)
{
	const struct cma_area *a = &cma_areas[nr];
	struct cma_usage u = cma_usage(nr);
	struct page_obstacle o;
	struct page *page = cma_alloc_from(nr, a->pages, 0, &o);

	if (page) {
		shaken.taken++;
		shaken.lent_pages += a->pages - u.taken_pages - u.free_pages;
		(void)cma_release(page, a->pages);
		return;
	}
	if (!shaken.not++)
		shaken.first = o;
}

static void shake_main(void *unused)
{
	const struct number_wanted wanted = { 1, 3600, "seconds, 1 to 3600" };
	u64 seconds, end;

	(void)unused;
	if (!cmdline_get_number("shake", &wanted, &seconds))
		return;
	end = time_us() + seconds * 1000000;
	while (time_us() < end) {
		for (unsigned int i = 0; i < cma_area_count; i++)
			shake_area(i);
		usleep(PAUSE_US);
	}
	pr_info("shake: %lu times an area was taken, with %lu pages that were lent\n", shaken.taken,
		shaken.lent_pages);
	if (shaken.not)
		pr_info("shake: %lu times not, first because of frame 0x%lx: %s\n", shaken.not,
			shaken.first.pfn, shaken.first.what);
}

APP(shake, shake_main, PRIORITY, 16384, NULL);
