/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_GFP_TYPES_H
#define MM_GFP_TYPES_H

#include <kernel/assert.h>
#include <kernel/types.h>
#include <mm/page_word.h>

/*
 * Allocation flags, with Linux's names for what has a meaning here.
 *
 * Whoever may wait says so. GFP_KERNEL is for process context (kernel/smp.h): interrupts on, no
 * lock held. Everybody else asks with GFP_NOWAIT, or with GFP_ATOMIC where the reserves are meant
 * for him. All other flags are modifiers to one of these, as in GFP_KERNEL | __GFP_DMA32; alone
 * they do not wait, GFP_DMA, GFP_DMA32 and GFP_MOVABLE included.
 *
 * A request that may wait where nobody can stops the kernel when the running CPU has nothing at
 * hand for it (A4). Boot may use GFP_KERNEL: until gfp_allow_waiting() it does not mean that.
 * With CONFIG_RECLAIM it waits, a bounded time, for those who keep memory at hand (mm/reclaim.h),
 * and with CONFIG_RECLAIM_THREAD up to RECLAIM_WAIT_MS for anybody who gives memory back.
 */
#define __GFP_DMA		0x01u	/* from ZONE_DMA */
#define __GFP_DMA32		0x02u	/* from ZONE_DMA32 or below */
#define __GFP_MOVABLE		0x04u	/* the owner can move it: may lie in ZONE_MOVABLE */
#define __GFP_RECLAIMABLE	0x08u	/* the owner can give it back */
#define __GFP_ZERO		0x10u	/* cleared */
#define __GFP_HIGH		0x20u	/* may dip into half of the min watermark */
#define __GFP_ATOMIC		0x40u	/* cannot wait: a quarter of what is left of it */
#define __GFP_MEMALLOC		0x80u	/* ignores watermarks */
#define __GFP_NOWARN		0x100u	/* no report when it fails */
#define __GFP_THISNODE		0x200u	/* no other node */
#define __GFP_DIRECT_RECLAIM	0x400u	/* the caller may wait */
#define __GFP_NORETRY		0x800u	/* ... for those who keep memory at hand alone: the caller
					 * has another way */

#define GFP_KERNEL		__GFP_DIRECT_RECLAIM
#define GFP_NOWAIT		0u
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_ATOMIC)
#define GFP_DMA			__GFP_DMA
#define GFP_DMA32		__GFP_DMA32
#define GFP_MOVABLE		__GFP_MOVABLE

/* Flags that choose the zone (gfp_zone()), and flags that are the migrate type (both: movable). */
#define GFP_ZONEMASK		(__GFP_DMA | __GFP_DMA32 | __GFP_MOVABLE)
#define GFP_MOVABLE_MASK	(__GFP_MOVABLE | __GFP_RECLAIMABLE)
#define GFP_MOVABLE_SHIFT	2

/* All of them: with an order they say which of the CPU's lists a request is served from, and
 * pcp_home has a place for each combination. */
#define PCP_HOME_FLAGS		(GFP_ZONEMASK | GFP_MOVABLE_MASK)

BUILD_ASSERT((PCP_HOME_FLAGS & (PCP_HOME_FLAGS + 1)) == 0,
	     "flags that choose a list are not the lowest ones, but index an array");
BUILD_ASSERT(__GFP_MOVABLE >> GFP_MOVABLE_SHIFT == MIGRATE_MOVABLE &&
	     __GFP_RECLAIMABLE >> GFP_MOVABLE_SHIFT == MIGRATE_RECLAIMABLE &&
	     MIGRATE_UNMOVABLE == 0,
	     "flags, shifted, are not the numbers of migrate types");

#endif /* MM_GFP_TYPES_H */
