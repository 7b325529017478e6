/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain.h"

#include <string.h>
#include <strings.h>

#include <kernel/compiler.h>
#include <kernel/types.h>

#include "options.h"
#include "text.h"

static const struct option_row rows[] = {
#include "option_table.h"
};

#define PREFIX		"CONFIG_"
/* The number of values that are shown on either side of the present one. */
#define STEPS		3

/* The place of part in text, whatever the case of ASCII letters; -1: nowhere. */
static int place_in(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (int at = 0; text[at]; at++)
		if (!strncasecmp(text + at, part, length))
			return at;
	return -1;
}

const struct option_row *explain_option(const char *name)
{
	char like[160] = "";
	size_t length = 0;

	if (!strncasecmp(name, PREFIX, strlen(PREFIX)))
		name += strlen(PREFIX);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcasecmp(rows[i].name, name))
			return &rows[i];
	for (size_t i = 0; i < ARRAY_SIZE(rows) && length < sizeof(like); i++)
		if (*name && place_in(rows[i].name, name) >= 0)
			length += (size_t)snprintf(like + length, sizeof(like) - length, "%s%s",
						   length ? ", " : "; there is ", rows[i].name);
	plan_die(PLAN_USAGE, "--explain %s: no option has that name%s; docs/config.md lists them all",
		 name, like);
}

/* ---- words ---- */

/* Prints a paragraph beside its heading, in lines of the page's width. */
static void print_fact(const char *heading, const char *text, FILE *out)
{
	const size_t indent = 18;
	size_t column = indent;

	if (!*text)
		return;
	fprintf(out, "  %-16s", heading);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > PAGE_COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)word, text);
		column += word;
		text += word + (text[word] == ' ');
	}
	fputc('\n', out);
}

static void print_words(const struct option_row *o, FILE *out)
{
	struct style style = style_of(out);
	char range[64];

	fprintf(out, "%s%s%s=%s%s  %s\n\n", style.strong, PREFIX, o->name, o->value, style.plain,
		o->prompt);
	print_fact("Meaning", o->meaning, out);
	print_fact("Cost", o->cost, out);
	print_fact("When to change", o->change, out);
	print_fact("Tied to", o->tied, out);
	snprintf(range, sizeof(range), "%llu to %llu", ULL(o->low), ULL(o->high));
	if (o->high)
		print_fact("Range", range, out);
	if (*o->others)
		print_fact("Instead of", o->others, out);
}

/* ---- numbers ---- */

static uint64_t number_of(const struct option_row *o)
{
	uint64_t value = 0;

	for (const char *c = o->value; *c >= '0' && *c <= '9'; c++)
		value = value * 10 + (uint64_t)(*c - '0');
	return value;
}

/* Sets *value to the value so many steps away; false if that is out of the option's range. */
static bool beside(const struct option_row *o, bool is_exponent, int steps, uint64_t *value)
{
	uint64_t now = number_of(o);

	if (is_exponent)
		*value = now + (uint64_t)(int64_t)steps;	/* below 0 is beyond any range */
	else
		*value = steps < 0 ? now >> -steps : now << steps;
	return *value >= o->low && *value <= o->high && (!steps || *value != now);
}

static void print_values(const struct option_row *o, const struct explained *e,
			 const struct report *r, FILE *out)
{
	struct table t;
	uint64_t value;

	text_heading(out, "Other values", "computed for this plan, all else as it is; paths in "
		     "instructions at most");
	table_begin(&t, e->align, e->headings);
	for (int steps = -STEPS; steps <= STEPS; steps++) {
		if (!beside(o, e->is_exponent, steps, &value))
			continue;
		table_cell(&t, "%llu", ULL(value));
		e->row(r, value, &t);
		table_cell(&t, steps ? "" : "now");
	}
	table_end(&t, out);
}

/* Proposes to turn a switch, or to move a choice to its neighbour. */
static void print_what_if(const struct option_row *o, FILE *out)
{
	bool is_set = *o->value == 'y';
	int length = (int)strcspn(o->others, " ");

	fputs("\n'make plan WHATIF=", out);
	if (is_set && length)
		fprintf(out, "%.*s=y", length, o->others);
	else
		fprintf(out, "%s=%s", o->name, !o->is_bool ? "<value>" : is_set ? "n" : "y");
	fputs("' builds the plan anew and shows all that changes.\n", out);
}

void explain_print(const struct option_row *o, const struct report *r,
		   const struct plan_input *in, FILE *out)
{
	const struct explained *e = explain_numbers(o->name);
	print_words(o, out);
	if (e && e->here) {
		text_heading(out, "Here", source_model(in, in->name));
		e->here(r, out);
	}
	if (e && e->row && o->high)
		print_values(o, e, r, out);
	print_what_if(o, out);
}
