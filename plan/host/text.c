/* SPDX-License-Identifier: BSD-2-Clause */
/* The page of text: what there is, where it lies, what it costs. text_zones.c has the tables of
 * zones. */
#include "text.h"

#include "table.h"
#include "why.h"

void text_heading(FILE *out, const char *heading, const char *note)
{
	struct style style = style_of(out);

	fprintf(out, "\n%s%s%s", style.strong, heading, style.plain);
	if (note && *note)
		fprintf(out, "%s  %s%s", style.faint, note, style.plain);
	fputc('\n', out);
}

void text_letters(FILE *out, const struct bound_letter *letters, int nr)
{
	for (int i = 0; i < nr; i++)
		fprintf(out, "  %c = %-5llu %s\n", letters[i].letter, ULL(letters[i].value),
			letters[i].what);
}

/* The number of runs of RAM that have nothing else in between. */
static size_t ram_pieces(const struct report *r)
{
	size_t pieces = 0;

	for (size_t i = 0; i < r->nr_spans; i++) {
		const struct report_span *s = &r->spans[i];

		if (s->ram && (!i || !s[-1].ram || s[-1].end != s->base))
			pieces++;
	}
	return pieces;
}

/* Prints each number with its reason below it. */
static void print_largest(const struct report *r, FILE *out)
{
	struct style style = style_of(out);
	int order = report_largest_order(r);
	char why[WHY_BYTES];

	if (order < 0)
		return;
	why_largest(r, why);
	fprintf(out, "  largest block  %-9s order %d, %s of them\n%27s%s%s%s\n",
		human(REPORT_PAGE_BYTES << order), order,
		thousands(report_blocks(r, (size_t)order)), "", style.faint, why, style.plain);
	why_longest(r, why);
	fprintf(out, "  longest run    %-9s free in one piece, from 0x%llx on\n%27s%s%.70s%s\n",
		human(r->longest_free_bytes), ULL(r->longest_free_base), "", style.faint, why,
		style.plain);
}

static void print_head(const struct report *r, const struct plan_input *in, FILE *out)
{
	struct style style = style_of(out);
	const char *model = source_model(in, NULL);
	size_t pieces = ram_pieces(r);

	fprintf(out, "%s%s%s%s\n", style.strong, model ? "Memory of " : "Memory plan",
		model ? model : "", style.plain);
	fprintf(out, "%sfrom %s; as it is when boot is done and nothing is allocated%s\n\n",
		style.faint, in->name, style.plain);
	fprintf(out, "  RAM            %-9s in %zu piece%s\n", human(r->ram_bytes), pieces,
		pieces == 1 ? "" : "s");
	fprintf(out, "  free           %-9s %s, %s pages\n",
		human(r->managed_pages * REPORT_PAGE_BYTES),
		percent(r->managed_pages * REPORT_PAGE_BYTES, r->ram_bytes),
		thousands(r->managed_pages));
	fprintf(out, "  kernel takes   %-9s %s\n", human(r->kernel_bytes),
		percent(r->kernel_bytes, r->ram_bytes));
	print_largest(r, out);
	fprintf(out, "  digest         %s\n", r->digest);
}

/* ---- the map ---- */

static void print_span(const struct report *r, size_t i, int digits, struct table *t)
{
	const struct report_span *s = &r->spans[i];
	uint64_t base, end;

	if (!report_whole_frames(s, &base, &end))
		return;
	table_cell(t, "0x%0*llx", digits, ULL(base));
	table_cell(t, "0x%0*llx", digits, ULL(end));
	table_cell(t, "%s", human(end - base));
	table_cell(t, "%s", thousands((end - base + REPORT_PAGE_BYTES - 1) / REPORT_PAGE_BYTES));
	if (report_number(r, "config", "NUMA") && s->ram)
		table_cell(t, "%llu", ULL(s->ram->nid));
	else if (report_number(r, "config", "NUMA"))
		table_cell(t, "%s", "");
	table_cell(t, "%s", source_owner_words(r, i));
	table_cell(t, "%s", source_of_span(r, i));
}

