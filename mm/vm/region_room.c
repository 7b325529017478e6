/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: where an address space has room for another region.
 *
 * Structure: the search goes down the tree of regions.c by the widest hole of each subtree. It
 * begins at s->room, in front of which there was room the last time, if it is for as many bytes
 * or more: programs ask for one piece of memory after the other.
 *
 * Invariants: RG4 of regions.c. Whatever widens a hole above s->room forgets it.
 *
 * Locking: the space's lock.
 *
 * Bounds: a search takes steps for the height of the tree.
 *
 * Configuration: MAX_REGIONS.
 */
#include <kernel/math.h>

#include "spaces.h"

/* The last region of the subtree with so wide a hole in front, which is there. */
static struct region *last_with_hole(const struct address_space *s, struct region *at, size_t bytes)
{
	for (;;) {
		if (at->right && at->right->gap >= bytes)
			at = at->right;
		else if (region_hole_before(s, at) >= bytes)
			return at;
		else
			at = at->left;
	}
}

/* r, or the last region below it, with so wide a hole in front; NULL: none. */
static struct region *hole_from(const struct address_space *s, struct region *r, size_t bytes)
{
	while (r) {
		if (region_hole_before(s, r) >= bytes)
			return r;
		if (r->left && r->left->gap >= bytes)
			return last_with_hole(s, r->left, bytes);
		/* Up to what is below. */
		while (r->parent && r->parent->left == r)
			r = r->parent;
		r = r->parent;
	}
	return NULL;
}

/* The room behind the last region that begins below high, if it is enough; 0: *next is where the
 * search begins. */
static uintptr_t room_at_top(struct address_space *s, uintptr_t low, uintptr_t high, size_t bytes,
			     struct region **next)
{
	struct region *r = region_after(s, high);
	uintptr_t end;

	if (!r || r->start >= high) {
		r = r ? region_previous(s, r) : region_last(s);
		end = r ? max(r->end, low) : low;
		if (high > end && high - end >= bytes)
			return high - bytes;
	}
	*next = r;
	return 0;
}

uintptr_t region_room(struct address_space *s, uintptr_t low, uintptr_t high, size_t bytes)
{
	struct region *r = s->room;
	uintptr_t start;

	if (high < low || high - low < bytes)
		return 0;
	if (!r || s->room_high != high || bytes < s->room_bytes) {
		start = room_at_top(s, low, high, bytes, &r);
		if (start)
			return start;
	}
	r = hole_from(s, r, bytes);
	s->room = r;
	s->room_high = high;
	s->room_bytes = bytes;
	return r && r->start >= low && r->start - low >= bytes ? r->start - bytes : 0;
}

bool region_room_is_valid(const struct address_space *s)
{
	const struct list_head *at;
	bool behind = false;
	uintptr_t end = 0;

	if (!s->room)
		return true;
	list_for_each(at, &s->regions) {
		const struct region *r = container_of((struct list_head *)(unsigned long)at,
						      struct region, order);
		uintptr_t hole = min(r->start, s->room_high) - min(end, s->room_high);

		if (behind && hole >= s->room_bytes)
			return false;
		behind |= r == s->room;
		end = r->end;
	}
	return behind && (end >= s->room_high || s->room_high - end < s->room_bytes);
}
