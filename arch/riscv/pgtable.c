/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables as data: building, changing and reading them, in Sv39 and Sv48 alike. */
#include <kernel/assert.h>
#include <kernel/math.h>
#include <asm/pgtable.h>

phys_addr_t (*pgtable_alloc)(void);	/* [c] */

/* Table that holds the entry for va at level; missing ones on the way are made. */
static phys_addr_t table_for(phys_addr_t table_pa, unsigned long va, unsigned int level)
{
	for (unsigned int l = ROOT_LEVEL; l > level; l--) {
		unsigned int index = table_index(va, l);
		u64 entry = pgtable_access(table_pa)[index];

		if (!(entry & PTE_V)) {
			ASSERT(pgtable_alloc, "a table for 0x%lx is missing, and boot is over", va);
			entry = pte_make(pgtable_alloc(), PROT_TABLE);
			pgtable_access(table_pa)[index] = entry;
		}
		ASSERT(pte_is_table(entry), "a leaf of level %u already maps 0x%lx", l, va);
		table_pa = pte_pa(entry);
	}
	return table_pa;
}

static unsigned int largest_level(unsigned long va, phys_addr_t pa, u64 bytes)
{
	unsigned int level = min_t(unsigned int, LARGEST_LEAF_LEVEL, ROOT_LEVEL);

	while (level && (!IS_ALIGNED(va | pa, LEVEL_SIZE(level)) || bytes < LEVEL_SIZE(level)))
		level--;
	return level;
}

void pgtable_map(phys_addr_t root_pa, unsigned long va, phys_addr_t pa, u64 bytes, u64 prot)
{
	ASSERT(IS_ALIGNED(va | pa | bytes, PAGE_SIZE), "mapping 0x%lx to 0x%lx, 0x%lx bytes", va,
	       (unsigned long)pa, (unsigned long)bytes);
	while (bytes) {
		unsigned int level = largest_level(va, pa, bytes);
		u64 *entry = &pgtable_access(table_for(root_pa, va, level))[table_index(va, level)];

		ASSERT(!(*entry & PTE_V), "0x%lx is already mapped", va);
		*entry = pte_make(pa, prot);
		va += LEVEL_SIZE(level);
		pa += LEVEL_SIZE(level);
		bytes -= LEVEL_SIZE(level);
	}
}

/* The walk for va, down to a leaf or an invalid entry. */
static u64 *walk(phys_addr_t table_pa, unsigned long va, unsigned int *level)
{
	for (unsigned int l = ROOT_LEVEL;; l--) {
		u64 *entry = &pgtable_access(table_pa)[table_index(va, l)];

		if (!l || !pte_is_table(*entry)) {
			*level = l;
			return entry;
		}
		table_pa = pte_pa(*entry);
	}
}

void pgtable_protect(phys_addr_t root_pa, unsigned long va, u64 bytes, u64 prot)
{
	while (bytes) {
		unsigned int level;
		u64 *entry = walk(root_pa, va, &level);

		ASSERT(pte_is_leaf(*entry), "0x%lx is not mapped", va);
		ASSERT(IS_ALIGNED(va, LEVEL_SIZE(level)) && bytes >= LEVEL_SIZE(level),
		       "the leaf at 0x%lx reaches beyond the range", va);
		*entry = prot ? pte_make(pte_pa(*entry), prot) : 0;
		va += LEVEL_SIZE(level);
		bytes -= LEVEL_SIZE(level);
	}
}

u64 pgtable_lookup(phys_addr_t root_pa, unsigned long va, unsigned int *level)
{
	return *walk(root_pa, va, level);
}
