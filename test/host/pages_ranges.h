/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PAGES_RANGES_H
#define TEST_HOST_PAGES_RANGES_H

/*
 * What the model of the page allocator does with ranges of frames: pageblocks are set aside and
 * emptied, contiguous memory is taken and given back, sections come and go. Blocks that move get
 * out of the way meanwhile (pages_live.h); what is in the way must be one that does not.
 */
#include <mm/cma.h>
#include <mm/memory_hotplug.h>

#include "pages_live.h"

#include "mm/page/hotplug.h"

#define ASIDE_MOST	3
#define SECTIONS_MOST	8
#define TABLES_MOST	64

/* The block that the books of the area have taken. */
static unsigned long books_pfn, books_pages;

static unsigned long isolations, obstacles, emptied, contigs, contigs_refused, onlines, offlines;

static inline void check_obstacle(int err, const struct page_obstacle *o)
{
	const struct live *l = live_at(o->pfn);

	NEED(err == -EBUSY || err == -ENOMEM);
	if (shadow.kind[o->pfn - shadow.start_pfn] <= FRAME_KEPT ||
	    o->pfn - books_pfn < books_pages)
		return;
	NEED(l && (err == -ENOMEM ? l->moves : !l->moves || l->pinned));
}

/* Frames that ordinary requests may have; and whether so many movable pages can be had beside those
 * that lie in [start_pfn, end_pfn). */
static inline bool has_room(unsigned long pages, unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long room = 0, there = 0;
	struct zone *zone;

	for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn++)
		there += shadow.kind[pfn - shadow.start_pfn] == FRAME_FREE;
	for_each_populated_zone(zone) {
		unsigned long free = shadow.nr_full[zone_id(zone)][0];
		unsigned long mark = zone->watermark[WMARK_MIN] +
				     zone->lowmem_reserve[ZONE_MOVABLE];

		room += free > mark ? free - mark : 0;
	}
	return room >= pages + there;
}

/* ---- pageblocks set aside ---- */

static unsigned long aside_pfn[ASIDE_MOST];
static unsigned int nr_aside;

/* May what the frames hold be isolated? Nothing but live blocks and boot's is in the way. */
static inline bool can_isolate(unsigned long pfn)
{
	unsigned long head_pfn = block_head_pfn(pfn);
	const struct page *head = pfn_to_page(head_pfn);

	if (page_order(head) >= pageblock_order)
		return page_state(head) == PG_BUDDY;
	for (unsigned long i = 0; i < pageblock_nr_pages; i++)
		if (shadow.kind[pfn + i - shadow.start_pfn] == FRAME_KEPT)
			return false;
	return true;
}

static void op_free(unsigned int nr);

/* Now and then owners of what does not move let go of it. */
static inline void clear_range(unsigned long pfn, unsigned long pages)
{
	if (below(2))
		return;
	for (unsigned int nr = 0; nr < nr_live;) {
		const struct live *l = &live[nr];

		if (l->pfn < pfn + pages && l->pfn + l->pages > pfn && (!l->moves || l->pinned))
			op_free(nr);
		else
			nr++;
	}
	drain_all_cpus();
}

/* What moves has left. */
static inline void empty_pageblock(unsigned long pfn)
{
	struct page_obstacle o;
	int err = evacuate_range(pfn, pfn + pageblock_nr_pages, GFP_NOWAIT, &o);

	drop_kept();
	if (err) {
		check_obstacle(err, &o);
		return;
	}
	NEED(shadow_count(&shadow, pfn, CONFIG_PAGEBLOCK_ORDER, FRAME_USED) == 0);
	emptied++;
}

static inline bool is_aside(unsigned long pfn)
{
	return shadow.aside[(pfn - shadow.start_pfn) >> CONFIG_PAGEBLOCK_ORDER];
}

static inline void give_aside_back(unsigned int i)
{
	unsigned long pfn = aside_pfn[i];

	drain_all_cpus();
	undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
	shadow_set_aside(&shadow, pfn, false);
	aside_pfn[i] = aside_pfn[--nr_aside];
}

/* Gives back what is aside, or sets another pageblock aside, and may empty it. */
static inline void op_isolate(void)
{
	unsigned long pfn = map_first_pfn() + below(map_end_pfn() - map_first_pfn());
	struct page_obstacle o;
	bool can;

	if (nr_aside && below(2)) {
		give_aside_back(below(nr_aside));
		return;
	}
	pfn = ALIGN_DOWN(pfn, pageblock_nr_pages);
	if (nr_aside == ASIDE_MOST || !pfn_valid(pfn) || !pfn_valid(pfn + pageblock_nr_pages - 1) ||
	    is_kept(pfn) || is_lent(pfn))
		return;
	drain_all_cpus();
	can = !is_aside(pfn) && can_isolate(pfn);
	NEED((start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o) == 0) == can);
	isolations += can;
	obstacles += !can;
	if (!can)
		return;
	shadow_set_aside(&shadow, pfn, true);
	aside_pfn[nr_aside++] = pfn;
	if (IS_ENABLED(CONFIG_MIGRATION) && below(2)) {
		clear_range(pfn, pageblock_nr_pages);
		empty_pageblock(pfn);
	}
}

