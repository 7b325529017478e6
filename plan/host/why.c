/* SPDX-License-Identifier: BSD-2-Clause */
#include "why.h"

#include <stdio.h>

#include <kernel/types.h>

#include "options.h"
#include "source.h"

/* A block lies at a multiple of its size. */
static int order_within(uint64_t base, uint64_t end)
{
	uint64_t bytes = REPORT_PAGE_BYTES;
	int order = -1;

	while (bytes <= end - base) {
		uint64_t first = (base + bytes - 1) & ~(bytes - 1);

		if (first < base || first >= end || bytes > end - first)
			break;
		bytes <<= 1;
		order++;
	}
	return order;
}

bool why_next_run(const struct report *r, size_t *nr, uint64_t *base, uint64_t *end)
{
	uint64_t from, to;
	bool any = false;

	for (; *nr < r->nr_spans; ++*nr) {
		const struct report_span *s = &r->spans[*nr];

		if (!report_is_free(s) || !report_whole_frames(s, &from, &to))
			continue;
		if (any && from != *end)
			return true;
		if (!any)
			*base = from;
		*end = to;
		any = true;
	}
	return any;
}

void why_largest(const struct report *r, char text[WHY_BYTES])
{
	int order = report_largest_order(r), most = (int)report_number(r, "config", "MAX_ORDER");
	int run = order_within(r->longest_free_base, r->longest_free_base + r->longest_free_bytes);

	if (order == most && run > order)
		snprintf(text, WHY_BYTES, "bounded by MAX_ORDER=%d; the longest run would hold order %d",
			 most, run);
	else if (order == most)
		snprintf(text, WHY_BYTES, "as large as MAX_ORDER=%d allows, and as the longest run "
			 "can hold", most);
	else
		snprintf(text, WHY_BYTES, "bounded by what is free: MAX_ORDER=%d allows more, and no "
			 "run holds order %d", most, order + 1);
}

/* Says what ends a run: the span's owner, or that RAM ends. */
static const char *border(const struct report *r, size_t nr, bool exists)
{
	const struct report_span *s = &r->spans[nr];

	return exists && (s->ram || s->reserved) ? source_owner_words(r, nr) : "the end of RAM";
}

void why_longest(const struct report *r, char text[WHY_BYTES])
{
	uint64_t base = r->longest_free_base, end = base + r->longest_free_bytes;
	size_t first = 0, behind = r->nr_spans;

	while (first < r->nr_spans && r->spans[first].end <= base)
		first++;
	while (behind && r->spans[behind - 1].base >= end)
		behind--;
	snprintf(text, WHY_BYTES, "between %.60s and %.60s", border(r, first - 1, first > 0),
		 border(r, behind, behind < r->nr_spans));
}
