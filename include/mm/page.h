/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <kernel/assert.h>
#include <kernel/types.h>
#include <mm/config.h>

/*
 * The page descriptor: 16 bytes a frame (24 with the classic SPARSEMEM model, which needs the
 * section number to find the way back).
 *
 * Frames are covered by blocks: a block is 2^order frames, naturally aligned. Only the
 * descriptor of a block's first frame, its head, means anything; the others may hold whatever
 * was in memory. A descriptor is written when a block begins there (hand-over, split) and is
 * made PG_TAIL when its block is merged into a larger one. block_head_pfn() finds the head of
 * any frame. Slab is the exception: all frames of a slab's block carry PG_SLAB.
 *
 *   word   31        20 19   18     15 14     10 9        4 3    2 1           0
 *          +-----------+----+---------+---------+----------+------+-------------+
 *          | tag/cache |  - |  state  |  order  |   node   | zone | migratetype |
 *          +-----------+----+---------+---------+----------+------+-------------+
 *
 * Node, zone and type lie lowest and together: they are the index of the block's per-CPU list.
 *
 * tag: a number drawn at boot; a stale or random word does not carry it (see page_tag).
 * Slab pages have the cache's number there instead.
 *
 * Who may write: state PG_BUDDY, PG_TAIL: holder of the zone's lock. PG_PCP: the CPU whose
 * list it is on, interrupts off. Others: whoever owns the block.
 */
enum page_state {
	PG_TAIL,		/* inside another block, or never written */
	PG_HOLE,		/* no RAM behind it */
	PG_RESERVED,		/* since boot; owner names it */
	PG_BUDDY,		/* free, on a list of its zone */
	PG_PCP,			/* free, on a CPU's list */
	PG_ALLOCATED,		/* handed out by alloc_pages */
	PG_SLAB,		/* holds slab objects */
	PG_TABLE,		/* handed out, used as page table */
	PG_STACK,		/* handed out, used as a CPU's stack */
	NR_PAGE_STATES
};

struct page {
	u32 word;
	union {
		u32 private;			/* PG_ALLOCATED: free for its owner */
		u32 owner;			/* PG_RESERVED: index for mem_owner_name() */
		struct {			/* PG_SLAB, head */
			u16 inuse;
			u16 freelist;
		};
		u32 slab_head_pfn;		/* PG_SLAB, other frames */
	};
	u32 next_pfn;				/* PG_BUDDY, PG_SLAB: list links, PFN_NONE ends */
	u32 prev_pfn;
#if defined(CONFIG_SPARSEMEM)
	u32 section_nr;
	u32 __pad;
#endif
};

#if defined(CONFIG_SPARSEMEM)
#define STRUCT_PAGE_BYTES	24
#else
#define STRUCT_PAGE_BYTES	16
#endif
BUILD_ASSERT(sizeof(struct page) == STRUCT_PAGE_BYTES, "struct page has grown");

#define PFN_NONE		0xffffffffu

#define PAGE_MT_SHIFT		0
#define PAGE_MT_BITS		2
#define PAGE_ZONE_SHIFT		2
#define PAGE_ZONE_BITS		2
#define PAGE_NODE_SHIFT		4
#define PAGE_NODE_BITS		6
#define PAGE_ORDER_SHIFT	10
#define PAGE_ORDER_BITS		5
#define PAGE_STATE_SHIFT	15
#define PAGE_STATE_BITS		4
#define PAGE_TAG_SHIFT		20
#define PAGE_TAG_BITS		12

#define PAGE_FIELD_MASK(f)	(((1u << PAGE_##f##_BITS) - 1) << PAGE_##f##_SHIFT)

#define PAGE_FIELD(word, f)	(((word) >> PAGE_##f##_SHIFT) & ((1u << PAGE_##f##_BITS) - 1))

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
	return PAGE_FIELD(page->word, MT);
}

static inline unsigned int page_zone_idx(const struct page *page)
{
	return PAGE_FIELD(page->word, ZONE);
}

static inline int page_nid(const struct page *page)
{
	return (int)PAGE_FIELD(page->word, NODE);
}

/* Node and zone in one number, the index of per-CPU list sets. */
static inline unsigned int page_zone_id(const struct page *page)
{
	return page->word >> PAGE_ZONE_SHIFT & ((1u << (PAGE_ZONE_BITS + PAGE_NODE_BITS)) - 1);
}

/* The tag in place: every word but a slab's carries it. Set once at boot, before the first
 * descriptor is written. */
extern u32 page_tag;

static inline u32 page_word(enum page_state state, unsigned int order, unsigned int mt,
			    unsigned int zone_id)
{
	return page_tag | zone_id << PAGE_ZONE_SHIFT | (u32)state << PAGE_STATE_SHIFT |
	       order << PAGE_ORDER_SHIFT | mt;
}

/*
 * pfn_to_page, page_to_pfn: any frame for which pfn_valid() holds. pfn_valid() says whether
 * there is a descriptor for the frame, not that it means anything (see above).
 */
#include <mm/memory_model.h>

/* Writes the descriptor of a frame that becomes a head (or a slab's frame), whatever it was. */
static inline void page_begin(struct page *page, unsigned long pfn, u32 word)
{
	page->word = word;
#if defined(CONFIG_SPARSEMEM)
	page->section_nr = (u32)(pfn >> PFN_SECTION_SHIFT);
#else
	(void)pfn;
#endif
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

/* Name of reservation owner nr (PG_RESERVED); never NULL. */
const char *mem_owner_name(u32 nr);
/* Number of the owner called name, made if it is new. Boot only. */
u32 mem_owner_add(const char *name);
unsigned int mem_owner_count(void);

const char *page_state_name(enum page_state state);
/* Gives a block that was handed out another state, for good: PG_TABLE or PG_STACK. Its owner
 * alone may. */
void page_become(struct page *page, enum page_state state);
/* Pages that have become so. Any context. */
unsigned long page_kept_pages(enum page_state state);

#endif /* MM_PAGE_H */
