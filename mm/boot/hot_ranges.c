/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which RAM boot leaves offline, for memory hot-plug.
 *
 * Structure: RAM is hotpluggable where its memory node says so, or memhp=size@address. Of that RAM
 * each whole section that nothing is reserved in leaves memblock.memory, and neighbours of a node
 * are one range. What is left is ordinary RAM:
 *
 *	hotpluggable      [                                              ]
 *	sections     |         |         |         |         |         |
 *	offline                [                   ]         [         ]
 *	RAM                [   ]                   [ initrd  ]         [ ]
 *
 * Invariants:
 * HR1 A range is whole sections of one node and one zone, and no region of memblock touches it.
 *
 * Locking: none; boot only. Bounds: hotpluggable sections x reserved regions.
 *
 * Configuration: MEMORY_HOTPLUG builds this file; SECTION_SIZE_BITS is the unit, MEMBLOCK_REGIONS
 * bounds how many ranges there can be.
 */
#include <mm/hot_ranges.h>

#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <mm/dt_memory.h>
#include <mm/firmware_map.h>
#include <mm/memblock.h>

#include "dt_internal.h"

#define ARGUMENT_BYTES	128

struct hot_range hot_ranges[HOT_RANGES_MOST] __initdata;	/* [i] */
unsigned int nr_hot_ranges __initdata;				/* [i] */

/* memhp=size@address, and more of them behind commas. */
static void __init mark_argument(void)
{
	char text[ARGUMENT_BYTES];
	const char *p = text;
	int len = cmdline_get("memhp", text, sizeof(text));
	bool ok = len > 0;

	if (len == -ENOENT)
		return;
	while (ok) {
		u64 bytes = memparse(p, &p, &ok), base = 0;

		ok = ok && *p == '@';
		if (ok)
			base = memparse(p + 1, &p, &ok);
		if (!ok || base + bytes < base)
			break;
		memblock_mark_hotplug(base, bytes);
		if (!*p)
			return;
		ok = *p++ == ',';
	}
	pr_warn("memhp=%s is ignored from \"%s\" on: size@address is expected, such as "
		"256M@0xc0000000\n", text, p);
}

/* Does a zone's limit lie inside? A section has one zone. */
static bool __init holds_limit(phys_addr_t base, phys_addr_t end)
{
	const phys_addr_t limits[] = { (phys_addr_t)ZONE_DMA_LIMIT_MB * SZ_1M, 4 * SZ_1G };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (base < limits[i] && limits[i] < end)
			return true;
	return false;
}

/* False: there is no room for another range. */
static bool __init add_section(phys_addr_t base, int nid)
{
	struct hot_range *last = &hot_ranges[nr_hot_ranges ? nr_hot_ranges - 1 : 0];

	if (nr_hot_ranges && last->end == base && last->nid == nid) {
		last->end = base + SECTION_BYTES;
		return true;
	}
	if (nr_hot_ranges == HOT_RANGES_MOST)
		return false;
	hot_ranges[nr_hot_ranges++] = (struct hot_range){ base, base + SECTION_BYTES, nid };
	return true;
}

static void __init choose_sections(const struct memblock_region *r)
{
	phys_addr_t end = ALIGN_DOWN(r->base + r->size, SECTION_BYTES);

	for (phys_addr_t s = ALIGN_UP(r->base, SECTION_BYTES); s < end; s += SECTION_BYTES) {
		if (memblock_is_region_reserved(s, SECTION_BYTES) ||
		    holds_limit(s, s + SECTION_BYTES))
			continue;
		if (!add_section(s, region_nid(r))) {
			pr_warn("Hot-pluggable memory from 0x%llx on stays: raise "
				"CONFIG_MEMBLOCK_REGIONS from "
				__stringify(CONFIG_MEMBLOCK_REGIONS) "\n", ULL(s));
			return;
		}
	}
}

void __init hot_ranges_choose(void)
{
	u64 before = memblock_phys_mem_size(), marked = 0;
	const struct memblock_region *r;
	const struct hot_range *hot;

	nr_hot_ranges = 0;
	mark_argument();
	for_each_mem_region(r) {
		if (!(r->flags & MEMBLOCK_HOTPLUG) || memblock_is_nomap(r))
			continue;
		marked += r->size;
		choose_sections(r);
	}
	for_each_hot_range(hot)
		memblock_remove(hot->base, hot->end - hot->base);
	memblock_clear_hotplug(0, PHYS_ADDR_MAX);
	firmware_ram_was_cut(CUT_OFFLINE, before);
	if (!marked)
		return;
	for_each_hot_range(hot)
		pr_info("Hot-pluggable: [mem 0x%016llx-0x%016llx] node %d is offline\n",
			ULL(hot->base), ULL(hot->end) - 1, hot->nid);
	marked -= before - memblock_phys_mem_size();
	if (marked)
		pr_info("Hot-pluggable: %lluK stay online: sections that are not whole, or where "
			"something is reserved\n", ULL(marked / SZ_1K));
	memblock_find_pfn_limits();
}
