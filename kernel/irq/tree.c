/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a node of the device tree to its interrupts. interrupts-extended has a controller and its
 * cells for each; interrupts has the cells alone, and interrupt-parent, of the node or the nearest
 * above it that has one, the controller.
 */
#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/fdt.h>

#include "internal.h"

#define CELLS_MOST	4u
#define DEPTH_MOST	16u

/* One interrupt as the tree has it. */
struct line {
	int parent;			/* node of the controller */
	const fdt32_t *cells;		/* its first is the line's number */
};

static int cells_of(int parent)
{
	u32 cells = fdt_u32(parent, "#interrupt-cells", 0);

	return cells && cells <= CELLS_MOST ? (int)cells : -EINVAL;
}

static int node_of(u32 phandle)
{
	int node = phandle && phandle != ~0u ? fdt_node_offset_by_phandle(boot_fdt, phandle) : -1;

	return node < 0 ? -EINVAL : node;
}

static int find_extended(const fdt32_t *cell, int len, unsigned int index, struct line *line)
{
	const fdt32_t *end = cell + (unsigned int)len / sizeof(*cell);

	while (cell < end) {
		int parent = node_of(fdt32_ld(cell)), cells;

		/* Where nothing is connected one cell stands for both. */
		if (parent < 0) {
			if (!index--)
				return -ENOENT;
			cell += 2;
			continue;
		}
		cells = cells_of(parent);
		if (cells < 0 || end - cell < cells + 1)
			return -EINVAL;
		if (!index--) {
			*line = (struct line){ parent, cell + 1 };
			return 0;
		}
		cell += cells + 1;
	}
	return -ENOENT;
}

static int parent_above(int node)
{
	for (unsigned int depth = 0; node >= 0 && depth < DEPTH_MOST; depth++) {
		u32 phandle = fdt_u32(node, "interrupt-parent", 0);

		if (phandle)
			return node_of(phandle);
		node = fdt_parent_offset(boot_fdt, node);
	}
	return -EINVAL;
}

static int find_line(int node, unsigned int index, struct line *line)
{
	const fdt32_t *cell;
	int len, cells;

	cell = fdt_getprop(boot_fdt, node, "interrupts-extended", &len);
	if (cell)
		return find_extended(cell, len, index, line);
	cell = fdt_getprop(boot_fdt, node, "interrupts", &len);
	if (!cell)
		return -ENOENT;
	line->parent = parent_above(node);
	if (line->parent < 0)
		return -EINVAL;
	cells = cells_of(line->parent);
	if (cells < 0)
		return cells;
	if (index >= (unsigned int)len / (4u * (unsigned int)cells))
		return -ENOENT;
	line->cells = cell + index * (unsigned int)cells;
	return 0;
}

int irq_parent_of_node(int node, unsigned int index)
{
	struct line line;
	int err = find_line(node, index, &line);

	return err ? err : line.parent;
}

int irq_of_node(int node, unsigned int index)
{
	struct irq_chip *chip;
	struct line line;
	unsigned int irq;
	u32 hwirq;
	int err = find_line(node, index, &line);

	if (err)
		return err;
	for (chip = READ_ONCE(irq_chips); chip && chip->node != line.parent; chip = chip->next)
		;
	if (!chip)
		return -EPROBE_DEFER;
	hwirq = fdt32_ld(line.cells);
	if (!hwirq || hwirq >= chip->nr_hwirqs)
		return -EINVAL;
	irq = irq_map(chip, hwirq);
	return irq ? (int)irq : -ENOSPC;
}
