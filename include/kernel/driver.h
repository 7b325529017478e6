/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_DRIVER_H
#define KERNEL_DRIVER_H

#include <kernel/compiler.h>

/*
 * Drivers, as the ground floor knows them: rows that the linker gathers. Nobody calls a driver by
 * its name. Whoever is in need of a device asks for its kind; the row that has a name of the device
 * tree's node takes it on, and offers what has become of it: console_offer(), power_offer().
 */
enum driver_kind {
	DRIVER_CONSOLE,		/* a line that stdout-path may name */
	DRIVER_POWER,		/* ends the machine or starts it anew */
};

struct driver {
	enum driver_kind kind;
	/* What its devices are compatible with, the preferred first; NULL ends it. */
	const char *const *compatible;
	/*
	 * Takes on the device of a node that is compatible: reads its properties, maps its
	 * registers (arch/io.h), offers it. 0 or -Exxx, and then nothing has happened. Any context,
	 * and without memory: these kinds are wanted by a kernel that stops before it has any.
	 */
	int (*probe)(int node);
};

#define DRIVER(_name, _kind, _compatible, _probe) \
	static const struct driver __driver_##_name __used __section(".drivers") __aligned(8) = \
		{ .kind = _kind, .compatible = _compatible, .probe = _probe }

/* The device of this very node; -ENODEV when no row of the kind knows it. Any context. */
__cold int driver_probe(enum driver_kind kind, int node);

/* Any device of the kind, the first node of each name being tried; -ENODEV when there is none. Any
 * context. */
__cold int driver_probe_any(enum driver_kind kind);

#endif /* KERNEL_DRIVER_H */
