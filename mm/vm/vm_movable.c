/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: areas of vmalloc() whose pages can move: the first kind of movable pages (mm/movable.h).
 *
 * Structure: nothing but the mapping knows a frame of such an area. Its descriptor says at which
 * page of the window it is mapped; the area there says whether it may move, and the leaf whether it
 * is still that frame.
 *
 *	move	the leaf becomes invalid, all CPUs forget it, the contents are copied, the leaf
 *		leads to the copy. Whoever touches the page meanwhile waits in a page fault
 *
 * Whoever frees an area in which pages are being moved leaves the rest to the mover who is last.
 * vm_pin() keeps an area's frames where they are, and says in whose name.
 *
 * Invariants:
 * VB1 A leaf is made invalid by one mover, who is counted in its area; an area is not taken away as
 *     long as one is counted, and no page of a pinned area moves.
 * VB2 Between the fence and the new leaf nobody reads or writes the page but the mover.
 *
 * Locking: kernel_tables_lock for leaves, pins and counts. The copy is made without it, with
 * interrupts off: an interrupt that touched the page would wait for its own CPU.
 *
 * Bounds: two walks, one fence and one page copied, with interrupts off.
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

/* [T] One mover less; NULL: nothing more to do, or the area is to be taken away. */
static inline struct vm_area *mover_leaves(struct vm_area *area)
{
	return --area->moving == 0 && area->going ? area : NULL;
}

static bool area_owns(const struct movable *at)
{
	unsigned long va = va_of(at);
	const struct vm_area *area = vm_area_find(va);

	if (!area || area->kind != VM_KIND_MOVABLE)
		return false;
	/* While a page moves two frames are on their way to or from it. */
	return area->moving || pgtable_page_is(&kernel_pgtable, va, PFN_PHYS(at->pfn));
}

/* [T] The area of the page, from which nobody takes the page away now; or an error. */
static inline int begin_move(const struct movable *at, unsigned long va, struct vm_area **mover)
{
	struct vm_area *area = vm_area_find(va);

	/* What was written into the pages before the area was whole is copied with them. */
	if (!area || area->kind != VM_KIND_MOVABLE ||
	    !__atomic_load_n(&area->whole, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	if (area->pins)
		return -EBUSY;
	if (!pgtable_begin_move(&kernel_pgtable, va, PFN_PHYS(at->pfn)))
		return -EAGAIN;
	area->moving++;
	*mover = area;
	return 0;
}

static int area_move(const struct movable *at, struct page *dst)
{
	unsigned long va = va_of(at), flags = spin_lock_irqsave(&kernel_tables_lock);
	struct vm_area *area = NULL;
	int err = begin_move(at, va, &area);
	bool moved;

	spin_unlock(&kernel_tables_lock);
	if (err) {
		arch_local_irq_restore(flags);
		return err;
	}
	movable_take_over(dst, pfn_to_page(at->pfn));
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	copy_page(page_address(dst), page_address(pfn_to_page(at->pfn)));
	spin_lock(&kernel_tables_lock);
	moved = pgtable_end_move(&kernel_pgtable, va, PFN_PHYS(at->pfn), page_to_phys(dst));
	ASSERT(moved, "VB2: 0x%lx has changed while it was moved", va);
	area = mover_leaves(area);
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	if (area)
		vm_area_release(area);
	return 0;
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

MOVABLE_KIND(vmalloc, .owns = area_owns, .move = area_move, .describe = area_describe);

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
