/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: areas of vmalloc() whose pages can move: the first kind of movable pages (mm/movable.h).
 *
 * Structure: nothing but the mapping knows a frame of such an area. Its descriptor says at which
 * page of the window it is mapped; the area there says whether it may move, and the leaf whether it
 * is still that frame.
 *
 *	isolate    the leaf is marked; it stays valid, and everybody goes on
 *	migrate    the leaf becomes invalid, all CPUs forget it, the contents are copied, the leaf
 *	           leads to the copy. Whoever touches the page meanwhile waits in a page fault
 *	put_back   the mark goes
 *
 * Whoever frees an area in which pages are being moved leaves the rest to the mover who is last.
 * vm_pin() keeps an area's frames where they are, and says in whose name.
 *
 * Invariants:
 * VB1 A leaf is marked by one mover, who is counted in its area; an area is not taken away as long
 *     as one is counted, and no page of a pinned area is marked.
 * VB2 Between the fence and the new leaf nobody reads or writes the page but the mover.
 *
 * Locking: kernel_tables_lock for marks, pins and counts. The copy is made without it, with
 * interrupts off: an interrupt that touched the page would wait for its own CPU.
 *
 * Bounds: one walk, one fence and one page copied; interrupts are off for the last two.
 *
 * Configuration: MIGRATION and VMALLOC.
 */
#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <kernel/symbols.h>
#include <mm/movable.h>
#include <arch/processor.h>
#include <arch/smp.h>

#include "internal.h"

static unsigned long va_of(const struct movable *at)
{
	return VMALLOC_START + (((u64)at->owner << 32 | at->part) << PAGE_SHIFT);
}

static bool turn(const struct movable *at, enum pgtable_page from, enum pgtable_page to,
		 phys_addr_t pa)
{
	return pgtable_turn_page(&kernel_pgtable, va_of(at), PFN_PHYS(at->pfn), from, to, pa);
}

/* [T] The area of a page that a mover has marked. */
static struct vm_area *marked_area(const struct movable *at)
{
	struct vm_area *area = vm_area_find(va_of(at));

	ASSERT(area && area->kind == VM_KIND_MOVABLE && area->moving,
	       "VB1: 0x%lx is marked, and no mover is counted in its area", va_of(at));
	return area;
}

/* [T] One mover less; NULL: nothing more to do, or the area is to be taken away. */
static struct vm_area *mover_leaves(struct vm_area *area)
{
	return --area->moving == 0 && area->going ? area : NULL;
}

static bool area_owns(const struct movable *at)
{
	const struct vm_area *area = vm_area_find(va_of(at));

	if (!area || area->kind != VM_KIND_MOVABLE)
		return false;
	/* While a page moves two frames are on their way to or from it. */
	return area->moving || turn(at, PGTABLE_PAGE_MAPPED, PGTABLE_PAGE_MAPPED,
				    PFN_PHYS(at->pfn));
}

static int area_isolate(const struct movable *at)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	struct vm_area *area = vm_area_find(va_of(at));
	int err = -EAGAIN;

	/* What was written into the pages before the area was whole is copied with them. */
	if (area && area->kind == VM_KIND_MOVABLE &&
	    __atomic_load_n(&area->whole, __ATOMIC_ACQUIRE)) {
		if (area->pins)
			err = -EBUSY;
		else if (turn(at, PGTABLE_PAGE_MAPPED, PGTABLE_PAGE_MARKED, PFN_PHYS(at->pfn)))
			err = 0;
		area->moving += !err;
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return err;
}

