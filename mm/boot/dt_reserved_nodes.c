/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The children of /reserved-memory: those with an address are kept, those without get one.
 *
 * Structure
 *   Two walks over the same children, static nodes first, so that nothing is placed where a
 *   later node wants to be:
 *
 *     reg                                  static: every pair, where it says
 *     size [alignment] [alloc-ranges]      dynamic: in tree order, each at the highest place
 *                                          that is free in the first range with room
 *
 *   A node with both is static.
 *
 * Invariants
 *   DT8  A node named mmode_resv* is no-map, flag or not: it is memory of the firmware's mode,
 *        and any access is a fault.
 *   DT9  Dynamic regions are whole frames and begin on one.
 *
 * Locking
 *   None: boot only.
 *
 * Configuration
 *   MEMBLOCK_REGIONS bounds the number of regions.
 */
#include "dt_internal.h"

#include <libfdt.h>

#include <kernel/bitops.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/cma_areas.h>
#include <mm/config.h>
#include <mm/memblock.h>

#define FIRMWARE_PREFIX		"mmode_resv"
struct resv_node {
	const void *fdt;
	int node;
	struct dt_cells cells;
	const char *name;
	bool nomap, reusable, firmware, is_default, pool;
};

static bool __init overlap(struct dt_range a, struct dt_range b)
{
	return a.base < b.end && b.base < a.end;
}

static void __init describe(const struct resv_node *n, struct dt_range at)
{
	pr_info("OF: reserved mem: 0x%016llx..0x%016llx (%llu KiB) %s %s %s\n", ULL(at.base),
		ULL(at.end - 1), ULL((at.end - at.base) >> 10), n->nomap ? "nomap" : "map",
		n->reusable ? "reusable" : "non-reusable", n->name);
}

static void __init mark_nomap(const struct resv_node *n, struct dt_range at)
{
	if (!dt_mark_nomap(at))
		pr_err("OF: reserved mem: %s is no-map and holds what the kernel needs: "
		       "that part stays mapped\n", n->name);
}

/* Finds the parent, which must speak of addresses as the root does and map them one to one. */
static int __init open_parent(const void *fdt, struct dt_cells *cells)
{
	struct dt_cells root = dt_read_cells(fdt, 0, NULL);
	int parent = fdt_path_offset(fdt, "/reserved-memory"), len;

	if (parent < 0)
		return parent;
	*cells = dt_read_cells(fdt, parent, &root);
	/* To ignore a reservation is worse than to believe a clumsy one. */
	if (cells->address != root.address || cells->size != root.size)
		pr_warn("OF: reserved mem: the cells of /reserved-memory count, though they differ "
			"from the root's\n");
	if (!fdt_getprop(fdt, parent, "ranges", &len) || len)
		pr_warn("OF: reserved mem: /reserved-memory should have an empty ranges: its "
			"addresses are taken as they stand\n");
	return parent;
}

static bool __init open_child(struct resv_node *n)
{
	const char *name = fdt_get_name(n->fdt, n->node, NULL);

	n->name = dt_name(n->fdt, n->node);
	if (!dt_available(n->fdt, n->node))
		return false;
	/* The prefix counts even where the rest of the name cannot be shown. */
	n->firmware = name && !strncmp(name, FIRMWARE_PREFIX, strlen(FIRMWARE_PREFIX));
	n->nomap = n->firmware || dt_has(n->fdt, n->node, "no-map");
	n->reusable = dt_has(n->fdt, n->node, "reusable");
	n->is_default = dt_has(n->fdt, n->node, "linux,cma-default");
	/* Where cma= chooses another default area, the node's memory is the node's alone. */
	n->pool = IS_ENABLED(CONFIG_CMA) && n->reusable && !n->nomap &&
		  dt_text_is(n->fdt, n->node, "compatible", "shared-dma-pool") &&
		  !(n->is_default && cma_argument_given());
	return true;
}

/* Returns whether the node says where firmware lies. */
static bool __init reserve_pairs(const struct resv_node *n, const struct dt_pairs *pairs,
				 struct dt_range below_kernel)
{
	bool says = false;

	if (pairs->odd_bytes || !pairs->count)
		pr_warn("OF: reserved mem: reg of %s holds %d whole ranges, and %d bytes that are "
			"ignored\n",
			n->name, pairs->count, pairs->odd_bytes);
	if (n->nomap && n->reusable)
		pr_warn("OF: reserved mem: %s is both no-map and reusable: no-map counts\n",
			n->name);
	for (int i = 0; i < pairs->count; i++) {
		struct dt_range at;
		bool cut, empty = !dt_pair(pairs, i, &at, &cut);

		if (!i)
			dt_check_unit_address(n->name, at);
		if (empty) {
			pr_warn("OF: reserved mem: range %d of %s is ignored: it is empty\n", i,
				n->name);
			continue;
		}
		if (cut)
			dt_report_wrap(n->name, at);
		dt_claim(CLAIM_NODE, n->name, at, n->nomap);
		if (IS_ENABLED(CONFIG_CMA) && n->pool)
			cma_area_add(n->name, at.base, at.end - at.base, n->is_default);
		dt_reserve(at, n->name);
		if (n->nomap)
			mark_nomap(n, at);
		describe(n, at);
		says = says || n->firmware || (n->nomap && overlap(at, below_kernel));
	}
	return says;
}

