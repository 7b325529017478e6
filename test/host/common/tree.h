/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_TREE_H
#define TEST_HOST_TREE_H

#include <kernel/types.h>

/*
 * Builds a device tree, one at a time: tree_begin(), what is to be in the root, tree_end(). Any
 * failure of libfdt is a failure of the test.
 */
#define TREE_BYTES	(256u << 10)

struct tree_reserve {
	u64 base, size;
};

/* Root with its cells; 0 cells: the property is left out. reserve, up to a size of 0, or NULL. */
void tree_begin(unsigned int address_cells, unsigned int size_cells,
		const struct tree_reserve *reserve);
const void *tree_end(void);

void tree_node(const char *name);
void tree_node_end(void);

void tree_flag(const char *name);
void tree_text(const char *name, const char *text);
void tree_u32(const char *name, u32 value);
void tree_u64(const char *name, u64 value);
void tree_bytes(const char *name, const void *bytes, unsigned int count);

/* Widths of the numbers that tree_numbers() writes, in turn; tree_begin() sets them too. */
void tree_cells(unsigned int address_cells, unsigned int size_cells);

#define TREE_COUNT(...)		(sizeof((u64[]){ __VA_ARGS__ }) / sizeof(u64))
#define tree_reg(...)		tree_list("reg", __VA_ARGS__)
/* All arguments are taken as 64-bit numbers. */
#define tree_list(name, ...) \
	tree_numbers(name, (u64[]){ __VA_ARGS__ }, TREE_COUNT(__VA_ARGS__))
void tree_numbers(const char *name, const u64 *numbers, unsigned int count);
/* reg: count ranges of 4 KiB from base on, each a claim of its own. */
void tree_pages(u64 base, unsigned int count);

/* A memory node of one range, then the usual parent of reserved nodes, left open. */
void tree_memory(u64 base, u64 size);
void tree_reserved_memory(void);
/* A static child of it, with one flag or NULL. */
void tree_reserved(const char *name, u64 base, u64 size, const char *flag);

#endif /* TEST_HOST_TREE_H */
