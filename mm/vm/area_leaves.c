/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: what is done to an area under a hold of the lock: it gets a place and leaves, and loses
 * both.
 *
 * Structure: a small area gets its place (areas.c) under the hold that maps its leaves, and loses
 * it under the one that takes the last of them; a larger one has a hold of its own for either. Page
 * tables that are missing are taken and cleared with no lock held, before it is tried again; what
 * became empty goes back behind the hold, as the frames do, which are the caller's.
 *
 * Taking away is retire, fence, reap: one fence for an area. The fence is not put off until more
 * areas have gone: frames that wait for it would be free for nobody, and a request that is refused
 * could not say why. A CPU that is alone has no others to ask, and does all of a small area under
 * one hold.
 *
 * Invariants: VM2 and VM3 (vmalloc.c).
 *
 * Locking: kernel_tables_lock for areas and tables; nothing is taken inside.
 *
 * Bounds: one hold maps, retires or reaps at most VM_HOLD_PAGES leaves, in at most VM_RUNS pieces;
 * or VM_SMALL_PAGES in VM_SMALL_RUNS, and walks the tree of areas.
 *
 * Configuration: none of its own.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <arch/smp.h>

#include "internal.h"

/* [T] */
static inline bool find_place(struct vm_area *area, bool large)
{
	unsigned long bytes = area->pages * PAGE_SIZE;

	return (large && vm_area_insert(area, bytes, HUGE_BYTES)) ||
	       vm_area_insert(area, bytes, PAGE_SIZE);
}

bool vm_area_place(struct vm_area *area, bool large)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	bool placed = find_place(area, large);

	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return placed;
}

/*
 * What one hold maps, which is tried again with a table more as long as one is missing. Most often
 * none is; a table that was made in vain may be gone by then, if somebody else found it empty.
 */
static __noinline int map_pieces(struct vm_area *area, u64 done, const struct pgtable_run *run,
				 unsigned int nr)
{
	struct pgtable_tables spare = { 0, 0 };
	int err;

	do {
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

		err = -ENOSPC;
		if (area->end || find_place(area, false))
			err = pgtable_map_runs(&kernel_pgtable, area->start + done, run, nr,
					       area->rights, &spare);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
	} while (unlikely(err == -ENOMEM) && pgtable_tables_add(&kernel_pgtable, &spare));
	if (unlikely(spare.nr))
		pgtable_tables_free(&kernel_pgtable, &spare);
	return err;
}

bool vm_area_map_page(struct vm_area *area, phys_addr_t pa)
{
	struct pgtable_run run = { pa, PAGE_SIZE };
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	bool mapped = vm_area_insert(area, PAGE_SIZE, PAGE_SIZE) &&
		      !pgtable_map_runs(&kernel_pgtable, area->start, &run, 1, area->rights, NULL);

	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	/* In vain, but for the place: with a table. */
	return likely(mapped) || (area->end && !map_pieces(area, 0, &run, 1));
}

/* A block of HUGE_BYTES where a table of pages is, which stays once the first are in it. */
static __noinline bool map_in_pages(struct vm_area *area, u64 done, phys_addr_t pa)
{
	for (u64 at = 0; at < HUGE_BYTES; at += VM_HOLD_PAGES * PAGE_SIZE) {
		struct pgtable_run run = { pa + at, VM_HOLD_PAGES * PAGE_SIZE };
		int err = map_pieces(area, done + at, &run, 1);

		ASSERT(!err || !at, "the table for 0x%lx has gone", area->start + done + at);
		if (err)
			return false;
	}
	return true;
}

bool vm_area_map(struct vm_area *area, u64 done, const struct vm_runs *runs)
{
	bool small = area->pages <= VM_SMALL_PAGES && runs->nr <= VM_SMALL_RUNS;
	int err;

	if (!area->end && !small && !vm_area_place(area, false))
		return false;
	err = map_pieces(area, done, runs->run, runs->nr);
	return err == -EEXIST ? map_in_pages(area, done, runs->run->pa) : !err;
}

/* ---- taking away ---- */

void vm_area_retire(const struct vm_area *area)
{
	unsigned long start = area->start, end = vm_mapped_end(area);
	bool tables = false;

	while (start < end) {
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

		start = pgtable_retire(&kernel_pgtable, start, end, VM_HOLD_PAGES, &tables);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
	}
	if (tables)
		flush_tlb_kernel_range(0, ~0ul);
	else
		flush_tlb_kernel_range(area->start, end);
}

bool vm_area_reap(struct vm_area *area, unsigned long *va, bool fenced, struct vm_reaping *r)
{
	unsigned long end = vm_mapped_end(area), leaves = VM_HOLD_PAGES;
	bool last = end - *va <= VM_SMALL_PAGES * PAGE_SIZE;

	if (vm_is_movable(area))
		leaves = VM_HOLD_MOVABLE;
	r->h = (struct pgtable_harvest){
		.run = vm_has_frames(area) ? r->runs.run : NULL,
		.room = last ? VM_SMALL_RUNS : VM_RUNS,
		.leaves = leaves - (*va - area->start) / PAGE_SIZE % leaves,
		.fenced = fenced,
	};
	if (*va < end)
		*va = pgtable_reap(&kernel_pgtable, *va, end, &r->h);
	if (vm_is_movable(area))
		vm_unmake_movable(r->runs.run, r->h.nr);
	if (!last || *va < end)
		return false;
	vm_area_erase(area);
	return true;
}
