/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: memblock's last act: every frame gets its owner, and the free ones go to the buddy.
 *
 * Structure: the frames of each section that have descriptors are walked once, as runs: no
 * RAM, reserved by one owner, or free. Runs that touch and are alike become one. A run is cut
 * into the largest naturally aligned blocks, and each gets its head:
 *
 *	order = min(MAX_ORDER, zeros at the end of pfn), lowered until it fits
 *
 * Invariants:
 * H1  After it every frame that has a descriptor is in one block (G1), and free blocks are as
 *     merged as they can be (B2): alike neighbours were one run.
 * H2  managed_pages of a zone is the number of its frames handed to the buddy; init_pages of
 *     those that will be, when the image's init part is given back.
 * H3  A reservation takes every frame it touches; RAM counts whole frames only.
 * H4  Every run has a frame, so that the walk ends.
 *
 * Locking: none; boot only, one CPU. Bounds: steps grow with blocks, not with frames.
 *
 * Configuration: MAX_ORDER, PAGEBLOCK_ORDER.
 */
#include <kernel/init.h>
#include <kernel/string.h>
#include <mm/cma_areas.h>
#include <mm/dt_memory.h>
#include <mm/memblock.h>

#include "internal.h"

/* What a stretch of frames is. */
struct ram_run {
	unsigned long start_pfn, end_pfn;
	struct zone *zone;
	enum page_state state;		/* PG_HOLE, PG_RESERVED or PG_BUDDY */
	u32 owner;
	bool init_part;
	bool lent;			/* CMA: free for whom it may be lent to */
};

/* Places in memblock's two arrays; both only move up. */
struct cursor {
	unsigned long memory, reserved;
	bool init_is_free;		/* as it will be when the init part was given back */
};

static __initdata unsigned long last_pageblock;		/* [i] */
static __initdata bool last_pageblock_counted;		/* [i] */

/* All pageblocks begin as movable, if types are kept apart at all. */
static __init unsigned int boot_migratetype(void)
{
	return page_group_by_mobility ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
}

/* The zone of a node's frame; of a frame that is no RAM, any zone of the node. */
static __init struct zone *zone_of_pfn(unsigned long pfn, int nid)
{
	pg_data_t *node = NODE_DATA(nid);
	struct zone *zone;

	for (zone = node->node_zones; zone < node->node_zones + MAX_NR_ZONES; zone++)
		if (zone->present_pages && pfn < zone_end_pfn(zone))
			return zone;
	return &node->node_zones[0];
}

static __init unsigned int run_migratetype(const struct ram_run *run)
{
	return IS_ENABLED(CONFIG_CMA) && run->lent ? MIGRATE_CMA : boot_migratetype();
}

static __init bool is_init_part(const struct memblock_region *r)
{
	return memblock_region_owned(r, OWNER_KERNEL_INIT);
}

/* A reserved run is cut where an area of CMA begins or ends; is it one? */
static __init bool is_lent(struct ram_run *run)
{
	for (unsigned int i = 0; i < cma_area_count; i++) {
		unsigned long base_pfn = cma_areas[i].base_pfn;

		if (run->start_pfn < base_pfn)
			run->end_pfn = min(run->end_pfn, base_pfn);
		else if (run->start_pfn < base_pfn + cma_areas[i].pages) {
			run->end_pfn = min(run->end_pfn, base_pfn + cma_areas[i].pages);
			return true;
		}
	}
	return false;
}

/* The run that begins at pfn, cut at the first change before end_pfn. */
static __init struct ram_run run_at(struct cursor *c, unsigned long pfn, unsigned long end_pfn)
{
	const struct memblock_type *memory = &memblock.memory, *reserved = &memblock.reserved;
	struct ram_run run = { .start_pfn = pfn, .end_pfn = end_pfn, .state = PG_HOLE };
	const struct memblock_region *m, *r;

	while (c->memory < memory->cnt &&
	       PFN_DOWN(memory->regions[c->memory].base + memory->regions[c->memory].size) <= pfn)
		c->memory++;
	while (c->reserved < reserved->cnt &&
	       PFN_UP(reserved->regions[c->reserved].base +
		      reserved->regions[c->reserved].size) <= pfn)
		c->reserved++;

	run.zone = zone_of_pfn(pfn, 0);
	if (c->memory == memory->cnt)
		return run;
	m = &memory->regions[c->memory];
	if (pfn < PFN_UP(m->base)) {
		run.end_pfn = min(run.end_pfn, PFN_UP(m->base));
		return run;
	}
	run.zone = zone_of_pfn(pfn, region_nid(m));
	run.end_pfn = min(run.end_pfn, PFN_DOWN(m->base + m->size));
	run.end_pfn = min(run.end_pfn, zone_end_pfn(run.zone));
	run.state = PG_BUDDY;
	/* A driver that manages its RAM gives it out itself, if ever. */
	if (memblock_is_nomap(m) || memblock_is_driver_managed(m)) {
		run.state = PG_RESERVED;
		run.owner = mem_owner_add(memblock_is_nomap(m) ? "no-map" : "driver-managed");
	}
	if (c->reserved == reserved->cnt)
		return run;
	r = &reserved->regions[c->reserved];
	if (pfn < PFN_DOWN(r->base)) {
		run.end_pfn = min(run.end_pfn, PFN_DOWN(r->base));
		return run;
	}
	run.end_pfn = min(run.end_pfn, PFN_UP(r->base + r->size));
	run.init_part = is_init_part(r);
	if (run.init_part && c->init_is_free)
		return run;
	if (IS_ENABLED(CONFIG_CMA)) {
		run.lent = is_lent(&run);
		if (run.lent)
			return run;
	}
	run.state = PG_RESERVED;
	run.owner = mem_owner_add(r->owner ? r->owner : "reserved");
	return run;
}

