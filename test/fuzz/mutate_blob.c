/* SPDX-License-Identifier: BSD-2-Clause */
/* Edits a tree that is a blob: its nodes and properties while it is whole, else its bytes. */
#include "fuzz.h"

#include <libfdt.h>

#include <kernel/compiler.h>
#include <kernel/math.h>

#include "mutate.h"

/* Room for what an edit adds. */
#define EDIT_BYTES	512u

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

/* libfdt wants its blobs aligned, hence the first copy. Within one buffer it would open one at an
 * odd place, hence the second. */
static u64 original[BLOB_BYTES / 8];
static u64 room[(BLOB_BYTES + EDIT_BYTES) / 8];
static void *const fdt = room;

static const char *const reserved_names[] = { "mmode_resv9@0", "x@1", "kernel init", "pool" };

/* Puts into a field of the header what a liar would put there. */
static size_t change_header(u8 *blob, size_t size)
{
	u32 field = (u32)chance(10), old, value;

	if (size < 40)
		return size;
	old = fdt32_ld((const fdt32_t *)(const void *)(blob + 4 * field));
	switch (chance(5)) {
	case 0:
		value = old + 4 - (u32)chance(9);
		break;
	case 1:
		value = (u32)size + 8 - (u32)chance(17);
		break;
	case 2:
		value = 0u - (u32)chance(64);
		break;
	case 3:
		value = (u32)chance(size);
		break;
	default:
		value = old ^ 1u << chance(32);
		break;
	}
	fdt32_st(blob + 4 * field, value);
	return size;
}

/* Changes a token of the structure block, or a byte of one. */
static size_t change_structure(u8 *blob, size_t size)
{
	size_t at = size < 64 ? 0 : 40 + chance((size - 40) / 4 - 1) * 4;

	if (size < 64)
		return size;
	if (chance(2))
		fdt32_st(blob + at, chance(4) ? 1 + (u32)chance(9) : 0u - (u32)chance(4));
	else
		blob[at + chance(4)] = (u8)chance(256);
	return size;
}

static int any_node(void)
{
	int nodes = 0, node;
	u64 which;

	for (node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL))
		nodes++;
	which = chance((u64)nodes);
	for (node = 0; which > 0; which--)
		node = fdt_next_node(fdt, node, NULL);
	return node;
}

/* A machine has many nodes, and few of them matter. */
static int memory_node(void)
{
	static const char *const paths[] = { "/memory", "/reserved-memory", "/chosen", "/cpus" };
	int node = fdt_path_offset(fdt, paths[chance(ARRAY_SIZE(paths))]), child;

	if (node < 0 || !chance(4))
		return any_node();
	child = fdt_first_subnode(fdt, node);
	while (child >= 0 && chance(2)) {
		node = child;
		child = fdt_next_subnode(fdt, child);
	}
	return node;
}

static int any_property(int node)
{
	int properties = 0, at;
	u64 which;

	fdt_for_each_property_offset(at, fdt, node)
		properties++;
	if (!properties)
		return -1;
	which = chance((u64)properties);
	at = fdt_first_property_offset(fdt, node);
	while (which-- > 0)
		at = fdt_next_property_offset(fdt, at);
	return at;
}

static void change_cells(int property, const u8 *head)
{
	int len;
	/* The blob is a copy, and may be changed. */
	u8 *value = (u8 *)(uintptr_t)fdt_getprop_by_offset(fdt, property, NULL, &len);
	int cell;

	if (!value || len < 4) {
		if (value && len)
			value[chance((u64)len)] = (u8)chance(256);
		return;
	}
	cell = (int)chance((u64)len / 4);
	if (cell + 2 <= len / 4 && chance(4)) {
		u64 old = fdt64_ld((const fdt64_t *)(const void *)(value + 4 * cell));

		fdt64_st(value + 4 * cell, mutate_number(old, cell % 4 == 2, head));
	} else {
		u64 old = fdt32_ld((const fdt32_t *)(const void *)(value + 4 * cell));

		fdt32_st(value + 4 * cell,
			 (u32)(chance(2) ? chance(4) : mutate_number(old, chance(2), head)));
	}
}

