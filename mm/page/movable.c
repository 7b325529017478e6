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
 *	descriptor --kind, owner, part--> a block for the copy --> move --> free
 *
 * Pages that lie one behind the other and are of one kind may go together (move_run); any that does
 * not is taken by itself.
 *
 * Invariants:
 * MV1 A block in state PG_MOVABLE names a row of the table, and its owner's books lead to it.
 * MV2 Where a block is not taken away it is its owner's as before, and no other block is: that for
 *     the copy goes back.
 * MV3 A frame that was taken away is the caller's of take_from_owner(), handed out; migrate_page()
 *     frees it as anybody would. Who empties memory gives it to its zone, past the CPU's lists.
 *
 * Locking: zone->lock, to look at a run; otherwise none here. What is read of a descriptor is a
 * snapshot, which isolate holds against the owner's books under the owner's own lock; from then on
 * the owner keeps the block where it is. A kind with move does so inside: until then the owner may
 * free the block, and nothing is written to its descriptor.
 *
 * Bounds: one block is taken and one given back; of a run, as many as it has pages.
 *
 * Configuration: MIGRATION. With PROCESSES a page in state PG_USER that has a place is of a kind of
 * its own, as if it were PG_MOVABLE: one kind for pages of programs, one for those of files. The
 * kinds are whatever is configured and has a row.
 */
#include <kernel/errno.h>
#include <kernel/numa.h>
#include <kernel/sprintf.h>
#include <kernel/undo.h>
#include <mm/movable.h>
#include <mm/page_owner.h>

#include "internal.h"

static const struct movable_kind *user_kind(u32 owner)
{
	const struct movable_kind *kind = __movable_kinds_start;

	while (!kind->own_state || kind->of_files != !!(owner & USER_PAGE_OF_FILE))
		kind++;
	return kind;
}

/* Reads whose the block at pfn is; NULL when it is nobody's who could let it go. */
static const struct movable_kind *read_movable(unsigned long pfn, gfp_t gfp,
						struct movable *at)
{
	const struct page *page = pfn_to_page(pfn);
	u32 word = __atomic_load_n(&page->word, __ATOMIC_ACQUIRE);
	u32 kind = __atomic_load_n(&page->movable_kind, __ATOMIC_ACQUIRE);

	*at = (struct movable){ pfn, READ_ONCE(page->movable_owner),
				READ_ONCE(page->movable_part), PAGE_FIELD(word, ORDER),
				gfp & __GFP_DIRECT_RECLAIM };
	/* The size may be of what another kind had here before, of which no books know. */
	if (user_page_can_move(page, word) && READ_ONCE(page->word) == word)
		return user_kind(at->owner);
	if (PAGE_FIELD(word, STATE) != PG_MOVABLE || READ_ONCE(page->word) != word ||
	    kind >= (unsigned long)(__movable_kinds_end - __movable_kinds_start))
		return NULL;
	return &__movable_kinds_start[kind];
}

static __noinline bool is_isolated(struct zone *zone, const struct page *page)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	unsigned int mt = zone_pageblock(zone, page_to_pfn(page))->mt;

	spin_unlock_irqrestore(&zone->lock, flags);
	return mt == MIGRATE_ISOLATE;
}

/* Is somebody emptying where the block lies? Who begins a moment later finds it in there. */
static inline bool is_in_the_way(const struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);

	return IS_ENABLED(CONFIG_MEMORY_ISOLATION) && order < pageblock_order &&
	       unlikely(READ_ONCE(zone->nr_pageblocks[MIGRATE_ISOLATE])) &&
	       is_isolated(zone, page);
}

static __always_inline struct page *alloc_near(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	if (MAX_NUMNODES > 1 && nid != numa_node_id())
		return alloc_pages_node(nid, gfp, order);
	if (PAGES_INLINE && !order && !(gfp & GFP_SLOW_FLAGS))
		page = alloc_pages_fast(gfp, 0);
	return likely(page) ? page : __alloc_pages(gfp, order);
}

/*
 * A block that nobody empties at the moment. A CPU's list may hold blocks that were freed there
 * after their pageblock was isolated: they go where they belong, and each is one less on the list.
 */
static __always_inline struct page *alloc_elsewhere(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page;

	while ((page = alloc_near(nid, gfp, order)) && is_in_the_way(page, order))
		free_pages_to_zone(page);
	return page;
}

void __movable_take_over(struct page *dst, struct page *src)
{
	page_owner_copy(dst, src);
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, account_exchange(dst, src);)
}

/* The block at at.pfn is isolated, so that it may be read and written meanwhile. */
static int migrate(const struct movable_kind *kind, const struct movable *at, struct page *dst)
{
	struct page *src = pfn_to_page(at->pfn);
	int err;

	/* Before the owner has it: the block that goes back is the mover's. */
	movable_take_over(dst, src);
	err = kind->migrate(at, dst);
	if (err) {
		UNDO_PATH("the owner's copy fails");
		movable_take_over(dst, src);
	}
	return err;
}

