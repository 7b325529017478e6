/* SPDX-License-Identifier: BSD-2-Clause */
/* What single options decide in a plan, and what other values of theirs would, in numbers. */
#include <string.h>

#include <mm/config.h>
#include <mm/memblock.h>
#include <mm/memory_model.h>

#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/types.h>

#include "explain.h"
#include "text.h"
#include "why.h"

static uint64_t config(const struct report *r, const char *name)
{
	return report_number(r, "config", name);
}

/* Adds cells with the instructions of some paths, and with the longest time that one has interrupts
 * off. */
static void bound_cells(const struct mm_bounds_of *of, const enum mm_path *paths, size_t count,
			struct table *t)
{
	struct mm_bound bounds[NR_MM_PATHS];

	mm_bounds(of, bounds);
	while (count--)
		table_cell(t, "%s", thousands(bounds[*paths++].instructions));
}

/* ---- orders and blocks ---- */

/* Number of whole blocks of an order, at multiples of their size, in free memory; no block lies in
 * two zones. */
static uint64_t blocks_of(const struct report *r, unsigned int order)
{
	uint64_t bytes = REPORT_PAGE_BYTES << order, count = 0, base, end;

	for (size_t nr = 0; why_next_run(r, &nr, &base, &end);) {
		for (size_t i = 0; i < r->nr_zones; i++) {
			uint64_t start = r->zones[i].start_pfn << REPORT_PAGE_SHIFT;
			uint64_t from = ALIGN_UP(max(base, start), bytes);
			uint64_t to = ALIGN_DOWN(min(end, start + (r->zones[i].spanned <<
								   REPORT_PAGE_SHIFT)), bytes);

			count += from < to ? (to - from) / bytes : 0;
		}
	}
	return count;
}

static void here_max_order(const struct report *r, FILE *out)
{
	char why[WHY_BYTES];

	why_largest(r, why);
	fprintf(out, "  The largest block is %s.\n", why);
}

static void row_max_order(const struct report *r, uint64_t value, struct table *t)
{
	static const enum mm_path paths[] = {
		PATH_ALLOC_LARGE, PATH_FREE_LARGE, PATH_ALLOC_REFILL
	};
	unsigned int order = (unsigned int)value;
	struct mm_bounds_of of;

	while (order && !blocks_of(r, order))
		order--;
	table_cell(t, "%s", human(REPORT_PAGE_BYTES << order));
	table_cell(t, "%s", thousands(blocks_of(r, order)));
	report_bounds_of(r, &of);
	of.max_order = (unsigned int)value;
	bound_cells(&of, paths, ARRAY_SIZE(paths), t);
}

static void row_pageblock(const struct report *r, uint64_t value, struct table *t)
{
	uint64_t block = REPORT_PAGE_BYTES << value;

	table_cell(t, "%s", human(block));
	table_cell(t, "%s", thousands(r->ram_bytes / block));
	table_cell(t, "%s", human(PCP_PAGEBLOCK_SHARE * report_types(r) * block));
}

/* ---- sections and addresses ---- */

static void row_section(const struct report *r, uint64_t value, struct table *t)
{
	uint64_t first = ~0ull, last = 0, present = 0, behind = 0;

	for (size_t i = 0; i < r->nr_memory; i++) {
		uint64_t from = r->memory[i].base >> value, to = (r->memory[i].end - 1) >> value;

		first = min(first, from);
		last = max(last, to);
		/* Banks ascend: what was counted for the bank before is not counted again. */
		present += to + 1 > behind ? to + 1 - max(from, behind) : 0;
		behind = max(behind, to + 1);
	}
	table_cell(t, "%s", human(1ull << value));
	table_cell(t, "%s", thousands(present));
	table_cell(t, "%s", human((last + 1 - first) * sizeof(struct mem_section)));
}

static void row_physmem(const struct report *r, uint64_t value, struct table *t)
{
	uint64_t inside = 0;

	for (size_t i = 0; i < r->nr_memory; i++)
		if (r->memory[i].base >> value == 0)
			inside += min(r->memory[i].end, 1ull << value) - r->memory[i].base;
	table_cell(t, "%s", human(1ull << value));
	table_cell(t, "%s", human(inside));
	table_cell(t, "%s", inside < r->ram_bytes ? human(r->ram_bytes - inside) : "none");
}

static void here_regions(const struct report *r, FILE *out)
{
	fprintf(out, "  At the end of boot %zu regions of memory and %zu reserved ones are in use.\n",
		r->nr_memory, r->nr_reserved);
}

static void row_regions(const struct report *r, uint64_t value, struct table *t)
{
	(void)r;
	table_cell(t, "%s", human(2 * value * sizeof(struct memblock_region)));
}

static void here_zones(const struct report *r, FILE *out)
{
	for (size_t i = 0; i < r->nr_zones; i++)
		fprintf(out, "  Zone %s of node %llu has %s from 0x%llx on.\n", r->zones[i].name,
			ULL(r->zones[i].nid), human(r->zones[i].present * REPORT_PAGE_BYTES),
			ULL(r->zones[i].start_pfn << REPORT_PAGE_SHIFT));
}

