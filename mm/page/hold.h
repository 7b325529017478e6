/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_HOLD_H
#define MM_PAGE_HOLD_H

/*
 * How much one hold of a zone's lock does, so that interrupts are off for at most 2,500
 * instructions: mm/check/bounds.c works that out, and `bench bound` tries it. A step is a split or
 * a merge: one block linked or unlinked, some 30 instructions. The rest of the work on a block is
 * counted as steps too. Filling or emptying a list ends with the block that brings one hold of the
 * lock to HOLD_STEPS, so that no hold has as many as HOLD_STEPS + STEPS_OF_TAKE + MAX_ORDER.
 */
#define HOLD_STEPS	37
#define STEPS_OF_FREE	2	/* a block given back */
#define STEPS_OF_SPECIAL	3	/* more for one of a special type, such as HighAtomic */
#define STEPS_OF_POP	2	/* a block of the wanted order taken */
#define STEPS_OF_TAKE	5	/* a larger one, or one of another type */

/* A hold that empties a list, also where all lists of the CPU were looked at before, once or twice:
 * fewer blocks with compaction, where each may make its pageblock a better candidate. */
#define steps_of_drain(compaction)		((compaction) ? 27 : 40)
#define steps_of_drain_found(compaction)	((compaction) ? 22 : 32)
#define steps_of_drain_looked(compaction)	((compaction) ? 12 : 19)
#define DRAIN_STEPS		steps_of_drain(IS_ENABLED(CONFIG_COMPACTION))
#define DRAIN_STEPS_FOUND	steps_of_drain_found(IS_ENABLED(CONFIG_COMPACTION))
#define DRAIN_STEPS_LOOKED	steps_of_drain_looked(IS_ENABLED(CONFIG_COMPACTION))

/* Blocks of a contiguous range taken in one hold. */
#define TAKE_AT_ONCE	3
/* Blocks of a pageblock or a range that are looked at in one hold, each a step. */
#define RETYPE_STEPS	32
#define STEPS_OF_RETYPE	5	/* one that is moved, besides */

#endif /* MM_PAGE_HOLD_H */
