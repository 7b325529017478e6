/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_CLOCK_H
#define FS_CLOCK_H

#include <kernel/wall.h>

/* What files are stamped with: nanoseconds since 1970. */
static inline u64 files_clock_ns(void)
{
	return time_wall_us() * 1000;
}

#endif /* FS_CLOCK_H */
