/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of areas: memory is free in single pages alone, so that each page is asked for by
 * itself after larger blocks were in vain; areas lie across a border of tables, which have to be
 * made; and each page of an area is moved.
 */
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/vmalloc.h>
#include <arch/irq.h>

#include "mm/vm/internal.h"

#include "bounds.h"

#define GFP_ONE		(GFP_NOWAIT | __GFP_NOWARN)
#define ROUNDS		4
/* The second area of so many pages lies across a border of tables for leaves. */
#define FILLER_PAGES	448ul
#define CUTS		16
#define MOVED_PAGES	128u

/* Taken for as long as the adversary works. */
static struct room {
	struct cut cuts[CUTS];
	struct page *mapped[2 * VM_RUNS];
} *room;

void bound_in_pieces(void (*fn)(void))
{
	unsigned int nr = 0;

	bound_take_all();
	while (nr < CUTS && bound_cut(&room->cuts[nr]))
		nr++;
	for (unsigned int c = 0; c < nr; c++)
		for (unsigned long i = 0; i < CUT_PAGES; i += 2)
			bound_give(&room->cuts[c], i);
	drain_local_pages();
	if (nr)
		fn();
	for (unsigned int c = 0; c < nr; c++)
		for (unsigned long i = 0; i < CUT_PAGES; i++)
			bound_give(&room->cuts[c], i);
	bound_give_rest();
}

static void map_hold(struct vm_area *area, const struct vm_runs *runs)
{
	u64 from = arch_instret();

	if (vm_area_map(area, 0, runs))
		bound_saw(PATH_VMAP, from);
}

/* Finds the area, as whoever ends it does, and takes it away hold by hold. */
static void unmap_holds(struct vm_area *area)
{
	unsigned long va = area->start;
	bool gone = false;

	for (int i = 0; !gone; i++) {
		struct vm_reaping r;
		u64 from = arch_instret();
		unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);

		if (!i)
			area = vm_area_find(va);
		gone = vm_area_reap(area, &va, false, &r);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
		bound_saw(PATH_VUNMAP, from);
		pgtable_tables_free(&kernel_pgtable, &r.h.tables);
	}
	kmem_cache_free(&vm_area_cache, area);
}

/* Pieces that do not touch, of so many pages: nobody looks into them, or frees them. */
static void map_once(unsigned int pieces, unsigned int pages)
{
	struct vm_area *area = vm_area_new(VM_KIND_ALLOC, pieces * pages, VM_KERNEL_RW, NULL);
	struct vm_runs runs = { .nr = pieces };

	for (unsigned int i = 0; i < pieces; i++)
		runs.run[i] = (struct pgtable_run){ page_to_phys(room->mapped[2 * i]),
						    pages * PAGE_SIZE };
	if (!area)
		return;
	if (pieces * pages > VM_SMALL_PAGES && !vm_area_place(area, false)) {
		kmem_cache_free(&vm_area_cache, area);
		return;
	}
	map_hold(area, &runs);
	unmap_holds(area);
}

/* Tables are there on both sides of the border: who needs new ones tries again, which is another
 * hold. */
static void drive_vmap(void)
{
	void *before = __vmalloc(FILLER_PAGES * PAGE_SIZE, GFP_ONE);
	void *across = __vmalloc(FILLER_PAGES * PAGE_SIZE, GFP_ONE);
	unsigned int nr = 0;

	while (nr < 2 * VM_RUNS && (room->mapped[nr] = alloc_page(GFP_ONE)))
		nr++;
	for (int i = 0; nr == 2 * VM_RUNS && i < ROUNDS; i++) {
		map_once(VM_RUNS, VM_HOLD_PAGES / VM_RUNS);
		map_once(VM_SMALL_RUNS, VM_SMALL_PAGES / VM_SMALL_RUNS);
	}
	while (nr)
		__free_page(room->mapped[--nr]);
	vfree(before);
	vfree(across);
}

static void drive_vmalloc(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		u64 from = arch_instret();
		void *va = __vmalloc(MM_BOUND_PAGES * PAGE_SIZE, GFP_ONE);

		if (!va)
			return;
		bound_saw(PATH_VMALLOC, from);
		drain_local_pages();
		from = arch_instret();
		vfree(va);
		bound_saw(PATH_VFREE, from);
		drain_local_pages();
	}
}

/* The kind's part of what follows, alone. */
static void move_once(unsigned long pfn)
{
	struct page *src = pfn_to_page(pfn), *dst = alloc_page(GFP_ONE);
	const struct movable_kind *kind = &__movable_kinds_start[src->movable_kind];
	const struct movable at = { pfn, src->movable_owner, src->movable_part, 0, false };
	u64 from;

	if (!dst)
		return;
	page_make_movable(dst, src->movable_kind, at.owner, at.part);
	from = arch_instret();
	if (!kind->move(&at, dst))
		bound_saw(PATH_MOVE_HOLD, from);
	else
		src = dst;
	page_unmake_movable(src);
	__free_page(src);
}

static void drive_moves(void)
{
	char *va = vmalloc_movable(MOVED_PAGES * PAGE_SIZE, GFP_ONE);

	for (unsigned int i = 0; va && i < MOVED_PAGES; i++) {
		unsigned long pfn = page_to_pfn(vmalloc_to_page(va + i * PAGE_SIZE));
		u64 from;
		int err;

		move_once(pfn);
		pfn = page_to_pfn(vmalloc_to_page(va + i * PAGE_SIZE));
		from = arch_instret();
		err = migrate_page(pfn, GFP_ONE);
		if (!err)
			bound_saw(PATH_MOVE, from);
		if (i % 8 == 0)
			drain_local_pages();
	}
	vfree(va);
}

bool bound_room_get(void)
{
	if (MAX_ORDER > CUT_ORDER_MOST)
		return false;
	room = alloc_pages_exact(sizeof(*room), GFP_KERNEL | __GFP_NOWARN | __GFP_ZERO);
	return room;
}

void bound_room_put(void)
{
	free_pages_exact(room, sizeof(*room));
}

static void drive_areas(void)
{
	bound_in_pieces(drive_vmap);
	bound_in_pieces(drive_vmalloc);
	if (IS_ENABLED(CONFIG_MIGRATION))
		bound_in_pieces(drive_moves);
}

void bound_drive_vmalloc(void)
{
	if (!bound_room_get())
		return;
	drive_areas();
	bound_room_put();
}
