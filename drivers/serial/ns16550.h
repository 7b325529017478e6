/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_SERIAL_NS16550_H
#define DRIVERS_SERIAL_NS16550_H

#include <kernel/types.h>

/* Numbers of registers; the device tree says how far apart they lie. */
#define UART_DATA		0
#define UART_IER		1
#define UART_IIR		2
#define UART_LSR		5
#define UART_USR		0x1f	/* of Synopsys' */
#define LSR_DATA_READY		0x01
#define LSR_THR_EMPTY		0x20
#define LSR_IDLE		0x40

/* A character takes 87 us at 115200 baud: a device that stays busy for so many polls is gone. */
#define UART_MAX_POLLS		1000000

/* The UART of the console, once its driver has it. */
u32 uart_read(unsigned int reg);
void uart_write(u32 value, unsigned int reg);
/* Waits until the device takes it. */
void uart_send(char c);

#endif /* DRIVERS_SERIAL_NS16550_H */
