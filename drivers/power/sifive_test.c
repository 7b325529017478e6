/* SPDX-License-Identifier: BSD-2-Clause */
/* The test device of simulated machines. A write to its register ends the machine, with a code for
 * whoever started it. */
#include <kernel/driver.h>
#include <kernel/early_stop.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/power.h>
#include <arch/io.h>

#define TEST_FAIL		0x3333	/* the code is in the upper half */
#define TEST_PASS		0x5555
#define TEST_RESET		0x7777

static void *test_register;	/* [c] */

static void test_end(enum power_end how, int code)
{
	u32 value = TEST_PASS;

	if (how == POWER_REBOOT)
		value = TEST_RESET;
	else if (how == POWER_FAILURE)
		value = (u32)code << 16 | TEST_FAIL;
	mmio_write32(value, test_register);
}

static const struct power_switch test_switch = { .name = "test device", .end = test_end };

static int test_probe(int node)
{
	phys_addr_t base, size;
	int err = fdt_node_reg(node, 0, &base, &size);

	if (err)
		return err;
	if (size < sizeof(u32))
		return -EINVAL;
	test_register = arch_map_device(base);
	if (!test_register)
		return -ENOSPC;
	power_offer(&test_switch);
	return 0;
}

static const char *const test_compatible[] = { "sifive,test1", "sifive,test0", NULL };

EARLY_DEVICE(test0, "sifive,test0", EARLY_END, EXIT_BOOT_FAILED << 16 | TEST_FAIL, 0);
EARLY_DEVICE(test1, "sifive,test1", EARLY_END, EXIT_BOOT_FAILED << 16 | TEST_FAIL, 0);

DRIVER(sifive_test, DRIVER_POWER, test_compatible, test_probe);
