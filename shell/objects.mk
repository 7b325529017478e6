# SPDX-License-Identifier: BSD-2-Clause

obj-$(if $(CONFIG_RECLAIM),$(CONFIG_SHELL)) += shell/cmd_drop.o
obj-$(CONFIG_SHELL) += $(addprefix shell/,shell.o line.o complete.o cmd_cpu.o cmd_files.o \
	$(if $(CONFIG_DMA),cmd_dma.o) \
	cmd_frag.o cmd_free.o cmd_memory.o cmd_pages.o cmd_plan.o cmd_system.o)
obj-$(and $(CONFIG_SHELL),$(CONFIG_CMA)) += shell/cmd_cma.o
obj-$(and $(CONFIG_SHELL),$(CONFIG_MEMORY_HOTPLUG)) += shell/cmd_hotplug.o
obj-$(and $(CONFIG_SHELL),$(CONFIG_THREADS)) += shell/cmd_ps.o shell/cmd_timers.o
