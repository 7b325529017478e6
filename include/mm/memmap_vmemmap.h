/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMMAP_VMEMMAP_H
#define MM_MEMMAP_VMEMMAP_H

/* SPARSEMEM_VMEMMAP: descriptors are one virtual array. Included by mm/memory_model.h alone. */

struct page_model_fields {
};

#include <mm/struct_page.h>

static inline void model_page_begin(struct page *page, unsigned long pfn)
{
	(void)page;
	(void)pfn;
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return (struct page *)VMEMMAP_START + pfn;
}

/* The array begins at a multiple of its largest size (arch/page.h). */
static inline unsigned long page_to_pfn(const struct page *page)
{
	return (u32)((unsigned long)page / sizeof(struct page));
}

#endif /* MM_MEMMAP_VMEMMAP_H */
