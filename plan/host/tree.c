/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the tree to plan for from its file, and changes it as the options ask. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/math.h>
#include <arch/page.h>

#include "options.h"
#include "tree.h"
#include "value.h"

/* The kernel looks at so many bytes from the page on in which the tree begins (FIXMAP_FDT_SIZE). */
#define TREE_BYTES_MOST		SZ_2M

/* A file that is shorter than its tree was cut, which the kernel cannot know. */
static void must_be_whole(const char *name, const void *blob, size_t bytes)
{
	if (bytes < FDT_V1_SIZE)
		plan_die(PLAN_UNUSABLE, "%s: the file has %zu bytes, and the header of a device tree "
			 "alone has %zu; copy it again", name, bytes, FDT_V17_SIZE);
	if (fdt_magic(blob) == FDT_MAGIC && bytes <= TREE_BYTES_MOST && fdt_totalsize(blob) > bytes)
		plan_die(PLAN_UNUSABLE, "%s: the file has %zu bytes, and its header says that the tree "
			 "has %u: it was cut, copy it again", name, bytes, fdt_totalsize(blob));
}

static void *read_file(const char *name, size_t *bytes)
{
	FILE *f = fopen(name, "rb");
	char *blob = plan_alloc(TREE_BYTES_MOST + 1, 1);

	if (!f)
		plan_die(PLAN_UNUSABLE, "%s: %s", name, strerror(errno));
	*bytes = fread(blob, 1, TREE_BYTES_MOST + 1, f);
	if (ferror(f))
		plan_die(PLAN_UNUSABLE, "%s: %s", name, strerror(errno));
	fclose(f);
	must_be_whole(name, blob, *bytes);
	return blob;
}

int plan_memory_node(const void *fdt, int after)
{
	int node = after < 0 ? fdt_first_subnode(fdt, 0) : fdt_next_subnode(fdt, after);

	for (; node >= 0; node = fdt_next_subnode(fdt, node)) {
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);

		if (type && strcmp(type, "memory") == 0)
			return node;
	}
	return -1;
}

bool plan_memory_pair(const void *fdt, int node, int nr, uint64_t *base, uint64_t *size)
{
	int ac = fdt_address_cells(fdt, 0), sc = fdt_size_cells(fdt, 0), len;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);

	if (!reg || ac < 1 || ac > 2 || sc < 1 || sc > 2 || (nr + 1) * (ac + sc) * 4 > len)
		return false;
	reg += nr * (ac + sc);
	*base = fdt_read_cells(reg, ac);
	*size = fdt_read_cells(reg + ac, sc);
	return true;
}

static uint64_t find_first_ram(const void *fdt)
{
	uint64_t first = ~0ull, base, size;
	int node, nr;

	for (node = plan_memory_node(fdt, -1); node >= 0; node = plan_memory_node(fdt, node))
		for (nr = 0; plan_memory_pair(fdt, node, nr, &base, &size); nr++)
			if (size && base < first)
				first = base;
	return first;
}

void *plan_load_tree(const struct plan_options *o, uint64_t *first_ram)
{
	size_t bytes, most = TREE_BYTES_MOST - (o->has_fdt_addr ? o->fdt_addr % PAGE_SIZE : 0);
	void *fdt = read_file(o->dtb, &bytes);
	const char *wrong = fdt_adopt(fdt, 8, min(bytes, most));

	if (wrong)
		plan_die(PLAN_UNUSABLE, "%s: %s", o->dtb, wrong);
	fdt = plan_change_tree(fdt, o);
	/* What is read from the tree from here on includes the changes. */
	wrong = fdt_adopt(fdt, 8, most);
	if (wrong)
		plan_die(PLAN_UNUSABLE, "%s, with what options add: %s", o->dtb, wrong);
	*first_ram = find_first_ram(fdt);
	return fdt;
}
