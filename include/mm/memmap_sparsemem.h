/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMMAP_SPARSEMEM_H
#define MM_MEMMAP_SPARSEMEM_H

/* SPARSEMEM: each section has an array of its own, and a descriptor the section's number, which is
 * the way back. Included by mm/memory_model.h alone. */

struct page_model_fields {
	u32 section_nr;		/* [F] */
	u32 __pad;		/* [c] */
};

#include <mm/struct_page.h>

static inline void model_page_begin(struct page *page, unsigned long pfn)
{
	page->model.section_nr = (u32)(pfn >> PFN_SECTION_SHIFT);
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	const struct mem_section *s = &mem_sections[(pfn >> PFN_SECTION_SHIFT) -
						    mem_section_first];

	return s->memmap + (pfn - s->start_pfn);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	const struct mem_section *s = &mem_sections[page->model.section_nr - mem_section_first];

	return s->start_pfn + (unsigned long)(page - s->memmap);
}

#endif /* MM_MEMMAP_SPARSEMEM_H */
