/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

/*
 * The virtual windows of the kernel, all in the upper half of the address space. Nothing else
 * in the tree draws them. Between two windows there is always a hole of at least 256 MiB, so
 * that a pointer that runs off one of them faults.
 *
 *   Sv39 (256 GiB)                                       Sv48 (128 TiB)
 *
 *   ffffffff_ffffffff +------------------------------+   the same as Sv39 down to the
 *                     | kernel image      (2 GiB)    |   kernel half's last 256 GiB,
 *   ffffffff_80000000 +------------------------------+   but the linear map and vmalloc
 *                     :                              :   lie below, where there is room:
 *   ffffffff_00000000 +------------------------------+
 *                     | linear map        (123 GiB)  |   ffffe000_00000000
 *                     | va = pa + offset             |     linear map (32 TiB)
 *   ffffffe0_40000000 +------------------------------+   ffffc000_00000000
 *                     :                              :
 *                     | vmemmap    (at most 64 GiB)  |
 *   ffffffd0_00000000 +------------------------------+   ffffb000_00000000
 *                     :                              :     vmalloc    (32 TiB)
 *   ffffffcf_80000000 +------------------------------+   ffff9000_00000000
 *                     | vmalloc           (59 GiB)   |
 *   ffffffc0_c0000000 +------------------------------+   ffff8000_00000000
 *                     :                              :     first address of the half
 *                     | fixmap            (4 MiB)    |
 *   ffffffc0_40000000 +------------------------------+
 *                     :                              :
 *   ffffffc0_00000000   first address of the half
 *
 * vmemmap holds a descriptor of 16 bytes for each frame below 2^MAX_PHYSMEM_BITS; 32-bit frame
 * numbers bound that by 44 bits, hence 64 GiB. It begins at a multiple of that, so that a frame
 * number is 32 bits of its descriptor's address (mm/memmap_vmemmap.h). The linear map's offset is
 * a run-time value: its first byte is the first RAM rounded down to 1 GiB, so that every leaf size
 * fits.
 *
 * The half is the upper 256 entries of the root, and every address space is to share it by a copy
 * of them. Not all of them lead somewhere from the start (docs/decisions.md says why), so one that
 * changes does so in one place, which tells whoever has a copy, and a table that hangs in the root
 * stays there: KT1 and KT2 in mm/vm/kernel_tables.c.
 */

#include <mm/page_bytes.h>

#ifdef __ASSEMBLY__
#define LAYOUT_UL(x)		x
#else
#define LAYOUT_UL(x)		x##ul
#endif

/* What a mode is, and the words for a hart that lacks it and for RAM that it does not reach. */
#if defined(CONFIG_SV48)
#define VA_BITS			48
#define PGTABLE_LEVELS		4
#define MMU_MODE_NAME		"Sv48"
#define MMU_MODE_MISSING	"; choose CONFIG_SV39 instead of CONFIG_SV48"
#define LINEAR_MAP_HINT		"it lies beyond the linear map"
#define KERNEL_HALF_START	LAYOUT_UL(0xffff800000000000)
#define VMALLOC_START		LAYOUT_UL(0xffff900000000000)
#define VMALLOC_SIZE		LAYOUT_UL(0x0000200000000000)
#define PAGE_OFFSET		LAYOUT_UL(0xffffc00000000000)
#define LINEAR_MAP_SIZE		LAYOUT_UL(0x0000200000000000)
#else
#define VA_BITS			39
#define PGTABLE_LEVELS		3
#define MMU_MODE_NAME		"Sv39"
#define MMU_MODE_MISSING	", which the kernel needs"
#define LINEAR_MAP_HINT		"it lies beyond the linear map; CONFIG_SV48 reaches further"
#define KERNEL_HALF_START	LAYOUT_UL(0xffffffc000000000)
#define VMALLOC_START		LAYOUT_UL(0xffffffc0c0000000)
#define VMALLOC_SIZE		LAYOUT_UL(0x0000000ec0000000)
#define PAGE_OFFSET		LAYOUT_UL(0xffffffe040000000)
#define LINEAR_MAP_SIZE		LAYOUT_UL(0x0000001ec0000000)
#endif

/* The device tree's window, then single pages for devices and tables (asm/fixmap.h). */
#define FIXMAP_START		LAYOUT_UL(0xffffffc040000000)
#define FIXMAP_SIZE		LAYOUT_UL(0x400000)
#define FIXMAP_FDT_SIZE		LAYOUT_UL(0x200000)

#define VMEMMAP_START		LAYOUT_UL(0xffffffd000000000)
#define VMEMMAP_SIZE		(LAYOUT_UL(1) * STRUCT_PAGE_BYTES << (CONFIG_MAX_PHYSMEM_BITS - 12))
#define VMEMMAP_SIZE_MAX	LAYOUT_UL(0x0000001000000000)

#define KERNEL_LINK_ADDR	LAYOUT_UL(0xffffffff80000000)
#define KERNEL_WINDOW_SIZE	LAYOUT_UL(0x80000000)

/* Loaders put the image at a multiple of this; tables for its window rely on it. */
#define KERNEL_ALIGN		LAYOUT_UL(0x200000)

/* Where loaders put it that take the ELF file, which has a physical address, and not the Image:
 * behind the firmware of a machine whose RAM begins at 2 GiB, as QEMU's do. */
#define KERNEL_ELF_PA		LAYOUT_UL(0x80200000)

/*
 * Stacks lie in the image's bss, each above a page that is never mapped in the image's window:
 * [guard][boot stack][guard][overflow stack]. Traps that find no room on the running stack
 * continue on the overflow stack.
 */
#define STACK_GUARD_SIZE	LAYOUT_UL(0x1000)
#define BOOT_STACK_SIZE		(LAYOUT_UL(1) << CONFIG_STACK_SHIFT)
#define OVERFLOW_STACK_SIZE	LAYOUT_UL(0x2000)

/* The stacks of other CPUs lie at the start of vmalloc, in the same order (mm/stack.h). */

#endif /* ASM_LAYOUT_H */
