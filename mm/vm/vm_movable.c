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
 * The fence is dear where there are CPUs to wait for, so pages go in runs, one run at a time: all
 * leaves, one fence, one copy after the other. Until a page's copy begins, whoever touches it has
 * it back where it was:
 *
 *	AWAY --mover--> COPYING --> COPIED		its leaf leads to the copy
 *	  '--page fault, pin--> CALLED --> BACK		its leaf leads to where it did
 *
 * Whoever frees an area in which pages are being moved leaves the rest to the mover who is last.
 * vm_pin() keeps an area's frames where they are, and says in whose name.
 *
 * Invariants:
 * VB1 A leaf is made invalid by one mover, who is counted in its area; an area is not taken away as
 *     long as one is counted, and no page of a pinned area moves.
 * VB2 Between the fence and the new leaf nobody reads or writes the page but the mover.
 * VB3 The leaf of a page of the run is made valid by whoever has changed its state from AWAY.
 *
 * Locking: kernel_tables_lock for leaves, pins and counts; for the leaf of a page of the run, its
 * state. The copy is made without the lock, with interrupts off: an interrupt that touched the page
 * would wait for its own CPU. Between the pages of a run interrupts and threads come through.
 *
 * Bounds: two walks, one fence and one page copied, with interrupts off; of a run, one page copied.
 * Whoever touches a page waits as long.
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

