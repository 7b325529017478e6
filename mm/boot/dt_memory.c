/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   RAM as the device tree and the command line give it, into memblock.memory.
 *
 * Structure
 *   Four sieves, in this order:
 *
 *     memory nodes       every (base, size) of every enabled root child that is memory
 *     reach              what the linear map and the frame numbers can show
 *     usable range       /chosen linux,usable-memory-range: the RAM a crash kernel may use
 *     mem=               a limit on the sum, cut from the top
 *
 *   Partial frames go last but for mem=, so that two banks that meet inside a frame keep it.
 *
 * Invariants
 *   DT3  memblock.memory holds whole frames that the linear map can show.
 *   DT4  The kernel's image lies in memblock.memory, whatever was dropped.
 *
 * Locking
 *   None: boot only.
 *
 * Configuration
 *   MAX_PHYSMEM_BITS  RAM above that power of two is dropped with a message.
 *   MEMBLOCK_REGIONS  Bounds how many pieces RAM may come in.
 */
#include <mm/dt_memory.h>

#include <libfdt.h>

#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/config.h>
#include <mm/memblock.h>
#include <arch/mmu.h>

#include "dt_internal.h"

/* What MAX_PHYSMEM_BITS may be at most. */
#define PHYSMEM_BITS_MOST	44

/* What makes the linear map reach further, where asm/page.h knows something. */
#ifndef LINEAR_MAP_HINT
#define LINEAR_MAP_HINT		"the kernel's linear map is that large and no larger"
#endif

/* Walks all pairs of all memory nodes. */
struct ram_walk {
	const void *fdt;
	struct dt_cells cells;
	bool say;			/* report what is passed over */
	int node, nr;
	struct dt_pairs pairs;
};

struct ram_range {
	struct dt_range at;
	const char *name;
	int nid;
	enum memblock_flags flags;
};

static void __init open_node(struct ram_walk *w)
{
	const void *fdt = w->fdt;
	const char *name = dt_name(fdt, w->node);
	struct dt_range first;
	bool cut;

	w->nr = 0;
	w->pairs.count = 0;
	if (!dt_text_is(fdt, w->node, "device_type", "memory"))
		return;
	if (!dt_available(fdt, w->node)) {
		if (w->say)
			pr_info("OF: fdt: %s is ignored: its status is not okay\n", name);
		return;
	}
	if (!dt_read_pairs(fdt, w->node, "linux,usable-memory", w->cells, &w->pairs) &&
	    dt_read_pairs(fdt, w->node, "reg", w->cells, &w->pairs) && w->pairs.count && w->say) {
		dt_pair(&w->pairs, 0, &first, &cut);
		dt_check_unit_address(name, first);
	}
	if (w->say && (!w->pairs.count || w->pairs.odd_bytes))
		pr_warn("OF: fdt: reg of %s holds %d whole ranges, and %d bytes that are ignored\n", name,
			w->pairs.count, w->pairs.odd_bytes);
}

static bool __init next_ram(struct ram_walk *w, struct ram_range *r)
{
	bool cut;

	for (;;) {
		while (w->nr < w->pairs.count) {
			r->name = dt_name(w->fdt, w->node);
			if (!dt_pair(&w->pairs, w->nr++, &r->at, &cut))
				continue;
			if (cut && w->say)
				dt_report_wrap(r->name, r->at);
			r->flags = dt_has(w->fdt, w->node, "hotpluggable") ? MEMBLOCK_HOTPLUG :
									     MEMBLOCK_NONE;
			return true;
		}
		w->node = w->node ? fdt_next_subnode(w->fdt, w->node) :
				    fdt_first_subnode(w->fdt, 0);
		if (w->node < 0)
			return false;
		open_node(w);
	}
}

/* The node's number; what this kernel has no node for goes to node 0. */
static int __init ram_nid(const struct ram_walk *w, const char *name)
{
	u64 nid;

	if (!dt_read_number(w->fdt, w->node, "numa-node-id", &nid))
		return 0;
	if (nid < MAX_NUMNODES)
		return (int)nid;
	if (w->nr == 1 && w->say)
		pr_info("OF: fdt: %s: node %llu is taken for node 0: this kernel has %d nodes\n", name,
			ULL(nid), MAX_NUMNODES);
	return 0;
}

/* where: as the plan says it. why: for the log, where the machine's own words may be said. */
static void __init ignored(phys_addr_t base, phys_addr_t end, const char *name, const char *where,
			   const char *why)
{
	/* What is cut at one border may have nothing left behind the next. */
	if (base == end)
		return;
	pr_warn("OF: fdt: Ignoring memory range 0x%llx - 0x%llx of %s: %s\n", ULL(base), ULL(end),
		name, why);
	dt_conflict(CONFLICT_IGNORED, name, (struct dt_range){ base, end }, where, "not used");
}

