/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CONSOLE_H
#define ARCH_CONSOLE_H

/* The firmware's console, usable from the first instruction on and in any state. */
void arch_emergency_putc(char c);

/* Registers the best console: the firmware's, or the UART of stdout-path. */
void arch_console_init(void);

#endif /* ARCH_CONSOLE_H */
