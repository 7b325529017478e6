/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Somebody who keeps memory at hand and can do without it, CONFIG_RECLAIM: a row of a table, by
 * SHRINKER(name, count, scan). Process context, interrupts on, no lock held. Neither function asks
 * for memory that may be waited for, and each ends after a number of steps that follows from
 * .config: an allocation waits for it.
 */
struct shrinker {
	const char *name;
	/* Pages that scan could give back, by and large; 0: there is nothing to scan. */
	unsigned long (*count)(void);
	/* Does some of the work, no more than gives nr_pages back; returns the pages given back,
	 * which may be none although there are more to come. */
	unsigned long (*scan)(unsigned long nr_pages);
};

#define SHRINKER(_id, _name, _count, _scan) \
	static const struct shrinker __shrinker_##_id __used \
		__section(".shrinkers") __aligned(8) = { _name, _count, _scan }

extern const struct shrinker __shrinkers_start[], __shrinkers_end[];

#define for_each_shrinker(s) \
	for ((s) = __shrinkers_start; (s) < __shrinkers_end; (s)++)

/* Pages that a scan is asked for. */
#define RECLAIM_BATCH	32ul

/* One scan of one shrinker; returns pages given back. What an allocation calls, the shell's drop,
 * and who else has time. Process context. */
unsigned long reclaim_step(const struct shrinker *shrinker);

/* Scans until nothing more comes; returns pages given back. Process context, for who is in no
 * hurry. */
unsigned long reclaim_all(const struct shrinker *shrinker);

#endif /* MM_RECLAIM_H */
