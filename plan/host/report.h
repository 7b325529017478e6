/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_REPORT_H
#define PLAN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "value.h"

/*
 * A plan in the terms in which it is shown. It is made from the JSON alone, so that a plan of this
 * machine and one that a board printed are shown alike.
 */
#define REPORT_PAGE_BYTES	4096ull
#define REPORT_PAGE_SHIFT	12

/* Who keeps a range from being allocated, by purpose; the kernel's own classes begin with
 * OWNER_IMAGE. */
enum owner_class {
	OWNER_FIRMWARE, OWNER_TREE_NODE, OWNER_MEMRESERVE, OWNER_INITRD, OWNER_TREE, OWNER_CRASH,
	OWNER_IMAGE, OWNER_MEMMAP, OWNER_TABLES, OWNER_PERCPU, OWNER_PAGEBLOCKS, OWNER_OTHER,
	NR_OWNER_CLASSES,
};

struct report_range {
	uint64_t base, end;
	uint64_t nid;
	const char *owner;		/* set if the range is reserved */
	enum owner_class class;
	const struct value *flags;
	bool nomap;
	bool lent;			/* reserved, but movable pages have it meanwhile */
};

/*
 * Physical memory from its first byte to its last, cut wherever something begins or ends. A span is
 * free, or reserved, or a hole.
 */
struct report_span {
	uint64_t base, end;
	const struct report_range *ram;		/* NULL: there is no RAM here */
	const struct report_range *reserved;	/* NULL: the span is free, or a hole */
};

struct report_zone {
	uint64_t nid, start_pfn, spanned, present, managed, min, low, high;
	const char *name;
	const struct value *protection;
	uint64_t *nr_free;			/* blocks of each order */
};

struct report {
	const struct value *plan;
	const char *digest;
	struct report_range *memory, *reserved;
	struct report_span *spans;
	struct report_zone *zones;		/* the zones with RAM */
	size_t nr_memory, nr_reserved, nr_spans, nr_zones, nr_orders;
	/* ram = free (managed) + owned + not mapped + odd, to the byte */
	uint64_t ram_bytes, managed_pages;
	uint64_t nomap_bytes;			/* RAM not reserved and not mapped */
	uint64_t odd_bytes;			/* remainders of frames that are owned in part */
	uint64_t owned_bytes[NR_OWNER_CLASSES];
	uint64_t kernel_bytes;			/* sum of the kernel's own classes */
	uint64_t longest_free_base, longest_free_bytes;	/* one piece, in any blocks */
};

/*
 * Reads a plan. If it is none, the process ends with a sentence that has name. Ranges ascend,
 * whatever their order in the plan.
 */
struct report *report_make(const struct value *plan, const char *name);

/* True if the span's frames go to the allocator. */
bool report_is_free(const struct report_span *s);

/* The order of the largest block in any zone, or in one zone; -1 when nothing is free. */
int report_largest_order(const struct report *r);
int report_zone_largest_order(const struct report_zone *z, size_t nr_orders);

uint64_t report_blocks(const struct report *r, size_t order);

/* A number of the plan by its two keys, such as "config", "MAX_ORDER"; a bool is 0 or 1. 0 if it is
 * missing. */
uint64_t report_number(const struct report *r, const char *object, const char *key);

/* The whole frames in a span: free memory has no others. False when a free span has none. */
bool report_whole_frames(const struct report_span *s, uint64_t *base, uint64_t *end);

bool report_class_is_kernel(enum owner_class class);

/* The name of a class where its owners are summed up. */
const char *report_class_name(enum owner_class class);

#endif /* PLAN_REPORT_H */
