/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: puts the free list of a new slab in an order that nobody can tell beforehand.
 *
 * Structure: the links themselves are the array that is shuffled. Sattolo's way makes of n numbers
 * one cycle through all of them, each cycle as likely as another: object i leads to the object
 * whose index lies in its link. The cycle is cut at an object drawn from all of them; the one in
 * front of the cut ends the list.
 *
 *	link   0  1  2  3  ->  2  0  3  1    0 -> 2 -> 3 -> 1 -> 0, cut before 3: 3, 1, 0, 2
 *
 * Invariants: S3 and S5 (slab_pages.c) hold for the slab when it is done.
 *
 * Locking: none. The slab is the caller's.
 *
 * Bounds: two steps for each object of the slab.
 *
 * Configuration: SLAB_FREELIST_RANDOM. One number of kernel/random.c for each slab, drawn out by
 * xorshift: at most 2^64 orders.
 */
#include <kernel/random.h>

#include "internal.h"

/* A number below n, of 32 bits at most. */
static unsigned int draw(u64 *state, unsigned int n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned int)((*state >> 32) * n >> 32);
}

void slab_shuffle(const struct kmem_cache *cache, struct page *slab)
{
	unsigned int n = slab_objects(cache, slab), i, start;
	u64 state = get_random_u64() | 1;

	for (i = 0; i < n; i++)
		*object_link(cache, slab_object(cache, slab, i)) = i;
	for (i = n; i-- > 1;) {
		slab_link_t *mine = object_link(cache, slab_object(cache, slab, i));
		slab_link_t *other = object_link(cache, slab_object(cache, slab, draw(&state, i)));
		u64 index = *mine;

		*mine = *other;
		*other = index;
	}
	start = draw(&state, n);
	for (i = 0; i < n; i++) {
		char *object = slab_object(cache, slab, i);
		u64 next = *object_link(cache, object);

		slab_link_write(cache, object, next == start ? SLAB_NO_OBJECT : (unsigned int)next);
	}
	slab_write_back(slab, slab->inuse, start);
}
