/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the regions of an address space: which one an address is in, and where there is room.
 *
 * Structure: a tree balanced by height, ordered by address, and a list in the same order.
 * Each node knows the widest hole in front of a region of its subtree:
 *
 *	|  hole  |== region ==|   hole   |== region ==|hole|== region ==|
 *
 * so that looking for room goes up and down one way. A change goes up from where it is made, as far
 * as it makes a difference.
 *
 * Invariants:
 * RG1 Regions do not overlap, and lie in tree and list in the order of their addresses.
 * RG2 The heights of two subtrees of a node differ by LEAN_MOST at most.
 * RG3 gap is that of the subtree; a child's parent is its parent.
 * RG4 s->room is a region or NULL, and no hole between it and room_high has room_bytes or more.
 *
 * Locking: the space's lock.
 *
 * Bounds: each call takes steps for the height of the tree, at most 1.82 log2 of MAX_REGIONS;
 * regions_copy() a step for each region, as many deep as the tree is high.
 *
 * Configuration: MAX_REGIONS.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>

#include "admission.h"

/* With 1, as in an AVL tree, a region that comes and goes turns the tree each time. */
#define LEAN_MOST	2

static __always_inline u32 height_of(const struct region *r)
{
	return r ? r->height : 0;
}

/* The widest hole in front of a region of its subtree. */
static __always_inline uintptr_t widest(const struct address_space *s, const struct region *r)
{
	const struct region *left = r->left, *right = r->right;
	uintptr_t gap = region_hole_before(s, r);

	if (left && left->gap > gap)
		gap = left->gap;
	if (right && right->gap > gap)
		gap = right->gap;
	return gap;
}

/* What follows from its children and its place. Returns by how much its left subtree is higher. */
static __always_inline int update(const struct address_space *s, struct region *r)
{
	u32 left = height_of(r->left), right = height_of(r->right);

	r->gap = widest(s, r);
	r->height = 1 + max(left, right);
	return (int)left - (int)right;
}

/* now stands where old stood below their parent. */
static void replace(struct address_space *s, struct region *parent, const struct region *old,
		    struct region *now)
{
	if (!parent)
		s->root = now;
	else if (parent->left == old)
		parent->left = now;
	else
		parent->right = now;
	if (now)
		now->parent = parent;
}

static struct region *rotate_right(struct address_space *s, struct region *r)
{
	struct region *top = r->left;

	replace(s, r->parent, r, top);
	r->left = top->right;
	if (r->left)
		r->left->parent = r;
	top->right = r;
	r->parent = top;
	update(s, r);
	update(s, top);
	return top;
}

static struct region *rotate_left(struct address_space *s, struct region *r)
{
	struct region *top = r->right;

	replace(s, r->parent, r, top);
	r->right = top->left;
	if (r->right)
		r->right->parent = r;
	top->left = r;
	r->parent = top;
	update(s, r);
	update(s, top);
	return top;
}

/* The root of its subtree afterwards. */
static __noinline struct region *balance(struct address_space *s, struct region *r, int lean)
{
	if (lean > 0) {
		if (height_of(r->left->left) < height_of(r->left->right))
			rotate_left(s, r->left);
		return rotate_right(s, r);
	}
	if (height_of(r->right->right) < height_of(r->right->left))
		rotate_right(s, r->right);
	return rotate_left(s, r);
}

/* The gap of r was this, and no height above it changes; through, above it, has another hole in
 * front. */
static __always_inline void settle_gaps(const struct address_space *s, struct region *r,
					uintptr_t was, struct region *through)
{
	uintptr_t now = r->gap;

	for (;;) {
		r = r->parent;
		/* Between the two nothing is other than before. */
		if (now == was && through)
			r = through;
		else if (now == was || !r)
			return;
		if (r == through) {
			through = NULL;
		} else if (r->gap > was && r->gap >= now) {
			/* Another hole is wider. */
			now = was;
			continue;
		} else if (now > was) {
			was = r->gap;
			r->gap = now;
			continue;
		}
		was = r->gap;
		r->gap = now = widest(s, r);
	}
}

/* The gap of r was this and is less: those above that had it from there. */
static void shrink_gaps(const struct address_space *s, struct region *r, uintptr_t was)
{
	uintptr_t now = r->gap;

	for (struct region *up = r->parent; up && up->gap == was && now < was; up = up->parent) {
		const struct region *other = up->left == r ? up->right : up->left;
		uintptr_t hole = region_hole_before(s, up);

		now = max(now, hole);
		if (other && other->gap > now)
			now = other->gap;
		up->gap = now;
		r = up;
	}
}

