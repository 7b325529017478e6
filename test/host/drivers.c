/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which driver gets which device, and in which order: trees whose devices need each other, of which
 * some fail, and rows that are the test's own.
 */
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <drivers/device.h>

#include "common/audit.h"
#include "common/play.h"
#include "common/tree.h"

static char order[128];			/* names of devices in the order of their probes */
static const char *fails;		/* this one does */
static unsigned int removed;
static bool busy;

static int probe(struct device *dev)
{
	strcat(strcat(order, dev->name), " ");
	if (fails && !strcmp(fails, dev->name))
		return device_fail(dev, -EIO, "the test says so");
	return 0;
}

static int remove_it(struct device *dev)
{
	(void)dev;
	removed++;
	return busy ? -EBUSY : 0;
}

/* Knows the same devices, and says of each that it is another's. */
static int not_mine(struct device *dev)
{
	return device_fail(dev, -ENODEV, "another one's");
}

static const char *const known[] = { "test,known", NULL };
static const char *const shy[] = { "test,known", "test,absent", NULL };
static const char *const stays[] = { "test,stays", NULL };

DEVICE_DRIVER(a_shy, shy, not_mine, NULL);
DEVICE_DRIVER(b_known, known, probe, remove_it);
DEVICE_DRIVER(c_stays, stays, probe, NULL);

static void begin(void)
{
	play_boot(1);
	order[0] = 0;
	fails = NULL;
	removed = 0;
	busy = false;
	tree_begin(2, 2, NULL);
}

static void device(const char *name, const char *compatible, u32 phandle)
{
	tree_node(name);
	tree_text("compatible", compatible);
	if (phandle)
		tree_u32("phandle", phandle);
}

static void go(void)
{
	assert_null(fdt_adopt(tree_end(), 8, TREE_BYTES));
	devices_init();
	assert_int_equal(audit_errors(NULL), 0);
}

static const struct device *expect(const char *name, enum device_state state, const char *why)
{
	const struct device *dev = device_find(name);

	assert_non_null(dev);
	assert_int_equal(dev->state, state);
	if (why)
		assert_string_equal(dev->why, why);
	else
		assert_null(dev->why);
	return dev;
}

static void what_is_needed_comes_first(void **state)
{
	(void)state;
	begin();
	device("user", "test,known", 0);
	tree_u32("clocks", 2);
	tree_u32("vdd-supply", 3);
	tree_node_end();
	device("clock", "test,known", 2);
	tree_u32("#clock-cells", 0);
	tree_u32("resets", 3);
	tree_node_end();
	device("supply", "test,known", 3);
	tree_u32("#reset-cells", 0);
	tree_node_end();
	device("stranger", "test,unknown", 0);
	tree_node_end();
	device("absent", "test,absent", 0);
	tree_node_end();
	device("off", "test,known", 0);
	tree_text("status", "disabled");
	tree_node_end();
	go();
	assert_string_equal(order, "supply clock user ");
	expect("user", DEVICE_BOUND, NULL);
	expect("stranger", DEVICE_NO_DRIVER, NULL);
	expect("absent", DEVICE_ABSENT, "another one's");
	assert_null(device_find("off"));
	assert_non_null(strstr(host_log(), "devices: 5 in the tree, 3 with a driver, 0 failed"));
}

static void who_fails_costs_itself_and_its_users(void **state)
{
	(void)state;
	begin();
	device("user", "test,known", 0);
	tree_u32("clocks", 2);
	tree_node_end();
	device("clock", "test,known", 2);
	tree_u32("#clock-cells", 0);
	tree_node_end();
	device("other", "test,known", 0);
	tree_node_end();
	fails = "clock";
	go();
	expect("clock", DEVICE_FAILED, "the test says so");
	expect("user", DEVICE_FAILED, "a device that it needs has failed");
	expect("other", DEVICE_BOUND, NULL);
	assert_non_null(strstr(host_log(),
			       "devices: clock does without a driver: the test says so (-5)"));
	/* Once mended they are there. */
	fails = NULL;
	assert_int_equal(device_bind(device_find("clock")), 0);
	assert_int_equal(device_bind(device_find("user")), 0);
	assert_int_equal(device_bind(device_find("user")), -EBUSY);
}

static void a_circle_fails(void **state)
{
	(void)state;
	begin();
	device("one", "test,known", 1);
	tree_u32("#clock-cells", 0);
	tree_u32("clocks", 2);
	tree_node_end();
	device("two", "test,known", 2);
	tree_u32("#clock-cells", 0);
	tree_u32("clocks", 1);
	tree_node_end();
	device("self", "test,known", 3);
	tree_u32("#clock-cells", 0);
	tree_u32("clocks", 3);
	tree_node_end();
	go();
	expect("two", DEVICE_FAILED, "it needs itself, by way of what it needs");
	expect("one", DEVICE_FAILED, "a device that it needs has failed");
	expect("self", DEVICE_BOUND, NULL);
}

static void a_long_row_fails(void **state)
{
	char name[8];

	(void)state;
	begin();
	for (u32 i = 1; i <= 12; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		device(name, "test,known", i);
		tree_u32("#clock-cells", 0);
		if (i < 12)
			tree_u32("clocks", i + 1);
		tree_node_end();
	}
	go();
	expect("d9", DEVICE_FAILED, "what it needs needs others, too many in a row");
	expect("d1", DEVICE_FAILED, "a device that it needs has failed");
	expect("d12", DEVICE_BOUND, NULL);
}

static void a_tree_that_makes_no_sense(void **state)
{
	(void)state;
	begin();
	device("nowhere", "test,known", 0);
	tree_u32("clocks", 77);
	tree_node_end();
	device("short", "test,known", 0);
	tree_u32("clocks", 5);
	tree_node_end();
	device("clock", "test,known", 5);
	tree_u32("#clock-cells", 1);
	tree_node_end();
	device("irq", "test,known", 0);
	tree_u32("interrupts", 1);
	tree_node_end();
	device("good", "test,known", 0);
	tree_node_end();
	go();
	expect("nowhere", DEVICE_FAILED, "what the tree says of the device's suppliers makes no sense");
	expect("short", DEVICE_FAILED, "what the tree says of the device's suppliers makes no sense");
	expect("irq", DEVICE_FAILED, "what the tree says of the device's suppliers makes no sense");
	expect("good", DEVICE_BOUND, NULL);
}

static void letting_go(void **state)
{
	(void)state;
	begin();
	device("one@1000", "test,known", 0);
	tree_node_end();
	device("one@2000", "test,known", 0);
	tree_node_end();
	device("two@1000", "test,stays", 0);
	tree_node_end();
	go();
	assert_null(device_find("one"));
	assert_non_null(device_find("one@2000"));
	assert_int_equal(device_unbind(device_find("two")), -EPERM);
	busy = true;
	assert_int_equal(device_unbind(device_find("one@1000")), -EBUSY);
	expect("one@1000", DEVICE_BOUND, NULL);
	busy = false;
	assert_int_equal(device_unbind(device_find("one@1000")), 0);
	expect("one@1000", DEVICE_WAITING, NULL);
	assert_int_equal(device_unbind(device_find("one@1000")), -ENODEV);
	assert_int_equal(device_bind(device_find("one@1000")), 0);
	assert_int_equal(removed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_needed_comes_first),
		cmocka_unit_test(who_fails_costs_itself_and_its_users),
		cmocka_unit_test(a_circle_fails),
		cmocka_unit_test(a_long_row_fails),
		cmocka_unit_test(a_tree_that_makes_no_sense),
		cmocka_unit_test(letting_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
