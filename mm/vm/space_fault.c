/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: page faults of programs.
 *
 * Structure: the region says what should be there; the entry, what is. Each outcome:
 *
 *	there was          access   region                 then
 *	nothing            read     pages of its own       the page of zeros, shared by all
 *	nothing            write    pages of its own       a cleared page
 *	nothing            read     private, of a file     the file's page, read-only
 *	nothing            write    private, of a file     a copy of it
 *	nothing            any      shared, of a file      the file's page
 *	a read-only page   write    private                the page itself, if nobody else has it,
 *	                                                   else a copy
 *	what is wanted     any                             nothing: another thread was faster
 *	no region          any      a stack is above       the stack grows, within its limit
 *
 * Invariants: those of user_tables.c; an entry is writable only if the region is, and its page is
 * the space's alone or shared.
 *
 * Locking: the space's lock; of zones those that an allocation takes.
 *
 * Bounds: a way down the tree of regions and one down the tables, at most one page cleared or
 * copied, and ROOT_LEVEL tables made.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/user_page.h>
#include <arch/mmu.h>

#include "admission.h"

/* So far below its stack a program may touch it first: a frame's worth of anything. */
#define STACK_GAP	(256ul * PAGE_SIZE)

static char zeros[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");	/* [c] */

static void map_page(struct address_space *s, u64 *slot, struct page *page, u32 rights)
{
	user_slot_fill(s, slot, user_leaf(page_to_phys(page), rights, user_page_is_counted(page)));
}

/* A program may write, but not to a page that others see as well. */
static u32 without_write(u32 rights)
{
	return rights & ~VM_WRITE;
}

static __always_inline int fault_own(struct address_space *s, const struct region *r,
				     uintptr_t va, u64 *slot, bool write)
{
	struct page *page;

	if (!write) {
		user_slot_fill(s, slot, user_leaf(__pa_symbol(zeros), without_write(r->rights),
					       false));
		return 0;
	}
	page = space_page_alloc(s, va, true);
	if (!page)
		return -ENOMEM;
	user_slot_fill(s, slot, user_leaf(page_to_phys(page), r->rights, true));
	return 0;
}

static int copy_to_own(struct address_space *s, const struct region *r, uintptr_t va, u64 *slot,
		       const void *from)
{
	struct page *page = space_page_alloc(s, va, false);

	if (!page)
		return -ENOMEM;
	copy_page(page_address(page), from);
	if (r->rights & VM_EXEC)
		arch_space_wrote_code(&s->arch);
	user_slot_fill(s, slot, user_leaf(page_to_phys(page), r->rights, true));
	return 0;
}

static __noinline int fault_file(struct address_space *s, const struct region *r, uintptr_t va,
				 u64 *slot, bool write)
{
	u64 index = r->first_index + ((va - r->start) >> PAGE_SHIFT);
	bool shared = r->flags & REGION_SHARED;
	/* A hole of a file becomes a page, or who maps it would not see what is written there. */
	struct page *page = r->ops->frame(r->file, index, true);
	int err;

	if (!page)
		return -ENXIO;
	if (write && !shared) {
		err = copy_to_own(s, r, va, slot, page_address(page));
		user_page_put(page);
		return err;
	}
	if (r->rights & VM_EXEC)
		arch_space_wrote_code(&s->arch);
	map_page(s, slot, page, shared ? r->rights : without_write(r->rights));
	return 0;
}

/* The entry leads to a page that may not be written as it is. */
static __noinline int fault_copy(struct address_space *s, const struct region *r, uintptr_t va,
				 u64 *slot)
{
	u64 old = *slot;
	struct page *page = pfn_to_page(PFN_DOWN(pte_pa(old)));
	bool counted = leaf_is_counted(old);
	int err;

	if (pte_pa(old) == __pa_symbol(zeros))
		err = fault_own(s, r, va, slot, true);
	else
		err = copy_to_own(s, r, va, slot, __va(pte_pa(old)));
	if (err)
		return err;
	arch_space_flush(&s->arch, va, va + PAGE_SIZE);
	if (counted)
		user_page_put_counted(page);
	return 0;
}

/* The same; where it need not be copied it is written to as it is. */
static __noinline int fault_read_only(struct address_space *s, const struct region *r,
				      uintptr_t va, u64 *slot)
{
	u64 old = *slot;
	struct page *page = pfn_to_page(leaf_pfn(old));

	if (!(r->flags & REGION_SHARED)) {
		if (!leaf_is_counted(old) || !user_page_counts_one(page))
			return fault_copy(s, r, va, slot);
		user_page_set_place(page, user_place(s->slot, va));
	}
	WRITE_ONCE(*slot, leaf_with_rights(old, r->rights));
	arch_space_forget_here(&s->arch, va);
	return 0;
}

/* va is below r, a stack: the stack reaches down to it, if it may. */
static int grow_stack(struct address_space *s, struct region *r, uintptr_t va)
{
	struct region *below = region_previous(s, r);
	uintptr_t start = va & PAGE_MASK;

	if (r->end - start > s->stack_limit || !admit_grows(s, start) ||
	    (below && start < below->end + STACK_GAP))
		return -EFAULT;
	region_resize(s, r, start, r->end);
	return 0;
}

/* Another thread was faster, or this CPU remembers what was there. */
static __noinline int fault_again(struct address_space *s, const struct region *r, uintptr_t va,
				  u64 *slot)
{
	WRITE_ONCE(*slot, leaf_with_rights(*slot, leaf_is_writable(*slot) ? r->rights :
					   without_write(r->rights)));
	arch_space_forget_here(&s->arch, va);
	return 0;
}

/* The region and the entry are known. */
static __always_inline int fault_at(struct address_space *s, const struct region *r, uintptr_t va,
				    u64 *slot, bool write)
{
	u64 leaf = *slot;

	s->faults++;
	va &= PAGE_MASK;
	if (!leaf)
		return r->file ? fault_file(s, r, va, slot, write) :
				 fault_own(s, r, va, slot, write);
	if (write && !leaf_is_writable(leaf))
		return fault_read_only(s, r, va, slot);
	return fault_again(s, r, va, slot);
}

/* Where the table met last is not the right one. */
static __noinline int fault_far(struct address_space *s, const struct region *r, uintptr_t va,
				bool write)
{
	u64 *slot = user_slot_walk(s, va, true);

	return likely(slot) ? fault_at(s, r, va, slot, write) : -ENOMEM;
}

static __noinline struct region *find_region(struct address_space *s, uintptr_t va)
{
	struct region *r = region_after(s, va);

	if (!r || (va < r->start && (!(r->flags & REGION_GROWS_DOWN) || grow_stack(s, r, va))))
		return NULL;
	s->last = r;
	return r;
}

static __always_inline int fault_in(struct address_space *s, uintptr_t va, unsigned int access)
{
	const struct region *r = s->last;

	if (!r || va < r->start || va >= r->end)
		r = find_region(s, va);
	if (unlikely(!r))
		return -EFAULT;
	if (unlikely(!(r->rights & access)))
		return -EACCES;
	if (s->leaf_region != 1 + va / LEAF_SPAN)
		return fault_far(s, r, va, access == VM_WRITE);
	return fault_at(s, r, va, &s->leaf_table[table_index(va, 0)], access == VM_WRITE);
}

int space_fault(struct address_space *s, uintptr_t va, unsigned int access)
{
	int err;

	mutex_lock(&s->lock);
	err = fault_in(s, va, access);
	mutex_unlock(&s->lock);
	return err;
}

int space_read(struct address_space *s, uintptr_t va, void *to, size_t bytes)
{
	int err;

	if (va >= USER_TOP || bytes > PAGE_SIZE - va % PAGE_SIZE)
		return -EFAULT;
	mutex_lock(&s->lock);
	err = fault_in(s, va, VM_READ);
	if (!err) {
		const char *from = __va(pte_pa(*user_slot(s, va, false)));

		memcpy(to, from + va % PAGE_SIZE, bytes);
	}
	mutex_unlock(&s->lock);
	return err;
}

int space_write(struct address_space *s, uintptr_t va, const void *from, size_t bytes)
{
	char *to;
	u64 *slot;
	int err;

	if (va >= USER_TOP || bytes > PAGE_SIZE - va % PAGE_SIZE)
		return -EFAULT;
	mutex_lock(&s->lock);
	err = fault_in(s, va, VM_WRITE);
	if (!err) {
		slot = user_slot(s, va, false);
		to = __va(pte_pa(*slot));
		memcpy(to + va % PAGE_SIZE, from, bytes);
	}
	mutex_unlock(&s->lock);
	return err;
}
