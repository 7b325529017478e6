/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_EARLY_STOP_H
#define KERNEL_EARLY_STOP_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * What a device can do before anything is set up, in rows without addresses: the rows are read
 * where the image was loaded, which is not where it was linked.
 */
enum early_kind {
	EARLY_END,		/* value, written to its first register, ends the machine */
	EARLY_WORDS,		/* a byte written there is printed, once register status has a bit
				 * of value */
};

struct early_device {
	char compatible[24];
	u32 kind, value, status;
};

#define EARLY_DEVICE(_name, _compatible, _kind, _value, _status) \
	static const struct early_device __early_##_name __used __section(".early_devices") \
		__aligned(4) = { _compatible, _kind, _value, _status }

extern const struct early_device __early_devices_start[], __early_devices_end[];

/*
 * Ends a machine that can tell that its boot failed, and returns on others. Runs with physical
 * addresses and without a console. fdt: the tree, which nobody has checked. text: what a device
 * says first where no firmware could, or NULL.
 */
void early_stop(const u8 *fdt, const char *text);

#endif /* KERNEL_EARLY_STOP_H */