static int address_digits(const struct report *r)
{
	uint64_t last = r->nr_spans ? r->spans[r->nr_spans - 1].end : 0;
	int digits = 8;

	while (digits < 16 && last >> (4 * digits))
		digits++;
	return digits;
}

void text_print_map(const struct report *r, FILE *out)
{
	bool nodes = report_number(r, "config", "NUMA");
	int digits = address_digits(r);
	char note[96];
	struct table t;

	snprintf(note, sizeof(note), "memblock: %zu of %llu regions of memory, %zu of %llu reserved",
		 r->nr_memory, ULL(report_number(r, "config", "MEMBLOCK_REGIONS")), r->nr_reserved,
		 ULL(report_number(r, "config", "MEMBLOCK_REGIONS")));
	text_heading(out, "Physical memory", note);
	table_begin(&t, nodes ? "llrrrcc" : "llrrcc",
		    nodes ? "from|to|size|pages|node|what|source"
			  : "from|to|size|pages|what|source");
	for (size_t i = 0; i < r->nr_spans; i++)
		print_span(r, i, digits, &t);
	table_end(&t, out);
}

/* ---- the cost ---- */

static void cost_row(struct table *t, const char *what, uint64_t bytes, uint64_t ram_bytes)
{
	table_cell(t, "%s", what);
	table_cell(t, "%s", thousands(bytes));
	table_cell(t, "%s", human(bytes));
	table_cell(t, "%s", percent(bytes, ram_bytes));
}

/* Prints a row for each class that has bytes, of the kernel's own classes or of the others. */
static void class_rows(const struct report *r, struct table *t, bool kernel)
{
	for (int c = 0; c < NR_OWNER_CLASSES; c++) {
		enum owner_class class = (enum owner_class)c;
		char what[64];

		if (!r->owned_bytes[c] || report_class_is_kernel(class) != kernel)
			continue;
		snprintf(what, sizeof(what), "%s", report_class_name(class));
		if (class == OWNER_MEMMAP)
			snprintf(what, sizeof(what), "memmap, %llu bytes a page",
				 ULL(report_number(r, "overhead", "page_struct_bytes")));
		cost_row(t, what, r->owned_bytes[c], r->ram_bytes);
	}
}

void text_print_cost(const struct report *r, FILE *out)
{
	struct table t;

	text_heading(out, "Where RAM goes", "the kernel's own share comes first");
	table_begin(&t, "crrr", "|bytes||of RAM");
	class_rows(r, &t, true);
	table_rule(&t);
	cost_row(&t, "kernel, all of it", r->kernel_bytes, r->ram_bytes);
	class_rows(r, &t, false);
	if (r->nomap_bytes)
		cost_row(&t, "not mapped, without a reservation", r->nomap_bytes, r->ram_bytes);
	if (r->odd_bytes)
		cost_row(&t, "parts of frames", r->odd_bytes, r->ram_bytes);
	cost_row(&t, "free", r->managed_pages * REPORT_PAGE_BYTES, r->ram_bytes);
	cost_row(&t, "RAM", r->ram_bytes, r->ram_bytes);
	table_end(&t, out);
}

void text_print(const struct report *r, const struct plan_input *in, FILE *out)
{
	print_head(r, in, out);
	text_print_conflicts(r, out);
	text_print_map(r, out);
	text_print_cost(r, out);
	text_print_zones(r, out);
	text_print_nodes(r, out);
	text_print_free_blocks(r, out);
	text_print_lists(r, out);
	text_print_slab(r, out);
	text_print_image_rows(r, out);
	text_print_bounds(r, out);
	text_print_thread_bounds(r, out);
	text_print_program_bounds(r, out);
	text_print_programs(r, out);
}
