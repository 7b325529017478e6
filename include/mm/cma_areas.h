/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CMA_AREAS_H
#define MM_CMA_AREAS_H

#include <kernel/types.h>
#include <mm/config.h>

/* Ranges that boot keeps for cma_alloc(), CONFIG_CMA: found by boot, constant after it. */
struct cma_area {
	const char *name;		/* [c] the node's, or CMA_DEFAULT_NAME */
	unsigned long base_pfn, pages;	/* [c] whole pageblocks */
	bool is_default;		/* [c] whoever has no area of its own takes from it */
};
#define CMA_AREAS_MAX	8
#define CMA_DEFAULT_NAME	"reserved"

extern struct cma_area cma_areas[CMA_AREAS_MAX];
extern unsigned int cma_area_count;

/* ---- boot only ---- */

/*
 * A range that a node of the tree keeps, and that others may use meanwhile: is it an area? If not,
 * a line says why, and the range stays kept for the node alone. Nobody has reserved any of it yet.
 */
bool cma_area_add(const char *name, phys_addr_t base, phys_addr_t bytes, bool is_default);
/* The same of a range that boot has just chosen and reserved. */
void cma_area_placed(const char *name, phys_addr_t base, phys_addr_t bytes, bool is_default);
/* Areas are whole pageblocks, and so many bytes each is a multiple of. */
#define CMA_AREA_ALIGN	(PAGE_SIZE << pageblock_order)
/* Does cma= choose the default area, whatever the tree says? */
bool cma_argument_given(void);
/* The default area, where no node is one: of cma= or CMA_SIZE_MB, in what is free. */
void cma_place_default(void);
/* A range is claimed by name: an area of another name that it touches is none any more. */
void cma_area_claimed(const char *name, phys_addr_t base, phys_addr_t end);

#endif /* MM_CMA_AREAS_H */
