/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_DRIVER_H
#define KERNEL_DRIVER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Drivers are rows that the linker gathers; nobody calls a driver by its name. A caller that needs
 * a device asks for its kind. The row that knows a compatible string of the device tree's node
 * takes the device on, and offers what it has made: console_offer(), power_offer().
 */
enum driver_kind {
	DRIVER_CONSOLE,		/* a line that stdout-path may name */
	DRIVER_POWER,		/* ends the machine or starts it anew */
	DRIVER_CACHE,		/* writes data caches back, for who does not see them */
};

struct driver {
	enum driver_kind kind;
	/* The compatible strings of its devices, the preferred one first; NULL ends the list. */
	const char *const *compatible;
	/*
	 * Takes on the device of a compatible node: reads the node's properties, maps the device's
	 * registers (arch/io.h), and offers the device. Returns 0, or -Exxx with nothing done. Runs
	 * in any context and without memory, because a kernel that stops before it has memory needs
	 * devices of these kinds.
	 */
	int (*probe)(int node);
};

#define DRIVER(_name, _kind, _compatible, _probe) \
	static const struct driver __driver_##_name __used __section(".drivers") __aligned(8) = \
		{ .kind = _kind, .compatible = _compatible, .probe = _probe }

/* Probes the device of this node; -ENODEV when no row of the kind knows it. Any context. */
__cold int driver_probe(enum driver_kind kind, int node);

/* Is there a row, of any kind, for the device of this node? */
__cold bool driver_knows(int node);

/* Probes any device of the kind, by the first node of each compatible string; -ENODEV when there is
 * none. Any context. */
__cold int driver_probe_any(enum driver_kind kind);

#endif /* KERNEL_DRIVER_H */
