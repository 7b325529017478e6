/* SPDX-License-Identifier: BSD-2-Clause */
#include "ranges.h"

#include <stdlib.h>

#define FRAME	4096ull

void ranges_set(struct ranges *s, u64 base, u64 end)
{
	s->nr = 0;
	s->too_long = false;
	ranges_add(s, base, end);
}

void ranges_add(struct ranges *s, u64 base, u64 end)
{
	if (base >= end)
		return;
	if (s->nr == RANGES_MOST)
		s->too_long = true;
	else
		s->at[s->nr++] = (struct range){ base, end };
}

void ranges_copy(struct ranges *to, const struct ranges *from)
{
	ranges_set(to, 0, 0);
	ranges_add_all(to, from);
}

void ranges_add_all(struct ranges *to, const struct ranges *from)
{
	for (unsigned int i = 0; i < from->nr; i++)
		ranges_add(to, from->at[i].base, from->at[i].end);
	to->too_long |= from->too_long;
}

static int by_base(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->base > y->base) - (x->base < y->base);
}

/* There are few ranges at a time, and they are often in order. */
static void order(struct range *at, unsigned int nr)
{
	for (unsigned int i = 1; i < nr; i++) {
		struct range moved = at[i];
		unsigned int to = i;

		if (i == 64) {
			qsort(at, nr, sizeof(*at), by_base);
			return;
		}
		for (; to && at[to - 1].base > moved.base; to--)
			at[to] = at[to - 1];
		at[to] = moved;
	}
}

void ranges_sort(struct ranges *s)
{
	unsigned int last = 0;

	order(s->at, s->nr);
	for (unsigned int i = 1; i < s->nr; i++) {
		if (s->at[i].base > s->at[last].end)
			s->at[++last] = s->at[i];
		else if (s->at[i].end > s->at[last].end)
			s->at[last].end = s->at[i].end;
	}
	s->nr = s->nr ? last + 1 : 0;
}

void ranges_subtract(struct ranges *out, const struct ranges *a, const struct ranges *b)
{
	unsigned int next = 0;

	out->nr = 0;
	out->too_long = a->too_long || b->too_long;
	for (unsigned int i = 0; i < a->nr; i++) {
		u64 from = a->at[i].base, end = a->at[i].end;

		while (next < b->nr && b->at[next].end <= from)
			next++;
		for (unsigned int j = next; j < b->nr && b->at[j].base < end; j++) {
			ranges_add(out, from, b->at[j].base);
			from = b->at[j].end;
		}
		ranges_add(out, from, end);
	}
}

void ranges_intersect(struct ranges *out, const struct ranges *a, const struct ranges *b)
{
	unsigned int i = 0, j = 0;

	out->nr = 0;
	out->too_long = a->too_long || b->too_long;
	while (i < a->nr && j < b->nr) {
		struct range x = a->at[i], y = b->at[j];

		ranges_add(out, x.base > y.base ? x.base : y.base, x.end < y.end ? x.end : y.end);
		if (x.end < y.end)
			i++;
		else
			j++;
	}
}

void ranges_frames_within(struct ranges *out, const struct ranges *a)
{
	out->nr = 0;
	out->too_long = a->too_long;
	for (unsigned int i = 0; i < a->nr; i++) {
		u64 base = a->at[i].base;

		/* No frame follows the last one. */
		if (base <= ~0ull - FRAME + 1)
			ranges_add(out, (base + FRAME - 1) / FRAME * FRAME,
				   a->at[i].end / FRAME * FRAME);
	}
	ranges_sort(out);
}

void ranges_frames_touched(struct ranges *out, const struct ranges *a)
{
	out->nr = 0;
	out->too_long = a->too_long;
	for (unsigned int i = 0; i < a->nr; i++) {
		u64 last = (a->at[i].end - 1) / FRAME * FRAME;

		ranges_add(out, a->at[i].base / FRAME * FRAME,
			   last > ~0ull - FRAME ? ~0ull : last + FRAME);
	}
	ranges_sort(out);
}

void ranges_limit(struct ranges *s, u64 bytes)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		u64 size = s->at[i].end - s->at[i].base;

		if (size < bytes) {
			bytes -= size;
			continue;
		}
		s->at[i].end = s->at[i].base + bytes;
		s->nr = bytes ? i + 1 : i;
		return;
	}
}

u64 ranges_bytes(const struct ranges *s)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < s->nr; i++)
		sum += s->at[i].end - s->at[i].base;
	return sum;
}

u64 ranges_longest(const struct ranges *s)
{
	u64 longest = 0;

	for (unsigned int i = 0; i < s->nr; i++)
		if (s->at[i].end - s->at[i].base > longest)
			longest = s->at[i].end - s->at[i].base;
	return longest;
}

bool ranges_hold(const struct ranges *s, u64 base, u64 end)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (s->at[i].base <= base && end <= s->at[i].end)
			return true;
	return base >= end;
}

bool ranges_meet(const struct ranges *s, u64 base, u64 end)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (s->at[i].base < end && base < s->at[i].end)
			return true;
	return false;
}
