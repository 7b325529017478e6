# SPDX-License-Identifier: BSD-2-Clause

obj-$(CONFIG_CONSOLE_NS16550) += drivers/serial/ns16550.o
obj-$(CONFIG_DMA) += drivers/cache/jh7110_ccache.o
obj-y += drivers/power/sifive_test.o