static int area_migrate(const struct movable *at, struct page *dst)
{
	unsigned long va = va_of(at), flags = spin_lock_irqsave(&kernel_tables_lock);
	bool marked = turn(at, PGTABLE_PAGE_MARKED, PGTABLE_PAGE_MOVING, PFN_PHYS(at->pfn));
	struct vm_area *rest;

	spin_unlock(&kernel_tables_lock);
	ASSERT(marked, "VB1: 0x%lx is not marked", va);
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	copy_page(page_address(dst), page_address(pfn_to_page(at->pfn)));
	spin_lock(&kernel_tables_lock);
	marked = turn(at, PGTABLE_PAGE_MOVING, PGTABLE_PAGE_MAPPED, page_to_phys(dst));
	ASSERT(marked, "VB2: 0x%lx has changed while it was moved", va);
	rest = mover_leaves(marked_area(at));
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	if (rest)
		vm_area_release(rest);
	return 0;
}

static void area_put_back(const struct movable *at)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	bool marked = turn(at, PGTABLE_PAGE_MARKED, PGTABLE_PAGE_MAPPED, PFN_PHYS(at->pfn));
	struct vm_area *rest = mover_leaves(marked_area(at));

	ASSERT(marked, "VB1: 0x%lx is not marked", va_of(at));
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	if (rest)
		vm_area_release(rest);
}

/* What was true at one moment: the area may be gone by the time that the words are read. */
static void area_describe(const struct movable *at, char *buf, size_t size)
{
	unsigned long va = va_of(at), flags = spin_lock_irqsave(&kernel_tables_lock);
	const struct vm_area *area = vm_area_find(va);
	unsigned long page = 0, pages = 0, offset, length;
	const char *name = NULL, *pinned_by = NULL;
	size_t len = scnprintf(buf, size, "0x%lx", va);

	if (area && area->kind == VM_KIND_MOVABLE) {
		page = (va - area->start) / PAGE_SIZE;
		pages = area->pages;
		name = symbol_lookup((unsigned long)area->caller, &offset, &length);
		pinned_by = area->pins ? area->pinned_by : NULL;
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	if (!pages)
		return;
	len += scnprintf(buf + len, size - len, ", page %lu of %lu, by %s", page, pages,
			 name ? name : "?");
	if (pinned_by)
		scnprintf(buf + len, size - len, ", pinned by %s", pinned_by);
}

MOVABLE_KIND(vmalloc, area_owns, area_isolate, area_migrate, NULL, area_put_back, area_describe);

void vm_make_movable(const struct vm_area *area, u64 done, const struct vm_runs *runs)
{
	u64 at = (area->start + done - VMALLOC_START) >> PAGE_SHIFT;

	for (unsigned int i = 0; i < runs->nr; i++, at++)
		page_make_movable(pfn_to_page(PFN_DOWN(runs->run[i].pa)),
				  movable_kind_nr(vmalloc), (u32)(at >> 32), (u32)at);
}

void vm_unmake_movable(const struct pgtable_run *run, unsigned int nr)
{
	for (; nr--; run++) {
		unsigned long pfn = PFN_DOWN(run->pa), pages = run->bytes >> PAGE_SHIFT;

		for (unsigned long i = 0; i < pages; i++) {
			struct page *page = pfn_to_page(pfn + i);

			/* What was never made so is part of an area that did not come about. */
			if (page_state(page) == PG_MOVABLE)
				page_unmake_movable(page);
		}
	}
}

/* ---- pins ---- */

int vm_pin(const void *va, const char *who)
{
	for (;;) {
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
		struct vm_area *area = vm_area_find((unsigned long)va);
		bool is_whole = area && READ_ONCE(area->whole), busy = is_whole && area->moving;

		if (is_whole && !busy) {
			area->pins++;
			area->pinned_by = who;
		}
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
		if (!busy)
			return is_whole ? 0 : -EINVAL;
		/* A page is on its way: one copy, and it has arrived. */
		arch_cpu_relax();
	}
}

void vm_unpin(const void *va)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	struct vm_area *area = vm_area_find((unsigned long)va);
	bool pinned = area && area->pins;

	if (pinned)
		area->pins--;
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	ASSERT(pinned, "VB1: unpin of 0x%lx, which is not pinned", (unsigned long)va);
}
