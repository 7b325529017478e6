/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a section of RAM becomes part of its zone after boot, and leaves it again.
 *
 * Structure: a section brings its descriptors along, and the records of who asks for its pages: its
 * first frames hold them, so that it needs no memory of others to come, and when it goes there is
 * nothing left to give back:
 *
 *	| descriptors, records: reserved | one handed-out block after the other |
 *
 * As such it enters, in one step for all that read zones; then its blocks are freed like anybody's.
 * To go it is emptied first (hotplug_empty.c), which leaves it as it entered.
 *
 * Invariants:
 * HP1 A hotpluggable section is online or not: end_pfn is that of the section, or 0. In either case
 *     no other state of the kernel says anything else.
 * HP2 What entering adds to a counter, border or list, leaving takes away.
 * HP3 Zones of a node keep their order: a section joins the zone that its address allows (Z1).
 *
 * Locking: memory_hotplug_taken for all of it (mm/vm/memory_hotplug.c). Entering and leaving run
 * under stop_machine(), which is the rule for readers: a zone's borders, marks and limits, the
 * nodes' lists and the table of sections change while nobody has his interrupts off, so that what
 * one reads with interrupts off is of one moment, and a frame that was valid stays so.
 *
 * Bounds: entering and leaving take steps for each section and each node's zones, not for each page
 * or block, nor for CPUs' lists: those are closed before and opened after it, on each CPU for
 * itself (hotplug_lists.c). Blocks go to the zone one at a time.
 *
 * Configuration: MEMORY_HOTPLUG builds this file; MEMORY_HOTPLUG_MOVABLE; PAGE_OWNER.
 */
#include <kernel/idle.h>
#include <kernel/init.h>
#include <kernel/resource.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <mm/iomem.h>
#include <mm/page_owner.h>

#include "hotplug.h"

/* [c] What boot's RAM spans of each zone. */
static struct zone_span {
	unsigned long start_pfn, end_pfn;
} boot_spans[MAX_NUMNODES][MAX_NR_ZONES];

static u32 memmap_owner, records_owner;	/* [c] their numbers: mem_owner_name() */

void __init memory_hotplug_init(void)
{
	const struct zone *zone;

	for_each_zone(zone)
		boot_spans[zone->nid][zone->idx] = (struct zone_span){
			zone->zone_start_pfn, zone_end_pfn(zone)
		};
	memmap_owner = mem_owner_add(MEMMAP_OWNER);
	if (IS_ENABLED(CONFIG_PAGE_OWNER))
		records_owner = mem_owner_add(PAGE_OWNER_NAME);
}

/* ---- turns ---- */

/* [a] Readers of frames that are not their own, or TAKEN. */
static u32 memory_hotplug_taken;
#define TAKEN		0x80000000u

