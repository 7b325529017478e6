/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree's claims, the tables that boot keeps of memblock, and the free lists, each held against
 * the one before:
 *
 *   claims    RAM, less what no kernel can use             = regions of memory
 *             what must be kept, and boot's own objects    = regions of reserved
 *   tables    memory less reserved, what of that is lent aside, less no-map, in frames
 *                                                          = blocks on the free lists
 *
 * Sets are compared as a whole: a frame that is lost is as much a finding as one too many.
 */
#include "oracle.h"

#include <libfdt.h>

#include <kernel/math.h>
#include <kernel/types.h>
#include <mm/cma_areas.h>
#include <mm/config.h>
#include <mm/dt_memory.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/page.h>
#include <arch/mmu.h>
#include <host/host.h>

#include "fuzz.h"
#include "oracle_parts.h"

#define BLOCKS_MOST	(1ul << 22)

struct claims oracle_claims;

#define claims oracle_claims

static bool claims_known;

/* Boot's own objects; and dynamic nodes and the crash kernel, where boot placed them. */
static struct ranges took, placed;

void oracle_reset(void)
{
	claims_known = false;
	ranges_set(&took, 0, 0);
	ranges_set(&placed, 0, 0);
}

u64 oracle_read_tree(const void *fdt, u64 max_bytes)
{
	static struct ranges ram, all, below;

	if (!claims_known)
		claims_read(&claims, fdt);
	claims_known = true;
	claims_ram(&claims, &all);
	ranges_set(&below, 0, PFN_PHYS(MAX_PHYSMEM_PFN));
	ranges_intersect(&ram, &all, &below);
	return ram.too_long ? max_bytes : min(ranges_bytes(&ram), max_bytes);
}

void oracle_placed(u64 base, u64 size, u64 align, u64 start, u64 end)
{
	if (base % align || base < start || (end && base + size > end))
		finding("a node's place is 0x%llx; asked for was a multiple of 0x%llx in "
			"0x%llx-0x%llx", ULL(base), ULL(align), ULL(start), ULL(end));
	if (ranges_meet(&placed, base, base + size))
		finding("two dynamic nodes share 0x%llx", ULL(base));
	ranges_add(&placed, base, base + size);
}

void oracle_took(u64 base, u64 size, const char *owner)
{
	/* A range that boot gives back and takes again under another name is one object. */
	if (took.nr && took.at[took.nr - 1].base == base && took.at[took.nr - 1].end == base + size)
		return;
	if (ranges_meet(&took, base, base + size) || ranges_meet(&placed, base, base + size))
		finding("%s at 0x%llx lies over another object of boot's", owner, ULL(base));
	ranges_add(&took, base, base + size);
}

/* All of a must be in b. */
void oracle_hold(const struct ranges *b, const struct ranges *a, const char *what)
{
	static struct ranges rest;

	ranges_subtract(&rest, a, b);
	if (rest.nr && !rest.too_long)
		finding("%s: 0x%llx-0x%llx", what, ULL(rest.at[0].base), ULL(rest.at[0].end));
}

/* Nothing of a may be in b. */
static void keep_off(const struct ranges *b, const struct ranges *a, const char *what)
{
	static struct ranges common;

	ranges_intersect(&common, a, b);
	if (common.nr && !common.too_long)
		finding("%s: 0x%llx-0x%llx", what, ULL(common.at[0].base), ULL(common.at[0].end));
}

static void regions_to_ranges(struct ranges *s, const struct memblock_type *type,
			      unsigned int with, unsigned int without)
{
	ranges_set(s, 0, 0);
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (((unsigned int)r->flags & with) == with &&
		    !((unsigned int)r->flags & without))
			ranges_add(s, r->base, r->base + r->size);
	}
	ranges_sort(s);
}

/* ---- what must be kept ---- */

