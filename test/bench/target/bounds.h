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

/* All run in process context and leave memory as they found it. */
void bound_drive_pages(struct bench *b);
void bound_drive_slab(void);
void bound_drive_vmalloc(void);
void bound_drive_contig(void);
void bound_drive_compaction(void);
void bound_drive_dma(void);
void bound_drive_hotplug(void);
void bound_drive_accounts(struct bench *b);
void bound_drive_stacks(void);
/* With preemption and interrupts on. */
void bound_drive_waiting(void);

/* Calls fn while memory is free in single pages alone, of which no two are neighbours; between the
 * two others, the first of which says whether there is memory for it. */
bool bound_room_get(void);
void bound_in_pieces(void (*fn)(void));
void bound_room_put(void);

/* Drives what threads wait for, and prints it; irqs_off: the longest that memory's paths may keep
 * interrupts off. */
void bound_threads(struct bench *b, unsigned long irqs_off);

/* ---- memory in the adversary's hands ---- */

#define CUT_PAGES	(1ul << MIN_CONST(MAX_ORDER, CUT_ORDER_MOST))

/* A block that was cut into single pages: bit i of taken is set while page i is in hand. */
struct cut {
	struct page *page;
	u64 taken[(CUT_PAGES + 63) / 64];
};

/* Takes all memory. */
void bound_take_all(void);
/* Cuts one of the blocks, and leaves nothing else free; false: there is no more. */
bool bound_cut(struct cut *cut);
/* Gives back page i, if it is in hand. */
void bound_give(struct cut *cut, unsigned long i);
/* Gives all back that was taken, but for what is left of cuts. */
void bound_give_rest(void);

#endif /* TEST_BENCH_BOUNDS_H */
