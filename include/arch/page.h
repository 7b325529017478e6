/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

/*
 * asm/page.h gives
 *   PAGE_SHIFT, PAGE_SIZE, PAGE_MASK                a frame; 4 KiB
 *   unsigned long arch_linear_offset(void)          va - pa in the linear map
 *   void *__va(phys_addr_t pa)                      pa lies in the linear map
 *   phys_addr_t __pa(const void *va)                va lies in the linear map (not the image)
 *   phys_addr_t __pa_symbol(const void *va)         va lies in the kernel image
 *   unsigned long VMEMMAP_START                     address of descriptor 0 (may be an expression),
 *                                                   a multiple of 2^32 descriptors
 *   VMEMMAP_SIZE, LINEAR_MAP_SIZE                   bytes of the windows
 *   VMEMMAP_SIZE_MAX                                what there is room for
 *   VMALLOC_START, VMALLOC_SIZE                     addresses for what mm/vm/ maps
 *   STACK_GUARD_SIZE                                bytes below each stack that are not mapped
 *   BOOT_STACK_SIZE, OVERFLOW_STACK_SIZE            a CPU's stack, and the one for traps that
 *                                                   find no room there
 */
#include <asm/page.h>

#endif /* ARCH_PAGE_H */
