/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PAGES_SHADOW_H
#define TEST_HOST_PAGES_SHADOW_H

/*
 * The model the page allocator is held against: one byte a frame that says whose it is, and for
 * each order one bit a naturally aligned range that says whether all of it is free. From the
 * bits follows what a perfect buddy system would have on its lists:
 *
 *	frames          used | free free free free free free free | used ...
 *	full, order 0      0     1    1    1    1    1    1    1      0
 *	full, order 1         0          1         1         1
 *	full, order 2              0                    1
 *	blocks of order k  =  full at k - 2 * full at k + 1		(3 - 2 = 1, 1, 7 - 6 = 1)
 *
 * A range can be hidden: its frames stay free, but no block is made of them. That is how
 * per-CPU lists look to the buddy system. A pageblock can be set aside: its frames are hidden as
 * long as it is, whatever becomes of them.
 */
#include "pages_map.h"

#define SHADOW_ORDERS	(CONFIG_MAX_ORDER + 1)

struct shadow {
	unsigned long start_pfn, end_pfn;	/* multiples of a largest block */
	u8 *kind;				/* enum frame_kind; FRAME_FREE + 1: handed out */
	u8 *zone;				/* zone_id of a frame of RAM */
	u8 *aside;				/* of a pageblock: set aside */
	u8 *full[SHADOW_ORDERS];
	unsigned long nr_full[NR_ZONE_IDS][SHADOW_ORDERS];
	unsigned long nr_free[NR_ZONE_IDS];	/* hidden frames count, too */
};

#define FRAME_USED	(FRAME_FREE + 1)

/* Flips the bits of [pfn, pfn + 2^order), all of which had the other value. */
static inline void shadow_flip(struct shadow *s, unsigned long pfn, unsigned int order, bool full)
{
	unsigned long i = pfn - s->start_pfn, *nr_full = s->nr_full[s->zone[i]];
	unsigned int k;

	if (s->aside[i >> CONFIG_PAGEBLOCK_ORDER])
		return;
	for (k = 0; k <= order; k++) {
		memset(s->full[k] + (i >> k), full, 1ul << (order - k));
		nr_full[k] += full ? 1ul << (order - k) : -(1ul << (order - k));
	}
	/* Above order a range is free when both its halves are, and stops being free with
	 * either. */
	for (; k < SHADOW_ORDERS; k++) {
		unsigned long low = i >> k << 1;
		bool now = s->full[k - 1][low] && s->full[k - 1][low + 1];

		if (s->full[k][i >> k] == now)
			break;
		s->full[k][i >> k] = now;
		nr_full[k] += now ? 1 : -1ul;
	}
}

static inline void shadow_hide(struct shadow *s, unsigned long pfn, unsigned int order)
{
	shadow_flip(s, pfn, order, false);
}

static inline void shadow_show(struct shadow *s, unsigned long pfn, unsigned int order)
{
	shadow_flip(s, pfn, order, true);
}

/* Number of frames of the block that are of this kind. */
static inline unsigned long shadow_count(const struct shadow *s, unsigned long pfn,
					 unsigned int order, unsigned int kind)
{
	unsigned long i, found = 0;

	if (pfn < s->start_pfn || pfn + (1ul << order) > s->end_pfn)
		return 0;
	for (i = pfn - s->start_pfn; i < pfn - s->start_pfn + (1ul << order); i++)
		found += s->kind[i] == kind;
	return found;
}

/* Marks the block as handed out; false if it cannot be, for it is not aligned, no RAM, or not
 * free. */
static inline bool shadow_take(struct shadow *s, unsigned long pfn, unsigned int order)
{
	unsigned long nr = 1ul << order;

	if (pfn & (nr - 1) || shadow_count(s, pfn, order, FRAME_FREE) != nr)
		return false;
	memset(s->kind + (pfn - s->start_pfn), FRAME_USED, nr);
	s->nr_free[s->zone[pfn - s->start_pfn]] -= nr;
	shadow_flip(s, pfn, order, false);
	return true;
}

static inline bool shadow_give(struct shadow *s, unsigned long pfn, unsigned int order)
{
	unsigned long nr = 1ul << order;

	if (shadow_count(s, pfn, order, FRAME_USED) != nr)
		return false;
	memset(s->kind + (pfn - s->start_pfn), FRAME_FREE, nr);
	s->nr_free[s->zone[pfn - s->start_pfn]] += nr;
	shadow_flip(s, pfn, order, true);
	return true;
}

