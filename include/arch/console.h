/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CONSOLE_H
#define ARCH_CONSOLE_H

#include <kernel/types.h>

struct console;

/* Gives one character to the firmware; false where the firmware is known to have no console. Works
 * from the first instruction on, in any state. */
bool arch_firmware_putc(char c);

/* Returns the firmware's best console, or NULL. Boot only. */
struct console *arch_firmware_console(void);

#endif /* ARCH_CONSOLE_H */
