/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CONTIG_H
#define MM_CONTIG_H

#include <mm/gfp_types.h>
#include <mm/page_isolation.h>

/* Frames that lie one behind the other, whichever and however many: CONFIG_CMA. */

/*
 * Takes the frames [start_pfn, end_pfn). What can move or be dropped goes elsewhere first, into
 * blocks that gfp allows. Process context; nobody else works on the pageblocks of the range.
 *
 * 0: the caller's, contents undefined. -EBUSY: *o says what stays where it is. -ENOMEM: there is
 * no room for what would have to move. -EINVAL: some frame is no RAM. But for 0 the range is as it
 * was, though pages may have moved within memory.
 *
 * Steps: for each page that moves those of migrate_page() and a look at it, and a constant for each
 * largest block.
 */
int alloc_contig_range(unsigned long start_pfn, unsigned long end_pfn, gfp_t gfp,
		       struct page_obstacle *o) __must_check;
/* Gives frames back that alloc_contig_range() or alloc_contig_pages() took, or a part of them. Any
 * context. */
void free_contig_range(unsigned long start_pfn, unsigned long pages);
/*
 * The same of any frames that can be had, of the highest zone that gfp allows downwards: the first
 * of them, or NULL. Pageblocks are looked at one after the other, by their counters alone.
 */
struct page *alloc_contig_pages(unsigned long pages, gfp_t gfp) __must_check;

#endif /* MM_CONTIG_H */
