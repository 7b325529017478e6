/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: gets memory back from those who keep it and can do without it.
 *
 * Structure: who can is a row of a table (mm/reclaim.h). A round is one scan of each row that has
 * something. A request that may wait makes one round when it finds every zone below its low mark,
 * and tries again; when it finds nothing above the min mark either, it makes rounds until it is
 * met, or nobody has anything, or RECLAIM_ROUNDS were made. What comes back lies on this CPU's
 * lists first, where blocks do not merge: for a larger block these go to the zone after each round.
 *
 *	above low? -- no --> a round --> above low? -- no --> above min? -- no --> rounds --> fails
 *
 * Invariants:
 * R1  Nobody who is asked for memory in a round starts another: a shrinker that allocates gets what
 *     there is.
 * R2  A request fails for want of memory only when no shrinker has anything, or after
 *     RECLAIM_ROUNDS rounds; with RECLAIM_THREAD it has waited then, too (A5).
 *
 * Locking: none. Interrupts are on, in process context.
 *
 * Bounds: RECLAIM_ROUNDS + 1 rounds of one scan of each shrinker (bounds.c).
 *
 * Configuration: RECLAIM.
 */
#include <kernel/sched.h>
#include <mm/reclaim.h>

#include "internal.h"

static DEFINE_PER_CPU(bool, cpu_reclaims);	/* [P] where no threads run */

/* R1: is the caller in a round? With threads it is the thread's, which may be preempted in it. */
static bool *reclaiming(void)
{
	IF_ENABLED(CONFIG_THREADS, if (threads_run()) return &current_thread()->reclaims;)
	return this_cpu_ptr(&cpu_reclaims);
}

unsigned long reclaim_step(const struct shrinker *shrinker)
{
	unsigned long pages = 0;
	bool *here = reclaiming();

	if (*here || !shrinker->count())
		return 0;
	*here = true;
	pages = shrinker->scan(RECLAIM_BATCH);
	*here = false;
	count_vm_events(SLABS_SCANNED, RECLAIM_BATCH);
	return pages;
}

/* Scans of a shrinker that come to nothing before it is left alone. */
#define FRUITLESS	64

unsigned long reclaim_all(const struct shrinker *shrinker)
{
	unsigned int fruitless = 0;
	unsigned long pages = 0;

	while (fruitless < FRUITLESS && shrinker->count()) {
		unsigned long given = reclaim_step(shrinker);

		pages += given;
		fruitless = given ? 0 : fruitless + 1;
	}
	return pages;
}

bool reclaim_may_start(gfp_t gfp)
{
	return (gfp & __GFP_DIRECT_RECLAIM) && !*reclaiming();
}

bool reclaim_round(unsigned int order, bool by_thread)
{
	const struct shrinker *shrinker;
	unsigned long pages = 0;
	bool more = false;

	for_each_shrinker(shrinker) {
		pages += reclaim_step(shrinker);
		more |= shrinker->count() != 0;
		count_vm_events(by_thread ? PGSCAN_KSWAPD : PGSCAN_DIRECT, RECLAIM_BATCH);
	}
	count_vm_events(by_thread ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT, pages);
	if (pages && order)
		drain_local_pages();
	return pages || more;
}
