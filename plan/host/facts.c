/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

static const char *const group_names[NR_FACT_GROUPS] = {
	[FACTS_SUM] = "Sum",
	[FACTS_MEMORY] = "Memory",
	[FACTS_COST] = "Where RAM goes",
	[FACTS_CONFIG] = "Configuration",
	[FACTS_ZONES] = "Zones, in pages",
	[FACTS_NODES] = "Nodes and sections",
	[FACTS_BLOCKS] = "Free blocks",
	[FACTS_PCP] = "Per-CPU page lists, in pages",
	[FACTS_SLAB] = "Slab classes",
	[FACTS_RESERVED] = "Reserved ranges",
	[FACTS_CONFLICTS] = "Conflicts",
	[FACTS_DIGEST] = "Digest",
};

const char *fact_group_name(int group)
{
	return group_names[group];
}

static struct fact *add_fact(struct facts *facts, int group, enum fact_kind kind)
{
	if (facts->count == facts->room) {
		struct fact *more;

		facts->room = facts->room ? 2 * facts->room : 256;
		more = plan_alloc(facts->room, sizeof(*more));
		if (facts->count)
			memcpy(more, facts->fact, facts->count * sizeof(*more));
		facts->fact = more;
	}
	facts->fact[facts->count] = (struct fact){ .group = group, .kind = kind };
	return &facts->fact[facts->count++];
}

static char *format_words(const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = plan_alloc((size_t)length + 1, 1);
	vsnprintf(text, (size_t)length + 1, fmt, args);
	return text;
}

static __attribute__((__format__(__printf__, 5, 6)))
void add_number(struct facts *facts, int group, enum fact_kind kind, uint64_t number,
		const char *fmt, ...)
{
	struct fact *f = add_fact(facts, group, kind);
	va_list args;

	va_start(args, fmt);
	f->name = format_words(fmt, args);
	va_end(args);
	f->number = number;
}

static __attribute__((__format__(__printf__, 4, 5)))
void add_text(struct facts *facts, int group, const char *text, const char *fmt, ...)
{
	struct fact *f = add_fact(facts, group, FACT_TEXT);
	va_list args;

	va_start(args, fmt);
	f->name = format_words(fmt, args);
	va_end(args);
	f->text = text;
}

static uint64_t number_of(const struct value *v, const char *key)
{
	uint64_t number = 0;

	value_number(value_get(v, key), &number);
	return number;
}

/* Free memory is RAM less the rows before it, to the byte. */
static void add_sum(struct facts *facts, const struct report *r)
{
	uint64_t free_bytes = r->managed_pages * REPORT_PAGE_BYTES;

	add_number(facts, FACTS_SUM, FACT_BYTES, r->ram_bytes, "RAM");
	add_number(facts, FACTS_SUM, FACT_BYTES, r->kernel_bytes, "less: the kernel");
	add_number(facts, FACTS_SUM, FACT_BYTES, r->ram_bytes - r->kernel_bytes - free_bytes,
		   "less: all others");
	add_number(facts, FACTS_SUM, FACT_BYTES, free_bytes, "free");
}

static void add_memory(struct facts *facts, const struct report *r)
{
	int order = report_largest_order(r);

	add_number(facts, FACTS_MEMORY, FACT_BYTES,
		   order < 0 ? 0 : REPORT_PAGE_BYTES << order, "largest block");
	add_number(facts, FACTS_MEMORY, FACT_BYTES, r->longest_free_bytes, "longest free run");
	for (int class = 0; class < NR_OWNER_CLASSES; class++)
		add_number(facts, FACTS_COST, FACT_BYTES, r->owned_bytes[class], "%s",
			   report_class_name((enum owner_class)class));
	add_number(facts, FACTS_COST, FACT_BYTES, number_of(value_get(r->plan, "overhead"),
							    "page_struct_bytes"), "a descriptor");
}

static void add_config(struct facts *facts, const struct report *r)
{
	const struct value *item;

	value_for_each(item, value_get(r->plan, "config")) {
		if (item->type == VALUE_BOOL)
			add_text(facts, FACTS_CONFIG, item->number ? "y" : "n", "%s", item->key);
		else if (item->type == VALUE_NUMBER)
			add_number(facts, FACTS_CONFIG, FACT_NUMBER, item->number, "%s", item->key);
	}
}

/* The prefix of a zone's facts; it has the node where there are several. */
static const char *zone_prefix(const struct report *r, uint64_t nid, const char *name)
{
	char *text = plan_alloc(strlen(name) + 32, 1);

	if (report_number(r, "config", "NUMA"))
		sprintf(text, "node %llu %s", (unsigned long long)nid, name);
	else
		strcpy(text, name);
	return text;
}

