/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CMA_H
#define MM_CMA_H

#include <mm/cma_areas.h>
#include <mm/contig.h>
#include <mm/page.h>

/*
 * Contiguous memory from areas that boot kept for it (mm/cma_areas.h), CONFIG_CMA. What an area has
 * free is lent to movable pages meanwhile. An area goes by its number in cma_areas[].
 */

/*
 * pages > 0 frames of an area, the first at a multiple of 2^align_order frames; NULL when there are
 * none, and *o says why: what is in the way, or that no range is left that nobody took, or that
 * what would have to move has no room elsewhere. Then nothing is taken. Contents are undefined.
 * Process context; waits for another CPU's call.
 */
#define CMA_NO_ROOM	"what is lent has no room elsewhere"
struct page *cma_alloc_from(unsigned int area, unsigned long pages, unsigned int align_order,
			    struct page_obstacle *o) __must_check;
/* The same, Linux's way, of the default area, with a line in the log when it fails. */
struct page *cma_alloc(unsigned long pages, unsigned int align_order) __must_check;
/* Gives frames back that one call took, or a part of them. False, and nothing is done, when they
 * are not all of an area and taken. Any context. */
bool cma_release(const struct page *page, unsigned long pages);

/* Of one moment for each pageblock, the sum of none. */
struct cma_usage {
	unsigned long taken_pages;	/* by cma_alloc() */
	unsigned long free_pages;	/* the rest is lent */
	unsigned long allocs, failures;	/* calls */
};
struct cma_usage cma_usage(unsigned int area);

/* Pages of all areas. */
unsigned long total_cma_pages(void);

/* Gives each area its books. Boot, once pages can be had. */
int cma_init(void);

#endif /* MM_CMA_H */
