/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: takes a block away from an owner who can have its contents elsewhere.
 *
 * Structure: the descriptor of a block in state PG_MOVABLE names a row of the table of kinds
 * (mm/movable.h) and, by two numbers, the owner and which part of it the block is. The row's
 * functions ask the owner's books, which alone are true:
 *
 *	descriptor --kind, owner, part--> isolate --> a block for the copy --> migrate --> free
 *	                                     |             | none                 | fails
 *	                                     |             v                      v
 *	                                     |           drop --cannot--------> put_back
 *	                                     +--- not true, or pinned: nothing was touched
 *
 * Invariants:
 * MV1 A block in state PG_MOVABLE names a row of the table, and its owner's books lead to it.
 * MV2 Where a block is not taken away it is its owner's as before, and no other block is: that for
 *     the copy goes back.
 * MV3 A frame that was taken away is on its zone's lists when the call returns, on no CPU's.
 *
 * Locking: none here. What is read of a descriptor is a snapshot, which isolate holds against the
 * owner's books under the owner's own lock; from then on the owner keeps the block where it is.
 *
 * Bounds: one block is taken and one given back; no list is walked.
 *
 * Configuration: MIGRATION. The kinds are whatever is configured and has a row.
 */
#include <kernel/errno.h>
#include <kernel/numa.h>
#include <kernel/sprintf.h>
#include <mm/movable.h>
#include <mm/page_owner.h>

#include "internal.h"

/* Reads whose the block at pfn is; NULL when it is nobody's who could let it go. */
static const struct movable_kind *read_movable(unsigned long pfn, struct movable *at)
{
	const struct page *page = pfn_to_page(pfn);
	u32 word = __atomic_load_n(&page->word, __ATOMIC_ACQUIRE);
	u32 kind = READ_ONCE(page->movable_kind);

	*at = (struct movable){ pfn, READ_ONCE(page->movable_owner),
				READ_ONCE(page->movable_part) };
	if (PAGE_FIELD(word, STATE) != PG_MOVABLE ||
	    kind >= (unsigned long)(__movable_kinds_end - __movable_kinds_start))
		return NULL;
	return &__movable_kinds_start[kind];
}

static bool is_isolated(const struct page *page)
{
	struct zone *zone = page_zone(page);
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	unsigned int mt = zone_pageblock(zone, page_to_pfn(page))->mt;

	spin_unlock_irqrestore(&zone->lock, flags);
	return mt == MIGRATE_ISOLATE;
}

/*
 * A block that nobody empties at the moment. A CPU's list may hold blocks that were freed there
 * after their pageblock was isolated: they go where they belong, and each is one less on the list.
 */
static struct page *alloc_elsewhere(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page;

	for (;;) {
		page = MAX_NUMNODES == 1 || nid == numa_node_id()
			? __alloc_pages(gfp, order) : alloc_pages_node(nid, gfp, order);
		if (!IS_ENABLED(CONFIG_MEMORY_ISOLATION) || !page || order >= pageblock_order ||
		    !is_isolated(page))
			return page;
		free_pages_to_zone(page);
	}
}

/* The owner's contents to a block of its own; an error, and then there is no such block. */
static int move_contents(const struct movable_kind *kind, const struct movable *at, gfp_t gfp)
{
	const struct page *src = pfn_to_page(at->pfn);
	struct page *dst;
	int err;

	if (!kind->migrate)
		return -ENOMEM;
	dst = alloc_elsewhere(page_nid(src), gfp | __GFP_MOVABLE | __GFP_NOWARN, page_order(src));
	if (!dst)
		return -ENOMEM;
	page_make_movable(dst, (u32)(kind - __movable_kinds_start), at->owner, at->part);
	page_owner_copy(dst, src);
	err = kind->migrate(at, dst);
	if (err) {
		page_unmake_movable(dst);
		free_pages_to_zone(dst);
	}
	return err;
}

int migrate_page(unsigned long pfn, gfp_t gfp)
{
	struct page *page = pfn_to_page(pfn);
	struct movable at;
	const struct movable_kind *kind = read_movable(pfn, &at);
	int err;

	if (!kind)
		return -EAGAIN;
	err = kind->isolate(&at);
	if (err)
		return err;
	err = move_contents(kind, &at, gfp);
	count_vm_events(err ? PGMIGRATE_FAIL : PGMIGRATE_SUCCESS, 1ul << page_order(page));
	if (err && !(kind->drop && kind->drop(&at))) {
		kind->put_back(&at);
		return err;
	}
	if (VM_EVENTS && err)
		count_vm_events(PGSTEAL_DIRECT, 1ul << page_order(page));
	page_unmake_movable(page);
	free_pages_to_zone(page);
	return 0;
}

void movable_describe(unsigned long pfn, char *buf, size_t size)
{
	struct movable at;
	const struct movable_kind *kind = read_movable(pfn, &at);
	size_t len;

	if (!kind) {
		scnprintf(buf, size, "%s",
			  page_state_name(PAGE_FIELD(READ_ONCE(pfn_to_page(pfn)->word), STATE)));
		return;
	}
	len = scnprintf(buf, size, "%s: ", kind->name);
	kind->describe(&at, buf + len, size - len);
}

const char *movable_fault(unsigned long pfn)
{
	struct movable at;
	const struct movable_kind *kind = read_movable(pfn, &at);

	if (!kind)
		return "MV1: a movable block names no kind of owners";
	return kind->owns(&at) ? NULL : "MV1: the owner of a movable block does not know it";
}
