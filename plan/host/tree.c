/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree that is planned for: read from its file, changed as the options ask. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/math.h>

#include "model.h"
#include "options.h"
#include "value.h"

/* As much as the kernel looks at (FIXMAP_FDT_SIZE less a page for its offset). */
#define TREE_BYTES_MOST		(0x200000 - 0x1000)
/* Room for the properties that options add. */
#define TREE_BYTES_SPARE	4096

static void *read_file(const char *name, size_t *bytes)
{
	FILE *f = fopen(name, "rb");
	char *blob = plan_alloc(TREE_BYTES_MOST + 1, 1);

	if (!f)
		plan_die(PLAN_UNUSABLE, "%s: %s", name, strerror(errno));
	*bytes = fread(blob, 1, TREE_BYTES_MOST + 1, f);
	fclose(f);
	if (*bytes > TREE_BYTES_MOST)
		plan_die(PLAN_UNUSABLE, "%s: longer than the %d bytes that the kernel reads", name,
			 TREE_BYTES_MOST);
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

static void must(int err, const char *what)
{
	if (err)
		plan_die(PLAN_UNUSABLE, "%s: %s", what, fdt_strerror(err));
}

static void set_memory(void *fdt, uint64_t bytes)
{
	int node = plan_memory_node(fdt, -1), ac = fdt_address_cells(fdt, 0);
	int sc = fdt_size_cells(fdt, 0);
	uint64_t base, size;
	fdt32_t cells[4];

	if (node < 0 || plan_memory_node(fdt, node) >= 0 ||
	    !plan_memory_pair(fdt, node, 0, &base, &size) ||
	    plan_memory_pair(fdt, node, 1, &size, &size))
		plan_die(PLAN_USAGE, "--mem needs a tree whose RAM is one bank");
	if (sc == 1 && bytes >> 32)
		plan_die(PLAN_USAGE, "--mem: the tree's one size cell holds less than 4G");
	if (ac == 2)
		cells[0] = cpu_to_fdt32((uint32_t)(base >> 32));
	cells[ac - 1] = cpu_to_fdt32((uint32_t)base);
	if (sc == 2)
		cells[ac] = cpu_to_fdt32((uint32_t)(bytes >> 32));
	cells[ac + sc - 1] = cpu_to_fdt32((uint32_t)bytes);
	must(fdt_setprop(fdt, node, "reg", cells, 4 * (ac + sc)), "--mem");
}

static int chosen_node(void *fdt)
{
	int node = fdt_path_offset(fdt, "/chosen");

	if (node < 0)
		node = fdt_add_subnode(fdt, 0, "chosen");
	if (node < 0)
		plan_die(PLAN_UNUSABLE, "/chosen: %s", fdt_strerror(node));
	return node;
}

void *plan_load_tree(const struct plan_options *o, uint64_t *first_ram)
{
	size_t bytes;
	void *fdt = read_file(o->dtb, &bytes);
	const char *wrong = fdt_adopt(fdt, 8, bytes);

	if (wrong)
		plan_die(PLAN_UNUSABLE, "%s: %s", o->dtb, wrong);
	if (o->has_mem || o->has_initrd || o->cmdline) {
		void *room = plan_alloc(bytes + TREE_BYTES_SPARE, 1);

		must(fdt_open_into(fdt, room, (int)bytes + TREE_BYTES_SPARE), o->dtb);
		fdt = room;
	}
	if (o->has_mem)
		set_memory(fdt, o->mem);
	if (o->has_initrd) {
		uint64_t end = o->initrd_base + o->initrd_size;

		must(fdt_setprop_u64(fdt, chosen_node(fdt), "linux,initrd-start", o->initrd_base),
		     "--initrd");
		must(fdt_setprop_u64(fdt, chosen_node(fdt), "linux,initrd-end", end), "--initrd");
	}
	if (o->cmdline)
		must(fdt_setprop_string(fdt, chosen_node(fdt), "bootargs", o->cmdline),
		     "--cmdline");
	if (o->has_mem || o->has_initrd || o->cmdline)
		must(fdt_pack(fdt), o->dtb);
	/* As it is now: what is asked of it from here on has the changes. */
	fdt_adopt(fdt, 8, fdt_totalsize(fdt));
	*first_ram = find_first_ram(fdt);
	return fdt;
}

uint64_t plan_default_boot_hart(void)
{
	int cpus = fdt_path_offset(boot_fdt, "/cpus"), node, len;
	int cells = cpus < 0 ? 0 : fdt_address_cells(boot_fdt, cpus);

	if (cells < 1 || cells > 2)
		return 0;
	fdt_for_each_subnode(node, boot_fdt, cpus) {
		const char *type = fdt_getprop(boot_fdt, node, "device_type", NULL), *why;
		const void *reg = fdt_getprop(boot_fdt, node, "reg", &len);

		if (type && strcmp(type, "cpu") == 0 && reg && len >= 4 * cells &&
		    model_target.cpu_usable(node, &why))
			return fdt_read_cells(reg, cells);
	}
	return 0;
}

/*
 * QEMU: 2 MiB below the end of the first bank or 3 GiB, whichever is lower. JH7110 boards:
 * U-Boot's fdt_addr_r.
 */
uint64_t plan_default_fdt_addr(const void *fdt)
{
	const uint64_t below = 3ull << 30;
	uint64_t base = 0, size = 0, end;
	int node = plan_memory_node(fdt, -1), len;
	const char *compatible = fdt_getprop(fdt, 0, "compatible", &len);

	if (compatible && strncmp(compatible, "starfive,", 9) == 0)
		return 0x46000000;
	/* Not 0, which stands for no tree at all. */
	if (node < 0 || !plan_memory_pair(fdt, node, 0, &base, &size) || base + size < SZ_2M)
		return SZ_2M;
	end = size > ~0ull - base ? ~0ull : base + size;
	if (base < below && end > below)
		end = below;
	return ALIGN_DOWN(end - SZ_2M, SZ_2M);
}