/* ---- contiguous memory ---- */

/* Is there a range of the area of which no frame was taken? */
static inline bool range_is_left(const struct cma_area *area, unsigned long pages,
				 unsigned int align_order)
{
	unsigned long end_pfn = area->base_pfn + area->pages, run = 0;
	unsigned long pfn;

	for (pfn = ALIGN_UP(area->base_pfn, 1ul << align_order); pfn < end_pfn; pfn++) {
		const struct live *l = live_at(pfn);

		run = l && l->contig ? 0 : run + 1;
		if (l && l->contig)
			pfn = ALIGN_UP(l->pfn + l->pages, 1ul << align_order) - 1;
		if (run >= pages)
			return true;
	}
	return false;
}

static inline void contig_refused(const struct cma_area *area, unsigned long pages,
			   unsigned int align_order, const struct page_obstacle *o)
{
	contigs_refused++;
	if (!strcmp(o->what, "no range is left"))
		NEED(!range_is_left(area, pages, align_order));
	else if (!strcmp(o->what, CMA_NO_ROOM))
		NEED(!has_room(pages, area->base_pfn, area->base_pfn + area->pages));
	else
		check_obstacle(-EBUSY, o);
}

static inline void op_contig(void)
{
	const struct cma_area *area = &cma_areas[0];
	unsigned long pages = 1 + below(below(4) ? 64 : area->pages);
	unsigned int align_order = below(8);
	unsigned long taken = cma_usage(0).taken_pages;
	struct page_obstacle o;
	struct page *page;
	struct live l;

	drain_all_cpus();
	page = cma_alloc_from(0, pages, align_order, &o);
	drop_kept();
	NEED(cma_usage(0).taken_pages == taken + (page ? pages : 0));
	if (!page) {
		contig_refused(area, pages, align_order, &o);
		return;
	}
	l = (struct live){ .pfn = page_to_pfn(page), .pages = pages, .contig = true };
	NEED(l.pfn >= area->base_pfn && l.pfn + pages <= area->base_pfn + area->pages);
	NEED(IS_ALIGNED(l.pfn, 1ul << align_order));
	for (unsigned long i = 0; i < pages; i++)
		NEED(shadow_take(&shadow, l.pfn + i, 0));
	enter(l, false);
	contigs++;
}

/* All of it goes back, or its beginning. */
static inline void free_contig(struct live l)
{
	unsigned long pages = below(2) ? l.pages : 1 + below(l.pages);

	for (unsigned long i = 0; i < pages; i++)
		NEED(shadow_give(&shadow, l.pfn + i, 0));
	NEED(cma_release(pfn_to_page(l.pfn), pages));
	l.pfn += pages;
	l.pages -= pages;
	if (l.pages)
		enter(l, false);
}

/* The model learns of the books' block, which it did not hand out. */
static inline void begin_contig(void)
{
	books_pages = 0;
	if (!IS_ENABLED(CONFIG_CMA) || !map_areas())
		return;
	NEED(cma_init() == 0);
	for (books_pfn = shadow.start_pfn;; books_pfn++) {
		const struct page *page;

		NEED(books_pfn < shadow.end_pfn);
		if (shadow.kind[books_pfn - shadow.start_pfn] != FRAME_FREE)
			continue;
		page = pfn_to_page(block_head_pfn(books_pfn));
		if (page_state(page) != PG_ALLOCATED)
			continue;
		NEED(shadow_take(&shadow, books_pfn, page_order(page)));
		books_pages = 1ul << page_order(page);
		return;
	}
}

/* ---- sections ---- */

static struct {
	unsigned long pfn;
	unsigned int zone_id;
	bool online;
} sections[SECTIONS_MOST];
static unsigned int nr_sections;

/* Page tables that sections have. */
static unsigned long table_pfn[TABLES_MOST];
static unsigned int nr_tables;

/* The model learns which page tables came and went. */
static inline void look_for_tables(void)
{
	for (unsigned int nr = 0; nr < nr_tables;) {
		if (page_state(pfn_to_page(table_pfn[nr])) == PG_TABLE) {
			nr++;
			continue;
		}
		shadow.kind[table_pfn[nr] - shadow.start_pfn] = FRAME_USED;
		NEED(shadow_give(&shadow, table_pfn[nr], 0));
		table_pfn[nr] = table_pfn[--nr_tables];
	}
	for (unsigned long pfn = shadow.start_pfn; pfn < shadow.end_pfn; pfn++) {
		if (shadow.kind[pfn - shadow.start_pfn] != FRAME_FREE ||
		    page_state(pfn_to_page(block_head_pfn(pfn))) != PG_TABLE)
			continue;
		NEED(nr_tables < TABLES_MOST && shadow_take(&shadow, pfn, 0));
		shadow.kind[pfn - shadow.start_pfn] = FRAME_KEPT;
		table_pfn[nr_tables++] = pfn;
	}
}

