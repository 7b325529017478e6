/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: what the device tree says of a device's DMA.
 *
 * Structure: the way from a device to memory leads up through its buses. dma-ranges of a bus says
 * which addresses of the bus lead where on the bus above it, in rows; all rows of all buses become
 * one list, of at most DMA_RANGES_MAX pieces:
 *
 *	device ---- bus a: [0, 1G) -> [2G, 3G) ---- bus b: [2G, 2.5G) -> [6G, 6.5G) ---- memory
 *	                   the list: [0, 0.5G) -> [6G, 6.5G)
 *
 * An empty dma-ranges leaves addresses as they are. A tree in which no bus on the way says anything
 * is older than the property or silent about it, as those of all boards here are: addresses are the
 * same. Once one bus on the way speaks, a bus that does not lets nothing through.
 *
 * Invariants:
 * DM1 A piece is not empty and wraps neither on the bus nor in memory.
 *
 * Locking: none: the tree is read-only, dev is its caller's.
 *
 * Bounds: DMA_BUSES_MAX buses, each with as many rows as it has, DMA_RANGES_MAX pieces.
 *
 * Configuration: none.
 */
#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>

#include "internal.h"

/* A bus deeper than this is a loop or a lie. */
#define DMA_BUSES_MAX	16
#define CELL_BYTES	4

struct pieces {
	unsigned int nr;
	struct dma_range at[DMA_RANGES_MAX];
};

/* How a bus writes its rows. */
struct row_cells {
	int child, parent, size;
	int bytes;
};

static bool read_cells_of(int bus, int parent, struct row_cells *c)
{
	c->child = fdt_address_cells(boot_fdt, bus);
	c->parent = fdt_address_cells(boot_fdt, parent);
	c->size = fdt_size_cells(boot_fdt, bus);
	c->bytes = CELL_BYTES * (c->child + c->parent + c->size);
	/* The first of three cells is PCI's, and says what kind of space it is. */
	return c->child >= 1 && c->child <= 3 && c->parent >= 1 && c->parent <= 2 && c->size >= 1 &&
	       c->size <= 2;
}

/* The row as a range, cut where addresses end (DM1); false when it is empty. */
static bool read_row(const char *p, const struct row_cells *c, struct dma_range *row)
{
	int skip = c->child == 3;
	u64 size, room;

	row->bus = fdt_read_cells(p + CELL_BYTES * skip, c->child - skip);
	p += CELL_BYTES * c->child;
	row->cpu_pa = fdt_read_cells(p, c->parent);
	size = fdt_read_cells(p + CELL_BYTES * c->parent, c->size);
	if (!size)
		return false;
	room = min(~row->bus, ~row->cpu_pa);
	row->last = min(size - 1, room);
	return true;
}

/* What of piece leads through row, as a piece that begins further up; false: nothing. */
static bool lead_through(const struct dma_range *piece, const struct dma_range *row,
			 struct dma_range *out)
{
	u64 low = max(piece->cpu_pa, row->bus);
	u64 high = min(piece->cpu_pa + piece->last, row->bus + row->last);

	if (low > high)
		return false;
	*out = (struct dma_range){ .bus = piece->bus + (low - piece->cpu_pa),
				   .cpu_pa = row->cpu_pa + (low - row->bus), .last = high - low };
	return true;
}

static int through_bus(struct pieces *pieces, const char *rows, int len, const struct row_cells *c)
{
	struct pieces out = { .nr = 0 };
	struct dma_range row;

	if (len % c->bytes)
		return -EINVAL;
	for (; len; rows += c->bytes, len -= c->bytes) {
		if (!read_row(rows, c, &row))
			continue;
		for (unsigned int i = 0; i < pieces->nr; i++) {
			struct dma_range piece;

			if (!lead_through(&pieces->at[i], &row, &piece))
				continue;
			if (out.nr == DMA_RANGES_MAX)
				return -E2BIG;
			out.at[out.nr++] = piece;
		}
	}
	*pieces = out;
	return out.nr ? 0 : -ENXIO;
}

/* One bus on the way up. *spoke, *silent: has any bus had dma-ranges, or had none? */
static int climb(struct pieces *pieces, int bus, int parent, bool *spoke, bool *silent)
{
	struct row_cells cells;
	int len;
	const char *rows = fdt_getprop(boot_fdt, bus, "dma-ranges", &len);

	*spoke |= rows != NULL;
	*silent |= !rows;
	if (!rows || !len)
		return 0;
	if (!read_cells_of(bus, parent, &cells))
		return -EINVAL;
	return through_bus(pieces, rows, len, &cells);
}

static const char *why_of(int err)
{
	switch (err) {
	case -ENXIO:
		return "a bus on its way to memory lets no DMA through (dma-ranges)";
	case -E2BIG:
		return "dma-ranges on its way to memory are more pieces than DMA_RANGES_MAX";
	default:
		return "dma-ranges on its way to memory make no sense: mend the tree";
	}
}

static int read_ranges(struct dma_device *dev)
{
	struct pieces pieces = { .nr = 1, .at = { { .last = ~0ull } } };
	int bus = fdt_parent_offset(boot_fdt, dev->node), err = bus < 0 ? -EINVAL : 0;
	bool spoke = false, silent = false;

	for (int depth = 0; !err && bus; depth++) {
		int parent = fdt_parent_offset(boot_fdt, bus);

		err = parent < 0 || depth == DMA_BUSES_MAX ? -EINVAL
			: climb(&pieces, bus, parent, &spoke, &silent);
		bus = parent;
	}
	if (!err && spoke && silent)
		err = -ENXIO;
	if (err) {
		pr_err("dma: %s: %s\n", dev->name, why_of(err));
		return err == -E2BIG ? -EINVAL : err;
	}
	dev->nr_ranges = pieces.nr;
	memcpy(dev->ranges, pieces.at, sizeof(dev->ranges));
	return 0;
}

/* The nearest node that says decides, the device's own first; who says nothing is coherent. */
static bool read_coherent(int node)
{
	for (int depth = 0; node >= 0 && depth <= DMA_BUSES_MAX; depth++) {
		if (fdt_getprop(boot_fdt, node, "dma-noncoherent", NULL))
			return false;
		if (fdt_getprop(boot_fdt, node, "dma-coherent", NULL))
			return true;
		node = fdt_parent_offset(boot_fdt, node);
	}
	return true;
}

int dma_read_node(struct dma_device *dev)
{
	if (dev->node < 0) {
		dev->coherent = true;
		dev->nr_ranges = 1;
		dev->ranges[0] = (struct dma_range){ .last = ~0ull };
		return 0;
	}
	dev->coherent = read_coherent(dev->node);
	return read_ranges(dev);
}

int dma_for_each_memory_region(const struct dma_device *dev, int (*fn)(struct dma_device *dev,
								       int node),
			       struct dma_device *arg)
{
	int len, err = 0;
	const char *handles = fdt_getprop(boot_fdt, dev->node, "memory-region", &len);

	for (int at = 0; handles && !err && at + CELL_BYTES <= len; at += CELL_BYTES) {
		u32 phandle = (u32)fdt_read_cells(handles + at, 1);
		int node = fdt_node_offset_by_phandle(boot_fdt, phandle);

		if (node < 0)
			pr_warn("dma: %s: memory-region names no node\n", dev->name);
		else
			err = fn(arg, node);
	}
	return err;
}
