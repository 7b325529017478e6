/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_RTC_H
#define DRIVERS_RTC_H

#include <kernel/types.h>

/* A clock that goes on when the machine is off. */
struct rtc {
	const char *name;					/* [c] */
	/* Nanoseconds since 1970. */
	u64 (*read_ns)(struct rtc *rtc);			/* [c] */
	/* Calls fn(arg) in an interrupt at that time, or at once when it is past; a new alarm
	 * replaces the former. NULL: it has no interrupt. One caller at a time. */
	void (*set_alarm)(struct rtc *rtc, u64 ns, void (*fn)(void *arg), void *arg);	/* [c] */
};

/* The driver's: the first that is offered sets the wall clock, if nobody has. NULL when it goes. */
void rtc_offer(struct rtc *rtc);
/* The machine's clock, or NULL. */
struct rtc *rtc_get(void);

#endif /* DRIVERS_RTC_H */
