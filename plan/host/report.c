/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes tables of the JSON, and the sums over them. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "options.h"

static const char *const class_names[NR_OWNER_CLASSES] = {
	[OWNER_FIRMWARE] = "firmware",
	[OWNER_TREE_NODE] = "/reserved-memory",
	[OWNER_MEMRESERVE] = "/memreserve/",
	[OWNER_INITRD] = "initial RAM disk",
	[OWNER_TREE] = "device tree",
	[OWNER_CRASH] = "crash kernel",
	[OWNER_IMAGE] = "kernel image",
	[OWNER_MEMMAP] = "memmap",
	[OWNER_TABLES] = "page tables",
	[OWNER_PERCPU] = "per-CPU areas",
	[OWNER_PAGEBLOCKS] = "pageblocks",
	[OWNER_OTHER] = "other boot tables",
};

/* Owners that boot names. All others are nodes of the tree, whose names have no blanks. */
static const struct {
	const char *owner;
	enum owner_class class;
} boot_owners[] = {
	{ "firmware (assumed)", OWNER_FIRMWARE },
	{ "misnamed node", OWNER_TREE_NODE },
	{ "memreserve", OWNER_MEMRESERVE },
	{ "initrd", OWNER_INITRD },
	{ "device tree", OWNER_TREE },
	{ "Crash kernel", OWNER_CRASH },
	{ "elfcorehdr", OWNER_CRASH },
	{ "kernel image", OWNER_IMAGE },
	{ "memmap", OWNER_MEMMAP },
	{ "page tables", OWNER_TABLES },
	{ "per-CPU areas", OWNER_PERCPU },
	{ "pageblocks", OWNER_PAGEBLOCKS },
	{ "resources", OWNER_OTHER },
	{ "conflicts", OWNER_OTHER },
	{ "reserved", OWNER_OTHER },
};

const char *report_class_name(enum owner_class class)
{
	return class_names[class];
}

bool report_class_is_kernel(enum owner_class class)
{
	return class >= OWNER_IMAGE;
}

static enum owner_class class_of(const char *owner)
{
	for (size_t i = 0; i < sizeof(boot_owners) / sizeof(boot_owners[0]); i++)
		if (strcmp(owner, boot_owners[i].owner) == 0)
			return boot_owners[i].class;
	if (strncmp(owner, "mmode_resv", strlen("mmode_resv")) == 0)
		return OWNER_FIRMWARE;
	return strchr(owner, ' ') ? OWNER_OTHER : OWNER_TREE_NODE;
}

static const char *file_name;

static __attribute__((__noreturn__)) void no_plan(const char *key)
{
	plan_die(PLAN_UNUSABLE, "%s: not a plan: \"%s\" is missing or not as it should be",
		 file_name, key);
}

static uint64_t need_number(const struct value *v, const char *key)
{
	uint64_t number;

	if (!value_number(value_get(v, key), &number))
		no_plan(key);
	return number;
}

static const struct value *need_array(const struct value *v, const char *key)
{
	const struct value *array = value_get(v, key);

	if (!array || array->type != VALUE_ARRAY)
		no_plan(key);
	return array;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct report_range *x = a, *y = b;

	return x->base != y->base ? (x->base < y->base ? -1 : 1) :
	       x->end != y->end ? (x->end < y->end ? -1 : 1) : 0;
}

static bool has_flag(const struct value *flags, const char *name)
{
	const struct value *flag;

	value_for_each(flag, flags)
		if (strcmp(value_text(flag, ""), name) == 0)
			return true;
	return false;
}

static struct report_range *read_ranges(const struct value *plan, const char *key, size_t *count)
{
	const struct value *array = need_array(plan, key), *item;
	struct report_range *ranges = plan_alloc(array->count + 1, sizeof(*ranges)), *to = ranges;

	value_for_each(item, array) {
		uint64_t bytes = need_number(item, "size");

		to->base = need_number(item, "base");
		to->end = to->base + bytes;
		if (to->end < to->base)
			no_plan(key);
		to->owner = value_text(value_get(item, "owner"), "reserved");
		to->class = class_of(to->owner);
		to->flags = value_get(item, "flags");
		to->nomap = has_flag(to->flags, "nomap");
		to->lent = has_flag(to->flags, "cma");
		if (value_get(item, "nid"))
			to->nid = need_number(item, "nid");
		to += bytes > 0;
	}
	*count = (size_t)(to - ranges);
	qsort(ranges, *count, sizeof(*ranges), compare_ranges);
	return ranges;
}

