/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

#include <kernel/power.h>

/* What the firmware can do about the machine; kernel/power.c says in which order. Any context,
 * interrupts off. */

/* The name of the firmware's call for it; NULL where it has none. */
const char *arch_power_name(void);

/* Makes that call. Comes back where there is none or it fails. */
void arch_power_end(enum power_end how);

/* What is left when all else has failed. May come back, and may as well not and leave the machine
 * on. */
void arch_power_last(void);

#endif /* ARCH_POWER_H */
