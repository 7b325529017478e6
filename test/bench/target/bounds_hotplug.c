/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of memory that comes and goes: the section is full of single pages that move when
 * it has to go. It takes a section that is offline, and leaves it so.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <mm/gfp.h>
#include <mm/kernel_tables.h>
#include <mm/memory_hotplug.h>
#include <mm/movable.h>
#include <mm/parts.h>
#include <mm/snapshot.h>

#include "bounds.h"

/* The frame of each page that moves; 0: none. */
static u32 *books;		/* [o] */
static u32 nr_books;		/* [o] */

static bool tenant_owns(const struct movable *at)
{
	return at->part < nr_books && books[at->part] == at->pfn;
}

static int tenant_move(const struct movable *at, struct page *dst)
{
	if (!tenant_owns(at))
		return -EAGAIN;
	movable_take_over(dst, pfn_to_page(at->pfn));
	copy_page(page_address(dst), page_address(pfn_to_page(at->pfn)));
	books[at->part] = (u32)page_to_pfn(dst);
	return 0;
}

static void tenant_describe(const struct movable *at, char *buf, size_t size)
{
	scnprintf(buf, size, "page %u of the section's tenant", at->part);
}

MOVABLE_KIND(tenant, .owns = tenant_owns, .move = tenant_move, .describe = tenant_describe);

/* Takes pages until the section has none left; pages from elsewhere go back. */
static void move_in(const struct section_snapshot *s)
{
	unsigned long start_pfn = s->nr * PAGES_PER_SECTION;
	struct piece *others = NULL;
	struct page *page;

	while (nr_books < PAGES_PER_SECTION && (page = alloc_page(GFP_MOVABLE | __GFP_NOWARN))) {
		unsigned long pfn = page_to_pfn(page);

		if (pfn - start_pfn >= PAGES_PER_SECTION) {
			piece_push(&others, page);
			continue;
		}
		books[nr_books] = (u32)pfn;
		page_make_movable(page, movable_kind_nr(tenant), 0, nr_books++);
	}
	while (others)
		__free_page(piece_pop(&others));
	drain_local_pages();
}

static void move_out(void)
{
	while (nr_books) {
		struct page *page = pfn_to_page(books[--nr_books]);

		page_unmake_movable(page);
		__free_page(page);
	}
	drain_local_pages();
}

/* The parts that keep interrupts off: of its mappings; of its place in its zone, which the section
 * that is online leaves, as if its pageblocks were set aside, and takes again; and of CPUs' lists,
 * which single pages have filled. */
static void drive_mapping(unsigned long pfn)
{
	unsigned long va = (unsigned long)__va(PFN_PHYS(pfn)), bytes = 16 * SZ_2M;
	u64 from;

	if (PAGES_PER_SECTION * PAGE_SIZE < 2 * bytes ||
	    kernel_map(va + bytes, PFN_PHYS(pfn) + bytes, bytes, VM_KERNEL_RW))
		return;
	from = arch_instret();
	if (!kernel_map(va, PFN_PHYS(pfn), bytes, VM_KERNEL_RW))
		bound_saw(PATH_MEM_MAP, from);
	from = arch_instret();
	if (!kernel_unmap(va, bytes))
		bound_saw(PATH_MEM_MAP, from);
	if (kernel_unmap(va + bytes, bytes))
		bound_lost = true;
}

static void drive_change(unsigned long pfn)
{
	unsigned long flags = arch_local_irq_save();
	u64 from = arch_instret();

	if (part_section_leave(pfn)) {
		bound_saw(PATH_MEM_CHANGE, from);
		from = arch_instret();
		part_section_enter(pfn);
		bound_saw(PATH_MEM_CHANGE, from);
	}
	arch_local_irq_restore(flags);
}

static void close_each(void)
{
	unsigned long flags = arch_local_irq_save();
	u64 from = arch_instret();

	while (part_lists_close()) {
		bound_saw(PATH_CLOSE_STEP, from);
		from = arch_instret();
	}
	part_lists_open();
	arch_local_irq_restore(flags);
}

static void drive_lists(void)
{
	struct piece *pieces = NULL;
	struct page *page;

	for (unsigned int nr = 0; nr < 1024 && (page = alloc_page(GFP_NOWAIT | __GFP_NOWARN)); nr++)
		piece_push(&pieces, page);
	while (pieces)
		__free_page(piece_pop(&pieces));
	close_each();
}

static void drive(const struct section_snapshot *s)
{
	unsigned long pfn = s->nr * PAGES_PER_SECTION;
	struct page_obstacle o;
	u64 from;

	drive_mapping(pfn);
	drive_lists();
	from = arch_instret();
	if (online_pages(pfn))
		return;
	bound_saw(PATH_MEM_ONLINE, from);
	drive_change(pfn);
	move_in(s);
	from = arch_instret();
	if (!offline_pages(pfn, 0, &o))
		bound_saw(PATH_MEM_OFFLINE, from);
	move_out();
}

void bound_drive_hotplug(void)
{
	const size_t bytes = PAGES_PER_SECTION * sizeof(u32);
	struct section_snapshot s = { .end_pfn = 0 };
	unsigned long place = 0;
	bool found = false;

	while (!found && section_snapshot_next(&place, &s))
		found = s.hotpluggable && !s.end_pfn;
	books = found ? alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN) : NULL;
	if (!books)
		return;
	nr_books = 0;
	drive(&s);
	free_pages_exact(books, bytes);
}