bool __init dt_reserve_static_nodes(const void *fdt, struct dt_range below_kernel)
{
	struct resv_node n = { .fdt = fdt };
	int parent = open_parent(fdt, &n.cells);
	struct dt_pairs pairs;
	bool says = false;

	if (parent < 0)
		return false;
	fdt_for_each_subnode(n.node, fdt, parent) {
		if (!open_child(&n)) {
			pr_info("OF: reserved mem: %s is ignored: its status is not okay\n", n.name);
			continue;
		}
		if (dt_read_pairs(fdt, n.node, "reg", n.cells, &pairs))
			says |= reserve_pairs(&n, &pairs, below_kernel);
	}
	return says;
}

/* Address for a dynamic region in the first of its ranges that has room, else 0. */
static phys_addr_t __init find_place(const struct resv_node *n, u64 size, u64 align)
{
	struct dt_pairs pairs;
	struct dt_range range;
	phys_addr_t at;
	bool cut;

	if (!dt_read_pairs(n->fdt, n->node, "alloc-ranges", n->cells, &pairs))
		return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
	for (int i = 0; i < pairs.count; i++) {
		if (!dt_pair(&pairs, i, &range, &cut))
			continue;
		at = memblock_phys_alloc_range(size, align, range.base, range.end);
		if (at)
			return at;
	}
	return 0;
}

static void __init place(const struct resv_node *n)
{
	const char *former, *wrong = NULL;
	struct conflict lost = { .kind = CONFLICT_NO_PLACE, .a.name = n->name,
				 .resolution = "not reserved" };
	u64 size = 0, align = PAGE_SIZE;
	struct dt_range at;

	if (!dt_read_number(n->fdt, n->node, "size", &size) || !size)
		wrong = "has neither reg nor a size";
	else if (size > PHYS_ADDR_MAX - PAGE_SIZE)
		wrong = "is larger than any memory";
	else if (dt_read_number(n->fdt, n->node, "alignment", &align) && !is_power_of_2(align))
		wrong = "has an alignment that is no power of two";
	if (wrong) {
		pr_err("OF: reserved mem: %s is ignored: it %s\n", n->name, wrong);
		lost.b.name = wrong;
		conflict_add(&lost);
		return;
	}

	align = max(align, n->pool ? (u64)CMA_AREA_ALIGN : (u64)PAGE_SIZE);
	size = ALIGN_UP(size, n->pool ? (u64)CMA_AREA_ALIGN : (u64)PAGE_SIZE);
	former = memblock_set_alloc_owner(n->name);
	at.base = find_place(n, size, align);
	memblock_set_alloc_owner(former);
	if (!at.base) {
		pr_err("OF: reserved mem: failed to allocate memory for node '%s': size %llu KiB\n",
		       n->name, ULL(size >> 10));
		lost.b = (struct conflict_side){ "needs", size, 0, SIDE_ADDRESS };
		conflict_add(&lost);
		return;
	}
	at.end = at.base + size;
	if (IS_ENABLED(CONFIG_CMA) && n->pool)
		cma_area_placed(n->name, at.base, size, n->is_default);
	dt_claim(CLAIM_PLACED, n->name, at, n->nomap);
	if (n->nomap)
		mark_nomap(n, at);
	describe(n, at);
}

/* The parent once more: open_parent() has said what is wrong with it. */
static int __init known_parent(const void *fdt, struct dt_cells *cells)
{
	struct dt_cells root = dt_read_cells(fdt, 0, NULL);
	int parent = fdt_path_offset(fdt, "/reserved-memory");

	if (parent >= 0)
		*cells = dt_read_cells(fdt, parent, &root);
	return parent;
}

void __init dt_place_dynamic_nodes(const void *fdt)
{
	struct resv_node n = { .fdt = fdt };
	int parent = known_parent(fdt, &n.cells);

	if (parent < 0)
		return;
	fdt_for_each_subnode(n.node, fdt, parent)
		if (open_child(&n) && !dt_has(fdt, n.node, "reg"))
			place(&n);
}

struct dt_node_count __init dt_count_dynamic_nodes(const void *fdt)
{
	struct dt_node_count count = { 0, 0 };
	struct resv_node n = { .fdt = fdt };
	int parent = known_parent(fdt, &n.cells);

	if (parent < 0)
		return count;
	fdt_for_each_subnode(n.node, fdt, parent) {
		if (!open_child(&n) || dt_has(fdt, n.node, "reg"))
			continue;
		count.all++;
		count.nomap += n.nomap;
	}
	return count;
}

void __init dt_each_static_node(const void *fdt, dt_see_t see, void *ctx)
{
	struct resv_node n = { .fdt = fdt };
	int parent = known_parent(fdt, &n.cells);
	struct dt_pairs pairs;
	struct dt_range at;
	bool cut;

	if (parent < 0)
		return;
	fdt_for_each_subnode(n.node, fdt, parent) {
		if (!open_child(&n) || !dt_read_pairs(fdt, n.node, "reg", n.cells, &pairs))
			continue;
		for (int i = 0; i < pairs.count; i++)
			if (dt_pair(&pairs, i, &at, &cut))
				see(ctx, &(struct memblock_region){
					.base = at.base, .size = at.end - at.base, .owner = n.name,
					.flags = n.nomap ? MEMBLOCK_NOMAP : MEMBLOCK_NONE,
				});
	}
}
