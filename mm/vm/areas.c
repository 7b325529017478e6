/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which area has which part of the vmalloc window, and where the next one goes.
 *
 * Structure: a height-balanced tree by address (AVL), and a list in the same order. Each area knows
 * the gap before it, and the largest gap of its subtree; behind all stands one that is empty and
 * stays, so that every gap is before some area. First fit goes down the tree once: to the left as
 * long as the left has a gap that will do. A sorted table would have served for finding an area,
 * but not for finding a gap in fewer than n steps, and moves n/2 entries for each new area.
 *
 *	VMALLOC_START                                            VMALLOC_START + VMALLOC_SIZE
 *	| guard | area | guard |   gap   | area | guard | area | guard |   gap   |(end)
 *
 * Invariants:
 * VA1 Areas lie in the window, ascending and apart, each with a guard page behind it, and the first
 *     with one before it; an area's gap is what is between it and the one before it.
 * VA2 The heights of a node's two subtrees differ by at most one, and its own is one more than the
 *     higher.
 * VA3 largest_gap is the largest of the gaps in the node's subtree.
 * VA4 There are at most VMALLOC_AREAS areas.
 *
 * Locking: kernel_tables_lock for all of it. vm_area_describe() takes none: the machine stops.
 *
 * Bounds: with n areas the tree is at most 1.44 log2(n + 2) high; each call goes down it once and
 * up twice.
 *
 * Configuration: VMALLOC_AREAS bounds n.
 */
#include <kernel/assert.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <kernel/symbols.h>

#include "internal.h"

/* 1.44 log2(n + 2) for any n there is memory for. */
#define HEIGHT_MOST	48

BUILD_ASSERT(VMALLOC_SIZE > 2 * VM_GUARD_BYTES, "the vmalloc window has no room for an area");

/* Before it lies the gap behind the last area. */
static struct vm_area end_area = {		/* [T] */
	.height = 1,
	.gap = VMALLOC_SIZE - VM_GUARD_BYTES,
	.largest_gap = VMALLOC_SIZE - VM_GUARD_BYTES,
};
static struct vm_area *root = &end_area;	/* [T] */
static unsigned int nr_areas;			/* [T] */
static unsigned long own_pages;			/* [T*] of areas whose frames are theirs */

static inline unsigned int height_of(const struct vm_area *area)
{
	return area ? area->height : 0;
}

static inline unsigned long largest_of(const struct vm_area *area)
{
	return area ? area->largest_gap : 0;
}

/* What follows from the area's gap and its children; false when it was so before. */
static inline bool refresh(struct vm_area *area)
{
	const struct vm_area *left = area->child[0], *right = area->child[1];
	unsigned long below = max(largest_of(left), largest_of(right));
	unsigned long largest = max(below, area->gap);
	unsigned int height = 1 + max(height_of(left), height_of(right));

	if (area->height == height && area->largest_gap == largest)
		return false;
	area->height = (u8)height;
	area->largest_gap = largest;
	return true;
}

/* with has area's place below its parent. */
static void put_in_place(struct vm_area *area, struct vm_area *with)
{
	struct vm_area *parent = area->parent;

	if (with)
		with->parent = parent;
	if (!parent)
		root = with;
	else
		parent->child[parent->child[1] == area] = with;
}

/* The child of that side goes up, and the area down on the other side. */
static struct vm_area *turn(struct vm_area *area, int side)
{
	struct vm_area *up = area->child[side], *inner = up->child[!side];

	put_in_place(area, up);
	area->child[side] = inner;
	if (inner)
		inner->parent = area;
	up->child[!side] = area;
	area->parent = up;
	refresh(area);
	refresh(up);
	return up;
}

/* One side is too high by two. */
static __noinline struct vm_area *balance(struct vm_area *area, int side)
{
	struct vm_area *child = area->child[side];

	if (height_of(child->child[!side]) > height_of(child->child[side]))
		turn(child, !side);
	return turn(area, side);
}

/* What is below the area, or its gap, has changed: up to where that makes no difference. */
static void settle(struct vm_area *area)
{
	while (area) {
		int tilt = (int)height_of(area->child[0]) - (int)height_of(area->child[1]);

		if (tilt > 1)
			area = balance(area, 0);
		else if (tilt < -1)
			area = balance(area, 1);
		else if (!refresh(area))
			return;
		area = area->parent;
	}
}

/* The first area, by address, with a gap before it of that size; NULL: there is none. */
static inline struct vm_area *first_gap(unsigned long want)
{
	struct vm_area *area = root;

	if (area->largest_gap < want)
		return NULL;
	for (;;) {
		struct vm_area *left = area->child[0];

		if (left && left->largest_gap >= want)
			area = left;
		else if (area->gap >= want)
			return area;
		else
			area = area->child[1];
	}
}

static inline unsigned long start_of(const struct vm_area *area)
{
	return area == &end_area ? VM_AREAS_END : area->start;
}

static inline bool is_in(const struct vm_area *area, unsigned long va)
{
	return va >= start_of(area) && va < area->end;
}

