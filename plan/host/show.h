/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_SHOW_H
#define PLAN_SHOW_H

#include <stdio.h>

#include "options.h"
#include "report.h"
#include "source.h"

/* A plan as a line of JSON, and what it was made from. */
struct plan_json {
	struct plan_input input;
	char *text;
	size_t bytes;
};

/*
 * Reads a plan from a file. The plan is the line that begins as one, so that the log of a board's
 * console will do. Ends the process with a sentence when there is none.
 */
void plan_read(struct plan_json *json, const char *file);

/* All of a file, and a 0 behind it. Ends the process with a sentence when it cannot be read. */
char *plan_read_file(const char *name, size_t *bytes);

/* Makes the report of a plan. Ends the process with a sentence when the text is no plan. */
struct report *plan_report(const struct plan_json *json);

/* Shows the plan on standard output, in that format. */
void plan_show(const struct plan_json *json, enum plan_format format);

/* Prints the page with the drawing. */
void html_print(const struct plan_json *json, const struct report *r, FILE *out);

/* Prints a table of the differences between two plans; says so and returns false when there are
 * none. */
bool diff_print(const struct plan_json *a, const struct plan_json *b, FILE *out);

#endif /* PLAN_SHOW_H */
