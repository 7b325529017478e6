/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_RANGES_H
#define TEST_FUZZ_RANGES_H

#include <kernel/types.h>

/*
 * Sets of addresses for the oracle, as ranges [base, end). Nothing of mm/ is used here. A set that
 * outgrows its room has too_long set, and proves nothing any more.
 */
#define RANGES_MOST	4096

struct range {
	u64 base, end;
};

struct ranges {
	unsigned int nr;
	bool too_long;
	struct range at[RANGES_MOST];
};

/* Makes s the set of one range. */
void ranges_set(struct ranges *s, u64 base, u64 end);
void ranges_copy(struct ranges *to, const struct ranges *from);
/* Appends all ranges of from. */
void ranges_add_all(struct ranges *to, const struct ranges *from);
/* Appends a range, unless it is empty. The functions below want a set that ranges_sort() has
 * sorted. */
void ranges_add(struct ranges *s, u64 base, u64 end);
/* Sorts the ranges and joins them, so that there is a gap between any two. */
void ranges_sort(struct ranges *s);

/* Set out, which is none of the others and becomes sorted. */
void ranges_subtract(struct ranges *out, const struct ranges *a, const struct ranges *b);
void ranges_intersect(struct ranges *out, const struct ranges *a, const struct ranges *b);

/* Set out to the whole frames within each range, and to all frames that a range touches. */
void ranges_frames_within(struct ranges *out, const struct ranges *a);
void ranges_frames_touched(struct ranges *out, const struct ranges *a);

/* Keeps the lowest bytes of a sorted set, so many of them. */
void ranges_limit(struct ranges *s, u64 bytes);

u64 ranges_bytes(const struct ranges *s);
u64 ranges_longest(const struct ranges *s);
/* True if all of [base, end) is in the set; if any of it is. */
bool ranges_hold(const struct ranges *s, u64 base, u64 end);
bool ranges_meet(const struct ranges *s, u64 base, u64 end);

#endif /* TEST_FUZZ_RANGES_H */
