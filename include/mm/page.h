/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <kernel/types.h>
#include <mm/config.h>
#include <mm/memory_model.h>
#include <mm/page_word.h>

/*
 * The page descriptor: 16 bytes a frame (24 with the classic SPARSEMEM model, which needs the
 * section number to find the way back). struct page is in mm/struct_page.h, what its word says in
 * mm/page_word.h, and pfn_to_page() and page_to_pfn(), of any frame for which pfn_valid() holds, in
 * the header of the memory model. pfn_valid() says whether there is a descriptor for the frame,
 * not that it means anything:
 *
 * Frames are covered by blocks: a block is 2^order frames, naturally aligned. Only the
 * descriptor of a block's first frame, its head, means anything; the others may hold whatever
 * was in memory. A descriptor is written when a block begins there (hand-over, split) and is
 * made PG_TAIL when its block is merged into a larger one. block_head_pfn() finds the head of
 * any frame. Slab is the exception: all frames of a slab's block carry PG_SLAB.
 */

static inline enum page_state page_state(const struct page *page)
{
	return (enum page_state)PAGE_FIELD(page->word, STATE);
}

static inline unsigned int page_order(const struct page *page)
{
	return PAGE_FIELD(page->word, ORDER);
}

static inline unsigned int page_migratetype(const struct page *page)
{
	return word_mt(page->word);
}

static inline unsigned int page_zone_idx(const struct page *page)
{
	return PAGE_FIELD(page->word, ZONE);
}

static inline int page_nid(const struct page *page)
{
	return (int)PAGE_FIELD(page->word, NODE);
}

/* Writes the descriptor of a frame that becomes a head (or a slab's frame), whatever it was. Who
 * moves pages may look at the word meanwhile. */
static inline void page_begin(struct page *page, unsigned long pfn, u32 word)
{
	WRITE_RELAXED(page->word, word);
	model_page_begin(page, pfn);
}

static inline void *page_address(const struct page *page)
{
	return __va(PFN_PHYS(page_to_pfn(page)));
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return PFN_PHYS(page_to_pfn(page));
}

static inline struct page *virt_to_page(const void *va)
{
	return pfn_to_page(PFN_DOWN(__pa(va)));
}

/*
 * Head of the block that covers pfn, in at most MAX_ORDER + 1 steps. pfn_valid(pfn) holds.
 * The answer is stable while the caller owns the block or holds the zone's lock.
 */
unsigned long block_head_pfn(unsigned long pfn);

/* A name for each region, and two for RAM that no region of memblock.reserved holds. */
#define MEM_OWNERS_MAX	(CONFIG_MEMBLOCK_REGIONS + 2)
/* Name of reservation owner nr (PG_RESERVED); never NULL. */
const char *mem_owner_name(u32 nr);
/* Number of the owner called name, made if it is new. Boot only. */
u32 mem_owner_add(const char *name);
unsigned int mem_owner_count(void);

/* A page's contents to another page, by their addresses. */
void copy_page(void *to, const void *from);

const char *page_state_name(enum page_state state);
/* Gives a block that was handed out another state, PG_TABLE, PG_STACK or PG_DMA, and
 * before it is freed that of PG_ALLOCATED again. Its owner alone may. */
void page_become(struct page *page, enum page_state state);
/* Pages of a node that have become so. Any context. */
unsigned long page_kept_pages(int nid, enum page_state state);

#endif /* MM_PAGE_H */
