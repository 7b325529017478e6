# SPDX-License-Identifier: BSD-2-Clause
# The machine that is a process: what scripts and tests link with the kernel's own objects.

host-obj-y += arch/host/machine.o
host-obj-y += arch/host/mmu.o
host-obj-y += arch/host/printk.o
host-obj-y += arch/host/cpu.o
host-obj-y += arch/host/firmware.o
host-obj-y += arch/host/time.o
host-obj-y += arch/host/smp.o
host-obj-y += arch/host/string.o

# Of the floors above mm/, what is the same in a process.
host-kernel-y += kernel/boot_marks.o
host-kernel-y += kernel/cmdline.o
host-kernel-y += kernel/console_choice.o
host-kernel-y += kernel/cpu.o
host-kernel-y += kernel/driver.o
host-kernel-y += kernel/fdt.o
host-kernel-y += kernel/idle.o
host-kernel-$(CONFIG_LOCK_ORDER) += kernel/lock_order.o
host-kernel-y += $(plan-obj-y)
host-kernel-y += kernel/init.o
host-kernel-y += kernel/no_symbols.o
host-kernel-$(CONFIG_NUMA) += kernel/numa.o
host-kernel-y += kernel/power.o
host-kernel-y += kernel/resource.o
host-kernel-y += kernel/seq_file.o
host-kernel-$(CONFIG_SMP) += kernel/smp.o kernel/smp_call.o
host-kernel-y += test/stress/stress.o
host-kernel-y += kernel/time.o
host-kernel-y += lib/bitops.o
host-kernel-y += lib/hex.o
host-kernel-y += lib/math.o
host-kernel-y += lib/vsprintf.o
