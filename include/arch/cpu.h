/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <arch/processor.h>

/* Hart id of the running boot CPU as the firmware gave it. */
unsigned long arch_boot_hart(void);

/* Physical address at which the image runs. */
phys_addr_t arch_load_address(void);

/* Is this device-tree cpu node one that can run the kernel? (status, MMU, ISA)
 * Says why not through *why. */
bool arch_cpu_usable(int fdt_node, const char **why);

/* Stops this hart for good, interrupts off. */
__noreturn void arch_cpu_stop(void);

/* Waits until an interrupt is pending that the CPU lets through; interrupts are off, and it is not
 * taken. */
void arch_wait_for_interrupt(void);

/* Finds out where the image's parts lie and what the firmware offers; the first step of boot. */
void arch_early_init(void);

/* Calls fn for each return address, innermost first, at most 32. */
void arch_backtrace(void (*fn)(unsigned long address, void *ctx), void *ctx);

/* One line about firmware and harts for the boot log. */
void arch_report_firmware(void);

#endif /* ARCH_CPU_H */
