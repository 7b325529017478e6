/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report.h"
#include "source.h"
#include "table.h"

/* An option as the Kconfig files and .config have it; scripts/kconfig/ makes the rows. */
struct option_row {
	const char *name, *prompt, *value;
	const char *meaning, *cost, *change, *tied;	/* its help, or empty */
	const char *others;		/* other options of its choice; empty if it is in none */
	uint64_t low, high;		/* of a number; both 0 without a range */
	bool is_bool;
};

/* The row of an option that the user names, with CONFIG_ or without. Ends the process if there is
 * none. */
const struct option_row *explain_option(const char *name);

/* Prints what the option is, what it decides in this plan, and what other values would. */
void explain_print(const struct option_row *option, const struct report *r,
		   const struct plan_input *in, FILE *out);

/* What the program can compute about an option. */
struct explained {
	const char *name;
	/* Prints a sentence or more about this plan, indented; NULL: there is nothing to say. */
	void (*here)(const struct report *r, FILE *out);
	/* Headings of a table of values, and a function for the cells of one value; NULL: no
	 * table. */
	const char *headings, *align;
	void (*row)(const struct report *r, uint64_t value, struct table *t);
	bool is_exponent;		/* the next value is one more, not twice as much */
};

/* NULL where nothing can be computed. */
const struct explained *explain_numbers(const char *name);

#endif /* PLAN_EXPLAIN_H */
