# SPDX-License-Identifier: BSD-2-Clause

# The image begins with head.o: it holds the boot header.
obj-y += arch/riscv/head.o
obj-y += arch/riscv/early_map.o
obj-y += arch/riscv/trap_entry.o
obj-y += arch/riscv/trap.o
obj-y += arch/riscv/fault.o
obj-y += arch/riscv/backtrace.o
obj-y += arch/riscv/pgtable.o
obj-$(CONFIG_VMALLOC) += arch/riscv/pgtable_runs.o arch/riscv/vm_fault.o
obj-y += arch/riscv/linear_map.o
obj-y += arch/riscv/mmu.o
obj-y += arch/riscv/fixmap.o
obj-y += arch/riscv/probe.o
obj-y += arch/riscv/report.o
obj-y += arch/riscv/sbi.o
obj-y += arch/riscv/cpu.o
obj-y += arch/riscv/cpu_usable.o
obj-y += arch/riscv/isa.o
obj-$(CONFIG_RISCV_ISA_SVPBMT) += arch/riscv/svpbmt.o
obj-$(CONFIG_SMP) += arch/riscv/smp_entry.o
obj-$(CONFIG_SMP) += arch/riscv/smp.o
obj-$(CONFIG_THREADS) += arch/riscv/switch.o arch/riscv/thread.o arch/riscv/sstc.o
obj-$(CONFIG_PROCESSES) += $(addprefix arch/riscv/,user.o user_trap.o user_copy.o user_fp.o vdso.o)
obj-y += arch/riscv/remote.o
obj-y += arch/riscv/time.o
obj-y += arch/riscv/console.o
obj-y += arch/riscv/power.o
obj-$(CONFIG_DMA) += arch/riscv/zicbom.o
obj-$(CONFIG_MEMORY_HOTPLUG) += arch/riscv/memory_hotplug.o

# It runs before addresses are what the linker thought: a jump table would lead astray.
CFLAGS_arch/riscv/early_map.o := -fno-jump-tables
