/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plug=SECONDS: a thread beside the board's programs brings the sections online that boot left
 * offline, makes room by compaction, and takes the sections offline again, so that whatever went
 * there has to move; then it says how often.
 */
#include <kernel/app.h>
#include <kernel/cmdline.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/compaction.h>
#include <mm/memory_hotplug.h>
#include <mm/mmzone.h>
#include <mm/snapshot.h>

#define PRIORITY	4		/* before programs, whose pages it moves */
#define PAUSE_US	20000u
#define PATIENCE_US	(3 * OFFLINE_US)

static struct {
	unsigned long went, stayed, pages;
	u64 us;				/* the longest way offline */
	struct page_obstacle first;	/* that was in the way */
} plugged;				/* [o] the thread's */

static void compact_all(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		IF_ENABLED(CONFIG_COMPACTION, (void)compact_zone(zone, true));
}

/* Pages of memory that comes and goes that somebody has. */
static unsigned long taken_pages(void)
{
	unsigned long pages = 0;
	struct zone_snapshot z;

	for_each_populated_zone_snapshot(&z)
		if (z.idx == ZONE_MOVABLE)
			pages += z.managed_pages - z.free_pages;
	return pages;
}

static void take_offline(unsigned long pfn)
{
	u64 begin = time_us();
	unsigned long pages = taken_pages();
	struct page_obstacle o;

	if (offline_pages(pfn, PATIENCE_US, &o)) {
		if (!plugged.stayed++)
			plugged.first = o;
		return;
	}
	plugged.went++;
	plugged.pages += pages;
	plugged.us = max(plugged.us, time_us() - begin);
}

/* Those that boot left offline come, or go. */
static void plug_all(bool come)
{
	struct section_snapshot s;

	for_each_section_snapshot(&s) {
		unsigned long pfn = s.nr << PFN_SECTION_SHIFT;
		bool is_offline = s.start_pfn == s.end_pfn;

		if (!s.hotpluggable || come != is_offline)
			continue;
		if (!come)
			take_offline(pfn);
		else if (online_pages(pfn))
			pr_warn("plug: section %lu does not come\n", s.nr);
	}
}

static void plug_main(void *unused)
{
	const struct number_wanted wanted = { 1, 3600, "seconds, 1 to 3600" };
	u64 seconds, end;

	(void)unused;
	if (!cmdline_get_number("plug", &wanted, &seconds))
		return;
	end = time_us() + seconds * 1000000;
	while (time_us() < end) {
		plug_all(true);
		usleep(PAUSE_US);
		compact_all();
		plug_all(false);
		usleep(PAUSE_US);
	}
	pr_info("plug: %lu times a section went, %lu times it stayed, with %lu pages that were "
		"taken, in %llu us at most\n", plugged.went, plugged.stayed, plugged.pages,
		ULL(plugged.us));
	if (plugged.stayed)
		pr_info("plug: it stayed first because of frame 0x%lx: %s\n", plugged.first.pfn,
			plugged.first.what);
}

APP(plug, plug_main, PRIORITY, 16384, NULL);