/* Another hole is in front of r, and nothing else is other than before. */
static void settle_hole(const struct address_space *s, struct region *r)
{
	uintptr_t was = r->gap;

	r->gap = widest(s, r);
	if (r->gap < was)
		shrink_gaps(s, r, was);
	else
		settle_gaps(s, r, was, NULL);
}

/* From *r, below which or in front of which something is other than before, up as far as it makes a
 * difference; *through, above it, has another hole in front, too. By how much *r leans, where it is
 * to be balanced; 0: all is settled. */
static __always_inline int settle_up(const struct address_space *s, struct region **r,
				     struct region **through)
{
	for (; *r; *r = (*r)->parent) {
		uintptr_t was = (*r)->gap;
		u32 height = (*r)->height;
		int lean = update(s, *r);

		if (*r == *through)
			*through = NULL;
		if (unlikely((u32)(lean + LEAN_MOST) > 2 * LEAN_MOST))
			return lean;
		if (height == (*r)->height) {
			settle_gaps(s, *r, was, *through);
			return 0;
		}
	}
	return 0;
}

static __noinline void balance_and_settle(struct address_space *s, struct region *r, int lean,
					  struct region *through)
{
	do {
		r = balance(s, r, lean)->parent;
		lean = settle_up(s, &r, &through);
	} while (lean);
}

static __always_inline void settle(struct address_space *s, struct region *r,
				   struct region *through)
{
	int lean = settle_up(s, &r, &through);

	/* The rare way, so that the usual one calls nothing. */
	if (unlikely(lean))
		balance_and_settle(s, r, lean, through);
}

/* next is the first on the right of what was taken out below from: its hole is wider, and less lies
 * below from. */
static __noinline void settle_right(struct address_space *s, struct region *next,
				    struct region *from)
{
	settle_hole(s, next);
	settle(s, from, NULL);
}

struct region *region_after(struct address_space *s, uintptr_t va)
{
	struct region *at = s->root, *best = NULL;

	while (at) {
		if (va < at->end) {
			best = at;
			if (va >= at->start)
				break;
			at = at->left;
		} else {
			at = at->right;
		}
	}
	return best;
}

void region_insert(struct address_space *s, struct region *r, struct region *next)
{
	struct list_head *before = next ? next->order.prev : s->regions.prev;
	struct region *parent = NULL;

	CHECK(!next || next->start >= r->end, "RG1: a region at 0x%lx lies upon another", r->start);
	r->left = r->right = NULL;
	if (next && !next->left) {
		parent = next;
		parent->left = r;
	} else if (before != &s->regions) {
		/* The last below next, or of all: nothing is on its right. */
		parent = list_entry(before, struct region, order);
		parent->right = r;
	} else {
		s->root = r;
	}
	r->parent = parent;
	list_add(&r->order, before);
	r->height = 1;
	r->gap = region_hole_before(s, r);
	admit_region(s, region_previous(s, r), r, next, true);
	s->nr_regions++;
	s->mapped_pages += (r->end - r->start) >> PAGE_SHIFT;
	if (parent && parent->height == 1) {
		/* It was a leaf; nothing leans that has one child. */
		parent->height = 2;
		parent->gap = max(region_hole_before(s, parent), r->gap);
		settle(s, parent->parent, parent == next ? NULL : next);
	} else {
		settle(s, parent, next);
	}
}

/* r goes; widens: the hole in front of the next one is another then. */
static __always_inline void take_out(struct address_space *s, struct region *r, bool widens)
{
	struct region *next = region_next(s, r), *from, *through = widens ? next : NULL;

	admit_region(s, region_previous(s, r), r, next, false);
	list_del(&r->order);
	if (r->left && r->right) {
		/* The next one, which has nothing on its left, takes its place. */
		from = next->parent == r ? next : next->parent;
		if (next->parent != r) {
			replace(s, next->parent, next, next->right);
			next->right = r->right;
			next->right->parent = next;
		}
		next->left = r->left;
		next->left->parent = next;
		/* Those above have seen r's. */
		next->height = r->height;
		next->gap = r->gap;
		through = next;
		replace(s, r->parent, r, next);
	} else {
		from = r->parent;
		replace(s, from, r, r->left ? r->left : r->right);
		/* Else the next one is above. */
		if (r->right)
			through = NULL;
	}
	if (s->last == r)
		s->last = NULL;
	if (widens)
		region_room_widens(s, r);
	else
		s->room = NULL;
	s->nr_regions--;
	s->mapped_pages -= (r->end - r->start) >> PAGE_SHIFT;
	if (widens && next && !through)
		settle_right(s, next, from);
	else
		settle(s, from, through);
}

