/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a virtio device: features, states, queues, its interrupt. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <arch/io.h>
#include <arch/page.h>

#include "virtio.h"
#include "registers.h"

#define MAGIC			0x74726976u	/* "virt" */
#define RESET_POLLS		1000000u

#define STATUS_ACKNOWLEDGE	1u
#define STATUS_DRIVER		2u
#define STATUS_DRIVER_OK	4u
#define STATUS_FEATURES_OK	8u
#define STATUS_FAILED		128u

#define INTERRUPT_QUEUES	1u

const char *const virtio_compatible[] = { "virtio,mmio", NULL };

static void add_status(struct virtio_device *vdev, u32 bits)
{
	virtio_write(vdev, virtio_read(vdev, VIRTIO_STATUS) | bits, VIRTIO_STATUS);
}

/* The device forgets its queues; a reset is through when the status reads 0. */
void virtio_stop(struct virtio_device *vdev)
{
	virtio_write(vdev, 0, VIRTIO_STATUS);
	for (unsigned int i = 0; i < RESET_POLLS && virtio_read(vdev, VIRTIO_STATUS); i++)
		;
}

static u64 offered(struct virtio_device *vdev)
{
	u64 low;

	virtio_write(vdev, 0, VIRTIO_DEVICE_FEATURES_SEL);
	low = virtio_read(vdev, VIRTIO_DEVICE_FEATURES);
	if (vdev->version == 1)
		return low;
	virtio_write(vdev, 1, VIRTIO_DEVICE_FEATURES_SEL);
	return low | (u64)virtio_read(vdev, VIRTIO_DEVICE_FEATURES) << 32;
}

static void accept(struct virtio_device *vdev)
{
	virtio_write(vdev, 0, VIRTIO_DRIVER_FEATURES_SEL);
	virtio_write(vdev, (u32)vdev->features, VIRTIO_DRIVER_FEATURES);
	if (vdev->version == 1)
		return;
	virtio_write(vdev, 1, VIRTIO_DRIVER_FEATURES_SEL);
	virtio_write(vdev, (u32)(vdev->features >> 32), VIRTIO_DRIVER_FEATURES);
}

static int agree(struct virtio_device *vdev, u64 wanted)
{
	if (vdev->version > 1)
		wanted |= 1ull << VIRTIO_F_VERSION_1;
	vdev->features = offered(vdev) & wanted;
	if (vdev->version > 1 && !virtio_has(vdev, VIRTIO_F_VERSION_1))
		return device_fail(vdev->dev, -EINVAL, "it offers neither version of virtio");
	accept(vdev);
	if (vdev->version == 1) {
		virtio_write(vdev, PAGE_SIZE, VIRTIO_GUEST_PAGE_SIZE);
		return 0;
	}
	add_status(vdev, STATUS_FEATURES_OK);
	if (virtio_read(vdev, VIRTIO_STATUS) & STATUS_FEATURES_OK)
		return 0;
	return device_fail(vdev->dev, -EINVAL, "it does not take the features that it offers");
}

/* An old device knows a queue by 32 bits of a page's number. */
static int find_dma(struct virtio_device *vdev)
{
	vdev->dma = device_dma(vdev->dev);
	if (!vdev->dma)
		return vdev->dev->error;
	if (dma_set_mask(vdev->dma, DMA_BIT_MASK(64)) ||
	    dma_set_coherent_mask(vdev->dma, DMA_BIT_MASK(vdev->version == 1 ? 32 + PAGE_SHIFT
									      : 64)))
		return device_fail(vdev->dev, -EIO, "DMA does not work for it; the log says why");
	return 0;
}

int virtio_open(struct virtio_device *vdev, struct device *dev, u32 id, u64 wanted)
{
	char *registers = device_registers(dev, 0, VIRTIO_CONFIG);
	u32 found;
	int err;

	if (!registers)
		return dev->error;
	*vdev = (struct virtio_device){ .dev = dev, .registers = registers };
	if (virtio_read(vdev, VIRTIO_MAGIC) != MAGIC)
		return device_fail(dev, -EINVAL, "its first register is not a virtio device's");
	vdev->version = virtio_read(vdev, VIRTIO_VERSION);
	if (vdev->version < 1 || vdev->version > 2)
		return device_fail(dev, -EINVAL, "its registers are of a version that is not known");
	found = virtio_read(vdev, VIRTIO_DEVICE_ID);
	if (found != id)
		return device_fail(dev, -ENODEV, found ? "no driver for what is plugged in" :
				   "nothing is plugged in");
	err = find_dma(vdev);
	if (err)
		return err;
	virtio_stop(vdev);
	add_status(vdev, STATUS_ACKNOWLEDGE);
	add_status(vdev, STATUS_DRIVER);
	err = agree(vdev, wanted);
	if (err)
		add_status(vdev, STATUS_FAILED);
	return err;
}

void virtio_start(struct virtio_device *vdev)
{
	add_status(vdev, STATUS_DRIVER_OK);
}

bool virtio_interrupted(struct virtio_device *vdev)
{
	u32 why = virtio_read(vdev, VIRTIO_INTERRUPT_STATUS);

	virtio_write(vdev, why, VIRTIO_INTERRUPT_ACK);
	return why & INTERRUPT_QUEUES;
}

u32 virtio_config32(struct virtio_device *vdev, unsigned int offset)
{
	return virtio_read(vdev, VIRTIO_CONFIG + offset);
}
