# SPDX-License-Identifier: BSD-2-Clause
# The hosted machine, as a process; scripts/host.mk links it with the kernel's own objects.

host-obj-$(CONFIG_PROCESSES) += arch/host/user.o
host-obj-y += arch/host/machine.o
host-obj-y += arch/host/mmu.o
host-obj-y += arch/host/printk.o
host-obj-y += arch/host/cpu.o
host-obj-y += arch/host/firmware.o
host-obj-y += arch/host/time.o
host-obj-$(CONFIG_SMP) += arch/host/smp.o
host-obj-y += arch/host/context.o
host-obj-$(CONFIG_SMP) += arch/host/play.o
host-obj-$(CONFIG_SMP) += arch/host/wait.o
host-obj-$(CONFIG_THREADS) += arch/host/thread.o
host-obj-y += arch/host/string.o

# The target's page tables are data, and need nothing of its machine but their own asm headers.
host-kernel-y += arch/riscv/pgtable.o
host-kernel-$(CONFIG_VMALLOC) += arch/riscv/pgtable_runs.o
