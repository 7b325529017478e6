/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tree says of a hart; the plan program reads it with this same code. */
#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/string.h>
#include <asm/hart.h>
#include <asm/layout.h>

/* Digits of "riscv,sv39" and its like; 0 for what has no page tables. */
static unsigned int __init mmu_bits(const char *type)
{
	unsigned int bits = 0;

	if (strncmp(type, "riscv,sv", 8))
		return 0;
	for (type += 8; *type >= '0' && *type <= '9' && bits < 1000; type++)
		bits = bits * 10 + (unsigned int)(*type - '0');
	return bits;
}

bool __init hart_usable(int fdt_node, const char **why)
{
	const char *status = fdt_text(fdt_node, "status");
	const char *mmu = fdt_text(fdt_node, "mmu-type");
	const char *isa = fdt_text(fdt_node, "riscv,isa");

	*why = NULL;
	if (status && strcmp(status, "okay") && strcmp(status, "ok"))
		*why = "its status is not okay";
	else if (!mmu || !mmu_bits(mmu))
		*why = "it has no MMU";
	else if (mmu_bits(mmu) < VA_BITS)
		*why = "its MMU lacks " MMU_MODE_NAME;
	else if (isa && strncmp(isa, "rv64", 4))
		*why = "it is not rv64";
	return !*why;
}
