/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/rows.h>
#include <kernel/string.h>

static const char *row_name(const void *row)
{
	return *(const char *const *)row;
}

const void *row_find(const struct row_table *table, const char *name, size_t len)
{
	for (const char *row = table->start; row < (const char *)table->end;
	     row += table->row_bytes) {
		if (!strncmp(row_name(row), name, len) && !row_name(row)[len])
			return row;
	}
	return NULL;
}

const void *row_after(const struct row_table *table, const char *name)
{
	const void *best = NULL;

	for (const char *row = table->start; row < (const char *)table->end;
	     row += table->row_bytes) {
		if (name && strcmp(row_name(row), name) <= 0)
			continue;
		if (!best || strcmp(row_name(row), row_name(best)) < 0)
			best = row;
	}
	return best;
}
