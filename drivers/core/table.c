/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of devices, in the order of the tree: made once, by boot. */
#include <libfdt.h>

#include <kernel/driver.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/string.h>
#include <mm/slab.h>

#include "internal.h"

struct device *devices;		/* [c] */
unsigned int nr_devices;	/* [c] */

static bool is_enabled(int node)
{
	const char *status = fdt_text(node, "status");

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

/* What lies in a node that is off, in /cpus or /reserved-memory is no device. */
static bool hides_what_is_below(int node, int depth)
{
	const char *name = fdt_get_name(boot_fdt, node, NULL);

	return !is_enabled(node) ||
	       (depth == 1 && name && (!strcmp(name, "cpus") || !strcmp(name, "reserved-memory")));
}

bool device_driver_knows(const struct device_driver *driver, int node)
{
	for (const char *const *name = driver->compatible; *name; name++)
		if (!fdt_node_check_compatible(boot_fdt, node, *name))
			return true;
	return false;
}

static enum device_state first_state(int node)
{
	const struct device_driver *driver;

	for_each_device_driver(driver)
		if (device_driver_knows(driver, node))
			return DEVICE_WAITING;
	return driver_knows(node) ? DEVICE_EARLY : DEVICE_NO_DRIVER;
}

/* Walks the tree; table NULL: only counts. */
static unsigned int walk(struct device *table)
{
	int depth = 0, hidden = -1, node = fdt_next_node(boot_fdt, 0, &depth);
	unsigned int nr = 0;

	for (; node >= 0 && depth > 0; node = fdt_next_node(boot_fdt, node, &depth)) {
		if (hidden >= 0 && depth > hidden)
			continue;
		hidden = hides_what_is_below(node, depth) ? depth : -1;
		if (hidden >= 0 || !fdt_getprop(boot_fdt, node, "compatible", NULL))
			continue;
		if (table)
			table[nr] = (struct device){
				.node = node, .name = fdt_get_name(boot_fdt, node, NULL),
				.depth = (unsigned int)depth, .state = first_state(node),
			};
		nr++;
	}
	return nr;
}

int __init devices_collect(void)
{
	unsigned int nr = boot_fdt ? walk(NULL) : 0;

	if (!nr)
		return 0;
	devices = kmalloc(nr * sizeof(*devices), GFP_KERNEL);
	if (!devices)
		return -ENOMEM;
	nr_devices = walk(devices);
	return 0;
}

struct device *device_of_node(int node)
{
	for (unsigned int i = 0; i < nr_devices; i++)
		if (devices[i].node == node)
			return &devices[i];
	return NULL;
}

struct device *device_at(unsigned int index)
{
	return index < nr_devices ? &devices[index] : NULL;
}

struct device *device_find(const char *name)
{
	struct device *found = NULL;

	for (unsigned int i = 0; i < nr_devices; i++) {
		const char *own = devices[i].name;
		size_t len = strlen(name);

		if (!strcmp(own, name))
			return &devices[i];
		if (strncmp(own, name, len) || own[len] != '@')
			continue;
		if (found)
			return NULL;
		found = &devices[i];
	}
	return found;
}

const char *device_state_name(enum device_state state)
{
	static const char *const names[] = {
		[DEVICE_NO_DRIVER] = "no driver", [DEVICE_EARLY] = "boot's",
		[DEVICE_WAITING] = "waiting", [DEVICE_PROBING] = "probing",
		[DEVICE_BOUND] = "bound", [DEVICE_ABSENT] = "absent", [DEVICE_FAILED] = "failed",
	};

	return names[state];
}
