/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_USER_TABLE_H
#define ASM_USER_TABLE_H

#include <kernel/types.h>
#include <arch/pgtable.h>
#include <asm/page.h>

/* Page tables of programs that no hardware reads: three levels of 512 entries. Bits 0 to 2 are the
 * rights, bit 3 says that the entry leads to a page, bit 4 that it counts, bit 5 that its page has
 * a count, bit 6 that it would count if its page were not on its way. */
#define PTRS_PER_TABLE		512
#define ROOT_LEVEL		2
#define LEVEL_SIZE(level)	(1ul << (PAGE_SHIFT + 9 * (level)))
#define USER_TOP		(1ul << 38)
#define ENTRY_LEAF		0x08ul
#define ENTRY_VALID		0x10ul
#define ENTRY_HAS_COUNT		0x20ul
#define ENTRY_AWAY		0x40ul

static inline unsigned int table_index(unsigned long va, unsigned int level)
{
	return va >> (PAGE_SHIFT + 9 * level) & (PTRS_PER_TABLE - 1);
}

static inline phys_addr_t pte_pa(u64 entry)
{
	return entry & PAGE_MASK;
}

static inline u64 user_leaf(phys_addr_t pa, unsigned int rights, bool counted)
{
	return pa | ENTRY_VALID | ENTRY_LEAF | (rights & (VM_READ | VM_WRITE | VM_EXEC)) |
	       (counted ? ENTRY_HAS_COUNT : 0);
}

static inline bool leaf_is_counted(u64 leaf)
{
	return leaf & ENTRY_HAS_COUNT;
}

static inline u64 leaf_with_rights(u64 leaf, unsigned int rights)
{
	u64 page = leaf & (PAGE_MASK | ENTRY_HAS_COUNT);

	return page | ENTRY_LEAF | (rights ? ENTRY_VALID | (rights & (VM_READ | VM_WRITE |
								      VM_EXEC)) : VM_READ);
}

static inline unsigned long leaf_pfn(u64 leaf)
{
	return leaf >> PAGE_SHIFT;
}

/* Of the same rights. */
static inline u64 leaf_of_page(u64 leaf, phys_addr_t pa)
{
	return (leaf & ~PAGE_MASK) | pa;
}

/* The same entry, which leads nobody anywhere until it is back. */
static inline u64 leaf_away(u64 leaf)
{
	return leaf & ENTRY_VALID ? (leaf & ~ENTRY_VALID) | ENTRY_AWAY : leaf;
}

static inline u64 leaf_back(u64 leaf)
{
	return leaf & ENTRY_AWAY ? (leaf & ~ENTRY_AWAY) | ENTRY_VALID : leaf;
}

static inline bool leaf_is_executable(u64 leaf)
{
	return leaf & VM_EXEC;
}

static inline bool leaf_is_writable(u64 leaf)
{
	return leaf & VM_WRITE;
}

static inline u64 leaf_read_only(u64 leaf)
{
	return leaf & ~(u64)VM_WRITE;
}

static inline u64 table_entry(phys_addr_t pa)
{
	return pa | ENTRY_VALID;
}

#endif /* ASM_USER_TABLE_H */