/* Adds what of r lies within reach. */
static void __init add_ram(const struct ram_range *r, struct dt_range linear)
{
	struct dt_range at = r->at;
	phys_addr_t top = PFN_PHYS(MAX_PHYSMEM_PFN);

	if (at.base < linear.base) {
		ignored(at.base, min(at.end, linear.base), r->name, "below the linear map",
			"it lies below the linear map, which begins near the kernel's own RAM");
		at.base = min(at.end, linear.base);
	}
	if (at.end > top) {
		ignored(max(at.base, top), at.end, r->name, "beyond CONFIG_MAX_PHYSMEM_BITS",
			"raise CONFIG_MAX_PHYSMEM_BITS from " __stringify(CONFIG_MAX_PHYSMEM_BITS));
		at.end = max(at.base, top);
	}
	if (at.end > linear.end) {
		ignored(max(at.base, linear.end), at.end, r->name, "beyond the linear map",
			LINEAR_MAP_HINT);
		at.end = max(at.base, linear.end);
	}
	if (at.base == at.end)
		return;
	memblock_add_node(at.base, at.end - at.base, r->nid, r->flags);
}

static bool __init holds(struct dt_range range, phys_addr_t address)
{
	return range.base <= address && address < range.end;
}

/*
 * The linear map begins near the first RAM. Where that lies so low that the kernel's own RAM
 * would be out of reach, it begins near that instead: RAM is lost, but the kernel runs. own_bank:
 * where the RAM begins that holds the kernel; PHYS_ADDR_MAX where none does.
 */
static struct dt_range __init find_reach(struct ram_walk walk, phys_addr_t *own_bank)
{
	phys_addr_t image = arch_image_layout()->start, first = PHYS_ADDR_MAX, own = PHYS_ADDR_MAX;
	struct dt_range reach;
	struct ram_range r;

	walk.say = false;
	while (next_ram(&walk, &r)) {
		first = min(first, r.at.base);
		if (holds(r.at, image))
			own = min(own, r.at.base);
	}
	*own_bank = own;
	if (first == PHYS_ADDR_MAX)
		boot_failed("The device tree names no memory: a node with device_type = \"memory\" "
			    "and a reg that is not empty is needed");
	arch_linear_range(first, &reach.base, &reach.end);
	if (own != PHYS_ADDR_MAX && !holds(reach, image))
		arch_linear_range(own, &reach.base, &reach.end);
	return reach;
}

/*
 * DT4, after a sieve that may have taken the kernel's RAM: mend says what to change then. What is
 * missing is the part of the image behind the last RAM that it has; the log buffer is the part of
 * it that an option makes smaller, down to a page.
 */
static void __init check_image(const char *mend)
{
	const struct image_layout *image = arch_image_layout();
	phys_addr_t has = image->start, missing, log_bytes;
	const struct memblock_region *r;

	for_each_mem_region(r)
		if (r->base <= has && has < r->base + r->size)
			has = r->base + r->size;
	if (has >= image->end)
		return;
	firmware_map_print();
	missing = image->end - has;
	log_bytes = (1ul << CONFIG_LOG_BUF_SHIFT) - PAGE_SIZE;
	boot_failed("The kernel at 0x%llx - 0x%llx does not lie in RAM: %llu KiB of RAM from 0x%llx "
		    "on are left, and %llu KiB are missing from 0x%llx on: %s%s", ULL(image->start),
		    ULL(image->end), ULL(memblock_phys_mem_size() >> 10),
		    ULL(memblock_start_of_DRAM()), ULL(PFN_UP(missing) << (PAGE_SHIFT - 10)),
		    ULL(has), mend, missing <= log_bytes ? ", or lower CONFIG_LOG_BUF_SHIFT" : "");
}

/* Why no RAM of the memory nodes may hold the kernel, and what to change. */
static const char *__init bank_mend(phys_addr_t own_bank, struct dt_range reach)
{
	const struct image_layout *image = arch_image_layout();

	if (own_bank == PHYS_ADDR_MAX)
		return "no memory node of the device tree names RAM there; mend them, or load the "
		       "kernel where they do";
	if (image->end > 1ull << PHYSMEM_BITS_MOST)
		return "no CONFIG_MAX_PHYSMEM_BITS reaches that far; load the kernel below 16 TiB";
	if (image->end > PFN_PHYS(MAX_PHYSMEM_PFN))
		return "raise CONFIG_MAX_PHYSMEM_BITS from " __stringify(CONFIG_MAX_PHYSMEM_BITS);
	if (image->end > reach.end)
		return LINEAR_MAP_HINT "; load the kernel nearer to where its RAM begins";
	return "give the machine more memory, or mend the memory nodes of the device tree";
}

static void __init add_memory_nodes(const void *fdt, struct dt_cells root)
{
	struct ram_walk walk = { .fdt = fdt, .cells = root, .say = true };
	phys_addr_t own_bank;
	struct dt_range reach = find_reach(walk, &own_bank);
	struct ram_range r;

	while (next_ram(&walk, &r)) {
		r.nid = ram_nid(&walk, r.name);
		dt_claim(CLAIM_RAM, r.name, r.at, false);
		add_ram(&r, reach);
	}
	firmware_ram_added((struct dt_range){ reach.base,
					      min(reach.end, PFN_PHYS(MAX_PHYSMEM_PFN)) });
	check_image(bank_mend(own_bank, reach));
}

