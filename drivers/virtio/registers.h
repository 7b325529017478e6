/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_VIRTIO_REGISTERS_H
#define DRIVERS_VIRTIO_REGISTERS_H

#include <arch/io.h>

#include "virtio.h"

/* Registers by their offsets; the last two of the middle part are those of version 1. */
#define VIRTIO_MAGIC			0x000
#define VIRTIO_VERSION			0x004
#define VIRTIO_DEVICE_ID		0x008
#define VIRTIO_DEVICE_FEATURES		0x010
#define VIRTIO_DEVICE_FEATURES_SEL	0x014
#define VIRTIO_DRIVER_FEATURES		0x020
#define VIRTIO_DRIVER_FEATURES_SEL	0x024
#define VIRTIO_GUEST_PAGE_SIZE		0x028
#define VIRTIO_QUEUE_SEL		0x030
#define VIRTIO_QUEUE_NUM_MAX		0x034
#define VIRTIO_QUEUE_NUM		0x038
#define VIRTIO_QUEUE_ALIGN		0x03c
#define VIRTIO_QUEUE_PFN		0x040
#define VIRTIO_QUEUE_READY		0x044
#define VIRTIO_QUEUE_NOTIFY		0x050
#define VIRTIO_INTERRUPT_STATUS		0x060
#define VIRTIO_INTERRUPT_ACK		0x064
#define VIRTIO_STATUS			0x070
#define VIRTIO_QUEUE_DESC		0x080
#define VIRTIO_QUEUE_DRIVER		0x090
#define VIRTIO_QUEUE_DEVICE		0x0a0
#define VIRTIO_CONFIG			0x100

static inline u32 virtio_read(struct virtio_device *vdev, unsigned int reg)
{
	return mmio_read32(vdev->registers + reg);
}

static inline void virtio_write(struct virtio_device *vdev, u32 value, unsigned int reg)
{
	mmio_write32(value, vdev->registers + reg);
}

#endif /* DRIVERS_VIRTIO_REGISTERS_H */
