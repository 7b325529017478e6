/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: areas over memory that is somebody else's: a caller's pages, registers of devices; and
 * other rights for what is mapped.
 *
 * Structure: pieces of physical memory are found one after the other, neighbours as one, and mapped
 * as vmalloc()'s are (vmalloc.c). Nothing is given back but the area.
 *
 * Invariants: those of vmalloc.c, and
 * VR1 Of the page allocator's memory ioremap() shows none: a frame's owner would not know of it.
 *
 * Locking: kernel_tables_lock.
 *
 * Bounds: a hold as in vmalloc.c; set_memory_ro() and its like change the leaves of 2 MiB
 * in one.
 *
 * Configuration: none of its own.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/undo.h>
#include <arch/mmu.h>
#include <arch/smp.h>

#include "internal.h"

/* The next page of a mapping goes to a piece; false when there is no more room in this hold. */
static bool add_page(struct vm_runs *runs, u64 *bytes, phys_addr_t pa)
{
	struct pgtable_run *last = runs->nr ? &runs->run[runs->nr - 1] : NULL;

	if (*bytes == VM_HOLD_PAGES * PAGE_SIZE)
		return false;
	if (last && last->pa + last->bytes == pa) {
		last->bytes += PAGE_SIZE;
	} else {
		if (runs->nr == VM_RUNS)
			return false;
		runs->run[runs->nr++] = (struct pgtable_run){ pa, PAGE_SIZE };
	}
	*bytes += PAGE_SIZE;
	return true;
}

/* All of it is mapped: where it is. */
static inline void *whole(struct vm_area *area)
{
	vm_area_done(area);
	return (void *)area->start;
}

static __noinline void *map_pages(struct vm_area *area, struct page *const *pages,
				  unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		struct vm_runs runs;
		unsigned int first = done;
		u64 bytes = 0;

		runs.nr = 0;
		while (done < count && add_page(&runs, &bytes, page_to_phys(pages[done])))
			done++;
		if (!vm_area_map(area, first * PAGE_SIZE, &runs)) {
			UNDO_PATH("no place or no table for pages that are mapped");
			vm_area_release(area);
			return NULL;
		}
	}
	return whole(area);
}

void *vmap(struct page *const *pages, unsigned int count, unsigned int rights)
{
	struct vm_area *area = vm_area_new(VM_KIND_MAP, count, rights | VM_GLOBAL,
					   __builtin_return_address(0));

	if (!area)
		return NULL;
	if (count == 1 && vm_area_map_page(area, page_to_phys(*pages)))
		return whole(area);
	return map_pages(area, pages, count);
}

void vunmap(const void *va)
{
	if (va)
		vm_free(va, VM_KIND_BIT(VM_KIND_MAP));
}

/* VR1, block by block: holes and what boot reserved stay what they are. */
static __noinline bool is_page_allocators(unsigned long pfn, unsigned long last_pfn)
{
	while (pfn <= last_pfn) {
		const struct page *head;

		if (!pfn_valid(pfn)) {
			pfn = ALIGN_DOWN(pfn, MEMMAP_GRANULE_PAGES) + MEMMAP_GRANULE_PAGES;
			continue;
		}
		pfn = block_head_pfn(pfn);
		head = pfn_to_page(pfn);
		if (page_state(head) != PG_HOLE && page_state(head) != PG_RESERVED)
			return true;
		pfn += 1ul << page_order(head);
	}
	return false;
}

static __noinline void *map_run(struct vm_area *area, phys_addr_t first_pa)
{
	u64 size = area->pages * PAGE_SIZE, piece;
	bool large = size >= HUGE_BYTES && IS_ALIGNED(first_pa, HUGE_BYTES);
	bool placed = !large || vm_area_place(area, true);

	large &= IS_ALIGNED(area->start, HUGE_BYTES);
	for (u64 done = 0; done < size; done += piece) {
		struct vm_runs runs;

		runs.nr = 1;
		piece = min(VM_HOLD_PAGES * PAGE_SIZE, size - done);
		if (large && size - done >= HUGE_BYTES)
			piece = HUGE_BYTES;
		runs.run[0] = (struct pgtable_run){ first_pa + done, piece };
		if (!placed || !vm_area_map(area, done, &runs)) {
			UNDO_PATH("no place or no table for registers");
			vm_area_release(area);
			return NULL;
		}
	}
	return whole(area);
}

