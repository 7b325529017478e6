/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: whose a frame is, for whoever asks about one.
 *
 * Structure: the block that covers the frame is found and copied under its zone's lock, so that
 * nobody cuts or merges it meanwhile. Its owner's name is then made of the copy: the owner may be
 * another by then, but what is read for its name is there for good, or kept while it is read.
 *
 * Invariants: none of its own.
 *
 * Locking: zone->lock for one copy; a pin on the cache (S13) for its name.
 *
 * Bounds: MAX_ORDER + 1 steps for the block; all zones and the memory map for the lock.
 *
 * Configuration: none.
 */
#include <kernel/sprintf.h>
#include <mm/boot_tables.h>
#include <mm/memblock.h>
#include <mm/movable.h>
#include <mm/snapshot.h>

#include "mm/slab/internal.h"

/* Whose RAM the frame is. Zones of several nodes may span it, of which the memory map knows one. */
static int nid_of_frame(unsigned long pfn)
{
	const struct memblock_type *ram = &memblock_copy->memory;
	const struct mem_section *s = pfn_to_section(pfn);

	if (MAX_NUMNODES == 1)
		return 0;
	if (section_hotpluggable(s))
		return s->nid;
	for (const struct memblock_region *r = ram->regions; r < ram->regions + ram->cnt; r++)
		if (PFN_PHYS(pfn) - r->base < r->size)
			return region_nid(r);
	return NUMA_NO_NODE;
}

/* NULL: no zone has it. pfn is valid. */
static struct zone *zone_of_frame(unsigned long pfn)
{
	int nid = nid_of_frame(pfn);
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone->nid == nid && pfn - zone->zone_start_pfn < zone->spanned_pages)
			return zone;
	return NULL;
}

static void name_slab(unsigned int row, char *buf, size_t size)
{
	struct kmem_cache *cache = row < CONFIG_SLAB_CACHES ? kmem_cache_pin(row) : NULL;

	scnprintf(buf, size, "slab of cache %s", cache ? cache->name : "(ended)");
	if (cache)
		kmem_cache_unpin(cache);
}

static void name_owner(const struct page *page, struct frame_snapshot *f)
{
	if (f->state == PG_RESERVED)
		scnprintf(f->owner, sizeof(f->owner), "%s, since boot",
			  mem_owner_name(page->owner));
	else if (f->state == PG_SLAB)
		name_slab(PAGE_FIELD(page->word, TAG), f->owner, sizeof(f->owner));
	else if (IS_ENABLED(CONFIG_MIGRATION) &&
		 (f->state == PG_MOVABLE || user_page_can_move(page, page->word)))
		movable_describe(f->head_pfn, f->owner, sizeof(f->owner));
	else
		scnprintf(f->owner, sizeof(f->owner), "%s", page_state_name(f->state));
}

bool frame_snapshot(unsigned long pfn, struct frame_snapshot *f)
{
	/* A frame that is valid stays so while interrupts are off. */
	unsigned long flags = arch_local_irq_save();
	struct zone *zone = pfn_valid(pfn) ? zone_of_frame(pfn) : NULL;
	struct page copy;

	if (!zone) {
		arch_local_irq_restore(flags);
		return false;
	}
	spin_lock(&zone->lock);
	f->head_pfn = block_head_pfn(pfn);
	copy = *pfn_to_page(f->head_pfn);
	spin_unlock(&zone->lock);
	arch_local_irq_restore(flags);
	f->state = page_state(&copy);
	if (f->state == PG_HOLE)
		return false;
	f->order = page_order(&copy);
	f->nid = zone->nid;
	f->zone = zone->name;
	f->migratetype = page_migratetype(&copy) < MIGRATE_TYPES ?
			 migratetype_names[page_migratetype(&copy)] : "?";
	name_owner(&copy, f);
	return true;
}
