/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the row for a device, and the device for a row. */
#include <libfdt.h>

#include <kernel/driver.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>

extern const struct driver __drivers_start[], __drivers_end[];

#define for_each_driver(driver, wanted) \
	for ((driver) = __drivers_start; (driver) < __drivers_end; (driver)++) \
		if ((driver)->kind == (wanted))

int driver_probe(enum driver_kind kind, int node)
{
	const struct driver *driver;

	for_each_driver(driver, kind) {
		for (const char *const *name = driver->compatible; *name; name++)
			if (!fdt_node_check_compatible(boot_fdt, node, *name))
				return driver->probe(node);
	}
	return -ENODEV;
}

bool driver_knows(int node)
{
	for (const struct driver *driver = __drivers_start; driver < __drivers_end; driver++)
		for (const char *const *name = driver->compatible; *name; name++)
			if (!fdt_node_check_compatible(boot_fdt, node, *name))
				return true;
	return false;
}

int driver_probe_any(enum driver_kind kind)
{
	const struct driver *driver;

	for_each_driver(driver, kind) {
		for (const char *const *name = driver->compatible; *name; name++) {
			int node = fdt_node_offset_by_compatible(boot_fdt, -1, *name);

			if (node >= 0 && !driver->probe(node))
				return 0;
		}
	}
	return -ENODEV;
}
