/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <kernel/thread.h>
#include <host/here.h>

#include "watchdog.h"

/* On a machine that others use as well. */
#define STILL_S		60u

static struct {
	const struct thread *thread;
	u64 notes;
	unsigned int kind;
} watched[WATCHED_MOST];	/* [a] */

static u32 on;			/* [a] */

void watchdog_watch(unsigned int nr, const struct thread *t)
{
	__atomic_store_n(&watched[nr].thread, t, __ATOMIC_RELAXED);
}

void watchdog_note(unsigned int nr, unsigned int kind)
{
	__atomic_store_n(&watched[nr].kind, kind, __ATOMIC_RELAXED);
	__atomic_store_n(&watched[nr].notes, watched[nr].notes + 1, __ATOMIC_RELAXED);
}

u64 watchdog_notes(void)
{
	u64 all = 0;

	for (unsigned int nr = 0; nr < WATCHED_MOST; nr++)
		all += __atomic_load_n(&watched[nr].notes, __ATOMIC_RELAXED);
	return all;
}

/* Whatever the threads are doing meanwhile. */
HOST_UNSEEN void watchdog_stop(const char *why, int line)
{
	fprintf(stderr, "watchdog: %s (line %d), CPU %u\n", why, line, host_cpu);
	for (unsigned int nr = 0; nr < WATCHED_MOST; nr++) {
		const struct thread *t = watched[nr].thread;

		if (t)
			fprintf(stderr, "%2u %s: %s on CPU %u, priority %u, %llu notes, last %u\n", nr,
				t->name, thread_state_name(t->state), t->cpu, t->priority,
				(unsigned long long)watched[nr].notes, watched[nr].kind);
	}
	_exit(1);
}

static void *watch(void *unused)
{
	u64 before = 0;

	(void)unused;
	for (unsigned int still = 0; __atomic_load_n(&on, __ATOMIC_RELAXED);) {
		u64 now;

		sleep(1);
		now = watchdog_notes();
		still = now == before ? still + 1 : 0;
		before = now;
		if (still > STILL_S)
			watchdog_stop("nobody gets on", __LINE__);
	}
	return NULL;
}

void watchdog_start(void)
{
	pthread_t thread;

	__atomic_store_n(&on, 1, __ATOMIC_RELAXED);
	if (pthread_create(&thread, NULL, watch, NULL))
		abort();
	pthread_detach(thread);
}

void watchdog_end(void)
{
	__atomic_store_n(&on, 0, __ATOMIC_RELAXED);
}