void region_remove(struct address_space *s, struct region *r)
{
	take_out(s, r, true);
}

/* Another span between the same neighbours; nothing about the tree. */
static __always_inline void change_span(struct address_space *s, struct region *r, uintptr_t start,
					uintptr_t end)
{
	admit_region(s, region_previous(s, r), r, region_next(s, r), false);
	s->mapped_pages += ((end - start) >> PAGE_SHIFT) - ((r->end - r->start) >> PAGE_SHIFT);
	if (r->file)
		r->first_index += (u64)((s64)(start - r->start) >> PAGE_SHIFT);
	r->start = start;
	r->end = end;
	admit_region(s, region_previous(s, r), r, region_next(s, r), true);
}

void region_resize(struct address_space *s, struct region *r, uintptr_t start, uintptr_t end)
{
	struct region *next = end == r->end ? NULL : region_next(s, r);
	bool begins_elsewhere = start != r->start;

	if (start > r->start || end < r->end)
		region_room_widens(s, r);
	change_span(s, r, start, end);
	if (begins_elsewhere)
		settle_hole(s, r);
	if (next)
		settle_hole(s, next);
}

void region_cut(struct address_space *s, struct region *r, struct region *upper)
{
	struct region *next = region_next(s, r);

	/* The hole in front of next is upper's, in a moment. */
	change_span(s, r, r->start, upper->start);
	region_insert(s, upper, next);
}

void region_absorb(struct address_space *s, struct region *r, struct region *next)
{
	uintptr_t end = next->end;

	if (unlikely(is_admitted(s))) {
		region_remove(s, next);
		region_resize(s, r, r->start, end);
		return;
	}
	/* First the end: then the hole behind is what it was. */
	s->mapped_pages += (end - next->start) >> PAGE_SHIFT;
	r->end = end;
	take_out(s, next, false);
}

/* r and all below it, in the order of addresses: they stand alike, and have the same holes in
 * front. NULL: no memory for one; those that there are stand on the list. */
static struct region *copy_subtree(struct address_space *to, const struct region *r)
{
	struct region *left = NULL, *copy;

	if (r->left) {
		left = copy_subtree(to, r->left);
		if (!left)
			return NULL;
	}
	copy = region_alloc();
	if (!copy)
		return NULL;
	*copy = *r;
	if (copy->file)
		copy->ops->get(copy->file);
	admit_region(to, region_last(to), copy, NULL, true);
	list_add_tail(&copy->order, &to->regions);
	to->nr_regions++;
	copy->left = left;
	if (left)
		left->parent = copy;
	if (r->right) {
		copy->right = copy_subtree(to, r->right);
		if (!copy->right)
			return NULL;
		copy->right->parent = copy;
	}
	return copy;
}

int regions_copy(const struct address_space *from, struct address_space *to)
{
	if (!from->root)
		return 0;
	to->root = copy_subtree(to, from->root);
	if (!to->root)
		return -ENOMEM;
	to->root->parent = NULL;
	to->mapped_pages = from->mapped_pages;
	return 0;
}

/* ---- validation ---- */

static const char *check(const struct address_space *s, const struct region *r)
{
	struct region copy = *r;
	const char *broken = NULL;
	int lean = (int)height_of(r->left) - (int)height_of(r->right);

	if (r->left)
		broken = r->left->end > r->start ? "RG1: regions overlap" : check(s, r->left);
	if (!broken && r->right)
		broken = r->right->start < r->end ? "RG1: regions overlap" : check(s, r->right);
	if (broken)
		return broken;
	if (lean < -LEAN_MOST || lean > LEAN_MOST)
		return "RG2: the tree of regions leans";
	update(s, &copy);
	if (copy.gap != r->gap || copy.height != r->height)
		return "RG3: the tree of regions has another hole than it says";
	if ((r->left && r->left->parent != r) || (r->right && r->right->parent != r))
		return "RG3: a region's child has another parent";
	return NULL;
}

const char *regions_validate(const struct address_space *s)
{
	const struct list_head *at;
	unsigned int listed = 0;
	uintptr_t end = 0;

	list_for_each(at, &s->regions) {
		const struct region *r = container_of((struct list_head *)(unsigned long)at,
						      struct region, order);

		if (r->start < end || r->start >= r->end)
			return "RG1: the list of regions is not in order";
		end = r->end;
		listed++;
	}
	if (listed != s->nr_regions)
		return "RG1: the list has other regions than are counted";
	if (!region_room_is_valid(s))
		return "RG4: there is room above where it was found last";
	return s->root ? check(s, s->root) : NULL;
}
