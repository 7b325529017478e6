/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMMAP_FLATMEM_H
#define MM_MEMMAP_FLATMEM_H

/* FLATMEM: one array from the first section's RAM to the last's. Included by mm/memory_model.h
 * alone. */

struct page_model_fields {
};

#include <mm/struct_page.h>

extern struct page *mem_map;
extern unsigned long mem_map_start_pfn;

static inline void model_page_begin(struct page *page, unsigned long pfn)
{
	(void)page;
	(void)pfn;
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return mem_map + (pfn - mem_map_start_pfn);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return mem_map_start_pfn + (unsigned long)(page - mem_map);
}

#endif /* MM_MEMMAP_FLATMEM_H */