/* A block for the copy, of which its descriptor says already whose it will be. */
static __always_inline struct page *alloc_copy(const struct movable_kind *kind,
					       const struct movable *at, gfp_t gfp)
{
	/* The owner may give the block back meanwhile, and then this node is a guess. */
	int nid = (int)PAGE_FIELD(READ_RELAXED(pfn_to_page(at->pfn)->word), NODE);
	struct page *dst = alloc_elsewhere(nid, gfp | __GFP_MOVABLE | __GFP_NOWARN, at->order);

	if (dst && !kind->own_state)
		page_make_movable(dst, (u32)(kind - __movable_kinds_start), at->owner, at->part);
	return dst;
}

static void free_copy(const struct movable_kind *kind, struct page *dst)
{
	if (!kind->own_state)
		page_unmake_movable(dst);
	free_pages_to_zone(dst);
}

/* The owner's contents to a block of its own; an error, and then there is no such block. */
static int move_contents(const struct movable_kind *kind, const struct movable *at, gfp_t gfp)
{
	struct page *dst;
	int err;

	if (!kind->move && !kind->migrate)
		return -ENOMEM;
	dst = alloc_copy(kind, at, gfp);
	if (!dst)
		return -ENOMEM;
	err = kind->move ? kind->move(at, dst) : migrate(kind, at, dst);
	if (err) {
		UNDO_PATH("the owner does not take the block for the copy");
		free_copy(kind, dst);
	}
	return err;
}

int take_from_owner(unsigned long pfn, gfp_t gfp)
{
	struct movable at;
	const struct movable_kind *kind = read_movable(pfn, gfp, &at);
	int err;

	if (!kind)
		return -EAGAIN;
	err = kind->move ? 0 : kind->isolate(&at);
	if (err)
		return err;
	err = move_contents(kind, &at, gfp);
	count_vm_events(err ? PGMIGRATE_FAIL : PGMIGRATE_SUCCESS, 1ul << at.order);
	if (err && !(kind->drop && kind->drop(&at))) {
		UNDO_PATH("no block for the copy, or no copy; the owner cannot do without");
		if (!kind->move)
			kind->put_back(&at);
		return err;
	}
	if (VM_EVENTS && err)
		count_vm_events(PGSTEAL_DIRECT, 1ul << at.order);
	if (!kind->own_state)
		page_unmake_movable(pfn_to_page(pfn));
	return 0;
}

/* ---- pages one behind the other ---- */

/* Pages from run->pfn on that one kind of owners moves together; NULL: no two. They may be free by
 * now, and whoever frees or takes them writes there under the zone's lock. */
static const struct movable_kind *read_run(struct zone *zone, struct movable_run *run,
					   unsigned long end_pfn, gfp_t gfp)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);
	const struct movable_kind *kind = NULL;
	unsigned int nr = 0;

	for (; nr < MOVE_RUN && run->pfn + nr < end_pfn; nr++) {
		struct movable at;
		const struct movable_kind *of = read_movable(run->pfn + nr, gfp, &at);

		if (!of || !of->move_run || at.order || (kind && of != kind))
			break;
		kind = of;
		run->owner[nr] = at.owner;
		run->part[nr] = at.part;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	run->nr = nr;
	run->may_wait = gfp & __GFP_DIRECT_RECLAIM;
	return nr > 1 ? kind : NULL;
}

u32 take_run_from_owners(struct zone *zone, unsigned long pfn, unsigned long end_pfn, gfp_t gfp)
{
	struct movable_run run;
	const struct movable_kind *kind;
	unsigned int nr = 0;
	u32 taken;

	run.pfn = pfn;
	kind = read_run(zone, &run, end_pfn, gfp);
	if (!kind)
		return 0;
	for (; nr < run.nr; nr++) {
		struct movable at = movable_of_run(&run, nr);

		run.dst[nr] = alloc_copy(kind, &at, gfp);
		if (!run.dst[nr])
			break;
	}
	run.nr = nr;
	taken = nr ? kind->move_run(&run) : 0;
	for (unsigned int i = 0; i < nr; i++) {
		if (!(taken >> i & 1)) {
			UNDO_PATH("an owner does not let go of a page of a run");
			free_copy(kind, run.dst[i]);
			continue;
		}
		count_vm_event(PGMIGRATE_SUCCESS);
		if (!kind->own_state)
			page_unmake_movable(pfn_to_page(pfn + i));
	}
	return taken;
}

int migrate_page(unsigned long pfn, gfp_t gfp)
{
	struct page *page = pfn_to_page(pfn);
	int err = take_from_owner(pfn, gfp);

	if (err)
		return err;
	if (likely(!page_order(page)))
		__free_pages(page, 0);
	else
		free_pages_any(page, page_order(page));
	return 0;
}

void movable_describe(unsigned long pfn, char *buf, size_t size)
{
	struct movable at;
	const struct movable_kind *kind = read_movable(pfn, GFP_NOWAIT, &at);
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
	const struct movable_kind *kind = read_movable(pfn, GFP_NOWAIT, &at);

	if (!kind)
		return "MV1: a movable block names no kind of owners";
	return kind->owns(&at) ? NULL : "MV1: the owner of a movable block does not know it";
}
