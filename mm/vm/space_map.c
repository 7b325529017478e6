/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: mmap, munmap, mprotect, brk, mremap: regions are made, cut, joined and taken away.
 *
 * Structure: what a call is about is first cut out of the regions that reach across its ends; then
 * whole regions change. Neighbours that say the same are joined afterwards.
 *
 * Invariants: those of regions.c. There are at most MAX_REGIONS regions; a call that fails has
 * changed at most where regions are cut.
 *
 * Locking: the space's lock.
 *
 * Bounds: a call takes steps for each region and each page that it is about.
 *
 * Configuration: MAX_REGIONS.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/undo.h>

#include "admission.h"

/* Nothing is mapped below, so that a null pointer faults. */
#define LOWEST		0x10000ul

static __always_inline bool range_ok(uintptr_t start, size_t bytes)
{
	return !(start % PAGE_SIZE) && bytes && start < USER_TOP && bytes <= USER_TOP - start;
}

static __always_inline bool can_join(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->rights == b->rights && a->flags == b->flags &&
	       a->file == b->file && a->ops == b->ops && !(a->flags & REGION_GROWS_DOWN) &&
	       (!a->file || a->first_index + ((a->end - a->start) >> PAGE_SHIFT) == b->first_index);
}

/* r and the one behind it become one where they can. */
static __always_inline bool try_join(struct address_space *s, struct region *r, struct region *next)
{
	if (!next || !can_join(r, next))
		return false;
	region_absorb(s, r, next);
	region_free(next);
	return true;
}

/* r ends at va; what is above is a region of its own. NULL: no memory, or too many. */
static struct region *split(struct address_space *s, struct region *r, uintptr_t va)
{
	struct region *upper;

	if (s->nr_regions >= CONFIG_MAX_REGIONS)
		return NULL;
	upper = region_alloc();
	if (!upper)
		return NULL;
	*upper = *r;
	upper->start = va;
	upper->flags = admit_piece(s, r->flags);
	if (r->file) {
		r->ops->get(r->file);
		upper->first_index += (va - r->start) >> PAGE_SHIFT;
	}
	region_cut(s, r, upper);
	return upper;
}

static int unmap(struct address_space *s, uintptr_t start, uintptr_t end)
{
	struct region *r = region_after(s, start), *next;

	if (!r || r->start >= end)
		return 0;
	/* Alone a hole within a region makes one more. */
	if (r->start < start && r->end > end && !split(s, r, end))
		return -ENOMEM;
	user_tables_unmap(s, start, end);
	if (r->start < start) {
		next = region_next(s, r);
		region_resize(s, r, r->start, start);
		r = next;
	}
	for (; r && r->end <= end; r = next) {
		next = region_next(s, r);
		region_remove(s, r);
		region_free(r);
	}
	if (r && r->start < end)
		region_resize(s, r, end, r->end);
	return 0;
}

/* Does r say what the request does, with the file's page of that number first? */
static __always_inline bool says_same(const struct region *r, const struct map_request *m,
				      u32 flags, u64 first_index)
{
	return r->rights == m->rights && r->flags == flags && r->file == m->file &&
	       r->ops == m->ops && !(flags & REGION_GROWS_DOWN) &&
	       (!m->file || r->first_index == first_index);
}

/* [A] One more region in front of after, where there is room. */
static __always_inline int add_region(struct address_space *s, uintptr_t start,
				      const struct map_request *m, u32 flags,
				      struct region *after)
{
	struct region *r;

	if (s->nr_regions >= CONFIG_MAX_REGIONS)
		return -ENOMEM;
	r = region_alloc();
	if (!r)
		return -ENOMEM;
	/* The tree's part is region_insert()'s. */
	r->start = start;
	r->end = start + m->bytes;
	r->rights = m->rights;
	r->flags = flags;
	r->file = m->file;
	r->ops = m->ops;
	r->first_index = m->first_index;
	if (r->file)
		r->ops->get(r->file);
	region_insert(s, r, after);
	return 0;
}

