# SPDX-License-Identifier: BSD-2-Clause
# Suites that run in the kernel, one a file, and what runs them. What a suite needs beyond the
# kernel's core is said here.

suites := $(filter-out $(if $(filter yy,$(CONFIG_THREADS)$(CONFIG_MEM_ACCOUNTS)),,accounts), \
	$(basename $(notdir $(wildcard test/target/*.c))))
suites := $(filter-out $(if $(CONFIG_SHELL),,shell cmd_test) $(if $(CONFIG_KALLSYMS),,symbols) \
	$(if $(CONFIG_DMA),,dma) $(if $(CONFIG_NUMA),,nodes) $(if $(CONFIG_VMALLOC),,vmalloc) \
	$(if $(CONFIG_SMP),,smp) $(if $(CONFIG_THREADS),,threads timers sync) \
	$(if $(CONFIG_RECLAIM_THREAD),,waiting) \
	$(if $(filter yy,$(CONFIG_PROCESSES)$(CONFIG_MIGRATION)),,cleared) \
	$(if $(CONFIG_WORKQUEUE),,works) $(if $(CONFIG_RTC_GOLDFISH),,irq) \
	$(if $(filter yy,$(CONFIG_RTC_GOLDFISH)$(CONFIG_SMP)),,storm) \
	$(if $(filter yyy,$(CONFIG_CMA)$(CONFIG_VMALLOC)$(CONFIG_SMP)),,cma) \
	$(if $(filter yy,$(CONFIG_PROCESSES)$(CONFIG_CMA)),,shake) \
	$(if $(filter yy,$(CONFIG_PROCESSES)$(CONFIG_MEMORY_HOTPLUG)),,plug) \
	$(if $(CONFIG_LOCK_ORDER),,lock_crimes) $(if $(CONFIG_WAIT_ORDER),,wait_crimes) \
	$(if $(CONFIG_MEMORY_HOTPLUG),,hotplug),$(suites))
obj-$(CONFIG_KTEST) += $(patsubst %,test/target/%.o,$(sort $(suites)))
