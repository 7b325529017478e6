/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_UART_H
#define ASM_UART_H

#include <kernel/console.h>

/* The UART of stdout-path, mapped and ready, or NULL if there is none that we know. Boot only. */
struct console *uart_probe(void);

/* Dropped before uart_probe() has found one. Any context. */
void uart_putc(char c);

#endif /* ASM_UART_H */
