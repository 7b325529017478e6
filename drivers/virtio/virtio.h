/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_VIRTIO_VIRTIO_H
#define DRIVERS_VIRTIO_VIRTIO_H

#include <drivers/device.h>
#include <mm/dma.h>

/*
 * Virtio over registers in memory (Virtual I/O Device 1.2, 4.2), both versions: 1, which QEMU's
 * virt has unless it is told otherwise, and 2. A queue belongs to its driver, which lets one CPU at
 * a time call the functions of a queue. What the device writes is checked: it may say anything.
 */
#define VIRTIO_ID_BLOCK		2u
#define VIRTIO_ID_ENTROPY	4u

#define VIRTIO_F_VERSION_1	32

struct virtio_device {
	struct device *dev;		/* [c] */
	char *registers;		/* [c] */
	struct dma_device *dma;		/* [c] */
	u32 version;			/* [c] */
	u64 features;			/* [c] that both sides have */
};

/* [o] What the device sees, until the end of struct virtq_used. */
struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

/* [o] */
struct virtq_avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};

/* [o] */
struct virtq_used {
	u16 flags;
	u16 idx;
	struct {
		u32 id, len;
	} ring[];
};

#define VIRTQ_SIZE	(1u << CONFIG_VIRTIO_QUEUE_SHIFT)

struct virtqueue {
	struct virtio_device *vdev;	/* [c] */
	unsigned int index, size;	/* [c] size: a power of two, at most VIRTQ_SIZE */
	void *memory;			/* [c] */
	dma_addr_t bus;			/* [c] */
	size_t bytes;			/* [c] */
	struct virtq_desc *desc;	/* [o] */
	struct virtq_avail *avail;	/* [o] */
	volatile struct virtq_used *used;	/* [o] */
	u16 next_avail, next_used;	/* [o] */
	u16 free_first, free_nr;	/* [o] chain of descriptors that are free */
	bool broken;			/* [o] the device said what cannot be */
	void *tokens[VIRTQ_SIZE];	/* [o] by first descriptor */
};

/* A piece of memory of a request. */
struct virtq_piece {
	dma_addr_t bus;
	u32 bytes;
	bool device_writes;
};

/*
 * For probe. Finds the device behind dev: 0; -ENODEV when it has another id or nothing is plugged
 * in; else fails. wanted are features beside VERSION_1. The device is not yet working:
 * virtio_start() follows when its queues are there. virtio_stop() ends what both began; from then
 * on it touches no memory.
 */
int virtio_open(struct virtio_device *vdev, struct device *dev, u32 id, u64 wanted) __must_check;
void virtio_start(struct virtio_device *vdev);
void virtio_stop(struct virtio_device *vdev);

/* A queue of VIRTQ_SIZE, or as many as the device has. -ENOSPC, -ENOMEM. */
int virtq_open(struct virtqueue *vq, struct virtio_device *vdev, unsigned int index) __must_check;
/* Behind virtio_stop(). */
void virtq_close(struct virtqueue *vq);

/* Puts a request in; token comes back with it. False: no room. */
bool virtq_add(struct virtqueue *vq, const struct virtq_piece *pieces, unsigned int nr,
	       void *token) __must_check;
/* The descriptor with which the next request begins; only where there is room. */
static inline unsigned int virtq_next(const struct virtqueue *vq)
{
	return vq->free_first;
}
/* Tells the device. */
void virtq_kick(struct virtqueue *vq);
/* A request that the device has done with, and how many bytes it wrote; NULL: none. */
void *virtq_take(struct virtqueue *vq, u32 *written);

/* Of the interrupt: true when queues have changed; tells the device that it has arrived. */
bool virtio_interrupted(struct virtio_device *vdev);
/* Words of the device's configuration. */
u32 virtio_config32(struct virtio_device *vdev, unsigned int offset);
static inline bool virtio_has(const struct virtio_device *vdev, unsigned int feature)
{
	return vdev->features >> feature & 1;
}

extern const char *const virtio_compatible[];

#endif /* DRIVERS_VIRTIO_VIRTIO_H */
