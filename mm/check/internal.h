/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CHECK_INTERNAL_H
#define MM_CHECK_INTERNAL_H

/* What the files of audit share, grouped by owning file. */

#include <mm/audit.h>

#include "mm/page/internal.h"

/* ---- audit.c ---- */

/* [M] What the walk finds of one zone. */
struct tally {
	unsigned long ram_pages, used_pages;		/* used: not kept by boot */
	unsigned long pageblocks[MIGRATE_TYPES];
};

/* The pageblock that the walk is in. */
struct pageblock_tally {
	unsigned long end_pfn;		/* of it; 0: in none so far */
	unsigned int free_pages, movable_pages;
	struct tally *tally;		/* of its zone; NULL: no RAM, or not split below its size */
};

struct walk {
	struct audit *a;
	void (*say)(void *ctx, const char *line);
	void *ctx;
	unsigned int lost, stray, odd, unowned;	/* blocks, and pageblocks, complained of */
	unsigned long largest;		/* number of the largest block that RAM was last found in */
	const struct zone *zone;	/* of that RAM */
	struct tally *tally;
	struct pageblock_tally pageblock;
	u64 pcp_squares;		/* of frames found in PG_PCP, less those on the lists */
};

/* Of a fault that may be all over memory so many lines are said; the rest is counted. */
#define AUDIT_LINES	8u

/* Tells of a broken rule. */
__printf(2, 3) void audit_broken(struct walk *w, const char *fmt, ...);
/* The same for what nr counts, at most AUDIT_LINES times. */
__printf(3, 4) void audit_broken_again(struct walk *w, unsigned int *nr, const char *fmt, ...);

struct tally *audit_tally(const struct zone *zone);

/* ---- audit_pageblocks.c: where PAGEBLOCKS_KEPT ---- */

/* The walk comes to a frame beyond the pageblock that it was in. */
void audit_pageblock_next(struct walk *w, unsigned long pfn);
/* The walk is at a block of the pageblock, RAM of tally's zone. */
void audit_pageblock_add(struct pageblock_tally *t, const struct page *page, struct tally *tally);
/* The walk is over. */
void audit_pageblocks_end(struct walk *w);

/* ---- audit_movable.c: with MIGRATION ---- */

void audit_movable_begin(void);
/* The walk is at a page of programs that has a place. */
void audit_user_page(struct walk *w, unsigned long pfn);
/* The walk is at a block in state PG_MOVABLE. */
void audit_movable_add(struct walk *w, unsigned long pfn, unsigned long pages);

/* ---- audit_callers.c: with PAGE_OWNER ---- */

void audit_callers_begin(void);
/* The walk is at a block in state PG_ALLOCATED. */
void audit_callers_add(unsigned long pfn, unsigned long pages);

/* ---- audit_accounts.c: with MEM_ACCOUNTS ---- */

void audit_accounts_begin(void);
/* The walk is at a block of RAM. */
void audit_account_add(const struct page *page, unsigned long pages);
/* The walk is over. */
void audit_accounts_end(struct walk *w);

/* ---- audit_zones.c ---- */

/* Borders, marks and lists of all zones. */
void audit_zones(struct walk *w);

#endif /* MM_CHECK_INTERNAL_H */
