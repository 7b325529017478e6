/* SPDX-License-Identifier: BSD-2-Clause */
#include <arch/mmu.h>

/* The kernel's tables are the windows. */
void arch_window_changes(unsigned long va, u64 bytes, bool shown)
{
	(void)va;
	(void)bytes;
	(void)shown;
}
