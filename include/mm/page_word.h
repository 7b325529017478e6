/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_WORD_H
#define MM_PAGE_WORD_H

#include <kernel/assert.h>
#include <kernel/math.h>
#include <kernel/types.h>

/*
 * The one word that says what a frame is: struct page begins with it, and a per-CPU list has that
 * of its blocks.
 *
 *   word   31        20   19    18     15 14     10 9        4 3    2 1           0
 *          +-----------+---------+---------+---------+----------+------+-------------+
 *          | tag/cache | special |  state  |  order  |   node   | zone | migratetype |
 *          +-----------+---------+---------+---------+----------+------+-------------+
 *
 * special: the type is one of those that per-CPU lists do not keep, counted from the first of them.
 * A block smaller than a pageblock that is handed out never says so, whatever its pageblock is:
 * its word is that of a list, and it goes back to its pageblock's type all the same (K1).
 *
 * tag: a number drawn at boot; a stale or random word does not carry it (see page_tag).
 * Slab pages have the cache's number there instead. With MEM_ACCOUNTS its upper bits differ, in a
 * block that is handed out, by the number of the account that is charged for it.
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
	PG_VMALLOC,		/* handed out, mapped in an area of vmalloc() */
	PG_DMA,			/* handed out, seen by a device: with DMA alone */
	/* handed out, seen by programs or part of a file: with PROCESSES alone */
	PG_USER = PG_DMA + IS_ENABLED(CONFIG_DMA),
	/* handed out, its owner can move it: with MIGRATION alone */
	PG_MOVABLE = PG_USER + IS_ENABLED(CONFIG_PROCESSES),
	NR_PAGE_STATES = PG_MOVABLE + IS_ENABLED(CONFIG_MIGRATION)
};

/* The special types, from the fourth on, are options: the number of one that is not in this
 * configuration is that of the next one, and means nothing. */
enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_HIGHATOMIC,		/* kept for larger requests that cannot wait */
	/* Kept for cma_alloc(), and lent to movable pages. */
	MIGRATE_CMA = MIGRATE_HIGHATOMIC + IS_ENABLED(CONFIG_HIGHATOMIC),
	MIGRATE_ISOLATE = MIGRATE_CMA + IS_ENABLED(CONFIG_CMA),	/* set aside: handed out to nobody,
								 * not counted free */
	NR_MIGRATETYPES = MIGRATE_ISOLATE + IS_ENABLED(CONFIG_MEMORY_ISOLATION)
};

/* Types that have lists in this configuration, and those that per-CPU lists keep apart: the first
 * ones, which are the ordinary types. The others cost nothing. */
enum {
	MIGRATE_PCPTYPES = IS_ENABLED(CONFIG_PAGE_MOBILITY) ? MIGRATE_RECLAIMABLE + 1
							    : MIGRATE_UNMOVABLE + 1,
	MIGRATE_TYPES = IS_ENABLED(CONFIG_PAGE_MOBILITY) ? NR_MIGRATETYPES : MIGRATE_PCPTYPES,
	NR_SPECIAL_TYPES = MIGRATE_TYPES - MIGRATE_PCPTYPES,
};

/* Bits of any type's number, with all options. */
#define MIGRATETYPE_BITS_MOST	3

/*
 * The fields from bit 0 up, each with its width; shifts and masks follow from this table alone.
 * Node, zone and type lie lowest and together: they are the index of the block's per-CPU list. The
 * type is the very lowest, so that two words that differ in it alone differ by less than
 * 1 << PAGE_MT_BITS (buddy.c): an ordinary block's and a special one's do not.
 */
#define PAGE_WORD_FIELDS(FIELD) \
	FIELD(MT, 2) \
	FIELD(ZONE, 2) \
	FIELD(NODE, 6) \
	FIELD(ORDER, 5) \
	FIELD(STATE, 4) \
	FIELD(SPECIAL, 1) \
	FIELD(TAG, 12)

/* A field begins one above the last bit of that before it. Debuggers read these numbers. */
#define PAGE_FIELD_PLACE(f, bits) \
	PAGE_##f##_SHIFT, \
	PAGE_##f##_BITS = (bits), \
	PAGE_##f##_LAST = PAGE_##f##_SHIFT + PAGE_##f##_BITS - 1,
