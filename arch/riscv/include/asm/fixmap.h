/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_FIXMAP_H
#define ASM_FIXMAP_H

#include <asm/pgtable.h>

/* For devices that are wanted before vmalloc can be had. */
#define NR_DEVICE_PAGES		8

/* Pages whose address is known when the kernel is built. Their tables are part of the image,
 * so that mapping one needs no memory and cannot fail. */
enum fixmap_slot {
	FIX_TABLE,		/* probed RAM, then page tables, until the linear map shows both */
	FIX_DEVICES,		/* registers, one page after the other (arch_map_device()) */
	NR_FIXMAP_SLOTS = FIX_DEVICES + NR_DEVICE_PAGES
};

/* First and last+1 address of the device tree's window, and of the slots. */
#define FIXMAP_FDT_START	FIXMAP_START
#define FIXMAP_SLOTS_START	(FIXMAP_START + FIXMAP_FDT_SIZE)

extern u64 fixmap_fdt_table[PTRS_PER_TABLE], fixmap_slot_table[PTRS_PER_TABLE];

/*
 * The slot shows the page around pa from now on; returns the address of the byte at pa. Any
 * context; the former page of the slot is no longer visible.
 */
void *fixmap_map(enum fixmap_slot slot, phys_addr_t pa, u64 prot);

#endif /* ASM_FIXMAP_H */
