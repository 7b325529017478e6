/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_DEVICE_H
#define DRIVERS_DEVICE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Devices of the device tree, and drivers that are rows the linker gathers. Each enabled node that
 * has compatible strings is a device. Boot gives each device to its driver, suppliers first:
 * controllers of interrupts, clocks, resets and the like. A driver that fails costs its device, and
 * those that need it, and nothing else; `devices` says why.
 *
 * What boot needs before there is memory (the console that polls, the way to power off) is found by
 * kernel/driver.h.
 */
struct device;

struct device_driver {
	const char *name;
	/* NULL ends the list. */
	const char *const *compatible;
	/*
	 * Takes the device on. 0; -ENODEV it is another one's, with nothing said, and the next row
	 * that knows the node is asked; -Exxx it fails: the driver has taken back what it did, and
	 * has said why by device_fail(). Registers and DMA of the device are given back for it.
	 */
	int (*probe)(struct device *dev);
	/* Lets go of it: no interrupt, no thread, no memory is left. NULL: it stays. 0, or -EBUSY:
	 * somebody uses it. */
	int (*remove)(struct device *dev);
};

#define DEVICE_DRIVER(_name, _compatible, _probe, _remove) \
	static const struct device_driver __device_driver_##_name __used \
		__section(".device_drivers") __aligned(8) = { \
			.name = #_name, .compatible = _compatible, .probe = _probe, \
			.remove = _remove }

enum device_state {
	DEVICE_NO_DRIVER,	/* no row knows it */
	DEVICE_EARLY,		/* boot has it, for its console, power or caches */
	DEVICE_WAITING,		/* has a row, which was not asked yet, or let go of it */
	DEVICE_PROBING,
	DEVICE_BOUND,
	DEVICE_ABSENT,		/* rows know the node, and none what is behind it */
	DEVICE_FAILED,
};

#define DEVICE_REGS_MOST	4u

struct dma_device;

/* Guarded by the mutex of drivers/core/: a driver touches its device in probe and remove, and
 * private at any time in between. */
struct device {
	int node;				/* [c] of boot_fdt */
	const char *name;			/* [c] "serial@10000000" */
	unsigned int depth;			/* [c] of the node */
	enum device_state state;		/* [o] */
	const struct device_driver *driver;	/* [o] that has it, or failed */
	int error;				/* [o] */
	const char *why;			/* [o] a sentence, or NULL */
	void *regs[DEVICE_REGS_MOST];		/* [o] */
	struct dma_device *dma;			/* [o] */
	void *private;				/* [o] */
};

/* For probe: a sentence that says why it fails, which stays; returns err. */
int device_fail(struct device *dev, int err, const char *why) __must_check;
/* Registers nr, of which bytes are wanted at least (0: all); mapped until the driver lets go. NULL
 * after device_fail(). */
void *device_registers(struct device *dev, unsigned int nr, size_t bytes) __must_check;
/* Interrupt nr; negative after device_fail(). */
int device_irq(struct device *dev, unsigned int nr) __must_check;
/* What DMA knows of the device, its memory-region among it, until the driver lets go (with
 * CONFIG_DMA). NULL after device_fail(). */
struct dma_device *device_dma(struct device *dev) __must_check;

/* Boot: each device has its driver. */
void devices_init(void);
/* By name, or by name and address. NULL: none, or it is not the only one. */
struct device *device_find(const char *name);
/* Process context of the boot CPU. 0 or -Exxx, with why in the device. */
int device_bind(struct device *dev) __must_check;
int device_unbind(struct device *dev) __must_check;

/* In the order of the tree, until NULL. */
struct device *device_at(unsigned int index);
const char *device_state_name(enum device_state state);

#endif /* DRIVERS_DEVICE_H */
