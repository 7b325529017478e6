/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_CONSOLE_H
#define ASM_CONSOLE_H

#include <kernel/console.h>

/* arch_emergency_putc() for a text with its end. */
void emergency_puts(const char *text);

/*
 * The UART of stdout-path, mapped and ready, or NULL if there is none that we know. The device
 * tree is searched once, as soon as it is there. Any context.
 */
struct console *uart_probe(void);

/* Dropped where uart_probe() finds none. Any context. */
void uart_putc(char c);

#endif /* ASM_CONSOLE_H */
