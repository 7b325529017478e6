/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of bounds: what each path of the allocator costs at most (mm/bounds.h). */
#include <mm/config.h>

#include "text.h"
#include "table.h"

static unsigned int max_of(const struct report *r, const char *array, const char *key)
{
	const struct value *item;
	uint64_t most = 0, number;

	value_for_each(item, value_get(r->plan, array))
		if (value_number(value_get(item, key), &number) && number > most)
			most = number;
	return (unsigned int)most;
}

unsigned int report_types(const struct report *r)
{
	return report_number(r, "config", "PAGE_MOBILITY") ? 3 : 1;
}

/* The orders that have lists whatever a pageblock's order is, as in mm/config.h. */
static unsigned int small_orders(const struct report *r)
{
	uint64_t orders = report_number(r, "config", "MAX_ORDER") + 1;

	return orders < PCP_SMALL_ORDERS_MOST ? (unsigned int)orders : PCP_SMALL_ORDERS_MOST;
}

bool report_has_pageblock_lists(const struct report *r)
{
	return report_number(r, "config", "PAGEBLOCK_ORDER") >= small_orders(r);
}

void report_bounds_of(const struct report *r, struct mm_bounds_of *of)
{
	const struct value *node;

	*of = (struct mm_bounds_of){
		.max_order = (unsigned int)report_number(r, "config", "MAX_ORDER"),
		.types = report_types(r),
		.pcp_orders = small_orders(r) + report_has_pageblock_lists(r),
		.batch = max_of(r, "pcp", "batch"),
		.high = max_of(r, "pcp", "high"),
		.magazine = (unsigned int)report_number(r, "config", "SLAB_MAGAZINE"),
		.slab_max_order = (unsigned int)report_number(r, "config", "SLAB_MAX_ORDER"),
		.section_table = report_number(r, "config", "SPARSEMEM"),
		.shuffled = report_number(r, "config", "SLAB_FREELIST_RANDOM"),
		.caches = (unsigned int)report_number(r, "config", "SLAB_CACHES"),
		.reclaim = report_number(r, "config", "RECLAIM"),
		.areas = (unsigned int)report_number(r, "config", "VMALLOC_AREAS"),
		.block_order = (unsigned int)report_number(r, "config", "PAGEBLOCK_ORDER"),
		.moves = report_number(r, "config", "MIGRATION") &&
			 report_number(r, "config", "VMALLOC_AREAS"),
		.contig = report_number(r, "config", "CMA"),
		.compacts = report_number(r, "config", "COMPACTION"),
		.node_threads = (unsigned int)report_number(r, "config", "RECLAIM_THREAD") +
				(unsigned int)report_number(r, "config", "COMPACTION_THREAD"),
		.accounts = report_number(r, "config", "MEM_ACCOUNTS"),
		.wait_ms = (unsigned int)report_number(r, "config", "RECLAIM_WAIT_MS"),
		.stack_pages = (unsigned int)report_number(r, "config", "STACK_PAGES"),
		.dma = report_number(r, "config", "DMA"),
		.bounce_slots = (unsigned int)report_number(r, "config", "DMA_BOUNCE_KB") / 2,
		.hotplug = report_number(r, "config", "MEMORY_HOTPLUG"),
		.section_order = (unsigned int)report_number(r, "config", "SECTION_SIZE_BITS") -
				 PAGE_SHIFT,
		.sections = (unsigned int)value_get(r->plan, "sections")->count,
		.cpus = (unsigned int)report_number(r, "config", "NR_CPUS"),
	};
	value_for_each(node, value_get(r->plan, "nodes")) {
		const struct value *zonelist = value_get(node, "zonelist");

		of->nodes++;
		if (zonelist && zonelist->count > of->zones)
			of->zones = (unsigned int)zonelist->count;
	}
}

void text_print_bounds(const struct report *r, FILE *out)
{
	struct bound_letter letters[NR_MM_LETTERS];
	struct mm_bound bounds[NR_MM_PATHS];
	struct mm_bounds_of of;
	struct table t;

	report_bounds_of(r, &of);
	mm_bounds(&of, bounds);
	mm_bounds_letters(&of, letters);
	text_heading(out, "Bounds", "instructions at most, waiting for another CPU's lock aside");
	table_begin(&t, "lcrrr", "path|its steps|here|instructions|interrupts off");
	for (int i = 0; i < NR_MM_PATHS; i++) {
		if (!bounds[i].steps)
			continue;
		table_cell(&t, "%s", bounds[i].path);
		table_cell(&t, "%s", bounds[i].formula);
		table_cell(&t, "%s", thousands(bounds[i].steps));
		table_cell(&t, "%s", thousands(bounds[i].instructions));
		table_cell(&t, "%s", thousands(bounds[bounds[i].hold].instructions));
	}
	table_end(&t, out);
	text_letters(out, letters, NR_MM_LETTERS);
}
