# SPDX-License-Identifier: BSD-2-Clause
# The ground floor, in the order of boot.

obj-y += kernel/init.o
obj-y += kernel/boot_marks.o
obj-y += kernel/printk.o
obj-y += kernel/console.o
obj-y += kernel/console_choice.o
obj-y += kernel/driver.o
obj-$(CONFIG_DMA) += kernel/dcache.o
obj-y += kernel/early_stop.o
obj-y += kernel/power.o
obj-y += kernel/panic.o
obj-y += kernel/$(if $(CONFIG_KALLSYMS),symbols,no_symbols).o
obj-y += kernel/symbol_place.o
obj-$(CONFIG_LOCK_ORDER) += kernel/lock_order.o
obj-$(CONFIG_LATENCY_TRACE) += kernel/latency.o
obj-y += kernel/time.o
obj-y += kernel/idle.o
obj-y += kernel/fdt.o
obj-y += kernel/fdt_check.o
obj-y += kernel/cmdline.o
obj-y += kernel/boot_arguments.o
obj-y += kernel/cpu.o
obj-$(CONFIG_NUMA) += kernel/numa.o
obj-$(CONFIG_SMP) += kernel/smp.o
obj-$(CONFIG_SMP) += kernel/smp_call.o
obj-$(CONFIG_THREADS) += $(addprefix kernel/sched/,sched.o wake.o cpu.o slice.o thread.o look.o \
	bounds.o) \
	$(addprefix kernel/time/,timer.o sleep.o wall.o) \
	$(addprefix kernel/sync/,wait.o mutex.o rwsem.o)
obj-$(CONFIG_DEBUG_STACK_USAGE) += kernel/sched/stack_usage.o
obj-$(CONFIG_WAIT_ORDER) += kernel/sync/wait_order.o
obj-$(CONFIG_WORKQUEUE) += kernel/sync/workqueue.o $(if $(CONFIG_SMP),kernel/sync/long_work.o)
obj-$(CONFIG_PROCESSES) += kernel/sync/wait_event.o
obj-$(and $(CONFIG_THREADS),$(CONFIG_SMP)) += kernel/sched/place.o
obj-$(CONFIG_IRQ) += $(addprefix kernel/irq/,irq.o route.o thread.o tree.o)
obj-$(CONFIG_RANDOM) += kernel/random.o
obj-y += kernel/resource.o
obj-y += kernel/seq_file.o
obj-y += kernel/progress.o

# It runs before addresses are what the linker thought: a jump table would lead astray.
CFLAGS_kernel/early_stop.o := -fno-jump-tables