static void __init drop_partial_frames(void)
{
	u64 before = memblock_phys_mem_size();

	memblock_trim_memory(PAGE_SIZE);
	firmware_ram_was_cut(CUT_PARTIAL_FRAMES, before);
	if (firmware_ram_cut[CUT_PARTIAL_FRAMES])
		pr_info("OF: fdt: %llu bytes of RAM are ignored: their frames are not all RAM\n",
			ULL(firmware_ram_cut[CUT_PARTIAL_FRAMES]));
	check_image("let the memory nodes of the device tree begin and end on whole pages");
}

void __init dt_each_ram(const void *fdt, dt_see_t see, void *ctx)
{
	struct ram_walk walk = { .fdt = fdt, .cells = dt_read_cells(fdt, 0, NULL) };
	phys_addr_t own_bank;
	struct dt_range reach = find_reach(walk, &own_bank);
	struct ram_range r;

	reach.end = min(reach.end, PFN_PHYS(MAX_PHYSMEM_PFN));
	while (next_ram(&walk, &r)) {
		phys_addr_t base = clamp(r.at.base, reach.base, reach.end);
		struct memblock_region seen = {
			.base = base, .size = clamp(r.at.end, base, max(base, reach.end)) - base,
			.flags = r.flags,
		};

		memblock_set_region_node(&seen, ram_nid(&walk, r.name));
		if (seen.size)
			see(ctx, &seen);
	}
}

/* Keeps the RAM inside the ranges: removes, upwards, what lies before the next of them. */
static void __init keep_ranges(const struct dt_pairs *pairs, int count)
{
	phys_addr_t done = 0;
	bool cut;

	while (done < PHYS_ADDR_MAX) {
		struct dt_range next = { PHYS_ADDR_MAX, PHYS_ADDR_MAX }, range;

		for (int i = 0; i < count; i++)
			if (dt_pair(pairs, i, &range, &cut) && range.end > done &&
			    range.base < next.base)
				next = range;
		if (next.base > done)
			memblock_remove(done, next.base - done);
		done = next.end;
	}
}

int __init dt_count_usable_ranges(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	struct dt_pairs pairs;

	if (chosen < 0 || !dt_read_pairs(fdt, chosen, "linux,usable-memory-range",
					 dt_read_cells(fdt, 0, NULL), &pairs))
		return 0;
	return min(pairs.count, MAX_USABLE_RANGES);
}

static void __init apply_usable_range(const void *fdt, struct dt_cells root)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	u64 before = memblock_phys_mem_size();
	struct dt_pairs pairs;
	struct dt_range range;
	int count;
	bool cut;

	if (chosen < 0 ||
	    !dt_read_pairs(fdt, chosen, "linux,usable-memory-range", root, &pairs))
		return;
	count = min(pairs.count, MAX_USABLE_RANGES);
	if (!count || !dt_pair(&pairs, 0, &range, &cut)) {
		pr_warn("OF: fdt: linux,usable-memory-range is ignored: it is empty\n");
		return;
	}
	if (count < pairs.count)
		pr_warn("OF: fdt: only the first %d of %d usable memory ranges are used\n", count,
			pairs.count);
	for (int i = 0; i < count; i++)
		if (dt_pair(&pairs, i, &range, &cut))
			dt_claim(CLAIM_USABLE, "usable memory", range, false);
	keep_ranges(&pairs, count);
	firmware_ram_was_cut(CUT_USABLE_RANGE, before);
	pr_info("OF: fdt: RAM is confined to linux,usable-memory-range: %llu KiB\n",
		ULL(memblock_phys_mem_size() >> 10));
	check_image("widen linux,usable-memory-range in /chosen of the device tree");
}

static void __init apply_memory_limit(void)
{
	static const struct number_wanted wanted __initconst = {
		PAGE_SIZE, ~0ull, "a size such as 512M"
	};
	u64 limit, before = memblock_phys_mem_size();

	if (!cmdline_get_number("mem", &wanted, &limit))
		return;
	limit &= PAGE_MASK;
	memblock_enforce_memory_limit(limit);
	firmware_ram_was_cut(CUT_MEM_LIMIT, before);
	pr_notice("Memory limited to %lluMB\n", ULL(limit >> 20));
	check_image("raise mem=");
}

bool __init dt_range_is_ram(struct dt_range range)
{
	const struct memblock_region *r;

	for_each_mem_region(r)
		if (r->base <= range.base && range.base < r->base + r->size)
			range.base = r->base + r->size;
	return range.base >= range.end;
}

void __init dt_scan_memory(const void *fdt)
{
	struct dt_cells root = dt_read_cells(fdt, 0, NULL);
	char text[8];

	if (cmdline_get("memblock", text, sizeof(text)) != -ENOENT) {
		memblock_debug = !strcmp(text, "debug");
		if (!memblock_debug)
			pr_warn("memblock=%s is ignored: debug is expected\n", text);
	}

	dt_count_regions_of(fdt);
	add_memory_nodes(fdt, root);
	apply_usable_range(fdt, root);
	drop_partial_frames();
	apply_memory_limit();
	memblock_find_pfn_limits();
}
