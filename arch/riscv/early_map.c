/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first page tables, built with the MMU off.
 *
 * This file runs at the load address while it is linked at the virtual one: it may use
 * addresses that the compiler forms relative to the pc (functions, objects), and they come out
 * physical, but no address stored in memory by the linker (initialised pointers, tables of
 * pointers, jump tables, which objects.mk switches off) and nothing of the rest of the kernel.
 */
#include <asm/csr.h>
#include <asm/fixmap.h>
#include <asm/image.h>
#include <asm/pgtable.h>

#define __page_table	__aligned(PAGE_SIZE) __section(".bss..page_aligned")

/* [c] What lies below an entry is its user's. */
u64 kernel_root_table[PTRS_PER_TABLE] __page_table;
u64 fixmap_fdt_table[PTRS_PER_TABLE] __page_table;
u64 fixmap_slot_table[PTRS_PER_TABLE] __page_table;

/* [c] */
unsigned long boot_hart_id;
u64 entry_instret;
phys_addr_t image_load_pa, firmware_fdt_pa;
unsigned long image_map_offset;
u64 *early_table_next;

/*
 * Entry for va at level, 0 for 4 KiB; tables on the way are taken from the room that the
 * linker script counted for them. Running out cannot be reported from here: the linker's
 * count is checked by arch_early_init().
 */
static u64 *early_entry(unsigned long va, unsigned int level)
{
	u64 *table = kernel_root_table;

	for (unsigned int l = ROOT_LEVEL; l > level; l--) {
		u64 *entry = &table[table_index(va, l)];

		if (!*entry) {
			*entry = pte_make((phys_addr_t)early_table_next, PROT_TABLE);
			early_table_next += PTRS_PER_TABLE;
		}
		table = (u64 *)pte_pa(*entry);
	}
	return &table[table_index(va, level)];
}

/* The part [start, end) of the image, given by its physical addresses. */
static void map_part(const char *start, const char *end, u64 prot)
{
	for (phys_addr_t pa = (phys_addr_t)start; pa < (phys_addr_t)end; pa += PAGE_SIZE)
		*early_entry(pa + image_map_offset, 0) = pte_make(pa, prot);
}

unsigned long early_map(unsigned long hart_id, phys_addr_t fdt_pa, u64 instret)
{
	entry_instret = instret;
	boot_hart_id = hart_id;
	firmware_fdt_pa = fdt_pa;
	image_load_pa = (phys_addr_t)_text;
	image_map_offset = KERNEL_LINK_ADDR - image_load_pa;
	early_table_next = (u64 *)__early_tables_start;

	map_part(_text, __text_end, PROT_RX);
	map_part(__start_rodata, __rodata_end, PROT_RO);
	map_part(__init_begin, __init_text_end, PROT_RX);
	map_part(__init_text_end, boot_stack_guard, PROT_RW);
	map_part(boot_stack, boot_stack_end, PROT_RW);
	map_part(overflow_stack, _end, PROT_RW);

	*early_entry(FIXMAP_FDT_START, 1) = pte_make((phys_addr_t)fixmap_fdt_table, PROT_TABLE);
	*early_entry(FIXMAP_SLOTS_START, 1) = pte_make((phys_addr_t)fixmap_slot_table, PROT_TABLE);

	return (unsigned long)(VA_BITS == 48 ? SATP_MODE_SV48 : SATP_MODE_SV39) << SATP_MODE_SHIFT |
	       (phys_addr_t)kernel_root_table >> PAGE_SHIFT;
}
