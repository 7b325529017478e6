/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's calls that end the machine: SRST, and the legacy one. */
#include <arch/power.h>
#include <asm/sbi.h>

const char *arch_power_name(void)
{
	return sbi_has(SBI_HAS_SRST) ? "SRST" : NULL;
}

void arch_power_end(enum power_end how)
{
	if (sbi_has(SBI_HAS_SRST))
		sbi_system_reset(how == POWER_REBOOT ? SBI_COLD_REBOOT : SBI_SHUTDOWN,
				 how == POWER_FAILURE);
}

void arch_power_last(void)
{
	sbi_legacy_shutdown();
}
