/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_USER_TABLE_H
#define ASM_USER_TABLE_H

#include <asm/pgtable.h>

/* One past the last address that programs have. */
#define USER_TOP		(1ul << (VA_BITS - 1))

/* Of a program's leaf: its page has a count (mm/user_page.h). */
#define PTE_HAS_COUNT		PTE_IO

static inline u64 user_leaf(phys_addr_t pa, unsigned int rights, bool counted)
{
	return pte_make(pa, pte_flags(rights | VM_USER)) | (counted ? PTE_HAS_COUNT : 0);
}

static inline bool leaf_is_counted(u64 leaf)
{
	return leaf & PTE_HAS_COUNT;
}

/* The same page with other rights. None: nobody can use it, and it still says which it is. */
static inline u64 leaf_with_rights(u64 leaf, unsigned int rights)
{
	u64 page = leaf & (PTE_PFN_MASK | PTE_HAS_COUNT);

	return page | (rights ? pte_flags(rights | VM_USER) :
				pte_flags(VM_READ | VM_USER) & ~PTE_V);
}

/* Of a leaf: such a one has no type of memory. */
static inline unsigned long leaf_pfn(u64 leaf)
{
	return leaf >> PTE_PFN_SHIFT;
}

/* Of the same rights. */
static inline u64 leaf_of_page(u64 leaf, phys_addr_t pa)
{
	return (leaf & ~PTE_PFN_MASK) | pa >> PAGE_SHIFT << PTE_PFN_SHIFT;
}

/* The same entry, which leads nobody anywhere until it is back. No program's is global. */
static inline u64 leaf_away(u64 leaf)
{
	return leaf & PTE_V ? (leaf & ~PTE_V) | PTE_G : leaf;
}

static inline u64 leaf_back(u64 leaf)
{
	return leaf & PTE_G ? (leaf & ~PTE_G) | PTE_V : leaf;
}

static inline bool leaf_is_executable(u64 leaf)
{
	return leaf & PTE_X;
}

static inline bool leaf_is_writable(u64 leaf)
{
	return leaf & PTE_W;
}

static inline u64 leaf_read_only(u64 leaf)
{
	return leaf & ~PTE_W;
}

static inline u64 table_entry(phys_addr_t pa)
{
	return pte_make(pa, PROT_TABLE);
}

#endif /* ASM_USER_TABLE_H */
