/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/assert.h>
#include <arch/io.h>
#include <asm/csr.h>
#include <asm/fixmap.h>

BUILD_ASSERT(FIXMAP_FDT_SIZE == LEVEL_SIZE(1), "the device tree's window is one table");
BUILD_ASSERT(NR_FIXMAP_SLOTS <= PTRS_PER_TABLE, "the slots are one table");
BUILD_ASSERT(FIXMAP_SIZE == 2 * LEVEL_SIZE(1), "fixmap is the tree's window and the slots");

void *fixmap_map(enum fixmap_slot slot, phys_addr_t pa, u64 prot)
{
	unsigned long va = FIXMAP_SLOTS_START + slot * PAGE_SIZE;
	u64 entry = pte_make(pa, prot);

	if (fixmap_slot_table[slot] != entry) {
		fixmap_slot_table[slot] = entry;
		local_flush_tlb_page(va);
	}
	return (void *)(va + (pa & ~PAGE_MASK));
}

void *arch_map_device(phys_addr_t pa)
{
	for (unsigned int slot = FIX_DEVICES; slot < NR_FIXMAP_SLOTS; slot++) {
		if (!fixmap_slot_table[slot])
			return fixmap_map(slot, pa, PROT_RW);
	}
	return NULL;
}
