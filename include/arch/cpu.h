/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <arch/processor.h>

/* The hart id of the boot CPU, as the firmware gave it. */
unsigned long arch_boot_hart(void);

/* The physical address at which the image runs. */
phys_addr_t arch_load_address(void);

/* Can the kernel run on this cpu node of the device tree (status, MMU, ISA)? *why gets the reason
 * if not. */
bool arch_cpu_usable(int fdt_node, const char **why);

/* Stops this hart for good, interrupts off. */
__noreturn void arch_cpu_stop(void);

/* Waits until an interrupt is pending that the CPU lets through. Interrupts are off, so that it is
 * not taken. */
void arch_wait_for_interrupt(void);

/* Finds out where the image's parts lie and what the firmware offers. This is the first step of
 * boot. */
void arch_early_init(void);

/* Calls fn for each return address, the innermost first, for 32 at most. */
void arch_backtrace(void (*fn)(unsigned long address, void *ctx), void *ctx);

/* Prints a line about firmware and harts into the boot log. */
void arch_report_firmware(void);

#endif /* ARCH_CPU_H */
