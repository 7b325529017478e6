/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UARTs of the 8250 family, driven by polling. Baud rate and format stay as the firmware has set
 * them, because the driver does not know the clock behind the divisor.
 */
#include <kernel/console.h>
#include <kernel/driver.h>
#include <kernel/early_stop.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <arch/io.h>
#include <arch/page.h>

#include "ns16550.h"

/* [c] */
static void *uart_base;
static unsigned int uart_reg_shift, uart_io_width;

u32 uart_read(unsigned int reg)
{
	void *addr = (char *)uart_base + (reg << uart_reg_shift);

	return uart_io_width == 4 ? mmio_read32(addr) : mmio_read8(addr);
}

void uart_write(u32 value, unsigned int reg)
{
	void *addr = (char *)uart_base + (reg << uart_reg_shift);

	if (uart_io_width == 4)
		mmio_write32(value, addr);
	else
		mmio_write8((u8)value, addr);
}

void uart_send(char c)
{
	for (unsigned int i = 0; i < UART_MAX_POLLS && !(uart_read(UART_LSR) & LSR_THR_EMPTY); i++)
		;
	uart_write((unsigned char)c, UART_DATA);
}

static void uart_console_write(struct console *con, const char *text, size_t len)
{
	(void)con;
	while (len--)
		uart_send(*text++);
}

static int uart_console_getc(struct console *con)
{
	(void)con;
	return uart_read(UART_LSR) & LSR_DATA_READY ? (int)(uart_read(UART_DATA) & 0xff) : -1;
}

static struct console uart_console = {	/* [c] */
	.name = "ns16550",
	.write = uart_console_write,
	.getc = uart_console_getc,
};

static int uart_probe(int node)
{
	phys_addr_t base, size;
	int err = fdt_node_reg(node, 0, &base, &size);

	if (err)
		return err;
	base += fdt_u32(node, "reg-offset", 0);
	uart_reg_shift = fdt_u32(node, "reg-shift", 0);
	uart_io_width = fdt_u32(node, "reg-io-width", 1);
	/* All registers must lie in one page, and have a width that the bus knows. */
	if (uart_reg_shift > 8 || (uart_io_width != 1 && uart_io_width != 4) ||
	    (base & ~PAGE_MASK) + (8ul << uart_reg_shift) > PAGE_SIZE)
		return -EINVAL;
	uart_base = arch_map_device(base);
	if (!uart_base)
		return -ENOSPC;
	console_offer(&uart_console);
	return 0;
}

static const char *const uart_compatible[] = {
	"ns16550a", "ns16550", "snps,dw-apb-uart", "starfive,jh7110-uart", NULL
};

EARLY_DEVICE(ns16550a, "ns16550a", EARLY_WORDS, LSR_THR_EMPTY, UART_LSR);
EARLY_DEVICE(dw_apb_uart, "snps,dw-apb-uart", EARLY_WORDS, LSR_THR_EMPTY, UART_LSR);

DRIVER(ns16550, DRIVER_CONSOLE, uart_compatible, uart_probe);
