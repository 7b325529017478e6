/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_ROWS_H
#define KERNEL_ROWS_H

#include <kernel/types.h>

/*
 * A table of rows that the linker put together, in no order. Each row is row_bytes long and begins
 * with its name, a const char *. Any context.
 */
struct row_table {
	const void *start, *end;
	size_t row_bytes;
};

#define ROW_TABLE(first, last)	{ first, last, sizeof((first)[0]) }

/* The row whose name is the first len characters of name; NULL when there is none. */
const void *row_find(const struct row_table *table, const char *name, size_t len);

/* The next row in the order of names; the first for NULL, NULL after the last. */
const void *row_after(const struct row_table *table, const char *name);

#endif /* KERNEL_ROWS_H */