/* [T] The leaf of the page, which nobody takes away now, and its area; or an error. */
static inline int begin_move(const struct movable *at, unsigned long va, struct vm_area **mover,
			     u64 **leaf)
{
	struct vm_area *area = vm_area_find(va);

	/* What was written into the pages before the area was whole is copied with them. */
	if (!area || area->kind != VM_KIND_MOVABLE ||
	    !__atomic_load_n(&area->whole, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	if (area->pins)
		return -EBUSY;
	*leaf = pgtable_begin_move(&kernel_pgtable, va, PFN_PHYS(at->pfn));
	if (!*leaf)
		return -EAGAIN;
	area->moving++;
	*mover = area;
	return 0;
}

/* Nobody reads or writes the page: its contents go to dst, and its leaf leads there. Interrupts
 * off. */
static inline void copy_to(struct page *dst, unsigned long pfn, u64 *leaf, unsigned long va)
{
	struct page *src = pfn_to_page(pfn);
	bool moved;

	movable_take_over(dst, src);
	copy_page(page_address(dst), page_address(src));
	moved = pgtable_end_move(leaf, PFN_PHYS(pfn), page_to_phys(dst));
	ASSERT(moved, "VB2: 0x%lx has changed while it was moved", va);
}

static int area_move(const struct movable *at, struct page *dst)
{
	unsigned long va = va_of(at), flags = spin_lock_irqsave(&kernel_tables_lock);
	struct vm_area *area = NULL;
	u64 *leaf = NULL;
	int err = begin_move(at, va, &area, &leaf);

	if (!err)
		area->fast++;
	spin_unlock(&kernel_tables_lock);
	if (err) {
		arch_local_irq_restore(flags);
		return err;
	}
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	copy_to(dst, at->pfn, leaf, va);
	spin_lock(&kernel_tables_lock);
	area->fast--;
	area = mover_leaves(area);
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	if (area)
		vm_area_release(area);
	return 0;
}

/* ---- runs ---- */

enum away_state { GONE, AWAY, COPYING, COPIED, CALLED, BACK };

/* [a] The pages of the run. All but the state is written while that says GONE, or BACK; who has
 * changed it from AWAY may read it. */
static struct away {
	unsigned long va, pfn;
	u64 *leaf;
	struct vm_area *area;
	u32 state;
} away[MOVE_RUN];
/* Pages that are sent away in one hold of the lock. */
#define HOLD_PAGES	8u
static u32 run_under_way;		/* [a] the pages are somebody's */

static inline bool change_state(struct away *p, u32 to)
{
	u32 is = AWAY;

	return __atomic_compare_exchange_n(&p->state, &is, to, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Interrupts off: the mover waits for who has begun this. */
static void call_back(struct away *p)
{
	bool is_back;

	if (!change_state(p, CALLED))
		return;
	is_back = pgtable_end_move(p->leaf, PFN_PHYS(p->pfn), PFN_PHYS(p->pfn));
	ASSERT(is_back, "VB3: 0x%lx has changed while it was away", p->va);
	__atomic_store_n(&p->state, BACK, __ATOMIC_RELEASE);
}

void vm_call_back(unsigned long va)
{
	unsigned long flags = arch_local_irq_save();

	/* Should the run have become another one meanwhile, some page of that is back: no harm. */
	for (struct away *p = away; p < away + MOVE_RUN; p++)
		if (READ_ONCE(p->va) == va)
			call_back(p);
	arch_local_irq_restore(flags);
}

/* [T] Nobody begins with a page of the area any more. Is one being copied? */
static bool call_area_back(const struct vm_area *area)
{
	bool copied = area->fast;

	for (struct away *p = away; p < away + MOVE_RUN; p++) {
		if (READ_ONCE(p->area) != area)
			continue;
		call_back(p);
		copied |= __atomic_load_n(&p->state, __ATOMIC_ACQUIRE) == COPYING;
	}
	return copied;
}

/* [T] False: the page stays where it is. */
static inline bool send_away(struct away *p, const struct movable *at)
{
	unsigned long va = va_of(at);
	struct vm_area *area;
	u64 *leaf;

	if (begin_move(at, va, &area, &leaf))
		return false;
	WRITE_ONCE(p->va, va);
	WRITE_ONCE(p->area, area);
	p->pfn = at->pfn;
	p->leaf = leaf;
	__atomic_store_n(&p->state, AWAY, __ATOMIC_RELEASE);
	return true;
}

/* Which of the run went, and between which addresses they lie. */
struct gone {
	u32 pages;
	unsigned long start, end;
};

static struct gone send_run(const struct movable_run *run)
{
	struct gone gone = { 0, ~0ul, 0 };

	for (unsigned int i = 0; i < run->nr;) {
		unsigned int stop = min(i + HOLD_PAGES, run->nr);
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

		for (; i < stop; i++) {
			struct movable at = movable_of_run(run, i);

			if (!send_away(&away[i], &at))
				continue;
			gone.pages |= 1u << i;
			gone.start = min(gone.start, away[i].va);
			gone.end = max(gone.end, away[i].va + PAGE_SIZE);
		}
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
	}
	return gone;
}

/* All CPUs have forgotten the page. False: it was called back. */
static bool copy_away(struct away *p, struct page *dst)
{
	unsigned long flags = arch_local_irq_save();
	bool stays = !change_state(p, COPYING);

	if (!stays) {
		copy_to(dst, p->pfn, p->leaf, p->va);
		__atomic_store_n(&p->state, COPIED, __ATOMIC_RELEASE);
	}
	arch_local_irq_restore(flags);
	while (stays && __atomic_load_n(&p->state, __ATOMIC_ACQUIRE) != BACK)
		arch_cpu_relax();
	return !stays;
}

/* [T] The page is where it is to be. The area, if that is to be taken away now. */
static inline struct vm_area *come_home(struct away *p)
{
	struct vm_area *area = mover_leaves(p->area);

	WRITE_ONCE(p->area, NULL);
	WRITE_ONCE(p->va, 0);
	__atomic_store_n(&p->state, GONE, __ATOMIC_RELEASE);
	return area;
}

static void end_run(u32 pages)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

	for (; pages; pages &= pages - 1) {
		struct vm_area *area = come_home(&away[ctz64(pages)]);

		if (likely(!area))
			continue;
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
		vm_area_release(area);
		flags = spin_lock_irqsave(&kernel_tables_lock);
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
}

static u32 area_move_run(const struct movable_run *run)
{
	struct gone gone;
	u32 moved = 0;

	if (__atomic_exchange_n(&run_under_way, 1, __ATOMIC_ACQUIRE))
		return 0;
	gone = send_run(run);
	if (gone.pages)
		flush_tlb_kernel_range(gone.start, gone.end);
	for (u32 pages = gone.pages; pages; pages &= pages - 1) {
		unsigned int i = ctz64(pages);

		moved |= (u32)copy_away(&away[i], run->dst[i]) << i;
	}
	end_run(gone.pages);
	__atomic_store_n(&run_under_way, 0, __ATOMIC_RELEASE);
	return moved;
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

MOVABLE_KIND(vmalloc, .owns = area_owns, .move = area_move, .move_run = area_move_run,
	     .describe = area_describe);

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
	bool is_pinned = false, busy;

	do {
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
		struct vm_area *area = vm_area_find((unsigned long)va);
		bool is_whole = area && READ_ONCE(area->whole);

		if (is_whole && !is_pinned) {
			area->pins++;
			area->pinned_by = who;
			is_pinned = true;
		}
		/* A page that is being copied: one copy, and it has arrived. */
		busy = is_whole && call_area_back(area);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
	} while (busy);
	return is_pinned ? 0 : -EINVAL;
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
