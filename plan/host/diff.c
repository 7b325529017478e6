/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares two plans. Each becomes a list of facts with names, and facts of the same name are
 * compared. A zone, class or reservation that only one side has is a difference like any other.
 */
#include <string.h>

#include <kernel/types.h>

#include "facts.h"
#include "show.h"
#include "table.h"

struct difference {
	const struct fact *a, *b;	/* NULL: the side has no such fact */
};

static bool same_fact(const struct fact *a, const struct fact *b)
{
	return a->kind == b->kind && (a->kind == FACT_TEXT ? strcmp(a->text, b->text) == 0 :
				      a->number == b->number);
}

static const struct fact *find_fact(const struct facts *facts, const struct fact *like)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *f = &facts->fact[i];

		if (f->group == like->group && strcmp(f->name, like->name) == 0)
			return f;
	}
	return NULL;
}

/* Finds both sides of a sum, also the parts that are equal: the sum must add up. */
static size_t find_sum(const struct facts *a, const struct facts *b, struct difference *to)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->fact[i].group == FACTS_SUM)
			to[count++] = (struct difference){ &a->fact[i], find_fact(b, &a->fact[i]) };
	return count;
}

/* Finds differences in the order of a, group by group; facts that only b has follow at the end of a
 * group. */
static size_t find_differences(const struct facts *a, const struct facts *b,
			       struct difference *to)
{
	size_t count = 0;

	for (int group = FACTS_SUM + 1; group < NR_FACT_GROUPS; group++) {
		for (size_t i = 0; i < a->count; i++) {
			const struct fact *f = &a->fact[i], *other;

			if (f->group != group)
				continue;
			other = find_fact(b, f);
			if (!other || !same_fact(f, other))
				to[count++] = (struct difference){ f, other };
		}
		for (size_t i = 0; i < b->count; i++) {
			const struct fact *f = &b->fact[i];

			if (f->group == group && !find_fact(a, f))
				to[count++] = (struct difference){ NULL, f };
		}
	}
	return count;
}

/* exact: prints the whole number, because three digits would not show the difference. */
static const char *fact_words(const struct fact *f, bool exact)
{
	static char hex[2][24];
	static unsigned int next;

	if (!f)
		return "-";
	switch (f->kind) {
	case FACT_BYTES:
		return exact ? thousands(f->number) : human(f->number);
	case FACT_NUMBER:
		return thousands(f->number);
	case FACT_ADDRESS:
		next ^= 1;
		snprintf(hex[next], sizeof(hex[next]), "0x%llx", ULL(f->number));
		return hex[next];
	default:
		return f->text;
	}
}

static void change_cells(const struct difference *d, struct table *t)
{
	bool bytes = d->a && d->b && d->a->kind == FACT_BYTES;
	uint64_t a, b, by;

	if (!d->a || !d->b) {
		table_cell(t, d->a ? "gone" : "new");
		table_cell(t, "%s", "");
		return;
	}
	if (d->a->kind == FACT_TEXT || d->a->kind != d->b->kind) {
		table_cell(t, "%s", "");
		table_cell(t, "%s", "");
		return;
	}
	a = d->a->number;
	b = d->b->number;
	if (a == b) {
		table_cell(t, "=");
		table_cell(t, "%s", "");
		return;
	}
	by = b > a ? b - a : a - b;
	if (d->a->kind == FACT_ADDRESS)
		table_cell(t, "%c0x%llx", b > a ? '+' : '-', ULL(by));
	else
		table_cell(t, "%c%s", b > a ? '+' : '-', bytes ? human(by) : thousands(by));
	if (a && d->a->kind != FACT_ADDRESS)
		table_cell(t, "%c%s", b > a ? '+' : '-', percent(by, a));
	else
		table_cell(t, "%s", "");
}

/* Words are aligned at the left, numbers at the right. */
static bool has_words(const struct difference *d, size_t count)
{
	for (; count--; d++)
		if ((d->a ? d->a : d->b)->kind == FACT_TEXT)
			return true;
	return false;
}

static void print_group(const struct difference *d, size_t count, FILE *out)
{
	struct style style = style_of(out);
	struct table t;

	fprintf(out, "\n%s%s%s\n", style.strong, fact_group_name((d->a ? d->a : d->b)->group),
		style.plain);
	table_begin(&t, has_words(d, count) ? "cccrr" : "crrrr", "|A|B|change|");
	for (; count--; d++) {
		bool exact = d->a && d->b && d->a->kind == FACT_BYTES &&
			d->b->kind == FACT_BYTES &&
			d->a->number != d->b->number &&
			strcmp(human(d->a->number), human(d->b->number)) == 0;

		table_cell(&t, "%s", (d->a ? d->a : d->b)->name);
		table_cell(&t, "%s", fact_words(d->a, exact));
		table_cell(&t, "%s", fact_words(d->b, exact));
		change_cells(d, &t);
	}
	table_end(&t, out);
}

bool diff_print(const struct plan_json *a, const struct plan_json *b, FILE *out)
{
	struct facts fa = { 0 }, fb = { 0 };
	struct difference *d, sum[FACTS_SUM_MOST];
	size_t count, first = 0;

	facts_make(&fa, plan_report(a));
	facts_make(&fb, plan_report(b));
	d = plan_alloc(fa.count + fb.count + 1, sizeof(*d));
	count = find_differences(&fa, &fb, d);
	if (!count) {
		fprintf(out, "The plans are equal: %s and %s\n", a->input.name, b->input.name);
		return false;
	}
	fprintf(out, "A  %s\nB  %s\n", a->input.name, b->input.name);
	print_group(sum, find_sum(&fa, &fb, sum), out);
	while (first < count) {
		int group = (d[first].a ? d[first].a : d[first].b)->group;
		size_t behind = first;

		while (behind < count && (d[behind].a ? d[behind].a : d[behind].b)->group == group)
			behind++;
		print_group(d + first, behind - first, out);
		first = behind;
	}
	return true;
}
