/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: nodes and zones as others than mm/ read them.
 *
 * Structure: each function copies what its caller asked for and lets go of the zone; text is made
 * of the copy, with no lock held. What may be large, the free lists' lengths, is a call of its own,
 * so that a view has it on its stack only while it needs it.
 *
 * Invariants: none of its own.
 *
 * Locking: zone->lock for one copy, of at most NR_PAGE_ORDERS x MIGRATE_TYPES words. Another CPU's
 * lists are read as they are.
 *
 * Configuration: MAX_ORDER and the migrate types size the copies, at most some hundred bytes.
 */
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/boot_tables.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/snapshot.h>

#include "mm/page/internal.h"
#include "mm/vm/internal.h"

bool node_snapshot(int nid, struct node_snapshot *n)
{
	const pg_data_t *node = NODE_DATA(nid);
	unsigned long flags;

	if (!node_online(nid))
		return false;
	flags = arch_local_irq_save();
	n->start_pfn = node->node_start_pfn;
	n->spanned_pages = node->node_spanned_pages;
	n->present_pages = node->node_present_pages;
	arch_local_irq_restore(flags);
	return true;
}

/* Frames of a range of RAM that are nid's; a range may lie in two nodes. */
static unsigned long frames_of_node(int nid, phys_addr_t base, phys_addr_t end)
{
	const struct memblock_type *ram = &memblock_copy->memory;
	unsigned long frames = 0;

	for (unsigned long i = 0; i < ram->cnt; i++) {
		const struct memblock_region *r = &ram->regions[i];
		phys_addr_t s = max(base, r->base), e = min(end, r->base + r->size);

		if (region_nid(r) == nid && s < e)
			frames += PFN_DOWN(e) - PFN_DOWN(s);
	}
	return frames;
}

unsigned long node_table_pages(int nid)
{
	const struct memblock_type *kept = &memblock_copy->reserved;
	unsigned long pages = page_kept_pages(nid, PG_TABLE);

	for (unsigned long i = 0; i < kept->cnt; i++) {
		const struct memblock_region *r = &kept->regions[i];

		if (memblock_region_owned(r, OWNER_PAGE_TABLES))
			pages += frames_of_node(nid, r->base, r->base + r->size);
	}
	return pages;
}

unsigned long node_stack_pages(int nid)
{
	return page_kept_pages(nid, PG_STACK);
}

unsigned long vmalloc_pages(void)
{
	return IS_ENABLED(CONFIG_VMALLOC) ? vm_own_pages() : 0;
}

static void read_zone(struct zone *zone, struct zone_snapshot *z)
{
	unsigned long flags;

	z->name = zone->name;
	z->nid = zone->nid;
	z->idx = zone->idx;
	flags = spin_lock_irqsave(&zone->lock);
	z->start_pfn = zone->zone_start_pfn;
	z->spanned_pages = zone->spanned_pages;
	z->present_pages = zone->present_pages;
	memcpy(z->watermark, zone->watermark, sizeof(z->watermark));
	memcpy(z->protection, zone->lowmem_reserve, sizeof(z->protection));
	z->pcp_high = zone->pcp_high;
	z->pcp_batch = zone->pcp_batch;
	z->managed_pages = zone->managed_pages;
	z->free_pages = zone_free_pages(zone);
	z->init_pages = zone->init_pages;
	z->cma_pages = z->free_cma_pages = 0;
	IF_ENABLED(CONFIG_CMA, z->cma_pages = zone->cma_pages;)
	IF_ENABLED(CONFIG_CMA, z->free_cma_pages = zone_nr_special(zone, MIGRATE_CMA);)
	spin_unlock_irqrestore(&zone->lock, flags);
}

bool zone_snapshot(int nid, unsigned int idx, struct zone_snapshot *z)
{
	if (nid >= MAX_NUMNODES || idx >= MAX_NR_ZONES || !node_online(nid))
		return false;
	read_zone(&NODE_DATA(nid)->node_zones[idx], z);
	return true;
}

bool zonelist_snapshot(int nid, unsigned int nr, struct zone_snapshot *z)
{
	struct zone *zone = READ_ONCE(NODE_DATA(nid)->zonelist.zones[nr]);

	if (!zone)
		return false;
	read_zone(zone, z);
	return true;
}

bool zone_snapshot_next(unsigned int *place, struct zone_snapshot *z)
{
	while (*place < MAX_NUMNODES * MAX_NR_ZONES) {
		unsigned int at = (*place)++;

		if (zone_snapshot((int)(at / MAX_NR_ZONES), at % MAX_NR_ZONES, z))
			return true;
	}
	return false;
}

/* What a zone keeps from requests of all kinds: its high mark and its largest reserve. */
static unsigned long zone_kept_pages(const struct zone_snapshot *z)
{
	unsigned long reserve = 0;

	for (unsigned int i = z->idx; i < MAX_NR_ZONES; i++)
		reserve = max(reserve, z->protection[i]);
	return min(reserve + z->watermark[WMARK_HIGH], z->managed_pages);
}

unsigned long si_mem_available(void)
{
	unsigned long kept = 0, free = nr_free_pages();
	struct zone_snapshot z;

	for_each_zone_snapshot(&z)
		kept += zone_kept_pages(&z);
	return free > kept ? free - kept : 0;
}

void zone_free_blocks(int nid, unsigned int idx, struct zone_free_blocks *b)
{
	struct zone *zone = &NODE_DATA(nid)->node_zones[idx];
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			b->nr[order][mt] = zone->free_area[order].nr_free[mt];
	spin_unlock_irqrestore(&zone->lock, flags);
}

void zone_pageblocks(int nid, unsigned int idx, unsigned long nr[MIGRATE_TYPES])
{
	struct zone *zone = &NODE_DATA(nid)->node_zones[idx];
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		nr[mt] = zone->nr_pageblocks[mt];
	spin_unlock_irqrestore(&zone->lock, flags);
}

unsigned long zone_pcp_pages(int nid, unsigned int idx, unsigned int cpu)
{
	return zone_pcp_count(&NODE_DATA(nid)->node_zones[idx], cpu);
}

bool zone_pcp_list(int nid, unsigned int idx, unsigned int cpu, unsigned int order, unsigned int mt,
		   unsigned int *count, unsigned int *limit)
{
	const struct pcp_list *list;

	if (!pcp_order(order) || mt >= MIGRATE_PCPTYPES)
		return false;
	list = per_cpu_ptr(pcp_list_of(&NODE_DATA(nid)->node_zones[idx], order, mt), cpu);
	*count = pcp_count_once(list);
	*limit = READ_ONCE(list->limit);
	return true;
}

unsigned long zone_numa_events(int nid, unsigned int idx, enum numa_event event)
{
	return IS_ENABLED(CONFIG_NUMA) ? zone_numa_count(&NODE_DATA(nid)->node_zones[idx], event)
				       : 0;
}

const char *zone_name(unsigned int idx)
{
	return NODE_DATA(0)->node_zones[idx].name;
}
