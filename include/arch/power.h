/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

#include <kernel/power.h>

/* What the firmware can do to the machine; kernel/power.c says in which order it is asked. Any
 * context, interrupts off. */

/* Returns the name of the firmware's call for that end, or NULL where it has none. */
const char *arch_power_name(void);

/* Makes that call. Returns where there is none, or where the call fails. */
void arch_power_end(enum power_end how);

/* The last resort. It may return, or it may stop without switching the machine off. */
void arch_power_last(void);

#endif /* ARCH_POWER_H */
