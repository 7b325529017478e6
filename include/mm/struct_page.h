/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_STRUCT_PAGE_H
#define MM_STRUCT_PAGE_H

/* Included by the header of the memory model, which has said what it adds; see mm/page.h. */

#include <kernel/assert.h>
#include <kernel/types.h>
#include <mm/page_bytes.h>
#include <mm/page_word.h>
#include <arch/pgtable.h>

/* Counts of a slab's objects; with accounts a number is beside them. */
#define SLAB_COUNT_BITS		(IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? 12 : 16)

/* [F] All of it; word is read by whoever walks blocks, as a snapshot. */
struct page {
	u32 word;				/* [F*] mm/page_word.h */
	union {
		u32 private;			/* PG_ALLOCATED: free for its owner */
		u32 owner;			/* PG_RESERVED: index for mem_owner_name() */
		struct {			/* PG_SLAB, head */
			u32 inuse : SLAB_COUNT_BITS;
			u32 freelist : SLAB_COUNT_BITS;
			IF_ENABLED(CONFIG_MEM_ACCOUNTS, u32 slab_account : 8;)
		};
		u32 slab_head_pfn;		/* PG_SLAB, other frames */
		struct pgtable_counts table;	/* PG_TABLE: [T] */
		u32 movable_kind;		/* PG_MOVABLE: row of the table of kinds */
	};
	union {
		u32 next_pfn;			/* PG_BUDDY, PG_SLAB: list links, PFN_NONE ends */
		u32 movable_owner;		/* PG_MOVABLE: numbers of its kind's; PG_USER:
						 * where programs see it (mm/user_page.h) */
	};
	union {
		u32 prev_pfn;
		u32 movable_part;
	};
	struct page_model_fields model;		/* nothing but in classic SPARSEMEM */
};
BUILD_ASSERT(sizeof(struct page) == STRUCT_PAGE_BYTES + sizeof(struct page_model_fields),
	     "struct page has grown");

#define PFN_NONE		0xffffffffu

#endif /* MM_STRUCT_PAGE_H */
