/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <kernel/assert.h>
#include <kernel/types.h>
#include <arch/pgtable.h>
#include <asm/page.h>

/*
 * Sv39 and Sv48 tables: 512 entries of 8 bytes in a frame. Level 0 entries map 4 KiB, each
 * level above 512 times as much; the root is level PGTABLE_LEVELS - 1.
 *
 *   entry  63 62 61 60  54 53                    10 9 8 7 6 5 4 3 2 1 0
 *         +--+-----+------+------------------------+---+-+-+-+-+-+-+-+-+
 *         |0 |type |   0  |      frame number      |  s|D|A|G|U|X|W|R|V|
 *         +--+-----+------+------------------------+---+-+-+-+-+-+-+-+-+
 *
 * The type of memory, of a leaf, is Svpbmt's: 0 what the place itself is, 1 past the caches, 2 a
 * device's registers.
 *
 * An entry with V and none of R, W, X points to the next table. One without V that is not 0 is
 * retired (pgtable_runs.c): harts may not use it any more, and it still says what was there.
 */
#define PTE_V			0x01ul
#define PTE_R			0x02ul
#define PTE_W			0x04ul
#define PTE_X			0x08ul
#define PTE_U			0x10ul
#define PTE_G			0x20ul
#define PTE_A			0x40ul
#define PTE_D			0x80ul
#define PTE_LEAF		(PTE_R | PTE_W | PTE_X)
#define PTE_PFN_SHIFT		10
#define PTE_PFN_MASK		0x003ffffffffffc00ul

/* A and D are set from the start: harts may fault instead of setting them. */
#define PROT_KERNEL		(PTE_V | PTE_G | PTE_A | PTE_D)
#define PROT_RX			(PROT_KERNEL | PTE_R | PTE_X)
#define PROT_RO			(PROT_KERNEL | PTE_R)
#define PROT_RW			(PROT_KERNEL | PTE_R | PTE_W)
#define PROT_TABLE		PTE_V

#define PTRS_PER_TABLE		512
#define LEVEL_SHIFT(level)	(PAGE_SHIFT + 9 * (level))
#define LEVEL_SIZE(level)	(1ul << LEVEL_SHIFT(level))
#define ROOT_LEVEL		(PGTABLE_LEVELS - 1)
/* 1 GiB; the linear map's offset fits no larger leaf. */
#define LARGEST_LEAF_LEVEL	2

static inline unsigned int table_index(unsigned long va, unsigned int level)
{
	return va >> LEVEL_SHIFT(level) & (PTRS_PER_TABLE - 1);
}

static inline u64 pte_make(phys_addr_t pa, u64 prot)
{
	return pa >> PAGE_SHIFT << PTE_PFN_SHIFT | prot;
}

static inline phys_addr_t pte_pa(u64 pte)
{
	return (pte & PTE_PFN_MASK) >> PTE_PFN_SHIFT << PAGE_SHIFT;
}

static inline bool pte_is_leaf(u64 pte)
{
	return (pte & PTE_V) && (pte & PTE_LEAF);
}

static inline bool pte_is_table(u64 pte)
{
	return (pte & (PTE_V | PTE_LEAF)) == PTE_V;
}

/* Bits 8 and 9 are software's. Of a leaf: the mapping is of a device's registers. */
#define PTE_IO			0x100ul
/* Of an entry that leads to a table: the table's owner counts its entries (ops->counts). */
#define PTE_COUNTED		0x200ul

/* Of a leaf of 4 KiB without V: its page is on its way to another frame. */
#define PTE_MOVES		0x200ul

static inline bool pte_is_moving(u64 pte)
{
	return (pte & (PTE_V | PTE_MOVES)) == PTE_MOVES && pte & PTE_LEAF;
}

/* Leads to a table, which may be retired. */
static inline bool pte_has_table(u64 pte)
{
	return pte && !(pte & PTE_LEAF);
}

/* The rights lie as the flags do: those of R to G in a row, and the device's bit. */
#define VM_LEAF_BITS		(VM_READ | VM_WRITE | VM_EXEC | VM_USER | VM_GLOBAL)
#define PTE_LEAF_BITS		(PTE_LEAF | PTE_U | PTE_G)
BUILD_ASSERT(VM_READ << 1 == PTE_R && VM_WRITE << 1 == PTE_W && VM_EXEC << 1 == PTE_X &&
	     VM_USER << 1 == PTE_U && VM_GLOBAL << 1 == PTE_G && VM_IO << 3 == PTE_IO,
	     "rights (arch/pgtable.h) and flags of a leaf are moved against each other");

#define PTE_PBMT		(3ul << 61)
#define PTE_PBMT_NC		(1ul << 61)
#define PTE_PBMT_IO		(2ul << 61)

/* What a leaf says of its memory's type; all 0 where the harts do not know of such. */
struct pte_types {
	u64 io, uncached;		/* [c] */
};
extern struct pte_types pte_types;	/* [c] */

static inline u64 pte_type(unsigned int rights)
{
	IF_ENABLED(CONFIG_RISCV_ISA_SVPBMT,
		   if (rights & (VM_IO | VM_UNCACHED))
			   return rights & VM_IO ? pte_types.io : pte_types.uncached;)
	(void)rights;
	return 0;
}

/* The flags of a leaf with these rights (arch/pgtable.h), and back. */
static inline u64 pte_flags(unsigned int rights)
{
	return PTE_V | PTE_A | PTE_D | (u64)(rights & VM_LEAF_BITS) << 1 |
	       (u64)(rights & VM_IO) << 3 | pte_type(rights);
}

static inline unsigned int pte_rights(u64 pte)
{
	return (unsigned int)((pte & PTE_LEAF_BITS) >> 1 | (pte & PTE_IO) >> 3) |
	       (IS_ENABLED(CONFIG_RISCV_ISA_SVPBMT) && (pte & PTE_PBMT) == PTE_PBMT_NC ?
		VM_UNCACHED : 0);
}

/* The entry at which the walk for va ends, a leaf or an invalid one, and its level. */
u64 pgtable_lookup(struct pgtable *pt, unsigned long va, unsigned int *level);

/*
 * The linear map: every range of memblock.memory without NOMAP at its pa + linear_map_offset,
 * read-write, but for the parts given, ascending and apart, which are read-only.
 */
struct pa_range {
	phys_addr_t start, end;
};
void pgtable_map_linear(struct pgtable *pt, const struct pa_range *read_only, unsigned int nr);

#endif /* ASM_PGTABLE_H */
