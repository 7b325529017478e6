/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* The longest sentence of a stop, its end included; a longer one is cut. */
#define STOP_TEXT_BYTES	512

/*
 * Prints "Kernel panic - not syncing: <text>", the log that no console has shown yet and a
 * backtrace, through the console or, where none is up, the firmware's; then stops the machine
 * with a failure code. Any context. A panic inside a panic goes straight to the stop.
 */
__noreturn __cold __printf(1, 2) void panic(const char *fmt, ...);

/*
 * Stops, as panic() does, a boot that cannot go on through no fault of the kernel's: with one
 * sentence that says what is wrong, where, and what to change, and without a backtrace.
 */
__noreturn __cold __printf(1, 2) void boot_failed(const char *fmt, ...);

/*
 * The first step of any other report: interrupts go off, other CPUs and locks are put out of the
 * way, and the log so far is shown on whatever console there is. Returns once; see panic().
 */
__cold void panic_begin(void);

/* Is the running CPU the one that reports? */
bool panic_is_mine(void);

#endif /* KERNEL_PANIC_H */
