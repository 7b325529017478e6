/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_WALL_H
#define KERNEL_WALL_H

#include <kernel/types.h>

/*
 * The wall clock: microseconds since 1970 in UTC, in 64 bits. It is the monotonic clock (time_us())
 * and a distance, which a device's clock gives at boot and time_wall_set() changes; until then it
 * begins with 1970. Any context.
 */
u64 time_wall_us(void);
void time_wall_set(u64 us);
/* The distance; and who keeps a copy of it, one at most, and is called behind each change. */
u64 time_wall_distance_us(void);
void time_wall_watch(void (*changed)(void));
/* Has anybody set it? */
bool time_wall_known(void);

/* A moment by the calendar; the year is at most 9999. Sunday is day 0 of a week. */
struct date {
	unsigned int year, month, day;		/* month and day from 1 */
	unsigned int hour, minute, second, weekday;
};
struct date date_of(u64 seconds);

#endif /* KERNEL_WALL_H */
