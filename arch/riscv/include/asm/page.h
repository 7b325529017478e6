/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <asm/layout.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		LAYOUT_UL(0x1000)
#define PAGE_MASK		(~(PAGE_SIZE - 1))

#ifndef __ASSEMBLY__

#include <kernel/compiler.h>
#include <kernel/types.h>

/* va - pa in the linear map; 0 until arch_linear_range() has seen the first RAM. */
extern unsigned long linear_map_offset;
/* va - pa in the image's window. */
extern unsigned long image_map_offset;

static __always_inline unsigned long arch_linear_offset(void)
{
	return linear_map_offset;
}

static __always_inline void *__va(phys_addr_t pa)
{
	return (void *)(pa + linear_map_offset);
}

static __always_inline phys_addr_t __pa(const void *va)
{
	return (unsigned long)va - linear_map_offset;
}

static __always_inline phys_addr_t __pa_symbol(const void *va)
{
	return (unsigned long)va - image_map_offset;
}

#endif /* __ASSEMBLY__ */
#endif /* ASM_PAGE_H */
