/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware and the devices below a machine. The hosted machine's firmware is the process, or
 * what a test gives in its place; its devices are what a test has put into RAM.
 */
#include <stdio.h>

#include <arch/console.h>
#include <arch/dcache.h>
#include <arch/io.h>
#include <arch/page.h>
#include <arch/power.h>
#include <host/host.h>

bool arch_firmware_putc(char c)
{
	if (host_machine.firmware)
		return host_machine.firmware->putc(c);
	putc(c, stderr);
	return true;
}

struct console *arch_firmware_console(void)
{
	return host_machine.firmware ? host_machine.firmware->console : NULL;
}

const char *arch_power_name(void)
{
	return host_machine.firmware ? host_machine.firmware->power_name : "process";
}

void arch_power_end(enum power_end how)
{
	static const char *const words[] = {
		[POWER_OFF] = "poweroff", [POWER_REBOOT] = "reboot", [POWER_FAILURE] = "failure",
	};

	if (host_machine.firmware)
		host_machine.firmware->power(how);
	else
		host_stop(HOST_POWERED_OFF, words[how]);
}

void arch_power_last(void)
{
	if (host_machine.firmware)
		host_machine.firmware->shutdown();
}

void *arch_map_device(phys_addr_t pa)
{
	return host_machine.firmware && host_machine.firmware->no_device_pages ? NULL : __va(pa);
}

/* A test that wants caches offers them itself. */
void arch_dcache_probe(void)
{
}