bool vm_area_insert(struct vm_area *area, unsigned long bytes, unsigned long align)
{
	struct vm_area *next, *at;
	unsigned long gap_start;

	bytes += VM_GUARD_BYTES;
	next = first_gap(bytes + align - PAGE_SIZE);
	if (!next || nr_areas >= CONFIG_VMALLOC_AREAS)
		return false;
	nr_areas++;
	if (vm_has_frames(area))
		WRITE_ONCE(own_pages, own_pages + area->pages);
	gap_start = start_of(next) - next->gap;
	area->start = ALIGN_UP(gap_start, align);
	area->end = area->start + bytes;
	area->gap = area->largest_gap = area->start - gap_start;
	area->height = 1;
	area->child[0] = area->child[1] = NULL;
	next->gap -= area->gap + bytes;
	area->next = next;
	area->prev = next->prev;
	next->prev = area;
	if (area->prev)
		area->prev->next = area;
	/* The place before next: its left child's, or behind all that is left of it. */
	at = next->child[0] ? area->prev : next;
	at->child[at != next] = area;
	area->parent = at;
	settle(at);
	if (at != next)
		settle(next);
	return true;
}

void vm_area_erase(struct vm_area *area)
{
	struct vm_area *next = area->next, *from = area->parent;

	nr_areas--;
	if (vm_has_frames(area))
		WRITE_ONCE(own_pages, own_pages - area->pages);
	next->gap += area->gap + (area->end - area->start);
	next->prev = area->prev;
	if (area->prev)
		area->prev->next = next;
	if (!area->child[0] || !area->child[1]) {
		put_in_place(area, area->child[!area->child[0]]);
	} else {
		/* next is the leftmost on the right: it leaves its place and takes the area's. */
		from = next->parent == area ? next : next->parent;
		put_in_place(next, next->child[1]);
		put_in_place(area, next);
		for (int side = 0; side < 2; side++) {
			next->child[side] = area->child[side];
			if (next->child[side])
				next->child[side]->parent = next;
		}
		/* What those above it were made from. */
		next->height = area->height;
		next->largest_gap = area->largest_gap;
	}
	settle(from);
	if (from != next)
		settle(next);
}

unsigned long vm_own_pages(void)
{
	return READ_ONCE(own_pages);
}

struct vm_area *vm_area_find(unsigned long va)
{
	struct vm_area *area = root;

	while (area) {
		if (va < start_of(area))
			area = area->child[0];
		else if (va >= area->end)
			area = area->child[1];
		else
			break;
	}
	return area;
}

struct vm_area *vm_area_above(unsigned long va)
{
	struct vm_area *area = root, *found = NULL;

	while (area) {
		bool right = area != &end_area && area->end <= va;

		if (!right)
			found = area;
		area = area->child[right];
	}
	return found == &end_area ? NULL : found;
}

/* Any context, also while another CPU was stopped in the middle of a change: it goes down so far
 * and no further. */
bool vm_area_describe(unsigned long va, char *buf, size_t size)
{
	static const char *const kinds[] = {
		[VM_KIND_ALLOC] = "vmalloc", [VM_KIND_STACK] = "stack",
		[VM_KIND_MOVABLE] = "movable vmalloc", [VM_KIND_MAP] = "vmap",
		[VM_KIND_IOREMAP] = "ioremap",
	};
	const struct vm_area *area = root;
	unsigned long offset, length;
	const char *name;

	for (unsigned int i = 0; area && !is_in(area, va) && i < HEIGHT_MOST; i++)
		area = area->child[va >= start_of(area)];
	if (!area || !is_in(area, va) || area->kind >= ARRAY_SIZE(kinds))
		return false;
	name = symbol_lookup((unsigned long)area->caller, &offset, &length);
	scnprintf(buf, size, "%s%s area 0x%lx of %lu pages, by %s",
		  va >= area->end - VM_GUARD_BYTES ? "guard page behind the " : "",
		  kinds[area->kind], area->start, area->pages, name ? name : "?");
	return true;
}

/* ---- validation ---- */

static const char *check_node(const struct vm_area *area)
{
	unsigned int left = height_of(area->child[0]), right = height_of(area->child[1]);
	unsigned long largest = area->gap;

	for (int side = 0; side < 2; side++) {
		const struct vm_area *child = area->child[side];

		if (child && child->parent != area)
			return "VA2: an area's parent has not got it for a child";
		if (child)
			largest = max(largest, child->largest_gap);
	}
	if (left > right + 1 || right > left + 1 || area->height != 1 + max(left, right))
		return "VA2: the tree of areas is not balanced";
	if (area->largest_gap != largest)
		return "VA3: an area does not know the largest gap below it";
	return NULL;
}

const char *vm_areas_validate(void)
{
	unsigned long end = VM_AREAS_START, nr = 0;
	const struct vm_area *area = root, *prev = NULL;

	while (area->child[0])
		area = area->child[0];
	for (;; prev = area, area = area->next) {
		const char *broken = check_node(area);

		if (broken)
			return broken;
		if (area->prev != prev || start_of(area) < end ||
		    start_of(area) - end != area->gap)
			return "VA1: an area overlaps another, or its gap is not what is before it";
		if (area == &end_area)
			return nr == nr_areas ? NULL : "VA4: areas are not as many as are counted";
		nr++;
		if (area->end > VM_AREAS_END ||
		    area->end - area->start != area->pages * PAGE_SIZE + VM_GUARD_BYTES)
			return "VA1: an area has no guard page behind it, or leaves the window";
		end = area->end;
	}
}
