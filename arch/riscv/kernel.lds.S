/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image, linked at its virtual address and run there wherever it was loaded. Parts with
 * different rights begin on pages of their own, in this order:
 *
 *   text (RX) | rodata (R) | init text (RX) | init data (RW) | data (RW) | bss (RW)
 *                          '---- freed after boot ----------'
 *
 * The binary image ends with data; bss, the first page tables at its end, is only counted.
 */
#include <asm/layout.h>

OUTPUT_ARCH(riscv)
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	init_text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = KERNEL_LINK_ADDR;
	/* All that follows keeps the same distance. */
	.head.text : AT(KERNEL_ELF_PA) {
		_text = .;
		KEEP(*(.head.text))
	} :text
	.text : {
		_stext = .;
		*(.text.unlikely .text.unlikely.*)
		*(.text.hot .text.hot.*)
		*(.text .text.*)
		*(.ref.text)
		_etext = .;
		. = ALIGN(0x1000);
		__text_end = .;
	} :text

	.rodata : {
		__start_rodata = .;
		/* That one's many sentences are boot's alone. */
		*(EXCLUDE_FILE(*kernel/fdt_check.o) .rodata)
		*(EXCLUDE_FILE(*kernel/fdt_check.o) .rodata.*)
		*(.srodata .srodata.*)
		. = ALIGN(8);
		__views_start = .;
		KEEP(*(.views))
		__views_end = .;
		. = ALIGN(8);
		__file_devices_start = .;
		KEEP(*(.file_devices))
		__file_devices_end = .;
		. = ALIGN(8);
		__file_systems_start = .;
		KEEP(*(.file_systems))
		__file_systems_end = .;
		. = ALIGN(8);
		__proc_files_start = .;
		KEEP(*(.proc_files))
		__proc_files_end = .;
		. = ALIGN(8);
		__commands_start = .;
		KEEP(*(.commands))
		__commands_end = .;
		. = ALIGN(8);
		__benches_start = .;
		KEEP(*(.benches))
		__benches_end = .;
		. = ALIGN(8);
		__ktests_start = .;
		KEEP(*(.ktests))
		__ktests_end = .;
		. = ALIGN(8);
		__drivers_start = .;
		KEEP(*(.drivers))
		__drivers_end = .;
		. = ALIGN(8);
		__device_drivers_start = .;
		KEEP(*(.device_drivers))
		__device_drivers_end = .;
		. = ALIGN(8);
		__cpu_hooks_start = .;
		KEEP(*(.cpu_hooks))
		__cpu_hooks_end = .;
		. = ALIGN(8);
		__threads_start = .;
		KEEP(*(.threads))
		__threads_end = .;
		. = ALIGN(8);
		__address_owners_start = .;
		KEEP(*(.address_owners))
		__address_owners_end = .;
		. = ALIGN(8);
		__movable_kinds_start = .;
		KEEP(*(.movable_kinds))
		__movable_kinds_end = .;
		__shrinkers_start = .;
		KEEP(*(.shrinkers))
		__shrinkers_end = .;
		__mem_accounts_start = .;
		KEEP(*(.mem_accounts))
		__mem_accounts_end = .;
		. = ALIGN(8);
		__exceptions_start = .;
		KEEP(*(.exception_table))
		__exceptions_end = .;
		__early_devices_start = .;
		KEEP(*(.early_devices))
		__early_devices_end = .;
		__end_rodata = .;
		. = ALIGN(0x1000);
		__rodata_end = .;
	} :rodata

	.init.text : {
		__init_begin = .;
		*(.init.text .init.text.*)
		. = ALIGN(0x1000);
		__init_text_end = .;
	} :init_text
	.init.data : {
		*(.init.data .init.data.*)
		*(.init.rodata .init.rodata.*)
		*kernel/fdt_check.o(.rodata .rodata.*)
		. = ALIGN(8);
		__initcalls_start = .;
		KEEP(*(.init.calls))
		__initcalls_end = .;
		. = ALIGN(0x1000);
		__init_end = .;
	} :data

	.data : {
		_sdata = .;
		__kmem_caches_start = .;
		KEEP(*(.kmem_caches))
		__kmem_caches_end = .;
		*(.data .data.*)
		*(.sdata .sdata.*)
		. = ALIGN(8);
		_edata = .;
	} :data

	/* Stacks with their guards and page tables first. The tables at the end are for
	 * early_map(): one for each level, and one more for each 2 MiB of the image. */
	.bss ALIGN(0x1000) : {
		__bss_start = .;
		*(.bss..page_aligned)
		__per_cpu_start = .;
		*(.bss..percpu)
		. = ALIGN(64);
		__per_cpu_end = .;
		*(.sbss .sbss.*)
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(0x1000);
		__early_tables_start = .;
		. = . + (PGTABLE_LEVELS + ((. - _text + 0x10000) >> 21)) * 0x1000;
		__early_tables_end = .;
		__bss_stop = .;
		_end = .;
	} :data
	__image_size = _end - _text;

	.got : { *(.got .got.*) *(.igot .igot.*) }
	.tdata : { *(.tdata .tdata.*) }
	.tbss : { *(.tbss .tbss.*) }
	.init_array : { *(.init_array .init_array.* .ctors .ctors.*) }

	/DISCARD/ : {
		*(.comment)
		*(.eh_frame .eh_frame_hdr)
		*(.note .note.*)
		*(.riscv.attributes)
	}
}

ASSERT(_start == _text, "the image header is not first: arch/riscv/head.o leads the objects")
ASSERT(SIZEOF(.got) == 0, "a global offset table: something was compiled as position independent")
ASSERT(SIZEOF(.tdata) == 0 && SIZEOF(.tbss) == 0, "thread-local data: tp has another use here")
ASSERT(SIZEOF(.init_array) == 0, "constructors are never called: use an initcall")
ASSERT(__image_size <= 0x10000000, "the image is larger than 256 MiB")
