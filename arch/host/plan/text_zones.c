/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's tables of zones, blocks, lists and classes. */
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "text.h"

#define ULL(x)		((unsigned long long)(x))

/* Zones that stand side by side in the table of blocks. */
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

	text_heading(out, "Zones", "in pages; a request falls back from the right to the left while "
		     "a zone has more than min + protection");
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
