/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_HOTPLUG_H
#define MM_PAGE_HOTPLUG_H

/*
 * The steps by which a section comes and goes, for mm/vm/memory_hotplug.c, which knows of page
 * tables and calls them in this order. All for the holder of memory_hotplug_taken.
 */
#include <mm/page_isolation.h>
#include <mm/page_owner.h>

#include "internal.h"
#include "online_mems.h"

/* A section on its way. Its first own_pages frames hold its descriptors. */
struct hot_section {
	struct mem_section *s;
	struct zone *zone;
	unsigned long start_pfn, end_pfn;
	unsigned long own_pages;
};

/* All frames of descriptors, and of records of who asked for pages, that a section takes of
 * itself. */
#define HOT_PAGES_OF(bytes)	((PAGES_PER_SECTION * (bytes) + PAGE_SIZE - 1) / PAGE_SIZE)
#define HOT_MEMMAP_PAGES	HOT_PAGES_OF(sizeof(struct page))
#define HOT_OWN_PAGES		(HOT_MEMMAP_PAGES + HOT_PAGES_OF(PAGE_OWNER_BYTES))
BUILD_ASSERT(HOT_OWN_PAGES < PAGES_PER_SECTION, "a section has no room for its descriptors");

/* The section of a frame and the zone that it belongs to, or will belong to. False: it is none that
 * may come and go. */
bool hot_section_find(unsigned long pfn, struct hot_section *h);

/* ---- it comes ---- */

/* Its descriptors can be written: they say that all of it is handed out, or kept for them. */
void hot_section_describe(const struct hot_section *h);
/* Zone, node, table and lists have it. For hot_section_change(). arg is the section. */
void hot_section_enter(void *arg);
/* What is not kept goes to the zone's lists, a block at a time. */
void hot_section_give(const struct hot_section *h);

/* ---- it goes ---- */

/* Takes all of it from whoever has it: 0, and it is as it came, handed out. -EBUSY or -ENOMEM, and
 * nothing has changed but that some pages moved: *o says what is in the way. Process context. */
int hot_section_empty(const struct hot_section *h, u64 patience_us,
		      struct page_obstacle *o) __must_check;
/* The way back from there: the zone has all of it. */
void hot_section_give_back(const struct hot_section *h);
/* Nobody has it any more. For hot_section_change(). arg is the section. */
void hot_section_leave(void *arg);

/* ---- both ---- */

/* Calls one of the two while all others stand still. 0, or -ETIMEDOUT, and nothing has changed. */
int hot_section_change(struct hot_section *h, void (*fn)(void *arg)) __must_check;

/* ---- hotplug_lists.c ---- */

/* A step of that, on the running CPU, with interrupts off; false: there was nothing left. */
bool pcp_close_step(struct zone *zone);
/* No CPU has anything of the zone on its lists, or takes anything there. Process context. */
void pcp_close_zone(struct zone *zone);
/* They may hold again what follows from the zone's RAM. */
void pcp_open_zone(struct zone *zone);

/* ---- hotplug_empty.c ---- */

/* First frame that is isolated: what lies before is whole pageblocks of descriptors. */
static inline unsigned long hot_isolated_pfn(const struct hot_section *h)
{
	return ALIGN_DOWN(h->start_pfn + h->own_pages, pageblock_nr_pages);
}

/* Order of the largest block at pfn that ends by end_pfn. */
static inline unsigned int hot_block_order(unsigned long pfn, unsigned long end_pfn)
{
	unsigned int order = min_t(unsigned int, MAX_ORDER, ctz64(pfn));

	while (pfn + (1ul << order) > end_pfn)
		order--;
	return order;
}

#endif /* MM_PAGE_HOTPLUG_H */
