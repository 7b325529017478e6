/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Reads the few forms of property in which a device tree speaks of memory.
 *
 * Structure
 *   A reg with address-cells 2 and size-cells 1 holds pairs of 12 bytes, big-endian:
 *
 *     | address high | address low | size | address high | ...
 *
 * Invariants
 *   DT1  No property is read past its length; strings are not taken to end.
 *   DT2  base + size of a pair does not wrap.
 *
 * Locking
 *   None: the tree is read-only, and this is boot code.
 *
 * Configuration
 *   None.
 */
#include "dt_internal.h"

#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/string.h>

#define CELL_BYTES	((int)sizeof(fdt32_t))

static int __init read_width(const void *fdt, int node, const char *property, int fallback)
{
	int len;
	const char *data = fdt_getprop(fdt, node, property, &len);
	u64 width;

	if (!data)
		return fallback;
	if (len != CELL_BYTES)
		boot_failed("Device tree node %s: %s has %d bytes, and a number of cells has %d: "
			    "mend the tree", node ? dt_name(fdt, node) : "/", property, len,
			    CELL_BYTES);
	width = fdt_read_cells(data, 1);
	if (width != 1 && width != 2)
		boot_failed("Device tree node %s: %s is %llu, and memory is described in 1 or 2 "
			    "cells: mend the tree", node ? dt_name(fdt, node) : "/", property,
			    ULL(width));
	return (int)width;
}

struct dt_cells __init dt_read_cells(const void *fdt, int node, const struct dt_cells *fallback)
{
	struct dt_cells cells = fallback ? *fallback : (struct dt_cells){ 2, 1 };

	cells.address = read_width(fdt, node, "#address-cells", cells.address);
	cells.size = read_width(fdt, node, "#size-cells", cells.size);
	return cells;
}

bool __init dt_read_pairs(const void *fdt, int node, const char *property, struct dt_cells cells,
			  struct dt_pairs *pairs)
{
	int len, pair_bytes = (cells.address + cells.size) * CELL_BYTES;

	*pairs = (struct dt_pairs){ .cells = cells };
	pairs->data = fdt_getprop(fdt, node, property, &len);
	if (!pairs->data)
		return false;
	pairs->count = len / pair_bytes;
	pairs->odd_bytes = len % pair_bytes;
	return true;
}

bool __init dt_pair(const struct dt_pairs *pairs, int nr, struct dt_range *range, bool *cut)
{
	const struct dt_cells *cells = &pairs->cells;
	const char *at = pairs->data + nr * (cells->address + cells->size) * CELL_BYTES;
	u64 size = fdt_read_cells(at + cells->address * CELL_BYTES, cells->size);

	range->base = fdt_read_cells(at, cells->address);
	*cut = size > PHYS_ADDR_MAX - range->base;
	range->end = range->base + min(size, PHYS_ADDR_MAX - range->base);
	return range->end > range->base;
}

bool __init dt_read_number(const void *fdt, int node, const char *property, u64 *value)
{
	int len;
	const char *data = fdt_getprop(fdt, node, property, &len);

	if (!data || (len != CELL_BYTES && len != 2 * CELL_BYTES))
		return false;
	*value = fdt_read_cells(data, len / CELL_BYTES);
	return true;
}

bool __init dt_has(const void *fdt, int node, const char *property)
{
	return fdt_getprop(fdt, node, property, NULL);
}

bool __init dt_text_is(const void *fdt, int node, const char *property, const char *text)
{
	int len;
	const char *data = fdt_getprop(fdt, node, property, &len);

	return data && len == (int)strlen(text) + 1 && !memcmp(data, text, (size_t)len);
}

bool __init dt_available(const void *fdt, int node)
{
	return !dt_has(fdt, node, "status") || dt_text_is(fdt, node, "status", "okay") ||
	       dt_text_is(fdt, node, "status", "ok");
}

const char *__init dt_name(const void *fdt, int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	if (!name || !*name)
		return "unnamed node";
	/* The name may become an owner's, and only owners of the kernel's own have spaces. */
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "misnamed node";
	return name;
}