/* No CPU's list has a frame of the pageblock. */
static inline void shadow_set_aside(struct shadow *s, unsigned long pfn, bool aside)
{
	unsigned long i = pfn - s->start_pfn, end = i + pageblock_nr_pages;

	if (!aside)
		s->aside[i >> CONFIG_PAGEBLOCK_ORDER] = false;
	for (; i < end; i++)
		if (s->kind[i] == FRAME_FREE)
			shadow_flip(s, s->start_pfn + i, 0, !aside);
	if (aside)
		s->aside[(end - 1) >> CONFIG_PAGEBLOCK_ORDER] = true;
}

/* Number of blocks of order in a zone that is merged as far as possible. */
static inline unsigned long shadow_blocks(const struct shadow *s, unsigned int zone,
					  unsigned int order)
{
	const unsigned long *nr_full = s->nr_full[zone];

	return nr_full[order] - (order + 1 < SHADOW_ORDERS ? 2 * nr_full[order + 1] : 0);
}

/* Starts from the ranges as memblock handed them over. */
static inline void shadow_init(struct shadow *s)
{
	const unsigned long align = 1ul << CONFIG_MAX_ORDER;
	unsigned long pfn, frames;
	unsigned int k;

	*s = (struct shadow){ .start_pfn = map_first_pfn() / align * align,
			      .end_pfn = (map_end_pfn() + align - 1) / align * align };
	frames = s->end_pfn - s->start_pfn;
	s->kind = calloc(frames, 1);
	s->zone = calloc(frames, 1);
	s->aside = calloc(frames >> CONFIG_PAGEBLOCK_ORDER, 1);
	for (k = 0; k < SHADOW_ORDERS; k++)
		s->full[k] = calloc(frames >> k, 1);
	for (pfn = s->start_pfn; pfn < s->end_pfn; pfn++) {
		unsigned long i = pfn - s->start_pfn;

		s->kind[i] = (u8)frame_kind(pfn);
		s->zone[i] = (u8)(s->kind[i] == FRAME_NO_RAM ? 0 : frame_zone(pfn));
		if (s->kind[i] != FRAME_FREE)
			continue;
		s->nr_free[s->zone[i]]++;
		/* What is lent is free, and no ordinary request gets it. */
		if (map_area_of(pfn))
			s->aside[i >> CONFIG_PAGEBLOCK_ORDER] = true;
		shadow_flip(s, pfn, 0, true);
	}
}

static inline void shadow_fini(struct shadow *s)
{
	free(s->kind);
	free(s->zone);
	free(s->aside);
	for (unsigned int k = 0; k < SHADOW_ORDERS; k++)
		free(s->full[k]);
}

/* ---- the allocator's state against the model's ---- */

static inline void drain_all_cpus(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		host_become_cpu(cpu);
		drain_local_pages();
	}
	host_become_cpu(0);
}

/* Calls fn for each block on a per-CPU list. */
static inline void shadow_for_pcp(struct shadow *s, void (*fn)(struct shadow *s,
							       unsigned long pfn,
							       unsigned int order))
{
	unsigned int cpu, order, mt;
	struct zone *zone;

	for_each_populated_zone(zone) {
		for_each_possible_cpu(cpu)
			for_each_pcp_order(order)
				for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
					const struct pcp_list *list =
						per_cpu_ptr(pcp_list_of(zone, order, mt), cpu);

					for (u32 i = 0; i < list->count; i++)
						fn(s, list->pfn[i], order);
				}
	}
}

/* Of ordinary types. */
static inline unsigned long free_blocks(const struct zone *zone, unsigned int order)
{
	unsigned long blocks = 0;

	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		blocks += zone->free_area[order].nr_free[mt];
	return blocks;
}

static inline unsigned long pcp_pages(const struct zone *zone)
{
	unsigned long pages = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		pages += zone_pcp_count(zone, cpu);
	return pages;
}

/*
 * Compares every count of free frames and free blocks; returns NULL or what is wrong. Per-CPU lists
 * may hold anything. Leaves the model as it was.
 */
static inline const char *shadow_compare(struct shadow *s)
{
	const char *wrong = NULL;
	struct zone *zone;
	unsigned int k;

	shadow_for_pcp(s, shadow_hide);
	for_each_populated_zone(zone) {
		if (zone_listed_pages(zone) + pcp_pages(zone) != s->nr_free[zone_id(zone)])
			wrong = "frames in the buddy and on per-CPU lists are not the free ones";
		if (zone->nr_free_pages != s->nr_full[zone_id(zone)][0])
			wrong = "nr_free_pages is not the number of frames in the buddy";
		for (k = 0; k < SHADOW_ORDERS; k++)
			if (free_blocks(zone, k) != shadow_blocks(s, zone_id(zone), k))
				wrong = "free blocks are not merged as far as they go";
	}
	shadow_for_pcp(s, shadow_show);
	return wrong;
}

#endif /* TEST_HOST_PAGES_SHADOW_H */
