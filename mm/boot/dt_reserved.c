/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Everything that is in RAM already and must stay, into memblock.reserved by its name.
 *
 * Structure
 *   Ranges may overlap, and what is reserved first keeps its name; hence the order: what the
 *   kernel itself needs (image, initrd, tree, the header of a kernel that died), then what the
 *   firmware says, then what nobody
 *   said but must be assumed; places that boot chooses come last:
 *
 *       bank of RAM that holds the kernel
 *     [ firmware? |   | kernel image | kernel init | kernel image |   ... initrd ... tree ... ]
 *     ^-----------^ kept out as a whole unless a node says where in it the firmware lies
 *
 * Invariants
 *   DT5  What the kernel needs is never marked no-map, whatever the tree says.
 *   DT6  A no-map range is kept out of the linear map in whole frames, rounded outwards.
 *   DT7  Reservations keep their exact bytes; they act on whole frames at hand-over.
 *
 * Locking
 *   None: boot only.
 *
 * Configuration
 *   MEMBLOCK_REGIONS bounds the number of reservations.
 */
#include <mm/dt_memory.h>

#include <libfdt.h>

#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <mm/cma_areas.h>
#include <mm/config.h>
#include <mm/memblock.h>
#include <arch/mmu.h>

#include "dt_internal.h"

phys_addr_t initrd_start_pa, initrd_bytes;	/* [c] */

static const char memreserve_owner[] = "memreserve";

/* DT5 */
static struct dt_range needed[NR_NEEDED] __initdata;	/* [i] */

void __init dt_reserve(struct dt_range range, const char *owner)
{
	memblock_reserve_owner(range.base, range.end - range.base, owner);
}

struct dt_range __init dt_whole_frames(struct dt_range range)
{
	range.base = ALIGN_DOWN(range.base, PAGE_SIZE);
	/* The last frame of all ends past what a phys_addr_t can say; no RAM is there. */
	if (range.end > ALIGN_DOWN(PHYS_ADDR_MAX, PAGE_SIZE))
		range.end = ALIGN_DOWN(PHYS_ADDR_MAX, PAGE_SIZE);
	range.end = ALIGN_UP(range.end, PAGE_SIZE);
	return range;
}

bool __init dt_mark_nomap(struct dt_range range)
{
	phys_addr_t at;
	bool whole = true;

	range = dt_whole_frames(range);
	for (at = range.base; at < range.end;) {
		struct dt_range keep = { range.end, range.end };

		/* The lowest needed range that is still ahead. */
		for (int i = 0; i < NR_NEEDED; i++) {
			struct dt_range need = dt_whole_frames(needed[i]);

			if (needed[i].end > needed[i].base && need.end > at &&
			    need.base < keep.base)
				keep = need;
		}
		if (keep.base > at)
			memblock_mark_nomap(at, keep.base - at);
		whole = whole && keep.base >= range.end;
		at = keep.end;
	}
	return whole;
}

/* By parts, so that the init part can be given back alone. */
static void __init reserve_image(void)
{
	const struct image_layout *image = arch_image_layout();

	needed[NEED_IMAGE] = (struct dt_range){ image->start, image->end };
	dt_claim(CLAIM_IMAGE, "kernel image", needed[NEED_IMAGE], false);
	dt_reserve((struct dt_range){ image->start, image->init_start }, "kernel image");
	dt_reserve((struct dt_range){ image->init_start, image->init_end }, OWNER_KERNEL_INIT);
	dt_reserve((struct dt_range){ image->init_end, image->end }, "kernel image");
}

static void __init reserve_initrd(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	struct dt_range at;
	const char *wrong = NULL;

	if (chosen < 0 || !dt_read_number(fdt, chosen, "linux,initrd-start", &at.base) ||
	    !dt_read_number(fdt, chosen, "linux,initrd-end", &at.end))
		return;
	if (at.base == at.end)
		return;
	if (at.end < at.base)
		wrong = "ends before it starts";
	else if (!dt_range_is_ram(at))
		wrong = "is not a memory region";
	else if (memblock_is_region_reserved(at.base, at.end - at.base))
		wrong = "overlaps in-use memory region";
	if (wrong) {
		pr_err("INITRD: 0x%08llx+0x%08llx %s - disabling initrd\n", ULL(at.base),
		       ULL(at.end - at.base), wrong);
		dt_claim(CLAIM_UNUSED_INITRD, "initrd", at, false);
		dt_conflict(CONFLICT_INITRD_DISABLED, "initrd", at, wrong, "boot goes on without");
		return;
	}
	needed[NEED_INITRD] = at;
	initrd_start_pa = at.base;
	initrd_bytes = at.end - at.base;
	dt_claim(CLAIM_INITRD, "initrd", at, false);
	dt_reserve(at, "initrd");
}

