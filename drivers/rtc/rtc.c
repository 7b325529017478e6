/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's clock sets the wall clock, once. */
#include <kernel/compiler.h>
#include <kernel/printk.h>
#include <kernel/wall.h>
#include <drivers/rtc.h>

static struct rtc *the_rtc;	/* [a] */

void rtc_offer(struct rtc *rtc)
{
	struct date d;
	u64 ns;

	if (rtc && rtc_get())
		return;
	__atomic_store_n(&the_rtc, rtc, __ATOMIC_RELEASE);
	if (!rtc || time_wall_known())
		return;
	ns = rtc->read_ns(rtc);
	time_wall_set(ns / 1000);
	d = date_of(ns / 1000000000);
	pr_info("rtc: %s says %04u-%02u-%02u %02u:%02u:%02u UTC\n", rtc->name, d.year, d.month,
		d.day, d.hour, d.minute, d.second);
}

struct rtc *rtc_get(void)
{
	return __atomic_load_n(&the_rtc, __ATOMIC_ACQUIRE);
}
