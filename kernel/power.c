/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways to end: the firmware's call, a device, which alone can tell a code to whoever started the
 * machine, the firmware's last resort, and at last a loop.
 */
#include <kernel/console.h>
#include <kernel/driver.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/power.h>
#include <kernel/printk.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/power.h>

/* [c] An end that comes before boot has looked finds it itself. */
static const struct power_switch *device;
static bool searched;

void power_offer(const struct power_switch *found)
{
	device = found;
}

/* Once, by power_init() or, when boot ends before that, by the first call that wants it; the tree
 * is checked by then or not there. */
static __cold void find_device(void)
{
	if (searched || !boot_fdt)
		return;
	searched = true;
	driver_probe_any(DRIVER_POWER);
}

void __init power_init(void)
{
	const char *firmware = arch_power_name();

	find_device();
	if (firmware)
		pr_info("power: firmware (%s)%s%s\n", firmware, device ? ", " : "",
			device ? device->name : "");
	else if (device)
		pr_info("power: %s\n", device->name);
	else
		pr_warn("power: this machine shows no way to switch it off\n");
}

static __always_inline void end_by_device(enum power_end how, int code)
{
	find_device();
	if (device)
		device->end(how, code);
}

/* The machine is still on. The text comes before the last resort, which may loop for ever. */
__noreturn static void halt(void)
{
	emergency_puts("System halted\n");
	arch_power_last();
	arch_cpu_stop();
}

void power_off(void)
{
	arch_local_irq_disable();
	if (IS_ENABLED(CONFIG_IRQ))
		console_flush();
	arch_power_end(POWER_OFF);
	end_by_device(POWER_OFF, 0);
	halt();
}

void power_reboot(void)
{
	arch_local_irq_disable();
	if (IS_ENABLED(CONFIG_IRQ))
		console_flush();
	arch_power_end(POWER_REBOOT);
	end_by_device(POWER_REBOOT, 0);
	emergency_puts("The machine cannot reboot. System halted\n");
	arch_cpu_stop();
}

void power_exit(int code)
{
	arch_local_irq_disable();
	if (IS_ENABLED(CONFIG_IRQ))
		console_flush();
	/* The firmware can tell that it was a failure, but not which. */
	end_by_device(POWER_FAILURE, code);
	arch_power_end(POWER_FAILURE);
	halt();
}