static void resize_property(int node, int property)
{
	const char *name;
	char copy[64];
	int len;
	void *to;

	if (!fdt_getprop_by_offset(fdt, property, &name, &len))
		return;
	snprintf(copy, sizeof(copy), "%s", name);
	len = chance(4) ? len + 4 * (int)chance(9) - 16 : (int)chance(40);
	if (len >= 0)
		fdt_setprop_placeholder(fdt, node, copy, len, &to);
}

static void add_bank(const u8 *head)
{
	int node = fdt_add_subnode(fdt, 0, chance(2) ? "memory@1" : "memory@2");
	fdt64_t reg[2];

	if (node < 0)
		return;
	fdt64_st(&reg[0], mutate_number(0, false, head));
	fdt64_st(&reg[1], mutate_number(0, true, head));
	fdt_setprop(fdt, node, "reg", reg, (int)sizeof(reg));
	if (!chance(4))
		fdt_setprop_u32(fdt, node, "numa-node-id", (u32)chance(5));
	fdt_setprop_string(fdt, node, "device_type", "memory");
}

static void add_area(const u8 *head)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory"), node;
	fdt64_t reg[2];

	if (parent < 0)
		parent = fdt_add_subnode(fdt, 0, "reserved-memory");
	if (parent < 0)
		return;
	node = fdt_add_subnode(fdt, parent, reserved_names[chance(ARRAY_SIZE(reserved_names))]);
	if (node < 0)
		return;
	fdt64_st(&reg[0], mutate_number(0, false, head));
	fdt64_st(&reg[1], mutate_number(0, true, head));
	if (!chance(3))
		fdt_setprop(fdt, node, "no-map", "", 0);
	if (chance(3))
		fdt_setprop(fdt, node, "reg", reg, (int)sizeof(reg));
	else
		fdt_setprop(fdt, node, "size", &reg[1], (int)sizeof(reg[1]));
}

static void edit(const u8 *head)
{
	int node = memory_node(), property = any_property(node);

	switch (chance(10)) {
	case 0:
		add_bank(head);
		break;
	case 1:
		add_area(head);
		break;
	case 2:
		fdt_add_mem_rsv(fdt, mutate_number(0, false, head), mutate_number(0, true, head));
		break;
	case 3:
		/* The root cannot be deleted. */
		fdt_del_node(fdt, any_node());
		break;
	case 4:
		if (property >= 0)
			resize_property(node, property);
		break;
	case 5:
		if (property >= 0 && chance(2)) {
			const char *name;

			if (fdt_getprop_by_offset(fdt, property, &name, NULL))
				fdt_delprop(fdt, node, name);
		}
		break;
	default:
		if (property >= 0)
			change_cells(property, head);
		break;
	}
}

size_t mutate_blob(u8 *blob, size_t size, size_t most, const u8 *head)
{
	size_t now = size;

	if (chance(8) == 0)
		return chance(2) ? change_header(blob, size) : change_structure(blob, size);
	if (size < FDT_V1_SIZE || size > BLOB_BYTES)
		return LLVMFuzzerMutate(blob, size, most);
	memcpy(original, blob, size);
	if (fdt_off_mem_rsvmap(original) % 8 || fdt_off_dt_struct(original) % 4 ||
	    fdt_check_full(original, size) || fdt_open_into(original, fdt, (int)sizeof(room)))
		return LLVMFuzzerMutate(blob, size, most);
	for (u64 edits = 1 + !chance(3); edits > 0; edits--)
		edit(head);
	if (!fdt_pack(fdt) && fdt_totalsize(fdt) <= most && fdt_totalsize(fdt) <= BLOB_BYTES) {
		now = fdt_totalsize(fdt);
		memcpy(blob, room, now);
	}
	return now;
}
