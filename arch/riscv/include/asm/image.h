/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_IMAGE_H
#define ASM_IMAGE_H

#include <kernel/types.h>

/* Boundaries drawn by kernel.lds.S. Those of permission groups are multiples of a page. */
extern char _text[], _stext[], _etext[], __text_end[];
extern char __start_rodata[], __end_rodata[], __rodata_end[];
extern char __init_begin[], __init_text_end[], __init_end[];
extern char _sdata[], _edata[];
extern char __bss_start[], __bss_stop[], _end[];
extern char __early_tables_start[], __early_tables_end[];

/* In bss, see asm/layout.h for their order. */
extern char boot_stack_guard[], boot_stack[], boot_stack_end[];
extern char overflow_stack_guard[], overflow_stack[], overflow_stack_end[];

/* What early_map() found out, in the image's data from the start. */
extern unsigned long boot_hart_id;
extern u64 entry_instret;
extern phys_addr_t image_load_pa, firmware_fdt_pa;
extern u64 *early_table_next;			/* physical, one past the last in use */

/* The root of the kernel's tables. */
extern u64 kernel_root_table[];

/* Set once the init part is gone from the image's window. */
extern bool init_memory_gone;

/* May supervisor mode set its timer by itself? Interrupts off. */
bool sstc_probe(void);

/* Builds the first tables with the MMU off; returns the value for satp. */
unsigned long early_map(unsigned long hart_id, phys_addr_t fdt_pa, u64 instret);

#endif /* ASM_IMAGE_H */
