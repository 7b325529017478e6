# SPDX-License-Identifier: BSD-2-Clause
# Suites that run in the kernel, one a file, and what runs them. What a suite needs beyond the
# kernel's core is said here.

suites := $(basename $(notdir $(wildcard test/target/*.c)))
suites := $(filter-out $(if $(CONFIG_SHELL),,shell cmd_test) $(if $(CONFIG_KALLSYMS),,symbols) \
	$(if $(CONFIG_DMA),,dma) $(if $(CONFIG_NUMA),,nodes) $(if $(CONFIG_VMALLOC),,vmalloc) \
	$(if $(CONFIG_SMP),,smp) $(if $(CONFIG_THREADS),,threads timers sync) \
	$(if $(filter yyy,$(CONFIG_CMA)$(CONFIG_VMALLOC)$(CONFIG_SMP)),,cma) \
	$(if $(CONFIG_LOCK_ORDER),,lock_crimes) $(if $(CONFIG_MEMORY_HOTPLUG),,hotplug),$(suites))
obj-$(CONFIG_KTEST) += $(patsubst %,test/target/%.o,$(sort $(suites)))