enum page_word_place {
	PAGE_WORD_FIELDS(PAGE_FIELD_PLACE)
	PAGE_WORD_BITS
};

#define PAGE_FIELD_MASK(f)	(((1u << PAGE_##f##_BITS) - 1) << PAGE_##f##_SHIFT)

#define PAGE_FIELD(word, f)	(((word) >> PAGE_##f##_SHIFT) & ((1u << PAGE_##f##_BITS) - 1))

#define PAGE_FIELD_SUM(f, bits)	+ (u64)PAGE_FIELD_MASK(f)
#define PAGE_FIELD_OR(f, bits)	| PAGE_FIELD_MASK(f)
BUILD_ASSERT(PAGE_WORD_BITS == 32, "the fields of the word do not add up to 32 bits");
BUILD_ASSERT((0 PAGE_WORD_FIELDS(PAGE_FIELD_SUM)) == 0xffffffff &&
	     (0 PAGE_WORD_FIELDS(PAGE_FIELD_OR)) == 0xffffffff,
	     "fields of the word overlap, or leave bits out");
BUILD_ASSERT(PAGE_MT_SHIFT == 0 && PAGE_ZONE_SHIFT == PAGE_MT_BITS &&
	     PAGE_NODE_SHIFT == PAGE_ZONE_SHIFT + PAGE_ZONE_BITS,
	     "type, zone and node are not the low end of the word, which is the index of a list");
BUILD_ASSERT(MIGRATE_PCPTYPES <= 1 << PAGE_MT_BITS && NR_SPECIAL_TYPES <= 1 << PAGE_MT_BITS &&
	     MIGRATE_TYPES <= 1 << MIGRATETYPE_BITS_MOST,
	     "the word has no room for all migrate types");
BUILD_ASSERT(NR_PAGE_STATES <= 1 << PAGE_STATE_BITS, "page states do not fit the word");

/* The tag in place: every word but a slab's carries it. Set once at boot, before the first
 * descriptor is written. */
extern u32 page_tag;

/* The account's number, in the upper bits of the tag; and the tag's bits that all words carry. */
#define PAGE_ACCOUNT_BITS	(IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? 8 : 0)
#define PAGE_ACCOUNT_SHIFT	24
#define PAGE_TAG_KEPT \
	(PAGE_FIELD_MASK(TAG) & (IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? (1u << PAGE_ACCOUNT_SHIFT) - 1 \
								 : ~0u))
BUILD_ASSERT(PAGE_ACCOUNT_SHIFT > PAGE_TAG_SHIFT && PAGE_ACCOUNT_SHIFT + 8 == PAGE_WORD_BITS,
	     "an account's number is not the upper part of the tag");

/* Of a block that is handed out, but for a slab's. */
static __always_inline unsigned int word_account(u32 word)
{
	return IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? (word ^ page_tag) >> PAGE_ACCOUNT_SHIFT : 0;
}

/* The same block, of account 0. */
static __always_inline u32 word_of_kernel(u32 word)
{
	return word ^ (u32)word_account(word) << PAGE_ACCOUNT_SHIFT;
}

/* Is it a type that per-CPU lists do not keep? */
static __always_inline bool is_special(unsigned long mt)
{
	return NR_SPECIAL_TYPES > 0 && mt >= MIGRATE_PCPTYPES;
}

/* A type as it lies in the word, and the way back. */
static __always_inline u32 mt_bits(unsigned long mt)
{
	return is_special(mt) ? (u32)(mt - MIGRATE_PCPTYPES) | PAGE_FIELD_MASK(SPECIAL) : (u32)mt;
}

static __always_inline unsigned int word_mt(u32 word)
{
	unsigned int mt = PAGE_FIELD(word, MT);

	return NR_SPECIAL_TYPES > 0 ? mt + MIGRATE_PCPTYPES * PAGE_FIELD(word, SPECIAL) : mt;
}

/* zone_id: node and zone in one number, as they lie in the word. */
static inline u32 page_word(enum page_state state, unsigned int order, unsigned int mt,
			    unsigned int zone_id)
{
	return page_tag | zone_id << PAGE_ZONE_SHIFT | (u32)state << PAGE_STATE_SHIFT |
	       order << PAGE_ORDER_SHIFT | mt_bits(mt);
}

#endif /* MM_PAGE_WORD_H */
