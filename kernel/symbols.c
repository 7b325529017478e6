/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/symbols.h>

/*
 * The tables are made from the linked image itself (scripts/kallsyms.py) and linked again until
 * they are true. Offsets are from _text and ascend; names are NUL-terminated strings.
 */
extern const u32 kallsyms_count;
extern const u32 kallsyms_offsets[];
extern const u32 kallsyms_name_offsets[];
extern const char kallsyms_names[];
extern const u8 kallsyms_types[];

extern char _text[], _end[];

static const char *symbol_name(unsigned int nr)
{
	return kallsyms_names + kallsyms_name_offsets[nr];
}

/* Number of symbols that begin at or below offset. */
static unsigned int count_up_to(unsigned long offset)
{
	unsigned int low = 0, high = kallsyms_count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (kallsyms_offsets[mid] <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *symbol_lookup(unsigned long va, unsigned long *offset, unsigned long *size)
{
	unsigned long start = (unsigned long)_text, end = (unsigned long)_end, next;
	unsigned int nr;

	if (va < start || va >= end)
		return NULL;
	nr = count_up_to(va - start);
	if (!nr)
		return NULL;
	next = nr < kallsyms_count ? kallsyms_offsets[nr] : end - start;
	/* Of several names for one address the first in the table is shown. */
	while (nr > 1 && kallsyms_offsets[nr - 2] == kallsyms_offsets[nr - 1])
		nr--;
	*offset = va - start - kallsyms_offsets[nr - 1];
	*size = next - kallsyms_offsets[nr - 1];
	return symbol_name(nr - 1);
}

bool symbol_get(unsigned int nr, unsigned long *va, char *type, const char **name)
{
	if (nr >= kallsyms_count)
		return false;
	*va = (unsigned long)_text + kallsyms_offsets[nr];
	*type = (char)kallsyms_types[nr];
	*name = symbol_name(nr);
	return true;
}
