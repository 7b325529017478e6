/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <kernel/types.h>

/* Ticks per second of arch_ticks(), from /cpus timebase-frequency; 0 before it was read. */
extern u64 timebase_hz;

/* Microseconds since the kernel was entered; 0 while timebase_hz is unknown. */
u64 time_us(void);
void time_init(u64 hz);
/* The tick at which time_us() was 0; once anybody has asked for a time. */
u64 time_first_tick(void);

/*
 * The end of a wait: struct deadline end = deadline_in(us); while (...) if (deadline_over(&end))
 * ... Where time stands still, looks are counted instead, some ten nanoseconds each.
 */
struct deadline {
	u64 end_us, polls;
};
struct deadline deadline_in(u64 us);
bool deadline_over(struct deadline *d);

#endif /* KERNEL_TIME_H */