/* Sets s to the ranges that the kernel needs: image, tree, initrd, the header that a crash left. */
static void needed(struct ranges *s, const void *fdt, const struct ranges *ram)
{
	const struct image_layout *im = arch_image_layout();
	u64 tree = host_machine.fdt_pa;

	ranges_set(s, im->start, im->end);
	if (claims.has_initrd && ranges_hold(ram, claims.initrd_start, claims.initrd_end) &&
	    !ranges_meet(s, claims.initrd_start, claims.initrd_end)) {
		ranges_add(s, claims.initrd_start, claims.initrd_end);
		if (initrd_start_pa != claims.initrd_start ||
		    initrd_bytes != claims.initrd_end - claims.initrd_start)
			finding("the initrd at 0x%llx is not used", ULL(claims.initrd_start));
	} else if (initrd_bytes) {
		finding("an initrd at 0x%llx is used that cannot be one", ULL(initrd_start_pa));
	}
	ranges_add(s, tree, tree + fdt_totalsize(fdt));
	ranges_add(s, claims.elfcorehdr_start, claims.elfcorehdr_end);
	ranges_sort(s);
}

/* RAM right below the image, where firmware may lie if no node says where it is. */
static void below_image(struct ranges *s, const struct ranges *ram)
{
	u64 image = arch_image_layout()->start;

	ranges_set(s, 0, 0);
	for (unsigned int i = 0; i < ram->nr; i++)
		if (ram->at[i].base <= image && image < ram->at[i].end)
			ranges_add(s, ram->at[i].base, image);
}

static bool banks_alike(void)
{
	for (unsigned int i = 1; i < claims.nr_banks; i++)
		if (claims.bank[i].nid != claims.bank[0].nid ||
		    claims.bank[i].hotplug != claims.bank[0].hotplug)
			return false;
	return true;
}

/* Does a node say where the firmware lies? If none does, boot must assume it. This is not known
 * where banks differ, because the kernel's own bank is not. */
static bool firmware_is_named(const struct ranges *below)
{
	if (claims.firmware.nr)
		return true;
	for (unsigned int i = 0; below->nr && i < claims.fixed_nomap.nr; i++)
		if (claims.fixed_nomap.at[i].base < below->at[0].end &&
		    below->at[0].base < claims.fixed_nomap.at[i].end)
			return true;
	return false;
}

/* What must be reserved, and what must not be mapped. Boot's own objects and spare may be added to
 * both. */
struct keeping {
	struct ranges reserved, nomap, spare;
};

static void expected_keeping(struct keeping *k, const void *fdt, const struct ranges *ram)
{
	static struct ranges need, touched, bare;

	needed(&need, fdt, ram);
	ranges_copy(&k->reserved, &need);
	ranges_add_all(&k->reserved, &claims.memreserve);
	ranges_add_all(&k->reserved, &claims.fixed);
	ranges_set(&bare, 0, 0);
	ranges_add_all(&bare, &claims.fixed_nomap);
	below_image(&k->spare, ram);
	if (!firmware_is_named(&k->spare) && banks_alike()) {
		ranges_add_all(&k->reserved, &k->spare);
		ranges_add_all(&bare, &k->spare);
	}
	ranges_sort(&k->reserved);
	/* What the kernel needs stays mapped, by whole frames. */
	ranges_sort(&bare);
	ranges_frames_touched(&touched, &bare);
	ranges_frames_touched(&bare, &need);
	ranges_subtract(&need, &touched, &bare);
	ranges_intersect(&k->nomap, &need, ram);
}

/* The crash kernel's memory is mapped RAM that was placed for it alone. */
static void check_crash_kernel(const struct ranges *nomap)
{
	u64 base = crash_kernel_pa, end = base + crash_kernel_bytes;

	if (base % SZ_2M || end % PAGE_SIZE || !ranges_hold(&placed, base, end) ||
	    ranges_meet(nomap, base, end))
		finding("0x%llx-0x%llx is kept for a crash kernel, and is no place of its own",
			ULL(base), ULL(end));
}

