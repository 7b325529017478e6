/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_WATCHDOG_H
#define TEST_HOST_WATCHDOG_H

#include <kernel/types.h>

struct thread;

/*
 * Ends a program whose threads do not get on: when none of those watched has noted anything for a
 * while of the system's time, their states are printed. It is no CPU, and orders nothing.
 */
#define WATCHED_MOST	64u
void watchdog_start(void);
void watchdog_end(void);
void watchdog_watch(unsigned int nr, const struct thread *t);
/* Thread nr has done one more, of that kind. */
void watchdog_note(unsigned int nr, unsigned int kind);
/* How many all have noted. */
u64 watchdog_notes(void);
/* Prints the same, and ends the program. */
__attribute__((__noreturn__)) void watchdog_stop(const char *why, int line);

#endif /* TEST_HOST_WATCHDOG_H */
