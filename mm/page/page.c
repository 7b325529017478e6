/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: finding the block that a frame belongs to, and the names of boot-time owners.
 *
 * Structure: blocks are the leaves of binary trees, one tree for each naturally aligned range
 * of 2^MAX_ORDER frames. Only leaf heads carry a descriptor that means something:
 *
 *	order 3  |  A: allocated, order 2  |  B: o1    | C:o0| free|
 *	frame    0     1     2     3     4     5     6     7
 *	word     A    ...   ...   ...    B    ...    C     F
 *
 * block_head_pfn() goes down the tree. The node of order k over frame f begins at f with its
 * low k bits cleared. If that frame's descriptor exists and its order is k or more, it is the
 * leaf; otherwise the node is split (or hangs over the edge of what has descriptors) and the
 * half that holds f is next.
 *
 * Invariants:
 * G1  Blocks tile [start_pfn, end_pfn) of each section: every frame is in exactly one.
 * G2  A block of order k begins at a multiple of 2^k.
 * G3  For every split node both halves' first frames are heads, so their words are valid.
 * G4  A word that never was written, or was written by an earlier boot, does not carry
 *     page_tag, but for one chance in 4096. Nothing but assertions depends on that.
 *
 * Locking: none here; block_head_pfn() says what its caller needs. Owners change at boot only.
 *
 * Configuration: MAX_ORDER bounds the descent to MAX_ORDER + 1 steps.
 */
#include <kernel/init.h>
#include <kernel/string.h>
#include <arch/time.h>

#include "internal.h"

/* Owners of reservations are few: a name each for firmware, image, tables, tree nodes. */

u32 page_tag;		/* [c] */

static const char *owner_names[MEM_OWNERS_MAX];	/* [c] */
static unsigned int nr_owners;				/* [c] */

void __init page_tag_init(void)
{
	u64 ticks = arch_ticks();

	/* Any number will do that changes from boot to boot; Fibonacci hashing spreads its bits. */
	page_tag = ((u32)((ticks * 0x9e3779b97f4a7c15ull) >> 40) | 1u) << PAGE_TAG_SHIFT;
}

unsigned long block_head_pfn(unsigned long pfn)
{
	unsigned int order = MAX_ORDER;

	for (;;) {
		unsigned long head_pfn = pfn >> order << order;

		if (order == 0 ||
		    (pfn_valid(head_pfn) &&
		     PAGE_FIELD(READ_RELAXED(pfn_to_page(head_pfn)->word), ORDER) >= order))
			return head_pfn;
		order--;
	}
}

const char *page_state_name(enum page_state state)
{
	static const char *const names[NR_PAGE_STATES] = {
		[PG_TAIL] = "inside another block",
		[PG_HOLE] = "no RAM",
		[PG_RESERVED] = "reserved",
		[PG_BUDDY] = "free in the buddy",
		[PG_PCP] = "free on a per-CPU list",
		[PG_ALLOCATED] = "allocated",
		[PG_SLAB] = "slab",
		[PG_TABLE] = "page table",
		[PG_STACK] = "CPU stack",
		IF_ENABLED(CONFIG_DMA, [PG_DMA] = "device memory",)
		IF_ENABLED(CONFIG_PROCESSES, [PG_USER] = "user page",)
		IF_ENABLED(CONFIG_MIGRATION, [PG_MOVABLE] = "movable",)
		[PG_VMALLOC] = "vmalloc",
	};

	return state < NR_PAGE_STATES ? names[state] : "unknown";
}

/* By node and state, pages that blocks of page_become() have. */
static unsigned long kept_pages[MAX_NUMNODES][NR_PAGE_STATES];	/* [a] */

unsigned long page_kept_pages(int nid, enum page_state state)
{
	return __atomic_load_n(&kept_pages[nid][state], __ATOMIC_RELAXED);
}

static void note_for_account(const struct page *page, enum page_state state, long pages)
{
	if (state == PG_TABLE)
		account_note(word_account(page->word), ACCOUNT_TABLE, pages);
	else if (state == PG_STACK)
		account_note(word_account(page->word), ACCOUNT_STACK, pages);
}

void page_become(struct page *page, enum page_state state)
{
	unsigned long *kept = kept_pages[MAX_NUMNODES > 1 ? page_nid(page) : 0];
	enum page_state old = page_state(page);
	unsigned long pages = 1ul << page_order(page);

	ASSERT(old == PG_ALLOCATED ||
	       (state == PG_ALLOCATED && old >= PG_TABLE && old < PG_MOVABLE),
	       "A2: a block that is %s is to be a %s", page_state_name(old),
	       page_state_name(state));
	WRITE_ONCE(page->word, page->word ^ ((u32)old ^ (u32)state) << PAGE_STATE_SHIFT);
	/* The counter of PG_ALLOCATED means nothing. */
	__atomic_fetch_sub(&kept[old], pages, __ATOMIC_RELAXED);
	__atomic_fetch_add(&kept[state], pages, __ATOMIC_RELAXED);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS)) {
		note_for_account(page, old, -(long)pages);
		note_for_account(page, state, (long)pages);
	}
}

u32 __init mem_owner_add(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_owners; i++)
		if (strcmp(owner_names[i], name) == 0)
			return i;
	ASSERT(nr_owners < MEM_OWNERS_MAX,
	       "more owners than regions: raise CONFIG_MEMBLOCK_REGIONS");
	owner_names[nr_owners] = name;
	return nr_owners++;
}

const char *mem_owner_name(u32 nr)
{
	return nr < nr_owners ? owner_names[nr] : "unknown";
}

unsigned int mem_owner_count(void)
{
	return nr_owners;
}