static void check_keeping(const void *fdt, const struct ranges *ram, const struct ranges *nomap)
{
	static struct keeping k;
	static struct ranges reserved, all, mapped;

	expected_keeping(&k, fdt, ram);
	regions_to_ranges(&reserved, &memblock_copy->reserved, 0, 0);
	oracle_hold(&reserved, &k.reserved, "must be kept, and is not reserved");
	oracle_hold(nomap, &k.nomap, "must not be mapped, and is");

	ranges_sort(&took);
	ranges_sort(&placed);
	ranges_copy(&all, &k.reserved);
	ranges_add_all(&all, &k.spare);
	ranges_add_all(&all, &took);
	ranges_add_all(&all, &placed);
	ranges_sort(&all);
	oracle_hold(&all, &reserved, "is reserved, and nobody wants it");

	keep_off(&k.reserved, &took, "is used by boot, and must be kept");
	keep_off(&k.reserved, &placed, "is given to a dynamic node, and must be kept");
	ranges_subtract(&mapped, ram, nomap);
	oracle_hold(&mapped, &took, "is used by boot, and is not mapped RAM");
	oracle_hold(ram, &placed, "is given to a dynamic node, and is not RAM");
	/* Only memory that asks for it is left unmapped. */
	ranges_copy(&all, &k.nomap);
	ranges_add_all(&all, &k.spare);
	ranges_add_all(&all, &placed);
	ranges_sort(&all);
	oracle_hold(&all, nomap, "is not mapped, and nobody asks for that");
	check_crash_kernel(nomap);
}

/* ---- free blocks ---- */

static void add_list(struct ranges *free, const struct zone *zone, unsigned int order, u32 pfn,
		     unsigned long *blocks, unsigned long *pages)
{
	for (; pfn != PFN_NONE; pfn = pfn_to_page(pfn)->next_pfn) {
		u64 base = PFN_PHYS(pfn), end = base + (PAGE_SIZE << order);

		if (++*blocks > BLOCKS_MOST || !pfn_valid(pfn))
			finding("the free lists of zone %s do not end", zone->name);
		*pages += 1ul << order;
		ranges_add(free, base, end);
	}
}

/* A node's zones ascend and do not overlap. */
static void check_zones(void)
{
	int nid;

	for_each_online_node(nid) {
		unsigned long from_pfn = 0;

		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++) {
			const struct zone *zone = &NODE_DATA(nid)->node_zones[idx];

			if (!zone->present_pages)
				continue;
			if (zone->zone_start_pfn < from_pfn ||
			    zone->present_pages > zone->spanned_pages ||
			    zone->managed_pages > zone->present_pages ||
			    zone->watermark[WMARK_MIN] > zone->watermark[WMARK_LOW] ||
			    zone->watermark[WMARK_LOW] > zone->watermark[WMARK_HIGH])
				finding("zone %s of node %d does not add up", zone->name, nid);
			from_pfn = zone_end_pfn(zone);
		}
	}
}

/* Areas of contiguous memory: reserved, and lent meanwhile. */
static void lent_areas(struct ranges *s)
{
	ranges_set(s, 0, 0);
	for (unsigned int i = 0; i < cma_area_count; i++)
		ranges_add(s, PFN_PHYS(cma_areas[i].base_pfn),
			   PFN_PHYS(cma_areas[i].base_pfn + cma_areas[i].pages));
	ranges_sort(s);
}

/* What is lent is RAM that is reserved for nothing else. */
static void check_lent(const void *fdt, const struct ranges *ram, const struct ranges *nomap)
{
	static struct ranges lent, reserved, others;

	lent_areas(&lent);
	regions_to_ranges(&reserved, &memblock_copy->reserved, 0, 0);
	oracle_hold(&reserved, &lent, "is lent, and is not reserved");
	oracle_hold(ram, &lent, "is lent, and is not RAM");
	keep_off(nomap, &lent, "is lent, and must not be mapped");
	needed(&others, fdt, ram);
	ranges_add_all(&others, &claims.memreserve);
	ranges_sort(&others);
	keep_off(&others, &lent, "is lent, and must be kept");
}

