/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which console: the firmware's, else the device of stdout-path; console=uart asks for the device
 * all the same. A kernel that stops before it has chosen, or in the middle of a report, speaks
 * through the same two by emergency_putc().
 */
#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/driver.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <arch/console.h>

/* [c] A report that comes before boot has looked finds it itself. */
static struct console *device;
static bool searched;

void console_offer(struct console *con)
{
	device = con;
}

/* The tree is searched once, as soon as it is there. Any context. */
static __cold struct console *find_device(void)
{
	int node;

	if (!searched && boot_fdt) {
		searched = true;
		node = fdt_stdout_node();
		if (node >= 0)
			driver_probe(DRIVER_CONSOLE, node);
	}
	return device;
}

struct console *console_device(void)
{
	return find_device();
}

bool console_device_wanted(void)
{
	char wish[16];

	return cmdline_get("console", wish, sizeof(wish)) < 0 ||
	       (strcmp(wish, "sbi") && strncmp(wish, "hvc", 3));
}

void emergency_putc(char c)
{
	if (!arch_firmware_putc(c) && find_device())
		device->write(device, &c, 1);
}

void emergency_puts(const char *text)
{
	while (*text)
		emergency_putc(*text++);
}

/* By our names, or by Linux's for the same two: "hvc0", "ttyS0,115200". */
static bool __init device_is_wanted(void)
{
	char wish[16];
	int len = cmdline_get("console", wish, sizeof(wish));

	if (len == -ENOENT)
		return false;
	if (!strcmp(wish, "uart") || !strncmp(wish, "ttyS", 4))
		return true;
	if (strcmp(wish, "sbi") && strncmp(wish, "hvc", 3))
		pr_warn("console=%s is ignored: sbi or uart is expected\n", wish);
	return false;
}

void __init console_init(void)
{
	struct console *con = arch_firmware_console();
	bool wants_uart = device_is_wanted();

	if ((!con || wants_uart) && find_device())
		con = device;
	else if (wants_uart)
		pr_warn("console=uart is ignored: stdout-path names no UART that this kernel knows\n");
	if (!con)
		return;
	register_console(con);
	pr_info("console: %s\n", con->name);
}
