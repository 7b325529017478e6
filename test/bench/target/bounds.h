/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_BENCH_BOUNDS_H
#define TEST_BENCH_BOUNDS_H

/* Declarations that the adversaries share, which drive the allocator's paths to their worst
 * cases. */
#include <mm/bounds.h>

#include "internal.h"

/* The dearest run of each path so far, in instructions. */
extern u64 bound_worst[NR_MM_PATHS];

/* Notes a run of a path that began when arch_instret() was from. */
void bound_saw(enum mm_path path, u64 from);

/* A block is cut some thousand times, which takes too long where blocks are larger than this. */
#define CUT_ORDER_MOST	12

/* An object that the adversary gave back is missing. */
extern bool bound_lost;

/* Both run in process context and leave memory as they found it. */
void bound_drive_pages(struct bench *b);
void bound_drive_slab(void);

#endif /* TEST_BENCH_BOUNDS_H */
