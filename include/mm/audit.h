/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_AUDIT_H
#define MM_AUDIT_H

#include <kernel/types.h>
#include <mm/page.h>

/*
 * Walks every block of every section once and counts frames by state; then holds the sums
 * against RAM, the zones' counters, the free lists and the per-CPU lists.
 */
struct audit {
	unsigned long pages[NR_PAGE_STATES];
	unsigned long ram_pages;		/* as the memory map said at boot */
	unsigned long errors;			/* broken rules; each was reported to say */
};

/* say gets one line for each broken rule, with the invariant's number. Returns errors. No CPU
 * allocates or frees meanwhile, nor audits (asserted): tests on a machine at rest. */
unsigned long memory_audit(struct audit *a, void (*say)(void *ctx, const char *line), void *ctx);

/* The same and slab_validate() while all other CPUs stand still. Process context, on any CPU: two
 * that meet take turns. What say prints is printed with interrupts off. */
unsigned long machine_audit(struct audit *a, void (*say)(void *ctx, const char *line), void *ctx);

/* Frames reserved under owner nr, as the last audit counted them, whoever asked for it: what boot
 * reserved stays. Process context; machine_audit() on another CPU comes between two calls, never
 * into one. */
unsigned long audit_owner_pages(u32 nr);

/* The same for frames of owners of kind nr that can move them (mm/movable.h): with MIGRATION. */
unsigned long audit_movable_pages(u32 nr);

/* The same for frames that are handed out, by the number of their account: with MEM_ACCOUNTS. */
unsigned long audit_account_pages(u32 nr);

/* Who asked for frames that are handed out, by the code that did; 0: not known, or others. */
#define AUDIT_CALLERS	16u
struct audit_caller {
	unsigned long address, pages;	/* [M] */
};

/* The next one, from *place 0 on, as the last audit found them; false past the last. With
 * PAGE_OWNER. */
bool audit_caller_next(unsigned int *place, struct audit_caller *c);

#endif /* MM_AUDIT_H */
