# SPDX-License-Identifier: BSD-2-Clause
# In the order of boot, then the shell and what it shows.

obj-y += kernel/init.o
obj-y += kernel/printk.o
obj-y += kernel/console.o
obj-y += kernel/panic.o
obj-y += kernel/$(if $(CONFIG_KALLSYMS),symbols,no_symbols).o
obj-y += kernel/time.o
obj-y += kernel/fdt.o
obj-y += kernel/cmdline.o
obj-y += kernel/cpu.o
obj-$(CONFIG_SMP) += kernel/smp.o
obj-$(CONFIG_SMP) += kernel/smp_call.o
obj-y += kernel/audit.o
obj-y += kernel/resource.o
obj-y += kernel/seq_file.o
obj-y += kernel/view.o
obj-$(CONFIG_KTEST) += kernel/ktest.o

obj-y += kernel/plan/json.o
obj-y += kernel/plan/plan.o
obj-y += kernel/plan/verify.o
obj-y += kernel/plan/expected.o

# Without a shell nobody reads the views.
obj-$(CONFIG_SHELL) += kernel/views/buddyinfo.o
obj-$(CONFIG_SHELL) += kernel/views/cmdline.o
obj-$(CONFIG_SHELL) += kernel/views/iomem.o
obj-$(CONFIG_SHELL) += kernel/views/meminfo.o
obj-$(CONFIG_SHELL) += kernel/views/memblock.o
obj-$(CONFIG_SHELL) += kernel/views/pagetypeinfo.o
obj-$(CONFIG_SHELL) += kernel/views/sections.o
obj-$(CONFIG_SHELL) += kernel/views/slabinfo.o
obj-$(CONFIG_SHELL) += kernel/views/zoneinfo.o

obj-$(CONFIG_BENCH) += kernel/bench/bench.o
obj-$(CONFIG_BENCH) += kernel/bench/boot.o
obj-$(CONFIG_BENCH) += kernel/bench/room.o
obj-$(CONFIG_BENCH) += kernel/bench/pages.o
obj-$(CONFIG_BENCH) += kernel/bench/single.o
obj-$(CONFIG_BENCH) += kernel/bench/pieces.o
obj-$(CONFIG_BENCH) += kernel/bench/slab.o
obj-$(CONFIG_BENCH) += kernel/bench/smp.o
obj-$(CONFIG_BENCH) += kernel/bench/bounds.o
obj-$(CONFIG_BENCH) += kernel/bench/bounds_pages.o
obj-$(CONFIG_BENCH) += kernel/bench/bounds_slab.o
obj-y += kernel/bench/marks.o

obj-$(CONFIG_SHELL) += kernel/stress.o

obj-$(CONFIG_SHELL) += kernel/shell/shell.o
obj-$(CONFIG_SHELL) += kernel/shell/line.o
obj-$(CONFIG_SHELL) += kernel/shell/complete.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_cpu.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_files.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_memory.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_pages.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_plan.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_stress.o
obj-$(CONFIG_SHELL) += kernel/shell/cmd_system.o

ifeq ($(CONFIG_SHELL),y)
obj-$(CONFIG_IKCONFIG) += kernel/views/config.o
obj-$(CONFIG_KALLSYMS) += kernel/views/kallsyms.o
obj-$(CONFIG_KTEST) += kernel/shell/cmd_test.o
endif
