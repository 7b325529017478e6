/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_THREAD_BOUNDS_H
#define KERNEL_THREAD_BOUNDS_H

/* What each way of waiting costs at most; kernel/sched/bounds.c says how the numbers come about. */
#include <kernel/bound_letter.h>
#include <kernel/types.h>

/* What the bounds depend on: of a configuration, or of a kernel that runs. */
struct thread_bounds_of {
	unsigned int priorities;	/* NR_PRIORITIES */
	unsigned int chain;		/* PI_CHAIN_MAX */
	bool works;			/* WORKQUEUE */
	unsigned long irqs_off;		/* instructions: the longest of memory's paths */
};

enum thread_path {
	THREAD_SWITCH, THREAD_WAKE, THREAD_WAIT, THREAD_WAKE_UP, THREAD_MUTEX_WAIT,
	THREAD_MUTEX_GIVE_UP, THREAD_HAND_OVER, THREAD_TIMERS, THREAD_WORK_QUEUE, THREAD_WORK_RUN,
	THREAD_IRQS_OFF, THREAD_ON_TIME, NR_THREAD_PATHS
};

struct thread_bound {
	const char *path;		/* its name, for people and for benchmarks */
	const char *formula;		/* in the letters below */
	unsigned long instructions;	/* at most; 0: the path is not in this configuration */
};

/* The letters of the formulas, and what they are here. */
#define NR_THREAD_LETTERS	11

void thread_bounds(const struct thread_bounds_of *of, struct thread_bound bounds[NR_THREAD_PATHS]);
void thread_bounds_letters(const struct thread_bounds_of *of,
			   struct bound_letter letters[NR_THREAD_LETTERS]);

#endif /* KERNEL_THREAD_BOUNDS_H */
