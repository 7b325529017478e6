/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes a tree for the options, as the firmware that they stand for would. The digest of the plan
 * covers the tree's size, so that a change must leave what firmware leaves. An amount of RAM is
 * written where the old one stood. A change that makes the tree longer leaves the room at its end
 * as it was: OpenSBI adds the same bytes to every tree, and U-Boot makes it end with a page.
 */
#include <string.h>

#include <libfdt.h>

#include <kernel/math.h>
#include <arch/page.h>

#include "options.h"
#include "tree.h"
#include "value.h"

/* Room for the properties that options add, without boot arguments. */
#define TREE_BYTES_SPARE	4096

/* libfdt's word is for readers of the source; the rest of the sentence is for the user. */
static void must(int err, const char *option, const struct plan_options *o)
{
	if (err < 0)
		plan_die(PLAN_UNUSABLE, "%s: %s cannot be put into /chosen (libfdt says %s): write the "
			 "blob anew with dtc -I dtb -O dtb", o->dtb, option, fdt_strerror(err));
}

static void set_memory(void *fdt, uint64_t bytes)
{
	int node = plan_memory_node(fdt, -1), ac = fdt_address_cells(fdt, 0);
	int sc = fdt_size_cells(fdt, 0);
	uint64_t base, size;
	fdt32_t *cells;

	if (node < 0 || plan_memory_node(fdt, node) >= 0 ||
	    !plan_memory_pair(fdt, node, 0, &base, &size) ||
	    plan_memory_pair(fdt, node, 1, &size, &size))
		plan_die(PLAN_USAGE, "--mem needs a tree whose RAM is one bank");
	if (sc == 1 && bytes >> 32)
		plan_die(PLAN_USAGE, "--mem: the tree's one size cell holds less than 4G");
	cells = fdt_getprop_w(fdt, node, "reg", NULL);
	if (sc == 2)
		cells[ac] = cpu_to_fdt32((uint32_t)(bytes >> 32));
	cells[ac + sc - 1] = cpu_to_fdt32((uint32_t)bytes);
}

static int chosen_node(void *fdt)
{
	int node = fdt_path_offset(fdt, "/chosen");

	return node < 0 ? fdt_add_subnode(fdt, 0, "chosen") : node;
}

/* The number keeps its width, in which QEMU and U-Boot differ. */
static int set_address(void *fdt, const char *name, uint64_t address)
{
	int node = chosen_node(fdt), len;

	if (node < 0)
		return node;
	if (fdt_getprop(fdt, node, name, &len) && len == 4 && !(address >> 32))
		return fdt_setprop_u32(fdt, node, name, (uint32_t)address);
	return fdt_setprop_u64(fdt, node, name, address);
}

static void set_chosen(void *fdt, const struct plan_options *o)
{
	int node;

	if (o->has_initrd) {
		must(set_address(fdt, "linux,initrd-start", o->initrd_base), "--initrd", o);
		must(set_address(fdt, "linux,initrd-end", o->initrd_base + o->initrd_size),
		     "--initrd", o);
	}
	if (o->cmdline) {
		node = chosen_node(fdt);
		must(node, "--cmdline", o);
		must(fdt_setprop_string(fdt, node, "bootargs", o->cmdline), "--cmdline", o);
	}
}

static uint32_t packed_bytes(void *fdt)
{
	fdt_pack(fdt);
	return fdt_totalsize(fdt);
}

/* The size that firmware gives a changed tree; the old one was old_bytes long, old_packed without
 * its room. */
static uint32_t bytes_of_changed(uint32_t packed, uint32_t old_packed, uint32_t old_bytes,
				 uint64_t pa)
{
	if ((pa + old_bytes) % PAGE_SIZE)
		return packed + (old_bytes - old_packed);
	return packed <= old_bytes ? old_bytes :
		(uint32_t)(ALIGN_UP(pa + packed, PAGE_SIZE) - pa);
}

void *plan_change_tree(void *fdt, const struct plan_options *o)
{
	/* A boot loader whose trees do not end with a page begins them with one. */
	uint64_t pa = o->has_fdt_addr ? o->fdt_addr : 0;
	uint32_t bytes = fdt_totalsize(fdt), old_packed;
	size_t room = bytes + TREE_BYTES_SPARE + (o->cmdline ? strlen(o->cmdline) : 0);
	void *changed;

	if (o->has_mem)
		set_memory(fdt, o->mem);
	if (!o->has_initrd && !o->cmdline)
		return fdt;
	changed = plan_alloc(room + PAGE_SIZE, 1);
	must(fdt_open_into(fdt, changed, (int)room), "what options ask", o);
	old_packed = min(packed_bytes(changed), bytes);
	fdt_set_totalsize(changed, (uint32_t)room);
	set_chosen(changed, o);
	fdt_set_totalsize(changed, bytes_of_changed(packed_bytes(changed), old_packed, bytes, pa));
	return changed;
}