/* ---- spans ---- */

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x == *y ? 0 : *x < *y ? -1 : 1;
}

/* The range that holds the byte at; ranges ascend, and *next is where the last search ended. */
static const struct report_range *range_at(const struct report_range *ranges, size_t count,
					   size_t *next, uint64_t at)
{
	while (*next < count && ranges[*next].end <= at)
		(*next)++;
	return *next < count && ranges[*next].base <= at ? &ranges[*next] : NULL;
}

static void cut_at_ends(uint64_t *cuts, size_t *count, const struct report_range *ranges,
			size_t nr_ranges)
{
	for (size_t i = 0; i < nr_ranges; i++) {
		cuts[(*count)++] = ranges[i].base;
		cuts[(*count)++] = ranges[i].end;
	}
}

/* Do two free spans that meet look the same? If so they are one bank that a reservation cuts. */
static bool same_ram(const struct report_range *a, const struct report_range *b)
{
	return a == b || (a && b && a->nomap == b->nomap && a->nid == b->nid);
}

static void make_spans(struct report *r)
{
	size_t most = 2 * (r->nr_memory + r->nr_reserved), count = 0, memory = 0, reserved = 0;
	uint64_t *cuts = plan_alloc(most + 1, sizeof(*cuts));

	cut_at_ends(cuts, &count, r->memory, r->nr_memory);
	cut_at_ends(cuts, &count, r->reserved, r->nr_reserved);
	qsort(cuts, count, sizeof(*cuts), compare_numbers);
	r->spans = plan_alloc(most + 1, sizeof(*r->spans));
	for (size_t i = 0; i + 1 < count; i++) {
		struct report_span *last = r->nr_spans ? &r->spans[r->nr_spans - 1] : NULL;
		struct report_span span = { .base = cuts[i], .end = cuts[i + 1] };

		if (span.base == span.end)
			continue;
		span.ram = range_at(r->memory, r->nr_memory, &memory, span.base);
		span.reserved = range_at(r->reserved, r->nr_reserved, &reserved, span.base);
		if (last && last->reserved == span.reserved && same_ram(last->ram, span.ram))
			last->end = span.end;
		else
			r->spans[r->nr_spans++] = span;
	}
}

bool report_is_free(const struct report_span *s)
{
	return s->ram && !s->reserved && !s->ram->nomap;
}

static uint64_t frame_up(uint64_t address)
{
	return address / REPORT_PAGE_BYTES * REPORT_PAGE_BYTES +
	       (address % REPORT_PAGE_BYTES ? REPORT_PAGE_BYTES : 0);
}

bool report_whole_frames(const struct report_span *s, uint64_t *base, uint64_t *end)
{
	*base = s->base;
	*end = s->end;
	if (s->reserved || !s->ram)
		return true;
	*base = frame_up(s->base);
	*end = s->end / REPORT_PAGE_BYTES * REPORT_PAGE_BYTES;
	return *base < *end;
}

static void measure_free_run(struct report *r, uint64_t base, uint64_t end)
{
	base = frame_up(base);
	end = end / REPORT_PAGE_BYTES * REPORT_PAGE_BYTES;
	if (base < end && end - base > r->longest_free_bytes) {
		r->longest_free_base = base;
		r->longest_free_bytes = end - base;
	}
}

static void add_up(struct report *r)
{
	uint64_t run = 0, end = 0;
	bool was_free = false;

	for (size_t i = 0; i < r->nr_spans; i++) {
		const struct report_span *s = &r->spans[i];
		uint64_t bytes = s->end - s->base;

		if (s->ram)
			r->ram_bytes += bytes;
		/* What is lent is managed, like free memory. */
		if (s->ram && s->reserved && !s->reserved->lent)
			r->owned_bytes[s->reserved->class] += bytes;
		if (s->ram && !s->reserved && s->ram->nomap)
			r->nomap_bytes += bytes;
		/* A border between nodes does not end a run of free memory. */
		if (!was_free || s->base != end)
			run = s->base;
		was_free = report_is_free(s);
		if (was_free)
			measure_free_run(r, run, s->end);
		end = s->end;
	}
}

