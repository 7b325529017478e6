/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tree says of a hart's extensions. */
#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/string.h>
#include <asm/isa.h>

bool __init hart_isa_has(int node, const char *name)
{
	const char *at = fdt_text(node, "riscv,isa");
	size_t length = strlen(name);

	if (fdt_stringlist_search(boot_fdt, node, "riscv,isa-extensions", name) >= 0)
		return true;
	/* Each begins behind an underscore, and ends with the next one, or the text. */
	while (at && (at = strchr(at, '_'))) {
		at++;
		if (!strncmp(at, name, length) && (!at[length] || at[length] == '_'))
			return true;
	}
	return false;
}
