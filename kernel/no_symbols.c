/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/symbols.h>

/* For an image without CONFIG_KALLSYMS: reports show addresses, System.map has the names. */

const char *symbol_lookup(unsigned long va, unsigned long *offset, unsigned long *size)
{
	(void)va;
	(void)offset;
	(void)size;
	return NULL;
}

bool symbol_get(unsigned int nr, unsigned long *va, char *type, const char **name)
{
	(void)nr;
	(void)va;
	(void)type;
	(void)name;
	return false;
}
