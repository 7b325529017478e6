/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's tables of zones, blocks, lists and classes. */
#include <stdlib.h>
#include <string.h>

#include <mm/config.h>

#include <kernel/types.h>

#include "table.h"
#include "text.h"

/* The most zones that stand side by side in the table of blocks. */
#define ZONES_ABREAST	6

static bool has_nodes(const struct report *r)
{
	return report_number(r, "config", "NUMA");
}

static void zone_name(const struct report *r, const struct report_zone *z, struct table *t)
{
	if (has_nodes(r))
		table_cell(t, "%llu %s", ULL(z->nid), z->name);
	else
		table_cell(t, "%s", z->name);
}

static void protection_cell(const struct value *protection, struct table *t)
{
	char text[96] = "";
	const struct value *item;
	size_t length = 0;

	value_for_each(item, protection)
		if (length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%llu",
						   length ? " " : "", ULL(item->number));
	table_cell(t, "%s", text);
}

void text_print_zones(const struct report *r, FILE *out)
{
	struct table t;

	text_heading(out, "Zones", "in pages; protection: what is kept from requests for each zone, "
		     "lowest first");
	table_begin(&t, "clrrrrrrr", has_nodes(r) ?
		    "node, zone|from|size|spanned|managed|min|low|high|protection" :
		    "zone|from|size|spanned|managed|min|low|high|protection");
	for (size_t i = 0; i < r->nr_zones; i++) {
		const struct report_zone *z = &r->zones[i];

		zone_name(r, z, &t);
		table_cell(&t, "0x%llx", ULL(z->start_pfn << REPORT_PAGE_SHIFT));
		table_cell(&t, "%s", human(z->present * REPORT_PAGE_BYTES));
		table_cell(&t, "%s", thousands(z->spanned));
		table_cell(&t, "%s", thousands(z->managed));
		table_cell(&t, "%s", thousands(z->min));
		table_cell(&t, "%s", thousands(z->low));
		table_cell(&t, "%s", thousands(z->high));
		protection_cell(z->protection, &t);
	}
	table_end(&t, out);
}

/* ---- free blocks ---- */

static void block_rows(const struct report *r, const struct report_zone *z, size_t count,
		       struct table *t)
{
	for (size_t order = r->nr_orders; order-- > 0;) {
		uint64_t blocks = 0;

		table_cell(t, "%zu", order);
		table_cell(t, "%s", human(REPORT_PAGE_BYTES << order));
		for (size_t i = 0; i < count; i++) {
			table_cell(t, "%s", thousands(z[i].nr_free[order]));
			blocks += z[i].nr_free[order];
		}
		table_cell(t, "%s", human(blocks * REPORT_PAGE_BYTES << order));
	}
}

static void largest_row(const struct report *r, const struct report_zone *z, size_t count,
			struct table *t)
{
	uint64_t pages = 0;

	table_cell(t, "%s", "");
	table_cell(t, "largest");
	for (size_t i = 0; i < count; i++) {
		int order = report_zone_largest_order(&z[i], r->nr_orders);

		table_cell(t, "%s", order < 0 ? "none" : human(REPORT_PAGE_BYTES << order));
		pages += z[i].managed;
	}
	table_cell(t, "%s", human(pages * REPORT_PAGE_BYTES));
}

void text_print_free_blocks(const struct report *r, FILE *out)
{
	text_heading(out, "Free blocks", "how many of each order");
	for (size_t first = 0; first < r->nr_zones; first += ZONES_ABREAST) {
		size_t count = r->nr_zones - first < ZONES_ABREAST ? r->nr_zones - first :
			ZONES_ABREAST;
		char align[ZONES_ABREAST + 4] = "rr";
		struct table t;

		memset(align + 2, 'r', count + 1);
		align[count + 3] = 0;
		table_begin(&t, align, "order|block");
		for (size_t i = 0; i < count; i++)
			zone_name(r, &r->zones[first + i], &t);
		table_cell(&t, "together");
		block_rows(r, &r->zones[first], count, &t);
		table_rule(&t);
		largest_row(r, &r->zones[first], count, &t);
		table_end(&t, out);
	}
}

/* ---- nodes, lists, classes ---- */

/* Writes runs of sections that all have RAM: "16-19, 32-35". */
static void sections_text(const struct value *sections, char *text, size_t bytes)
{
	uint64_t first = 0, last = 0, nr;
	const struct value *item;
	size_t length = 0;
	bool any = false;

	*text = 0;
	value_for_each(item, sections) {
		if (!value_number(value_get(item, "nr"), &nr))
			continue;
		if (any && nr == last + 1) {
			last = nr;
			continue;
		}
		if (any && length < bytes)
			length += (size_t)snprintf(text + length, bytes - length, "%llu-%llu, ",
						   ULL(first), ULL(last));
		first = last = nr;
		any = true;
	}
	if (any && length < bytes)
		snprintf(text + length, bytes - length, "%llu-%llu", ULL(first), ULL(last));
}

static void print_sections(const struct report *r, FILE *out)
{
	const struct value *sections = value_get(r->plan, "sections");
	char text[60];

	if (!sections || !sections->count)
		return;
	sections_text(sections, text, sizeof(text));
	fprintf(out, "  sections of %s with RAM: %zu, numbers %s%s\n",
		human(1ull << report_number(r, "config", "SECTION_SIZE_BITS")), sections->count,
		text, strlen(text) == sizeof(text) - 1 ? "..." : "");
}

