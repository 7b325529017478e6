/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_FIRMWARE_MAP_H
#define MM_FIRMWARE_MAP_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * What firmware and boot loader said of memory, a line for each range, before anything was made of
 * it: banks as the tree has them whatever mem= leaves, reservations byte for byte. memblock is what
 * this kernel made of that; firmware_ram_cut[] says how much RAM it left out, and why.
 */
struct firmware_range {
	phys_addr_t base, end;		/* half-open */
	const char *kind;		/* "RAM", "no-map", "initrd" */
	const char *source;		/* who says so: the node's path, or a property of /chosen */
	const char *ram_node;		/* of RAM: the node's name; else NULL */
};

/* RAM by address, then the others by address; constant after boot, NULL before
 * firmware_map_keep(). */
extern const struct firmware_range *firmware_map;
extern unsigned int nr_firmware_ranges;
/* Ranges for which boot had no room (CONFIG_MEMBLOCK_REGIONS). */
extern unsigned int nr_firmware_unlisted;

/* What took RAM away, in the order in which boot asks. */
enum firmware_cut {
	CUT_REACH,			/* beyond CONFIG_MAX_PHYSMEM_BITS or the linear map */
	CUT_USABLE_RANGE,
	CUT_PARTIAL_FRAMES,
	CUT_MEM_LIMIT,			/* mem= */
	CUT_OFFLINE,			/* hot-pluggable: mm/hot_ranges.h */
	NR_FIRMWARE_CUTS = CUT_OFFLINE + IS_ENABLED(CONFIG_MEMORY_HOTPLUG),
};

/* Bytes: the lines of RAM, common parts counted once, are what memblock got and what was cut. */
extern u64 firmware_ram_bytes, firmware_ram_cut[NR_FIRMWARE_CUTS];
extern const char *const firmware_cut_names[NR_FIRMWARE_CUTS];

/* The memory node that claims the byte at pa; NULL without one and before firmware_map_keep(). */
static inline const char *firmware_ram_node(phys_addr_t pa)
{
	for (unsigned int i = 0; i < nr_firmware_ranges; i++)
		if (firmware_map[i].ram_node && pa >= firmware_map[i].base &&
		    pa < firmware_map[i].end)
			return firmware_map[i].ram_node;
	return NULL;
}

/* ---- boot only ---- */

/* What was said so far, into the log. */
void firmware_map_print(void);
/* Once, when memblock gives memory that is mapped. */
void firmware_map_keep(void);

#endif /* MM_FIRMWARE_MAP_H */
