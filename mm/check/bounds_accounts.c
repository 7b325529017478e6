/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the steps of accounts, of stacks, and of requests that wait for others.
 *
 * Structure: as in bounds.c, from whose paths these are made. Where accounts are promised memory,
 * whoever takes from a zone looks at each zone for what he has to leave.
 *
 * Invariants: Q1, Q2 (bounds.c).
 *
 * Locking: none.
 *
 * Bounds: none of its own.
 *
 * Configuration: MEM_ACCOUNTS, THREADS, RECLAIM_THREAD: a path that is not there has no steps.
 */
#include "mm/page/internal.h"

#include "bounds_count.h"

static struct count with_accounts(const struct letters *x, struct count c)
{
	return x->charges ? c : COUNT(0);
}

/* The CPU's credit is out, and its list is not. */
struct count cost_credit(const struct letters *x)
{
	return with_accounts(x, COUNT([CALL] = 1, [SLOT] = 1, [CHARGE] = 2));
}

/* A list is filled with no more than is asked for, from a largest block. */
struct count cost_promised(const struct letters *x)
{
	return with_accounts(x, COUNT([CALL] = 1, [ZONE] = 1, [LIST] = x->l, [BLOCK] = 1,
				      [SLOT] = 1, [LINK] = STEPS_OF_TAKE + 1 + x->o,
				      [LOOK] = x->looks, [CHARGE] = 2));
}

/* Past the CPU's lists. */
struct count cost_promised_free(const struct letters *x)
{
	return with_accounts(x, plus(cost_large_free(x), COUNT([CALL] = 1)));
}

/* Each page is noted as one of a stack. */
struct count cost_stack(const struct letters *x)
{
	return x->stack ? plus(cost_area(x, x->stack), COUNT([BLOCK] = x->v ? x->stack : 0))
			: COUNT(0);
}

struct count cost_stack_free(const struct letters *x)
{
	return x->stack ? cost_area_free(x, x->stack) : COUNT(0);
}

/* Whoever waits is woken after each of the rounds that the thread makes at a time, and once behind
 * them, and so in each millisecond; on its queue and off it, with a timer and two switches. */
struct count cost_alloc_wait(const struct letters *x)
{
	if (!x->wait)
		return COUNT(0);
	return plus(cost_alloc_reclaim(x),
		    times(x->wait * (x->t + 1) + 1, plus(cost_alloc_fail(x), COUNT([CALL] = 8))));
}
