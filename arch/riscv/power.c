/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways to end: the firmware's SRST, the test device of simulated machines, which alone can tell
 * a code to whoever started the machine, the legacy call, and at last a loop.
 */
#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <asm/console.h>
#include <asm/fixmap.h>
#include <asm/io.h>
#include <asm/sbi.h>

#define TEST_FAIL		0x3333	/* and the code in the upper half */
#define TEST_PASS		0x5555
#define TEST_RESET		0x7777

static void *test_device;
static bool searched;

static const char *const test_compatible[] = { "sifive,test1", "sifive,test0" };

/*
 * Once, by arch_power_init() or, when boot ends before that, by the first call that wants it;
 * the tree is checked by then or not there. Needs no memory.
 */
static void find_test_device(void)
{
	phys_addr_t base, size;

	if (searched || !boot_fdt)
		return;
	searched = true;
	for (unsigned int i = 0; i < ARRAY_SIZE(test_compatible); i++) {
		int node = fdt_node_offset_by_compatible(boot_fdt, -1, test_compatible[i]);

		if (node < 0 || fdt_node_reg(node, 0, &base, &size) || size < 4)
			continue;
		test_device = fixmap_map(FIX_POWER, base, PROT_RW);
		return;
	}
}

void __init arch_power_init(void)
{
	bool srst = sbi_has(SBI_HAS_SRST);

	find_test_device();
	if (!srst && !test_device)
		pr_warn("power: this machine shows no way to switch it off\n");
	else
		pr_info("power: %s%s%s\n", srst ? "firmware (SRST)" : "",
			srst && test_device ? ", " : "", test_device ? "test device" : "");
}

static void test_device_write(u32 value)
{
	find_test_device();
	if (test_device)
		mmio_write32(value, test_device);
}

/* The machine is still on. The firmware's legacy call may loop for ever, so the text is first. */
__noreturn static void halt(void)
{
	emergency_puts("System halted\n");
	sbi_legacy_shutdown();
	arch_cpu_stop();
}

void arch_poweroff(void)
{
	arch_local_irq_disable();
	if (sbi_has(SBI_HAS_SRST))
		sbi_system_reset(SBI_SHUTDOWN, false);
	test_device_write(TEST_PASS);
	halt();
}

void arch_reboot(void)
{
	arch_local_irq_disable();
	if (sbi_has(SBI_HAS_SRST))
		sbi_system_reset(SBI_COLD_REBOOT, false);
	test_device_write(TEST_RESET);
	emergency_puts("The machine cannot reboot. System halted\n");
	arch_cpu_stop();
}

void arch_exit(int code)
{
	arch_local_irq_disable();
	/* SRST knows that it was a failure, but QEMU's exit status does not. */
	test_device_write((u32)code << 16 | TEST_FAIL);
	if (sbi_has(SBI_HAS_SRST))
		sbi_system_reset(SBI_SHUTDOWN, true);
	halt();
}
