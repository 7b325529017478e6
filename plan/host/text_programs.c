/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of programs, and whether they fit. */
#include <string.h>

#include "table.h"
#include "text.h"

#define KIB(bytes)	thousands((bytes) / 1024)

static uint64_t number(const struct value *v, const char *key)
{
	uint64_t n = 0;

	value_number(value_get(v, key), &n);
	return n;
}

static bool is_true(const struct value *v, const char *key)
{
	const struct value *it = value_get(v, key);

	return it && it->type == VALUE_BOOL && it->number;
}

static const char *name_of(const struct value *v, const char *key)
{
	return source_printable(value_text(value_get(v, key), ""));
}

static void print_row(struct table *t, const struct value *p)
{
	uint64_t guarantee = number(p, "guarantee");

	table_cell(t, "%s", name_of(p, "name"));
	table_cell(t, "%s", KIB(number(p, "text")));
	table_cell(t, "%s", KIB(number(p, "data")));
	table_cell(t, "%s", is_true(p, "heap_limited") ? KIB(number(p, "heap")) : "-");
	table_cell(t, "%s", KIB(number(p, "stack")));
	table_cell(t, "%s", KIB(number(p, "tables")));
	table_cell(t, "%s", KIB(number(p, "own")));
	table_cell(t, "%s", KIB(number(p, "kernel")));
	table_cell(t, "%s", guarantee ? KIB(guarantee) : number(p, "limit") ? "limit" : "-");
	table_cell(t, "%s", !guarantee ? "best effort" : is_true(p, "enough") ? "" : "too small");
}

static void print_table(const struct value *each, FILE *out)
{
	static const char *const keys[] = { "text", "data", "heap", "stack", "tables", "own",
					    "kernel", "guarantee" };
	struct table t;
	const struct value *p;

	table_begin(&t, "lrrrrrrrrl",
		    "program|text|data|heap|stack|tables|own|kernel|guarantee|");
	value_for_each(p, each)
		print_row(&t, p);
	table_rule(&t);
	table_cell(&t, "sum");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint64_t sum = 0;

		value_for_each(p, each)
			sum += number(p, keys[i]);
		table_cell(&t, "%s", KIB(sum));
	}
	table_end(&t, out);
}

static void print_cuts(const struct value *programs, FILE *out)
{
	const char *between = "the cheapest cuts are: ";
	uint64_t saved = 0, lacks = number(programs, "short");
	const struct value *c;

	value_for_each(c, value_get(programs, "cuts")) {
		uint64_t saves = number(c, "saved");

		if (strcmp(value_text(value_get(c, "setting"), ""), "stack") == 0)
			fprintf(out, "%sa stack= for %s, of which %s are held", between,
				name_of(c, "program"), human(saves));
		else
			fprintf(out, "%sguarantee=%lluK of %s, %s less", between,
				ULL(number(c, "to")) / 1024, name_of(c, "program"), human(saves));
		between = "; ";
		saved += saves;
	}
	if (*between != ';')
		fputs("give guarantees that are smaller, or add RAM", out);
	else if (saved < lacks)
		fprintf(out, "; %s are missing beyond these: give guarantees that are smaller, or "
			"add RAM", human(lacks - saved));
	fputc('\n', out);
}

void text_print_programs(const struct report *r, FILE *out)
{
	const struct value *programs = value_get(r->plan, "programs"), *p;
	uint64_t lacks;

	if (!programs)
		return;
	lacks = number(programs, "short");
	text_heading(out, "Programs", "KiB at most, one process each");
	print_table(value_get(programs, "each"), out);
	fprintf(out, "  files %s + kernel's part %s + guarantees %s, of %s that boot leaves\n",
		human(number(programs, "files")), human(number(programs, "kernel_part")),
		human(number(programs, "guaranteed")), human(number(programs, "left")));
	if (is_true(programs, "fits"))
		fprintf(out, "  fits, %s spare\n", human(number(programs, "spare")));
	value_for_each(p, value_get(programs, "each"))
		if (!is_true(p, "enough"))
			fprintf(out, "  does not fit: %s has guarantee=%lluK and needs "
				"guarantee=%lluK at least\n", name_of(p, "name"),
				ULL(number(p, "guarantee")) / 1024, ULL(number(p, "own")) / 1024);
	if (!lacks)
		return;
	fprintf(out, "  short by %s: ", human(lacks));
	print_cuts(programs, out);
}