static __always_inline void *map_physical(phys_addr_t pa, size_t bytes, unsigned int rights,
					  const void *caller)
{
	phys_addr_t first_pa = pa & PAGE_MASK;
	unsigned long pages = PFN_DOWN(pa + bytes - 1) - PFN_DOWN(pa) + 1;
	struct vm_area *area = vm_area_new(VM_KIND_IOREMAP, pages, rights, caller);
	char *va;

	if (!area)
		return NULL;
	area->pa = first_pa;
	if (pages == 1 && vm_area_map_page(area, first_pa))
		va = whole(area);
	else
		va = map_run(area, first_pa);
	return va ? va + (pa - first_pa) : NULL;
}

void *ioremap(phys_addr_t pa, size_t bytes)
{
	phys_addr_t last_pa = pa + bytes - 1;

	unsigned long pfn = PFN_DOWN(pa), last_pfn = PFN_DOWN(last_pa);

	if (!bytes || last_pa < pa)
		return NULL;
	if ((pfn != last_pfn || pfn_valid(pfn)) && is_page_allocators(pfn, last_pfn))
		return NULL;
	return map_physical(pa, bytes, VM_KERNEL_RW | VM_IO, __builtin_return_address(0));
}

void *memremap_uncached(phys_addr_t pa, size_t bytes)
{
	if (!arch_maps_uncached() || !bytes || pa + bytes - 1 < pa)
		return NULL;
	return map_physical(pa, bytes, VM_KERNEL_RW | VM_UNCACHED, __builtin_return_address(0));
}

void iounmap(const volatile void *va)
{
	if (va)
		vm_free((const void *)va, VM_KIND_BIT(VM_KIND_IOREMAP));
}

/* ---- other rights ---- */

/* How their memory is seen does not change with what may be done: *type says it. */
static bool in_one_area(unsigned long va, unsigned long pages, unsigned int *type)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	const struct vm_area *area = vm_area_find(va);
	bool is_in = area && area->whole && IS_ALIGNED(va, PAGE_SIZE) &&
		     pages <= area->pages - (va - area->start) / PAGE_SIZE &&
		     area->kind != VM_KIND_STACK && area->kind != VM_KIND_IOREMAP;

	*type = is_in ? area->rights & (VM_IO | VM_UNCACHED) : 0;
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	return is_in;
}

static int set_rights(unsigned long va, unsigned long pages, unsigned int rights)
{
	unsigned long end = va + pages * PAGE_SIZE;
	unsigned int type;
	int err;

	if (!in_one_area(va, pages, &type))
		return -EINVAL;
	err = vm_pin((const void *)va, "set_memory");
	if (err)
		return err;
	/* What may need memory first: no leaf reaches across an end. */
	err = kernel_split(va, end);
	if (err)
		UNDO_PATH("no table to split a large leaf: the pin goes");
	for (unsigned long at = va, next; !err && at < end; at = next) {
		next = min(end, ALIGN_DOWN(at, SZ_2M) + SZ_2M);
		err = kernel_protect(at, next - at, rights | type);
	}
	vm_unpin((const void *)va);
	return err;
}

int set_memory_ro(unsigned long va, unsigned long pages)
{
	return set_rights(va, pages, VM_KERNEL_RO);
}

int set_memory_rw(unsigned long va, unsigned long pages)
{
	return set_rights(va, pages, VM_KERNEL_RW);
}

int set_memory_nx(unsigned long va, unsigned long pages)
{
	unsigned int type;

	return in_one_area(va, pages, &type) ? 0 : -EINVAL;
}