static void add_zone(struct facts *facts, const struct report *r, const struct report_zone *z)
{
	const struct {
		const char *name;
		uint64_t pages;
	} numbers[] = {
		{ "spanned", z->spanned }, { "present", z->present }, { "managed", z->managed },
		{ "min", z->min }, { "low", z->low }, { "high", z->high },
	};
	const char *prefix = zone_prefix(r, z->nid, z->name);
	const struct value *item;
	unsigned int nr = 0;

	add_number(facts, FACTS_ZONES, FACT_ADDRESS, z->start_pfn << REPORT_PAGE_SHIFT, "%s from",
		   prefix);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		add_number(facts, FACTS_ZONES, FACT_NUMBER, numbers[i].pages, "%s %s", prefix,
			   numbers[i].name);
	value_for_each(item, z->protection)
		add_number(facts, FACTS_ZONES, FACT_NUMBER, item->number,
			   "%s protection %u", prefix,
			   nr++);
	for (size_t order = 0; order < r->nr_orders; order++)
		add_number(facts, FACTS_BLOCKS, FACT_NUMBER, z->nr_free[order], "%s %s", prefix,
			   human(REPORT_PAGE_BYTES << order));
}

static void add_nodes(struct facts *facts, const struct report *r)
{
	const struct value *node, *entry, *sections = value_get(r->plan, "sections");

	add_number(facts, FACTS_NODES, FACT_NUMBER, sections ? sections->count : 0,
		   "sections with RAM");
	value_for_each(node, value_get(r->plan, "nodes")) {
		unsigned long long nid = number_of(node, "nid"), nr = 0;

		add_number(facts, FACTS_NODES, FACT_BYTES,
			   number_of(node, "present") * REPORT_PAGE_BYTES, "node %llu RAM", nid);
		value_for_each(entry, value_get(node, "zonelist"))
			add_text(facts, FACTS_NODES,
				 zone_prefix(r, number_of(entry, "nid"),
					     value_text(value_get(entry, "zone"), "?")),
				 "node %llu falls back, %llu", nid, ++nr);
	}
}

static void add_lists(struct facts *facts, const struct report *r)
{
	const struct value *item;

	value_for_each(item, value_get(r->plan, "pcp")) {
		const char *prefix = zone_prefix(r, number_of(item, "nid"),
						 value_text(value_get(item, "zone"), "?"));

		add_number(facts, FACTS_PCP, FACT_NUMBER, number_of(item, "high"), "%s high",
			   prefix);
		add_number(facts, FACTS_PCP, FACT_NUMBER, number_of(item, "batch"), "%s batch",
			   prefix);
	}
	value_for_each(item, value_get(r->plan, "slab")) {
		const char *name = value_text(value_get(item, "name"), "?");

		add_number(facts, FACTS_SLAB, FACT_NUMBER, number_of(item, "size"), "%s size",
			   name);
		add_number(facts, FACTS_SLAB, FACT_NUMBER, number_of(item, "order"), "%s order",
			   name);
		add_number(facts, FACTS_SLAB, FACT_NUMBER, number_of(item, "objects"), "%s objects",
			   name);
	}
}

/* The order tells ranges of one owner apart. */
static void add_reserved(struct facts *facts, const struct report *r)
{
	for (size_t i = 0; i < r->nr_reserved; i++) {
		const struct report_range *range = &r->reserved[i];
		unsigned int nr = 1;
		char which[16] = "";

		for (size_t j = 0; j < i; j++)
			nr += strcmp(r->reserved[j].owner, range->owner) == 0;
		if (nr > 1)
			snprintf(which, sizeof(which), " (%u)", nr);
		add_number(facts, FACTS_RESERVED, FACT_ADDRESS, range->base, "%s%s from",
			   range->owner, which);
		add_number(facts, FACTS_RESERVED, FACT_BYTES, range->end - range->base, "%s%s size",
			   range->owner, which);
	}
}

static void add_conflicts(struct facts *facts, const struct report *r)
{
	const struct value *item;

	value_for_each(item, value_get(r->plan, "conflicts"))
		add_text(facts, FACTS_CONFLICTS, value_text(value_get(item, "resolution"), "?"),
			 "%s: %s, %s", value_text(value_get(item, "kind"), "?"),
			 value_text(value_get(item, "a"), "?"),
			 value_text(value_get(item, "b"), "?"));
}

void facts_make(struct facts *facts, const struct report *r)
{
	add_sum(facts, r);
	add_memory(facts, r);
	add_config(facts, r);
	for (size_t i = 0; i < r->nr_zones; i++)
		add_zone(facts, r, &r->zones[i]);
	add_nodes(facts, r);
	add_lists(facts, r);
	add_reserved(facts, r);
	add_conflicts(facts, r);
	add_text(facts, FACTS_DIGEST, r->digest, "digest");
}