/* The same, or a longer one, at a place where nothing is. */
static __always_inline int place_free(struct address_space *s, uintptr_t start,
				      const struct map_request *m, struct region *after)
{
	struct region *before = after ? region_previous(s, after) : region_last(s);
	u32 flags = admit_flags(s, m->rights, m->flags);
	uintptr_t end = start + m->bytes;

	if (before && before->end == start &&
	    says_same(before, m, flags,
		      m->first_index - ((before->end - before->start) >> PAGE_SHIFT))) {
		region_resize(s, before, before->start, end);
		try_join(s, before, after);
		return 0;
	}
	if (after && after->start == end &&
	    says_same(after, m, flags, m->first_index + (m->bytes >> PAGE_SHIFT))) {
		region_resize(s, after, start, after->end);
		return 0;
	}
	return add_region(s, start, m, flags, after);
}

/* The same; what is there now goes. after is region_after() of start. */
static __always_inline int place_at(struct address_space *s, uintptr_t start,
				    const struct map_request *m, struct region *after)
{
	if (after && after->start < start + m->bytes) {
		int err = unmap(s, start, start + m->bytes);

		if (err)
			return err;
		after = region_after(s, start);
	}
	return place_free(s, start, m, after);
}

static int place(struct address_space *s, uintptr_t start, const struct map_request *m)
{
	return place_at(s, start, m, region_after(s, start));
}

static __always_inline bool is_free(struct address_space *s, uintptr_t start, size_t bytes)
{
	struct region *r = region_after(s, start);

	return !r || r->start >= start + bytes;
}

/* Where the request goes, *after being region_after() of that; 0: there is no room. */
static __always_inline uintptr_t choose(struct address_space *s, const struct map_request *m,
					struct region **after)
{
	uintptr_t start = m->start;

	if (m->fixed) {
		*after = region_after(s, start);
		return start;
	}
	start &= PAGE_MASK;
	if (start >= LOWEST && range_ok(start, m->bytes)) {
		*after = region_after(s, start);
		if (!*after || (*after)->start >= start + m->bytes)
			return start;
	}
	start = region_room(s, LOWEST, s->mmap_top, m->bytes);
	*after = s->room && s->room->start == start + m->bytes ? s->room : region_after(s, start);
	return start;
}

long space_map(struct address_space *s, struct map_request *m)
{
	struct region *after;
	size_t bytes = m->bytes;
	uintptr_t start;
	long result;

	m->bytes = ALIGN_UP(bytes, PAGE_SIZE);
	if (!m->bytes || m->bytes > USER_TOP)
		return bytes ? -ENOMEM : -EINVAL;
	if (m->fixed && (m->start % PAGE_SIZE || !range_ok(m->start, m->bytes)))
		return m->start % PAGE_SIZE ? -EINVAL : -ENOMEM;
	mutex_lock(&s->lock);
	start = choose(s, m, &after);
	if (m->no_replace && after && after->start < start + m->bytes)
		result = -EEXIST;
	else if (!start && !m->fixed)
		result = -ENOMEM;
	else if ((s->mapped_pages << PAGE_SHIFT) + m->bytes > s->size_limit)
		result = -ENOMEM;
	else
		result = admit(s, admit_worst(s, start, m->bytes, m->rights, m->flags), "mmap");
	if (!result)
		result = place_at(s, start, m, after);
	admit_settle(s);
	mutex_unlock(&s->lock);
	return result ? result : (long)start;
}

int space_unmap(struct address_space *s, uintptr_t start, size_t bytes)
{
	int err;

	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	if (!range_ok(start, bytes))
		return -EINVAL;
	mutex_lock(&s->lock);
	err = unmap(s, start, start + bytes);
	admit_settle(s);
	mutex_unlock(&s->lock);
	return err;
}

/* [A] Is every address mapped? */
static bool is_covered(struct address_space *s, uintptr_t start, uintptr_t end)
{
	struct region *r = region_after(s, start);

	while (r && r->start <= start) {
		if (r->end >= end)
			return true;
		start = r->end;
		r = region_next(s, r);
	}
	return false;
}

bool space_has(struct address_space *s, uintptr_t start, size_t bytes)
{
	bool covered;

	if (!range_ok(start, bytes))
		return false;
	mutex_lock(&s->lock);
	covered = is_covered(s, start, start + bytes);
	mutex_unlock(&s->lock);
	return covered;
}

