/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_TABLE_H
#define PLAN_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Tables for people, whose columns are as wide as their contents. */

#define PAGE_COLUMNS	100
#define TABLE_COLUMNS	16

struct table {
	const char *align;		/* a letter for each column, see table_begin() */
	size_t nr_columns, nr_cells, room;
	char **cells;			/* row by row; the first row has the headings */
	size_t rule;			/* the row that follows a rule; 0: no rule */
};

/*
 * align has a letter for each column: l left, r right, c left and cut when the page is too narrow.
 * headings are separated by '|'.
 */
void table_begin(struct table *t, const char *align, const char *headings);

/* Adds the next cell, row by row. */
void table_cell(struct table *t, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* Puts a rule before the next row. */
void table_rule(struct table *t);

/* Prints the table, indented; empty cells fill an incomplete last row. */
void table_end(struct table *t, FILE *out);

/* "8 GiB", "1.5 MiB", "576 B": three digits. The texts of the last eight calls stay valid. */
const char *human(uint64_t bytes);

/* "2,097,152"; texts stay valid as those of human(). */
const char *thousands(uint64_t number);

/* "0.39 %" of a whole; texts stay valid as those of human(). */
const char *percent(uint64_t part, uint64_t whole);

/* Strong and faint: escape sequences if out is a terminal, else empty. */
struct style {
	const char *strong, *faint, *plain;
};
struct style style_of(FILE *out);

#endif /* PLAN_TABLE_H */
