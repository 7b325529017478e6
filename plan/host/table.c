/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "value.h"

#define INDENT		2
#define GAP		2
/* A column that may be cut keeps at least this width. */
#define WIDTH_LEAST	12

void table_begin(struct table *t, const char *align, const char *headings)
{
	*t = (struct table){ .align = align, .nr_columns = strlen(align) };
	for (const char *end = headings; end; headings = end + 1) {
		end = strchr(headings, '|');
		table_cell(t, "%.*s", end ? (int)(end - headings) : (int)strlen(headings),
			   headings);
		if (!end)
			return;
	}
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list args;
	int length;

	if (t->nr_cells == t->room) {
		char **cells;

		t->room = t->room ? 2 * t->room : 64;
		cells = plan_alloc(t->room, sizeof(*cells));
		if (t->cells)
			memcpy(cells, t->cells, t->nr_cells * sizeof(*cells));
		t->cells = cells;
	}
	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	t->cells[t->nr_cells] = plan_alloc((size_t)length + 1, 1);
	va_start(args, fmt);
	vsnprintf(t->cells[t->nr_cells++], (size_t)length + 1, fmt, args);
	va_end(args);
}

void table_rule(struct table *t)
{
	t->rule = t->nr_cells / t->nr_columns;
}

/* Works out the widths of all columns; those that may be cut give up what the page lacks. */
static void measure(const struct table *t, size_t *width)
{
	size_t all = INDENT - GAP;

	for (size_t i = 0; i < t->nr_cells; i++) {
		size_t length = strlen(t->cells[i]), *w = &width[i % t->nr_columns];

		*w = length > *w ? length : *w;
	}
	for (size_t c = 0; c < t->nr_columns; c++)
		all += width[c] + GAP;
	for (size_t c = t->nr_columns; c-- > 0 && all > PAGE_COLUMNS;) {
		size_t over = all - PAGE_COLUMNS;

		if (t->align[c] != 'c' || width[c] <= WIDTH_LEAST)
			continue;
		if (over > width[c] - WIDTH_LEAST)
			over = width[c] - WIDTH_LEAST;
		width[c] -= over;
		all -= over;
	}
}

static void print_rule(const struct table *t, const size_t *width, FILE *out)
{
	size_t all = 0;

	for (size_t c = 0; c < t->nr_columns; c++)
		all += width[c] + (c ? GAP : 0);
	fprintf(out, "%*s", INDENT, "");
	while (all--)
		fputc('-', out);
	fputc('\n', out);
}

static void print_row(const struct table *t, size_t row, const size_t *width, FILE *out)
{
	size_t blanks = INDENT;

	for (size_t c = 0; c < t->nr_columns; c++) {
		size_t i = row * t->nr_columns + c;
		const char *text = i < t->nr_cells ? t->cells[i] : "";
		size_t length = strlen(text), before = 0;

		if (t->align[c] == 'r')
			before = width[c] - length;
		/* Blanks are printed once something follows them, so that no line ends in a
		 * blank. */
		if (length > width[c])
			fprintf(out, "%*s%.*s...", (int)blanks, "", (int)width[c] - 3, text);
		else if (length)
			fprintf(out, "%*s%s", (int)(blanks + before), "", text);
		if (length > width[c])
			blanks = GAP;
		else if (length)
			blanks = width[c] - length - before + GAP;
		else
			blanks += width[c] + GAP;
	}
	fputc('\n', out);
}

void table_end(struct table *t, FILE *out)
{
	size_t width[TABLE_COLUMNS] = { 0 };
	size_t rows = (t->nr_cells + t->nr_columns - 1) / t->nr_columns;
	struct style style = style_of(out);

	measure(t, width);
	for (size_t row = 0; row < rows; row++) {
		if (t->rule && row == t->rule)
			print_rule(t, width, out);
		fputs(row ? "" : style.faint, out);
		print_row(t, row, width, out);
		fputs(row ? "" : style.plain, out);
	}
}

/* ---- words ---- */

static char *next_place(size_t *bytes)
{
	static char places[8][40];
	static unsigned int next;

	*bytes = sizeof(places[0]);
	return places[next++ % 8];
}

/* A half is rounded up, as people and the page's script do; snprintf would round it to even. */
#define HALF_UP		1e-9

/* Three digits, without zeros behind the point. */
static void three_digits(char *text, size_t bytes, double value)
{
	value += HALF_UP;
	snprintf(text, bytes, "%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
	if (strchr(text, '.')) {
		char *end = text + strlen(text);

		while (end[-1] == '0')
			*--end = 0;
		if (end[-1] == '.')
			end[-1] = 0;
	}
}

const char *human(uint64_t number)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t bytes, unit = 0, length;
	char *text = next_place(&bytes);
	double value = (double)number;

	while (value >= 1024) {
		value /= 1024;
		unit++;
	}
	three_digits(text, bytes, value);
	length = strlen(text);
	snprintf(text + length, bytes - length, " %s", units[unit]);
	return text;
}

const char *thousands(uint64_t number)
{
	size_t bytes;
	char *text = next_place(&bytes), *to = text + bytes - 1;

	*to = 0;
	for (int digits = 0; !digits || number; digits++, number /= 10) {
		if (digits && digits % 3 == 0)
			*--to = ',';
		*--to = (char)('0' + number % 10);
	}
	return to;
}

const char *percent(uint64_t part, uint64_t whole)
{
	double value = whole ? 100.0 * (double)part / (double)whole + HALF_UP : 0;
	size_t bytes;
	char *text = next_place(&bytes);

	if (!part)
		snprintf(text, bytes, "0 %%");
	else if (value < 0.0005)
		snprintf(text, bytes, "<0.001 %%");
	else
		snprintf(text, bytes, "%.*f %%", value < 1 ? 3 : value < 10 ? 2 : 1, value);
	return text;
}

struct style style_of(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	int fd = fileno(out);	/* a stream in memory has no descriptor */
	bool terminal = fd >= 0 && isatty(fd);

	return terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0) ?
		(struct style){ "\033[1m", "\033[2m", "\033[0m" } : (struct style){ "", "", "" };
}