static void __init reserve_tree(const void *fdt, phys_addr_t fdt_pa)
{
	needed[NEED_TREE] = (struct dt_range){ fdt_pa, fdt_pa + fdt_totalsize(fdt) };
	dt_claim(CLAIM_TREE, "device tree", needed[NEED_TREE], false);
	dt_reserve(needed[NEED_TREE], "device tree");
}

/*
 * What a kernel that runs after a crash is told of the one that died: without it there is nothing
 * to dump.
 */
static void __init reserve_elfcorehdr(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	struct dt_pairs pairs;
	struct dt_range at;
	bool cut;

	if (chosen < 0 || !dt_read_pairs(fdt, chosen, "linux,elfcorehdr",
					 dt_read_cells(fdt, 0, NULL), &pairs))
		return;
	if (pairs.count != 1 || pairs.odd_bytes || !dt_pair(&pairs, 0, &at, &cut)) {
		pr_warn("OF: fdt: linux,elfcorehdr is ignored: it is not one range\n");
		return;
	}
	if (cut)
		dt_report_wrap(OWNER_ELFCOREHDR, at);
	needed[NEED_ELFCOREHDR] = at;
	dt_claim(CLAIM_ELFCOREHDR, OWNER_ELFCOREHDR, at, false);
	dt_reserve(at, OWNER_ELFCOREHDR);
}

/* Entry nr of /memreserve/. *cut: it ran past the end of the address space, and ends there. */
static struct dt_range __init read_memreserve(const void *fdt, int nr, bool *cut)
{
	u64 base = 0, size = 0, bytes;

	/* An entry that was counted can be read; one that could not would reserve nothing. */
	(void)fdt_get_mem_rsv(fdt, nr, &base, &size);
	bytes = min(size, PHYS_ADDR_MAX - base);
	*cut = bytes < size;
	return (struct dt_range){ base, base + bytes };
}

static void __init reserve_memreserve(const void *fdt)
{
	int count = fdt_num_mem_rsv(fdt);
	bool cut;

	for (int i = 0; i < count; i++) {
		struct dt_range at = read_memreserve(fdt, i, &cut);

		if (cut)
			dt_report_wrap("/memreserve/", at);
		dt_claim(CLAIM_MEMRESERVE, "/memreserve/", at, false);
		dt_reserve(at, memreserve_owner);
	}
}

void __init dt_each_memreserve(const void *fdt, dt_see_t see, void *ctx)
{
	int count = fdt_num_mem_rsv(fdt);
	bool cut;

	for (int i = 0; i < count; i++) {
		struct dt_range at = read_memreserve(fdt, i, &cut);

		see(ctx, &(struct memblock_region){ .base = at.base, .size = at.end - at.base,
						    .owner = memreserve_owner });
	}
}

/* The RAM below the kernel, in the kernel's bank. */
static struct dt_range __init ram_below_kernel(void)
{
	phys_addr_t image = arch_image_layout()->start;
	const struct memblock_region *r;

	for_each_mem_region(r)
		if (r->base <= image && image < r->base + r->size)
			return (struct dt_range){ r->base, image };
	return (struct dt_range){ image, image };
}

/* Firmware lies in the first part of the kernel's bank, mostly, and a store into its memory is a
 * fault at best. */
static void __init keep_assumed_firmware_out(struct dt_range below)
{
	if (below.base == below.end)
		return;
	dt_conflict(CONFLICT_FIRMWARE_ASSUMED, "RAM below the kernel", below,
		    "firmware that no node names", "kept out whole");
	dt_claim(CLAIM_FIRMWARE, "firmware (assumed)", below, true);
	/* Parts that have a name keep it: not a collision. */
	memblock_reserve_owner(below.base, below.end - below.base, "firmware (assumed)");
	dt_mark_nomap(below);
}

void __init dt_scan_reserved(const void *fdt, phys_addr_t fdt_pa)
{
	struct dt_range below = ram_below_kernel();

	reserve_image();
	reserve_initrd(fdt);
	reserve_tree(fdt, fdt_pa);
	reserve_elfcorehdr(fdt);
	reserve_memreserve(fdt);
	if (!dt_reserve_static_nodes(fdt, below))
		keep_assumed_firmware_out(below);
}

void __init dt_place_reserved(const void *fdt)
{
	dt_place_dynamic_nodes(fdt);
	if (IS_ENABLED(CONFIG_CMA))
		cma_place_default();
	dt_reserve_crash_kernel(fdt);
	dt_compare_claims();
}
