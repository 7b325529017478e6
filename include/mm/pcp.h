/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PCP_H
#define MM_PCP_H

/*
 * Per-CPU page lists as the inline paths of mm/gfp.h see them; mm/pcp.c says how they work.
 */
#include <kernel/percpu.h>
#include <mm/mmzone.h>
#include <mm/page.h>
#include <arch/irq.h>

/* Blocks one list can hold: half of the CPU's share is for order 0, split among the types. */
#define PCP_LIST_MAX	MAX_CONST(CONFIG_PCP_HIGH / (2 * MIGRATE_PCPTYPES), 1)

/* A stack of free blocks of one order, zone and type. Of its CPU, interrupts off. */
struct pcp_list {
	u32 word;			/* c of every block on it (P2) */
	u32 count;			/* blocks */
	u32 limit;			/* c at most PCP_LIST_MAX; 0: not cached */
	u32 pfn[PCP_LIST_MAX];
};

/* The low bits of a block's word, node, zone and type, tell its list among those of its order. */
#define PCP_INDEX_MASK	(MAX_NUMNODES > 1 ? MAX_NUMNODES * 16u - 1 : (4u << ZONES_SHIFT) - 1)
#define NR_PCP_INDEXES	(MAX_NUMNODES > 1 ? MAX_NUMNODES * 16 : 4 << ZONES_SHIFT)

DECLARE_PER_CPU(struct pcp_list, pcp_lists[NR_PCP_ORDERS][NR_PCP_INDEXES]);

/*
 * By order and the flags that choose zone and type (gfp & 15): the list to try first. The last
 * row of lists stays empty, and is where a request goes that no zone can serve.
 */
#define PCP_HOME_FLAGS	15u
DECLARE_PER_CPU(struct pcp_list *, pcp_home[NR_PCP_ORDERS][PCP_HOME_FLAGS + 1]);

/* What differs between a block on a list and the same block handed out. */
#define PCP_FLIP	(((u32)PG_PCP ^ (u32)PG_ALLOCATED) << PAGE_STATE_SHIFT)

/* Pops; NULL when the list is empty or its top is not what it should be. */
static __always_inline struct page *pcp_pop(struct pcp_list *list)
{
	u32 count = list->count;
	struct page *page;

	if (unlikely(!count))
		return NULL;
	page = pfn_to_page(list->pfn[count - 1]);
	if (unlikely(page->word != list->word))
		return NULL;
	list->count = count - 1;
	page->word = list->word ^ PCP_FLIP;
	return page;
}

/* Pushes a block that is handed out with this order; false when it is not, or the list is full. */
static __always_inline bool pcp_push(struct pcp_list *list, struct page *page, u32 word)
{
	u32 count = list->count;

	if (unlikely(count >= list->limit) || unlikely((word ^ PCP_FLIP) != list->word))
		return false;
	page->word = list->word;
	list->pfn[count] = (u32)page_to_pfn(page);
	list->count = count + 1;
	return true;
}

#endif /* MM_PCP_H */
