/* SPDX-License-Identifier: BSD-2-Clause */
/* The page: what there is, where it lies, what it costs. The tables are in text_zones.c. */
#include "text.h"

#include <string.h>

#include "table.h"

#define ULL(x)	((unsigned long long)(x))

/* Classes that the kernel itself takes; the others were there before it. */
static const enum owner_class kernel_classes[] = {
	OWNER_IMAGE, OWNER_MEMMAP, OWNER_TABLES, OWNER_PERCPU, OWNER_PAGEBLOCKS, OWNER_OTHER,
};
static const enum owner_class other_classes[] = {
	OWNER_FIRMWARE, OWNER_TREE_NODE, OWNER_MEMRESERVE, OWNER_INITRD, OWNER_TREE,
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

void text_heading(FILE *out, const char *heading, const char *note)
{
	struct style style = style_of(out);

	fprintf(out, "\n%s%s%s", style.strong, heading, style.plain);
	if (note && *note)
		fprintf(out, "%s  %s%s", style.faint, note, style.plain);
	fputc('\n', out);
}

static uint64_t kernel_bytes(const struct report *r)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < COUNT(kernel_classes); i++)
		bytes += r->owned_bytes[kernel_classes[i]];
	return bytes;
}

static void print_head(const struct report *r, const struct plan_input *in, FILE *out)
{
	struct style style = style_of(out);
	const char *model = source_model(in, "a board");
	int order = report_largest_order(r);

	fprintf(out, "%sMemory of %s%s\n", style.strong, model, style.plain);
	fprintf(out, "%sas %s with this configuration makes it, after boot, before anything is "
		"allocated%s\n\n", style.faint, in->name, style.plain);
	fprintf(out, "  RAM            %-9s in %zu region%s\n", human(r->ram_bytes), r->nr_memory,
		r->nr_memory == 1 ? "" : "s");
	fprintf(out, "  free           %-9s %s, %s pages\n",
		human(r->managed_pages * REPORT_PAGE_BYTES),
		percent(r->managed_pages * REPORT_PAGE_BYTES, r->ram_bytes),
		thousands(r->managed_pages));
	fprintf(out, "  kernel takes   %-9s %s\n", human(kernel_bytes(r)),
		percent(kernel_bytes(r), r->ram_bytes));
	if (order >= 0)
		fprintf(out, "  largest block  %-9s order %d, %s of them\n",
			human(REPORT_PAGE_BYTES << order), order,
			thousands(report_blocks(r, (size_t)order)));
	fprintf(out, "  longest run    %-9s free in one piece, from 0x%llx on\n",
		human(r->longest_free_bytes), ULL(r->longest_free_base));
	fprintf(out, "  digest         %s\n", r->digest);
}

/* ---- the map ---- */

static const char *reserved_note(const struct report_span *s)
{
	if (!s->ram)
		return ", outside RAM";
	return s->ram->nomap ? ", no-map" : "";
}

/* Frames of the image's init part are free between two parts that stay. */
static bool is_init_part(const struct report *r, size_t i)
{
	const struct report_span *s = &r->spans[i];

	return i && i + 1 < r->nr_spans && s[-1].reserved && s[1].reserved &&
	       s[-1].reserved->class == OWNER_IMAGE && s[1].reserved->class == OWNER_IMAGE;
}

static void print_span(const struct report *r, size_t i, const struct plan_input *in,
		       struct table *t)
{
	const struct report_span *s = &r->spans[i];

	if (s->reserved) {
		table_cell(t, "%s%s", s->reserved->owner, reserved_note(s));
		table_cell(t, "%s", source_of_reserved(in, s->reserved));
	} else if (!s->ram) {
		table_cell(t, "(no RAM)");
		table_cell(t, "%s", "");
	} else if (s->ram->nomap) {
		table_cell(t, "not mapped");
		table_cell(t, "%s", source_of_ram(in, s->base));
	} else if (is_init_part(r, i)) {
		table_cell(t, "free");
		table_cell(t, "kernel image, init part given back");
	} else {
		table_cell(t, "free");
		table_cell(t, "%s", source_of_ram(in, s->base));
	}
}

static int address_digits(const struct report *r)
{
	uint64_t last = r->nr_spans ? r->spans[r->nr_spans - 1].end : 0;
	int digits = 8;

	while (digits < 16 && last >> (4 * digits))
		digits++;
	return digits;
}

void text_print_map(const struct report *r, const struct plan_input *in, FILE *out)
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
		    nodes ? "from|to|size|pages|node|what|source" : "from|to|size|pages|what|source");
	for (size_t i = 0; i < r->nr_spans; i++) {
		const struct report_span *s = &r->spans[i];

		table_cell(&t, "0x%0*llx", digits, ULL(s->base));
		table_cell(&t, "0x%0*llx", digits, ULL(s->end));
		table_cell(&t, "%s", human(s->end - s->base));
		table_cell(&t, "%s", thousands((s->end - s->base + REPORT_PAGE_BYTES - 1) /
					       REPORT_PAGE_BYTES));
		if (nodes && s->ram)
			table_cell(&t, "%llu", ULL(s->ram->nid));
		else if (nodes)
			table_cell(&t, "%s", "");
		print_span(r, i, in, &t);
	}
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

static void cost_rows(const struct report *r, struct table *t, const enum owner_class *classes,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t bytes = r->owned_bytes[classes[i]];
		char what[64];

		if (!bytes)
			continue;
		if (classes[i] == OWNER_MEMMAP)
			snprintf(what, sizeof(what), "memmap, %llu bytes a page",
				 ULL(report_number(r, "overhead", "page_struct_bytes")));
		else
			snprintf(what, sizeof(what), "%s", report_class_name(classes[i]));
		cost_row(t, what, bytes, r->ram_bytes);
	}
}

void text_print_cost(const struct report *r, FILE *out)
{
	uint64_t known = r->managed_pages * REPORT_PAGE_BYTES + r->nomap_bytes;
	struct table t;

	for (size_t i = 0; i < NR_OWNER_CLASSES; i++)
		known += r->owned_bytes[i];
	text_heading(out, "Where RAM goes", "the kernel's own share comes first");
	table_begin(&t, "crrr", "|bytes||of RAM");
	cost_rows(r, &t, kernel_classes, COUNT(kernel_classes));
	table_rule(&t);
	cost_row(&t, "kernel, all of it", kernel_bytes(r), r->ram_bytes);
	cost_rows(r, &t, other_classes, COUNT(other_classes));
	if (r->nomap_bytes)
		cost_row(&t, "not mapped, without a reservation", r->nomap_bytes, r->ram_bytes);
	/* Nothing is lost where the sum is not what it should be: the file is no plan of ours. */
	if (r->ram_bytes > known)
		cost_row(&t, "parts of frames", r->ram_bytes - known, r->ram_bytes);
	cost_row(&t, "free", r->managed_pages * REPORT_PAGE_BYTES, r->ram_bytes);
	cost_row(&t, "RAM", r->ram_bytes, r->ram_bytes);
	table_end(&t, out);
}

void text_print(const struct report *r, const struct plan_input *in, FILE *out)
{
	print_head(r, in, out);
	text_print_conflicts(r, out);
	text_print_map(r, in, out);
	text_print_cost(r, out);
	text_print_zones(r, out);
	text_print_nodes(r, out);
	text_print_free_blocks(r, out);
	text_print_lists(r, out);
	text_print_slab(r, out);
}
