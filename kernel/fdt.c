/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree comes from outside: fdt_adopt() has every offset checked once, and what is read later
 * is checked for width and range where it is read. No function here changes the blob.
 */
#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/string.h>

#include "internal.h"

/* A bus deeper than this is a loop or a lie. */
#define MAX_BUS_DEPTH	16

/* [c] */
const void *boot_fdt;
phys_addr_t boot_fdt_pa;
u32 boot_fdt_bytes;

const char *__init fdt_adopt(const void *blob, phys_addr_t pa, size_t limit)
{
	const char *wrong;

	if (!pa)
		return "the boot loader passed no device tree (address 0); give it one to pass on";
	if (!IS_ALIGNED(pa, 8))
		return "it does not lie at a multiple of 8 bytes; load it elsewhere";
	wrong = fdt_find_fault(blob, limit);
	if (wrong)
		return wrong;
	boot_fdt = blob;
	boot_fdt_pa = pa;
	boot_fdt_bytes = fdt_totalsize(blob);
	return NULL;
}

u64 fdt_read_cells(const void *p, int cells)
{
	const fdt32_t *cell = p;
	u64 value = 0;

	while (cells-- > 0)
		value = value << 32 | fdt32_ld(cell++);
	return value;
}

u32 fdt_u32(int node, const char *property, u32 value)
{
	int len;
	const void *p = fdt_getprop(boot_fdt, node, property, &len);

	return p && len == 4 ? fdt32_ld(p) : value;
}

const char *fdt_text(int node, const char *property)
{
	int len;
	const char *text = fdt_getprop(boot_fdt, node, property, &len);

	return text && len > 0 && !text[len - 1] ? text : NULL;
}

const char *__init fdt_model(void)
{
	const char *model = fdt_text(0, "model");

	return model ? model : "unknown";
}

const char *__init fdt_bootargs(void)
{
	int chosen = fdt_path_offset(boot_fdt, "/chosen");

	return chosen < 0 ? NULL : fdt_text(chosen, "bootargs");
}

u64 __init fdt_timebase(void)
{
	int cpus = fdt_path_offset(boot_fdt, "/cpus"), cpu, len;
	const void *p;

	if (cpus < 0)
		return 0;
	p = fdt_getprop(boot_fdt, cpus, "timebase-frequency", &len);
	/* Older trees say it in each cpu node. */
	if (!p) {
		cpu = fdt_first_subnode(boot_fdt, cpus);
		if (cpu >= 0)
			p = fdt_getprop(boot_fdt, cpu, "timebase-frequency", &len);
	}
	return p && (len == 4 || len == 8) ? fdt_read_cells(p, len / 4) : 0;
}

int fdt_stdout_node(void)
{
	int chosen = fdt_path_offset(boot_fdt, "/chosen");
	const char *path = chosen < 0 ? NULL : fdt_text(chosen, "stdout-path");

	if (!path)
		return -ENOENT;
	/* "serial0:115200n8": the options are the driver's. libfdt resolves the alias. */
	return fdt_path_offset_namelen(boot_fdt, path, (int)strcspn(path, ":"));
}

/* Number of cells of addresses or sizes below node; negative when it is not 1 or 2 (or 0). */
static int cells_below(int node, bool size)
{
	int cells = size ? fdt_size_cells(boot_fdt, node) : fdt_address_cells(boot_fdt, node);

	return cells > 2 || (!size && cells < 1) ? -EINVAL : cells;
}

/* *addr, an address on bus's children, becomes one of its parent. */
static int translate_up(int bus, int parent, u64 *addr)
{
	int child_cells = cells_below(bus, false), size_cells = cells_below(bus, true);
	int parent_cells = cells_below(parent, false), len, row;
	const char *p = fdt_getprop(boot_fdt, bus, "ranges", &len);

	if (child_cells < 0 || size_cells < 0 || parent_cells < 0)
		return -EINVAL;
	if (!p)
		return -ENXIO;		/* the bus is not seen from above */
	if (!len)
		return 0;
	row = 4 * (child_cells + parent_cells + size_cells);
	for (; len >= row; p += row, len -= row) {
		u64 from = fdt_read_cells(p, child_cells);
		u64 to = fdt_read_cells(p + 4 * child_cells, parent_cells);
		u64 size = fdt_read_cells(p + 4 * (child_cells + parent_cells), size_cells);

		/* Written so that no sum can wrap. */
		if (*addr >= from && *addr - from < size) {
			*addr = to + (*addr - from);
			return 0;
		}
	}
	return -ENXIO;
}

/* Each step up costs a walk from the root: only for the few devices that boot needs. */
int fdt_node_reg(int node, unsigned int nr, phys_addr_t *base, phys_addr_t *size)
{
	int bus = fdt_parent_offset(boot_fdt, node), address_cells, size_cells, row, len, err;
	const char *p;

	if (bus < 0)
		return -EINVAL;
	address_cells = cells_below(bus, false);
	size_cells = cells_below(bus, true);
	if (address_cells < 0 || size_cells < 0)
		return -EINVAL;
	p = fdt_getprop(boot_fdt, node, "reg", &len);
	row = 4 * (address_cells + size_cells);
	if (!p || len < 0 || nr >= (unsigned int)len / (unsigned int)row)
		return -ENOENT;
	p += nr * (unsigned int)row;
	*base = fdt_read_cells(p, address_cells);
	*size = fdt_read_cells(p + 4 * address_cells, size_cells);
	for (int depth = 0; bus; depth++) {
		int parent = fdt_parent_offset(boot_fdt, bus);

		if (parent < 0 || depth == MAX_BUS_DEPTH)
			return -EINVAL;
		err = translate_up(bus, parent, base);
		if (err)
			return err;
		bus = parent;
	}
	return 0;
}