void mem_hotplug_begin(void)
{
	unsigned int turns = 0;
	u32 none = 0;

	assert_no_locks_held("memory comes or goes");
	ASSERT(!arch_irqs_disabled(), "HP1: memory comes and goes with interrupts on");
	while (!__atomic_compare_exchange_n(&memory_hotplug_taken, &none, TAKEN, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		cpu_wait_turn(&turns);
		none = 0;
	}
}

void mem_hotplug_done(void)
{
	__atomic_store_n(&memory_hotplug_taken, 0, __ATOMIC_RELEASE);
}

void get_online_mems(void)
{
	unsigned int turns = 0;
	u32 readers = 0;

	while (!__atomic_compare_exchange_n(&memory_hotplug_taken, &readers, readers + 1, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		cpu_wait_turn(&turns);
		readers &= ~TAKEN;
	}
}

void put_online_mems(void)
{
	__atomic_fetch_sub(&memory_hotplug_taken, 1, __ATOMIC_RELEASE);
}

/* What a CPU's lists of pages may hold changes with memory, whether or not the CPU is online. */
CPU_HOOKS(memory, .begin = get_online_mems, .end = put_online_mems);

/* ---- which zone ---- */

static bool above_kernel_zones(int nid, unsigned long pfn)
{
	const struct zone *zone = NODE_DATA(nid)->node_zones;

	for (; zone < NODE_DATA(nid)->node_zones + MAX_NR_ZONES; zone++)
		if (zone->idx <= ZONE_NORMAL && zone->present_pages && zone_end_pfn(zone) > pfn)
			return false;
	return true;
}

static bool goes_to_movable(int nid, unsigned long pfn)
{
	const struct zone *movable = &NODE_DATA(nid)->node_zones[ZONE_MOVABLE];

	if (!IS_ENABLED(CONFIG_ZONE_MOVABLE))
		return false;
	if (movable->present_pages && pfn >= movable->zone_start_pfn)
		return true;
	return IS_ENABLED(CONFIG_MEMORY_HOTPLUG_MOVABLE) && above_kernel_zones(nid, pfn);
}

/* HP3: no zone's limit lies in the section (HR1). */
static struct zone *zone_for(int nid, unsigned long pfn)
{
	const struct zone_row *row;

	if (goes_to_movable(nid, pfn))
		return &NODE_DATA(nid)->node_zones[ZONE_MOVABLE];
	for_each_zone_row(row)
		if (pfn < row->limit_pfn)
			return &NODE_DATA(nid)->node_zones[row->idx];
	return NULL;
}

/* Of one that is online. */
static struct zone *section_zone(const struct mem_section *s)
{
	return &NODE_DATA(s->nid)->node_zones[s->zone_idx];
}

bool hot_section_find(unsigned long pfn, struct hot_section *h)
{
	struct mem_section *s = pfn_to_section(pfn);

	if (!s || !section_hotpluggable(s))
		return false;
	h->s = s;
	h->start_pfn = ALIGN_DOWN(pfn, PAGES_PER_SECTION);
	h->end_pfn = h->start_pfn + PAGES_PER_SECTION;
	h->own_pages = HOT_OWN_PAGES;
	h->zone = s->end_pfn ? section_zone(s) : zone_for(s->nid, pfn);
	return h->zone;
}

/* ---- it comes ---- */

/* All pageblocks begin as movable, if types are kept apart at all. */
static unsigned int first_type(void)
{
	return page_group_by_mobility ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
}

/* Pages of blocks smaller than a pageblock count as unmovable until they are free. */
static void begin_blocks(const struct hot_section *h, unsigned long pfn, unsigned long end_pfn,
			 enum page_state state, u32 owner)
{
	unsigned int order;

	for (; pfn < end_pfn; pfn += 1ul << order) {
		struct page *page = pfn_to_page(pfn);
		unsigned int mt;

		order = hot_block_order(pfn, end_pfn);
		mt = order < pageblock_order ? MIGRATE_UNMOVABLE : first_type();
		page_begin(page, pfn, page_word(state, order, mt, zone_id(h->zone)));
		page->owner = owner;
	}
}

/* Pageblocks that descriptors and records lie in have counters: they may be split. */
void hot_section_describe(const struct hot_section *h)
{
	unsigned long rest_pfn = h->start_pfn + h->own_pages;
	unsigned long records_pfn = h->start_pfn + HOT_MEMMAP_PAGES;

	begin_blocks(h, h->start_pfn, records_pfn, PG_RESERVED, memmap_owner);
	begin_blocks(h, records_pfn, rest_pfn, PG_RESERVED, records_owner);
	begin_blocks(h, rest_pfn, h->end_pfn, PG_ALLOCATED, 0);
	memset(__va(PFN_PHYS(records_pfn)), 0, PFN_PHYS(rest_pfn - records_pfn));
	for (unsigned long i = 0; i << pageblock_order < h->own_pages; i++)
		h->s->pageblocks[i] = (struct pageblock){
			.mt = first_type() & ((1u << MIGRATETYPE_BITS_MOST) - 1),
		};
}

void hot_section_give(const struct hot_section *h)
{
	unsigned long pfn = h->start_pfn + h->own_pages;

	while (pfn < h->end_pfn) {
		struct page *page = pfn_to_page(pfn);

		unsigned long flags = arch_local_irq_save(), pages = 1ul << page_order(page);

		pfn += pages;
		add_pages_to_zone(page);
		account_kernel(-(long)pages);
		arch_local_irq_restore(flags);
	}
}

/* ---- what both change ---- */

static void span_add(struct zone_span *span, unsigned long start_pfn, unsigned long end_pfn)
{
	if (start_pfn == end_pfn)
		return;
	if (span->start_pfn == span->end_pfn) {
		*span = (struct zone_span){ start_pfn, end_pfn };
		return;
	}
	span->start_pfn = min(span->start_pfn, start_pfn);
	span->end_pfn = max(span->end_pfn, end_pfn);
}

/* Boot's part and all sections that are online now. */
static struct zone_span measure_zone(const struct zone *zone)
{
	struct zone_span span = boot_spans[zone->nid][zone->idx];
	const struct mem_section *s;

	for_each_present_section(s)
		if (section_hotpluggable(s) && section_zone(s) == zone)
			span_add(&span, s->start_pfn, s->end_pfn);
	return span;
}

static void set_spans(struct zone *zone)
{
	pg_data_t *node = NODE_DATA(zone->nid);
	struct zone_span span = measure_zone(zone), all = { 0, 0 };

	zone->zone_start_pfn = span.start_pfn;
	zone->spanned_pages = span.end_pfn - span.start_pfn;
	for (zone = node->node_zones; zone < node->node_zones + MAX_NR_ZONES; zone++)
		span_add(&all, zone->zone_start_pfn, zone_end_pfn(zone));
	node->node_start_pfn = all.start_pfn;
	node->node_spanned_pages = all.end_pfn - all.start_pfn;
}

static void name_resource(phys_addr_t start_pa, const char *name)
{
	for (struct resource *r = iomem_resource.child; r; r = r->sibling)
		if (r->start == start_pa)
			WRITE_ONCE(r->name, name);
}

/* All that follows from how much RAM each zone has. */
static void zones_have_changed(struct zone *zone)
{
	set_spans(zone);
	zone_set_pageblock_bias(zone);
	rebuild_zonelists();
	setup_per_zone_wmarks();
	setup_per_zone_lowmem_reserve();
	for_each_zone(zone)
		pcp_setup_zone(zone);
}

static void count_pages(const struct hot_section *h, unsigned long sign)
{
	struct zone *zone = h->zone;

	zone->present_pages += sign * PAGES_PER_SECTION;
	NODE_DATA(zone->nid)->node_present_pages += sign * PAGES_PER_SECTION;
	WRITE_ONCE(zone->managed_pages,
		   zone->managed_pages + sign * (PAGES_PER_SECTION - h->own_pages));
}

void hot_section_enter(void *arg)
{
	const struct hot_section *h = arg;
	struct mem_section *s = h->s;

	s->start_pfn = (u32)h->start_pfn;
	s->end_pfn = (u32)h->end_pfn;
	s->ram_pages = (u32)PAGES_PER_SECTION;
	s->zone_idx = (u8)h->zone->idx;
	s->memmap = pfn_to_page(h->start_pfn);
	IF_ENABLED(CONFIG_PAGE_OWNER,
		   s->owners = __va(PFN_PHYS(h->start_pfn + HOT_MEMMAP_PAGES));)
	count_pages(h, 1);
	h->zone->nr_pageblocks[first_type()] += PAGES_PER_SECTION >> pageblock_order;
	name_resource(PFN_PHYS(h->start_pfn), IOMEM_RAM);
	account_kernel((long)(PAGES_PER_SECTION - h->own_pages));
	zones_have_changed(h->zone);
}

void hot_section_leave(void *arg)
{
	const struct hot_section *h = arg;
	struct mem_section *s = h->s;
	unsigned long isolated = h->end_pfn - hot_isolated_pfn(h);

	s->start_pfn = s->end_pfn = s->ram_pages = 0;
	s->zone_idx = 0;
	s->memmap = NULL;
	IF_ENABLED(CONFIG_PAGE_OWNER, s->owners = NULL;)
	count_pages(h, -1ul);
	h->zone->nr_pageblocks[MIGRATE_ISOLATE] -= isolated >> pageblock_order;
	h->zone->nr_pageblocks[first_type()] -= (PAGES_PER_SECTION - isolated) >> pageblock_order;
	name_resource(PFN_PHYS(h->start_pfn), IOMEM_OFFLINE);
	account_kernel(-(long)(PAGES_PER_SECTION - h->own_pages));
	zones_have_changed(h->zone);
}

static void set_homes_here(void *unused)
{
	(void)unused;
	pcp_set_homes(smp_processor_id());
}

static void nothing(void *unused)
{
	(void)unused;
}

/* A CPU that does not hear is not waited for for good where all are to stand still, so that comes
 * first, for nothing: calls would wait. */
int hot_section_change(struct hot_section *h, void (*fn)(void *arg))
{
	int err = stop_machine(nothing, NULL);
	struct zone *zone;
	unsigned int cpu;

	if (err)
		return err;
	for_each_populated_zone(zone)
		pcp_close_zone(zone);
	err = stop_machine(fn, h);
	for_each_populated_zone(zone)
		pcp_open_zone(zone);
	on_each_cpu(set_homes_here, NULL, true);
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			pcp_set_homes(cpu);
	return err;
}
