/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio disks. A request is a chain of up to three pieces: what is wanted, the data, and a byte in
 * which the device says what came of it. First and last lie in coherent memory, a place for each
 * descriptor that a chain may begin with.
 */
#include <kernel/errno.h>
#include <kernel/irq.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <drivers/block.h>
#include <mm/slab.h>

#include "virtio.h"

#define F_SIZE_MAX	1
#define F_RO		5
#define F_FLUSH		9

#define SPACE_CAPACITY	0x00
#define SPACE_SIZE_MAX	0x08

#define T_IN		0u
#define T_OUT		1u
#define T_FLUSH		4u
#define S_OK		0u
#define S_UNSUPPORTED	2u
#define S_NONE		0xffu

#define PIECES_MOST	3u
#define REQUEST_BYTES	(1u << 20)

/* [b] */
struct place {
	u32 type, reserved;
	u64 sector;
	u8 status;
	u8 pad[7];
	u64 data_bus;		/* ours alone */
};

struct virtio_disk {
	struct block_device disk;	/* [f] */
	struct virtio_device vdev;	/* [f] */
	struct virtqueue vq;		/* [b] */
	struct place *places;		/* [b] */
	dma_addr_t places_bus;		/* [c] */
	struct block_request *requests[VIRTQ_SIZE];	/* [b] by place */
	unsigned int irq;		/* [c] */
};

#define PLACES_BYTES	(VIRTQ_SIZE * sizeof(struct place))

static struct virtio_disk *disk_of(struct block_device *disk)
{
	return container_of(disk, struct virtio_disk, disk);
}

