/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree.h"

#include <libfdt.h>

#include "boot.h"

static char blob[TREE_BYTES] __attribute__((__aligned__(8)));
static unsigned int widths[2];

static void must(int err)
{
	if (err)
		fail_msg("libfdt: %s", fdt_strerror(err));
}

void tree_begin(unsigned int address_cells, unsigned int size_cells,
		const struct tree_reserve *reserve)
{
	must(fdt_create(blob, sizeof(blob)));
	for (; reserve && reserve->size; reserve++)
		must(fdt_add_reservemap_entry(blob, reserve->base, reserve->size));
	must(fdt_finish_reservemap(blob));
	tree_node("");
	if (address_cells)
		tree_u32("#address-cells", address_cells);
	if (size_cells)
		tree_u32("#size-cells", size_cells);
	tree_cells(address_cells ? address_cells : 2, size_cells ? size_cells : 1);
}

const void *tree_end(void)
{
	tree_node_end();
	must(fdt_finish(blob));
	must(fdt_check_full(blob, sizeof(blob)));
	return blob;
}

void tree_node(const char *name)
{
	must(fdt_begin_node(blob, name));
}

void tree_node_end(void)
{
	must(fdt_end_node(blob));
}

void tree_flag(const char *name)
{
	must(fdt_property(blob, name, "", 0));
}

void tree_text(const char *name, const char *text)
{
	must(fdt_property_string(blob, name, text));
}

void tree_u32(const char *name, u32 value)
{
	must(fdt_property_u32(blob, name, value));
}

void tree_u64(const char *name, u64 value)
{
	must(fdt_property_u64(blob, name, value));
}

void tree_bytes(const char *name, const void *bytes, unsigned int count)
{
	must(fdt_property(blob, name, bytes, (int)count));
}

void tree_cells(unsigned int address_cells, unsigned int size_cells)
{
	widths[0] = address_cells;
	widths[1] = size_cells;
}

void tree_numbers(const char *name, const u64 *numbers, unsigned int count)
{
	char *to;
	unsigned int bytes = 0;

	for (unsigned int i = 0; i < count; i++)
		bytes += 4 * widths[i % 2];
	must(fdt_property_placeholder(blob, name, (int)bytes, (void **)&to));
	for (unsigned int i = 0; i < count; i++) {
		if (widths[i % 2] == 2)
			fdt64_st(to, numbers[i]);
		else if (widths[i % 2] == 1)
			fdt32_st(to, (u32)numbers[i]);
		to += 4 * widths[i % 2];
	}
}

void tree_pages(u64 base, unsigned int count)
{
	u64 *numbers = calloc(count, 2 * sizeof(*numbers));

	assert_non_null(numbers);
	for (unsigned int i = 0; i < count; i++) {
		numbers[2 * i] = base + i * 4096ull;
		numbers[2 * i + 1] = 4096;
	}
	tree_numbers("reg", numbers, 2 * count);
	free(numbers);
}

void tree_memory(u64 base, u64 size)
{
	char name[32];

	snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)base);
	tree_node(name);
	tree_text("device_type", "memory");
	tree_reg(base, size);
	tree_node_end();
}

void tree_reserved_memory(void)
{
	tree_node("reserved-memory");
	tree_u32("#address-cells", widths[0]);
	tree_u32("#size-cells", widths[1]);
	tree_flag("ranges");
}

void tree_reserved(const char *name, u64 base, u64 size, const char *flag)
{
	tree_node(name);
	tree_reg(base, size);
	if (flag)
		tree_flag(flag);
	tree_node_end();
}
