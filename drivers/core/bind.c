/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices get their drivers, suppliers first. A device that needs itself by way of others fails, as
 * does one whose supplier has failed; a supplier that no row knows is taken for one that the
 * firmware has set up.
 */
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/irq.h>
#include <kernel/mutex.h>
#include <kernel/printk.h>

#include "internal.h"

#define CHAIN_MOST	8u

static DEFINE_MUTEX(devices_mutex);	/* [f] */

struct chain {
	struct device *dev;
	unsigned int length;
};

static int bind(struct device *dev, unsigned int length);

static int want(int node, void *ctx)
{
	struct chain *c = ctx;
	struct device *supplier = device_of_node(node);

	if (!supplier || supplier == c->dev)
		return 0;
	if (supplier->state == DEVICE_PROBING)
		return device_fail(c->dev, -EINVAL, "it needs itself, by way of what it needs");
	if (supplier->state == DEVICE_WAITING && c->length == CHAIN_MOST)
		return device_fail(c->dev, -EINVAL, "what it needs needs others, too many in a row");
	if (supplier->state == DEVICE_WAITING)
		(void)bind(supplier, c->length + 1);
	if (supplier->state == DEVICE_FAILED)
		return device_fail(c->dev, -ENODEV, "a device that it needs has failed");
	return 0;
}

/* The rows in turn, until one has it, or fails. */
static int ask_drivers(struct device *dev)
{
	const struct device_driver *driver;
	int err = -ENODEV;

	for_each_device_driver(driver) {
		if (!device_driver_knows(driver, dev->node))
			continue;
		dev->why = NULL;
		dev->driver = driver;
		err = driver->probe(dev);
		if (err)
			device_release(dev);
		if (err != -ENODEV)
			return err;
	}
	dev->driver = NULL;
	return err;
}

static int bind(struct device *dev, unsigned int length)
{
	struct chain c = { dev, length };
	int err;

	dev->state = DEVICE_PROBING;
	dev->why = NULL;
	err = device_each_supplier(dev->node, want, &c);
	if (err && !dev->why)
		dev->why = "what the tree says of the device's suppliers makes no sense";
	if (!err) {
		err = ask_drivers(dev);
		if (err == -ENODEV) {
			dev->state = DEVICE_ABSENT;
			dev->error = err;
			return err;
		}
	}
	dev->error = err;
	dev->state = err ? DEVICE_FAILED : DEVICE_BOUND;
	if (err)
		pr_err("devices: %s does without a driver: %s (%d)\n", dev->name,
		       dev->why ? dev->why : "its driver failed", err);
	return err;
}

int device_bind(struct device *dev)
{
	int err;

	mutex_lock(&devices_mutex);
	if (dev->state == DEVICE_BOUND)
		err = -EBUSY;
	else if (dev->state == DEVICE_NO_DRIVER || dev->state == DEVICE_EARLY)
		err = -ENODEV;
	else
		err = bind(dev, 0);
	mutex_unlock(&devices_mutex);
	return err;
}

int device_unbind(struct device *dev)
{
	int err = -ENODEV;

	mutex_lock(&devices_mutex);
	if (dev->state == DEVICE_BOUND) {
		err = dev->driver->remove ? dev->driver->remove(dev) : -EPERM;
		if (!err) {
			device_release(dev);
			dev->state = DEVICE_WAITING;
			dev->driver = NULL;
		}
	}
	mutex_unlock(&devices_mutex);
	return err;
}

void __init devices_init(void)
{
	unsigned int bound = 0, failed = 0;

	if (devices_collect()) {
		pr_err("devices: no memory for the table of devices: they do without drivers\n");
		return;
	}
	mutex_lock(&devices_mutex);
	for (unsigned int i = 0; i < nr_devices; i++) {
		if (devices[i].state == DEVICE_WAITING)
			(void)bind(&devices[i], 0);
		bound += devices[i].state == DEVICE_BOUND;
		failed += devices[i].state == DEVICE_FAILED;
	}
	mutex_unlock(&devices_mutex);
	if (!irq_has_chip())
		pr_info("devices: no controller of interrupts has a driver: all else is polled\n");
	pr_info("devices: %u in the tree, %u with a driver, %u failed\n", nr_devices, bound,
		failed);
}
