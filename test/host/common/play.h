/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PLAY_H
#define TEST_HOST_PLAY_H

#include <kernel/thread.h>

#include "boot.h"

/*
 * Schedules that are chosen. A scenario is a function that makes threads, lets them meet and checks
 * what came of it; it runs on a machine whose CPUs are played by one thread, again and again, each
 * time with other preemptions.
 */
struct scenario {
	unsigned int cpus;
	void (*run)(void);
};

/* Boots the machine of a scenario, up to threads on all CPUs. */
void play_boot(unsigned int cpus);

/* A thread of a scenario; cpus 0: on any CPU. */
struct thread *play_thread(thread_fn fn, void *arg, unsigned int priority, cpumask_t cpus);

/* By PCT: each CPU has a rank, the first in rank goes on, and at depth points, drawn from the seed,
 * the running one goes to the end. */
void play_random(const struct scenario *s, u64 seed, unsigned int depth);
/* Without a preemption, then with one at each point in turn; pairs adds each pair of points of
 * which the second is at most pairs behind the first. Returns the runs. */
unsigned long play_all(const struct scenario *s, unsigned int pairs);

#endif /* TEST_HOST_PLAY_H */