/*
 * The zone of a section of node 0's that comes, by the RAM that boot had: ZONE_MOVABLE if the
 * section lies above some of that zone, or (MEMORY_HOTPLUG_MOVABLE) above all that the kernel has.
 */
static inline unsigned int section_zone_id(unsigned long section_pfn)
{
	bool movable = IS_ENABLED(CONFIG_MEMORY_HOTPLUG_MOVABLE);

	for (unsigned long pfn = map_first_pfn(); pfn < map_end_pfn(); pfn++) {
		if (frame_kind(pfn) == FRAME_NO_RAM)
			continue;
		if (pfn < map_movable_pfn[0])
			movable &= pfn < section_pfn;
		else if (pfn < section_pfn)
			return ZONE_MOVABLE;
	}
	return movable ? ZONE_MOVABLE : limits_zone(section_pfn);
}

static inline void section_came(unsigned long pfn, unsigned int zone_id)
{
	unsigned long end_pfn = pfn + PAGES_PER_SECTION, own_end_pfn = pfn + HOT_OWN_PAGES;

	for (; pfn < end_pfn; pfn++) {
		unsigned long i = pfn - shadow.start_pfn;

		shadow.zone[i] = (u8)zone_id;
		NEED(page_zone_id(pfn_to_page(block_head_pfn(pfn))) == zone_id);
		NEED(shadow.kind[i] == FRAME_NO_RAM);
		shadow.kind[i] = pfn < own_end_pfn ? FRAME_KEPT : FRAME_USED;
		if (pfn >= own_end_pfn)
			NEED(shadow_give(&shadow, pfn, 0));
	}
	onlines++;
}

static inline void section_went(unsigned long pfn)
{
	unsigned long end_pfn = pfn + PAGES_PER_SECTION;

	for (; pfn < end_pfn; pfn++) {
		unsigned long i = pfn - shadow.start_pfn;

		NEED(shadow.kind[i] == FRAME_KEPT || shadow_take(&shadow, pfn, 0));
		shadow.kind[i] = FRAME_NO_RAM;
		shadow.zone[i] = 0;
	}
	offlines++;
}

/* Is one of these pageblocks in the section? */
static inline bool any_in_section(const unsigned long *pfns, unsigned int nr, unsigned long pfn)
{
	while (nr-- > 0)
		if (pfns[nr] - pfn < PAGES_PER_SECTION)
			return true;
	return false;
}

/* A section comes or goes. */
static inline void op_section(unsigned int nr)
{
	unsigned long pfn = sections[nr].pfn;
	struct page_obstacle o;
	int err;

	drain_all_cpus();
	unreserve_highatomic();
	drop_kept();
	if (!sections[nr].online) {
		err = online_pages(pfn);
		NEED(err == 0 || err == -ENOMEM);
		if (!err)
			section_came(pfn, sections[nr].zone_id);
		look_for_tables();
		sections[nr].online = !err;
		return;
	}
	if (any_in_section(kept_pfn, nr_kept, pfn) || any_in_section(aside_pfn, nr_aside, pfn))
		return;
	clear_range(pfn, PAGES_PER_SECTION);
	err = offline_pages(pfn, 1, &o);
	drop_kept();
	if (err) {
		check_obstacle(err, &o);
		return;
	}
	section_went(pfn);
	look_for_tables();
	sections[nr].online = false;
}

/* Each section comes and goes once: the tables that the kernel's root leads to stay for good. */
static inline void begin_sections(void)
{
	nr_sections = nr_tables = 0;
	if (!IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
		return;
	for (unsigned long pfn = ALIGN_UP(shadow.start_pfn, PAGES_PER_SECTION);
	     pfn < shadow.end_pfn; pfn += PAGES_PER_SECTION) {
		struct hot_section h;

		if (!hot_section_find(pfn, &h))
			continue;
		NEED(nr_sections < SECTIONS_MOST && h.start_pfn == pfn);
		sections[nr_sections].pfn = pfn;
		sections[nr_sections].zone_id = section_zone_id(pfn);
		sections[nr_sections++].online = false;
		op_section(nr_sections - 1);
		op_section(nr_sections - 1);
		NEED(!sections[nr_sections - 1].online);
	}
}

static inline void end_sections(void)
{
	for (unsigned int nr = 0; nr < nr_sections; nr++)
		if (IS_ENABLED(CONFIG_MEMORY_HOTPLUG) && sections[nr].online)
			op_section(nr);
}

#endif /* TEST_HOST_PAGES_RANGES_H */
