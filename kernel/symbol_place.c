/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in the code as text, with or without names in the image. */
#include <kernel/sprintf.h>
#include <kernel/symbols.h>

const char *symbol_place(char *buf, size_t size, unsigned long place)
{
	unsigned long offset, length;
	/* The call before it: its caller may have ended with that call. */
	const char *name = symbol_lookup(place - 1, &offset, &length);

	if (name)
		scnprintf(buf, size, "%s+0x%lx", name, offset + 1);
	else
		scnprintf(buf, size, "0x%lx", place);
	return buf;
}
