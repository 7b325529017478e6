/* SPDX-License-Identifier: BSD-2-Clause */
/* A source of entropy: one buffer at a time goes to the device, and comes back full of numbers that
 * nobody can guess, which are mixed into the kernel's. */
#include <kernel/errno.h>
#include <kernel/irq.h>
#include <kernel/printk.h>
#include <kernel/random.h>
#include <mm/slab.h>

#include "virtio.h"

#define RNG_BYTES	64u

struct virtio_rng {
	struct virtio_device vdev;	/* [f] */
	struct virtqueue vq;		/* [P] of the interrupt's CPU */
	u64 *buffer;			/* [P] of the interrupt's CPU */
	dma_addr_t bus;			/* [c] */
	unsigned int irq;		/* [c] */
	bool told;			/* [P] of the interrupt's CPU */
};

static void ask(struct virtio_rng *rng)
{
	const struct virtq_piece piece = { rng->bus, RNG_BYTES, true };

	if (virtq_add(&rng->vq, &piece, 1, rng))
		virtq_kick(&rng->vq);
}

static irqreturn_t rng_interrupt(unsigned int irq, void *arg)
{
	struct virtio_rng *rng = arg;
	u32 written;

	(void)irq;
	if (!virtio_interrupted(&rng->vdev))
		return IRQ_NONE;
	if (virtq_take(&rng->vq, &written) != rng)
		return IRQ_HANDLED;
	written = written < RNG_BYTES ? written : RNG_BYTES;
	for (u32 i = 0; i < written / sizeof(u64); i++) {
		random_add(rng->buffer[i]);
		rng->buffer[i] = 0;
	}
	if (!rng->told)
		pr_info("random: %u bytes of %s mixed in\n", written, rng->vdev.dev->name);
	rng->told = true;
	return IRQ_HANDLED;
}

static int go(struct virtio_rng *rng)
{
	struct device *dev = rng->vdev.dev;
	int irq = device_irq(dev, 0), err;

	if (irq < 0)
		return irq;
	rng->irq = (unsigned int)irq;
	virtio_start(&rng->vdev);
	ask(rng);
	err = request_irq(rng->irq, rng_interrupt, dev->name, rng);
	return err ? device_fail(dev, err, "its interrupt is not to be had; the log says why") : 0;
}

static int set_up(struct virtio_rng *rng, struct device *dev)
{
	int err = virtio_open(&rng->vdev, dev, VIRTIO_ID_ENTROPY, 0);

	if (!err)
		err = virtq_open(&rng->vq, &rng->vdev, 0);
	if (err)
		return err;
	rng->buffer = dma_alloc_coherent(rng->vdev.dma, RNG_BYTES, &rng->bus, GFP_KERNEL);
	err = rng->buffer ? go(rng) : device_fail(dev, -ENOMEM, "no memory for its numbers");
	if (!err)
		return 0;
	virtio_stop(&rng->vdev);
	if (rng->buffer)
		dma_free_coherent(rng->vdev.dma, RNG_BYTES, rng->buffer, rng->bus);
	virtq_close(&rng->vq);
	return err;
}

static int rng_probe(struct device *dev)
{
	struct virtio_rng *rng = kmalloc(sizeof(*rng), GFP_KERNEL | __GFP_ZERO);
	int err;

	if (!rng)
		return device_fail(dev, -ENOMEM, "no memory for its description");
	err = set_up(rng, dev);
	if (err)
		kfree(rng);
	else
		dev->private = rng;
	return err;
}

static int rng_remove(struct device *dev)
{
	struct virtio_rng *rng = dev->private;

	free_irq(rng->irq);
	virtio_stop(&rng->vdev);
	dma_free_coherent(rng->vdev.dma, RNG_BYTES, rng->buffer, rng->bus);
	virtq_close(&rng->vq);
	kfree(rng);
	return 0;
}

DEVICE_DRIVER(virtio_rng, virtio_compatible, rng_probe, rng_remove);