void text_print_nodes(const struct report *r, FILE *out)
{
	const struct value *node, *entry;
	struct table t;

	text_heading(out, "Sections and nodes", "zones in the order in which a request tries them");
	print_sections(r, out);
	table_begin(&t, "lrc", "node|RAM|zones");
	value_for_each(node, value_get(r->plan, "nodes")) {
		uint64_t nid = 0, present = 0, of;
		char text[160] = "";
		size_t length = 0;

		value_number(value_get(node, "nid"), &nid);
		value_number(value_get(node, "present"), &present);
		value_for_each(entry, value_get(node, "zonelist")) {
			const char *name = value_text(value_get(entry, "zone"), "?");

			if (!value_number(value_get(entry, "nid"), &of) || length >= sizeof(text))
				continue;
			length += (size_t)snprintf(text + length, sizeof(text) - length,
						   has_nodes(r) ? "%s%s of %llu" : "%s%s",
						   length ? ", " : "", name, ULL(of));
		}
		table_cell(&t, "%llu", ULL(nid));
		table_cell(&t, "%s", human(present * REPORT_PAGE_BYTES));
		table_cell(&t, "%s", text);
	}
	table_end(&t, out);
}

static uint64_t managed_pages_of(const struct report *r, const struct value *list)
{
	const char *name = value_text(value_get(list, "zone"), "?");
	uint64_t nid = 0;

	value_number(value_get(list, "nid"), &nid);
	for (size_t i = 0; i < r->nr_zones; i++)
		if (r->zones[i].nid == nid && strcmp(r->zones[i].name, name) == 0)
			return r->zones[i].managed;
	return 0;
}

/* mm/page/watermark.c decides by the number of CPUs, which a plan does not have: so this text gives
 * it. */
void report_pageblocks_text(const struct report *r, const struct value *list, char *text,
			    size_t bytes)
{
	uint64_t block_pages = 1ull << (report_number(r, "config", "PAGEBLOCK_ORDER") & 31);
	uint64_t cpus = managed_pages_of(r, list) / PCP_PAGEBLOCK_SHARE /
			(report_types(r) * block_pages);

	if (!cpus || !report_has_pageblock_lists(r)) {
		snprintf(text, bytes, "none");
		return;
	}
	snprintf(text, bytes, "%u of %s", report_types(r),
		 human(block_pages * REPORT_PAGE_BYTES));
	if (cpus < report_number(r, "config", "NR_CPUS"))
		snprintf(text + strlen(text), bytes - strlen(text), ", with up to %llu CPU%s",
			 ULL(cpus), cpus == 1 ? "" : "s");
}

void text_print_lists(const struct report *r, FILE *out)
{
	const struct value *item;
	uint64_t nid, high, batch, cpus = report_number(r, "config", "NR_CPUS");
	char note[96], pageblocks[64];
	struct table t;

	snprintf(note, sizeof(note), cpus == 1 ? "pages that the CPU may hold, moved a batch at a time" :
		 "pages that each of at most %llu CPUs may hold, moved a batch at a time", ULL(cpus));
	text_heading(out, "Per-CPU page lists", note);
	table_begin(&t, "crrrl", has_nodes(r) ? "node, zone|high||batch|pageblocks beside them" :
		    "zone|high||batch|pageblocks beside them");
	value_for_each(item, value_get(r->plan, "pcp")) {
		nid = high = batch = 0;
		value_number(value_get(item, "nid"), &nid);
		value_number(value_get(item, "high"), &high);
		value_number(value_get(item, "batch"), &batch);
		zone_name(r, &(struct report_zone){ .nid = nid, .name =
			  value_text(value_get(item, "zone"), "?") }, &t);
		table_cell(&t, "%s", thousands(high));
		table_cell(&t, "%s", human(high * REPORT_PAGE_BYTES));
		table_cell(&t, "%s", thousands(batch));
		report_pageblocks_text(r, item, pageblocks, sizeof(pageblocks));
		table_cell(&t, "%s", pageblocks);
	}
	table_end(&t, out);
}

void text_print_slab(const struct report *r, FILE *out)
{
	const struct value *item;
	struct table t;

	text_heading(out, "Slab classes", "kmalloc's sizes; larger requests are whole pages");
	table_begin(&t, "crrrr", "class|object|slab|objects|left over");
	value_for_each(item, value_get(r->plan, "slab")) {
		uint64_t size = 0, order = 0, objects = 0, slab;

		value_number(value_get(item, "size"), &size);
		value_number(value_get(item, "order"), &order);
		value_number(value_get(item, "objects"), &objects);
		slab = REPORT_PAGE_BYTES << (order & 31);
		table_cell(&t, "%s", value_text(value_get(item, "name"), "?"));
		table_cell(&t, "%s", thousands(size));
		table_cell(&t, "%s", human(slab));
		table_cell(&t, "%s", thousands(objects));
		table_cell(&t, "%s", percent(slab - size * objects, slab));
	}
	table_end(&t, out);
}

void text_print_conflicts(const struct report *r, FILE *out)
{
	const struct value *conflicts = value_get(r->plan, "conflicts"), *item;
	char note[64];

	if (!conflicts || !conflicts->count)
		return;
	snprintf(note, sizeof(note), "%zu, and what boot does about each", conflicts->count);
	text_heading(out, "Conflicts", note);
	value_for_each(item, conflicts) {
		fprintf(out, "  %-17s %s\n", value_text(value_get(item, "kind"), "?"),
			value_text(value_get(item, "a"), "?"));
		fprintf(out, "  %-17s %s\n", "", value_text(value_get(item, "b"), "?"));
		fprintf(out, "  %-17s %s%s\n", "", "-> ",
			value_text(value_get(item, "resolution"), "?"));
	}
}
