/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device needs before it can work, by the tree: whoever serves its interrupts, and the nodes
 * that its properties point to. */
#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/irq.h>
#include <kernel/string.h>

#include "internal.h"

#define IRQS_MOST	16u
#define CELLS_MOST	16u

/* Lists of a phandle and as many cells as the node it names says. */
static const struct {
	const char *list, *cells;
} lists[] = {
	{ "clocks", "#clock-cells" }, { "resets", "#reset-cells" },
	{ "power-domains", "#power-domain-cells" }, { "dmas", "#dma-cells" },
	{ "phys", "#phy-cells" }, { "iommus", "#iommu-cells" }, { "mboxes", "#mbox-cells" },
};

static int each_of_list(int node, const char *list, const char *cells,
			int (*fn)(int supplier, void *ctx), void *ctx)
{
	int len, err = 0;
	const fdt32_t *cell = fdt_getprop(boot_fdt, node, list, &len);
	const fdt32_t *end = cell ? cell + (unsigned int)len / sizeof(*cell) : NULL;

	while (!err && cell < end) {
		u32 phandle = fdt32_ld(cell++);
		int supplier = fdt_node_offset_by_phandle(boot_fdt, phandle);
		u32 skip;

		if (!phandle)
			continue;
		if (supplier < 0)
			return -EINVAL;
		skip = fdt_u32(supplier, cells, 0);
		if (skip > CELLS_MOST || skip > (size_t)(end - cell))
			return -EINVAL;
		cell += skip;
		err = fn(supplier, ctx);
	}
	return err;
}

/* A property that ends so has one phandle: "vdd-supply". */
static bool is_supply(const char *name)
{
	size_t len = strlen(name);

	return len > 7 && !strcmp(name + len - 7, "-supply");
}

static int each_supply(int node, int (*fn)(int supplier, void *ctx), void *ctx)
{
	int property, err = 0;

	fdt_for_each_property_offset(property, boot_fdt, node) {
		const char *name;
		int len, supplier;
		const fdt32_t *cell = fdt_getprop_by_offset(boot_fdt, property, &name, &len);

		if (err || !cell || len != 4 || !is_supply(name))
			continue;
		supplier = fdt_node_offset_by_phandle(boot_fdt, fdt32_ld(cell));
		err = supplier < 0 ? -EINVAL : fn(supplier, ctx);
	}
	return err;
}

int device_each_supplier(int node, int (*fn)(int supplier, void *ctx), void *ctx)
{
	int err = 0;

	for (unsigned int i = 0; i < IRQS_MOST && !err; i++) {
		int parent = irq_parent_of_node(node, i);

		if (parent == -ENOENT)
			break;
		err = parent < 0 ? parent : fn(parent, ctx);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists) && !err; i++)
		err = each_of_list(node, lists[i].list, lists[i].cells, fn, ctx);
	return err ? err : each_supply(node, fn, ctx);
}