/* What mprotect() is about. */
struct protection {
	uintptr_t start, end;
	u32 rights;
	unsigned long more;		/* pages that the space may come to need */
};

/* [A] Do the regions from r on cover it all, and may they have the rights? *last is the last. */
static int look_at_regions(struct address_space *s, struct region *r, struct protection *p,
			   struct region **last)
{
	uintptr_t at = p->start;

	for (; r && r->start <= at; r = region_next(s, r)) {
		if (r->flags & REGION_SHARED && p->rights & VM_WRITE &&
		    !(r->flags & REGION_MAY_WRITE))
			return -EACCES;
		if (is_admitted(s))
			p->more += admit_writable(r, p->rights, p->start, p->end);
		*last = r;
		at = r->end;
		if (at >= p->end)
			return admit(s, p->more, "mprotect");
	}
	return -ENOMEM;
}

/* Joins what can be joined from first, or the one in front of it, up to end. */
static __always_inline void join_around(struct address_space *s, struct region *first,
					uintptr_t end)
{
	struct region *r = region_previous(s, first), *next;

	if (!r)
		r = first;
	while ((next = region_next(s, r)) && r->start < end)
		if (!try_join(s, r, next))
			r = next;
}

static int protect(struct address_space *s, struct protection *p)
{
	uintptr_t start = p->start, end = p->end;
	struct region *first = region_after(s, start), *last, *upper;
	int err = look_at_regions(s, first, p, &last);

	if (err)
		return err;
	if (first->start < start) {
		upper = split(s, first, start);
		if (!upper)
			return -ENOMEM;
		last = last == first ? upper : last;
		first = upper;
	}
	if (last->end > end && !split(s, last, end))
		return -ENOMEM;
	for (struct region *r = first; r && r->start < end; r = region_next(s, r)) {
		admit_rights(s, r, p->rights);
		r->rights = p->rights;
		user_tables_protect(s, r->start, r->end, p->rights, r->flags & REGION_SHARED);
	}
	join_around(s, first, end);
	return 0;
}

int space_protect(struct address_space *s, uintptr_t start, size_t bytes, u32 rights)
{
	int err;

	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	if (start % PAGE_SIZE)
		return -EINVAL;
	if (!bytes)
		return 0;
	if (!range_ok(start, bytes))
		return -ENOMEM;
	mutex_lock(&s->lock);
	err = protect(s, &(struct protection){ start, start + bytes, rights, 0 });
	admit_settle(s);
	mutex_unlock(&s->lock);
	return err;
}

int space_discard(struct address_space *s, uintptr_t start, size_t bytes)
{
	bool covered;

	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	if (!bytes)
		return 0;
	if (!range_ok(start, bytes))
		return start % PAGE_SIZE ? -EINVAL : -ENOMEM;
	mutex_lock(&s->lock);
	covered = is_covered(s, start, start + bytes);
	user_tables_unmap(s, start, start + bytes);
	mutex_unlock(&s->lock);
	return covered ? 0 : -ENOMEM;
}

/* [A] The heap reaches up to `to`, where nothing is in the way. */
static bool grow_heap(struct address_space *s, uintptr_t from, uintptr_t to)
{
	struct map_request m = { .bytes = to - from, .rights = VM_READ | VM_WRITE,
				 .flags = REGION_HEAP };
	struct region *last = s->last, *after;

	after = last && last->end == from ? region_next(s, last) : region_after(s, from);
	return (s->mapped_pages << PAGE_SHIFT) + m.bytes <= s->size_limit &&
	       (!after || after->start >= to) &&
	       !admit(s, admit_worst(s, from, m.bytes, m.rights, m.flags), "brk") &&
	       !place_free(s, from, &m, after);
}

uintptr_t space_brk(struct address_space *s, uintptr_t end)
{
	uintptr_t from, to;

	mutex_lock(&s->lock);
	from = ALIGN_UP(s->heap_end, PAGE_SIZE);
	to = ALIGN_UP(end, PAGE_SIZE);
	if (end >= s->heap_start && end < USER_TOP && end - s->heap_start <= s->heap_limit &&
	    (to > from ? grow_heap(s, from, to) : to == from || !unmap(s, to, from)))
		s->heap_end = end;
	admit_settle(s);
	end = s->heap_end;
	mutex_unlock(&s->lock);
	return end;
}

