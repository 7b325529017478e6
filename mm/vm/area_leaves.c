/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: what is done to an area under a hold of the lock: it gets a place and leaves, and loses
 * both.
 *
 * Structure: under the hold that maps its first leaves an area gets its place (areas.c); the tables
 * are arch/pgtable.h's. Frames are the caller's, before and after.
 *
 * Taking away is retire, fence, reap: one fence for an area. The fence is not put off until more
 * areas have gone: frames that wait for it would be free for nobody, and a request that is refused
 * could not say why. A CPU that is alone has no others to ask, and does all of a small area under
 * one hold.
 *
 * Invariants: VM2 and VM3 (vmalloc.c).
 *
 * Locking: kernel_tables_lock for areas and tables; zone->lock is taken inside, for a table.
 *
 * Bounds: one hold maps or reaps at most VM_HOLD_PAGES leaves (512 for a block of 2 MiB that lies
 * across a border of such; VM_REAP_LEAVES that were retired before), or retires VM_RETIRE_LEAVES,
 * and walks the tree of areas once.
 *
 * Configuration: none of its own.
 */
#include <kernel/math.h>
#include <arch/smp.h>

#include "internal.h"

/* Where the first leaf may be large, on a border of such. */
static bool find_place(struct vm_area *area, const struct pgtable_run *first)
{
	unsigned long bytes = area->pages * PAGE_SIZE;

	if (first->bytes >= HUGE_BYTES && IS_ALIGNED(first->pa, HUGE_BYTES) &&
	    vm_area_insert(area, bytes, HUGE_BYTES))
		return true;
	return vm_area_insert(area, bytes, PAGE_SIZE);
}

bool vm_area_map_page(struct vm_area *area, phys_addr_t pa)
{
	struct pgtable_run run = { pa, PAGE_SIZE };
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	bool mapped = vm_area_insert(area, PAGE_SIZE, PAGE_SIZE) &&
		      !pgtable_map_runs(&kernel_pgtable, area->start, &run, 1, area->rights);

	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return mapped;
}

bool vm_area_map(struct vm_area *area, u64 done, const struct vm_runs *runs)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	bool mapped = (area->end || find_place(area, runs->run)) &&
		      !pgtable_map_runs(&kernel_pgtable, area->start + done, runs->run, runs->nr,
					area->rights);

	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return mapped;
}

/* ---- taking away ---- */

void vm_area_retire(const struct vm_area *area)
{
	unsigned long start = area->start, end = vm_mapped_end(area);
	bool tables = false;

	while (start < end) {
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

		start = pgtable_retire(&kernel_pgtable, start, end, VM_RETIRE_LEAVES, &tables);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
	}
	if (tables)
		flush_tlb_kernel_range(0, ~0ul);
	else
		flush_tlb_kernel_range(area->start, end);
}

unsigned long vm_area_reap(struct vm_area *area, unsigned long va, bool fenced,
			   struct vm_reaping *r)
{
	const unsigned long leaves = fenced ? VM_REAP_LEAVES : VM_HOLD_PAGES;

	r->h = (struct pgtable_harvest){
		.run = vm_has_frames(area) ? r->runs.run : NULL, .room = VM_RUNS,
		.leaves = leaves - (va - area->start) / PAGE_SIZE % leaves,
		.fenced = fenced,
	};
	va = pgtable_reap(&kernel_pgtable, va, vm_mapped_end(area), &r->h);
	if (vm_is_movable(area))
		vm_unmake_movable(r->runs.run, r->h.nr);
	if (va == vm_mapped_end(area))
		vm_area_erase(area);
	return va;
}
