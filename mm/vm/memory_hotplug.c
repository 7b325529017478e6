/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: sections of RAM that come online and go offline.
 *
 * Structure: a section is mapped in two windows, the linear map and, for its descriptors, vmemmap;
 * both mappings are undone in the opposite order. What happens to zones between is in
 * mm/page/hotplug.c and hotplug_empty.c:
 *
 *	online    map RAM - map descriptors - write them - | enter | - free the blocks
 *	offline   drop what is idle - empty it - | leave | - unmap descriptors - unmap RAM
 *	                     all other CPUs stand still
 *
 * Invariants: HP1 to HP3 (mm/page/hotplug.c) and
 * MH1 The linear map and vmemmap show a hotpluggable section as a whole while it is online, and
 *     nothing of it while it is not.
 *
 * Locking: memory_hotplug_taken, one section at a time; whoever waits for it has interrupts on.
 * kernel_tables_lock and zone->lock are taken inside, one after the other.
 *
 * Bounds: a section's blocks, twice; and the caller's patience.
 *
 * Configuration: MEMORY_HOTPLUG builds this file.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/undo.h>
#include <mm/gfp.h>
#include <mm/kernel_tables.h>
#include <mm/memory_hotplug.h>
#include <mm/reclaim.h>
#include <mm/slab.h>
#include <arch/mmu.h>

#include "mm/page/hotplug.h"

/* One call maps or unmaps so many leaves, with interrupts off, be they pages or of 2 MiB; or a
 * larger one. */
#define LEAVES			16u

static int hotplug_end(int err)
{
	mem_hotplug_done();
	return err;
}

/* ---- mappings ---- */

/* Leaves of size, up to a border of as many. */
static u64 leaves_from(unsigned long va, u64 size, u64 left)
{
	return min(ALIGN_DOWN(left, size), LEAVES * size - va % (LEAVES * size));
}

/* Bytes of the next call: a page of what is left at least. */
static u64 next_piece(unsigned long va, phys_addr_t pa, u64 left)
{
	if (IS_ALIGNED(va | pa, SZ_1G) && left >= SZ_1G)
		return SZ_1G;
	if (IS_ALIGNED(va | pa, SZ_2M) && left >= SZ_2M)
		return leaves_from(va, SZ_2M, left);
	return leaves_from(va, PAGE_SIZE, left);
}

/* What online_pages() has mapped needs no table for a split: each call's leaves are its own. */
static void unmap(unsigned long va, phys_addr_t pa, u64 bytes)
{
	u64 piece;

	arch_window_changes(va, bytes, false);
	for (u64 done = 0; done < bytes; done += piece) {
		int err;

		piece = next_piece(va + done, pa + done, bytes - done);
		err = kernel_unmap(va + done, piece);
		ASSERT(!err, "MH1: 0x%lx stays mapped: %d", va, err);
	}
}

static int map(unsigned long va, phys_addr_t pa, u64 bytes)
{
	u64 done = 0, piece;

	for (; done < bytes; done += piece) {
		int err;

		piece = next_piece(va + done, pa + done, bytes - done);
		err = kernel_map(va + done, pa + done, piece, VM_KERNEL_RW);
		if (err) {
			UNDO_PATH("no memory for a table of a section that comes");
			unmap(va, pa, done);
			return err;
		}
	}
	arch_window_changes(va, bytes, true);
	return 0;
}

static unsigned long memmap_va(const struct hot_section *h)
{
	return (unsigned long)pfn_to_page(h->start_pfn);
}

static int map_section(const struct hot_section *h)
{
	phys_addr_t pa = PFN_PHYS(h->start_pfn);
	int err = map((unsigned long)__va(pa), pa, SECTION_BYTES);

	if (err)
		return err;
	err = map(memmap_va(h), pa, PFN_PHYS(HOT_MEMMAP_PAGES));
	if (err) {
		UNDO_PATH("the descriptors of a section that comes cannot be mapped");
		unmap((unsigned long)__va(pa), pa, SECTION_BYTES);
	}
	return err;
}

static void unmap_section(const struct hot_section *h)
{
	phys_addr_t pa = PFN_PHYS(h->start_pfn);

	unmap(memmap_va(h), pa, PFN_PHYS(HOT_MEMMAP_PAGES));
	unmap((unsigned long)__va(pa), pa, SECTION_BYTES);
}

/* ---- the two ways ---- */

static void report(const struct hot_section *h, const char *now)
{
	pr_info("memory: section %lu [mem 0x%llx-0x%llx] is %s\n",
		h->start_pfn >> PFN_SECTION_SHIFT, (unsigned long long)PFN_PHYS(h->start_pfn),
		(unsigned long long)PFN_PHYS(h->end_pfn) - 1, now);
}

static int bring_online(struct hot_section *h)
{
	int err = map_section(h);

	if (err)
		return err;
	hot_section_describe(h);
	err = hot_section_change(h, hot_section_enter);
	if (err) {
		UNDO_PATH("the machine does not stand still for a section that comes");
		unmap_section(h);
		return err;
	}
	hot_section_give(h);
	report(h, "online");
	return 0;
}

/* What is kept at hand without need does not move, and need not stay: empty slabs, depots, and what
 * CPUs hold. Pages of CPUs' lists follow (hotplug_empty.c). */
static void drop_idle(void)
{
	kmem_caches_drain_all();
	IF_ENABLED(CONFIG_RECLAIM,
		   const struct shrinker *shrinker;

		   for_each_shrinker(shrinker)
			   reclaim_all(shrinker);)
}

static int take_offline(struct hot_section *h, u64 patience_us, struct page_obstacle *o)
{
	int err;

	drop_idle();
	err = hot_section_empty(h, patience_us, o);
	if (err)
		return err;
	err = hot_section_change(h, hot_section_leave);
	if (err) {
		UNDO_PATH("the machine does not stand still for a section that goes");
		hot_section_give_back(h);
		return err;
	}
	unmap_section(h);
	report(h, "offline");
	return 0;
}

int online_pages(unsigned long pfn)
{
	struct hot_section h;

	mem_hotplug_begin();
	if (!hot_section_find(pfn, &h))
		return hotplug_end(-EINVAL);
	if (h.s->end_pfn)
		return hotplug_end(-EEXIST);
	return hotplug_end(bring_online(&h));
}

int offline_pages(unsigned long pfn, u64 patience_us, struct page_obstacle *o)
{
	struct hot_section h;

	mem_hotplug_begin();
	if (!hot_section_find(pfn, &h))
		return hotplug_end(-EINVAL);
	if (!h.s->end_pfn)
		return hotplug_end(-ENOENT);
	return hotplug_end(take_offline(&h, patience_us, o));
}
