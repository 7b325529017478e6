/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report.h"
#include "source.h"
#include "table.h"

/* An option, as the Kconfig files and .config have it; made by scripts/kconfig/. */
struct option_row {
	const char *name, *prompt, *value;
	const char *meaning, *cost, *change, *tied;	/* its help; empty where it has none */
	const char *others;		/* of its choice; empty when it is in none */
	uint64_t low, high;		/* of a number; both 0 without a range */
	bool is_bool;
};

/* The row of an option that the user names, CONFIG_ before it or not; ends the process without. */
const struct option_row *explain_option(const char *name);

/* What the option is, what it decides in this plan, and what other values would. */
void explain_print(const struct option_row *option, const struct report *r,
		   const struct plan_input *in, FILE *out);

/* What the program can compute of an option. */
struct explained {
	const char *name;
	/* A sentence or more about this plan, indented; NULL: none. */
	void (*here)(const struct report *r, FILE *out);
	/* Headings of a table of values, and its cells for one of them; NULL: no table. */
	const char *headings, *align;
	void (*row)(const struct report *r, uint64_t value, struct table *t);
	bool is_exponent;		/* its next value is one more, not twice as much */
};

/* NULL: nothing can be computed for it. */
const struct explained *explain_numbers(const char *name);

#endif /* PLAN_EXPLAIN_H */