static void here_memmap(const struct report *r, FILE *out)
{
	fprintf(out, "  Descriptors of %llu bytes take %s, %s of RAM.\n",
		ULL(report_number(r, "overhead", "page_struct_bytes")),
		human(report_number(r, "overhead", "memmap_bytes")),
		percent(report_number(r, "overhead", "memmap_bytes"), r->ram_bytes));
}

/* ---- per-CPU lists and slabs ---- */

static void here_lists(const struct report *r, FILE *out)
{
	uint64_t cpus = config(r, "NR_CPUS"), high, pages = 0;
	const struct value *list;

	value_for_each(list, value_get(r->plan, "pcp"))
		if (value_number(value_get(list, "high"), &high))
			pages += high;
	fprintf(out, "  Of all zones together a CPU's lists hold at most %s pages, those of %llu CPUs "
		"%s.\n", thousands(pages), ULL(cpus), human(pages * cpus * REPORT_PAGE_BYTES));
}

static void row_batch(const struct report *r, uint64_t value, struct table *t)
{
	static const enum mm_path paths[] = { PATH_ALLOC_REFILL, PATH_FREE_DRAIN };
	struct mm_bounds_of of;

	report_bounds_of(r, &of);
	of.batch = (unsigned int)value;
	bound_cells(&of, paths, ARRAY_SIZE(paths), t);
}

static void row_magazine(const struct report *r, uint64_t value, struct table *t)
{
	static const enum mm_path paths[] = {
		PATH_CACHE_REFILL, PATH_CACHE_FLUSH, PATH_CACHE_DRAIN
	};
	struct mm_bounds_of of;

	report_bounds_of(r, &of);
	of.magazine = (unsigned int)value;
	bound_cells(&of, paths, ARRAY_SIZE(paths), t);
}

static void row_slab_order(const struct report *r, uint64_t value, struct table *t)
{
	static const enum mm_path paths[] = { PATH_CACHE_GROW, PATH_CACHE_SHRINK };
	struct mm_bounds_of of;

	table_cell(t, "%s", human(REPORT_PAGE_BYTES << value));
	report_bounds_of(r, &of);
	of.slab_max_order = (unsigned int)value;
	bound_cells(&of, paths, ARRAY_SIZE(paths), t);
}

static void row_kmalloc(const struct report *r, uint64_t value, struct table *t)
{
	(void)r;
	table_cell(t, "%s", human(1ull << value));
}

/* ---- budgets ---- */

static void here_free(const struct report *r, FILE *out)
{
	fprintf(out, "  %llu MiB are free.\n",
		ULL(r->managed_pages / ((1u << 20) / REPORT_PAGE_BYTES)));
}

/* The most instructions, as the heading of the table says. */
#define BOUND(path)	"|" path

static const struct explained table[] = {
	{ "MAX_ORDER", here_max_order, "value|largest block|of them" BOUND("alloc_pages of it")
	  BOUND("__free_pages of it") BOUND("refill") "|", "rrrrrrl", row_max_order, true },
	{ "PAGEBLOCK_ORDER", here_lists, "value|pageblock|of them in RAM|CPUs keep whole ones in "
	  "zones from|", "rrrrl", row_pageblock, true },
	{ "SECTION_SIZE_BITS", here_memmap, "value|section|with RAM|table of sections|", "rrrrl",
	  row_section, true },
	{ "MAX_PHYSMEM_BITS", NULL, "value|reaches to|RAM within|left out|", "rrrrl", row_physmem,
	  true },
	{ "MEMBLOCK_REGIONS", here_regions, "value|both tables, while boot lasts|", "rrl",
	  row_regions, false },
	{ "PCP_BATCH", here_lists, "value" BOUND("refill") BOUND("drain of a batch") "|", "rrrl",
	  row_batch, false },
	{ "SLAB_MAGAZINE", NULL, "value" BOUND("refill") BOUND("flush") BOUND("drain") "|", "rrrrl",
	  row_magazine, false },
	{ "SLAB_MAX_ORDER", NULL, "value|largest slab" BOUND("a new slab") BOUND("giving back")
	  "|", "rrrrl", row_slab_order, true },
	{ "KMALLOC_MIN_SHIFT", NULL, "value|smallest object|", "rrl", row_kmalloc, true },
	{ "KMALLOC_MAX_SHIFT", NULL, "value|largest object|", "rrl", row_kmalloc, true },
	{ .name = "PCP_HIGH", .here = here_lists },
	{ .name = "NR_CPUS", .here = here_lists },
	{ .name = "FLATMEM", .here = here_memmap },
	{ .name = "SPARSEMEM", .here = here_memmap },
	{ .name = "SPARSEMEM_VMEMMAP", .here = here_memmap },
	{ .name = "ZONE_DMA", .here = here_zones },
	{ .name = "ZONE_DMA_LIMIT_MB", .here = here_zones },
	{ .name = "ZONE_DMA32", .here = here_zones },
	{ .name = "ZONE_MOVABLE", .here = here_zones },
	{ .name = "ZONE_MOVABLE_SIZE_MB", .here = here_zones },
	{ .name = "NUMA", .here = here_zones },
	{ .name = "NODES_SHIFT", .here = here_zones },
	{ .name = "PLAN_MIN_FREE_MB", .here = here_free },
	{ .name = "PLAN_MIN_LARGEST_ORDER", .here = here_max_order },
};

const struct explained *explain_numbers(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}
