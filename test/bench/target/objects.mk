# SPDX-License-Identifier: BSD-2-Clause
# The shell's bench command.

obj-$(CONFIG_BENCH) += $(addprefix test/bench/target/,bench.o boot.o room.o pages.o single.o \
	pieces.o slab.o smp.o bounds.o bounds_pages.o bounds_slab.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_VMALLOC)) += $(addprefix test/bench/target/,vmalloc.o \
	bounds_vmalloc.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_MEM_ACCOUNTS)) += $(addprefix test/bench/target/,accounts.o \
	bounds_accounts.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_THREADS)) += $(addprefix test/bench/target/,threads.o timers.o \
	bounds_threads.o bounds_waiting.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_WORKQUEUE)) += test/bench/target/works.o
obj-$(and $(CONFIG_BENCH),$(CONFIG_RTC_GOLDFISH)) += test/bench/target/irq.o
obj-$(and $(CONFIG_BENCH),$(CONFIG_MEMORY_ISOLATION)) += test/bench/target/isolation.o
obj-$(and $(CONFIG_BENCH),$(CONFIG_CMA)) += $(addprefix test/bench/target/,cma.o \
	bounds_contig.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_COMPACTION)) += test/bench/target/compact.o
obj-$(and $(CONFIG_BENCH),$(CONFIG_DMA)) += test/bench/target/bounds_dma.o
obj-$(and $(CONFIG_BENCH),$(CONFIG_MEMORY_HOTPLUG)) += test/bench/target/bounds_hotplug.o