/* ---- mremap ---- */

/* [A] The region at old, of which [old, old + bytes) is a part, goes to another place. */
/* What may fail for want of a region comes before the pages move. */
static long move_region(struct address_space *s, struct region *r, uintptr_t old, size_t old_bytes,
			size_t new_bytes, uintptr_t target)
{
	struct map_request m = {
		.start = target, .bytes = new_bytes, .rights = r->rights,
		.flags = admit_piece(s, r->flags), .file = r->file, .ops = r->ops,
		.fixed = target != 0,
		.first_index = r->first_index + ((old - r->start) >> PAGE_SHIFT),
	};
	uintptr_t to = target ? target : region_room(s, LOWEST, s->mmap_top, new_bytes);
	int err;

	if (!to || (r->start < old && r->end > old + old_bytes && !split(s, r, old + old_bytes)))
		return -ENOMEM;
	err = unmap(s, to, to + new_bytes);
	/* Alone for now, so that neither end of the old place lies within a region. */
	if (!err)
		err = add_region(s, to, &m, admit_flags(s, m.rights, m.flags),
				 region_after(s, to));
	if (err)
		return err;
	err = user_tables_move(s, old, to, min(old_bytes, new_bytes));
	if (err) {
		UNDO_PATH("no table where a region goes to");
		(void)unmap(s, to, to + new_bytes);
		return err;
	}
	err = unmap(s, old, old + old_bytes);
	ASSERT(!err, "of a region that begins or ends at 0x%lx nothing is left to cut", old);
	join_around(s, region_after(s, to), to + new_bytes);
	return (long)to;
}

static long remap(struct address_space *s, uintptr_t old, size_t old_bytes, size_t new_bytes,
		  bool may_move, uintptr_t target)
{
	struct region *r = region_after(s, old);
	struct map_request m;

	if (!r || r->start > old || r->end < old + old_bytes)
		return -EFAULT;
	if (!target && new_bytes <= old_bytes) {
		int err = new_bytes < old_bytes ? unmap(s, old + new_bytes, old + old_bytes) : 0;

		return err ? err : (long)old;
	}
	if (((s->mapped_pages << PAGE_SHIFT) + new_bytes - old_bytes) > s->size_limit ||
	    admit(s, admit_worst(s, 0, new_bytes, r->flags & REGION_COMMITTED ? VM_WRITE : 0,
				 admit_piece(s, r->flags)), "mremap"))
		return -ENOMEM;
	if (!target && r->end == old + old_bytes &&
	    is_free(s, r->end, new_bytes - old_bytes) && old + new_bytes <= s->mmap_top) {
		m = (struct map_request){ .bytes = new_bytes - old_bytes, .rights = r->rights,
					  .flags = r->flags, .file = r->file, .ops = r->ops,
					  .first_index = r->first_index +
							 ((r->end - r->start) >> PAGE_SHIFT) };
		if (!place(s, r->end, &m))
			return (long)old;
	}
	return may_move ? move_region(s, r, old, old_bytes, new_bytes, target) : -ENOMEM;
}

long space_remap(struct address_space *s, uintptr_t old, size_t old_bytes, size_t new_bytes,
		 bool may_move, bool fixed, uintptr_t target)
{
	long result;

	old_bytes = ALIGN_UP(old_bytes, PAGE_SIZE);
	new_bytes = ALIGN_UP(new_bytes, PAGE_SIZE);
	if (!range_ok(old, old_bytes) || !new_bytes || new_bytes > USER_TOP)
		return -EINVAL;
	if (fixed && (!may_move || !range_ok(target, new_bytes) ||
		      (target < old + old_bytes && old < target + new_bytes)))
		return -EINVAL;
	mutex_lock(&s->lock);
	result = remap(s, old, old_bytes, new_bytes, may_move, fixed ? target : 0);
	admit_settle(s);
	mutex_unlock(&s->lock);
	return result;
}