/* A pageblock that is cut below its size starts its counters with its first block. */
static __init void pageblock_begin(const struct ram_run *run, unsigned long pfn, unsigned int order)
{
	unsigned long nr = pfn >> pageblock_order;
	unsigned int mt = run_migratetype(run);
	bool fresh = nr != last_pageblock;

	if (fresh) {
		last_pageblock = nr;
		last_pageblock_counted = false;
	}
	if (PAGEBLOCKS_KEPT && order < pageblock_order) {
		struct pageblock *pb = pfn_to_pageblock(pfn);

		if (fresh)
			*pb = (struct pageblock){ .mt = mt };
		if (run->state == PG_BUDDY)
			pb->free_pages += 1u << order;
	}
	if (run->state != PG_HOLE && !last_pageblock_counted) {
		run->zone->nr_pageblocks[mt] += order > pageblock_order
						? 1ul << (order - pageblock_order) : 1;
		last_pageblock_counted = true;
	}
}

/* Order of the largest block that begins at pfn and ends by end_pfn. */
static __init unsigned int fitting_order(unsigned long pfn, unsigned long end_pfn)
{
	unsigned int order = pfn ? min_t(unsigned int, MAX_ORDER, ctz64(pfn)) : MAX_ORDER;

	while (pfn + (1ul << order) > end_pfn)
		order--;
	return order;
}

static __init void hand_over(const struct ram_run *run, void *ctx)
{
	unsigned long pages = run->end_pfn - run->start_pfn, pfn = run->start_pfn;
	unsigned int mt = run_migratetype(run), order;

	(void)ctx;
	for (; pfn < run->end_pfn; pfn += 1ul << order) {
		order = fitting_order(pfn, run->end_pfn);
		pageblock_begin(run, pfn, order);
		if (is_special(mt)) {
			special_free(run->zone, pfn, order, mt);
		} else if (run->state == PG_BUDDY) {
			buddy_add_new(run->zone, pfn, order, mt);
		} else {
			struct page *page = pfn_to_page(pfn);

			page_begin(page, pfn, page_word(run->state, order, mt,
							zone_id(run->zone)));
			page->owner = run->owner;
		}
	}
	if (run->state == PG_BUDDY)
		run->zone->managed_pages += pages;
	IF_ENABLED(CONFIG_CMA,
		   if (run->lent)
			   run->zone->cma_pages += pages;)
	if (run->init_part)
		run->zone->init_pages += pages;
}

static __init bool runs_alike(const struct ram_run *a, const struct ram_run *b)
{
	return a->end_pfn == b->start_pfn && a->state == b->state && a->zone == b->zone &&
	       (!IS_ENABLED(CONFIG_CMA) || a->lent == b->lent) &&
	       (a->state != PG_RESERVED || a->owner == b->owner);
}

/* Calls fn for each run of all sections, as long as runs can be. */
static __init void for_each_run(bool init_is_free, void (*fn)(const struct ram_run *run, void *ctx),
				void *ctx)
{
	struct cursor c = { .init_is_free = init_is_free };
	struct ram_run pending = { .state = PG_HOLE };
	const struct mem_section *s;

	for_each_present_section(s) {
		unsigned long pfn = s->start_pfn;

		while (pfn < s->end_pfn) {
			struct ram_run run = run_at(&c, pfn, s->end_pfn);

			ASSERT(run.end_pfn > pfn, "H4: the run at frame 0x%lx is empty", pfn);
			pfn = run.end_pfn;
			if (runs_alike(&pending, &run)) {
				pending.end_pfn = run.end_pfn;
				continue;
			}
			fn(&pending, ctx);
			pending = run;
		}
	}
	fn(&pending, ctx);
}

void __init memblock_free_all(void)
{
	last_pageblock = ~0ul;
	for_each_run(false, hand_over, NULL);
}

struct block_visitor {
	void (*fn)(int nid, unsigned int zone_idx, unsigned int order, void *ctx);
	void *ctx;
};

static __init void visit_blocks(const struct ram_run *run, void *ctx)
{
	const struct block_visitor *v = ctx;
	unsigned long pfn = run->start_pfn;
	unsigned int order;

	if (run->state != PG_BUDDY)
		return;
	for (; pfn < run->end_pfn; pfn += 1ul << order) {
		order = fitting_order(pfn, run->end_pfn);
		v->fn(run->zone->nid, run->zone->idx, order, v->ctx);
	}
}

void __init memblock_for_each_free_block(void (*fn)(int nid, unsigned int zone_idx,
						    unsigned int order, void *ctx), void *ctx)
{
	struct block_visitor v = { fn, ctx };

	for_each_run(true, visit_blocks, &v);
}
