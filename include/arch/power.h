/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

#include <kernel/compiler.h>

/* Finds the means (firmware, test device of the device tree). Boot only. */
void arch_power_init(void);

/* Any context, interrupts off or on. Where the machine cannot, the hart stops. */
__noreturn void arch_poweroff(void);
__noreturn void arch_reboot(void);

/* Stops the machine so that whoever started it sees code (1..255) if the machine can. */
__noreturn void arch_exit(int code);

#endif /* ARCH_POWER_H */