/* ---- zones ---- */

static void read_zone(struct report *r, const struct value *v, uint64_t nid)
{
	struct report_zone z = { .nid = nid };
	const struct value *free_blocks = need_array(v, "free"), *item;
	size_t order = 0;

	z.name = value_text(value_get(v, "name"), NULL);
	if (!z.name)
		no_plan("name");
	z.start_pfn = need_number(v, "start_pfn");
	z.spanned = need_number(v, "spanned");
	z.present = need_number(v, "present");
	z.managed = need_number(v, "managed");
	z.min = need_number(v, "min");
	z.low = need_number(v, "low");
	z.high = need_number(v, "high");
	z.protection = need_array(v, "protection");
	if (!r->nr_orders)
		r->nr_orders = free_blocks->count;
	if (!free_blocks->count || free_blocks->count != r->nr_orders || r->nr_orders > 40)
		no_plan("free");
	z.nr_free = plan_alloc(r->nr_orders, sizeof(*z.nr_free));
	value_for_each(item, free_blocks)
		if (!value_number(item, &z.nr_free[order++]))
			no_plan("free");
	r->managed_pages += z.managed;
	if (z.present)
		r->zones[r->nr_zones++] = z;
}

static void read_zones(struct report *r)
{
	const struct value *nodes = need_array(r->plan, "nodes"), *node, *zone;
	size_t count = 0;

	value_for_each(node, nodes)
		count += need_array(node, "zones")->count;
	r->zones = plan_alloc(count + 1, sizeof(*r->zones));
	value_for_each(node, nodes) {
		uint64_t nid = need_number(node, "nid");

		value_for_each(zone, value_get(node, "zones"))
			read_zone(r, zone, nid);
	}
}

static void add_up_classes(struct report *r)
{
	uint64_t known = r->managed_pages * REPORT_PAGE_BYTES + r->nomap_bytes;

	for (int class = 0; class < NR_OWNER_CLASSES; class++) {
		known += r->owned_bytes[class];
		if (report_class_is_kernel((enum owner_class)class))
			r->kernel_bytes += r->owned_bytes[class];
	}
	/* If more is known than RAM, the numbers are not those of a boot, and there is no rest to
	 * show. */
	r->odd_bytes = r->ram_bytes > known ? r->ram_bytes - known : 0;
}

struct report *report_make(const struct value *plan, const char *name)
{
	struct report *r = plan_alloc(1, sizeof(*r));

	file_name = name;
	r->plan = plan;
	r->digest = value_text(value_get(plan, "digest"), NULL);
	if (!r->digest)
		no_plan("digest");
	if (!value_get(plan, "config"))
		no_plan("config");
	r->memory = read_ranges(plan, "memory", &r->nr_memory);
	r->reserved = read_ranges(plan, "reserved", &r->nr_reserved);
	make_spans(r);
	add_up(r);
	read_zones(r);
	add_up_classes(r);
	return r;
}

int report_zone_largest_order(const struct report_zone *z, size_t nr_orders)
{
	int order = (int)nr_orders;

	while (--order >= 0 && !z->nr_free[order])
		;
	return order;
}

int report_largest_order(const struct report *r)
{
	int largest = -1;

	for (size_t i = 0; i < r->nr_zones; i++) {
		int order = report_zone_largest_order(&r->zones[i], r->nr_orders);

		largest = order > largest ? order : largest;
	}
	return largest;
}

uint64_t report_blocks(const struct report *r, size_t order)
{
	uint64_t blocks = 0;

	for (size_t i = 0; i < r->nr_zones; i++)
		blocks += r->zones[i].nr_free[order];
	return blocks;
}

uint64_t report_number(const struct report *r, const char *object, const char *key)
{
	const struct value *v = value_get(value_get(r->plan, object), key);
	uint64_t number = 0;

	if (v && v->type == VALUE_BOOL)
		return v->number;
	value_number(v, &number);
	return number;
}
