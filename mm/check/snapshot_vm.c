/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: areas of the vmalloc window as others than mm/ read them.
 *
 * Structure: one area at a time, found by address, so that the lock is held for one way down the
 * tree.
 *
 * Invariants: none of its own.
 *
 * Locking: kernel_tables_lock for one copy.
 *
 * Configuration: none.
 */
#include <mm/snapshot.h>

#include "mm/vm/internal.h"

static const char *const kinds[] = {
	[VM_KIND_ALLOC] = "vmalloc", [VM_KIND_STACK] = "vmalloc",
	[VM_KIND_MOVABLE] = "vmalloc", [VM_KIND_MAP] = "vmap",
	[VM_KIND_IOREMAP] = "ioremap",
};

bool vm_area_snapshot_next(unsigned long *place, struct vm_area_snapshot *a)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	const struct vm_area *area = vm_area_above(*place);

	if (area) {
		*a = (struct vm_area_snapshot){
			.start = area->start, .end = area->end, .caller = area->caller,
			.pages = area->kind == VM_KIND_IOREMAP ? 0 : area->pages,
			.pa = area->pa, .kind = kinds[area->kind],
		};
		*place = area->end;
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return area != NULL;
}
