# SPDX-License-Identifier: BSD-2-Clause

obj-$(CONFIG_CONSOLE_NS16550) += drivers/serial/ns16550.o
obj-$(CONFIG_CONSOLE_NS16550_IRQ) += drivers/serial/ns16550_irq.o
obj-$(CONFIG_DMA) += drivers/cache/jh7110_ccache.o
obj-$(CONFIG_IRQ) += $(addprefix drivers/core/,table.o suppliers.o resources.o bind.o)
obj-$(CONFIG_BLOCK) += drivers/block/block.o drivers/block/disks.o
obj-$(CONFIG_VIRTIO) += drivers/virtio/mmio.o drivers/virtio/queue.o
obj-$(CONFIG_VIRTIO_BLK) += drivers/virtio/blk.o
obj-$(CONFIG_VIRTIO_RNG) += drivers/virtio/rng.o
obj-$(CONFIG_RTC_GOLDFISH) += drivers/rtc/rtc.o drivers/rtc/goldfish.o
obj-$(CONFIG_SIFIVE_PLIC) += drivers/irqchip/plic.o
obj-y += drivers/power/sifive_test.o