static void check_blocks(const struct ranges *ram, const struct ranges *nomap)
{
	static struct ranges free, expected, reserved, kept, lent;
	unsigned long managed = 0, present = 0, listed = 0, blocks = 0;
	struct zone *zone;

	ranges_set(&free, 0, 0);
	for_each_populated_zone(zone) {
		managed += zone->managed_pages;
		present += zone->present_pages;
		for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
			for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
				add_list(&free, zone, order, zone->free_area[order].first_pfn[mt],
					 &blocks, &listed);
	}
	ranges_sort(&free);
	regions_to_ranges(&kept, &memblock_copy->reserved, 0, 0);
	lent_areas(&lent);
	ranges_subtract(&reserved, &kept, &lent);
	ranges_frames_touched(&kept, &reserved);
	ranges_subtract(&reserved, ram, &kept);
	ranges_subtract(&expected, &reserved, nomap);
	if (free.too_long)
		return;
	oracle_hold(&expected, &free, "is on a free list, and is not free RAM");
	oracle_hold(&free, &expected, "is free RAM, and is on no list");
	if (listed != ranges_bytes(&free) / PAGE_SIZE)
		finding("%lu frames are on free lists, of which some are twice", listed);
	if (managed != listed || totalram_pages() != listed ||
	    present != ranges_bytes(ram) / PAGE_SIZE)
		finding("zones manage %lu of %lu frames; %lu are listed, %llu are RAM", managed,
			present, listed, ULL(ranges_bytes(ram) / PAGE_SIZE));
}

/* A largest block has one node, because allocators keep one free list for all of it. */
static void check_borders(void)
{
	const struct memblock_type *memory = &memblock_copy->memory;

	for (unsigned long i = 1; i < memory->cnt; i++) {
		const struct memblock_region *low = &memory->regions[i - 1], *high = low + 1;

		if (low->nid != high->nid &&
		    (low->base + low->size - 1) / MAX_ORDER_BYTES == high->base / MAX_ORDER_BYTES)
			finding("the block of 0x%llx is of nodes %d and %d", ULL(high->base),
				low->nid, high->nid);
	}
}

/* A region has the node of the first bank that names it. Borders may have moved by less than two
 * largest blocks. */
static void check_nodes(void)
{
	for (unsigned long i = 0; i < memblock_copy->memory.cnt; i++) {
		const struct memblock_region *r = &memblock_copy->memory.regions[i];
		u64 at = ALIGN_UP(r->base, MAX_ORDER_BYTES) + MAX_ORDER_BYTES;

		for (unsigned int b = 0; at < r->base + r->size && b < claims.nr_banks; b++) {
			const struct bank_claim *bank = &claims.bank[b];
			int nid = bank->nid < MAX_NUMNODES ? (int)bank->nid : 0;

			if (at < bank->base || at >= bank->end)
				continue;
			if (r->nid != nid)
				finding("RAM at 0x%llx is of node %d, the tree says %d", ULL(at),
					r->nid, nid);
			break;
		}
	}
}

void oracle_check_boot(const void *fdt)
{
	static struct ranges ram, nomap;

	if (!claims_known)
		finding("boot ended well without reading RAM");
	regions_to_ranges(&ram, &memblock_copy->memory, 0, 0);
	regions_to_ranges(&nomap, &memblock_copy->memory, MEMBLOCK_NOMAP, 0);
	check_blocks(&ram, &nomap);
	if (claims.too_many)
		return;
	oracle_check_ram(&ram);
	oracle_check_firmware_map();
	check_lent(fdt, &ram, &nomap);
	check_keeping(fdt, &ram, &nomap);
	check_zones();
	check_nodes();
	check_borders();
}
