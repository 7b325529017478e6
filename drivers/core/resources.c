/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device's node gives its driver, and how it comes back. */
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/irq.h>
#include <mm/dma.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "internal.h"

int device_fail(struct device *dev, int err, const char *why)
{
	dev->why = why;
	return err;
}

static void *no_registers(struct device *dev, int err, const char *why)
{
	dev->error = device_fail(dev, err, why);
	return NULL;
}

void *device_registers(struct device *dev, unsigned int nr, size_t bytes)
{
	phys_addr_t base, size;

	if (nr >= DEVICE_REGS_MOST || fdt_node_reg(dev->node, nr, &base, &size))
		return no_registers(dev, -EINVAL, "its registers are not in the tree, or behind a "
				    "bus that hides them");
	if (size < bytes || !size)
		return no_registers(dev, -EINVAL, "its reg is smaller than its registers");
	if (dev->regs[nr])
		return dev->regs[nr];
	dev->regs[nr] = ioremap(base, bytes ? bytes : size);
	return dev->regs[nr] ? dev->regs[nr] :
	       no_registers(dev, -ENOMEM, "no room to map its registers: raise VMALLOC_AREAS, or "
			    "free memory");
}

int device_irq(struct device *dev, unsigned int nr)
{
	int irq = irq_of_node(dev->node, nr);

	switch (irq) {
	case -ENOENT:
		return device_fail(dev, irq, "the tree names no interrupt for it");
	case -EPROBE_DEFER:
		return device_fail(dev, irq, "its interrupt controller has no driver");
	case -ENOSPC:
		return device_fail(dev, irq, "no number is left for its interrupt: raise NR_IRQS");
	default:
		return irq >= 0 ? irq :
		       device_fail(dev, irq, "what the tree says of its interrupt makes no sense");
	}
}

#if defined(CONFIG_DMA)
struct dma_device *device_dma(struct device *dev)
{
	int err;

	if (dev->dma)
		return dev->dma;
	dev->dma = kmalloc(sizeof(*dev->dma), GFP_KERNEL | __GFP_ZERO);
	err = dev->dma ? dma_device_init(dev->dma, dev->name, dev->node) : -ENOMEM;
	if (!err)
		return dev->dma;
	kfree(dev->dma);
	dev->dma = NULL;
	dev->error = device_fail(dev, err, "DMA does not work for it; the log says why");
	return NULL;
}

static void release_dma(struct device *dev)
{
	if (!dev->dma)
		return;
	dma_device_exit(dev->dma);
	kfree(dev->dma);
	dev->dma = NULL;
}
#else
static void release_dma(struct device *dev)
{
	(void)dev;
}
#endif

void device_release(struct device *dev)
{
	release_dma(dev);
	for (unsigned int nr = 0; nr < DEVICE_REGS_MOST; nr++) {
		if (dev->regs[nr])
			iounmap(dev->regs[nr]);
		dev->regs[nr] = NULL;
	}
}
