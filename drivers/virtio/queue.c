/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split virtqueues: descriptors, the ring of what is offered, and, on pages of its own as the old
 * version wants it, the ring of what came back.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <arch/page.h>

#include "registers.h"

#define DESC_NEXT	1u
#define DESC_WRITE	2u

BUILD_ASSERT(sizeof(struct virtq_desc) == 16, "a descriptor as the device sees it");

static size_t used_offset(unsigned int size)
{
	return ALIGN_UP(size * sizeof(struct virtq_desc) + (3 + size) * sizeof(u16), PAGE_SIZE);
}

static void write_address(struct virtio_device *vdev, dma_addr_t bus, unsigned int reg)
{
	virtio_write(vdev, (u32)bus, reg);
	virtio_write(vdev, (u32)(bus >> 32), reg + 4);
}

static void tell_device(struct virtqueue *vq)
{
	struct virtio_device *vdev = vq->vdev;
	size_t descs = vq->size * sizeof(struct virtq_desc);

	virtio_write(vdev, vq->size, VIRTIO_QUEUE_NUM);
	if (vdev->version == 1) {
		virtio_write(vdev, PAGE_SIZE, VIRTIO_QUEUE_ALIGN);
		virtio_write(vdev, (u32)(vq->bus >> PAGE_SHIFT), VIRTIO_QUEUE_PFN);
		return;
	}
	write_address(vdev, vq->bus, VIRTIO_QUEUE_DESC);
	write_address(vdev, vq->bus + descs, VIRTIO_QUEUE_DRIVER);
	write_address(vdev, vq->bus + used_offset(vq->size), VIRTIO_QUEUE_DEVICE);
	virtio_write(vdev, 1, VIRTIO_QUEUE_READY);
}

int virtq_open(struct virtqueue *vq, struct virtio_device *vdev, unsigned int index)
{
	unsigned int most;
	char *memory;

	virtio_write(vdev, index, VIRTIO_QUEUE_SEL);
	most = virtio_read(vdev, VIRTIO_QUEUE_NUM_MAX);
	if (most < 4)
		return device_fail(vdev->dev, -ENOSPC, "its queue has no room for a request");
	*vq = (struct virtqueue){ .vdev = vdev, .index = index, .size = VIRTQ_SIZE };
	while (vq->size > most)
		vq->size /= 2;
	vq->bytes = used_offset(vq->size) + ALIGN_UP(6 + 8 * vq->size, PAGE_SIZE);
	memory = dma_alloc_coherent(vdev->dma, vq->bytes, &vq->bus, GFP_KERNEL);
	if (!memory)
		return device_fail(vdev->dev, -ENOMEM, "no memory for its queue");
	vq->memory = memory;
	vq->desc = (void *)memory;
	vq->avail = (void *)(memory + vq->size * sizeof(struct virtq_desc));
	vq->used = (void *)(memory + used_offset(vq->size));
	vq->free_nr = (u16)vq->size;
	for (unsigned int i = 0; i < vq->size; i++)
		vq->desc[i].next = (u16)(i + 1);
	tell_device(vq);
	return 0;
}

void virtq_close(struct virtqueue *vq)
{
	dma_free_coherent(vq->vdev->dma, vq->bytes, vq->memory, vq->bus);
}

bool virtq_add(struct virtqueue *vq, const struct virtq_piece *pieces, unsigned int nr,
	       void *token)
{
	unsigned int first = vq->free_first, at = first;

	if (vq->free_nr < nr || vq->broken)
		return false;
	for (unsigned int i = 0; i < nr; i++) {
		struct virtq_desc *d = &vq->desc[at];

		d->addr = pieces[i].bus;
		d->len = pieces[i].bytes;
		d->flags = (u16)((i + 1 < nr ? DESC_NEXT : 0) |
				 (pieces[i].device_writes ? DESC_WRITE : 0));
		at = d->next;
	}
	vq->free_first = (u16)at;
	vq->free_nr = (u16)(vq->free_nr - nr);
	vq->tokens[first] = token;
	vq->avail->ring[vq->next_avail % vq->size] = (u16)first;
	vq->next_avail++;
	return true;
}

void virtq_kick(struct virtqueue *vq)
{
	/* The device sees entries before it sees that they are there, and that before the bell. */
	__atomic_store_n(&vq->avail->idx, vq->next_avail, __ATOMIC_RELEASE);
	memory_fence(__ATOMIC_SEQ_CST);
	virtio_write(vq->vdev, vq->index, VIRTIO_QUEUE_NOTIFY);
}

/* A chain goes back; links between descriptors are ours, which the device only reads. */
static void free_chain(struct virtqueue *vq, unsigned int first)
{
	unsigned int last = first, nr = 1;

	while (vq->desc[last].flags & DESC_NEXT && nr < vq->size) {
		last = vq->desc[last].next;
		nr++;
	}
	vq->desc[last].next = vq->free_first;
	vq->free_first = (u16)first;
	vq->free_nr = (u16)(vq->free_nr + nr);
}

void *virtq_take(struct virtqueue *vq, u32 *written)
{
	u16 idx = vq->used->idx;
	void *token = NULL;
	u32 id;

	if (vq->broken || idx == vq->next_used)
		return NULL;
	memory_fence(__ATOMIC_ACQUIRE);
	id = vq->used->ring[vq->next_used % vq->size].id;
	*written = vq->used->ring[vq->next_used % vq->size].len;
	if (id < vq->size)
		token = vq->tokens[id];
	if (!token) {
		vq->broken = true;
		pr_err("virtio: %s gives back a request that it was not given: the kernel ignores "
		       "the device from now on\n", vq->vdev->dev->name);
		return NULL;
	}
	vq->next_used++;
	vq->tokens[id] = NULL;
	free_chain(vq, id);
	return token;
}
