/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include <kernel/compiler.h>

/* How a machine may end: for good, to start anew, or for good with a failure. */
enum power_end { POWER_OFF, POWER_REBOOT, POWER_FAILURE };

/* The code that is told to whoever started the machine, where the machine can tell it. */
#define EXIT_PANIC		1
#define EXIT_BOOT_FAILED	2

/* A device that ends the machine. */
struct power_switch {
	const char *name;
	/* Returns if it cannot. code, 1..255, goes with POWER_FAILURE to whoever started the
	 * machine. Any context, interrupts off. */
	void (*end)(enum power_end how, int code);
};

/* A driver offers its switch, which stays. */
void power_offer(const struct power_switch *device);

/* Finds out which ways to end there are, and logs them. Boot only. */
void power_init(void);

/* Ends the machine. Any context, interrupts off or on. Where the machine cannot end, the CPU
 * stops. */
__noreturn __cold void power_off(void);
__noreturn __cold void power_reboot(void);

/* Stops the machine with code (1..255), which whoever started it sees if the machine can tell. */
__noreturn __cold void power_exit(int code);

#endif /* KERNEL_POWER_H */
