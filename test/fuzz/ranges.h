/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_RANGES_H
#define TEST_FUZZ_RANGES_H

#include <kernel/types.h>

/*
 * Sets of addresses, for the oracle: [base, end) each. Nothing of mm/ is used here. A set that
 * outgrows its room has too_long set, and says nothing any more.
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

/* The set of one range. */
void ranges_set(struct ranges *s, u64 base, u64 end);
void ranges_copy(struct ranges *to, const struct ranges *from);
/* Appends all of from. */
void ranges_add_all(struct ranges *to, const struct ranges *from);
/* Appends; an empty range is none. Sets are ready for all below after ranges_sort(). */
void ranges_add(struct ranges *s, u64 base, u64 end);
/* Ascending, disjoint, with a gap between any two. */
void ranges_sort(struct ranges *s);

/* out, which is none of the others, becomes sorted too. */
void ranges_subtract(struct ranges *out, const struct ranges *a, const struct ranges *b);
void ranges_intersect(struct ranges *out, const struct ranges *a, const struct ranges *b);

/* The whole frames within each range, and all frames that each touches. */
void ranges_frames_within(struct ranges *out, const struct ranges *a);
void ranges_frames_touched(struct ranges *out, const struct ranges *a);

/* Keeps the lowest bytes of a sorted set. */
void ranges_limit(struct ranges *s, u64 bytes);

u64 ranges_bytes(const struct ranges *s);
u64 ranges_longest(const struct ranges *s);
/* Is all of [base, end) in the set; is any of it? */
bool ranges_hold(const struct ranges *s, u64 base, u64 end);
bool ranges_meet(const struct ranges *s, u64 base, u64 end);

#endif /* TEST_FUZZ_RANGES_H */
