/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_TABLE_H
#define PLAN_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Text for people: tables whose columns are as wide as what stands in them. */

#define PAGE_COLUMNS	100
#define TABLE_COLUMNS	16

struct table {
	const char *align;		/* a letter for each column, see table_begin() */
	size_t nr_columns, nr_cells, room;
	char **cells;			/* row by row; the first row is the heading */
	size_t rule;			/* row before which there is a rule; 0: none */
};

/*
 * align has one letter a column: l left, r right, c left and cut when the page is too narrow.
 * headings are separated by '|'.
 */
void table_begin(struct table *t, const char *align, const char *headings);

/* The next cell, row by row. */
void table_cell(struct table *t, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* A rule before the row that comes next. */
void table_rule(struct table *t);

/* Prints it, indented; an incomplete last row is filled with empty cells. */
void table_end(struct table *t, FILE *out);

/* "8 GiB", "1.5 MiB", "576 B": three digits. Each call of up to eight has a place of its own. */
const char *human(uint64_t bytes);

/* "2,097,152"; as human(). */
const char *thousands(uint64_t number);

/* "0.39 %" of a whole; as human(). */
const char *percent(uint64_t part, uint64_t whole);

/* Strong, faint: escape sequences where out is a terminal, else empty. */
struct style {
	const char *strong, *faint, *plain;
};
struct style style_of(FILE *out);

#endif /* PLAN_TABLE_H */
