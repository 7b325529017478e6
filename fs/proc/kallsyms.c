/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/symbols.h>
#include <fs/view.h>

static void kallsyms_show(struct seq_file *m)
{
	unsigned long va;
	const char *name;
	char type;

	for (unsigned int nr = 0; symbol_get(nr, &va, &type, &name); nr++)
		seq_printf(m, "%016lx %c %s\n", va, type, name);
}

VIEW(kallsyms, kallsyms_show);
