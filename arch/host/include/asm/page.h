/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <kernel/types.h>
#include <mm/page_bytes.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		0x1000ul
#define PAGE_MASK		(~(PAGE_SIZE - 1))

/* The windows of the hosted machine, which are placed once, where the process has room for them. */
extern unsigned long host_linear_offset;	/* va - pa; set by arch_linear_range() */
extern unsigned long host_vmemmap_va;

#if defined(__SANITIZE_THREAD__)
/* The thread sanitizer leaves a process little address space. */
#define LINEAR_MAP_SIZE		(1ul << 36)
#else
#define LINEAR_MAP_SIZE		(1ul << 40)
#endif
#define VMEMMAP_START		host_vmemmap_va
#define VMEMMAP_SIZE		(1ul * STRUCT_PAGE_BYTES << (CONFIG_MAX_PHYSMEM_BITS - PAGE_SHIFT))
#define VMEMMAP_SIZE_MAX	VMEMMAP_SIZE

/* Nobody can touch these addresses: they stand in page tables alone, which nothing walks. */
#define VMALLOC_START		0xffffffc0c0000000ul
#define VMALLOC_SIZE		0x0000000ec0000000ul

#define STACK_GUARD_SIZE	PAGE_SIZE
#define BOOT_STACK_SIZE		(1ul << CONFIG_STACK_SHIFT)
#define OVERFLOW_STACK_SIZE	0x2000ul

static inline unsigned long arch_linear_offset(void)
{
	return host_linear_offset;
}

static inline void *__va(phys_addr_t pa)
{
	return (void *)(pa + host_linear_offset);
}

static inline phys_addr_t __pa(const void *va)
{
	return (unsigned long)va - host_linear_offset;
}

/* The kernel's objects belong to the process, and RAM has no bytes of the image. */
phys_addr_t __pa_symbol(const void *va);

#endif /* ASM_PAGE_H */
