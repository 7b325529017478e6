/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include <kernel/compiler.h>

/* How a machine may end: for good, to start anew, or for good and with a complaint. */
enum power_end { POWER_OFF, POWER_REBOOT, POWER_FAILURE };

/* What whoever started the machine is told, where it can tell. */
#define EXIT_PANIC		1
#define EXIT_BOOT_FAILED	2

/* A device that ends the machine. */
struct power_switch {
	const char *name;
	/* Comes back if it cannot. code, 1..255, goes with POWER_FAILURE to whoever started the
	 * machine. Any context, interrupts off. */
	void (*end)(enum power_end how, int code);
};

/* A driver has one; it stays. */
void power_offer(const struct power_switch *device);

/* Finds the means and says which there are. Boot only. */
void power_init(void);

/* Any context, interrupts off or on. Where the machine cannot, the CPU stops. */
__noreturn __cold void power_off(void);
__noreturn __cold void power_reboot(void);

/* Stops the machine so that whoever started it sees code (1..255) if the machine can. */
__noreturn __cold void power_exit(int code);

#endif /* KERNEL_POWER_H */
