/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_CORE_INTERNAL_H
#define DRIVERS_CORE_INTERNAL_H

#include <drivers/device.h>

extern const struct device_driver __device_drivers_start[], __device_drivers_end[];

#define for_each_device_driver(driver) \
	for ((driver) = __device_drivers_start; (driver) < __device_drivers_end; (driver)++)

/* ---- table.c ---- */

extern struct device *devices;		/* [c] */
extern unsigned int nr_devices;		/* [c] */

/* Finds the devices. 0, or -ENOMEM. */
int devices_collect(void);
/* The device of a node, or NULL. */
struct device *device_of_node(int node);
bool device_driver_knows(const struct device_driver *driver, int node);

/* ---- resources.c ---- */

/* Gives back registers and DMA. */
void device_release(struct device *dev);

/* ---- suppliers.c ---- */

/* Calls fn for the node of each supplier, until it returns something else than 0; returns that. */
int device_each_supplier(int node, int (*fn)(int supplier, void *ctx), void *ctx);

#endif /* DRIVERS_CORE_INTERNAL_H */
