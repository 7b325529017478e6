# SPDX-License-Identifier: BSD-2-Clause
obj-$(and $(CONFIG_SHELL),$(CONFIG_MEM_ACCOUNTS)) += shell/cmd_accounts.o

obj-$(if $(CONFIG_RECLAIM),$(CONFIG_SHELL)) += shell/cmd_drop.o
obj-$(CONFIG_SHELL) += $(addprefix shell/,shell.o line.o complete.o cmd_cpu.o cmd_files.o \
	$(if $(CONFIG_DMA),cmd_dma.o) \
	cmd_frag.o cmd_free.o cmd_memory.o cmd_pages.o cmd_plan.o cmd_system.o)
obj-$(and $(CONFIG_SHELL),$(CONFIG_CMA)) += shell/cmd_cma.o
obj-$(and $(CONFIG_SHELL),$(CONFIG_MEMORY_HOTPLUG)) += shell/cmd_hotplug.o
obj-$(and $(CONFIG_SHELL),$(CONFIG_THREADS)) += $(addprefix shell/,cmd_ps.o \
	cmd_timers.o cmd_top.o)
obj-$(and $(CONFIG_SHELL),$(CONFIG_LATENCY_TRACE)) += shell/cmd_irqsoff.o
obj-$(and $(CONFIG_SHELL),$(CONFIG_IRQ)) += shell/cmd_date.o shell/cmd_devices.o shell/cmd_irq.o
obj-$(and $(CONFIG_SHELL),$(CONFIG_BLOCK)) += shell/cmd_blk.o
