/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PCP_COUNT_H
#define MM_PCP_COUNT_H

/*
 * How many blocks a per-CPU list holds. With VM_EVENT_COUNTERS the same word says how many were
 * ever taken off it: adding one constant, which fits an instruction, counts a block down and an
 * event up, so that the inline paths write no other word. What was put on a list follows from that
 * and from what came from the zone and went back there (mm/page/vm_event.c).
 *
 *	 63                                          11 10      0
 *	|            blocks taken off               | blocks on |
 */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

#ifdef CONFIG_VM_EVENT_COUNTERS

#define PCP_COUNT_BITS		11
#define PCP_COUNT_MASK		((1u << PCP_COUNT_BITS) - 1)
typedef u64 pcp_state_t;

static __always_inline u32 pcp_state_count(pcp_state_t state)
{
	return state & PCP_COUNT_MASK;
}

static __always_inline pcp_state_t pcp_state_popped(pcp_state_t state)
{
	return state + ((1u << PCP_COUNT_BITS) - 1);
}

static __always_inline pcp_state_t pcp_state_pushed(pcp_state_t state, u32 count)
{
	(void)count;
	return state + 1;
}

static __always_inline u64 pcp_state_taken(pcp_state_t state)
{
	return state >> PCP_COUNT_BITS;
}

BUILD_ASSERT(CONFIG_PCP_HIGH <= PCP_COUNT_MASK, "PCP_HIGH does not fit a list's word");

#else

#define PCP_COUNT_BITS		32
typedef u32 pcp_state_t;

static __always_inline u32 pcp_state_count(pcp_state_t state)
{
	return state;
}

static __always_inline pcp_state_t pcp_state_popped(pcp_state_t state)
{
	return state - 1;
}

static __always_inline pcp_state_t pcp_state_pushed(pcp_state_t state, u32 count)
{
	(void)state;
	return count + 1;
}

#endif

#endif /* MM_PCP_COUNT_H */
