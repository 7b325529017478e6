/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MOVABLE_H
#define MM_MOVABLE_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/gfp_types.h>
#include <mm/page.h>

/*
 * Pages that can move, CONFIG_MIGRATION. A block in state PG_MOVABLE belongs to an owner who can
 * have its contents elsewhere, and nobody but that owner keeps its frame number. Its descriptor
 * says of which kind the owner is, and by two numbers of the kind's own, owner and part, which
 * owner it is and which of the owner's pages. Whoever empties memory calls migrate_page().
 */
struct movable {
	unsigned long pfn;		/* head of the block */
	u32 owner, part;
	unsigned int order;		/* of the block */
	bool may_wait;			/* the mover may wait for whoever has the owner's lock */
};

/* Pages that lie one behind the other, and may be of several owners of a kind. */
#define MOVE_RUN	32u
struct movable_run {
	unsigned long pfn;		/* of the first */
	unsigned int nr;
	bool may_wait;
	u32 owner[MOVE_RUN], part[MOVE_RUN];
	struct page *dst[MOVE_RUN];	/* where the contents of each are to go */
};

static inline struct movable movable_of_run(const struct movable_run *run, unsigned int i)
{
	return (struct movable){ run->pfn + i, run->owner[i], run->part[i], 0, run->may_wait };
}

/*
 * A kind of owners: a row of a table, by MOVABLE_KIND(name, ...). What a descriptor says may be out
 * of date as soon as it was read, so that each function but describe asks the owner's own books
 * whether at.part of at.owner is at.pfn, under whatever lock guards them.
 *
 * A mover calls isolate first; once that has returned 0, one of migrate, drop and put_back follows.
 * A kind that need not be told before there is a block for the contents has move in their place.
 * Process context or a context that may not wait, never with a lock of mm/'s held.
 */
struct movable_kind {
	const char *name;
	/* Is at true? Any context in which nobody changes the books meanwhile: for the audit. */
	bool (*owns)(const struct movable *at);
	/* 0: until what follows, the owner neither frees the page nor lets another mover have it.
	 * -EBUSY: the page is pinned. -EAGAIN: at is not true, or not any more. */
	int (*isolate)(const struct movable *at);
	/*
	 * The owner has the contents in dst from here on, a block of the same order, and knows
	 * at.pfn no more: 0. Or an error, and at is isolated still. NULL: this kind can only drop.
	 */
	int (*migrate)(const struct movable *at, struct page *dst);
	/* The owner does without the page, and knows it no more. False: the owner cannot, and at is
	 * isolated still. NULL: no page of this kind can be dropped. */
	bool (*drop)(const struct movable *at);
	/* The page stays. */
	void (*put_back)(const struct movable *at);
	/* For a sentence: who owns it, and if it is pinned, by whom. at may be stale. */
	void (*describe)(const struct movable *at, char *buf, size_t size);
	/* isolate and migrate in one, for less: answers as either of them, and where that is an
	 * error nothing has changed. It calls movable_take_over() once at.pfn cannot go away, and
	 * before dst is the owner's. NULL: this kind has the two. */
	int (*move)(const struct movable *at, struct page *dst);
	/* The same of several pages, for one fence of all CPUs: a bit for each that has moved, from
	 * the first page on. The others are as before, and move() says why. NULL: one by one. */
	u32 (*move_run)(const struct movable_run *run);
	/* Its blocks are in a state of their own, PG_USER, which move() gives dst; it leaves
	 * at.pfn as PG_ALLOCATED. There are two such kinds: pages of files, and others. */
	bool own_state, of_files;
};

#define MOVABLE_KIND(kind, ...) \
	static const struct movable_kind __movable_kind_##kind __used \
		__section(".movable_kinds") __aligned(8) = { #kind, __VA_ARGS__ }
/* The row, where the pages of a kind are made. */
#define movable_kind_nr(kind) \
	((u32)(&__movable_kind_##kind - __movable_kinds_start))

extern const struct movable_kind __movable_kinds_start[], __movable_kinds_end[];

/* More kinds than a kernel will have; the audit keeps a sum for each. */
#define MOVABLE_KINDS_MAX	8u

/* Of a block in state PG_USER, in movable_owner: its place is one in a file (mm/vm/file_move.c). */
#define USER_PAGE_OF_FILE	(1u << 31)

/* Of a block whose word is this: can it move, as a page of programs or of a file? */
static __always_inline bool user_page_can_move(const struct page *page, u32 word)
{
	return IS_ENABLED(CONFIG_PROCESSES) && IS_ENABLED(CONFIG_MIGRATION) &&
	       PAGE_FIELD(word, STATE) == PG_USER && READ_ONCE(page->movable_owner) != ~0u;
}

/* What differs between a block that can move and the same block handed out. */
#define PAGE_MOVABLE_FLIP	(((u32)PG_ALLOCATED ^ (u32)PG_MOVABLE) << PAGE_STATE_SHIFT)

/* A block that was handed out, PG_ALLOCATED, becomes one that can move: at the latest when its
 * owner's books lead to it. kind is movable_kind_nr(). Its owner alone. */
static inline void page_make_movable(struct page *page, u32 kind, u32 owner, u32 part)
{
	WRITE_ONCE(page->movable_kind, kind);
	WRITE_ONCE(page->movable_owner, owner);
	WRITE_ONCE(page->movable_part, part);
	/* Whoever finds the state finds whose it is. */
	__atomic_store_n(&page->word, page->word ^ PAGE_MOVABLE_FLIP, __ATOMIC_RELEASE);
}

/* The way back, before it is freed: its owner alone, whose books do not lead to it any more. */
static inline void page_unmake_movable(struct page *page)
{
	WRITE_ONCE(page->word, page->word ^ PAGE_MOVABLE_FLIP);
}

/*
 * Empties the block at pfn, which is or was a moment ago the head of a block in state PG_MOVABLE:
 * its owner has its contents elsewhere, in a block that gfp allows, or does without. The block is
 * freed. No lock is held, and nobody frees the descriptor's memory.
 *
 * 0: done. -EAGAIN: it has changed hands, look again. -EBUSY: pinned. -ENOMEM: there is no block
 * for the contents, and the owner cannot do without. Others are the owner's own. But for 0 nothing
 * has changed.
 *
 * Steps: those of "alloc_pages, any zone" and "__free_pages, list full", and the owner's.
 */
int migrate_page(unsigned long pfn, gfp_t gfp) __must_check;

/* dst says from here on who has what src holds, and src what dst said; both are the caller's. A
 * second call undoes the first. */
void __movable_take_over(struct page *dst, struct page *src);
static inline void movable_take_over(struct page *dst, struct page *src)
{
	if (IS_ENABLED(CONFIG_PAGE_OWNER) || IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		__movable_take_over(dst, src);
}

/* What the block at pfn is, for a sentence: "vmalloc: ...", or its state. No lock of mm/'s is
 * held. */
void movable_describe(unsigned long pfn, char *buf, size_t size);

/* NULL, or the rule that the descriptor at pfn, in state PG_MOVABLE, breaks. Nobody changes owners'
 * books meanwhile. */
const char *movable_fault(unsigned long pfn);

#endif /* MM_MOVABLE_H */