static enum dma_data_direction direction(const struct block_request *r)
{
	return r->op == BLOCK_READ ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

static int disk_start(struct block_device *disk, struct block_request *r)
{
	struct virtio_disk *d = disk_of(disk);
	unsigned int at = virtq_next(&d->vq), nr = 0;
	struct place *p = &d->places[at < VIRTQ_SIZE ? at : 0];
	dma_addr_t bus = d->places_bus + (u64)((char *)p - (char *)d->places);
	struct virtq_piece pieces[PIECES_MOST];

	if (d->vq.broken || d->vq.free_nr < PIECES_MOST)
		return -EIO;
	p->type = r->op == BLOCK_READ ? T_IN : r->op == BLOCK_WRITE ? T_OUT : T_FLUSH;
	p->reserved = 0;
	p->sector = r->sector;
	p->status = S_NONE;
	pieces[nr++] = (struct virtq_piece){ bus, offsetof(struct place, status), false };
	if (r->op != BLOCK_FLUSH) {
		p->data_bus = dma_map_single(d->vdev.dma, r->data, r->bytes, direction(r));
		if (dma_mapping_error(d->vdev.dma, p->data_bus))
			return -ENOMEM;
		pieces[nr++] = (struct virtq_piece){ p->data_bus, (u32)r->bytes,
						     r->op == BLOCK_READ };
	}
	pieces[nr++] = (struct virtq_piece){ bus + offsetof(struct place, status), 1, true };
	d->requests[at] = r;
	return virtq_add(&d->vq, pieces, nr, p) ? 0 : -EIO;
}

static void disk_kick(struct block_device *disk)
{
	virtq_kick(&disk_of(disk)->vq);
}

static void unmap(struct virtio_disk *d, struct place *p, struct block_request *r)
{
	if (r->op != BLOCK_FLUSH)
		dma_unmap_single(d->vdev.dma, p->data_bus, r->bytes, direction(r));
	d->requests[p - d->places] = NULL;
}

static int error_of(u8 status)
{
	return status == S_OK ? 0 : status == S_UNSUPPORTED ? -EOPNOTSUPP : -EIO;
}

static void disk_collect(struct block_device *disk, struct list_head *done)
{
	struct virtio_disk *d = disk_of(disk);
	struct place *p;
	u32 written;

	while ((p = virtq_take(&d->vq, &written))) {
		struct block_request *r = d->requests[p - d->places];
		int error = error_of(*(volatile u8 *)&p->status);

		unmap(d, p, r);
		block_answered(disk, r, error, done);
	}
}

static void disk_stop(struct block_device *disk)
{
	virtio_stop(&disk_of(disk)->vdev);
}

static void disk_abandon(struct block_device *disk, struct block_request *r)
{
	struct virtio_disk *d = disk_of(disk);

	for (unsigned int at = 0; at < VIRTQ_SIZE; at++)
		if (d->requests[at] == r)
			unmap(d, &d->places[at], r);
}

static const struct block_ops disk_ops = {
	.start = disk_start, .kick = disk_kick, .collect = disk_collect, .stop = disk_stop,
	.abandon = disk_abandon,
};

static irqreturn_t disk_interrupt(unsigned int irq, void *arg)
{
	struct virtio_disk *d = arg;

	(void)irq;
	if (!virtio_interrupted(&d->vdev))
		return IRQ_NONE;
	block_interrupt(&d->disk);
	return IRQ_HANDLED;
}

static void read_limits(struct virtio_disk *d)
{
	u32 most = REQUEST_BYTES;

	d->disk.sectors = virtio_config32(&d->vdev, SPACE_CAPACITY) |
			  (u64)virtio_config32(&d->vdev, SPACE_CAPACITY + 4) << 32;
	if (virtio_has(&d->vdev, F_SIZE_MAX))
		most = min(most, virtio_config32(&d->vdev, SPACE_SIZE_MAX));
	d->disk.max_bytes = max(most / SECTOR_BYTES * SECTOR_BYTES, SECTOR_BYTES);
	d->disk.queue_depth = d->vq.size / PIECES_MOST;
	d->disk.read_only = virtio_has(&d->vdev, F_RO);
	d->disk.ops = &disk_ops;
}

/* The disk is added last: from then on requests come. */
static int go(struct virtio_disk *d)
{
	struct device *dev = d->vdev.dev;
	int irq = device_irq(dev, 0), err;

	if (irq < 0)
		return irq;
	d->irq = (unsigned int)irq;
	read_limits(d);
	err = request_irq(d->irq, disk_interrupt, dev->name, d);
	if (err)
		return device_fail(dev, err, "its interrupt is not to be had; the log says why");
	virtio_start(&d->vdev);
	err = block_add(&d->disk);
	if (err) {
		virtio_stop(&d->vdev);
		free_irq(d->irq);
		return device_fail(dev, err, "there are BLOCK_DEVICES_MOST disks already");
	}
	pr_info("virtio: %s is %s: %llu sectors, %u requests at a time%s\n", dev->name,
		d->disk.name, (unsigned long long)d->disk.sectors, d->disk.queue_depth,
		d->disk.read_only ? ", read-only" : "");
	return 0;
}

static int set_up(struct virtio_disk *d, struct device *dev)
{
	int err = virtio_open(&d->vdev, dev, VIRTIO_ID_BLOCK,
			      1ull << F_SIZE_MAX | 1ull << F_RO | 1ull << F_FLUSH);

	if (err)
		return err;
	err = virtq_open(&d->vq, &d->vdev, 0);
	if (err)
		return err;
	d->places = dma_alloc_coherent(d->vdev.dma, PLACES_BYTES, &d->places_bus, GFP_KERNEL);
	err = d->places ? go(d) : device_fail(dev, -ENOMEM, "no memory for its requests");
	if (!err)
		return 0;
	virtio_stop(&d->vdev);
	if (d->places)
		dma_free_coherent(d->vdev.dma, PLACES_BYTES, d->places, d->places_bus);
	virtq_close(&d->vq);
	return err;
}

static int disk_probe(struct device *dev)
{
	struct virtio_disk *d = kmalloc(sizeof(*d), GFP_KERNEL | __GFP_ZERO);
	int err;

	if (!d)
		return device_fail(dev, -ENOMEM, "no memory for its description");
	err = set_up(d, dev);
	if (err)
		kfree(d);
	else
		dev->private = d;
	return err;
}

static int disk_remove(struct device *dev)
{
	struct virtio_disk *d = dev->private;
	int err = block_remove(&d->disk);

	if (err)
		return err;
	free_irq(d->irq);
	virtio_stop(&d->vdev);
	dma_free_coherent(d->vdev.dma, PLACES_BYTES, d->places, d->places_bus);
	virtq_close(&d->vq);
	kfree(d);
	return 0;
}

DEVICE_DRIVER(virtio_blk, virtio_compatible, disk_probe, disk_remove);
